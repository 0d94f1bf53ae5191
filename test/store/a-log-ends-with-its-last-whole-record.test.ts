import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AppendLog } from '../../src/store/index.js';

const SIZE = 4096;
const texts = (log: AppendLog) => log.read().map(({ payload }) => payload.toString());

t.test('records are read again in order', async (t) => {
  const path = join(t.testdir(), 'a.log');
  const log = new AppendLog(path, SIZE);
  t.same(texts(log), []);
  await Promise.all(['one', 'two', 'three'].map((text) => log.append(Buffer.from(text))));
  log.close();
  const again = new AppendLog(path, SIZE);
  t.same(texts(again), ['one', 'two', 'three']);
  t.equal(again.last, 3);
  await again.append(Buffer.from('four'));
  again.close();
  t.same(texts(new AppendLog(path, SIZE)), ['one', 'two', 'three', 'four']);
});

t.test('a log that begins anew does not bring back what was there', async (t) => {
  const path = join(t.testdir(), 'a.log');
  const log = new AppendLog(path, SIZE);
  for (const text of ['aaa', 'bbb', 'ccc']) await log.append(Buffer.from(text));
  log.beginAnew();
  await log.append(Buffer.from('ddd'));
  t.ok(log.used < 0.01 && log.hasRoom(4000) && !log.hasRoom(SIZE));
  const again = new AppendLog(path, SIZE);
  t.same(texts(again), ['ddd']);
  again.continueFrom(10);
  await again.append(Buffer.from('eee'));
  t.equal(again.last, 11);
});

t.test('cut or broken at any byte, what was whole before is there', async (t) => {
  const path = join(t.testdir(), 'a.log');
  const log = new AppendLog(path, SIZE);
  for (const text of ['first', 'second']) await log.append(Buffer.from(text));
  const bytes = readFileSync(path);
  const firstEnd = 16 + 'first'.length;
  const secondEnd = firstEnd + 16 + 'second'.length;
  for (let at = firstEnd; at < secondEnd; at += 1) {
    const broken = Buffer.from(bytes);
    broken.writeUInt8((broken[at] ?? 0) ^ 0xff, at);
    writeFileSync(path, broken);
    t.same(texts(new AppendLog(path, SIZE)), ['first'], `byte ${at}`);
  }
});

t.test('a path that cannot be opened is told', async (t) => {
  t.throws(() => new AppendLog(t.testdir(), SIZE), { code: 'STORE_OPEN_FAILED' });
});
