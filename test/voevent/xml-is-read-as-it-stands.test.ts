import t from 'tap';
import type { XmlElement } from '../../src/voevent/xml/element.js';
import { readXml } from '../../src/voevent/xml/read.js';
import { fixture, fixtureNames } from './fixtures.js';

/** `[name, attributes, ...texts and children]`, the text of an element first. */
type Outline = [name: string, attributes: Record<string, string>, text: string, ...children: Outline[]];

function outline({ qualifiedName, attributes, text, children }: XmlElement): Outline {
  return [qualifiedName, Object.fromEntries(attributes), text, ...children.map(outline)];
}

/** Each element with its children behind it. */
function everyElement(element: XmlElement): XmlElement[] {
  return [element, ...element.children.flatMap(everyElement)];
}

t.test('documents are read to the trees that they describe', async (t) => {
  const cases: Record<string, Outline> = {
    '<a/>': ['a', {}, ''],
    '<a></a >': ['a', {}, ''],
    '<?xml version="1.0"?>\n<!-- c --><?pi x?><a/>\n<!----><?pi?>\n': ['a', {}, ''],
    '<a>x<b>y</b>z<b/></a>': ['a', {}, 'xz', ['b', {}, 'y'], ['b', {}, '']],
    '<a>1<!-- <b> & ]]> -->2<?c <d> & ?>3</a>': ['a', {}, '123'],
    '<a>&lt;&#65;&#x41;&#x0041;&amp;lt;]]&gt;&#13;</a>': ['a', {}, '<AAA&lt;]]>\r'],
    '<a>x<![CDATA[<b>&amp;]]]]><![CDATA[>]]></a>': ['a', {}, 'x<b>&amp;]]>'],
    '<a><![CDATA[]]></a>': ['a', {}, ''],
    '<a>\r\n\r\n\r<![CDATA[\r\n\r]]></a>': ['a', {}, '\n\n\n\n\n'],
    '<a b="1" c = \'"\'\n\td="&quot;&apos;"/>': ['a', { b: '1', c: '"', d: '"\'' }, ''],
    '<a b=" x\ty\nz\r\n\r"/>': ['a', { b: ' x y z  ' }, ''],
    '<a b="&#9;&#10;&#13;&#x20;"/>': ['a', { b: '\t\n\r ' }, ''],
    '<a b=">" c="/>\n>">x></a>': ['a', { b: '>', c: '/> >' }, 'x>'],
    '<a b="]]>" c="--"/>': ['a', { b: ']]>', c: '--' }, ''],
    '<a hasOwnProperty="1" constructor="2" toString="3"/>': [
      'a',
      { hasOwnProperty: '1', constructor: '2', toString: '3' },
      '',
    ],
    '<a>\u{1f52d} é</a>': ['a', {}, '\u{1f52d} é'],
  };
  for (const [text, expected] of Object.entries(cases)) t.strictSame(outline(readXml(text)), expected, text);
  t.equal(readXml('<a __proto__="1"/>').attributes.get('__proto__'), '1');
});

t.test('names are resolved in the scope in which they stand', async (t) => {
  const root = readXml(
    '<p:a xmlns:p="u" xmlns="v"><b xmlns="w" p:c=""/><p:b xmlns:p="x"/><d xmlns=""/><p:e/></p:a>',
  );
  const names = everyElement(root).map(({ namespace, name }) => `${namespace} ${name}`);
  t.strictSame(names, ['u a', 'w b', 'x b', ' d', 'u e']);
  t.equal(readXml('<a xml:lang="en"/>').attributes.get('xml:lang'), 'en');
});

t.test('a transport message is read whole', async (t) => {
  const text = fixture('transport-ack.xml').toString();
  const attributes = {
    role: 'ack',
    version: '1.0',
    'xmlns:trn': 'http://telescope-networks.org/schema/Transport/v1.1',
    'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
    'xsi:schemaLocation': `http://ivoa.net/xml/Transport/v1.1${' '.repeat(22)}http://ivoa.net/xml/Transport-v1.1.xsd`,
  };
  const expected: Outline = [
    'trn:Transport',
    attributes,
    `${'\n    '.repeat(4)}\n`,
    ['Origin', {}, 'ivo://invalid.author/example#0123456789'],
    ['Response', {}, 'ivo://invalid.subscriber/example#'],
    ['TimeStamp', {}, '2001-01-01T00:00:00Z'],
    [
      'Meta',
      {},
      `${'\n        '.repeat(3)}\n    `,
      ['Param', { name: 'IPAddr', value: '10.0.0.0' }, ''],
      ['Param', { name: 'Contact', value: 'name@subscriber.invalid' }, ''],
      ['Result', {}, 'Message received and validated successfully'],
    ],
  ];
  t.strictSame(outline(readXml(text)), expected);
});

t.test('every element of the samples stands where it is said to stand', async (t) => {
  for (const name of fixtureNames) {
    const text = fixture(name).toString();
    const elements = everyElement(readXml(text));
    const markup = text.replace(/<!--.*?-->/gs, '').match(/<[A-Za-z]/g);
    t.equal(elements.length, markup?.length, name);
    const misplaced = elements.filter((one) => !text.startsWith(`<${one.qualifiedName}`, one.offset));
    t.strictSame(misplaced, [], name);
  }
});

t.test('a Swift notice has all its parameters, and they their attributes', async (t) => {
  const text = fixture('swift-bat-grb-pos.xml').toString();
  const params = everyElement(readXml(text)).filter(({ name }) => name === 'Param');
  const written = [...text.matchAll(/<Param name="([^"]*)"\s+value="([^"]*)"/g)];
  t.ok(written.length > 30);
  const read = params.map(({ attributes }) => [attributes.get('name'), attributes.get('value')]);
  t.strictSame(
    read,
    written.map(([, name, value]) => [name, value]),
  );
});
