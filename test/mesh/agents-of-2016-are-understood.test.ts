import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import t, { type Test } from 'tap';
import { type Config, packageRoot } from '../../src/config/index.js';
import { silentLogger } from '../../src/log/index.js';
import { PostOffice, SenderPool } from '../../src/mesh/index.js';
import { Store } from '../../src/store/index.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfig } from '../helpers/test-config.js';
import { until } from '../helpers/until.js';

const SCRIPTS = join(packageRoot, 'test', 'mesh', 'python');

/** In CI it must be there: a test that is skipped proves nothing. */
const isThere = spawnSync('python3', ['--version']).status === 0;
const skip = !isThere && process.env['CI'] !== 'true' && 'there is no python3 here';

/** A script in Python that goes on; its lines are gathered. */
async function script(t: Test, name: string): Promise<{ port: number; lines: string[] }> {
  const child: ChildProcessByStdio<null, Readable, null> = spawn('python3', [join(SCRIPTS, name)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  await until(10_000, () => lines.length > 0);
  return { port: Number(lines.shift()), lines };
}

/** Our side, of which the scheduler is in Python. */
function poolTo(t: Test, config: Config, port: number): { pool: SenderPool; config: Config } {
  const entry = config.agents.get('scheduler');
  const agents = new Map(config.agents);
  if (entry) agents.set('scheduler', { ...entry, receivePort: port });
  const pool = new SenderPool({ ...config, agents }, 'majordome');
  t.teardown(() => pool.close());
  return { pool, config: { ...config, agents } };
}

function runSender(port: number, manner: string, message: string): Promise<string> {
  const child = spawn('python3', [join(SCRIPTS, 'sender.py'), String(port), manner, message], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve(`${code} ${output.trim()}`)));
}

t.test('a sender of 2016 is served, whether or not it waits for the answer', { skip }, async (t) => {
  const config = await testConfig({ directory: t.testdir(), agents: ['scheduler'] });
  const seen: string[] = [];
  const agent = new TestAgent('scheduler', testEnvironment(config), {
    'Observation finished': (_, { message }) => void seen.push(message),
  });
  await agent.start();
  t.teardown(() => agent.stop());
  const port = config.agents.get('scheduler')?.receivePort ?? 0;
  const outcomes = await Promise.all([
    runSender(port, 'leave', 'Observation finished'),
    runSender(port, 'read', 'Observation finished'),
    runSender(port, 'wait', 'Observation finished'),
    runSender(port, 'read', 'Résumé'),
  ]);
  t.same(outcomes.slice(0, 3), ['0 ', '0 OK', '0 OK']);
  t.match(outcomes[3], /^0 ERROR\tcode=UNKNOWN_MESSAGE\t"Résumé"/);
  await until(20_000, () => seen.length === 3);
  t.same(seen, Array(3).fill('Observation finished'));
});

t.test(
  'a receiver of 2016 gets the message, and the sender is told that nobody answered',
  { skip },
  async (t) => {
    const config = await testConfig({ directory: t.testdir(), agents: ['scheduler', 'majordome'] });
    const { port, lines } = await script(t, 'receiver_2016.py');
    const { pool } = poolTo(t, config, port);
    for (const message of ['Observation finished', 'Résumé']) {
      await t.rejects(pool.request('scheduler', message), { code: 'CONNECTION_LOST' }, message);
    }
    await until(20_000, () => lines.length === 2);
    t.same(lines, ['Observation finished', 'Résumé']);
  },
);

t.test('a receiver in Python that answers with the id is an agent like any other', { skip }, async (t) => {
  const directory = t.testdir();
  const plain = await testConfig({ directory, agents: ['scheduler', 'majordome'] });
  const { port, lines } = await script(t, 'receiver.py');
  const { pool, config } = poolTo(t, plain, port);
  t.equal(await pool.request('scheduler', 'Observation finished', { sequence: 12 }), undefined);
  await Promise.all(Array.from({ length: 100 }, (_, n) => pool.request('scheduler', 'Go', 'x'.repeat(n))));
  t.same(await pool.request('scheduler', 'Sum'), { seen: 102 });
  await t.rejects(pool.request('scheduler', 'Fail'), {
    code: 'NO_FILM',
    message: 'there is no film in the camera',
  });

  const store = new Store(join(directory, 'outbox.lmdb'));
  const post = new PostOffice(store, config, 'majordome', silentLogger, Date.now);
  t.teardown(async () => {
    post.stop();
    await store.close();
  });
  post.start();
  await post.post('scheduler', 'Posted', { n: 1 });
  await until(20_000, () => lines.at(-1) === 'Posted' && post.outbox.waiting().length === 0);
  t.equal(lines.length, 104);
});
