import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { LogFollower } from '../../scripts/log-follower.js';
import { LineSplitter } from '../../scripts/log-lines.js';
import { packageRoot } from '../../src/config/index.js';
import { createLogger } from '../../src/log/index.js';
import { PyrosProcess, runPyros, writeIni } from './run-pyros.js';

/** All that is new. */
async function readAll(follower: LogFollower): Promise<string[]> {
  const all: string[] = [];
  for (let lines = await follower.next(); lines; lines = await follower.next()) all.push(...lines);
  return all;
}

function follow(t: Test): { follower: LogFollower; directory: string; path: string } {
  const directory = t.testdir();
  const follower = new LogFollower(directory, 'a');
  t.teardown(() => follower.close());
  return { follower, directory, path: join(directory, 'a.log') };
}

t.test('lines may be cut at any byte', async (t) => {
  const bytes = Buffer.from('Größe µ\n\nzwei\nrest');
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const splitter = new LineSplitter();
    const lines = [bytes.subarray(0, cut), bytes.subarray(cut)].flatMap((part) => splitter.push(part));
    t.same([...lines, ...splitter.rest()], ['Größe µ', '', 'zwei', 'rest'], `cut at ${cut}`);
  }
  const splitter = new LineSplitter();
  for (let n = 0; n < 40; n += 1) splitter.push(Buffer.alloc(2 ** 16, 'x'));
  t.equal(splitter.push(Buffer.from('y\n'))[0]?.length, 2 ** 20, 'an endless line does not fill the memory');
  t.same(splitter.push(Buffer.from('next\n')), ['next']);
});

t.test('a file is followed before it exists, and through its rotations', async (t) => {
  const { follower, directory, path } = follow(t);
  t.equal(await follower.next(), undefined, 'there is none yet');
  writeFileSync(path, 'one\ntw');
  t.same(await readAll(follower), ['one']);
  appendFileSync(path, 'o\nthree\n');
  renameSync(path, join(directory, 'a.1.log'));
  t.same(await readAll(follower), ['two', 'three'], 'renamed, and there is no new one yet');
  appendFileSync(join(directory, 'a.1.log'), 'late\n');
  writeFileSync(path, 'four\n');
  t.same(await readAll(follower), ['late', 'four']);

  renameSync(join(directory, 'a.1.log'), join(directory, 'a.3.log'));
  renameSync(path, join(directory, 'a.2.log'));
  writeFileSync(join(directory, 'a.1.log'), 'five\nno end');
  writeFileSync(path, 'six\n');
  t.same(await readAll(follower), ['five', 'no end', 'six'], 'two rotations between two looks');
  truncateSync(path);
  t.same(await readAll(follower), []);
  appendFileSync(path, '7\n');
  t.same(await readAll(follower), ['7'], 'emptied, and begun again');
});

/** Writes numbered lines, and rotates after every few, as fast as a thread can. */
const WRITER = `
  const { appendFileSync, renameSync } = require('node:fs');
  const { directory, rotations } = require('node:worker_threads').workerData;
  const name = (age) => directory + (age ? '/a.' + age + '.log' : '/a.log');
  for (let turn = 0, line = 0; ; turn += 1) {
    for (let n = 0; n < 5; n += 1, line += 1) appendFileSync(name(0), 'line ' + line + '\\n');
    if (turn === rotations) break;
    for (let age = turn; age >= 0; age -= 1) renameSync(name(age), name(age + 1));
  }
`;

t.test('no file is passed over while names move under the look', async (t) => {
  const { follower, directory, path } = follow(t);
  writeFileSync(path, '');
  await follower.next();
  const rotations = 100;
  const writer = new Worker(WRITER, { eval: true, workerData: { directory, rotations } });
  let ended = false;
  const end = once(writer, 'exit').then(() => {
    ended = true;
  });
  const lines: string[] = [];
  for (let last = false; !last; ) {
    last = ended;
    lines.push(...(await readAll(follower)));
  }
  await end;
  t.same(
    lines,
    Array.from({ length: 5 * (rotations + 1) }, (_, n) => `line ${n}`),
  );
});

