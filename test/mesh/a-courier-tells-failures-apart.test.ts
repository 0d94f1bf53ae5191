import { join } from 'node:path';
import t, { type Test } from 'tap';
import { PyrosError } from '../../src/errors/index.js';
import { silentLogger } from '../../src/log/index.js';
import {
  AnswerError,
  MeshError,
  Outbox,
  PostOffice,
  SenderPool,
  untilArrived,
} from '../../src/mesh/index.js';
import { OutboxCourier, POST_TRIES } from '../../src/mesh/outbox-courier.js';
import { Store } from '../../src/store/index.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';
import { until } from '../helpers/until.js';

/** One more than it takes for a message to be set aside. */
const FAILURES = POST_TRIES + 1;

const LIMITS = { postLimit: 1000, headerLimit: 8192, payloadLimit: 2 ** 24, sendLimit: 2 ** 20 };

/** What the receiver does when a message comes for the so-manieth time. */
type Receiver = (number: number, times: number) => Promise<unknown>;

/** A courier whose messages never see a socket. */
function courierTo(t: Test, receiver: Receiver, name = 'outbox') {
  const store = new Store(join(t.testdirName, `${name}.lmdb`));
  const outbox = new Outbox(store, Date.now, 'majordome', LIMITS);
  const sent: number[] = [];
  const sendPosted = (_: unknown, { seq }: { seq: string }) => {
    const number = Number(seq.split('.')[1]);
    sent.push(number);
    return receiver(number, sent.filter((one) => one === number).length);
  };
  const courier = new OutboxCourier('scheduler', outbox, { sendPosted }, silentLogger, 1_000);
  t.teardown(async () => {
    courier.stop();
    await store.close();
  });
  return { outbox, courier, sent };
}

const isEmpty = (outbox: Outbox) => () => outbox.waiting().length === 0;

t.test('an agent that is away or stops says nothing about a message, which is tried for ever', async (t) => {
  t.testdir();
  const errors = [
    new MeshError('UNREACHABLE', 'nobody is there'),
    new MeshError('CONNECTION_LOST', 'cut'),
    new MeshError('REQUEST_TIMEOUT', 'silence'),
    new MeshError('BAD_PAYLOAD', 'the action has run, and its reply cannot be read'),
    new AnswerError('STOPPING', 'the agent is stopping'),
    new AnswerError('HELD', 'the one before it'),
    new AnswerError('STORE_WRITE_FAILED', 'the disk of the receiver is full'),
  ];
  const tries = errors.map(async (error, index) => {
    const failing: Receiver = (_, times) => (times <= FAILURES ? Promise.reject(error) : Promise.resolve());
    const { outbox, courier, sent } = courierTo(t, failing, `outbox-${index}`);
    await outbox.post('scheduler', 'Do', undefined);
    courier.run();
    await until(20_000, isEmpty(outbox));
    t.equal(sent.length, FAILURES + 1, `${error}`);
    t.equal(outbox.asideCount, 0);
  });
  await Promise.all(tries);
});

t.test('the pauses between the tries of an action that fails grow', async (t) => {
  t.testdir();
  const atMs: number[] = [];
  const { outbox, courier } = courierTo(t, () => {
    atMs.push(performance.now());
    return Promise.reject(new AnswerError('ACTION_FAILED', 'not yet'));
  });
  await outbox.post('scheduler', 'Do', undefined);
  courier.run();
  await until(60_000, isEmpty(outbox));
  t.equal(atMs.length, POST_TRIES);
  t.ok((atMs[4] ?? 0) - (atMs[3] ?? 0) > 500, 'the fourth pause');
  t.ok((atMs[9] ?? 0) - (atMs[8] ?? 0) > 700, 'the last one');
});

t.test('an action that fails is tried ten times, whatever its code', async (t) => {
  const config = await testConfig({
    directory: t.testdir(),
    agents: ['scheduler', 'majordome'],
    extra: { mesh: ['retry_pause = 100ms'] },
  });
  const pool = new SenderPool(config, 'scheduler');
  t.teardown(() => pool.close());
  const runs = new Map<unknown, number>();
  const failures: Record<string, () => unknown> = {
    // Nobody is there: the answer bears the same code as if the scheduler were away.
    'Ask a third': () => pool.request('majordome', 'Ping'),
    Lose: () => Promise.reject(new MeshError('CONNECTION_LOST', 'the third was lost')),
    'Wait for a third': () => Promise.reject(new PyrosError('REQUEST_TIMEOUT', 'the third is silent')),
    'Find a third that stops': () => Promise.reject(new AnswerError('STOPPING', 'the third is stopping')),
  };
  const counted = Object.entries(failures).map(([message, run]) => {
    const count = () => runs.set(message, (runs.get(message) ?? 0) + 1);
    return [message, () => count() && run()];
  });
  const agent = new TestAgent('scheduler', testEnvironment(config), Object.fromEntries(counted));
  await agent.start();
  t.teardown(() => agent.stop());
  const setAside = Object.keys(failures).map(async (message, index) => {
    const store = new Store(join(t.testdirName, `outbox-${index}.lmdb`));
    const office = new PostOffice(store, config, `poster-${index}`, silentLogger, Date.now);
    office.start();
    await office.post('scheduler', message, undefined);
    await until(60_000, isEmpty(office.outbox));
    const codes = office.asides().map(({ code }) => code);
    office.stop();
    await store.close();
    return [message, ...codes];
  });
  t.same(await Promise.all(setAside), [
    ['Ask a third', 'UNREACHABLE'],
    ['Lose', 'CONNECTION_LOST'],
    ['Wait for a third', 'REQUEST_TIMEOUT'],
    ['Find a third that stops', 'ACTION_FAILED'],
  ]);
  t.same([...runs.values()], [POST_TRIES, POST_TRIES, POST_TRIES, POST_TRIES]);
});

