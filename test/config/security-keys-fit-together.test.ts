import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type ConfigError, messageKey, packageRoot, parseConfig } from '../../src/config/index.js';
import { readSecret } from '../../src/mesh/security-files.js';

const TEXT = readFileSync(join(packageRoot, 'pyros_agent_config.ini'), 'utf8');
const FILE = '/observatory/pyros_agent_config.ini';

/** The first mistake in the shipped file with these lines at the end, and others in a section. */
function mistakeOf(lines: string, inScheduler = ''): string | undefined {
  try {
    parseConfig(`${TEXT.replace('[scheduler]', `[scheduler]\n${inScheduler}`)}\n${lines}\n`, FILE);
    return undefined;
  } catch (error) {
    return (error as ConfigError).message.replace(/^.*? (line \d+: )?(?=\[)/, '');
  }
}

t.test('what is left out has no value, and files are relative to the INI file', async (t) => {
  const bare = parseConfig(TEXT, FILE);
  t.same(bare.security, {
    allow: [],
    secretFile: undefined,
    tlsCert: undefined,
    tlsKey: undefined,
    tlsCa: undefined,
  });
  t.equal(bare.agents.get('scheduler')?.plainPort, undefined);
  t.equal(bare.agents.get('scheduler')?.senders.size, 0);

  const full = `[security]\nallow = 10.0.0.0/8, fd00::/8,192.168.1.7\nsecret_file = keys/pyros.secret\n`;
  const scheduler = '[scheduler]\nplain_port = 6003\nobservation_finished_from = majordome , hand\n';
  const config = parseConfig(`${TEXT.replace('[scheduler]\n', scheduler)}\n${full}`, FILE);
  t.match(config.security, {
    allow: ['10.0.0.0/8', 'fd00::/8', '192.168.1.7'],
    secretFile: '/observatory/keys/pyros.secret',
  });
  t.equal(config.agents.get('scheduler')?.plainPort, 6003);
  const { senders } = config.agents.get('scheduler') ?? {};
  t.same([...(senders ?? [])], [[messageKey('Observation finished'), ['majordome', 'hand']]]);
});

t.test('mistakes are named', async (t) => {
  const cases: [lines: string, inScheduler: string, mistake: RegExp | undefined][] = [
    ['[security]\nallow = 10.0.0.0/8', 'shutdown_from = pyros, hand, majordome', undefined],
    [
      '[security]\nallow = 10.0.0.0/33',
      '',
      /^\[security\] allow: found .*CIDR range such as 192\.168\.1\.0\/24/,
    ],
    ['[security]\nallow = host.example', '', /^\[security\] allow: found "host.example"/],
    ['[security]\nallow = 10.0.0.0/8/8', '', /^\[security\] allow/],
    ['[security]\nallow = ::ffff:10.0.0.0/104', '', /^\[security\] allow/],
    ['[security]\nallow = fd00::/129', '', /^\[security\] allow/],
    ['[security]\nsecret_file =', '', /^\[security\] secret_file: found "", expected a text/],
    [
      '[security]\ntls_cert = a',
      '',
      /^\[security\] tls_key: found nothing, expected tls_cert, tls_key and tls_ca to/,
    ],
    [
      '[security]\nsecret_file = s\ntls_cert = a\ntls_key = b\ntls_ca = c',
      '',
      /secret_file: found secret_file and tls_cert, tls_key, tls_ca, expected a secret or certificates, not both/,
    ],
    [
      '',
      'shutdown_from = majordom',
      /^\[scheduler\] shutdown_from: found "majordom", expected some of majordome,/,
    ],
    ['', 'shutdown_from =', /^\[scheduler\] shutdown_from: found nobody, expected some of .*, pyros, hand$/],
    ['', '_from = majordome', /^\[scheduler\] _from: found an unknown key/],
    ['', 'plain_port = 5003', /^\[scheduler\] plain_port: found 127.0.0.1 port 5003, which is scheduler's/],
    ['[strategy.x]\nshutdown_from = majordome', '', /shutdown_from: found an unknown key/],
  ];
  for (const [lines, inScheduler, mistake] of cases) {
    const found = mistakeOf(lines, inScheduler);
    if (mistake === undefined) t.equal(found, undefined, `${lines}${inScheduler}`);
    else t.match(found, mistake, `${lines}${inScheduler}`);
  }
});

t.test('pyros secret makes a file that agents take, and never writes over one', async (t) => {
  const directory = t.testdir();
  const file = join(directory, 'pyros.secret');
  const main = join(packageRoot, 'dist', 'scripts', 'main.js');
  const run = () => spawnSync(process.execPath, [main, 'secret'], { cwd: directory, encoding: 'utf8' });
  const made = run();
  t.equal(made.status, 0, made.stderr);
  t.match(made.stdout, `[security]\nsecret_file = ${file}\n`);
  t.equal(statSync(file).mode & 0o777, 0o600);
  const secret = readSecret(file);
  t.equal(secret.key.length, 32);
  const again = run();
  t.equal(again.status, 1);
  t.match(again.stderr, /exists and is not written over/);
  t.same(readSecret(file), secret);
});

t.test('a secret that others can read, or that is none, is not taken', async (t) => {
  const file = join(t.testdir(), 'secret');
  const hex = '0123456789abcdef'.repeat(4);
  const cases: [content: string, mode: number, complaint: RegExp | undefined][] = [
    [hex, 0o600, undefined],
    [`${hex}\n`, 0o400, undefined],
    [hex, 0o640, /others may read it \(mode 0640\); chmod 600 it/],
    [hex, 0o604, /others may read it \(mode 0604\)/],
    [hex.slice(2), 0o600, /expected at least 64 hexadecimal digits/],
    [`${hex}0`, 0o600, /hexadecimal/],
    ['correct horse battery staple correct horse battery staple correct horse', 0o600, /hexadecimal/],
    ['', 0o600, /hexadecimal/],
    ['00'.repeat(257), 0o600, /hexadecimal/],
  ];
  for (const [content, mode, complaint] of cases) {
    writeFileSync(file, content, { mode: 0o600 });
    chmodSync(file, mode);
    if (complaint) t.throws(() => readSecret(file), { code: 'SECRET_INVALID', message: complaint });
    else t.equal(readSecret(file).key.length, 32);
    chmodSync(file, 0o600);
  }
  t.throws(() => readSecret(`${file}.none`), { code: 'SECRET_INVALID', message: /ENOENT/ });
});
