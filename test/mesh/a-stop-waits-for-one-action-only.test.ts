import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { silentLogger } from '../../src/log/index.js';
import { Agent, PostOffice, SenderPool } from '../../src/mesh/index.js';
import { Store } from '../../src/store/index.js';
import { AgentProcesses } from '../helpers/agent-processes.js';
import { COMPUTE, WAIT } from '../helpers/posting/slow-receiver.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';
import { until } from '../helpers/until.js';

const POSTS = 1_000;
/** The first take their time, so that the stop comes in their middle. */
const SLOW_POSTS = 250;
const STOP_AFTER = 20;

for (const { text } of [WAIT, COMPUTE]) {
  t.test(`a stop among ${POSTS} posts of "${text}" leaves the rest for the next start, once`, async (t) => {
    const slow = fileURLToPath(new URL('../helpers/posting/slow-receiver.js', import.meta.url));
    const agents = await AgentProcesses.prepare({ slow });
    t.teardown(() => agents.end());
    const pool = new SenderPool(agents.config, 'test');
    t.teardown(() => pool.close());
    const store = new Store(`${agents.directory}/outbox.lmdb`);
    const post = new PostOffice(store, agents.config, 'poster', silentLogger, Date.now);
    t.teardown(() => store.close());
    t.teardown(() => post.stop());
    const child = await agents.start('slow');
    const posts = Array.from({ length: POSTS }, (_, n) =>
      post.post('slow', text, { n, ms: n < SLOW_POSTS ? 20 : 0 }),
    );
    await Promise.all(posts);
    post.start();
    await until(30_000, async () => {
      const { handled } = (await pool.request('slow', Agent.STATUS)) as { handled: number };
      return handled >= STOP_AFTER;
    });
    const exit = once(child, 'exit');
    await pool.request('slow', Agent.SHUTDOWN);
    t.same(await exit, [0, null]);
    const handled = Number(/stops after (\d+)/.exec(agents.log('slow'))?.[1]);
    t.ok(handled >= STOP_AFTER && handled < SLOW_POSTS, `${handled} handled before the stop`);

    await agents.start('slow');
    await until(30_000, () => post.outbox.waitingFor('slow') === 0);
    t.same(await pool.request('slow', 'Handled'), { count: POSTS, most: 1 });
    t.equal(post.outbox.asideCount, 0);
  });
}

t.test('a transaction that its action does not wait for is waited for before the answer', async (t) => {
  const directory = t.testdir();
  const config = await testConfig({ directory, agents: ['scheduler', 'majordome'] });
  const store = new Store(`${directory}/outbox.lmdb`);
  const post = new PostOffice(store, config, 'majordome', silentLogger, Date.now);
  t.teardown(() => store.close());
  t.teardown(() => post.stop());
  let runs = 0;
  const agent = new TestAgent('scheduler', testEnvironment(config), {
    Go: (_, context) => {
      runs += 1;
      void context.transaction(() => {
        if (runs === 1) throw new Error('not now');
      });
    },
  });
  await agent.start();
  t.teardown(() => agent.stop());
  post.start();
  await post.post('scheduler', 'Go', undefined);
  await until(30_000, () => post.outbox.waitingFor('scheduler') === 0);
  t.equal(runs, 2, 'it has failed once, and was sent again');
});

class Impatient extends TestAgent {
  protected override readonly stopPatienceMs = 50;
}

t.test('the store is not closed under an action that goes on', async (t) => {
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler', 'majordome'] });
  let goOn: () => void = () => undefined;
  let begun: () => void = () => undefined;
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let kept: Promise<string> | undefined;
  const agent = new Impatient('scheduler', testEnvironment(config), {
    Go: (_, context) => {
      begun();
      kept = new Promise<void>((resolve) => {
        goOn = resolve;
      }).then(() => context.transaction(() => 'kept'));
      return kept;
    },
  });
  await agent.start();
  const pool = new SenderPool(config, 'majordome');
  t.teardown(() => pool.close());
  const going = pool.request('scheduler', 'Go').catch(() => undefined);
  await hasBegun;
  await agent.stop();
  goOn();
  t.equal(await kept, 'kept');
  await going;
});