t.test('a huge file is read from near its end', async (t) => {
  const { follower, path } = follow(t);
  const line = `${'x'.repeat(999)}\n`;
  writeFileSync(path, `first\n${line.repeat(20_000)}last\n`);
  const lines = await readAll(follower);
  t.ok(lines.length > 16_000 && lines.length < 17_000, String(lines.length));
  t.equal(lines[0], line.trimEnd(), 'no half line');
  t.equal(lines.at(-1), 'last');
});

t.test('pyros tail shows what a logger writes, across rotations, until Ctrl-C', async (t) => {
  const { file, dataDirectory } = await writeIni(t, ['telescope', 'scheduler'], (text) =>
    text.replace(/(\[scheduler\]\nip = )127.0.0.1/, (_, before) => `${before}192.0.2.7`),
  );
  const directory = join(dataDirectory, 'log');

  const early = await runPyros('tail', 'telescope', '--no-follow', '--config', file);
  t.match(early, { code: 1, stdout: '', stderr: /there is no log yet/ });
  const elsewhere = await runPyros('tail', 'scheduler', '--config', file);
  t.match(elsewhere, { code: 64, stderr: /192\.0\.2\.7.*ssh -t 192\.0\.2\.7 pyros tail scheduler/ });

  const tail = new PyrosProcess(['tail', 'telescope', '--level', 'warn', '--config', file]);
  t.teardown(() => tail.child.kill('SIGKILL'));
  await tail.printed(/waiting for .*telescope\.log/);
  const now = () => Date.UTC(2026, 10, 23, 4, 5, 6, 7);
  const options = { directory, console: null, now, fileBytes: 20_000, fileCount: 9 };
  const logger = createLogger({ agent: 'telescope', ...options });
  const write = (n: number) => logger[n % 2 ? 'warn' : 'info'](`line ${n}`, { filler: 'x'.repeat(40) });
  write(1);
  await tail.printed(/line 1 /);
  for (let n = 2; n <= 300; n += 1) write(n);
  logger.error('the last\x1b[2J');
  await logger.close();
  await tail.printed(/the last/);
  tail.child.kill('SIGINT');
  t.equal(await tail.ended, 0);
  const lines = tail.stdout.trimEnd().split('\n');
  t.match(lines[0], /^2026-11-23T04:05:06\.007Z WARN {2}telescope {6}line 1 filler=x{40}$/);
  t.same(
    lines.slice(0, -1).map((line) => Number(/ line (\d+)/.exec(line)?.[1])),
    Array.from({ length: 150 }, (_, index) => 2 * index + 1),
    'no line is lost, doubled or of a lower level',
  );
  t.match(lines.at(-1), /ERROR telescope {6}the last \[2J$/);

  appendFileSync(join(directory, 'telescope.log'), 'not \x1b JSON\n');
  const last = await runPyros('tail', 'telescope', '--no-follow', '-n', '2', '--json', '--config', file);
  const events = last.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.match(events, [{ level: 'error', message: 'the last\x1b[2J' }, { message: 'not \x1b JSON' }]);
  const plain = await runPyros('tail', 'telescope', '--no-follow', '-n', '1', '--config', file);
  t.equal(plain.stdout, 'not   JSON\n');
});

t.test('pyros tail ends when nobody reads it any more, though nothing new is logged', async (t) => {
  const { file, dataDirectory } = await writeIni(t, ['telescope']);
  mkdirSync(join(dataDirectory, 'log'), { recursive: true });
  writeFileSync(join(dataDirectory, 'log', 'telescope.log'), 'only line\n');
  const pyros = join(packageRoot, 'dist', 'scripts', 'main.js');
  // A pipe as a shell makes it: those of Node are sockets.
  const line = `"${process.execPath}" "${pyros}" tail telescope --config "${file}" | head -1`;
  const shell = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  t.teardown(() => {
    try {
      process.kill(-(shell.pid ?? 0), 'SIGKILL');
    } catch {
      // All have ended.
    }
  });
  let said = '';
  shell.stdout.on('data', (chunk) => {
    said += chunk;
  });
  t.same(await once(shell, 'close'), [0, null]);
  t.equal(said, 'only line\n');
});
