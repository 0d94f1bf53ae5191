import t from 'tap';
import { decodeBody } from '../../../src/celery/serialization/index.js';
import { decodePickle } from '../../../src/celery/serialization/pickle/index.js';

const decode = (body: Uint8Array | string) =>
  decodeBody(
    {
      contentType: 'application/x-python-serialize',
      contentEncoding: 'binary',
      body: typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
    },
    ['pickle'],
  );

/** What was asked for, in the error. */
const HOSTILE: [pickle: string, asked: RegExp][] = [
  ["cos\nsystem\n(S'id'\ntR.", /os\.system/],
  ['cposix\nsystem\n.', /posix\.system/],
  ['\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.', /posix\.system/],
  ["c__builtin__\neval\n(S'1'\ntR.", /__builtin__\.eval/],
  ["cbuiltins\nexec\n(S'1'\ntR.", /builtins\.exec/],
  ['cbuiltins\ngetattr\n.', /builtins\.getattr/],
  ['c__builtin__\n__import__\n.', /__builtin__\.__import__/],
  ['cconstructor\nconstructor\n.', /constructor\.constructor/],
  ['c__proto__\ntoString\n.', /__proto__\.toString/],
  ['cbuiltins\nset.__class__\n.', /builtins\.set\.__class__/],
  ["(S'id'\nios\nsystem\n.", /INST: .*os\.system/],
  ['(cbuiltins\nset\no.', /OBJ/],
  ['Pfile:1\n.', /PERSID: .*file:1/],
  ['K\x01Q.', /BINPERSID/],
  ['\x82\x07.', /EXT1: the extension 7/],
  ['\x83\x07\x01.', /EXT2: the extension 263/],
  ['\x84\x07\x00\x00\x01.', /EXT4/],
  ['\x80\x05\x97.', /NEXT_BUFFER/],
  ['\x80\x05\x98.', /READONLY_BUFFER/],
  ['cbuiltins\nset\n)}\x92.', /NEWOBJ_EX/],
  ['}}b.', /BUILD/],
  ['cuuid\nUUID\n.', /uuid\.UUID itself/],
  ['(lcdecimal\nDecimal\na.', /decimal\.Decimal itself/],
  ['K\x01)R.', /a call of something that is no name/],
  ['cuuid\nUUID\n(K\x01tR.', /uuid\.UUID with arguments/],
  ['ccopyreg\n_reconstructor\n(cbuiltins\nset\ncbuiltins\nobject\nNtR.', /_reconstructor of another class/],
];

t.test('a pickle that asks for anything but data is refused, and the error names what', async (t) => {
  for (const [pickle, asked] of HOSTILE) {
    t.throws(() => decode(pickle), { code: 'PICKLE_REFUSED', name: 'DecodeError', message: asked }, pickle);
  }
});

t.test('a name of the table is given nothing that it cannot take', async (t) => {
  const damaged = [
    'cdatetime\ndatetime\n(C\x03abctR.',
    'cdatetime\ndatetime\n(C\x0a\x07\xea\x02\x1e\0\0\0\0\0\0tR.', // the 30th of February
    'cdatetime\ndate\n(NtR.',
    'cdatetime\ntime\n(C\x06\x18\0\0\0\0\0tR.',
    'cdatetime\ntimedelta\n(NtR.',
    'cdatetime\ntimezone\n(NtR.',
    "cdecimal\nDecimal\n(S'1; import os'\ntR.",
    'cuuid\nUUID\n)\x81.',
    "cuuid\nUUID\n)\x81}S'int'\nK\x01sK\x02b.",
    'cbuiltins\nset\n(K\x01tR.',
    'cbuiltins\nset\nK\x01R.',
    'cbuiltins\nbytearray\n(K\x05tR.',
    "c_codecs\nencode\n(S'a'\nS'rot13'\ntR.",
    'ccollections\nOrderedDict\n((lK\x01atR.',
  ];
  for (const pickle of damaged)
    t.throws(() => decode(pickle), { code: /DECODE_ERROR|PICKLE_REFUSED/ }, JSON.stringify(pickle));
});

