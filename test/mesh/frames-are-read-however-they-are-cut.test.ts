import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pack } from 'msgpackr';
import t from 'tap';
import { encodeError, encodeFrame, type Frame, frameData, parseHeader } from '../../src/mesh/frame.js';
import { FrameReader } from '../../src/mesh/frame-reader.js';
import { HeldBytes } from '../../src/mesh/held-bytes.js';

const LIMITS = { headerLimit: 200, payloadLimit: 1000 };

function frame(message: string, fields = '', data?: unknown): Buffer {
  const { header, payload } = encodeFrame(message, fields, data);
  if (payload === undefined) return Buffer.from(header);
  return Buffer.concat([Buffer.from(header), payload, Buffer.from('\n')]);
}

function readAll(chunks: Buffer[]): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader(LIMITS, (read) => frames.push(read));
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  t.equal(reader.pendingBytes, 0, 'nothing is left over');
  return frames;
}

t.test('every cut of a stream gives the same frames', async (t) => {
  const stream = Buffer.concat([
    frame('Ping'),
    Buffer.from('\r\n\n'),
    frame('Observation finished', '\tid=7\tfrom=majordome', {
      sequence: 'a\nb\tc',
      bytes: Buffer.from([10, 13, 10]),
    }),
    Buffer.from('Étoile filante\tid=8\r\n'),
    Buffer.from('Foo\t{"a": "x=\\ty"}\n'),
    frame('Ping', '\tid=9\tfuture=1'),
  ]);
  const seen = (frames: Frame[]) => frames.map((read) => [read.message, read.id, read.from, frameData(read)]);
  const whole = seen(readAll([stream]));
  t.same(whole, [
    ['Ping', undefined, undefined, undefined],
    ['Observation finished', 7, 'majordome', { sequence: 'a\nb\tc', bytes: Buffer.from([10, 13, 10]) }],
    ['Étoile filante', 8, undefined, undefined],
    ['Foo', undefined, undefined, { a: 'x=\ty' }],
    ['Ping', 9, undefined, undefined],
  ]);
  for (let cut = 1; cut < stream.length; cut += 1) {
    t.same(seen(readAll([stream.subarray(0, cut), stream.subarray(cut)])), whole, `cut at ${cut}`);
  }
  t.same(seen(readAll([...stream].map((byte) => Buffer.from([byte])))), whole, 'byte by byte');
});

t.test('what is against the grammar or a limit is refused', async (t) => {
  const bad: Record<string, Buffer> = {
    'header too long': Buffer.from(`${'x'.repeat(201)}\n`),
    'header without end too long': Buffer.from('x'.repeat(201)),
    'payload too large': Buffer.from('A\tbytes=1001\n'),
    'length is no number': Buffer.from('A\tbytes=ten\n'),
    'negative length': Buffer.from('A\tbytes=-1\n'),
    'payload longer than it says': Buffer.from('A\tbytes=2\nabcd\n'),
    'payload ends with CR only': Buffer.from('A\tbytes=2\nab\rx'),
    'field without equals sign': Buffer.from('A\tb\n'),
    'field without key': Buffer.from('A\t=b\n'),
    'empty message': Buffer.from('\tid=1\n'),
    'no UTF-8': Buffer.from([0xc3, 0x28, 10]),
    'half a character': Buffer.from([0x41, 0xc3, 10]),
    'bad deadline': Buffer.from('A\tdeadline=1e3\n'),
  };
  for (const [name, bytes] of Object.entries(bad)) {
    const reader = new FrameReader(LIMITS, () => undefined);
    t.throws(() => reader.push(bytes), { code: 'BAD_FRAME' }, name);
  }
});

t.test('any text is read as it was written, long or short, ASCII or not', async (t) => {
  const texts = [
    '',
    'a',
    'x'.repeat(31),
    'x'.repeat(32),
    'x'.repeat(255),
    'x'.repeat(256),
    'é',
    'ÿ'.repeat(40),
    '🔭',
    'a\nb',
  ];
  for (const text of texts)
    t.equal(frameData(readAll([frame('A', '', text)])[0] as Frame), text, text.slice(0, 40));
});

t.test('an announced payload takes no memory before it comes', async (t) => {
  const reader = new FrameReader({ headerLimit: 100, payloadLimit: 2 ** 40 }, () => undefined);
  reader.push(Buffer.from(`A\tbytes=${2 ** 39}\n`));
  reader.push(Buffer.alloc(100));
  t.equal(reader.pendingBytes, 101);
});

