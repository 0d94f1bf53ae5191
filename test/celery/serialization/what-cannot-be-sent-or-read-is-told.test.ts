import t from 'tap';
import {
  decodeBody,
  encodeBody,
  TASK_BODY_NAMES,
  WRITABLE_SERIALIZER_NAMES,
} from '../../../src/celery/serialization/index.js';

class Telescope {
  constructor(readonly name: string) {}
}

const circle: unknown[] = [];
circle.push({ again: circle });
let deep: unknown = 1;
for (let level = 0; level < 300; level++) deep = { deep };

const CULPRITS: [args: unknown[], message: RegExp][] = [
  [[1, { when: () => 1 }], /^args\[1\]\.when is the function when; it cannot be sent by \w+$/],
  [[Telescope], /^args\[0\] is the class Telescope/],
  [[[[Symbol('x')]]], /^args\[0\]\[0\]\[0\] is Symbol\(x\)/],
  [[circle], /^args\[0\]\[0\]\.again is a circular reference/],
  [[{ 'a b': new Map() }], /^args\[0\]\["a b"\] is a Map: take a plain object/],
  [[new Set()], /^args\[0\] is a Set: take an array/],
  [[Promise.resolve()], /^args\[0\] is a Promise: await it/],
  [[new Telescope('T1')], /^args\[0\] is an object of the class Telescope/],
  [[/x/], /^args\[0\] is an object of the class RegExp/],
  [[new Error('x')], /^args\[0\] is an Error: take its message/],
  [[new Date(Number.NaN)], /^args\[0\] is an invalid Date/],
  [[new Date(8e15)], /^args\[0\] is a Date of the year 25\d+/],
  [[10n ** 5000n], /^args\[0\] is a BigInt of more than/],
  [[deep], /^args\[0\]\.deep\.deep\..* is over 200 levels deep/],
];

for (const name of WRITABLE_SERIALIZER_NAMES) {
  t.test(`${name}: what is no data is told with its place, at the call`, async (t) => {
    for (const [args, message] of CULPRITS) {
      const body = [args, {}, {}];
      t.throws(() => encodeBody(body, name, TASK_BODY_NAMES), {
        code: 'ENCODE_ERROR',
        name: 'EncodeError',
        message,
      });
    }
    t.throws(() => encodeBody([[], { filter: circle }], name, TASK_BODY_NAMES), {
      message: /^kwargs\.filter\[0\]\.again/,
    });
    t.throws(() => encodeBody({ result: Symbol.iterator }, name), { message: /^result is Symbol/ });
    t.throws(() => encodeBody(() => 1, name), { message: /^the value is the function without a name/ });
    // Twice the same is no circle; and toJSON is asked, as JSON does.
    const twice = { a: 1 };
    t.same(decodeBody(encodeBody([twice, twice], name), [name]), [twice, twice]);
    t.same(decodeBody(encodeBody([{ toJSON: () => 'text' }], name), [name]), ['text']);
  });
}

t.test('what MessagePack has no room for is told', async (t) => {
  t.throws(() => encodeBody([2n ** 64n], 'msgpack'), {
    message: /^\[0\] is a BigInt of more than 64 bits, which msgpack/,
  });
  t.doesNotThrow(() => encodeBody([2n ** 64n], 'json'));
});

t.test('what nobody could read is not written', async (t) => {
  const most = [Array(999_995).fill(0), {}, {}];
  const body = encodeBody(most, 'json');
  t.equal((decodeBody(body, ['json']) as [number[]])[0].length, 999_995);
  const tooMany = { code: 'ENCODE_ERROR', message: /over 1000000 values; pass a path or an id instead/ };
  for (const name of ['json', 'msgpack'])
    t.throws(() => encodeBody([Array(1_000_000).fill(0), {}, {}], name), tooMany);
  // MessagePack counts keys too, and JSON what a time is made of.
  t.throws(() => encodeBody([Array(500_000).fill({ a: 1 })], 'msgpack'), tooMany);
  t.throws(() => encodeBody([Array(400_000).fill(new Date(0))], 'json'), tooMany);
  t.throws(() => encodeBody(['x'.repeat(2 ** 20)], 'yaml'), {
    code: 'ENCODE_ERROR',
    message: /up to 1048576/,
  });
});

for (const name of WRITABLE_SERIALIZER_NAMES) {
  t.test(`${name}: what may be written as deep as can be is read`, async (t) => {
    let levels: unknown = 1;
    for (let level = 0; level <= 200; level++) levels = [levels];
    t.same(decodeBody(encodeBody(levels, name), [name]), levels);
    t.throws(() => encodeBody([levels], name), { code: 'ENCODE_ERROR', message: /levels deep/ });
  });
}