t.test('bombs are refused in bounded time and memory', async (t) => {
  const unfinished = '('.repeat(60);
  const doubling = `](K\x01e${Array.from({ length: 80 }, () => 'q\x000](h\0h\0e').join('')}.`;
  const bombs: [name: string, pickle: string | Uint8Array, why: RegExp][] = [
    ['marks and no end', unfinished, /cut off/],
    ['lists of twice the last', doubling, /over 1000000 values/],
    ['a list within itself', ']q\0h\0a.', /circular/],
    ['a dict within itself', "}q\0S'a'\nh\0s.", /circular/],
    ['a deep list', `${']'.repeat(100_000)}${'a'.repeat(99_999)}.`, /levels deep/],
    ['a deep tuple', `N${'\x85'.repeat(100_000)}.`, /levels deep/],
    ['marks in marks', `${'('.repeat(300_000)}.`, /empty stack/],
    ['many dicts', `(${'}'.repeat(300_000)}l.`, /over 200000/],
    ['bytes of a length that is not there', 'B\xff\xff\xff\xff.', /cut off/],
    ['bytes of the longest length', '\x8e\xff\xff\xff\xff\xff\xff\xff\xff.', /cut off/],
    ['a negative length', 'T\xff\xff\xff\xff.', /length of -1/],
    ['an integer that is not there', '\x8b\xff\xff\xff\x7f.', /integer of 2147483647 bytes/],
    ['an integer of a million digits', `L${'9'.repeat(1_000_000)}L\n.`, /4300 digits/],
    ['protocol 6', '\x80\x06N.', /protocol 6/],
    ['nothing', '', /empty/],
    ['an operation that there is none of', '\xff.', /0xff/],
    ['JSON', '[1, 2]', /the pickle/],
  ];
  const startMs = performance.now();
  for (const [name, pickle, why] of bombs) t.throws(() => decode(pickle), { message: why }, name);
  t.ok(performance.now() - startMs < 30_000, 'in bounded time');
});

t.test('depth cannot be hidden behind parts that were seen before', async (t) => {
  // Each list holds the one before it; all of them stand in one list, the shallow ones first.
  const chain = Array.from({ length: 400 }, (_, index) => {
    const [last, next] = [index % 2, (index + 1) % 2];
    return `]h${String.fromCharCode(last)}aq${String.fromCharCode(next)}`;
  }).join('');
  t.throws(() => decode(`(]q\0${chain}l.`), { message: /levels deep/ });
});

/** Numbers that look random and are the same in each run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

t.test('whatever the bytes are, there is data or an error, and nothing else is touched', async (t) => {
  const random = randomNumbers(20_261_123);
  const byte = () => Math.floor(random() * 256);
  const seeds = [
    ...HOSTILE.map(([pickle]) => pickle),
    '\x80\x04\x95\x10\0\0\0\0\0\0\0]\x94(K\x01\x8c\x01a\x94}\x94h\x01K\x02se.',
  ];
  const globals = Object.getOwnPropertyNames(globalThis).length;
  let read = 0;
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(seeds[round % seeds.length] ?? '', 'latin1');
    for (let change = 0; change <= round % 4; change++) bytes[Math.floor(random() * bytes.length)] = byte();
    read += isRead(t, round % 5 === 0 ? Uint8Array.from({ length: 40 }, byte) : bytes);
  }
  t.ok(read > 10, `${read} were read`);
  t.equal(Object.getOwnPropertyNames(globalThis).length, globals);
  t.equal(Object.keys(Object.prototype).length, 0);
});

function isRead(t: { fail(message: string): void }, bytes: Uint8Array): number {
  try {
    decodePickle(bytes);
    return 1;
  } catch (error) {
    if ((error as Error).name !== 'DecodeError')
      t.fail(`${String(error)} of ${Buffer.from(bytes).toString('hex')}`);
    return 0;
  }
}
