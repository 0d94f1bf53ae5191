import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { createServer, connect as netConnect } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ManualClock } from '../../src/clock/index.js';
import { type Config, parseConfig } from '../../src/config/index.js';
import { Access } from '../../src/mesh/access.js';
import { Doors } from '../../src/mesh/doors.js';
import { Agent, renewCredentials, SenderPool } from '../../src/mesh/index.js';
import { freePorts } from '../../src/socket/index.js';
import { TestAuthority } from '../helpers/certificates.js';
import { LogLines } from '../helpers/log-lines.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { testConfigText } from '../helpers/test-config.js';
import { until } from '../helpers/until.js';

interface Observatory {
  config: Config;
  log: LogLines;
  agent: TestAgent;
  port: number;
  /** What the agent was told by `Note`. */
  notes: unknown[];
  /** A sender with an INI of its own that differs in these lines. */
  sender(from?: string, ...security: string[]): SenderPool;
}

/** A scheduler that takes notes, by an INI with these lines. */
async function observatory(
  t: Test,
  directory: string,
  extra: Record<string, string[]>,
): Promise<Observatory> {
  const file = join(directory, 'pyros_agent_config.ini');
  const read = (text: string) => parseConfig(text, file);
  const text = await testConfigText({ directory, agents: ['scheduler', 'majordome'], extra });
  const config = read(text);
  const log = new LogLines();
  const notes: unknown[] = [];
  const actions = { Note: (data: unknown) => void notes.push(data) };
  const agent = new TestAgent('scheduler', testEnvironment(config, log), actions);
  await agent.start();
  t.teardown(() => agent.stop());
  const sender = (from = 'majordome', ...security: string[]) => {
    const own =
      security.length === 0 ? config : read(text.replace(/\[security\]\n(.+\n)*/, section(security)));
    const pool = new SenderPool(own, from);
    t.teardown(() => pool.close());
    return pool;
  };
  return { config, log, agent, port: config.agents.get('scheduler')?.receivePort ?? 0, notes, sender };
}

function section(lines: string[]): string {
  return `[security]\n${lines.map((line) => `${line}\n`).join('')}`;
}

function writeSecret(directory: string, name: string): string {
  writeFileSync(join(directory, name), randomBytes(32).toString('hex'), { mode: 0o600 });
  return name;
}

t.test('with a secret, agents talk by TLS, and the other hosts of the list by nothing else', async (t) => {
  const directory = t.testdir();
  const [plainPort = 0] = await freePorts(1);
  writeSecret(directory, 'ours');
  writeSecret(directory, 'theirs');
  const extra = { security: ['secret_file = ours'], scheduler: [`plain_port = ${plainPort}`] };
  const { port, notes, log, sender } = await observatory(t, directory, extra);
  await sender().request('scheduler', 'Note', { photons: 7 });
  t.same(notes, [{ photons: 7 }]);
  t.match(await sender().request('scheduler', Agent.STATUS), {
    access: { tls: 'TLS with a shared secret', refused: 0 },
  });

  await t.rejects(sender('majordome', 'secret_file = theirs').request('scheduler', 'Note', 1), {
    code: 'UNREACHABLE',
    message: `agent scheduler cannot be reached: no TLS with 127.0.0.1 port ${port}: it has another secret`,
  });
  await t.rejects(sender('majordome', 'allow = 10.0.0.0/8').request('scheduler', 'Note', 1), {
    code: 'CONNECTION_LOST',
  });
  const byHand = await RawPeer.open(port);
  byHand.send('Note\t1\n');
  await byHand.closed;
  t.same(notes, [{ photons: 7 }]);
  t.equal(await log.line(/^warn refused/), 'warn refused 127.0.0.1: it has another secret');
  t.match(await sender().request('scheduler', Agent.STATUS), { access: { refused: 3 } });

  const here = await RawPeer.open(plainPort);
  here.send('Note\t[2]\n');
  t.same(await here.lines(1), ['OK']);
  t.same(notes, [{ photons: 7 }, [2]]);
  here.socket.destroy();
});

