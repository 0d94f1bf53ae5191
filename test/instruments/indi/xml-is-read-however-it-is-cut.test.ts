import t from 'tap';
import { unpacked } from '../../../src/instruments/indi/blob-text.js';
import { ElementReader, type IndiElement } from '../../../src/instruments/indi/element-reader.js';
import { parseIndiNumber } from '../../../src/instruments/indi/indi-number.js';
import { DEFAULT_INDI_LIMITS, type IndiLimits } from '../../../src/instruments/indi/limits.js';

/** What comes out of bytes that come in by pieces of a size. */
function read(bytes: Buffer | string, pieceBytes = 1e9, limits: Partial<IndiLimits> = {}): IndiElement[] {
  const elements: IndiElement[] = [];
  const reader = new ElementReader({ ...DEFAULT_INDI_LIMITS, ...limits }, (one) => elements.push(one));
  const whole = Buffer.from(bytes);
  for (let at = 0; at < whole.length; at += pieceBytes) reader.push(whole.subarray(at, at + pieceBytes));
  return elements;
}

function blobXml(text: string, size: number, format = '.fits'): string {
  return `<setBLOBVector device="C" name="CCD1"><oneBLOB name="CCD1" size="${size}" format="${format}">${text}</oneBLOB></setBLOBVector>`;
}

const blobOf = (elements: IndiElement[]) => elements[0]?.members[0]?.blob;

const STREAM = `<?xml version="1.0"?>
<defNumberVector device='Mount &quot;É&apos; &amp; 1' name="POS" state="Idle" perm="rw">
  <defNumber name="RA" label="a &gt; b" min="0" max="24">
    -00:30:00
  </defNumber><defNumber name="DEC">&#x31;2.5</defNumber>
</defNumberVector>
<!-- between --><delProperty device="x>y"/><message device="C" message="[ERROR] no"/>
<setBLOBVector device="C" name="CCD1"><oneBLOB name="CCD1" size="11" format=".fits">
aGVsbG8g
d29ybGQ=
</oneBLOB></setBLOBVector>`;

t.test('elements come out the same, wherever the bytes are cut', async (t) => {
  const whole = read(STREAM);
  t.same(
    whole.map(({ tag }) => tag),
    ['defNumberVector', 'delProperty', 'message', 'setBLOBVector'],
  );
  const [first, second, , blob] = whole;
  t.equal(first?.attributes.get('device'), 'Mount "É\' & 1');
  t.equal(first?.members[0]?.attributes.get('label'), 'a > b');
  t.equal(parseIndiNumber(first?.members[0]?.text ?? ''), -0.5);
  t.equal(first?.members[1]?.text, '12.5');
  t.equal(second?.attributes.get('device'), 'x>y', 'a ">" in an attribute ends nothing');
  t.equal(blob?.members[0]?.blob?.toString(), 'hello world');
  for (const pieceBytes of [1, 2, 3, 7, 64]) t.same(read(STREAM, pieceBytes), whole, `${pieceBytes} bytes`);
});

t.test('numbers are read in every form that INDI has', async (t) => {
  const forms: Record<string, number> = {
    '12': 12,
    ' +12.50 ': 12.5,
    '-.5': -0.5,
    '1e-3': 0.001,
    '12:30': 12.5,
    '-0:30:00': -0.5,
    '-00 00 36': -0.01,
    '5;34;31.97': 5.575547222222222,
    '23:59:59.999': 23.99999972222222,
  };
  for (const [text, value] of Object.entries(forms))
    t.ok(Math.abs(parseIndiNumber(text) - value) < 1e-12, text);
  for (const text of ['', 'nan', 'inf', '0x10', '1:2:3:4', '1:-2', '--1', 'Infinity', '1'.repeat(65)]) {
    t.ok(Number.isNaN(parseIndiNumber(text)), text);
  }
});

t.test('a BLOB is decoded piece by piece, with or without line ends', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, n) => (n * 7) % 256));
  const text = bytes.toString('base64');
  const lines = text.replace(/.{72}/g, '$&\r\n');
  for (const pieceBytes of [1, 5, 73, 1e9]) {
    t.ok(blobOf(read(blobXml(text, 1000), pieceBytes))?.equals(bytes));
    t.ok(blobOf(read(blobXml(`\n${lines}\n`, 1000), pieceBytes))?.equals(bytes));
  }
  t.equal(blobOf(read(blobXml('', 0)))?.length, 0);
  const empty =
    '<setBLOBVector device="C" name="CCD1"><oneBLOB name="CCD1" size="0" format=".fits"/></setBLOBVector>';
  t.equal(blobOf(read(empty, 4))?.length, 0, 'one that closes itself');
});

