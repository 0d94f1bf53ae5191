// The quick ways of reading and writing frames must mean the same as the general ones.
import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { encodeFrame, type Frame, frameData, sendFrame } from '../../src/mesh/frame.js';
import { FrameBounds } from '../../src/mesh/frame-bounds.js';
import { FrameReader } from '../../src/mesh/frame-reader.js';
import { headerShape, writeFrame } from '../../src/mesh/frame-writer.js';
import { Waits } from '../../src/mesh/waits.js';
import { type Connection, connect } from '../../src/socket/index.js';

const LIMITS = { headerLimit: 8192, payloadLimit: 2 ** 20 };
const BOUNDS = new FrameBounds(LIMITS, 'MESSAGE_TOO_LARGE', 'a message');

const PAYLOADS: unknown[] = [
  undefined,
  null,
  0,
  '',
  'x'.repeat(31),
  'x'.repeat(32),
  'x'.repeat(255),
  'x'.repeat(256),
  'Größe',
  '🔭'.repeat(70),
  'a\nb\tc',
  { ra: 83.63, name: 'M 1', list: [1, 'zwei', null] },
  Buffer.from([10, 13, 10]),
  'y'.repeat(16_000),
  'y'.repeat(16_300),
  'y'.repeat(17_000),
  'é'.repeat(100_000),
];

function seen({ message, id, from, deadline }: Frame, data: unknown): unknown {
  return [message, id, from, deadline, data];
}

/** Each frame by a reader of its own, which has no model for it yet. */
function readOneByOne(frames: Buffer[]): unknown[] {
  return frames.map((bytes) => {
    const read: unknown[] = [];
    new FrameReader(LIMITS, (frame) => read.push(seen(frame, frameData(frame)))).push(bytes);
    return read[0];
  });
}

function encoded(message: string, fields: string, data: unknown): Buffer {
  const pieces: Buffer[] = [];
  sendFrame(
    { send: (piece) => pieces.push(Buffer.from(piece as string)) },
    encodeFrame(message, fields, data),
  );
  return Buffer.concat(pieces);
}

t.test('frames of known kinds are read as those of unknown ones', async (t) => {
  const kinds = [
    (id: number | string, data: unknown) => encoded('Note', `\tid=${id}\tfrom=majordome`, data),
    (id: number | string, data: unknown) => encoded('Notes', `\tid=${id}\tfrom=majordome`, data),
    (id: number | string, data: unknown) => encoded('Étoile filante', `\tid=${id}\tfrom=öde`, data),
    (id: number | string, data: unknown) => encoded('OK', `\tid=${id}`, data),
    (id: number | string, data: unknown) => encoded('Late', `\tid=${id}\tfrom=a\tdeadline=17`, data),
    (id: number | string, data: unknown) => encoded('Later', `\tid=${id}\tdeadline=${7}\tfrom=a`, data),
    (id: number | string) => Buffer.from(`Inline\tid=${id}\tfrom=a\t{"id": ${id}}\n`),
    (id: number | string, data: unknown) => encoded('Posted', `\tid=${id}\tfrom=a\tseq=b.${id}`, data),
    () => Buffer.from('Ping\r\n'),
    () => Buffer.from('Odd\tid=007\tfrom=a\nOdd\tid=\tfrom=a\nOdd\tid=x7\tfrom=a\n'),
  ];
  const frames: Buffer[] = [];
  for (let n = 0; n < 3_000; n += 1) {
    const kind = kinds[(n * n + Math.floor(n / 7)) % kinds.length] as (typeof kinds)[0];
    frames.push(kind(n * 10 ** (n % 9), PAYLOADS[n % 13]));
  }
  const expected = readOneByOne(
    frames.flatMap((bytes) =>
      bytes.toString('latin1').startsWith('Odd')
        ? bytes
            .toString()
            .trimEnd()
            .split('\n')
            .map((line) => Buffer.from(`${line}\n`))
        : [bytes],
    ),
  );
  const stream = Buffer.concat(frames);
  for (const step of [stream.length, 65_536, 1_000, 61, 1]) {
    const read: unknown[] = [];
    const reader = new FrameReader(LIMITS, (frame) => read.push(seen(frame, frameData(frame))));
    for (let at = 0; at < stream.length; at += step) reader.push(stream.subarray(at, at + step));
    t.same(read, expected, `in steps of ${step}`);
  }
});

