import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { listeningEndpoint, network, remoteEndpoint } from '../../scripts/comet/endpoints.js';
import { foreignVariables } from '../../scripts/comet/foreign-options.js';
import { packageRoot } from '../../src/config/index.js';
import { freePorts } from '../../src/socket/index.js';
import { eventFileName, eventId, parseVOEvent } from '../../src/voevent/index.js';
import { AgentProcesses } from '../helpers/agent-processes.js';
import { until } from '../helpers/until.js';
import { fixture } from '../voevent/fixtures.js';
import { runPyros } from './run-pyros.js';

const FOLDER = join(packageRoot, 'test', 'fixtures', 'voevents');
const path = (name: string) => join(FOLDER, name);

t.test('pyros comet: events in, files out, from broker to broker; a late sendvo gets 0 or 1', async (t) => {
  const [receive = 0, broadcast = 0] = await freePorts(2);
  const directory = t.testdir();
  const first = comet(
    directory,
    'first',
    `-r --receive-port=${receive} -b 127.0.0.1:${broadcast} --local-ivo=ivo://pyros.test/first`,
  );
  t.teardown(() => first.kill('SIGKILL'));
  await listening(first);
  const saved = join(directory, 'saved');
  const more = `--remote=127.0.0.1:${broadcast} --save-event --save-event-directory=${saved} --print-event -v -v`;
  const second = comet(directory, 'second', more);
  t.teardown(() => second.kill('SIGKILL'));
  let printed = '';
  second.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  await listening(second);
  await until(20_000, () => first.told.includes('subscriber has authenticated'));
  const swift = fixture('swift-xrt-pos.xml');
  const target = ['--host=127.0.0.1', `--port=${receive}`];
  t.match(await runPyros('comet-sendvo', ...target, '-f', path('swift-xrt-pos.xml')), {
    code: 0,
    stdout: /was sent success/,
  });
  t.match(await runPyros('comet-sendvo', `127.0.0.1:${receive}`, path('gaia-alert.xml')), { code: 0 });
  t.match(await runPyros('comet-sendvo', ...target, '-f', path('swift-xrt-pos-v1.1.xml')), {
    code: 1,
    stderr: /NOT sent successfully: .*refused to accept VOEvent \(.*version "1.1"/,
  });
  t.match(await runPyros('comet-sendvo', '-h', '127.0.0.1', '-p', '1', '-f', path('gaia-alert.xml')), {
    code: 1,
  });
  t.match(await runPyros('comet-sendvo', ...target, '-f', '/nowhere'), { code: 1, stderr: /ENOENT/ });
  const { ivorn } = parseVOEvent(swift);
  const name = eventFileName({ ivorn, id: eventId(swift) });
  await until(20_000, () => readdirSync(directory).includes('saved') && readdirSync(saved).includes(name));
  t.ok(readFileSync(join(saved, name)).equals(swift));
  await until(20_000, () => printed.includes('Gaia16aac'));
  t.match(await runPyros('comet', '-r', '--local-ivo=ivo://a/b', '--eventdb', join(directory, 'first')), {
    code: 1,
    stderr: /is in use by process/,
  });
  const listed = await runPyros(
    'vo',
    'search',
    '--eventdb',
    join(directory, 'first'),
    '--cone',
    '319.7,-34.9,0.1',
    '--json',
  );
  t.match(JSON.parse(listed.stdout), { ivorn, role: 'observation', position: { errorDeg: 0.001 } });
  const there = ['vo', 'replay', '--eventdb', join(directory, 'second'), '--to'];
  t.match(await runPyros(...there, `127.0.0.1:${receive}`), { code: 0, stdout: /^2 of 2/ }, 'to a broker');
  t.match(await runPyros(...there, '127.0.0.1:99999'), { code: 64, stderr: /a TCP port from 1/ });
  const nowhere = join(directory, 'typo');
  t.match(await runPyros('vo', 'list', '--eventdb', nowhere), { code: 66, stderr: /no broker has kept/ });
  t.notOk(existsSync(nowhere), 'who only looks makes nothing');
  // Who read what is printed leaves: that costs the printing, and nothing else.
  second.stdout.destroy();
  t.match(await runPyros('comet-sendvo', ...target, '-f', path('asassn.xml')), { code: 0 });
  await until(20_000, () => /a handler has failed.*print.*EPIPE/.test(second.told));
  await until(20_000, () => readdirSync(saved).length === 3);
  for (const child of [first, second]) {
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    t.equal(code, 0, child.told);
  }
});

t.test('pyros comet says what is wrong with its command line', async (t) => {
  t.match(await runPyros('comet'), { code: 1, stderr: /nothing to do/ });
  t.match(await runPyros('comet', '-r'), { code: 64, stderr: /--local-ivo is needed/ });
  t.match(await runPyros('comet', '-r', '--local-ivo=broker'), { code: 64, stderr: /expected an IVORN/ });
  t.match(await runPyros('comet', '--remote', 'a', '--filter', '//['), { code: 1, stderr: /no good/ });
  t.match(await runPyros('comet', '-r', '--receive-whitelist', '10.0.0.0/99'), { code: 64 });
  for (const target of ['127.0.0.1:x', '127.0.0.1:1:1'])
    t.match(await runPyros('comet-sendvo', target, path('gaia-alert.xml')), {
      code: 64,
      stderr: /argument 'target'.*expected (HOST:PORT|a TCP port)/,
    });
});

t.test('each option of twistd is done, or refused with what takes its place', async (t) => {
  const [port = 0] = await freePorts(1);
  const folder = t.testdir();
  const files = { log: join(folder, 'comet.log'), pid: join(folder, 'comet.pid') };
  const child = comet(
    folder,
    'events',
    `-n -l ${files.log} --pidfile=${files.pid} -r --receive-port ${port} --local-ivo=ivo://a.b/c -v -v`,
  );
  await until(20_000, () => existsSync(files.pid));
  t.equal(readFileSync(files.pid, 'utf8').trim(), String(child.pid));
  child.kill('SIGTERM');
  t.same(await once(child, 'exit'), [0, null], child.told);
  t.equal(child.told, '', 'nothing on standard error');
  t.match(readFileSync(files.log, 'utf8'), /the broker runs/);
  t.notOk(existsSync(files.pid));
  const refused = {
    '--syslog': /--logfile/,
    '--uid=obs': /runuser -u/,
    '--rundir=/x': /cd PATH/,
    '-o': /leave it/,
  };
  for (const [option, way] of Object.entries(refused)) {
    const { code, stderr } = await runPyros('comet', option, '-r', '--local-ivo=ivo://a.b/c');
    t.match({ code, stderr }, { code: 64, stderr: /of twistd is not known here: / });
    t.match(stderr, way, option);
  }
  t.match(foreignVariables({ COMET_PLUGINPATH: '/plugins' }), /--cmd/);
  t.equal(foreignVariables({}), undefined);
});

t.test('endpoints are written as in Comet', async (t) => {
  t.same(listeningEndpoint('tcp:8098', 1), { host: '0.0.0.0', port: 8098 });
  t.same(listeningEndpoint('tcp6:8098', 1), { host: '::', port: 8098 });
  t.same(listeningEndpoint('tcp:8098:interface=127.0.0.1', 1), { host: '127.0.0.1', port: 8098 });
  t.same(listeningEndpoint('9000', 1), { host: '0.0.0.0', port: 9000 });
  t.same(listeningEndpoint('127.0.0.1:9000', 1), { host: '127.0.0.1', port: 9000 });
  t.same(remoteEndpoint('example.org', 8099), { host: 'example.org', port: 8099 });
  t.same(remoteEndpoint('tcp:example.org:1', 8099), { host: 'example.org', port: 1 });
  t.same(remoteEndpoint('tcp:host=example.org:port=1', 8099), { host: 'example.org', port: 1 });
  t.same(remoteEndpoint('[::1]:1', 8099), { host: '::1', port: 1 });
  t.same(remoteEndpoint('fe80::1', 8099), { host: 'fe80::1', port: 8099 });
  for (const bad of ['', 'a b', 'ssl:a:1', 'a:99999', '[::1'])
    t.throws(() => remoteEndpoint(bad, 1), { code: 'commander.invalidArgument' }, bad);
  t.throws(() => network('10.0.0.0/33'));
});

t.test('pyros vo: the running broker is asked, and events are replayed and explained', async (t) => {
  const agents = await AgentProcesses.prepare({});
  t.teardown(() => agents.end());
  const [port = 0, vtp = 0, publish = 0] = await freePorts(3);
  const { file } = agents.config;
  const text = `${readFileSync(file, 'utf8')}
[voevent_broker]\nip = 127.0.0.1\nreceive_port = ${port}\nvtp_port = ${vtp}
[comet]\npublish = 127.0.0.1:${vtp}\n[strategy.default]\nmax_error = 1\n`;
  writeFileSync(file, text);
  t.ok(publish);
  const child = agents.launch('voevent_broker');
  await once(child, 'message');
  const config = ['--config', file];
  for (const name of ['swift-xrt-pos.xml', 'svom-grm-trigger.xml', 'swift-point-dir-utility.xml'])
    t.match(await runPyros('sendvo', '--port', String(vtp), '-f', path(name)), { code: 0 }, name);
  const list = await runPyros(
    'vo',
    'list',
    ...config,
    '--since',
    '1h',
    '--stream',
    'ivo://nasa.gsfc.gcn/SWIFT',
  );
  t.match(list.stdout, /NUMBER.*\n3 .*Point_Dir.*\n1 .*XRT_Pos/);
  t.match(await runPyros('vo', 'list', ...config, '--until', '1h', '--json'), { code: 0, stdout: '' });
  t.equal((await runPyros('vo', 'show', '1', ...config)).stdout, fixture('swift-xrt-pos.xml').toString());
  t.match(await runPyros('vo', 'show', 'ivo://no/one#1', ...config), { code: 1, stderr: /no VOEvent ivo:/ });
  const folder = t.testdir();
  t.match(await runPyros('vo', 'export', ...config, '--role', 'observation', '--to', folder), {
    stdout: /^2 of 2/,
  });
  t.equal(readdirSync(folder).length, 2);
  t.match(await runPyros('vo', 'replay', ...config, '-n', '2'), {
    code: 0,
    stdout: /2 of 2 .* alert_manager/,
  });
  const made = [
    '--cite',
    'ivo://nasa.gsfc.gcn/SWIFT#XRT_Pos_655721-326',
    '--ra',
    '10.5',
    '--dec',
    '-5',
    '--error',
    '0.001',
  ];
  const values = [
    '--param',
    'mag=17.2,mag',
    '--id',
    'own-1',
    '--description',
    'We saw it',
    '--time',
    '2026-06-01T00:00:00',
  ];
  t.match(await runPyros('vo', 'make', ...config, ...made, ...values, '--send'), {
    code: 0,
    stdout: /accepted by .*#own-1/,
  });
  const own = parseVOEvent(
    Buffer.from((await runPyros('vo', 'show', 'ivo://org.pyros/broker#own-1', ...config)).stdout),
  );
  t.match(own, {
    role: 'observation',
    what: { params: [{ name: 'mag', value: '17.2', unit: 'mag' }] },
    whereWhen: { c1: 10.5, c2: -5, error2Radius: 0.001 },
    citations: [{ cite: 'followup' }],
  });
  const explained = await runPyros('vo', 'explain', path('swift-xrt-pos.xml'), ...config);
  t.match(
    explained.stdout,
    /mission +Swift XRT\n.*GCN type 67\ntransient +Swift:655721\n[\s\S]*it is observed by strategy default, priority 5, and may interrupt/,
  );
  t.match(explained.stdout, /trigger +2015-09-15T21:24:37.000Z, 1\d years ago\n/);
  t.match(explained.stdout, /\(21:18:38\.11 -34:54:47\.\d\), within 3\.6 arcsec \(90 %\)\n/);
  t.match(explained.stdout, /\ntonight +it (is up now|can be observed from 20|cannot be observed: )/);
  t.match(
    (await runPyros('vo', 'explain', path('fermi-gbm-flt-pos.xml'), ...config)).stdout,
    /not observed: its error radius of 50/,
  );
  const old = await runPyros('vo', 'explain', path('swift-xrt-pos-v1.1.xml'), ...config);
  t.match(old.stdout, /not 2.0 +line 2, column 1, VOEvent: the event is version "1.1"/);
});

t.test('pyros vo replay --again: by new strategies, and never twice', async (t) => {
  const agents = await AgentProcesses.prepare({});
  t.teardown(() => agents.end());
  const [vtp = 0, ...ports] = await freePorts(5);
  const { file } = agents.config;
  const sections = ['voevent_broker', 'alert_manager', 'scheduler', 'majordome'].map(
    (name, index) => `[${name}]\nip = 127.0.0.1\nreceive_port = ${ports[index]}\n`,
  );
  const [broker = '', ...others] = sections;
  const text = `${readFileSync(file, 'utf8')}\n${broker}vtp_port = ${vtp}\n${others.join('')}[strategy.default]\n`;
  writeFileSync(file, `${text}max_error = 0.0001\n`);
  await Promise.all([agents.start('voevent_broker'), agents.start('alert_manager')]);
  const config = ['--config', file];
  const decision = async () => {
    const { stdout } = await runPyros('request', 'alert_manager', 'Status', ...config);
    const { lastAlerts } = JSON.parse(stdout) as { lastAlerts: { decision: string; reason: string }[] };
    return lastAlerts.map((alert) => `${alert.decision} ${alert.reason}`);
  };
  const replayed = async (...options: string[]) => {
    t.match(await runPyros('vo', 'replay', ...config, ...options), { code: 0, stdout: /1 of 1/ });
    // What was posted before is handled before.
    await until(20_000, async () => /"alert_manager","waiting":\[\]|^\[\]/.test(await waiting()));
  };
  const waiting = async () => {
    const { stdout } = await runPyros('outbox', 'voevent_broker', ...config, '--json');
    return JSON.stringify(JSON.parse(stdout).flatMap(({ waiting: all }: { waiting: unknown }) => all));
  };
  t.match(await runPyros('sendvo', '--port', String(vtp), '-f', path('swift-xrt-pos.xml')), { code: 0 });
  await until(20_000, async () => (await decision()).length > 0);
  t.match(await decision(), [/^REFUSED its error radius of 0.001 deg/]);
  await agents.kill('alert_manager');
  writeFileSync(file, `${text}max_error = 1\n`);
  await agents.start('alert_manager');
  await replayed();
  t.match(await decision(), [/^REFUSED its error radius/], 'it is known');
  for (const _ of [1, 2]) {
    await replayed('--again');
    t.match(await decision(), ['OBSERVE strategy default']);
  }
  const { stdout } = await runPyros('outbox', 'alert_manager', ...config, '--json');
  const counts = JSON.parse(stdout)[0].waiting.map(
    ({ agent, count }: { agent: string; count: number }) => `${agent} ${count}`,
  );
  t.same(counts.sort(), ['majordome 1', 'scheduler 1'], 'it is requested once');
});

interface Comet extends ReturnType<typeof spawnPyros> {
  told: string;
}

function spawnPyros(args: string[]) {
  const main = join(packageRoot, 'dist', 'scripts', 'main.js');
  return spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

function comet(directory: string, name: string, options: string): Comet {
  const args = ['comet', '--eventdb', join(directory, name), ...options.split(' ')];
  const child = Object.assign(spawnPyros(args), { told: '' });
  child.stderr.on('data', (chunk) => {
    child.told += chunk;
  });
  return child;
}

function listening(child: Comet): Promise<void> {
  return until(20_000, () => {
    if (child.exitCode !== null) throw new Error(child.told);
    return child.told.includes('the broker runs');
  });
}
