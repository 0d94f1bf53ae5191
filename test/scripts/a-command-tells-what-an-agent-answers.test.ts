import t, { type Test } from 'tap';
import { statusLines } from '../../scripts/status-table.js';
import type { Config } from '../../src/config/index.js';
import { type Action, MeshError } from '../../src/mesh/index.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { PyrosProcess, runPyros, writeIni } from './run-pyros.js';

async function startTelescope(t: Test, config: Config): Promise<TestAgent> {
  let release: (() => void) | undefined;
  const actions: Record<string, Action['run']> = {
    Echo: (data) => data,
    Refuse: () => {
      throw new MeshError('BAD_PAYLOAD', 'not \x1b[2J this');
    },
    Long: () => 'x'.repeat(300_000),
    Rant: () => Promise.reject(new Error('why '.repeat(500_000))),
    Wait: () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  };
  const agent = new TestAgent('telescope', testEnvironment(config), actions, 'concurrent');
  await agent.start();
  t.teardown(() => {
    release?.();
    return agent.stop();
  });
  return agent;
}

t.test('send and request print replies, failures and exit codes', async (t) => {
  const config = await writeIni(t, ['telescope', 'scheduler']);
  const { file } = config;
  await startTelescope(t, config);
  const run = (...words: string[]) => runPyros(...words, '--config', file);
  const wanted: [string[], number, string | RegExp][] = [
    [['send', 'telescope', 'Ping'], 0, 'OK\n'],
    [['send', 'telescope', 'Echo', '{"a":1}'], 0, '{\n  "a": 1\n}\n'],
    [['send', 'telescope', 'Echo', '[1]', '--json'], 0, '{"ok":true,"reply":[1]}\n'],
    [['request', 'telescope', 'Echo', '{"a":[1,"\u009b"]}', '--json'], 0, '{"a":[1,"\\u009b"]}\n'],
    [['request', 'telescope', 'Ping'], 0, 'null\n'],
    [['request', 'telescope', 'Refuse', '--json'], 1, /^\{"ok":false,"code":"BAD_PAYLOAD","error":".*"\}\n$/],
    [
      ['request', 'telescope', 'Rant', '--json'],
      1,
      /"code":"ACTION_FAILED","error":"why why .{4000,4100}…"\}\n$/,
    ],
    [
      ['send', 'telescope', 'Rant', '--wait', '5', '--json'],
      1,
      /"code":"ACTION_FAILED","error":"why why .*…"/,
    ],
    [['send', 'telescope', 'Wait', '--timeout', '0.1', '--json'], 69, /"code":"REQUEST_TIMEOUT"/],
    [['send', 'scheduler', 'Ping', '--json'], 69, /"code":"UNREACHABLE"/],
    [['send', 'telescope', 'Echo', '{x', '--json'], 64, /^\{"ok":false,"code":"USAGE"/],
  ];
  const outcomes = await Promise.all(wanted.map(([words]) => run(...words)));
  for (const [index, [words, code, stdout]] of wanted.entries())
    t.match(outcomes[index], { code, stdout }, words.join(' '));

  const refused = await run('send', 'telescope', 'Refuse');
  t.equal(refused.stdout, '');
  t.match(refused.stderr, /^pyros: not {1,2}\[2J this\n$/, 'an agent cannot draw on the terminal');
  const long = await run('request', 'telescope', 'Long');
  t.equal(long.stdout.length, 300_003, 'a long reply is printed to its end');
  const lost = await runPyros('send', 'telescope', 'Ping', '--json', '--config', '/nowhere.ini');
  t.match(lost, { code: 78, stdout: /"code":"CONFIG_NOT_FOUND"/ });
});

t.test('--wait tries again until the agent is there', async (t) => {
  const config = await writeIni(t, ['telescope', 'scheduler']);
  const { file } = config;
  const waiting = new PyrosProcess(['send', 'telescope', 'Ping', '--wait', '30', '--config', file]);
  t.teardown(() => waiting.child.kill('SIGKILL'));
  const tooShort = await runPyros('send', 'telescope', 'Ping', '--wait', '0.2', '--config', file);
  t.equal(tooShort.code, 69);
  t.equal(waiting.child.exitCode, null, 'the other one still waits');
  await startTelescope(t, config);
  t.equal(await waiting.ended, 0);
  t.equal(waiting.stdout, 'OK\n');
});

t.test('ping tells percentiles and what was lost', async (t) => {
  const config = await writeIni(t, ['telescope', 'scheduler']);
  const { file } = config;
  const agent = await startTelescope(t, config);
  const words = ['ping', 'telescope', '--config', file, '--interval', '0'];
  const { code, stdout } = await runPyros(...words, '-n', '50', '--json');
  t.equal(code, 0);
  const { sent, lost, minMs, p50Ms, p90Ms, p99Ms, maxMs } = JSON.parse(stdout);
  t.same({ sent, lost }, { sent: 50, lost: 0 });
  t.ok(0 < minMs && minMs <= p50Ms && p50Ms <= p90Ms && p90Ms <= p99Ms && p99Ms <= maxMs, stdout);

  const endless = new PyrosProcess([...words, '-n', '1000', '--interval', '0.02', '-v']);
  t.teardown(() => endless.child.kill('SIGKILL'));
  await endless.printed(/^3: \d+\.\d{3} ms$/m);
  await agent.stop();
  await endless.printed(/: lost, agent telescope cannot be reached/);
  endless.child.kill('SIGINT');
  t.equal(await endless.ended, 1);
  t.match(endless.stdout, /^telescope: \d+ sent, [1-9]\d* lost\nmin .* p50 .* p90 .* p99 .* max .* ms$/m);
});

t.test('status is shown once or again and again', async (t) => {
  const config = await writeIni(t, ['telescope', 'scheduler']);
  const { file } = config;
  await startTelescope(t, config);
  const rounds = await runPyros('status', '--watch', '0.05', '-n', '2', '--config', file);
  t.equal(rounds.code, 1, 'the scheduler is down');
  t.equal(rounds.stdout.match(/^telescope +READY +127/gm)?.length, 2);
  t.equal(rounds.stdout.match(/^scheduler +DOWN .* not running$/gm)?.length, 2);
  t.notMatch(rounds.stdout, '\x1b', 'no colour, no drawing: it is no terminal');

  const endless = new PyrosProcess(['status', '--watch', '30', '--json', '--config', file]);
  t.teardown(() => endless.child.kill('SIGKILL'));
  await endless.printed(/\n/);
  t.match(JSON.parse(endless.stdout), [
    { agent: 'telescope', up: true },
    { agent: 'scheduler', up: false },
  ]);
  endless.child.kill('SIGINT');
  t.equal(await endless.ended, 0, 'Ctrl-C is no failure');
});

t.test('posted messages are counted', async (t) => {
  const posted = { waiting: { scheduler: 2, majordome: 1 }, setAside: 0 };
  const report = (more: object) => ({
    agent: 'a',
    address: 'x',
    up: true,
    status: { state: 'READY', ...more },
  });
  const lines = statusLines([{ posted }, { posted: { waiting: {}, setAside: 4 } }, {}].map(report));
  const column = lines[0]?.indexOf('POSTED') ?? -1;
  t.same(
    lines.map((line) => line.slice(column).split('  ')[0]),
    ['POSTED', '3', '0, 4 set aside', '-'],
  );
});

t.test('states are coloured on a terminal, unless NO_COLOR is set', async (t) => {
  const agent = (state: string) => ({ agent: 'a', address: 'x', up: true, status: { state } });
  const reports = ['READY', 'BUSY', 'ERROR', 'STARTING'].map(agent);
  const before = { tty: process.stdout.isTTY, noColour: process.env['NO_COLOR'] };
  t.teardown(() => {
    process.stdout.isTTY = before.tty;
    if (before.noColour !== undefined) process.env['NO_COLOR'] = before.noColour;
  });
  process.stdout.isTTY = true;
  process.env['NO_COLOR'] = '1';
  t.notMatch(statusLines(reports).join(), '\x1b');
  delete process.env['NO_COLOR'];
  const [head, ...lines] = statusLines([
    ...reports,
    { agent: 'b', address: 'x', up: false, code: 'CONNECT_REFUSED', error: 'gone' },
  ]);
  t.notMatch(head, '\x1b');
  const colours = ['32mREADY', '32mBUSY', '31mERROR', '33mSTARTING', '31mDOWN'];
  for (const [index, colour] of colours.entries()) t.match(lines[index], `\x1b[${colour}`);
  t.ok(statusLines([{ agent: 'b', address: 'x', up: false, error: 'e'.repeat(99) }], 70)[1]?.endsWith('eee'));
});