t.test('who comes by TLS to an agent in the clear is told so, and so is the agent', async (t) => {
  const directory = t.testdir();
  writeSecret(directory, 'ours');
  const { log, notes, sender } = await observatory(t, directory, { security: ['allow = 10.0.0.0/8'] });
  const byTls = sender('majordome', 'secret_file = ours');
  await t.rejects(byTls.request('scheduler', 'Note', 1), {
    code: 'UNREACHABLE',
    message: /it does not speak TLS$/,
  });
  t.match(
    await log.line(/closed the connection/),
    /the peer speaks TLS and this port does not: see \[security\]/,
  );
  t.same(notes, []);
});

t.test('a recorded message is not acted upon again', async (t) => {
  const directory = t.testdir();
  writeSecret(directory, 'ours');
  const { config, port, notes, log } = await observatory(t, directory, { security: ['secret_file = ours'] });
  const recorded: Buffer[] = [];
  const proxy = createServer({ allowHalfOpen: true }, (caller) => {
    const on = netConnect({ host: '127.0.0.1', port, allowHalfOpen: true });
    caller.on('data', (chunk) => recorded.push(chunk));
    caller.pipe(on).pipe(caller);
    for (const socket of [caller, on]) socket.on('error', () => undefined);
  });
  const [proxyPort = 0] = await freePorts(1);
  await new Promise<void>((resolve) => proxy.listen(proxyPort, '127.0.0.1', resolve));
  t.teardown(() => proxy.close());
  const entry = config.agents.get('scheduler');
  if (!entry) throw new Error('no scheduler');
  const agents = new Map([['scheduler', { ...entry, receivePort: proxyPort }]]);
  const pool = new SenderPool({ ...config, agents }, 'majordome');
  await pool.request('scheduler', 'Note', 'open the dome');
  pool.close();
  t.same(notes, ['open the dome']);

  const thief = netConnect({ host: '127.0.0.1', port });
  thief.on('error', () => undefined).resume();
  thief.write(Buffer.concat(recorded));
  t.match(await log.line(/refused/), /its bytes are damaged, or a replay of older ones/);
  thief.destroy();
  t.same(notes, ['open the dome'], 'once');
});

