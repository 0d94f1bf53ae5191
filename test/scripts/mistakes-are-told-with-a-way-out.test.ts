import { join } from 'node:path';
import t from 'tap';
import { runPyros, writeIni } from './run-pyros.js';

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
