import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { type Config, packageRoot } from '../../src/config/index.js';
import { PyrosProcess, runPyros, writeIni } from './run-pyros.js';

/** An agent of one's own; its `body` overrides hooks. */
async function writeOwnAgent(t: Test, body: string): Promise<Config> {
  const config = await writeIni(t, ['telescope'], (text) =>
    text.replace('[telescope]', '[mine]\napplication = mine.mjs'),
  );
  const mesh = pathToFileURL(join(packageRoot, 'dist', 'src', 'mesh', 'index.js'));
  const source = `import { Agent, AppConfig } from '${mesh}';
    class Mine extends Agent { ${body} }
    export default class extends AppConfig {
      name = 'mine';
      ready() { return this.startAgent(new Mine('mine', this.environment)); }
    }`;
  writeFileSync(join(dirname(config.file), 'mine.mjs'), source);
  return config;
}

t.test('an error that nobody caught ends an agent that still starts', async (t) => {
  const config = await writeOwnAgent(
    t,
    "work() { Promise.reject(new Error('lost')); return new Promise(() => {}); }",
  );
  const { code, stderr } = await runPyros('agent', 'mine', '--config', config.file);
  t.equal(code, 70);
  t.match(stderr, /unhandled rejection: lost/);
});

t.test('an agent that crashes while it writes ends with its code', async (t) => {
  const body = `work() {
    const table = this.store.table('things');
    const bytes = Buffer.alloc(1_000);
    const write = (n) => void this.store.transaction(() => table.put(n, bytes)).catch(() => {});
    const writeOn = () => {
      for (let n = 0; n < 20; n += 1) write(n);
      setImmediate(writeOn);
    };
    writeOn();
    setTimeout(() => { throw new Error('lost'); }, 100);
  }`;
  const config = await writeOwnAgent(t, body);
  for (let round = 0; round < 3; round += 1) {
    const { code, stderr } = await runPyros('agent', 'mine', '--config', config.file);
    t.equal(code, 70);
    t.match(stderr, /uncaught exception: lost/);
  }
});

t.test('an agent that had to be killed has failed', async (t) => {
  const config = await writeOwnAgent(
    t,
    'shutdown() { return new Promise(() => setInterval(() => {}, 1e6)); }',
  );
  const start = new PyrosProcess(['start', '--config', config.file]);
  t.teardown(() => start.child.kill('SIGKILL'));
  await start.printed(/^mine +RUNNING/m);
  start.child.kill('SIGINT');
  start.child.kill('SIGINT');
  await start.printed(/mine +stopping/);
  // Two at once are one; a second one later does not wait.
  await new Promise((resolve) => setTimeout(resolve, 600));
  t.equal(start.child.exitCode, null);
  start.child.kill('SIGINT');
  t.equal(await start.ended, 1);
  t.match(start.stdout, /^mine +FAILED .* killed by SIGKILL$/m);
});

t.test('an agent whose name is none leaves no trace', async (t) => {
  const config = await writeIni(t, ['telescope']);
  const { code, stderr } = await runPyros('agent', '../../x', '--config', config.file);
  t.equal(code, 78);
  t.match(stderr, 'has no section [../../x]; its agents are telescope');
  t.notOk(existsSync(config.dataDirectory));
});

t.test('a hang-up stops an agent cleanly', async (t) => {
  const config = await writeIni(t, ['telescope']);
  const agent = new PyrosProcess(['agent', 'telescope', '--config', config.file]);
  t.teardown(() => agent.child.kill('SIGKILL'));
  await agent.printed(/listening on/);
  agent.child.kill('SIGHUP');
  t.equal(await agent.ended, 0);
  t.match(agent.stderr, /stopped/);
});
