import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import t from 'tap';
import {
  acceptedContent,
  compressBody,
  decodeBody,
  encodeBody,
  SERIALIZER_NAMES,
  WRITABLE_SERIALIZER_NAMES,
} from '../../../src/celery/serialization/index.js';
import { packageRoot } from '../../../src/config/index.js';
import { canonical } from './canonical.js';

const json = (text: string) =>
  decodeBody({ contentType: 'application/json', contentEncoding: 'utf-8', body: Buffer.from(text) }, [
    'json',
  ]);
const jsonText = (value: unknown) => Buffer.from(encodeBody(value, 'json').body).toString();
const yaml = (text: string) =>
  decodeBody({ contentType: 'application/x-yaml', contentEncoding: 'utf-8', body: Buffer.from(text) }, [
    'yaml',
  ]);
const msgpack = (hex: string) =>
  decodeBody(
    { contentType: 'application/x-msgpack', contentEncoding: 'binary', body: Buffer.from(hex, 'hex') },
    ['msgpack'],
  );

const EVERYTHING = [
  [
    4,
    -5.5,
    'é 😀',
    '',
    null,
    true,
    false,
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 53 - 1,
    'yes',
    '12:30:00',
    '1e5',
    ' x ',
  ],
  { '': 1, 'a b': [], yes: {}, '1': { deep: [[[{}]]] }, large: 2n ** 63n, negative: -(2n ** 62n) },
  { when: new Date(1_795_461_663_933), raw: new Uint8Array([0, 255, 10]), text: Buffer.from('text') },
  { nan: Number.NaN, more: Number.POSITIVE_INFINITY, less: Number.NEGATIVE_INFINITY },
];

for (const name of WRITABLE_SERIALIZER_NAMES) {
  t.test(`${name} brings back what it was given`, async (t) => {
    const encoded = encodeBody(EVERYTHING, name);
    t.same(canonical(decodeBody(encoded, [name])), canonical(EVERYTHING));
    for (const value of [null, 0, '', 'text', [], {}, true])
      t.same(decodeBody(encodeBody(value, name), new Set([encoded.contentType])), value);
    t.same(decodeBody(encodeBody([undefined, { a: undefined, b: 1 }], name), [name]), [null, { b: 1 }]);
    t.equal(decodeBody(encodeBody(undefined, name), [name]), null);
    const parsed = decodeBody(encodeBody(JSON.parse('{"__proto__": {"x": 1}}'), name), [name]) as object;
    t.notMatch(parsed, { x: 1 }, 'no prototype is set');
  });
}

t.test('types and encodings are those of kombu', async (t) => {
  t.match(encodeBody([], 'json'), { contentType: 'application/json', contentEncoding: 'utf-8' });
  t.match(encodeBody([], 'msgpack'), { contentType: 'application/x-msgpack', contentEncoding: 'binary' });
  t.match(encodeBody([], 'yaml'), { contentType: 'application/x-yaml', contentEncoding: 'utf-8' });
  t.same(
    acceptedContent(['pickle', 'application/json']),
    new Set(['application/x-python-serialize', 'application/json']),
  );
  t.throws(() => acceptedContent(['xml']), { code: 'SERIALIZER_UNKNOWN', message: /"xml".*json, msgpack/ });
  t.same(SERIALIZER_NAMES, ['json', 'msgpack', 'yaml', 'pickle']);
});

t.test('JSON: the typed values of kombu 5.3 and later, and plain ones', async (t) => {
  const type = (name: string, value: unknown) => JSON.stringify({ __type__: name, __value__: value });
  t.same(json(type('datetime', '2026-11-23T19:21:03.933812+00:00')), new Date('2026-11-23T19:21:03.933Z'));
  t.same(json(type('datetime', '2026-11-23T19:21:03')), new Date('2026-11-23T19:21:03Z'));
  t.same(json(type('datetime', '2026-11-23T19:21:03-05:30')), new Date('2026-11-24T00:51:03Z'));
  t.equal(json(type('date', '2026-11-23')), '2026-11-23');
  t.equal(json(type('time', '19:21:03.000001')), '19:21:03.000001');
  t.equal(json(type('decimal', '1.50')), '1.50');
  t.equal(
    json(type('uuid', { hex: '12345678123456781234567812345678', version: null })),
    '12345678-1234-5678-1234-567812345678',
  );
  t.same(json(`[{"a": ${type('bytes', 'é')}}, ${type('base64', '/wA=')}]`), [
    { a: new Uint8Array(Buffer.from('é')) },
    new Uint8Array([255, 0]),
  ]);
  t.same(json('["__type__", {"__type__": "datetime"}]'), ['__type__', { __type__: 'datetime' }]);
  t.equal(
    jsonText({ at: new Date(933), raw: Buffer.from('é'), bin: Buffer.from([255]) }),
    `{"at":${type('datetime', '1970-01-01T00:00:00.933000+00:00').replaceAll(', ', ',')},"raw":${type('bytes', 'é')},"bin":${type('base64', '/w==')}}`,
  );
  for (const bad of [
    type('datetime', 'soon'),
    type('uuid', 5),
    type('bytes', 5),
    type('toString', 'x'),
    type('Point', 1),
  ])
    t.throws(() => json(bad), { code: 'DECODE_ERROR' }, bad);
});

