import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AGENT_NAMES, loadConfig, packageRoot, parseConfig } from '../../src/config/index.js';

const FILE = join(packageRoot, 'pyros_agent_config.ini');
const TEXT = readFileSync(FILE, 'utf8');

/** The mistakes in the shipped file after one change. */
function mistakesOf(from: string | RegExp, to: string) {
  try {
    parseConfig(TEXT.replace(from, to), '/observatory/pyros_agent_config.ini');
  } catch (error) {
    return error as Error & { code: string; mistakes: { section: string; key: string }[] };
  }
  return undefined;
}

t.test('the shipped file is right and describes San Pedro Martir', async (t) => {
  const config = loadConfig(FILE);
  t.same([...config.agents.keys()].sort(), [...AGENT_NAMES].sort());
  t.match(config.observatory, {
    latitude: 31.0439,
    longitude: -115.4637,
    altitude: 2800,
    maxSunAltitude: -12,
  });
  t.match(config.clock, { mode: 'simulated', start: 'evening', rate: 1 });
  t.match(config.mesh, { headerLimit: 8192, payloadLimit: 16 * 2 ** 20, requestTimeout: 30_000 });
  t.equal(config.settings('voevent_broker').vtpPort, 8098);
  t.equal(config.dataDirectory, join(packageRoot, 'data'));
  t.match(config.strategies, [{ name: 'default', streams: ['*'], exposure: 10_000, count: 3 }]);
  t.match(config.agents.get('scheduler'), { ip: '127.0.0.1', receivePort: 5003 });
});