t.test('a known kind does not lift a limit, nor forgive a wrong length', async (t) => {
  const good = encoded('Note', '\tid=1\tfrom=a', 'x'.repeat(40));
  for (const bad of [
    'Note\tid=2\tfrom=a\tbytes=2000\n',
    'Note\tid=2\tfrom=a\tbytes=3\nabcd\n',
    'Note\tid=2\tfrom=a\tbytes=1e1\n',
  ]) {
    const reader = new FrameReader({ headerLimit: 100, payloadLimit: 1000 }, () => undefined);
    reader.push(good);
    t.throws(() => reader.push(Buffer.from(bad)), { code: 'BAD_FRAME' }, JSON.stringify(bad));
  }
});

/** A connection, and all that its peer has read when it is closed. */
async function pair(t: Test): Promise<{ connection: Connection; all: Promise<Buffer> }> {
  const chunks: Buffer[] = [];
  let ended: (bytes: Buffer) => void = () => undefined;
  const all = new Promise<Buffer>((resolve) => {
    ended = resolve;
  });
  const server = createServer((socket) => {
    socket.on('data', (chunk) => chunks.push(chunk)).on('end', () => ended(Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const connection = await connect({ host: '127.0.0.1', port });
  connection.start({ onData: () => undefined });
  return { connection, all };
}

t.test('frames are written alike in both ways', async (t) => {
  const { connection, all } = await pair(t);
  const expected: Buffer[] = [];
  const messages = ['Note', 'Étoile filante'];
  for (let n = 0; n < 400; n += 1) {
    const message = messages[n % 2] as string;
    const data = PAYLOADS[n % PAYLOADS.length];
    const id = n * 10 ** (n % 11);
    writeFrame(connection, headerShape(message, '\tfrom=öde'), id, data, BOUNDS);
    expected.push(encoded(message, `\tid=${id}\tfrom=öde`, data));
  }
  t.throws(() => writeFrame(connection, headerShape('Bad', ''), 1, { bad: Symbol('no data') }, BOUNDS));
  t.throws(() => writeFrame(connection, headerShape('Bad', ''), 1, 'z'.repeat(2 ** 20), BOUNDS), {
    code: 'MESSAGE_TOO_LARGE',
  });
  connection.send('Ping\n');
  connection.end();
  const whole = Buffer.concat([...expected, Buffer.from('Ping\n')]);
  t.ok((await all).equals(whole), `${whole.length} bytes`);
  writeFrame(connection, headerShape('Late', ''), 1, 'nobody reads it', BOUNDS);
});

t.test('a wait is found by its id, also when millions have come after it', async (t) => {
  const waits = new Waits();
  const ended: [number, unknown][] = [];
  const wait = (id: number, deadlineMs = 10) =>
    waits.add(
      id,
      deadlineMs,
      (value) => ended.push([id, value]),
      (error) => ended.push([id, error.message]),
      (data) => ended.push([id, data]),
    );
  wait(1, 99);
  wait(2, 5);
  for (let id = 3; id < 20_000; id += 1) {
    wait(id);
    if (id > 100) waits.resolve(id - 50, 'ok');
  }
  t.equal(ended.length, 19_899);
  t.equal(waits.size, 19_999 - 19_899);
  ended.length = 0;
  t.same(waits.overdue(7), [2]);
  waits.prolong(1, 200)?.('on its way');
  t.equal(waits.prolong(1_000_000, 1), undefined);
  waits.resolve(1, 'late');
  waits.resolve(1, 'twice');
  waits.resolve(0, 'nobody');
  waits.reject(2, () => new Error('timeout'));
  waits.reject(2, () => {
    throw new Error('made for nobody');
  });
  t.same(ended, [
    [1, 'on its way'],
    [1, 'late'],
    [2, 'timeout'],
  ]);
  ended.length = 0;
  waits.rejectAll(new Error('lost'));
  t.equal(waits.size, 0);
  t.equal(ended.length, 98);
  t.same(ended[0], [3, 'lost']);
});