t.test('a refusal that overtakes the answers before it waits for them', async (t) => {
  t.testdir();
  const answers: (() => void)[] = [];
  const slow: Receiver = (number) => {
    if (number === 3) return Promise.reject(new AnswerError('UNKNOWN_MESSAGE', 'no message of scheduler'));
    return new Promise<void>((resolve) => answers.push(resolve));
  };
  const { outbox, courier, sent } = courierTo(t, slow);
  await Promise.all([1, 2, 3, 4].map((n) => outbox.post('scheduler', 'Do', n)));
  courier.run();
  await until(20_000, () => answers.length === 3);
  t.same(sent, [1, 2, 3, 4], 'and nothing is sent again meanwhile');
  for (const answer of answers.splice(0)) answer();
  await until(20_000, () => answers.length === 1);
  t.same(
    sent,
    [1, 2, 3, 4, 4],
    'what was behind it comes again, and the receiver knows whether it has handled it',
  );
  answers[0]?.();
  await until(20_000, isEmpty(outbox));
  t.match([...outbox.asides()], [{ number: 3, code: 'UNKNOWN_MESSAGE' }]);
});

t.test('refused posts behind a slow one are sent once, and wait', async (t) => {
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler', 'majordome'] });
  const handled: unknown[] = [];
  let release: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  const agent = new TestAgent('scheduler', testEnvironment(config), {
    Slow: () => slow.then(() => handled.push('Slow')),
    Go: (data) => handled.push(data),
  });
  await agent.start();
  const store = new Store(join(t.testdirName, 'outbox.lmdb'));
  const office = new PostOffice(store, config, 'majordome', silentLogger, Date.now);
  const pool = new SenderPool(config, 'test');
  t.teardown(async () => {
    pool.close();
    office.stop();
    await store.close();
    await agent.stop();
  });
  for (const message of ['Slow', 'Unknown', 'Unknown too', 'Go']) await office.post('scheduler', message, 1);
  office.start();
  const counters = async () =>
    ((await pool.request('scheduler', 'Status')) as { counters: { received: number; refused: number } })
      .counters;
  await until(20_000, async () => (await counters()).refused >= 2);
  let looks = 0;
  await until(20_000, () => {
    looks += 1;
    return looks > 20;
  });
  t.equal((await counters()).refused, 2, 'each is refused once while it waits for the slow one');
  release();
  await until(10_000, isEmpty(office.outbox));
  t.same(handled, ['Slow', 1]);
  t.equal(office.asides().length, 2);
  const { refused } = await counters();
  t.ok(refused <= 4, `${refused} refusals of two messages`);
});

t.test('a message that cannot be set aside is not sent again without a pause', async (t) => {
  t.testdir();
  const refuse: Receiver = () =>
    Promise.reject(new AnswerError('UNKNOWN_MESSAGE', 'no message of scheduler'));
  const { outbox, courier, sent } = courierTo(t, refuse);
  let fails = 0;
  const { setAside } = outbox;
  outbox.setAside = (...given) => {
    fails += 1;
    return fails < 4 ? Promise.reject(new Error('the disk is full')) : setAside.apply(outbox, given);
  };
  const begun = performance.now();
  await outbox.post('scheduler', 'Do', 1);
  courier.run();
  await until(10_000, isEmpty(outbox));
  t.equal(sent.length, 4);
  t.ok(performance.now() - begun > 200, 'three pauses of 75 ms at least');
  t.equal(outbox.asideCount, 1);
});

t.test('messages under way and in memory are bounded by their bytes', async (t) => {
  t.testdir();
  const answers: (() => void)[] = [];
  const { outbox, courier, sent } = courierTo(t, () => new Promise<void>((resolve) => answers.push(resolve)));
  let reads = 0;
  const { next } = outbox;
  outbox.next = (...given) => {
    const messages = next.apply(outbox, given);
    const bytes = messages.reduce((sum, { payload }) => sum + (payload?.length ?? 0), 0);
    t.ok(bytes <= 9 * 2 ** 20, `${messages.length} messages, ${bytes} bytes in one reading`);
    reads += messages.length;
    return messages;
  };
  outbox.onPosted = (_, message) => courier.posted(message);
  courier.run();
  const large = Buffer.alloc(2 ** 20);
  const count = 40;
  for (let n = 0; n < count; n += 1) await outbox.post('scheduler', 'Do', large);
  t.equal(sent.length, 8, '8 MiB are under way');
  t.equal(reads, 0, 'the first of those that wait are in memory already');
  await until(10_000, () => {
    for (const answer of answers.splice(0)) answer();
    return sent.length === count && outbox.waiting().length === 0;
  });
  t.same(
    sent,
    Array.from({ length: count }, (_, n) => n + 1),
    'in order, and each once',
  );
  t.equal(reads, count - 16, 'beyond 8 MiB more they are read from the disk when it is their turn');
});

t.test('sending until it has arrived ends with the no of an action', async (t) => {
  const { signal } = new AbortController();
  const errors = [
    new MeshError('UNREACHABLE', 'away'),
    new AnswerError('EXPIRED', 'it came too late'),
    new AnswerError('UNREACHABLE', 'the third is away'),
    new Error('never reached'),
  ];
  const attempt = () => Promise.reject(errors.shift());
  await t.rejects(untilArrived(attempt, signal), { name: 'AnswerError', code: 'UNREACHABLE' });
  t.equal(errors.length, 1);
});