t.test('an unknown serializer, and pickle for writing, are told with what to take', async (t) => {
  t.throws(() => encodeBody([], 'xml'), {
    code: 'SERIALIZER_UNKNOWN',
    message: /"xml".*json, msgpack, yaml/,
  });
  t.throws(() => encodeBody([], 'toString'), { code: 'SERIALIZER_UNKNOWN' });
  t.throws(() => encodeBody([], 'pickle'), { code: 'ENCODE_ERROR', message: /take the serializer json/ });
});

t.test('a content type that is not accepted is refused in the words of kombu', async (t) => {
  const body = {
    contentType: 'application/x-python-serialize',
    contentEncoding: 'binary',
    body: Buffer.from('N.'),
  };
  t.throws(() => decodeBody(body, ['json', 'yaml']), {
    name: 'ContentDisallowed',
    code: 'CONTENT_DISALLOWED',
    message: 'Refusing to deserialize untrusted content of type pickle (application/x-python-serialize)',
  });
  t.throws(() => decodeBody({ ...body, contentType: 'text/x' }, new Set(['text/x', 'json'])), {
    message: 'Refusing to deserialize untrusted content of type text/x (text/x)',
  });
  t.equal(decodeBody(body, new Set(['application/x-python-serialize'])), null);
});

const BAD: [name: string, contentType: string, body: string, why: RegExp][] = [
  ['json', 'application/json', '[1, 2', /not JSON/],
  ['json', 'application/json', '"\xff"', /not UTF-8/],
  ['json', 'application/json', '', /empty/],
  ['json', 'application/json', '['.repeat(100_000) + ']'.repeat(100_000), /levels deep/],
  ['msgpack', 'application/x-msgpack', '\x92\x01', /cut off/],
  ['msgpack', 'application/x-msgpack', '\x01\x01', /more stands behind/],
  ['msgpack', 'application/x-msgpack', '\xc1', /no type 0xc1/],
  ['msgpack', 'application/x-msgpack', '\xdd\xff\xff\xff\xff', /cut off/],
  ['msgpack', 'application/x-msgpack', '\xdb\xff\xff\xff\xff', /cut off/],
  ['msgpack', 'application/x-msgpack', '\x91'.repeat(100_000), /levels deep/],
  ['msgpack', 'application/x-msgpack', '\xd4\x65\x00', /extension 101/],
  ['msgpack', 'application/x-msgpack', '\xd4\x78\x00', /extension 120/],
  ['msgpack', 'application/x-msgpack', '\xd4\xff\x00', /extension -1/],
  ['msgpack', 'application/x-msgpack', '\x81\x01\x02', /keys that are no texts/],
  ['yaml', 'application/x-yaml', 'a: [', /not YAML/],
  ['yaml', 'application/x-yaml', '!!python/object/apply:os.system [id]', /not YAML.*python/],
  ['yaml', 'application/x-yaml', 'a: *nowhere', /not YAML/],
  ['yaml', 'application/x-yaml', '&a [*a]', /circular|not YAML/],
  ['yaml', 'application/x-yaml', '['.repeat(50_000), /levels deep/],
  ['yaml', 'application/x-yaml', '- '.repeat(50_000), /levels deep/],
  ['yaml', 'application/x-yaml', '--- 1\n--- 2\n', /not YAML/],
  ['yaml', 'application/x-yaml', `a: &a [x,x,x,x,x,x,x,x,x]\n${laughs()}`, /values|alias/i],
  ['yaml', 'application/x-yaml', 'x'.repeat(2_000_000), /up to 1048576/],
];

/** Nine lists of nine times the last. */
function laughs(): string {
  const names = 'abcdefghij';
  return Array.from(
    names.slice(1),
    (name, index) => `${name}: &${name} [${`*${names[index]},`.repeat(9)}]`,
  ).join('\n');
}

t.test('a body that is not what it says is told, whatever it is, in bounded time', async (t) => {
  const startMs = performance.now();
  for (const [name, contentType, text, message] of BAD) {
    const body = { contentType, contentEncoding: 'utf-8', body: Buffer.from(text, 'latin1') };
    t.throws(() => decodeBody(body, [name]), { code: 'DECODE_ERROR', message }, text.slice(0, 40));
  }
  t.ok(performance.now() - startMs < 45_000);
});
