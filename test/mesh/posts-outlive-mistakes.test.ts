import { join } from 'node:path';
import t, { type Test } from 'tap';
import { number, object } from 'valibot';
import type { Config } from '../../src/config/index.js';
import { type Logger, silentLogger } from '../../src/log/index.js';
import { defineMessage, PostOffice, storedAction } from '../../src/mesh/index.js';
import { Store, type Table } from '../../src/store/index.js';
import { LogLines } from '../helpers/log-lines.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';
import { until } from '../helpers/until.js';

const KEEP = defineMessage('Keep', 'Keep a number', object({ n: number() }));
const AGENTS = ['scheduler', 'majordome'];

/** Keeps numbers, but for those that it does not like. */
class Keeper extends TestAgent {
  table: Table<number, number> | undefined;
  committed: number[] = [];

  constructor(
    config: Config,
    isDisliked: (n: number) => boolean,
    onCommitted = (_: number): void => undefined,
  ) {
    super('scheduler', testEnvironment(config), { Odd: () => 10n, 'Odd later': async () => 10n });
    this.onWork = () => {
      this.table = this.store.table('kept');
    };
    const keep = storedAction(KEEP, ({ n }, context) => {
      this.table?.put(this.table.count, n);
      context.onCommitted(() => {
        this.committed.push(n);
        onCommitted(n);
      });
      if (isDisliked(n)) throw new Error(`${n} is not wanted`);
    });
    this.actionsByMessage.set(KEEP.text, keep);
  }

  kept(): number[] {
    this.table?.refresh();
    return [...(this.table?.entries() ?? [])].map(({ value }) => value);
  }
}

async function running(t: Test, agent: Keeper): Promise<Keeper> {
  await agent.start();
  t.teardown(() => agent.stop());
  return agent;
}

function office(t: Test, config: Config, path: string, log: Logger = silentLogger) {
  const store = new Store(path);
  const post = new PostOffice(store, config, 'majordome', log, Date.now);
  const close = async () => {
    post.stop();
    await store.close();
  };
  t.teardown(close);
  return { post, close };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

t.test('of a batch in which some throw, the others are kept once and in order', async (t) => {
  const directory = t.testdir();
  const config = await testConfig({ directory, agents: AGENTS, extra: { mesh: ['retry_pause = 100ms'] } });
  const { post } = office(t, config, join(directory, 'outbox.lmdb'));
  // All lie there before the first is sent, so that they come in one batch.
  await Promise.all(numbers(300).map((n) => post.post('scheduler', KEEP.text, { n })));
  const disliked = [0, 150, 151, 299];
  const keeper = await running(t, new Keeper(config, (n) => disliked.includes(n)));
  post.start();
  await until(90_000, () => post.asides().length === disliked.length);
  const wanted = numbers(300).filter((n) => !disliked.includes(n));
  t.same(keeper.kept(), wanted);
  t.same(keeper.committed, wanted, 'each is told once, and none that was given up');
  t.match(
    post.asides(),
    disliked.map((n) => ({ number: n + 1, code: 'ACTION_FAILED', reason: `${n} is not wanted` })),
  );
});

t.test('a callback that throws after the commit harms no other message', async (t) => {
  const directory = t.testdir();
  const config = await testConfig({ directory, agents: AGENTS });
  const { post } = office(t, config, join(directory, 'outbox.lmdb'));
  await Promise.all(numbers(50).map((n) => post.post('scheduler', KEEP.text, { n })));
  const keeper = new Keeper(
    config,
    () => false,
    (n) => {
      if (n === 10) throw new Error('a mistake of the agent');
    },
  );
  await running(t, keeper);
  post.start();
  await until(10_000, () => post.outbox.waiting().length === 0);
  t.same(keeper.kept(), numbers(50));
  t.same(keeper.committed, numbers(50));
});

t.test('posts to an agent that is taken out of the INI file wait until it is back', async (t) => {
  const directory = t.testdir();
  const config = await testConfig({ directory, agents: AGENTS });
  const without = { ...config, agents: new Map(config.agents) };
  without.agents.delete('scheduler');
  const path = join(directory, 'outbox.lmdb');
  const first = office(t, config, path);
  first.post.start();
  await first.post.post('scheduler', KEEP.text, { n: 1 });
  await first.close();

  const log = new LogLines();
  const second = office(t, without, path, log);
  second.post.start();
  await second.post.post('scheduler', KEEP.text, { n: 2 });
  t.match(await log.line(/scheduler/), /^error posted messages wait for scheduler, which is no agent of/);
  t.match(second.post.outbox.waiting(), [{ agent: 'scheduler', count: 2, oldestMs: Number }]);
  t.match(second.post.status(), { waiting: { scheduler: 2 }, setAside: 0 });
  await second.close();

  const keeper = await running(t, new Keeper(config, () => false));
  const third = office(t, config, path);
  third.post.start();
  await until(10_000, () => keeper.kept().length === 2);
  t.same(keeper.kept(), [1, 2]);
});

t.test('a reply that cannot be written is an error that is told', async (t) => {
  const config = await testConfig({ directory: t.testdir(), agents: AGENTS });
  await running(t, new Keeper(config, () => false));
  const peer = await RawPeer.open(config.agents.get('scheduler')?.receivePort ?? 0);
  peer.send('Odd\nOdd later\nPing\n');
  const failed = /^ERROR\tcode=ACTION_FAILED\t.*BigInt/;
  t.match(await peer.lines(3), [failed, failed, 'OK']);
  peer.socket.destroy();
});
