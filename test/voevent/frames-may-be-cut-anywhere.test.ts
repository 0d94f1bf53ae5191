import t from 'tap';
import {
  encodeFrame,
  FrameReader,
  parseTransport,
  TRANSPORT_NAMESPACES,
  type TransportMessage,
  writeTransport,
} from '../../src/voevent/index.js';
import { fixture, fixtureNames } from './fixtures.js';

const LIMIT = 4 * 1024 * 1024;

/** What a reader makes of bytes that come in these pieces. */
function read(pieces: Uint8Array[], limit = LIMIT): string[] {
  const reader = new FrameReader(limit);
  const payloads = pieces.flatMap((piece) => reader.push(piece));
  return payloads.map((payload) => Buffer.from(payload).toString('latin1'));
}

t.test('a frame is whole wherever it is cut', async (t) => {
  for (const name of fixtureNames) {
    const payload = fixture(name);
    const frame = encodeFrame(payload);
    t.equal(frame.readUInt32BE(0), payload.length);
    let wrong = 0;
    for (let at = 0; at <= frame.length; at += 1) {
      const reader = new FrameReader(LIMIT);
      const found = [...reader.push(frame.subarray(0, at)), ...reader.push(frame.subarray(at))];
      if (found.length !== 1 || !payload.equals(found[0] ?? frame)) wrong += 1;
    }
    t.equal(wrong, 0, name);
  }
});

t.test('byte by byte, and many in one piece', async (t) => {
  const payloads = fixtureNames.map(fixture);
  const stream = Buffer.concat(payloads.map(encodeFrame));
  const expected = payloads.map((payload) => payload.toString('latin1'));
  t.same(read([stream]), expected);
  t.same(read(Array.from(stream, (byte) => Buffer.of(byte))), expected);
  for (const size of [2, 3, 5, 1000, 1460]) {
    const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, n) =>
      stream.subarray(n * size, (n + 1) * size),
    );
    t.same(read(pieces), expected, `pieces of ${size}`);
  }
});

t.test('a large frame in small pieces takes time in proportion', async (t) => {
  const frame = encodeFrame(Buffer.alloc(LIMIT, 'x'));
  const reader = new FrameReader(LIMIT);
  const done: Uint8Array[] = [];
  for (let at = 0; at < frame.length; at += 64) reader.push(frame.subarray(at, at + 64), done);
  t.equal(done[0]?.length, LIMIT);
  t.equal(reader.bufferedBytes, 0);
});

t.test('an announced length is not believed', async (t) => {
  const reader = new FrameReader(LIMIT);
  t.throws(() => reader.push(Buffer.from('7fffffff41', 'hex')), {
    code: 'VTP_FRAME_TOO_LARGE',
    message: /2147483647 bytes is announced; at most 4194304/,
  });
  t.throws(() => new FrameReader(10).push(encodeFrame(Buffer.alloc(11))), { code: 'VTP_FRAME_TOO_LARGE' });
  t.same(read([encodeFrame(Buffer.alloc(10, 'a'))], 10), ['aaaaaaaaaa']);
  t.throws(() => new FrameReader(10).push(Buffer.alloc(4)), { code: 'VTP_FRAME_EMPTY' });
  t.throws(() => encodeFrame(Buffer.alloc(0)), { code: 'VTP_FRAME_EMPTY' });
  const good: Uint8Array[] = [];
  const stream = Buffer.concat([encodeFrame(Buffer.from('good')), Buffer.alloc(4, 0xff)]);
  t.throws(() => new FrameReader(10).push(stream, good), { code: 'VTP_FRAME_TOO_LARGE' });
  t.same(good.map(String), ['good'], 'what stood before is not lost');
  const partial = new FrameReader(LIMIT);
  partial.push(Buffer.from('003fffff61', 'hex'));
  t.equal(partial.bufferedBytes, 5);
});

