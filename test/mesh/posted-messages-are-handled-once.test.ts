import { join } from 'node:path';
import t, { type Test } from 'tap';
import { number, object } from 'valibot';
import type { Config } from '../../src/config/index.js';
import { silentLogger } from '../../src/log/index.js';
import { Agent, defineMessage, type MessageContext, PostOffice, storedAction } from '../../src/mesh/index.js';
import { Store, type Table } from '../../src/store/index.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';

const COUNT = defineMessage('Count', 'Keep a number', object({ n: number() }));

/** Keeps the numbers it is told, in the order in which it was told. */
class Counter extends TestAgent {
  failOn = -1;
  table: Table<number, number> | undefined;

  constructor(config: Config) {
    super('scheduler', testEnvironment(config), {});
    this.actionsByMessage.set(
      COUNT.text,
      storedAction(COUNT, ({ n }) => this.#keep(n)),
    );
    this.onWork = () => {
      this.table = this.store.table('kept');
    };
  }

  kept(): number[] {
    this.table?.refresh();
    return [...(this.table?.entries() ?? [])].map(({ value }) => value);
  }

  #keep(n: number): void {
    this.table?.put(this.table.count, n);
    if (n === this.failOn) throw new Error(`${n} is not wanted`);
  }
}

function office(t: Test, config: Config, path: string) {
  const store = new Store(path);
  const post = new PostOffice(store, config, 'majordome', silentLogger, () => 1000);
  post.start();
  const close = async () => {
    post.stop();
    await store.close();
  };
  t.teardown(close);
  return { post, close };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

t.test(
  'posts wait for the receiver, across restarts of both, and are handled in order and once',
  async (t) => {
    const directory = t.testdir();
    const config = await testConfig({ directory, agents: ['scheduler', 'majordome'] });
    const path = join(directory, 'outbox.lmdb');
    const first = office(t, config, path);
    await Promise.all(numbers(0, 3000).map((n) => first.post.post('scheduler', COUNT.text, { n })));
    t.match(first.post.status(), { waiting: { scheduler: 3000 }, setAside: 0 });
    await first.close();

    const second = office(t, config, path);
    let counter = new Counter(config);
    await counter.start();
    await until(() => counter.kept().length >= 1500);
    await counter.stop();
    const more = numbers(3000, 4000).map((n) => second.post.post('scheduler', COUNT.text, { n }));
    counter = new Counter(config);
    await counter.start();
    t.teardown(() => counter.stop());
    await Promise.all(more);
    await until(() => counter.kept().length >= 4000);
    t.same(counter.kept(), numbers(0, 4000));
    await until(() => Object.keys(second.post.status()['waiting'] as object).length === 0);
  },
);

t.test(
  'a message whose action fails holds those behind it, is set aside, and can be sent again',
  async (t) => {
    const directory = t.testdir();
    const config = await testConfig({ directory, agents: ['scheduler', 'majordome'] });
    const { post } = office(t, config, join(directory, 'outbox.lmdb'));
    const counter = new Counter(config);
    await counter.start();
    t.teardown(() => counter.stop());
    counter.failOn = 5;
    await Promise.all(numbers(0, 10).map((n) => post.post('scheduler', COUNT.text, { n })));
    await until(() => counter.kept().length === 5);
    counter.failOn = -1;
    await until(() => counter.kept().length === 10);
    t.same(counter.kept(), numbers(0, 10), 'in order, though one was tried again');

    await post.post('scheduler', 'No such message', { n: 1 });
    await post.post('scheduler', COUNT.text, { n: 'x' });
    await post.post('scheduler', COUNT.text, { n: 10 });
    await until(() => counter.kept().length === 11);
    t.match(post.asides(), [
      {
        agent: 'scheduler',
        message: 'No such message',
        code: 'UNKNOWN_MESSAGE',
        reason: /no message of scheduler/,
      },
      { agent: 'scheduler', message: 'Count', code: 'BAD_PAYLOAD', reason: /Count: n:/ },
    ]);
    const [unknown, bad] = post.asides();
    t.same(await post.outbox.drop('scheduler', unknown?.number ?? 0), { count: 1 });
    t.same(await post.outbox.drop('scheduler', unknown?.number ?? 0), { count: 0 });
    t.equal((await post.outbox.sendAgain('scheduler', bad?.number ?? 0)).count, 1);
    await until(() => post.asides().length === 1 && post.asides()[0]?.number !== bad?.number);
    t.equal(counter.kept().length, 11);
    await t.rejects(post.post('nobody', 'Count', { n: 1 }), { code: 'UNKNOWN_AGENT' });
  },
);

t.test('an action beyond the store is told when it may have run before', async (t) => {
  const directory = t.testdir();
  const config = await testConfig({ directory, agents: ['scheduler', 'majordome'] });
  const { post } = office(t, config, join(directory, 'outbox.lmdb'));
  const seen: [unknown, boolean][] = [];
  const agent = new TestAgent('scheduler', testEnvironment(config), {
    Do: async (data: unknown, context: MessageContext) => {
      seen.push([data, context.redelivered]);
      if (seen.length === 1) throw new Error('the lamp is broken');
      await context.transaction(() => undefined);
    },
  });
  await agent.start();
  t.teardown(() => agent.stop());
  await post.post('scheduler', 'Do', ['it']);
  await until(() => seen.length === 2);
  t.same(seen, [
    [['it'], false],
    [['it'], true],
  ]);
});

t.test('what every agent knows cannot be posted, nor is it taken', async (t) => {
  const directory = t.testdir();
  const config = await testConfig({ directory, agents: ['scheduler', 'majordome'] });
  const { post } = office(t, config, join(directory, 'outbox.lmdb'));
  await t.rejects(post.post('scheduler', Agent.SHUTDOWN, undefined), {
    code: 'NOT_POSTABLE',
    message: /^"Shutdown" is for now or never, and cannot be posted: send it with Sender\.sendTo/,
  });
  const counter = new Counter(config);
  await counter.start();
  t.teardown(() => counter.stop());
  const peer = await RawPeer.open(config.agents.get('scheduler')?.receivePort ?? 0);
  peer.send('Ping\tid=1\tfrom=a\tseq=box.1\tsettled=0\nPing\tid=2\tfrom=a\n');
  const lines = await peer.lines(2);
  t.match(lines[0], /^ERROR\tid=1\tcode=NOT_POSTABLE\t"Ping" is for now or never/);
  t.equal(lines[1], 'OK\tid=2');
  peer.socket.destroy();

  // As an outbox of before may have it.
  await post.outbox.post('scheduler', Agent.SHUTDOWN, undefined);
  await post.post('scheduler', COUNT.text, { n: 0 });
  await until(() => counter.kept().length === 1);
  t.match(post.asides(), [{ message: 'Shutdown', code: 'NOT_POSTABLE' }]);
  await until(() => counter.state !== 'BUSY');
  t.equal(counter.state, 'READY');
});
