import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { SoftTimeLimitExceeded, TimeLimitExceeded } from '../../src/celery/index.js';
import { CeleryProcesses } from '../helpers/celery-processes.js';
import { until } from '../helpers/until.js';

const PATIENCE = { timeout: 20 };

t.test('what is due later waits at the broker, also while that is away', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1');
  t.teardown(() => processes.end());
  const app = processes.app();
  const file = join(processes.directory, 'notes');
  const dueMs = Date.now() + 2_500;
  const call = await app.sendTask('tests.note', [file, 'due', 0], {}, { eta: new Date(dueMs) });
  t.match(await app.broker.queues(), [{ scheduled: 1, ready: 0, held: 0 }]);
  t.equal(await (await app.sendTask('tests.mul', [2, 2], {}, { countdown: 0.2 })).get(PATIENCE), 4);
  await processes.kill('task_broker');
  await processes.startBroker();
  t.equal(await call.get(PATIENCE), 'due');
  const beganMs = Number(readFileSync(file, 'utf8').split(' ')[2]);
  t.ok(beganMs >= dueMs - 1, `${beganMs - dueMs} ms`);
});

t.test('what has expired does not run', async (t) => {
  const processes = await CeleryProcesses.start();
  t.teardown(() => processes.end());
  const app = processes.app();
  const call = await app.sendTask('tests.noop', [], {}, { expires: 0.05 });
  await t.rejects(call.get(PATIENCE), { code: 'TASK_REVOKED', message: 'expired' });
  await processes.startWorker('worker');
  t.equal(await (await app.sendTask('tests.mul', [3, 3], {}, { expires: 60 })).get(PATIENCE), 9);
});

t.test('time limits, soft and hard', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1', '--time-limit', '60');
  t.teardown(() => processes.end());
  const app = processes.app();
  const soft = await app.sendTask('tests.sleep', [20_000], {}, { softTimeLimit: 0.1 });
  await t.rejects(soft.get(PATIENCE), SoftTimeLimitExceeded);
  const hard = await app.sendTask('tests.spin', [20_000], {}, { timeLimit: 0.2 });
  await t.rejects(hard.get(PATIENCE), TimeLimitExceeded);
  t.equal(await (await app.sendTask('tests.mul', [1, 2])).get(PATIENCE), 2);
});

t.test('a time may be longer than the timers of Node', async (t) => {
  const limits = ['--time-limit', '9000000', '--soft-time-limit', '8000000'];
  const processes = await CeleryProcesses.start({}, '-c', '1', ...limits);
  t.teardown(() => processes.end());
  const app = processes.app();
  const patient = { timeout: 9_000_000 };
  const call = await app.sendTask('tests.sleep', [100]);
  t.equal(await call.get(patient), 'slept');
  const own = await app.sendTask(
    'tests.sleep',
    [100],
    {},
    { timeLimit: 5_000_000, softTimeLimit: 4_000_000 },
  );
  t.equal(await own.get(patient), 'slept');
});

t.test('a rate limit spreads the starts of its task, and holds no other up', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1');
  t.teardown(() => processes.end());
  const app = processes.app();
  const begun = performance.now();
  const calls = await Promise.all([1, 2, 3, 4, 5].map((n) => app.sendTask('tests.limited', [n])));
  const ends = Promise.all(calls.map((one) => one.get(PATIENCE)));
  t.equal(await (await app.sendTask('tests.mul', [1, 2])).get(PATIENCE), 2);
  t.same(await ends, [1, 2, 3, 4, 5]);
  t.ok(performance.now() - begun >= 190, 'four waits of 50 ms');
  t.match([...(await app.control.rateLimit('tests.limited', '100/s'))], [['worker@test', { ok: /set/ }]]);
  t.match(
    [...(await app.control.rateLimit('tests.limited', 'often'))],
    [['worker@test', { error: /often/ }]],
  );
});