t.test('frames that cannot be taken are passed over, wherever they are cut', async (t) => {
  const stream = Buffer.concat(
    ['first', 'x'.repeat(20), '', 'second', 'y'.repeat(11), 'third'].map((text) =>
      text === '' ? Buffer.alloc(4) : encodeFrame(Buffer.from(text)),
    ),
  );
  const expected = [
    'first',
    'VTP_FRAME_TOO_LARGE',
    'VTP_FRAME_EMPTY',
    'second',
    'VTP_FRAME_TOO_LARGE',
    'third',
  ];
  for (let size = 1; size <= stream.length; size += 1) {
    const found: string[] = [];
    const reader = new FrameReader(10, ({ code }) => found.push(code));
    for (let at = 0; at < stream.length; at += size) {
      const complete: string[] = [];
      for (const payload of reader.push(stream.subarray(at, at + size))) complete.push(String(payload));
      found.push(...complete);
    }
    t.same(found.sort(), [...expected].sort(), `pieces of ${size}`);
    t.equal(reader.bufferedBytes, 0);
  }
  const frames: (Uint8Array | string)[] = [];
  new FrameReader(10, ({ code }) => frames.push(code)).push(stream, frames);
  t.same(frames.map(String), expected, 'in order');
  const stranger = new FrameReader(10, () => undefined);
  t.throws(() => stranger.push(Buffer.from('GET / HTTP/1.1')), { code: 'VTP_FRAME_TOO_LARGE' });
});

const RECOMMENDED: Record<string, TransportMessage> = {
  'transport-iamalive.xml': {
    role: 'iamalive',
    origin: 'ivo://invalid.broker/example#',
    timeStamp: '2001-01-01T00:00:00Z',
    params: [],
  },
  'transport-authenticate.xml': {
    role: 'authenticate',
    origin: 'ivo://invalid.broker/example#',
    timeStamp: '2001-01-01T00:00:00Z',
    params: [],
  },
  'transport-nak.xml': {
    role: 'nak',
    origin: 'ivo://invalid.author/example#0123456789',
    response: 'ivo://invalid.subscriber/example#',
    timeStamp: '2001-01-01T00:00:00Z',
    params: [
      { name: 'IPAddr', value: '10.0.0.0' },
      { name: 'Contact', value: 'name@subscriber.invalid' },
    ],
    result: 'Error in VOEvent message: ISOTime not in ISO 8601 format',
  },
};

t.test('the listings of the standard are read', async (t) => {
  for (const [name, message] of Object.entries(RECOMMENDED))
    t.strictSame(parseTransport(fixture(name)), message);
  t.equal(parseTransport(fixture('transport-ack.xml')).role, 'ack');
  t.equal(
    parseTransport(fixture('transport-iamalive-response.xml')).response,
    'ivo://invalid.subscriber/example#',
  );
});

t.test('what is written is read back the same, in each of the namespaces', async (t) => {
  const odd: TransportMessage = {
    role: 'nak',
    origin: 'ivo://a.b/c?x=1&y=2#<1>',
    response: 'ivo://a.b/"c"#',
    timeStamp: '2026-01-01T00:00:00.000Z',
    params: [{ name: 'xpath-filter', value: '//Param[@name="a" and @value<\'b\']\n' }],
    result: 'é & "<a>" ]]>',
  };
  const messages = fixtureNames
    .filter((name) => name.startsWith('transport'))
    .map((name) => parseTransport(fixture(name)));
  for (const message of [...messages, odd]) {
    const text = writeTransport(message).toString();
    t.match(text, /xmlns:trn="http:\/\/telescope-networks.org\/schema\/Transport\/v1.1"/);
    for (const namespace of TRANSPORT_NAMESPACES) {
      const other = text.replace(TRANSPORT_NAMESPACES[0], namespace);
      t.strictSame(parseTransport(Buffer.from(other)), message);
    }
  }
  const controls = writeTransport({ ...odd, result: 'a\u0000b\ud800' });
  t.equal(parseTransport(controls).result, 'a\ufffdb\ufffd', 'what XML forbids is replaced');
});

t.test('what is no transport message is told so', async (t) => {
  const text = fixture('transport-ack.xml').toString();
  const cases: [bytes: Buffer, message: RegExp][] = [
    [fixture('gaia-alert.xml'), /root element is "VOEvent"/],
    [Buffer.from(text.replace('/schema/Transport', '/schema/Transfer')), /namespace is ".*Transfer/],
    [Buffer.from(text.replace('"ack"', '"ok"')), /role is "ok"/],
    [Buffer.from(text.replaceAll('Origin>', 'origin>')), /no Origin/],
    [Buffer.from('garbage'), /line 1, column 1: text outside/],
    [Buffer.from(`<!DOCTYPE x>${text}`), /XML declaration|document types/],
    [Buffer.alloc(2 * 1024 * 1024, ' '), /2097152 bytes/],
  ];
  for (const [bytes, message] of cases)
    t.throws(() => parseTransport(bytes), { code: 'VTP_NOT_TRANSPORT', message });
});
