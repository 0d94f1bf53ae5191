import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checksumText, OnesComplementSum } from '../../src/instruments/fits/checksum.js';
import { loadPixels, storePixels } from '../../src/instruments/fits/stored-pixels.js';
import { renameUnlessThere } from '../../src/instruments/fits/write-fits.js';
import { FitsHeader, readFits, readFitsHeader, writeFits } from '../../src/instruments/index.js';

/** The sum of FITS's appendix J, done here in another way. */
function sumOf(bytes: Buffer): bigint {
  let sum = 0n;
  for (let at = 0; at < bytes.length; at += 4) sum += BigInt(bytes.readUInt32BE(at));
  while (sum > 0xffff_ffffn) sum = (sum & 0xffff_ffffn) + (sum >> 32n);
  return sum;
}

function ramp(width: number, height: number) {
  const pixels = Uint16Array.from({ length: width * height }, (_, n) => (n * 257) % 65_536);
  pixels.set([0, 1, 32_767, 32_768, 65_535].slice(0, pixels.length));
  return { width, height, pixels };
}

t.test('an image comes back from the disk as it was, with every value that 16 bits have', async (t) => {
  const folder = t.testdir();
  for (const [width, height] of [
    [1, 1],
    [3, 7],
    [36, 40],
    [601, 401],
  ] as const) {
    const image = ramp(width, height);
    const path = join(folder, `${width}.fits`);
    const header = new FitsHeader().setText('OBJECT', 'Crab').setInteger('NAXIS1', 99).addHistory('made');
    const written = await writeFits(path, header, image);
    const bytes = readFileSync(path);
    const before = Buffer.from(bytes);
    const read = readFits(bytes);
    t.ok(bytes.equals(before), 'reading changes nothing');
    t.ok(Buffer.from(read.pixels.buffer).equals(Buffer.from(image.pixels.buffer)));
    t.match(read, { width, height, checksumValid: true });
    t.equal(read.header.text('OBJECT'), 'Crab');
    t.equal(read.header.number('NAXIS1'), width, "the structure is the writer's");
    t.equal(read.header.text('CHECKSUM'), written.checksum);
    t.equal(read.header.text('DATASUM'), String(written.dataSum));
    t.equal(written.byteLength, bytes.length);
  }
});

t.test('the file is made of blocks and cards, and its sums are right', async (t) => {
  const path = join(t.testdir(), 'image.fits');
  const header = new FitsHeader().setText('TRIGID', 'x'.repeat(100));
  await writeFits(path, header, ramp(50, 30));
  const bytes = readFileSync(path);
  t.equal(bytes.length % 2880, 0);
  const { headerBytes } = readFitsHeader(bytes);
  t.equal(headerBytes % 2880, 0);
  const cards: string[] = bytes.toString('latin1', 0, headerBytes).match(/.{80}/gs) ?? [];
  t.same(
    cards.slice(0, 7).map((card) => card.slice(0, 30).replace(/ +/g, ' ')),
    ['SIMPLE = T', 'BITPIX = 16', 'NAXIS = 2', 'NAXIS1 = 50', 'NAXIS2 = 30', 'BZERO = 32768', 'BSCALE = 1'],
  );
  t.ok(cards.includes('END'.padEnd(80)));
  t.ok(
    cards.some((card) => card.startsWith('LONGSTRN')),
    'long texts are announced',
  );
  t.equal(bytes.readInt16BE(headerBytes), -32_768, 'zero is stored as the lowest number');
  t.equal(sumOf(bytes), 0xffff_ffffn);
  t.equal(String(sumOf(bytes.subarray(headerBytes))), readFits(bytes).header.text('DATASUM'));
  // The example of appendix J.
  t.equal(checksumText(868_229_149), 'hcHjjc9ghcEghc9g');
});

t.test('a sum is the same wherever the bytes lie, and in pieces', async (t) => {
  const whole = Buffer.from(Array.from({ length: 40_004 }, (_, n) => (n < 20_000 ? 255 : n * n) % 256));
  for (const from of [0, 1, 2, 3, 4]) {
    const bytes = whole.subarray(from, from + 40_000);
    t.equal(BigInt(new OnesComplementSum().add(bytes).value), sumOf(bytes), `from ${from}`);
    const pieces = new OnesComplementSum().add(bytes.subarray(0, 516)).add(bytes.subarray(516));
    t.equal(BigInt(pieces.value), sumOf(bytes));
  }
  t.equal(new OnesComplementSum().add(Buffer.alloc(0)).value, 0);
});

