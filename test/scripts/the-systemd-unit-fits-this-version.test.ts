import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot, parseConfig } from '../../src/config/index.js';
import { EXIT_CONFIG, EXIT_USAGE } from '../../src/errors/index.js';

/** Where docs/deploy.md installs PyROS. */
const INSTALLED = '/opt/pyros';
const FOLDER = join(packageRoot, 'scripts', 'systemd');
/** `[section] key`, and all its values. */
type Unit = Map<string, string[]>;

function unitOf(name: string): Unit {
  const unit: Unit = new Map();
  let section = '';
  for (const line of readFileSync(join(FOLDER, name), 'utf8').split('\n')) {
    const [, header] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, key, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (header !== undefined) section = header;
    else if (key !== undefined)
      unit.set(`[${section}] ${key}`, [...(unit.get(`[${section}] ${key}`) ?? []), value]);
    else if (line !== '' && !line.startsWith('#')) throw new Error(`${name}: what is ${line}`);
  }
  return unit;
}

const service = unitOf('pyros@.service');
const words = (place: string) => (service.get(`[Service] ${place}`) ?? []).join(' ').split(/\s+/);

t.test('it runs what is there', async (t) => {
  const [program = '', command, instance, option, file] = words('ExecStart');
  t.ok(program.startsWith(`${INSTALLED}/`));
  accessSync(join(packageRoot, program.slice(INSTALLED.length)), constants.X_OK);
  t.same([command, instance, option], ['agent', '%i', '--config']);
  t.match(readFileSync(join(packageRoot, 'docs', 'deploy.md'), 'utf8'), `${file}`);
  const help = execFileSync(join(packageRoot, 'scripts', 'pyros'), ['agent', '--help'], { encoding: 'utf8' });
  t.match(help, /agent \[options\] <agent>/);
  t.match(help, /--config/);
});

t.test('it starts again after what may go over, and not after what cannot', async (t) => {
  t.same(words('Restart'), ['on-failure']);
  t.same(words('RestartPreventExitStatus').map(Number), [EXIT_CONFIG, EXIT_USAGE]);
  t.same(service.get('[Unit] StartLimitIntervalSec'), ['0'], 'for ever');
});

t.test('it gives an agent the time that it takes to stop', async (t) => {
  // The dome's, which closes first, takes longer than others.
  const sources = ['src/mesh/agent.ts', 'agents/dome/dome-agent.ts'].map((path) =>
    readFileSync(join(packageRoot, path), 'utf8'),
  );
  const patiences = sources.map((source) =>
    Number(/stopPatienceMs(?:: number)? = ([\d_]+)/.exec(source)?.[1]?.replaceAll('_', '')),
  );
  const patienceMs = Math.max(...patiences);
  t.ok(patienceMs >= 1000);
  // The action in hand, and then shutdown().
  t.ok(Number.parseInt(words('TimeoutStopSec')[0] ?? '', 10) * 1000 > 2 * patienceMs);
});

t.test('it is hardened', async (t) => {
  t.not(words('User')[0], 'root');
  t.same(words('ProtectSystem'), ['strict']);
  t.same(words('ReadWritePaths'), ['/var/lib/pyros']);
  for (const key of ['NoNewPrivileges', 'ProtectHome', 'PrivateTmp', 'PrivateDevices', 'RestrictNamespaces'])
    t.same(words(key), ['yes'], key);
  t.notOk(service.has('[Service] MemoryDenyWriteExecute'), 'V8 could not run');
});

t.test('it belongs to the target, and systemd reads it', async (t) => {
  t.same(service.get('[Install] WantedBy'), ['pyros.target']);
  t.ok(unitOf('pyros.target').has('[Install] WantedBy'));
  t.same(readdirSync(FOLDER).sort(), ['pyros.target', 'pyros@.service']);
});

// Where there is systemd, it is asked. It looks for the program, which is here and not where it will be installed.
if (existsSync('/usr/bin/systemd-analyze')) {
  t.test('systemd finds no fault', async (t) => {
    const folder = t.testdir({});
    for (const name of readdirSync(FOLDER)) {
      const text = readFileSync(join(FOLDER, name), 'utf8');
      writeFileSync(join(folder, name), text.replaceAll(INSTALLED, packageRoot));
    }
    const files = readdirSync(folder).map((name) => join(folder, name.replace('@', '@telescope')));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...files], { encoding: 'utf8' });
    t.same({ status, stderr }, { status: 0, stderr: '' });
  });
}

t.test('the INI file of docs/deploy.md has the agents of its table, behind its firewall', async (t) => {
  const page = readFileSync(join(packageRoot, 'docs', 'deploy.md'), 'utf8');
  const original = readFileSync(join(packageRoot, 'pyros_agent_config.ini'), 'utf8');
  const [, changes = ''] = /```ini\n\[clock\]([\s\S]*?)```/.exec(page) ?? [];
  const [, out = ''] = /that you do not have \(here ([^)]*)\)/.exec(page) ?? [];
  const named = [...out.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  const changed = [...`[clock]${changes}`.matchAll(/^\[(.+)\]$/gm)].map(([, name]) => name);
  const parts = original.split(/^(?=\[)/m);
  const kept = parts.filter((part) => ![...named, ...changed].includes(/^\[(.+)\]/.exec(part)?.[1] ?? ''));
  const config = parseConfig(`${kept.join('')}\n[clock]${changes}`, 'deploy.ini');

  const rows = [...page.matchAll(/^\| `\w+` \| (192\.168\.1\.\d+) \| (.*) \|$/gm)];
  const listed = rows.flatMap(([, ip, text = '']) =>
    [...text.matchAll(/`(\w+)`/g)].map(([, name]) => [name, ip] as const),
  );
  t.equal(rows.length, 3);
  const workers = (config.celery?.workers ?? []).map(({ name }) => name);
  const agents = listed.filter(([name]) => !workers.includes(name ?? ''));
  t.same(new Map([...config.agents].map(([name, { ip }]) => [name, ip])), new Map(agents));
  t.equal(config.agents.size, 7);
  t.match(page, 'shows seven agents');
  t.same(workers, ['sequences']);
  const [, first, last] = /tcp dport (\d+)-(\d+) accept/.exec(page) ?? [];
  for (const { name, receivePort } of config.agents.values()) {
    t.ok(Number(first) <= receivePort && receivePort <= Number(last), `${name} behind the firewall`);
    t.match(/`receive_port` of each agent \(.*\)/.exec(page)?.[0], /5001 to 5004, 5011, 5012, 5021/);
  }
  const units = [...page.matchAll(/pyros@(\w+)/g)].map(([, name]) => name);
  for (const [name] of listed) t.ok(units.includes(name), `${name} is enabled`);
});
