import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Candidate, candidates, FILES } from '../../scripts/completion/candidates.js';
import { SHELL_SCRIPTS } from '../../scripts/completion/shell-scripts.js';
import { exitCodeOf } from '../../scripts/exit-code.js';
import { program } from '../../scripts/program.js';
import { completeSentence } from '../../scripts/sentences/complete-sentence.js';
import { failureReport } from '../../scripts/tell-failure.js';
import { packageRoot } from '../../src/config/index.js';
import { AnswerError, MeshError } from '../../src/mesh/index.js';
import { TestAgent, testEnvironment } from '../helpers/test-agent.js';
import { runPyros, writeIni } from './run-pyros.js';

const page = readFileSync(join(packageRoot, 'docs', 'commands.md'), 'utf8');

/** Commands that people may use, by name. */
async function visibleCommands() {
  const pyros = await program();
  const all = pyros.createHelp().visibleCommands(pyros);
  return new Map(all.filter((one) => one.name() !== 'help').map((one) => [one.name(), one]));
}

/** Text below each heading of a command. */
function sections(): Map<string, string> {
  const parts = page.split(/^## `pyros ([\w-]+)`$/m).slice(1);
  return new Map(parts.flatMap((name, index) => (index % 2 === 0 ? [[name, parts[index + 1] ?? '']] : [])));
}

t.test('a command that is named is made alone, any other word brings all', async (t) => {
  const names = async (only?: string) => (await program(only)).commands.map((command) => command.name());
  const all = await names();
  for (const name of all.filter((one) => one !== '__complete')) t.same(await names(name), [name]);
  for (const word of ['__complete', 'help', '--help', 'constructor', '']) t.same(await names(word), all);
});

t.test('docs/commands.md has every command and no other, with its description and an example', async (t) => {
  const commands = await visibleCommands();
  t.ok(commands.size >= 10);
  t.same([...sections().keys()].sort(), [...commands.keys()].sort());
  for (const [name, command] of commands) {
    const text = sections().get(name)?.replace(/\s+/g, ' ') ?? '';
    t.ok(text.includes(command.description()), `${name}: its description`);
    t.match(text, new RegExp(`\`\`\` .*\\bpyros ${name}\\b.*\`\`\``), `${name}: an example`);
  }
});

t.test('the options of the examples exist', async (t) => {
  const commands = await visibleCommands();
  for (const [name, text] of sections()) {
    const lines = [...text.matchAll(/^pyros .*$/gm)].map(([line]) => line.replace(/ \| .*/, ''));
    const command = commands.get(name);
    const known = [command, ...(command?.commands ?? [])]
      .flatMap((one) => one?.options ?? [])
      .flatMap(({ long, short }) => [long, short]);
    for (const line of lines) {
      const used = line.match(/(?<= )--?[a-z][a-z-]*/g) ?? [];
      t.ok(
        used.every((option) => known?.includes(option)),
        line,
      );
    }
  }
});

t.test('the codes of the command line are in the page, and no other', async (t) => {
  const source = readFileSync(join(packageRoot, 'scripts', 'errors.ts'), 'utf8');
  const codes = [...source.matchAll(/\| '([A-Z_]+)'/g)].map((match) => match[1]);
  const written = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);
  t.same(written.sort(), [...codes, failureReport(new Error('a bug')).code].sort());
});

t.test('exit codes are as they are written', async (t) => {
  const written = new Set([...page.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1])));
  const codes = {
    no: exitCodeOf(new AnswerError('ANYTHING', 'no')),
    unreachable: exitCodeOf(new MeshError('UNREACHABLE', 'gone')),
    silent: exitCodeOf(new AnswerError('REQUEST_TIMEOUT', 'late')),
    agent: exitCodeOf(new MeshError('UNKNOWN_AGENT', 'who?')),
    system: exitCodeOf(Object.assign(new Error('no file'), { code: 'ENOENT', syscall: 'open' })),
    bug: exitCodeOf(new TypeError('undefined is not a function')),
  };
  t.same(codes, { no: 1, unreachable: 69, silent: 69, agent: 64, system: 1, bug: 70 });
  t.same(
    [...written].sort((a, b) => a - b),
    [0, 1, 64, 66, 69, 70, 78],
  );
});