t.test('33 MB in small pieces are not looked at again and again', async (t) => {
  const bytes = Buffer.alloc(33_554_432, 'not all the same, but long');
  // With a second look at all that came before, this is 1e12 bytes, and takes minutes.
  const [element] = read(Buffer.from(blobXml(bytes.toString('base64'), bytes.length)), 1024);
  t.ok(element?.members[0]?.blob?.equals(bytes));
});

t.test('what is not whole or not base64 is refused', async (t) => {
  const refused: [string, RegExp][] = [
    [blobXml('aGVsbG8g', 7), /6 bytes, announced as 7/],
    [blobXml('aGVsbG8g', 5), /more than the announced 5/],
    [blobXml('aGVsbG8', 6), /within a group/],
    [blobXml('aGV!bG8g', 6), /not base64/],
    [blobXml('aGU=bG8g', 5), /behind its padding|not base64|more than/],
    [blobXml('aGVsbG8g<!-- -->aGVsbG8g', 6), /in pieces/],
    [blobXml('aGVsbG8g<x/>', 6), /<x> within <oneBLOB>/],
    [blobXml('', -1), /BLOB of -1 bytes/],
    [blobXml('', 1e12), /BLOB of 1000000000000 bytes/],
    [blobXml('', Number.NaN), /BLOB of NaN bytes/],
  ];
  for (const [xml, message] of refused) {
    for (const pieceBytes of [3, 1e9])
      t.throws(() => read(xml, pieceBytes), { code: 'DRIVER', message }, xml);
  }
});

t.test('compressed BLOBs are unpacked to their announced size, and no further', async (t) => {
  const { deflateSync } = await import('node:zlib');
  const bytes = Buffer.alloc(100_000, 'x');
  const packed = deflateSync(bytes);
  const blob =
    blobOf(read(blobXml(packed.toString('base64'), bytes.length, '.fits.z'), 50)) ?? Buffer.alloc(0);
  t.ok((await unpacked(blob, '.fits.z', bytes.length)).equals(bytes));
  t.equal(await unpacked(bytes, '.fits', 1), bytes, 'others are left as they are');
  for (const size of [1000, 100_001]) await t.rejects(unpacked(blob, '.fits.z', size), { code: 'DRIVER' });
  await t.rejects(unpacked(Buffer.from('garbage'), '.fits.z', 10), { message: /cannot be unpacked/ });
});

t.test('a server cannot make us keep without end', async (t) => {
  const long = 'x'.repeat(2000);
  const limits = { elementBytes: 1000, members: 3, blobBytes: 10 };
  const hostile: [string, RegExp][] = [
    [`<message message="${long}"/>`, /more than 1000 bytes/],
    [`<${long}`, /more than 1000 bytes/],
    [`<a ${'b="c" '.repeat(300)}`, /more than 1000 bytes/],
    [`<!--${long}`, /more than 1000 bytes/],
    [' '.repeat(2000), /more than 1000 bytes/],
    [`<defTextVector><defText>${long}`, /more than 1000 bytes/],
    [`<a>${'<b/>'.repeat(4)}</a>`, /more than 3 elements/],
    ['<a><b><c/></b></a>', /<c> within <b>/],
    [
      `<setBLOBVector><oneBLOB size="6">aGVsbG8g</oneBLOB><oneBLOB size="6">`,
      /BLOB of 6 bytes: the limit is 10/,
    ],
  ];
  for (const [xml, message] of hostile)
    t.throws(() => read(xml, 64, limits), { code: 'DRIVER', message }, xml.slice(0, 40));
});

t.test('what is no XML is refused, whatever it is', async (t) => {
  const garbage = [
    '<a></b>',
    '</indi>',
    '</a>',
    '<a b=c/>',
    '<a b="c" b="d" hasOwnProperty="1" e="f"/>',
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '<a>&nbsp;</a>',
    '<a>&constructor;</a>',
    '<a b="&b;"/>',
    '< a/>',
    '<a',
    'GET / HTTP/1.1\r\n\r\n<a',
    Buffer.from([0xff, 0xfe, 0x3c, 0x00, 0x3e]),
  ];
  for (const xml of garbage) {
    const outcome = () =>
      read(Buffer.concat([Buffer.from(xml), Buffer.from('<end/>')]), 3).map(({ tag }) => tag);
    try {
      // sax is lenient with some of it; what matters is that nothing is made of it.
      t.ok(
        outcome().every((tag) => tag === 'end' || tag === 'a'),
        String(xml),
      );
    } catch (error) {
      t.match(error, { code: 'DRIVER', message: /breaks the protocol/ });
    }
  }
  // A thousand streams with one byte changed: refused or read, never another error.
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let n = 0; n < 1000; n += 1) {
    const bytes = Buffer.from(STREAM);
    bytes[random(bytes.length)] = random(256);
    try {
      read(bytes, 1 + random(50));
    } catch (error) {
      t.match(error, { code: 'DRIVER' }, bytes.toString());
    }
  }
});
