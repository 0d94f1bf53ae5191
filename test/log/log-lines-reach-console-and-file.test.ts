import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import t from 'tap';
import { createLogger, wantsColour } from '../../src/log/index.js';

t.test('a line for people on the console, a JSON line in the file', async (t) => {
  const directory = t.testdir();
  const console = new PassThrough();
  const now = () => Date.UTC(2026, 10, 23, 4, 5, 6, 7);
  const log = createLogger({ agent: 'telescope', directory, console, now });
  log.info('slewing', { raDeg: 83.6, text: 'a\nb\x1b[2J' });
  log.debug('not shown');
  await log.close();
  log.info('too late');
  t.equal(
    String(console.read()),
    '2026-11-23T04:05:06.007Z INFO  telescope      slewing raDeg=83.6 text=a b [2J\n',
  );
  const lines = readFileSync(join(directory, 'telescope.log'), 'utf8').trim().split('\n');
  t.equal(lines.length, 1);
  t.same(JSON.parse(lines[0] ?? ''), {
    time: '2026-11-23T04:05:06.007Z',
    level: 'info',
    agent: 'telescope',
    message: 'slewing',
    fields: { raDeg: 83.6, text: 'a\nb\x1b[2J' },
  });
});

t.test('a line that is not to be written costs nothing', async (t) => {
  const console = new PassThrough();
  let asked = 0;
  const now = () => {
    asked += 1;
    return 0;
  };
  const log = createLogger({ agent: 'a', level: 'warn', console, now });
  log.debug('no');
  log.info('no');
  t.equal(asked, 0);
  log.warn('yes');
  log.error('yes');
  t.equal(asked, 2);
  await log.close();
  t.equal(String(console.read()).split('\n').filter(Boolean).length, 2);
});

t.test('files are rotated by size, and no line is lost', async (t) => {
  const directory = t.testdir();
  const log = createLogger({ agent: 'a', directory, console: null, fileBytes: 20_000, fileCount: 10 });
  for (let n = 0; n < 400; n += 1) log.info(`line ${n}`, { filler: 'x'.repeat(40) });
  await log.close();
  const files = readdirSync(directory).filter((name) => name.endsWith('.log'));
  t.ok(files.length >= 3 && files.length <= 5, files.join(' '));
  const lines = files.flatMap((name) =>
    readFileSync(join(directory, name), 'utf8').split('\n').filter(Boolean),
  );
  const numbers = lines.map((line) => Number(JSON.parse(line).message.slice('line '.length)));
  t.same(
    numbers.sort((a, b) => a - b),
    Array.from({ length: 400 }, (_, n) => n),
  );
});

t.test('old files go', async (t) => {
  const directory = t.testdir();
  const log = createLogger({ agent: 'a', directory, console: null, fileBytes: 5_000, fileCount: 2 });
  for (let n = 0; n < 400; n += 1) {
    log.info(`line ${n}`, { filler: 'x'.repeat(40) });
    // A rotation takes a turn of the loop; many lines at once may make one large file.
    if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await log.close();
  const files = readdirSync(directory).filter((name) => name.endsWith('.log'));
  t.ok(files.length <= 3, files.join(' '));
  t.match(readFileSync(join(directory, 'a.log'), 'utf8'), /"line 399"/);
});

t.test('a folder that cannot be written is said on the console, and ends nothing', async (t) => {
  const console = new PassThrough();
  const directory = join(t.testdir({ file: '' }), 'file', 'log');
  const log = createLogger({ agent: 'a', directory, console });
  log.info('still here');
  await log.close();
  const text = String(console.read());
  t.match(text, /still here/);
  t.match(text, /cannot write the log of a/);
});

t.test('colour is for terminals only', async (t) => {
  t.equal(wantsColour(new PassThrough()), false);
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  t.equal(wantsColour(terminal), !process.env['NO_COLOR']);
});