t.test('a line can be completed at every place', async (t) => {
  const asked: string[] = [];
  const words = (...all: string[]): Candidate[] => all.map((word) => ({ word, help: '' }));
  const source = {
    agents: (file?: string) => words('telescope', 'scheduler', `of-${file ?? 'default'}`),
    messages: async (agent: string) => {
      asked.push(agent);
      return words('Ping', 'Observation finished');
    },
    sentence: (line: string, file?: string) =>
      words(...completeSentence(line, ['DOME', 'CAMERA:VIS', `${file}`])),
    receivers: async (agent: string) => words(`of-${agent}`),
    numbers: async (agent: string, to: string) => words(`${agent}-to-${to}`, 'all'),
  };
  const complete = async (...line: string[]) => {
    const found = await candidates(await program(), line, source);
    return found === FILES ? found : found.map(({ word }) => word);
  };
  t.same(await complete('st'), ['start', 'status']);
  t.same(await complete('__'), [], 'hidden');
  t.same(await complete('--v'), ['--version']);
  t.same(await complete('send', 'te'), ['telescope']);
  t.same(await complete('send', '--config=x.ini', 'of'), ['of-x.ini']);
  t.same(await complete('send', '--config', 'y.ini', 'of'), ['of-y.ini']);
  t.same(await complete('send', '--wait', '5', 'telescope', 'Observation f'), ['Observation finished']);
  t.same(await complete('request', 'telescope', '--', 'P'), ['Ping']);
  t.same(asked, ['telescope', 'telescope']);
  t.same(await complete('send', 'telescope', 'Ping', ''), [], 'a payload is free');
  t.same(await complete('start', 'telescope', 'sch'), ['scheduler'], 'as many as one likes');
  t.same(await complete('tail', '--no'), ['--no-follow']);
  t.same(await complete('tail', '--level', 'd'), ['debug']);
  t.same(await complete('tail', '-n', ''), []);
  t.same(await complete('sendvo', '-f', 'al'), FILES);
  t.same(await complete('secret', ''), FILES);
  t.same(await complete('send', '--config', ''), FILES);
  t.same(await complete('completion', ''), ['bash', 'zsh', 'fish']);
  t.same(await complete('nonsense', '--', '-'), []);
  t.same(await complete('outbox', 'a', 'r'), ['resend']);
  t.same(await complete('outbox', 'a', 'drop', ''), ['of-a']);
  t.same(await complete('outbox', 'a', 'drop', 'b', ''), ['a-to-b', 'all']);
  t.same(await complete('fits', 'p'), ['preview']);
  t.same(await complete('fits', 'preview', '--si'), ['--size']);
  t.same(await complete('fits', 'preview', ''), FILES);
  t.same(await complete('vo', 'sh'), ['show']);
  t.same(await complete('do', '--config', 'x.ini', ''), ['DOME', 'CAMERA:VIS', 'x.ini', 'ALL']);
  t.same(await complete('do', 'DOME', 'OP'), ['OPEN']);
  t.same(await complete('get', 'CAMERA', ':', 'VIS', 'STATE'), ['STATE'], 'as bash cuts it');
});

t.test('the hidden command knows agents and running messages, and is silent otherwise', async (t) => {
  const config = await writeIni(t, ['telescope', 'scheduler']);
  const agent = new TestAgent('telescope', testEnvironment(config), { 'Odd one': () => undefined });
  await agent.start();
  t.teardown(() => agent.stop());
  const complete = (...words: string[]) => runPyros('__complete', '--', 'send', ...words);
  const found = await Promise.all([
    complete('--config', config.file, 's'),
    complete('--config', config.file, 'telescope', 'Odd'),
    complete('--config', config.file, 'scheduler', ''),
    complete('--config', '/nowhere.ini', 'telescope', ''),
    runPyros('__complete', '--', 'do', '--config', config.file, 'TEL'),
  ]);
  const address = `127.0.0.1:${config.agents.get('scheduler')?.receivePort}`;
  const expected = [`scheduler\t${address}\n`, 'Odd one\tOdd one\n', '', '', 'TELESCOPE\n'];
  t.same(
    found,
    expected.map((stdout) => ({ code: 0, stdout, stderr: '' })),
  );
});

t.test('each shell gets its script, and bash can read its own', async (t) => {
  const { code, stdout } = await runPyros('completion', 'bash');
  t.equal(code, 0);
  t.equal(spawnSync('bash', ['-n'], { input: stdout }).status, 0);
  t.same(await runPyros('completion', 'fish'), { code: 0, stdout: SHELL_SCRIPTS.fish, stderr: '' });
  for (const [shell, script] of Object.entries(SHELL_SCRIPTS)) t.match(script, ' __complete -- ', shell);
});