t.test("JSON: Python's integers and numbers are not rounded or refused", async (t) => {
  t.equal(json('9007199254740993'), 9007199254740993n);
  t.same(json('[-9007199254740993, 9007199254740991, 1234567890123456.5, 1e300, "9007199254740993 NaN"]'), [
    -9007199254740993n,
    9007199254740991,
    1234567890123456.5,
    1e300,
    '9007199254740993 NaN',
  ]);
  t.same(json('{"a": [NaN, Infinity, -Infinity], "b\\"NaN": 1}'), {
    a: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    'b"NaN': 1,
  });
  t.equal(jsonText([2n ** 70n, Number.NaN, -Infinity]), '[1180591620717411303424,NaN,-Infinity]');
  t.throws(() => json('9'.repeat(5000)), { code: 'DECODE_ERROR' });
});

t.test('MessagePack: whole numbers stay whole, texts and bytes stay apart', async (t) => {
  const hex = (value: unknown) => Buffer.from(encodeBody(value, 'msgpack').body).toString('hex');
  t.equal(hex(5_000_000_000), 'd3000000012a05f200');
  t.equal(hex(-5_000_000_000), 'd3fffffffed5fa0e00');
  t.equal(hex(['a', Buffer.from('a'), 1.5, null]), '94a161c40161cb3ff8000000000000c0');
  t.same(msgpack('93cf0020000000000001d3ffdfffffffffffffcf000000012a05f200'), [
    2n ** 53n + 1n,
    -(2n ** 53n) - 1n,
    5e9,
  ]);
  t.same(msgpack('d6ff00000001'), new Date(1000));
});

t.test('YAML: documents of PyYAML are read as PyYAML reads them', async (t) => {
  const file = join(packageRoot, 'test/fixtures/celery/pyyaml.json');
  const documents = JSON.parse(readFileSync(file, 'utf8')) as { yaml: string; value: unknown }[];
  t.ok(documents.length > 50);
  for (const document of documents)
    if (JSON.stringify(canonical(yaml(document.yaml))) !== JSON.stringify(document.value))
      t.same(canonical(yaml(document.yaml)), document.value, document.yaml.slice(0, 200));
});

t.test('YAML: PyYAML reads what is written here', async (t) => {
  const written = encodeBody(EVERYTHING, 'yaml').body;
  // The text that PyYAML has read rightly; where there is PyYAML, it reads it again.
  const file = join(packageRoot, 'test/fixtures/celery/read-by-pyyaml.yaml');
  t.equal(Buffer.from(written).toString(), readFileSync(file, 'utf8'));
  const script = join(packageRoot, 'test/celery/serialization/python/yamls.py');
  const { status, stdout } = spawnSync('python3', ['-B', script, 'read'], {
    input: written,
    encoding: 'utf8',
  });
  if (status === 0) t.same(JSON.parse(stdout), canonical(EVERYTHING));
});

t.test('a compressed body is unpacked, to a limit', async (t) => {
  const { body, ...properties } = encodeBody([['x'.repeat(10_000)], {}, {}], 'json');
  for (const name of ['zlib', 'gzip', 'application/x-gzip', 'brotli']) {
    const packed = compressBody(body, name);
    t.ok(packed.body.length < 100);
    t.same(decodeBody({ ...properties, ...packed }, ['json']), [['x'.repeat(10_000)], {}, {}], name);
  }
  t.equal(compressBody(body, 'zlib').compression, 'application/x-gzip');
  const received = { ...properties, compression: 'application/x-gzip' };
  const bomb = deflateSync(Buffer.alloc(65 * 2 ** 20, ' '));
  t.throws(() => decodeBody({ ...received, body: bomb }, ['json']), {
    code: 'DECODE_ERROR',
    message: /more than 67108864/,
  });
  t.throws(() => decodeBody({ ...received, body }, ['json']), {
    code: 'DECODE_ERROR',
    message: /application\/x-gzip/,
  });
  t.throws(() => decodeBody({ ...received, body: gzipSync(body) }, ['json']), { code: 'DECODE_ERROR' });
  t.throws(() => decodeBody({ ...received, body, compression: 'application/x-bz2' }, ['json']), {
    code: 'SERIALIZER_UNKNOWN',
    message: /x-bz2.*zlib or brotli/,
  });
});
