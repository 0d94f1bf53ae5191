import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { completeSentence, withSpace } from '../../scripts/sentences/complete-sentence.js';
import { ProgressBar } from '../../scripts/sentences/progress-bar.js';
import { sentenceOf } from '../../scripts/sentences/sentence-words.js';
import { packageRoot } from '../../src/config/index.js';
import { InstrumentLab } from '../helpers/instrument-lab.js';
import { runPyros } from './run-pyros.js';

/** Two devices, spoken to by commands of their own processes. */
async function lab(t: Parameters<typeof InstrumentLab.start>[0]) {
  const started = await InstrumentLab.start(t, ['filterwheel_vis', 'plc'], { plc: ['votes_to = '] });
  const { file } = started.config;
  const text = [...started.config.agents.values()].map(
    ({ name, ip, receivePort }) => `[${name}]\nip = ${ip}\nreceive_port = ${receivePort}\n`,
  );
  writeFileSync(
    file,
    `[observatory]\nname = Test\nlatitude = 31\nlongitude = -115\naltitude = 2800\n[clock]\nmode = system\n[logging]\n[data]\n${text.join('')}`,
  );
  const pyros = (verb: string, ...words: string[]) =>
    started.during(runPyros(verb, '--config', file, ...words));
  return { started, file, pyros };
}

t.test('pyros do, get and set find the agent, and answer as by hand or in JSON', async (t) => {
  const { pyros } = await lab(t);
  t.same(await pyros('set', 'filterwheel:vis', 'POSITION', "g'"), {
    code: 0,
    stdout: "OK NAME=g' POSITION=1\n",
    stderr: '',
  });
  const json = await pyros('do', 'FILTERWHEEL:VIS', 'HOME', '--json');
  t.same(JSON.parse(json.stdout), { ok: true, reply: { NAME: "g'", POSITION: 1 } });
  const help = await pyros('get', 'PLC', 'HELP', 'LIGHT');
  t.equal(help.stdout, 'SET PLC LIGHT ON,OFF: The light in the dome\n');
  const stop = await pyros('do', 'ALL', 'STOP');
  t.equal(stop.stdout, 'FILTERWHEEL:VIS: OK\nPLC: OK\n');

  t.comment('what is wrong is shown with a caret, or as JSON');
  const fault = await pyros('do', 'PLC', 'HEARTBEAT', 'TTL=5s');
  t.equal(fault.code, 64);
  t.match(fault.stderr, /^DO PLC HEARTBEAT TTL=5s\n {21}\^\npyros: TTL must be a number from 10 to 300 s/);
  const minus = await pyros('do', 'PLC', 'HEARTBEAT', '-5s', '--json');
  t.match(JSON.parse(minus.stdout), { ok: false, code: 'INVALID_VALUE', error: /\^-5s/ });
  t.match(await pyros('do', 'DOME', 'OPEN'), {
    code: 64,
    stderr: /no section \[dome\]; its instruments are /,
  });
  const refused = await pyros('set', 'FILTERWHEEL:VIS', 'POSITION', 'h');
  t.match(refused, { code: 1, stderr: /there is no filter h/ });
});

t.test('pyros instruments answers line by line from a pipe', async (t) => {
  const { started, file } = await lab(t);
  const shell = spawn(
    process.execPath,
    [
      join(packageRoot, 'dist', 'scripts', 'main.js'),
      'instruments',
      '--config',
      file,
      '--history',
      `${file}.history`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  shell.stdin.end('GET PLC RAIN\nSET PLC LIGHT 7\nhelp\nhelp plc light\nquit\nGET PLC DOOR\n');
  const [code] = await started.during(once(shell, 'close'));
  const lines = output.trimEnd().split('\n');
  t.equal(lines[0], 'OK RAIN=OFF');
  t.match(lines[1], /^ERROR 1025 INVALID_VALUE "TO must be ON or OFF, at column 15: SET PLC LIGHT \^7"$/);
  t.match(lines[2], /^DO, GET or SET/);
  t.equal(lines.at(-1), 'SET PLC LIGHT ON,OFF: The light in the dome', 'nothing after quit');
  t.equal(code, 1, 'one was refused');
});

t.test('a shell completes what can be said', async (t) => {
  const devices = ['TELESCOPE', 'CAMERA:VIS'];
  for (const [line, expected] of [
    ['', ['DO', 'GET', 'SET']],
    ['do ', ['TELESCOPE', 'CAMERA:VIS', 'ALL']],
    ['GET T', ['TELESCOPE']],
    ['DO ALL ', ['STOP']],
    ['do telescope go', ['GOTO', 'GOTO_ALTAZ']],
    ['SET CAMERA:VIS FI', ['FITS.']],
    ['DO TELESCOPE GOTO RA=1 ', ['DEC=', 'FRAME=', 'TRACK=']],
    ['DO TELESCOPE GOTO RA=1 FRAME=j', ['FRAME=JNOW']],
    ['SET TELESCOPE TRACKING l', ['LUNAR']],
    ['SET CAMERA:VIS SHUTTER ', ['TO=', 'OPEN', 'CLOSED', 'AUTO']],
    ['GET TELESCOPE HELP PAR', ['PARK']],
    ['DO NOTHING ', []],
  ] as const) {
    t.same(completeSentence(line, devices), expected, line);
  }
  t.same(withSpace(['TELESCOPE']), ['TELESCOPE '], 'the next word can be typed at once');
  for (const words of [['FITS.'], ['DEC='], ['GOTO', 'GOTO_ALTAZ'], []]) t.same(withSpace(words), words);
});

t.test('words of a shell become a sentence again', async (t) => {
  const quoted = {
    'OBJECT=NGC 1976': 'OBJECT="NGC 1976"',
    'a "b"': '"a \\"b\\""',
    '"x y"': '"x y"',
    "g'": "g'",
    'OBJECT=': 'OBJECT=""',
  };
  for (const [word, written] of Object.entries(quoted)) t.equal(sentenceOf(['DO', word]), `DO ${written}`);
});

t.test('the bar goes from nothing to all', async (t) => {
  const bar = new ProgressBar(process.stderr);
  t.equal(bar.line({}), undefined);
  t.equal(
    bar.line({ ETA: 10, STATE: 'EXPOSING', IMAGE: 1 }),
    `[${' '.repeat(30)}]   0 %  10.0s  EXPOSING  IMAGE 1`,
  );
  t.equal(bar.line({ ETA: 5 }), `[${'#'.repeat(15)}${' '.repeat(15)}]  50 %  5.0s`);
  t.equal(bar.line({ ETA: 0 }), `[${'#'.repeat(30)}] 100 %  0.0s`);
});
