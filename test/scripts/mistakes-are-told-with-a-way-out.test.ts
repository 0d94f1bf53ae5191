import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/config/index.js';
import { runPyros, writeIni } from './run-pyros.js';

const MAIN = join(packageRoot, 'dist', 'scripts', 'main.js');

t.test('a message that is none is a mistake of the command line', async (t) => {
  const { file } = await writeIni(t, ['telescope']);
  const run = (...words: string[]) => runPyros(...words, '--config', file);
  const [empty, blank, lines, json] = await Promise.all([
    run('send', 'telescope', ''),
    run('request', 'telescope', '  '),
    run('send', 'telescope', 'Ping\nPing'),
    run('send', 'telescope', '', '--json'),
  ]);
  t.match(empty, { code: 64, stdout: '', stderr: /the message is empty; `pyros send AGENT Help` lists/ });
  t.match(blank, { code: 64, stderr: /the message is empty/ });
  t.match(lines, { code: 64, stderr: /a tab or a line end; a payload is an argument of its own/ });
  t.match(json, { code: 64, stdout: /^\{"ok":false,"code":"USAGE"/ });
});

t.test('a secret that cannot be written says what to do', async (t) => {
  const folder = t.testdir({ file: 'x', folder: {} });
  const missing = join(folder, 'none', 'here');
  const outcomes = await Promise.all([
    runPyros('secret', join(missing, 'secret')),
    runPyros('secret', join(folder, 'file', 'secret')),
    runPyros('secret', join(folder, 'folder')),
    runPyros('secret', join(folder, 'file')),
  ]);
  const said = [
    `pyros: the secret was not written: there is no folder ${missing}: make it first, mkdir -p ${missing}\n`,
    `pyros: the secret was not written: ${join(folder, 'file')} is no folder\n`,
    `pyros: ${join(folder, 'folder')} is a folder: name a file in it\n`,
    /exists and is not written over: remove it first/,
  ];
  for (const [index, stderr] of said.entries()) t.match(outcomes[index], { code: 1, stdout: '', stderr });
  const { code, stdout } = await runPyros('secret', join(folder, 'secret'));
  t.match({ code, stdout }, { code: 0, stdout: /^Made .*\n\n\[security\]\nsecret_file = / });
});

t.test('output that cannot be written is no success', async (t) => {
  const { file } = await writeIni(t, ['telescope']);
  const full = openSync('/dev/full', 'w');
  t.teardown(() => closeSync(full));
  for (const words of [
    ['completion', 'bash'],
    ['status', '--config', file],
  ]) {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    t.equal(status, 1);
    t.match(stderr, /^pyros: the output cannot be written: ENOSPC[^\n]*\n$/, words.join(' '));
  }
});

t.test('a log that may not be read names who may', async (t) => {
  const { file, dataDirectory } = await writeIni(t, ['telescope']);
  mkdirSync(join(dataDirectory, 'log'), { recursive: true });
  writeFileSync(join(dataDirectory, 'log', 'telescope.log'), 'line\n', { mode: 0o200 });
  // Root reads all files, unless it has given that up. Another user might not even reach this folder.
  const humbly = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];
  const line = [
    ...(process.getuid?.() === 0 ? humbly : []),
    ...[process.execPath, MAIN, 'tail', 'telescope', '--config', file],
  ];
  const { status, stderr } = spawnSync(line[0] ?? '', line.slice(1), { encoding: 'utf8' });
  t.equal(status, 66);
  t.match(
    stderr,
    /cannot read .*telescope\.log: permission denied; run this as the user who runs the agents/,
  );
});

t.test('a command that has nothing to do, or no file that was named, says so to scripts too', async (t) => {
  const { file } = await writeIni(t, ['telescope'], (text) =>
    text.replace('ip = 127.0.0.1', 'ip = 192.0.2.7'),
  );
  const [start, sendvo] = await Promise.all([
    runPyros('start', '--json', '--config', file),
    runPyros('sendvo', '-f', file, '--config', '/nowhere.ini'),
  ]);
  t.match(start, { code: 64, stdout: /^\{"ok":false,"code":"USAGE","error":"there is no agent to start/m });
  t.match(sendvo, { code: 78, stderr: /cannot read \/nowhere\.ini/ });
});
