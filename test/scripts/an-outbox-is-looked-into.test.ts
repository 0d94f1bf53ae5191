import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { outboxLines } from '../../scripts/outbox-table.js';
import type { Config } from '../../src/config/index.js';
import { type Action, MeshError, Sender } from '../../src/mesh/index.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { runPyros, writeIni } from './run-pyros.js';

async function start(t: Test, config: Config, name: string, actions: Record<string, Action['run']> = {}) {
  const agent = new TestAgent(name, testEnvironment(config), actions);
  await agent.start();
  t.teardown(() => agent.stop());
}

/** A majordome that has posted: one message waits for the telescope, two to the scheduler were set aside. */
async function posted(t: Test, taken: unknown[] = []) {
  const config = await writeIni(t, ['majordome', 'scheduler', 'telescope']);
  await start(t, config, 'scheduler', { Take: (data) => void taken.push(data) });
  // The last one that starts is whose outbox this process posts to.
  await start(t, config, 'majordome');
  await Sender.post('telescope', 'Park');
  await Sender.post('scheduler', 'Odd \x1b[2J one');
  await Sender.post('scheduler', 'No such message', { n: 1 });
  await Sender.post('scheduler', 'Take', 'the last');
  while (taken.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const run = (...words: string[]) => runPyros('outbox', ...words, '--config', config.file);
  return { config, run };
}

t.test('the outboxes of all agents are shown, for people and for scripts', async (t) => {
  const { run } = await posted(t);
  const [all, json, one, down, unknown] = await Promise.all([
    run(),
    run('--json'),
    run('scheduler'),
    run('telescope', '--json'),
    run('nobody'),
  ]);
  t.match(all, { code: 1, stderr: 'telescope: not running\n' });
  const lines = all?.stdout.split('\n') ?? [];
  t.match(lines[1], /^majordome {2}telescope {2}1 {8}\d+\.\ds$/);
  t.match(lines[5], /^majordome {2}scheduler {2}1 {7}Odd {1,2}\[2J one +UNKNOWN_MESSAGE +\d+\.\ds +"Odd/);
  t.match(lines[6], /^majordome {2}scheduler {2}2 {7}No such message +UNKNOWN_MESSAGE/);
  t.match(JSON.parse(json?.stdout ?? ''), [
    {
      agent: 'majordome',
      waiting: [{ agent: 'telescope', count: 1, oldestAgeS: Number }],
      setAside: [
        { agent: 'scheduler', number: 1, message: 'Odd \x1b[2J one', code: 'UNKNOWN_MESSAGE' },
        { number: 2, message: 'No such message', reason: /no message of scheduler/, ageS: Number },
      ],
      setAsideCount: 2,
    },
    { agent: 'scheduler', waiting: [], setAside: [], setAsideCount: 0 },
    { agent: 'telescope', error: 'not running' },
  ]);
  t.match(one, { code: 0, stdout: 'nothing waits\nnothing is set aside\n', stderr: '' });
  t.match(down, { code: 69, stdout: /^\{"ok":false,"code":"UNREACHABLE"/ });
  t.match(unknown, { code: 64 });
});

t.test('what was set aside is resent or dropped', async (t) => {
  const taken: unknown[] = [];
  const { run } = await posted(t, taken);
  t.match(await run('majordome', 'drop', 'scheduler', '1'), { code: 0, stdout: '1 message dropped\n' });
  t.match(await run('majordome', 'drop', 'scheduler', '1', '--json'), {
    code: 1,
    stdout:
      /^\{"ok":false,"code":"NOT_SET_ASIDE".*no message of number 1 to scheduler.*`pyros outbox majordome` lists/,
  });
  t.match(await run('majordome', 'resend', 'scheduler', '2', '--json'), {
    code: 1,
    stdout:
      /^\{"ok":false,"code":"SET_ASIDE_AGAIN","error":"1 of 1 message posted once more, and set aside again: /,
  });
  const listed = async () => JSON.parse((await run('majordome', '--json')).stdout)[0].setAside;
  const again = await listed();
  t.match(again, [{ number: 4, message: 'No such message' }], 'it went behind the others, and came back');
  t.match(await run('majordome', 'drop', 'scheduler', 'all'), { code: 0, stdout: '1 message dropped\n' });
  t.match(await run('majordome', 'resend', 'scheduler', 'all'), {
    code: 1,
    stderr: /no message to scheduler/,
  });
  t.same(taken, ['the last'], 'what was handled stays as it is');
});

t.test(
  'resend says whether the message is taken this time, and the tabulator key knows which there are',
  async (t) => {
    const config = await writeIni(t, ['majordome', 'scheduler']);
    let mended = false;
    await start(t, config, 'scheduler', {
      Fits: () => {
        if (!mended) throw new MeshError('BAD_PAYLOAD', 'too large for me');
      },
    });
    await start(t, config, 'majordome');
    await Sender.post('scheduler', 'Fits', 'x');
    const run = (...words: string[]) => runPyros('outbox', ...words, '--config', config.file);
    const complete = async (...words: string[]) =>
      (await runPyros('__complete', '--', 'outbox', '--config', config.file, ...words)).stdout;
    while (!/BAD_PAYLOAD/.test((await run('majordome')).stdout));
    t.equal(await complete('majordome', 'resend', ''), 'scheduler\t1 set aside\n');
    t.equal(await complete('majordome', 'resend', 'scheduler', ''), '1\tFits: BAD_PAYLOAD\nall\tall 1\n');
    t.equal(await complete('scheduler', 'drop', ''), '', 'nothing was set aside there');
    t.match(await run('majordome', 'resend', 'scheduler', 'all'), {
      code: 1,
      stderr:
        /set aside again: scheduler says BAD_PAYLOAD, too large for me; mend .* pyros outbox majordome drop scheduler 2/,
    });
    mended = true;
    t.match(await run('majordome', 'resend', 'scheduler', 'all'), {
      code: 0,
      stdout: '1 message posted once more\n',
    });
  },
);

t.test('the outbox of an agent that does not run is read from the disk, and left as it is', async (t) => {
  const config = await writeIni(t, ['majordome', 'scheduler', 'telescope']);
  const agent = new TestAgent('majordome', testEnvironment(config));
  await agent.start();
  await Sender.post('telescope', 'Park');
  await agent.stop();
  const run = (...words: string[]) => runPyros('outbox', ...words, '--config', config.file);
  const [all, one, json] = await Promise.all([run(), run('majordome'), run('majordome', '--json')]);
  t.match(all, { code: 1, stdout: /^majordome {2}telescope {2}1 /m });
  t.match(all.stderr, /^majordome: not running; its outbox was read from the disk\nscheduler: not running\n/);
  t.match(one, { code: 1, stdout: /^majordome {2}telescope {2}1 /m });
  t.match(JSON.parse(json.stdout), [
    { agent: 'majordome', code: 'CONNECT_REFUSED', fromDisk: true, waiting: [{ count: 1 }] },
  ]);
  t.equal((await run('scheduler')).code, 69, 'it has never run, and has none');
  await start(t, config, 'majordome');
  t.match(await run('majordome'), { code: 0, stdout: /^majordome {2}telescope {2}1 /m });
});

t.test('an outbox that cannot be read is told as such', async (t) => {
  const config = await writeIni(t, ['scheduler']);
  mkdirSync(config.dataDirectory, { recursive: true });
  writeFileSync(join(config.dataDirectory, 'store'), 'no folder');
  t.match(await runPyros('outbox', '--config', config.file), {
    code: 1,
    stdout: 'nothing waits, as far as is known\nnothing is set aside, as far as is known\n',
    stderr: /^scheduler: not running; the store .* cannot be read: /m,
  });
});

t.test('a command line that is wrong says what is expected', async (t) => {
  const [action, half, number] = await Promise.all([
    runPyros('outbox', 'majordome', 'burn', 'scheduler', '1'),
    runPyros('outbox', 'majordome', 'drop', 'scheduler'),
    runPyros('outbox', 'majordome', 'drop', 'scheduler', '-1'),
  ]);
  t.match(action, { code: 64, stderr: /Allowed choices are resend, drop/ });
  t.match(half, { code: 64, stderr: /expected pyros outbox majordome drop TO NUMBER/ });
  t.match(number, { code: 64 });
});

t.test('a long list tells what is beyond it', async (t) => {
  const aside = { agent: 'b', number: 1, message: 'm', code: 'C', reason: 'r', ageS: 1 };
  const lines = outboxLines([{ agent: 'a', waiting: [], setAside: [aside], setAsideCount: 1001 }]);
  t.equal(lines.at(-1), 'and 1000 more of a');
});
