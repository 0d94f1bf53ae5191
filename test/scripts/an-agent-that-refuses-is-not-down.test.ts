import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { silence } from '../../scripts/unreached.js';
import { type Config, loadConfig } from '../../src/config/index.js';
import { MeshError } from '../../src/mesh/index.js';
import { listen, SocketError } from '../../src/socket/index.js';
import { TestAuthority } from '../helpers/certificates.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { runPyros, writeIni } from './run-pyros.js';

/** An INI file like another one but for its `[security]`, in the same folder. */
function variant(config: Config, name: string, ...security: string[]): Config {
  const text = readFileSync(config.file, 'utf8').replace(/\[security\]\n(.+\n)*/, '');
  const file = config.file.replace('pyros_agent_config', name);
  writeFileSync(file, `${text}\n[security]\n${security.map((line) => `${line}\n`).join('')}`);
  return loadConfig(file);
}

function writeSecret(config: Config, name: string): string {
  writeFileSync(join(config.file, '..', name), randomBytes(32).toString('hex'), { mode: 0o600 });
  return `secret_file = ${name}`;
}

async function startTelescope(t: Test, config: Config): Promise<void> {
  const agent = new TestAgent('telescope', testEnvironment(config));
  await agent.start();
  t.teardown(() => agent.stop());
}

t.test('another secret is told by every command, with what to do', async (t) => {
  const config = await writeIni(t, ['telescope', 'scheduler']);
  await startTelescope(t, variant(config, 'ours', writeSecret(config, 'ours')));
  const { file } = variant(config, 'theirs', writeSecret(config, 'theirs'));
  const run = (...words: string[]) => runPyros(...words, '--config', file);
  const told = /it has another secret; the secret files of the two hosts differ/;
  const wanted: [string[], number, object][] = [
    [['status'], 1, { stdout: /^telescope +UNKNOWN .*it has another secret; the secret files/m }],
    [['status', '--watch', '0.1', '-n', '1'], 1, { stdout: /^scheduler +DOWN .* not running$/m }],
    [['outbox'], 1, { stdout: /^nothing waits, as far as is known\n/, stderr: told }],
    [['outbox', 'telescope'], 69, { stderr: told }],
    [['ping', 'telescope'], 69, { stderr: told }],
    [['send', 'telescope', 'Shutdown'], 69, { stderr: told }],
    [['request', 'telescope', 'Status', '--json'], 69, { stdout: /"UNREACHABLE".*the secret files of the/ }],
    [['do', 'TELESCOPE', 'STOP'], 69, { stderr: told }],
  ];
  const outcomes = await Promise.all(wanted.map(([words]) => run(...words)));
  for (const [index, [words, code, said]] of wanted.entries())
    t.match(outcomes[index], { code, ...said }, words.join(' '));
  const json = JSON.parse((await run('status', '--json')).stdout);
  t.match(json, [
    { agent: 'telescope', up: false, code: 'HANDSHAKE_FAILED', error: told },
    { agent: 'scheduler', up: false, code: 'CONNECT_REFUSED', error: 'not running' },
  ]);

  const clear = variant(config, 'clear', 'allow = 10.0.0.0/8');
  const lost = /lost before the answer.*only one of the two INI files has \[security\]/;
  t.match(await runPyros('status', '--config', clear.file), { code: 1, stdout: /telescope +UNKNOWN/ });
  t.match(await runPyros('send', 'telescope', 'Ping', '--config', clear.file), { code: 69, stderr: lost });
});