t.test('each mistake names file, section, key, what was found and what is expected', async (t) => {
  const cases: [name: string, from: string | RegExp, to: string, message: RegExp][] = [
    [
      'a device without a name',
      /(\[dome\][^[]*)driver = simulator/,
      '$1driver = indi',
      /\[dome\] indi_device: found nothing, expected the name of the device at the INDI server/,
    ],
    [
      'a real device on a fast clock',
      /rate = 1\n([\s\S]*\[dome\][^[]*)driver = simulator/,
      'rate = 5\n$1driver = indi\nindi_device = Dome Simulator',
      /\[dome\] driver: found indi on a clock of rate 5, expected simulator, or \[clock\] rate = 1/,
    ],
    [
      'a device of a device without an element',
      /(\[camera_vis\][^[]*)driver = simulator/,
      '$1driver = simulator\nindi_active = Filter Simulator',
      /\[camera_vis\] indi_active: found "Filter Simulator", expected an element and a device such as ACTIVE_FILTER/,
    ],
    [
      'port out of range',
      'receive_port = 5003',
      'receive_port = 70000',
      /pyros_agent_config\.ini line \d+: \[scheduler\] receive_port: found "70000", expected a TCP port from 1 to 65535$/,
    ],
    [
      'port is no number',
      'receive_port = 5003',
      'receive_port = 50o3',
      /\[scheduler\] receive_port: found "50o3"/,
    ],
    [
      'port missing',
      'receive_port = 5003',
      '',
      /\[scheduler\] receive_port: found nothing, expected a TCP port/,
    ],
    [
      'not an address',
      /ip = 127.0.0.1/,
      'ip = localhost',
      /\[majordome\] ip: found "localhost", expected an IP address/,
    ],
    [
      'two agents on one port',
      'receive_port = 5003',
      'receive_port = 5002',
      /\[scheduler\] receive_port: found 127\.0\.0\.1 port 5002, which is alert_manager's, expected a port of its own/,
    ],
    [
      'an agent on the port for VOEvents',
      'vtp_port = 8098',
      'vtp_port = 5001',
      /\[voevent_broker\] vtp_port: found .*majordome/,
    ],
    [
      'all addresses of a host are also that of another agent',
      'ip = 127.0.0.1\nreceive_port = 5002',
      'ip = ::\nreceive_port = 5001',
      /\[alert_manager\] receive_port: found :: port 5001, which is majordome's, expected a port of its own/,
    ],
    [
      'a VOEvent that fits into no message',
      'vtp_port = 8098',
      'vtp_port = 8098\nevent_limit = 16MiB',
      /\[voevent_broker\] event_limit: found 16777216 bytes, expected at most 16773120 bytes/,
    ],
    ['a name of JavaScript', '[scheduler]', '[constructor]', /\[constructor\]: found an unknown agent/],
    [
      'a key of JavaScript',
      'latitude =',
      'toString = 1\nlatitude =',
      /\[observatory\] toString: found an unknown key/,
    ],
    [
      'what the reader of INI files leaves out',
      'latitude =',
      '__proto__ = 1\nlatitude =',
      /line \d+: \[observatory\] __proto__: found what cannot be read/,
    ],
    ['a section that it leaves out', /^/, '[__proto__]\nip = 1\n', /line 1: \[__proto__\]: found what/],
    ['unknown agent', '[scheduler]', '[sheduler]', /\[sheduler\]: found an unknown agent.*scheduler/],
    [
      'missing section',
      '[observatory]',
      '[strategy.site]',
      /\[observatory\]: found nothing, expected a section \[observatory\]/,
    ],
    [
      'unknown key',
      'latitude =',
      'lattitude =',
      /\[observatory\] lattitude: found an unknown key, expected one of name, latitude/,
    ],
    [
      'missing key',
      /latitude = .*/,
      '',
      /\[observatory\] latitude: found nothing, expected a number from -90 to 90/,
    ],
    ['latitude', 'latitude = 31.0439', 'latitude = 131', /\[observatory\] latitude: found "131"/],
    [
      'a word',
      'mode = simulated',
      'mode = fast',
      /\[clock\] mode: found "fast", expected system or simulated/,
    ],
    [
      'a time',
      'start = evening',
      'start = tomorrow',
      /\[clock\] start: found "tomorrow", expected evening.*2026-11-23T03:00:00Z/,
    ],
    [
      'a duration',
      'exposure = 10s',
      'exposure = 10',
      /\[strategy\.default\] exposure: found "10", expected a duration/,
    ],
    [
      'twice',
      'rate = 1',
      'rate = 1\nrate = 2',
      /\[clock\] rate: found it again \(first in line \d+\), expected it once/,
    ],
    ['before the first section', /^/, 'stray = 1\n', /stray: found a key before the first section/],
  ];
  for (const [name, from, to, message] of cases) {
    const error = mistakesOf(from, to);
    t.equal(error?.code, 'CONFIG_INVALID', name);
    t.match(error?.message.split('\n')[0], message, name);
  }
});

t.test('all mistakes are told at once', async (t) => {
  const error = mistakesOf(/receive_port = 500[12]/g, 'receive_port = x');
  t.same(
    error?.mistakes.map(({ section, key }) => `${section}.${key}`),
    ['majordome.receive_port', 'alert_manager.receive_port'],
  );
});

t.test('an agent of the user is known by its application', async (t) => {
  const config = parseConfig(
    `${TEXT}\n[spectrograph]\nip = 127.0.0.1\nreceive_port = 6001\napplication = my/agent.js\n`,
    '/o/x.ini',
  );
  t.match(config.agents.get('spectrograph'), { application: '/o/my/agent.js', receivePort: 6001 });
});

t.test('a process ends with code 78 and says why on the terminal', async (t) => {
  const directory = t.testdir({ 'bad.ini': TEXT.replace('receive_port = 5003', 'receive_port = 0') });
  const file = join(directory, 'bad.ini');
  const main = join(packageRoot, 'dist', 'scripts', 'main.js');
  const byOption = spawnSync(process.execPath, [main, 'agent', 'scheduler', '--config', file], {
    encoding: 'utf8',
  });
  t.equal(byOption.status, 78);
  t.match(byOption.stderr, /bad\.ini line \d+: \[scheduler\] receive_port: found "0"/);
  const environment = { ...process.env, PYROS_AGENT_CONFIG: join(directory, 'none.ini') };
  const byVariable = spawnSync(process.execPath, [main, 'status'], { encoding: 'utf8', env: environment });
  t.equal(byVariable.status, 78);
  t.match(byVariable.stderr, /cannot read .*none\.ini.*--config PATH or PYROS_AGENT_CONFIG/);
});

t.test('a section all of whose keys have defaults need not be there', async (t) => {
  const site = '[observatory]\nname = A\nlatitude = 1\nlongitude = 2\naltitude = 3\n';
  const agent = '[scheduler]\nip = 127.0.0.1\nreceive_port = 5003\n';
  const config = parseConfig(site + agent, '/observatory/pyros_agent_config.ini');
  t.same(config.logging, { level: 'info', fileSize: 10_000_000, fileCount: 5 });
  t.match(config.clock, { mode: 'system', rate: 1 });
  t.equal(config.dataDirectory, '/observatory/data');
  t.throws(() => parseConfig(agent, '/observatory/pyros_agent_config.ini'), {
    message: /\[observatory\].*found nothing, expected a section \[observatory\]/,
  });
});