t.test('pixels are stored and read the same, wherever they lie', async (t) => {
  const wrong: string[] = [];
  for (const width of [1, 2, 3, 8, 300])
    for (const offset of [0, 1, 2, 4]) {
      const rows = 3;
      const count = width * rows;
      // Not at the border of a word, either.
      const pixels = Uint16Array.from({ length: count + 1 }, (_, n) => n * 25_031).subarray(
        offset === 2 ? 1 : 0,
      );
      const image = pixels.subarray(0, count);
      const bytes = Buffer.alloc(offset + 2 * count + 4);
      const sum = new OnesComplementSum();
      storePixels(image, bytes.subarray(offset, offset + 2 * count), sum);
      const say = (what: string) => wrong.push(`${width} columns at ${offset}: ${what}`);
      if (image.some((value, n) => bytes.readInt16BE(offset + 2 * n) !== value - 32_768)) say('stored');
      const whole = Buffer.alloc(4 * Math.ceil(count / 2));
      bytes.copy(whole, 0, offset, offset + 2 * count);
      if (BigInt(sum.value) !== sumOf(whole)) say('its sum');
      const [same, turned] = [new Uint16Array(count), new Uint16Array(count)];
      loadPixels(bytes, offset, same);
      if (same.some((value, n) => value !== image[n])) say('read');
      loadPixels(bytes, offset, turned, width);
      const lines = [2, 1, 0].flatMap((row) => [...image.subarray(row * width, (row + 1) * width)]);
      if (turned.some((value, n) => value !== lines[n])) say('upside down');
    }
  t.same(wrong, []);
});

t.test('one wrong bit is noticed', async (t) => {
  const path = join(t.testdir(), 'image.fits');
  await writeFits(path, new FitsHeader(), ramp(50, 30));
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(4000) ^ 4, 4000);
  t.equal(readFits(bytes).checksumValid, false);
  bytes.write('NOTHING ', bytes.indexOf('CHECKSUM'));
  t.equal(readFits(bytes).checksumValid, undefined, 'and without a checksum nothing is');
});

t.test('a damaged or foreign file is refused, wherever it is cut', async (t) => {
  const path = join(t.testdir(), 'image.fits');
  await writeFits(path, new FitsHeader(), ramp(50, 30));
  const bytes = readFileSync(path);
  for (let length = 0; length < bytes.length; length += 97) {
    t.throws(() => readFits(bytes.subarray(0, length)), {
      code: 'INVALID_VALUE',
      message: /not a whole FITS/,
    });
  }
  const changed = (from: string, to: string) => {
    const copy = Buffer.from(bytes);
    copy.write(to, copy.indexOf(from));
    return copy;
  };
  t.throws(() => readFits(changed('  50 /', '9e99 /')), { code: 'INVALID_VALUE', message: /NAXIS1/ });
  t.throws(() => readFits(changed('        50 /', '9999999999 /')), {
    code: 'INVALID_VALUE',
    message: /at most/,
  });
  t.throws(() => readFits(changed('  50 /', '  -1 /')), { code: 'INVALID_VALUE', message: /NAXIS1/ });
  t.throws(() => readFits(changed(' 16 /', '-32 /')), { code: 'NOT_IMPLEMENTED', message: /BITPIX is -32/ });
  t.throws(() => readFits(changed('BZERO', 'BZER_')), {
    code: 'NOT_IMPLEMENTED',
    message: /BZERO is missing/,
  });
  t.throws(() => readFits(changed('columns', 'col\u0000mns')), {
    code: 'INVALID_VALUE',
    message: /plain text/,
  });
  const endless = Buffer.from(`SIMPLE  = ${'T'.padStart(20)}`.padEnd(80).repeat(40_000));
  t.throws(() => readFits(endless), { code: 'INVALID_VALUE', message: /no END in the first 737280 bytes/ });
});

t.test('a file that exists is never overwritten, and a failure leaves nothing behind', async (t) => {
  const folder = t.testdir({ file: 'no folder', deep: {} });
  const path = join(folder, 'deep', 'er', 'image.fits');
  const [first, second] = await Promise.allSettled([
    writeFits(path, new FitsHeader(), ramp(10, 10)),
    writeFits(path, new FitsHeader(), ramp(20, 20)),
  ]);
  const outcomes = [first.status, second.status].sort();
  t.same(outcomes, ['fulfilled', 'rejected'], 'of two at once, one');
  const wrong = first.status === 'rejected' ? first : second;
  t.match(wrong, { reason: { code: 'STORAGE', message: /image\.fits exists already/ } });
  t.same(readdirSync(join(folder, 'deep', 'er')), ['image.fits']);
  t.equal(readFits(readFileSync(path)).checksumValid, true);

  const inFile = join(folder, 'file', 'image.fits');
  await t.rejects(writeFits(inFile, new FitsHeader(), ramp(2, 2)), { code: 'STORAGE', message: inFile });
  const three = { ...ramp(2, 2), width: 3 };
  await t.rejects(writeFits(join(folder, 'x.fits'), new FitsHeader(), three), { code: 'INVALID_VALUE' });
  t.same(readdirSync(folder).sort(), ['deep', 'file']);
});

t.test('without hard links a file gets its name, too, unless the name is taken', async (t) => {
  const folder = t.testdir({ one: '1', two: '2' });
  await renameUnlessThere(join(folder, 'one'), join(folder, 'new'));
  await t.rejects(renameUnlessThere(join(folder, 'two'), join(folder, 'new')), { code: 'STORAGE' });
  t.same(readdirSync(folder).sort(), ['new', 'two']);
  writeFileSync(join(folder, 'three'), '3');
  t.equal(readFileSync(join(folder, 'new'), 'utf8'), '1');
});