/** What is in use now. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

t.test('what a connection has learned does not keep what it was learned from', async (t) => {
  const chunk = Buffer.concat([
    frame('Observation finished', '\tid=7\tfrom=majordome', { sequence: 'a' }),
    Buffer.from('\n'.repeat(64 * 1024)),
  ]);
  const limits = { headerLimit: 200, payloadLimit: 1000 };
  const before = memory();
  const readers = Array.from({ length: 200 }, () => new FrameReader(limits, () => undefined));
  for (const reader of readers) reader.push(Buffer.from(chunk));
  const taken = memory() - before;
  t.ok(taken < 4 * 2 ** 20, `${Math.round(taken / 2 ** 10)} KiB for ${readers.length} connections`);
});

t.test('a frame that drips takes about its own size', async (t) => {
  const count = 1_000_000;
  const frames: Frame[] = [];
  const reader = new FrameReader({ headerLimit: 100, payloadLimit: 2 ** 24 }, (read) => frames.push(read));
  reader.push(Buffer.from(`A\tbytes=${count}\n`));
  const before = memory();
  for (let n = 0; n < count; n += 1) reader.push(Buffer.from([n & 0x7f]));
  const taken = memory() - before;
  t.ok(taken < 3 * count, `${Math.round(taken / 2 ** 10)} KiB for ${count} bytes`);
  reader.push(Buffer.from('\n'));
  t.equal(frames[0]?.payload?.length, count);
  t.ok(
    frames[0]?.payload?.every((byte, n) => byte === (n & 0x7f)),
    'and every byte is in its place',
  );
});

t.test('bytes in pieces of any size are held in few objects, and come out as they went in', async (t) => {
  const held = new HeldBytes();
  const pieces = Array.from({ length: 20_000 }, (_, n) =>
    Buffer.alloc((n * n) % 7 === 0 ? 5_000 : n % 90, n & 0xff),
  );
  for (const piece of pieces.slice(0, 10_000)) held.add(piece);
  const whole = Buffer.concat(pieces.slice(0, 10_000));
  t.equal(held.length, whole.length);
  t.ok(held.take().equals(whole));
  t.equal(held.length + held.pieces, 0);
  for (let n = 0; n < 100_000; n += 1) held.add(Buffer.from([n & 0xff]));
  t.ok(held.pieces < 20, `${held.pieces} objects`);
  t.ok(held.take().every((byte, n) => byte === (n & 0xff)));
});

t.test('payloads that are no MessagePack or JSON are told apart from bad frames', async (t) => {
  t.throws(() => frameData(parseHeader('A\t{"a":')), { code: 'BAD_PAYLOAD' });
  const cut = pack({ a: 'long enough' }).subarray(0, 5);
  t.throws(() => frameData({ ...parseHeader('A'), payload: cut }), { code: 'BAD_PAYLOAD' });
});

t.test('an ERROR keeps its text whatever is in it', async (t) => {
  const line = encodeError('\tid=3', 'NO', 'a = b\tis no = field\nof mine', 8192).trimEnd();
  const read = parseHeader(line);
  t.match(read, { message: 'ERROR', id: 3, code: 'NO', text: 'a = b is no = field of mine' });
  for (const text of ['id=7 is not known', 'id=7', 'bytes=many', '[mesh] is missing', '{"a":1}', 'code=NO'])
    t.match(parseHeader(encodeError('\tid=3', 'WHY', text, 8192).trimEnd()), {
      id: 3,
      code: 'WHY',
      text,
      bytes: -1,
    });
});

t.test('an ERROR of any length fits into a header, and is cut between characters', async (t) => {
  for (const headerLimit of [256, 8192]) {
    for (const [code, letter] of [
      ['NO', 'x'],
      ['C'.repeat(1_000_000), 'é'],
      ['N\tO\n', '🔭'],
    ] as const) {
      const line = encodeError('\tid=999999999999999', code, `a${letter.repeat(1_000_000)}`, headerLimit);
      t.ok(Buffer.byteLength(line) <= headerLimit, `${Buffer.byteLength(line)} of ${headerLimit}`);
      const { id, code: read = '', text = '' } = parseHeader(line.slice(0, -1));
      t.equal(id, 999999999999999);
      t.ok(read.length > 0 && read.length <= 64);
      t.match(text, new RegExp(`^a(${letter})+…$`, 'u'));
    }
    const fits = 'é'.repeat(headerLimit / 4);
    t.equal(parseHeader(encodeError('', 'NO', fits, headerLimit).trimEnd()).text, fits, 'and no more is cut');
  }
});
