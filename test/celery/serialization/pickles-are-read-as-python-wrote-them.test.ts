import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { decodeBody } from '../../../src/celery/serialization/index.js';
import { packageRoot } from '../../../src/config/index.js';
import { canonical } from './canonical.js';

const SCRIPT = join(packageRoot, 'test/celery/serialization/python/pickles.py');
const isThere = spawnSync('python3', ['--version']).status === 0;
const skip = !isThere && process.env['CI'] !== 'true' && 'there is no python3 here';

interface Line {
  name: string;
  protocol: number;
  pickle: string;
  value: unknown;
}

const decode = (body: Uint8Array) =>
  decodeBody({ contentType: 'application/x-python-serialize', contentEncoding: 'binary', body }, ['pickle']);

t.test('every kind of plain data comes through, by every protocol', { skip }, async (t) => {
  const output = execFileSync('python3', ['-B', SCRIPT], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  t.same([...new Set(lines.map(({ protocol }) => protocol))].sort(), [0, 1, 2, 3, 4, 5]);
  t.ok(lines.length > 250, `${lines.length} pickles`);
  const wrong = lines.filter(({ pickle, value }) => {
    const found = JSON.stringify(canonical(attempt(Buffer.from(pickle, 'hex'))));
    return found !== JSON.stringify(value);
  });
  for (const { name, protocol, pickle, value } of wrong.slice(0, 5))
    t.same(canonical(attempt(Buffer.from(pickle, 'hex'))), value, `${name}, protocol ${protocol}`);
  t.equal(wrong.length, 0);

  // Each one cut off at every byte (of the long ones, where it begins): an error, never a hang or another value.
  for (const { name, pickle } of lines.filter((line) => line.pickle.length < 2000)) {
    const bytes = Buffer.from(pickle, 'hex');
    for (let length = 0; length < bytes.length; length++)
      if (!(attempt(bytes.subarray(0, length)) instanceof Error)) t.fail(`${name} cut at ${length} is read`);
  }
});

function attempt(bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch (error) {
    return error;
  }
}

t.test('strings of Python 2 are read as long as they are ASCII', async (t) => {
  t.equal(decode(Buffer.from("S'it\\'s \\x41\\n'\n.")), "it's A\n");
  t.equal(decode(Buffer.from('U\x03abc.')), 'abc');
  t.equal(decode(Buffer.from('T\x03\0\0\0abc.')), 'abc');
  t.throws(() => decode(Buffer.from("S'\\xe9'\n.")), { code: 'DECODE_ERROR', message: /not ASCII/ });
});

t.test('parts that are shared stay shared, and what is read does not hold on to the body', async (t) => {
  const [first, second] = decode(Buffer.from('](]q\0h\0e.')) as [unknown[], unknown[]];
  t.equal(first, second);
  const body = Buffer.from('C\x03abc.');
  const bytes = decode(body) as Uint8Array;
  body.fill(0);
  t.equal(Buffer.from(bytes).toString(), 'abc');
});
