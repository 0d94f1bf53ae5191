import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadConfig } from '../../src/config/index.js';
import { SenderPool } from '../../src/mesh/index.js';
import { TestAuthority } from '../helpers/certificates.js';
import { testConfigText } from '../helpers/test-config.js';
import { PyrosProcess } from '../scripts/run-pyros.js';

/** An INI file with a telescope, and how to start that. */
async function observatory(t: Test, security: string[]) {
  const directory = t.testdir();
  const file = join(directory, 'pyros_agent_config.ini');
  writeFileSync(file, await testConfigText({ directory, agents: ['telescope'], extra: { security } }));
  const start = () => {
    const agent = new PyrosProcess(['agent', 'telescope', '--config', file]);
    t.teardown(() => agent.child.kill('SIGKILL'));
    return agent;
  };
  const sender = () => {
    const pool = new SenderPool(loadConfig(file));
    t.teardown(() => pool.close());
    return pool;
  };
  return { directory, start, sender };
}

t.test('SIGHUP reads certificates again, and takes only good ones', async (t) => {
  const files = ['tls_cert = host.pem', 'tls_key = host.key', 'tls_ca = ca.pem'];
  const { directory, start, sender } = await observatory(t, files);
  const [old, fresh] = [new TestAuthority(directory, 'old_ca'), new TestAuthority(directory, 'new_ca')];
  const use = (authority: TestAuthority, name: string) => {
    authority.issue(name);
    copyFileSync(authority.file(name), join(directory, 'host.pem'));
    copyFileSync(authority.keyFile(name), join(directory, 'host.key'));
    copyFileSync(authority.file(), join(directory, 'ca.pem'));
  };
  use(old, 'first');
  const agent = start();
  await agent.printed(/listening on/);
  const before = sender();
  await before.request('telescope', 'Ping');

  rmSync(join(directory, 'host.key'));
  agent.child.kill('SIGHUP');
  await agent.printed(/not taken, the old go on: .*tls_key .*host\.key: it cannot be read: ENOENT/);
  use(fresh, 'second');
  agent.child.kill('SIGHUP');
  await agent.printed(/read the files of \[security\] again: TLS with certificates \(CN=second/);
  await before.request('telescope', 'Ping');
  await sender().request('telescope', 'Shutdown');
  t.equal(await agent.ended, 0);
});

t.test('so does a worker, whose tasks go on', async (t) => {
  const directory = t.testdir();
  const authority = new TestAuthority(directory, 'ca');
  authority.issue('host');
  const file = join(directory, 'pyros_agent_config.ini');
  const security = ['tls_cert = host.pem', 'tls_key = host.key', 'tls_ca = ca.pem'];
  const extra = { security, celery: ['result_expires = 1h'] };
  writeFileSync(file, await testConfigText({ directory, agents: ['task_broker'], extra }));
  const broker = new PyrosProcess(['agent', 'task_broker', '--config', file]);
  t.teardown(() => broker.child.kill('SIGKILL'));
  await broker.printed(/listening on/);
  const worker = new PyrosProcess(['celery', 'worker', '-Q', 'q', '-c', '1', '--config', file]);
  t.teardown(() => worker.child.kill('SIGKILL'));
  await worker.printed(/ready/);
  worker.child.kill('SIGHUP');
  await worker.printed(/read the files of \[security\] again: TLS with certificates \(CN=host/);
  worker.child.kill('SIGTERM');
  t.equal(await worker.ended, 0);
});

t.test('an agent whose secret others can read does not start, and need not be tried again', async (t) => {
  const { directory, start } = await observatory(t, ['secret_file = secret']);
  writeFileSync(join(directory, 'secret'), '00'.repeat(32), { mode: 0o644 });
  const agent = start();
  t.equal(await agent.ended, 78);
  t.match(agent.stderr, /cannot start: .*secret_file .*: others may read it \(mode 0644\); chmod 600 it/);
});

t.test('without files of [security], SIGHUP stops an agent cleanly', async (t) => {
  const { start } = await observatory(t, ['allow = 10.0.0.0/8']);
  const agent = start();
  await agent.printed(/listening on/);
  agent.child.kill('SIGHUP');
  t.equal(await agent.ended, 0);
});
