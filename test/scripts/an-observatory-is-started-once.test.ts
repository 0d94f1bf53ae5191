import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { movedTo } from '../../scripts/demo/moved-alert.js';
import { packageRoot } from '../../src/config/index.js';
import { clockFile } from '../../src/mesh/index.js';
import { limitsOf, siteOf } from '../../src/observatory/index.js';
import { PyrosProcess, runPyros, writeIni } from './run-pyros.js';

const fixture = (name: string) => join(packageRoot, 'test', 'fixtures', 'voevents', name);

t.test('a second start says that it is running already, and keeps the night', async (t) => {
  const config = await writeIni(t, ['telescope']);
  const first = new PyrosProcess(['start', '--config', config.file]);
  t.teardown(() => first.child.kill('SIGKILL'));
  await first.printed(/^telescope +RUNNING/m);
  const night = readFileSync(clockFile(config), 'utf8');
  const second = await runPyros('start', '--config', config.file);
  t.equal(second.code, 1);
  t.match(second.stdout, /^telescope +FAILED .* already running, or its port is taken$/m);
  t.match(second.stderr, /^pyros: this observatory is already running$/m);
  const clockOfDay = await runPyros('request', 'telescope', 'Status', '--json', '--config', config.file);
  t.match(clockOfDay.stdout, '"time":"2026-03-20T05:00:');
  first.child.kill('SIGINT');
  t.equal(await first.ended, 0);
  t.equal(readFileSync(clockFile(config), 'utf8'), night);
});

t.test('agents that are not here, not known, or send to nobody are named', async (t) => {
  const config = await writeIni(t, ['majordome', 'telescope'], (text) =>
    text.replace('[telescope]\nip = 127.0.0.1', '[telescope]\nip = 192.0.2.7'),
  );
  const unknown = await runPyros('start', 'telescop', '--config', config.file);
  t.match(unknown, {
    code: 64,
    stderr: /has no agent telescop; its agents and workers are majordome, telescope/,
  });
  const elsewhere = await runPyros('start', 'telescope', '--config', config.file);
  t.match(elsewhere, { code: 64, stderr: /^not on this host: telescope \(192\.0\.2\.7\)$/m });
  const some = new PyrosProcess(['start', '--config', config.file]);
  t.teardown(() => some.child.kill('SIGKILL'));
  await some.printed(/^majordome +RUNNING/m);
  some.child.kill('SIGTERM');
  t.equal(await some.ended, 0);
  t.match(some.stderr, /^not on this host: telescope/m);
  const warning = /majordome sends to camera_vis, but .* has no section \[camera_vis\]/g;
  t.equal(some.stderr.match(warning)?.length, 2, 'by the command and by the agent');
});

t.test('what cannot start for good is not tried again', async (t) => {
  const config = await writeIni(t, ['telescope'], (text) =>
    [text, '[mine]', 'ip = 127.0.0.1', 'receive_port = 1', 'application = none.js', ''].join('\n'),
  );
  const start = await runPyros('start', 'mine', '--config', config.file);
  t.match(start, { code: 1, stdout: /mine: FAILED, exit code 78: mend the configuration/ });
  const taken = createServer().listen(config.agents.get('telescope')?.receivePort, '127.0.0.1');
  t.teardown(() => taken.close());
  t.equal((await runPyros('agent', 'telescope', '--config', config.file)).code, 69);
});

t.test('a VOEvent file that is not there is named', async (t) => {
  t.match(await runPyros('sendvo', '-f', '/nope'), {
    code: 66,
    stderr: /^pyros: cannot read \/nope: no such file/,
  });
});

t.test('a VOEvent is moved into tonight, or it is said why not', async (t) => {
  const config = await writeIni(t, ['telescope']);
  const nowMs = Date.UTC(2026, 2, 20, 5);
  const tonight = { site: siteOf(config), limits: limitsOf(config), nowMs };
  const read = (name: string) => readFileSync(fixture(name));
  const moved = movedTo(tonight, read('swift-bat-grb-pos.xml'), { suffix: '-again' });
  t.match(moved.ivorn, /-again$/);
  t.match(moved.changes, [/^its position is moved to RA/, /^its trigger time .* 20 s ago$/, /^its IVORN is/]);
  const again = movedTo({ ...tonight, nowMs: nowMs + 1000 }, moved.bytes);
  t.match(again.changes, [/^its trigger time is moved to 2026-03-20T04:59:41\.000, 20 s ago$/], 'it is up');
  t.throws(() => movedTo(tonight, read('lvc-preliminary.xml')), {
    code: 'NOT_MOVABLE',
    message: /no position/,
  });
});
