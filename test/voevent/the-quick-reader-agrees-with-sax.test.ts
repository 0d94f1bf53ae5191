// Whatever the quick way reads, sax reads alike; and the notices that are met are read the quick way.
import t from 'tap';
import { errorText } from '../../src/errors/index.js';
import { withDefaults } from '../../src/voevent/limits.js';
import { decodeXml } from '../../src/voevent/xml/decode.js';
import type { XmlElement } from '../../src/voevent/xml/element.js';
import { readWithSax, readXml } from '../../src/voevent/xml/read.js';
import { scanXml } from '../../src/voevent/xml/scan.js';
import { fixture, fixtureNames, smallEvent } from './fixtures.js';

const LIMITS = withDefaults({});
const ROUNDS = 60;

/** Pieces that mean something to XML: they are what goes wrong. */
const PIECES = [
  ...'<>&;"\'=/!?:-[] \n\t\r\0a1_.',
  ...[
    '&amp;',
    '&lt;',
    '&#65;',
    '&no;',
    '<!--',
    '-->',
    '--',
    '<![CDATA[',
    ']]>',
    '<?',
    '?>',
    '/>',
    '</',
    '<a>',
  ],
  ...[
    '</a>',
    '<a/>',
    ' a="b"',
    " a='<'",
    ' xmlns:p="u"',
    ' xmlns=""',
    'p:',
    '<!DOCTYPE a>',
    '<?xml version="1.0"?>',
  ],
  ...['é', '\u00a0', '\ufeff', '\u{1f52d}', ' a="b" a="b"', ' a = "x > y\n"'],
];

const samples = fixtureNames.map((name) => decodeXml(fixture(name)));

/** The whole tree as text: names, namespaces, attributes, texts, offsets. */
function drawn({ name, qualifiedName, namespace, attributes, text, offset, children }: XmlElement): string {
  const own = JSON.stringify([name, qualifiedName, namespace, [...attributes], text, offset]);
  return `${own}[${children.map(drawn).join()}]`;
}

function readBySax(text: string): string {
  try {
    return drawn(readWithSax(text, LIMITS));
  } catch (error) {
    return errorText(error);
  }
}

/** Numbers from 0 to 1, the same in every run. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** `text` with a piece put in, taken out or put twice, at up to three places. */
function mutated(text: string, next: () => number): string {
  let result = text;
  for (let n = Math.ceil(next() * 3); n > 0; n -= 1) {
    const from = Math.floor(next() * result.length);
    const to = next() < 0.5 ? from : from + Math.floor(next() * 12);
    const piece = next() < 0.8 ? PIECES[Math.floor(next() * PIECES.length)] : result.slice(from, to);
    result = result.slice(0, from) + piece + result.slice(next() < 0.5 ? from : to);
  }
  return result;
}

t.test('real documents are read the quick way, and as sax reads them', async (t) => {
  for (const [at, text] of samples.entries()) {
    const scanned = scanXml(text, LIMITS);
    t.ok(scanned && drawn(scanned) === readBySax(text), `sample ${at}: ${fixtureNames[at]}`);
  }
});

t.test('of spoilt ones too', async (t) => {
  const next = numbersFrom(20_261_124);
  let quick = 0;
  for (const text of [...samples, smallEvent('<What><Param name="a" value="b"/></What>')]) {
    for (let n = 0; n < ROUNDS; n += 1) {
      const spoilt = mutated(text, next);
      const scanned = scanXml(spoilt, LIMITS);
      if (!scanned) continue;
      quick += 1;
      if (drawn(scanned) !== readBySax(spoilt)) t.fail('the two differ', { spoilt, sax: readBySax(spoilt) });
    }
  }
  t.ok(quick > samples.length * 5, `${quick} of the spoilt ones are still plain`);
});

t.test('limits hold the quick way too', async (t) => {
  const deep = `${'<a>'.repeat(65)}${'</a>'.repeat(65)}`;
  t.throws(() => readXml(deep), { code: 'VOEVENT_TOO_DEEP' });
  t.throws(() => readXml(`<a>${'<b/>'.repeat(50_000)}</a>`), { code: 'VOEVENT_TOO_MANY' });
  const long = `<a b="${'x'.repeat(300_000)}">${'y'.repeat(300_000)}</a>`;
  t.equal(readXml(long).text.length, 300_000);
  t.equal(readBySax(long), drawn(readXml(long)));
});