t.test('certificates are read again on demand; bad ones are logged and not taken', async (t) => {
  const directory = t.testdir();
  const ours = new TestAuthority(directory, 'ours');
  const theirs = new TestAuthority(directory, 'theirs');
  for (const name of ['first', 'second']) ours.issue(name);
  ours.issue('old', -1);
  theirs.issue('stranger');
  const use = (name: string) => {
    copyFileSync(ours.file(name), join(directory, 'host.pem'));
    copyFileSync(ours.keyFile(name), join(directory, 'host.key'));
  };
  use('first');
  const files = ['tls_cert = host.pem', 'tls_key = host.key', 'tls_ca = ours.pem'];
  const { config, notes, log, sender } = await observatory(t, directory, { security: files });
  await sender().request('scheduler', 'Note', 1);
  const status = () =>
    sender('pyros').request('scheduler', Agent.STATUS) as Promise<{ access: { tls: string } }>;
  t.match((await status()).access.tls, /certificates \(CN=first, valid to/);

  for (const [name, complaint] of [
    ['old', /tls_cert .*host\.pem: it has expired on /],
    ['stranger', /tls_cert .*host\.pem: it was not issued by the authority in tls_ca .*ours\.pem/],
  ] as const) {
    use(name);
    t.equal(renewCredentials(config, log), true);
    t.match(log.lines.at(-1), /^error the files of \[security\] are not taken, the old go on: /);
    t.match(log.lines.at(-1), complaint);
  }
  t.match((await status()).access.tls, /CN=first/);
  use('second');
  t.equal(renewCredentials(config, log), true);
  t.match(log.lines.at(-1), /^info read the files of \[security\] again: .*CN=second/);
  await sender().request('scheduler', 'Note', 2);
  t.same(notes, [1, 2]);
  t.match((await status()).access.tls, /CN=second/);

  chmodSync(join(directory, 'host.key'), 0o604);
  const spoilt = sender('majordome', ...files, 'allow = 10.0.0.0/8');
  await t.rejects(spoilt.request('scheduler', 'Note', 3), {
    code: 'CERTIFICATE_INVALID',
    message: /chmod 600/,
  });
});

t.test('addresses that are not on the list are closed unheard, and told once a minute', async (t) => {
  const directory = t.testdir();
  const text = await testConfigText({ directory, agents: ['scheduler', 'telescope'] });
  const ini = text.replace(/(\[telescope\]\nip = )127.0.0.1/, '$110.0.0.5');
  const config = parseConfig(
    `${ini}${section(['allow = 192.168.7.0/24, fd00::/8, 172.16.0.1'])}`,
    `${directory}/x`,
  );
  const [log, clock] = [new LogLines(), new ManualClock()];
  const access = new Access(config, 'scheduler', [], log, clock);
  const may = ['127.0.0.1', '127.9.9.9', '::1', '10.0.0.5', '::ffff:10.0.0.5', '192.168.7.255', 'fd12::3'];
  const mayNot = [
    '10.0.0.6',
    '192.168.8.1',
    '172.16.0.2',
    '8.8.8.8',
    'fe80::1%eth0',
    '::ffff:8.8.8.8',
    'unknown',
    '',
  ];
  t.same(
    may.filter((address) => !access.admits(address)),
    [],
  );
  t.same(
    mayNot.filter((address) => access.admits(address)),
    [],
  );
  t.same(
    ['127.0.0.2', '::1', '10.0.0.5'].map((address) => access.admitsByHand(address)),
    [true, true, false],
  );

  for (let i = 0; i < 5; i += 1) access.refused('8.8.8.8', 'its address is not on the list');
  access.refused('8.8.8.8', 'it does not speak TLS');
  access.refused('9.9.9.9', 'it has another secret');
  const first = [
    'warn refused 8.8.8.8: its address is not on the list',
    'warn refused 9.9.9.9: it has another secret',
  ];
  t.same(log.lines, first);
  await clock.advance(59_999);
  t.same(log.lines, first);
  await clock.advance(1);
  const second = `warn refused 8.8.8.8 5 times more within a minute: its address is not on the list (4); it does not speak TLS (1)`;
  t.same(log.lines, [...first, second]);
  access.refused('8.8.8.8', 'again');
  await clock.advance(60_000);
  t.same(log.lines.slice(3), ['warn refused 8.8.8.8 once more within a minute: again']);
  await clock.advance(120_000);
  t.equal(clock.pending, 0, 'nothing is kept of those who have gone');
  t.match(access.status(), { refused: 8 });

  for (let i = 0; i < 3000; i += 1) access.refused(`10.1.${i >> 8}.${i & 255}`, 'scan');
  t.equal(clock.pending, 101, 'a scan does not fill the memory');
  access.close();
  t.equal(log.lines.at(-1), 'warn refused others 2899 times more within a minute: scan');
});

t.test('a host that is not on the list is closed at the port', async (t) => {
  const directory = t.testdir();
  const [plainPort = 0] = await freePorts(1);
  const extra = { scheduler: [`plain_port = ${plainPort}`] };
  const text = await testConfigText({ directory, agents: ['scheduler'], extra });
  const config = parseConfig(text, `${directory}/x`);
  const entry = config.agents.get('scheduler');
  if (!entry) throw new Error('no scheduler');
  const log = new LogLines();
  // All of loopback is this host: for once, two of its addresses are others.
  const access = new Access(config, 'scheduler', [], log, new ManualClock());
  access.admits = (address) => address !== '127.0.0.3';
  access.admitsByHand = (address) => address !== '127.0.0.4';
  const doors = await Doors.open(access, entry, 10, (connection) => {
    connection.start({ onData: (chunk) => connection.send(chunk) });
  });
  t.teardown(() => doors.close());
  const answer = async (port: number, localAddress: string) => {
    const socket = netConnect({ port, host: '127.0.0.1', localAddress });
    const closed = new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.end('Ping');
    await closed;
    return text;
  };
  t.equal(await answer(entry.receivePort, '127.0.0.2'), 'Ping');
  t.equal(await answer(entry.receivePort, '127.0.0.3'), '');
  t.equal(await answer(plainPort, '127.0.0.3'), 'Ping');
  t.equal(await answer(plainPort, '127.0.0.4'), '');
  t.same(log.lines, [
    'warn refused 127.0.0.3: its address is not on the list',
    'warn refused 127.0.0.4: its address is not on the list',
  ]);
});

t.test('a message with a list of senders is refused to all others', async (t) => {
  const lists = ['shutdown_from = majordome, pyros', 'note_from = hand'];
  const { port, agent, notes, log, sender } = await observatory(t, t.testdir(), { scheduler: lists });
  const peer = await RawPeer.open(port);
  peer.send('Shutdown\nNote\t[1]\n');
  t.same(await peer.lines(2), [
    'ERROR\tcode=DENIED\thand may not send "Shutdown" to scheduler ([scheduler] shutdown_from = majordome, pyros)',
    'OK',
  ]);
  peer.socket.destroy();
  await t.rejects(sender('scheduler').request('scheduler', Agent.SHUTDOWN), { code: 'DENIED' });
  await t.rejects(sender('majordome').request('scheduler', 'Note', 2), { code: 'DENIED' });
  await sender('majordome').request('scheduler', 'Ping');
  t.same(notes, [[1]]);
  t.equal(agent.state, 'READY');
  t.equal(log.lines.filter((line) => line.includes('refused')).length, 3);
  await sender('pyros').request('scheduler', Agent.SHUTDOWN);
  await agent.stopped();
});

t.test('a heartbeat bears its sender, and is let in where he is', async (t) => {
  const { notes, log, sender } = await observatory(t, t.testdir(), { scheduler: ['ping_from = majordome'] });
  await sender('majordome').request('scheduler', 'Note', 1);
  const now = performance.now.bind(performance);
  t.teardown(() => {
    performance.now = now;
  });
  // Long enough for a sign of life to be asked for.
  performance.now = () => now() + 7_000;
  const watcher = sender('pyros');
  let looks = 0;
  await until(20_000, async () => {
    looks += 1;
    const { counters } = (await watcher.request('scheduler', Agent.STATUS)) as {
      counters: { done: number; refused: number };
    };
    return counters.done + counters.refused > looks;
  });
  t.match(await watcher.request('scheduler', Agent.STATUS), { counters: { refused: 0 } });
  await t.rejects(watcher.request('scheduler', 'Ping'), { code: 'DENIED' });
  t.equal(log.lines.filter((line) => line.includes('refused')).length, 1);
  t.same(notes, [1]);
});

t.test(
  'a list for a message that does not exist, or a bad secret, keeps an agent from starting',
  async (t) => {
    const directory = t.testdir();
    const starting = (extra: Record<string, string[]>) => observatory(t, directory, extra);
    await t.rejects(starting({ scheduler: ['shutdwon_from = majordome'] }), {
      name: 'ConfigError',
      message: /\[scheduler\] shutdwon_from: scheduler has no such message; expected some of .*shutdown_from/,
    });
    await t.rejects(starting({ security: ['secret_file = none'] }), {
      code: 'SECRET_INVALID',
      message: /ENOENT/,
    });
  },
);

t.test('an agent that others can reach says what protects it', async (t) => {
  const directory = t.testdir();
  writeSecret(directory, 'ours');
  const text = await testConfigText({ directory, agents: ['scheduler'] });
  const said = (security: string, ip: string) => {
    const ini = text.replace('127.0.0.1', ip) + security;
    const log = new LogLines();
    new Access(parseConfig(ini, `${directory}/x`), 'scheduler', [], log, new ManualClock()).logProtection();
    return log.lines;
  };
  t.same(said('', '127.0.0.1'), []);
  const list =
    '10.0.0.5 can be reached from other hosts; it is protected by a list of addresses (this host, the agents of the INI';
  t.same(said('', '10.0.0.5'), [`warn ${list}) only, without TLS: see docs/security.md`]);
  t.same(said(section(['secret_file = ours', 'allow = 10.1.0.0/16']), '10.0.0.5'), [
    `info ${list}, 10.1.0.0/16) and TLS with a shared secret`,
  ]);
});