t.test('so are certificates that are not trusted or have expired, and lists of senders', async (t) => {
  const config = await writeIni(t, ['telescope', 'scheduler', 'majordome'], (text) =>
    text.replace('[majordome]\n', '[majordome]\nstatus_from = telescope\noutbox_from = telescope\n'),
  );
  const folder = join(config.file, '..');
  const [ours, theirs] = [new TestAuthority(folder, 'ours'), new TestAuthority(folder, 'theirs')];
  ours.issue('host');
  theirs.issue('stranger');
  const lines = (name: string, ca: string) => [
    `tls_cert = ${name}.pem`,
    `tls_key = ${name}.key`,
    `tls_ca = ${ca}.pem`,
  ];
  const host = variant(config, 'host', ...lines('host', 'ours'));
  await startTelescope(t, host);
  const majordome = new TestAgent('majordome', testEnvironment(host));
  await majordome.start();
  t.teardown(() => majordome.stop());
  const port = config.agents.get('scheduler')?.receivePort ?? 0;
  const expired = await listen({ host: '127.0.0.1', port, tls: ours.issue('old', -1) }, () => undefined);
  t.teardown(() => expired.close());

  const { file } = variant(config, 'stranger', ...lines('stranger', 'theirs'));
  const [foreign, own, outbox] = await Promise.all([
    runPyros('status', '--config', file),
    runPyros('status', '--config', host.file),
    runPyros('outbox', '--config', host.file),
  ]);
  t.match(foreign, { code: 1, stdout: /^telescope +UNKNOWN .*not trusted here; is it issued by/m });
  t.match(own, { code: 1, stdout: /^telescope +READY/m });
  t.match(own.stdout, /^scheduler +UNKNOWN .*its certificate has expired; have a new one issued/m);
  t.match(own.stdout, /^majordome +UNKNOWN .*pyros may not send "Status" to majordome \(\[majordome\]/m);
  t.match(outbox, { code: 1, stderr: /^majordome: pyros may not send "Outbox"/m });
});

t.test('an agent that hangs has its own words, and so has a host without a way to it', async (t) => {
  const config = await writeIni(t, ['telescope']);
  const mute = createServer((socket) => void socket.on('error', () => undefined).resume());
  t.teardown(() => mute.close());
  const port = config.agents.get('telescope')?.receivePort ?? 0;
  await new Promise<void>((resolve) => mute.listen(port, '127.0.0.1', resolve));
  const { code, stdout } = await runPyros('status', '--json', '--config', config.file);
  t.equal(code, 1);
  t.match(JSON.parse(stdout), [
    { code: 'REQUEST_TIMEOUT', error: /^no answer within 2 s: it hangs, or its host/ },
  ]);

  const unreached = (socketCode: 'CONNECT_FAILED' | 'CONNECT_TIMEOUT', systemCode: string) => {
    const system = Object.assign(new Error(`connect ${systemCode}`), { code: systemCode });
    const cause = new SocketError(socketCode, 'cannot connect', system);
    return silence(new MeshError('UNREACHABLE', 'agent x cannot be reached', cause));
  };
  t.same(unreached('CONNECT_FAILED', 'EHOSTUNREACH'), {
    code: 'CONNECT_FAILED',
    error: 'cannot connect; is its host on, and its address right?',
  });
  t.match(unreached('CONNECT_FAILED', 'ENETUNREACH'), { error: /is the network of this host up/ });
  t.match(unreached('CONNECT_TIMEOUT', ''), { code: 'CONNECT_TIMEOUT', error: /does a firewall let/ });
  t.same(silence(new Error('odd')), { code: 'INTERNAL_ERROR', error: 'odd' });
});

t.test('a secret that is no good ends every command that needs it with 78', async (t) => {
  const config = await writeIni(t, ['telescope', 'task_broker']);
  const line = writeSecret(config, 'secret');
  const secret = join(config.file, '..', 'secret');
  const { file } = variant(config, 'secured', line);
  const run = (...words: string[]) => runPyros(...words, '--config', file);
  const expectAll = async (complaint: RegExp, ...lines: string[][]) => {
    const outcomes = await Promise.all(lines.map((words) => run(...words)));
    for (const [index, words] of lines.entries())
      t.match(outcomes[index], { code: 78, stderr: complaint }, words.join(' '));
  };
  chmodSync(secret, 0o644);
  await expectAll(
    /secret_file .*secret: others may read it \(mode 0644\); chmod 600 it/,
    ['status'],
    ['status', '--watch', '-n', '1'],
    ['outbox'],
    ['outbox', 'telescope'],
    ['ping', 'telescope'],
    ['send', 'telescope', 'Ping', '--wait', '5'],
    ['do', 'TELESCOPE', 'STOP'],
    ['start'],
    ['agent', 'telescope'],
    ['celery', 'status'],
  );
  t.match(await run('status', '--json'), { code: 78, stdout: /^\{"ok":false,"code":"SECRET_INVALID"/ });
  writeFileSync(secret, 'short', { mode: 0o600 });
  chmodSync(secret, 0o600);
  await expectAll(/expected at least 64 hexadecimal digits/, ['status'], ['outbox']);
  rmSync(secret);
  await expectAll(/secret_file .*it cannot be read: ENOENT/, ['status'], ['start']);
});