t.test('children are replaced when they have run their number', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1', '--max-tasks-per-child', '2');
  t.teardown(() => processes.end());
  const app = processes.app();
  const file = join(processes.directory, 'notes');
  for (const text of ['a', 'b', 'c', 'd'])
    await (await app.sendTask('tests.note', [file, text, 0])).get(PATIENCE);
  const pids = readFileSync(file, 'utf8').match(/(?<=start . \d+ )\d+/g) ?? [];
  t.equal(pids[0], pids[1]);
  t.equal(pids[2], pids[3]);
  t.not(pids[1], pids[2]);
});

t.test('a queue and the store have their bounds, and the caller is told', async (t) => {
  const processes = await CeleryProcesses.start({ broker: ['max_queue_length = 5', 'store_limit = 1MiB'] });
  t.teardown(() => processes.end());
  const app = processes.app();
  for (let n = 0; n < 5; n += 1) await app.sendTask('tests.mul', [n, 2]);
  await t.rejects(app.sendTask('tests.mul', [5, 2]), { code: 'QUEUE_FULL' });
  t.equal(await app.control.purge('celery'), 5);
  await app.sendTask('tests.echo', ['x'.repeat(2 ** 20)], {}, { queue: 'large_q' });
  await t.rejects(app.sendTask('tests.mul', [1, 2]), { code: 'BROKER_FULL', message: /store_limit/ });
  await app.control.purge('large_q');
  const call = await app.sendTask('tests.mul', [6, 7]);
  await t.rejects(app.sendTask('tests.echo', ['x'.repeat(17 * 2 ** 20)]), { code: 'MESSAGE_TOO_LARGE' });
  await processes.startWorker('worker');
  t.equal(await call.get(PATIENCE), 42);
});

t.test('a full disk is told to the caller, and nothing that was taken is lost', async (t) => {
  const processes = await CeleryProcesses.prepare();
  t.teardown(() => processes.end());
  const blocks = 2 * (8 * 1024 + 16);
  const broker = await processes.startBroker(blocks);
  const app = processes.app();
  const taken: string[] = [];
  const large = 'x'.repeat(200_000);
  const fill = async () => {
    for (;;) taken.push((await app.sendTask('tests.echo', [taken.length, large])).id);
  };
  await t.rejects(fill(), { code: 'BROKER_FULL' });
  t.ok(taken.length > 5);
  await t.rejects(app.sendTask('tests.mul', [1, 2]), { code: 'BROKER_FULL' });
  CeleryProcesses.freeDisk(broker);
  await until(10_000, () =>
    app.sendTask('tests.echo', [taken.length, large]).then(
      ({ id }) => taken.push(id) > 0,
      () => false,
    ),
  );
  await processes.kill('task_broker');
  await processes.startBroker();
  t.match(await app.broker.queues(), [{ name: 'celery', ready: taken.length }]);
  await processes.startWorker('worker');
  const results = await Promise.all(taken.map((id) => app.AsyncResult(id).get(PATIENCE)));
  t.same(
    results.map((one) => (one as { args: unknown[] }).args[0]),
    [...taken.keys()],
  );
});

t.test('tasks do not wait behind a long one when another worker is idle', async (t) => {
  const processes = await CeleryProcesses.start({}, '-c', '1');
  t.teardown(() => processes.end());
  const app = processes.app();
  // The worker has learned that tasks are short.
  await Promise.all(
    Array.from({ length: 200 }, async () => (await app.sendTask('tests.noop')).get(PATIENCE)),
  );
  const long = await app.sendTask('tests.sleep', [5_000]);
  await until(10_000, async () => (await app.broker.queues())[0]?.held === 1);
  const short = await Promise.all(Array.from({ length: 20 }, () => app.sendTask('tests.noop')));
  await processes.startWorker('second', '-c', '1');
  await Promise.all(short.map((one) => one.get(PATIENCE)));
  t.equal(await long.state(), 'PENDING');
});
