import t from 'tap';
import {
  LENIENT,
  type Policy,
  parseVOEvent,
  readVOEvent,
  type Verdict,
  type VOEventError,
  writeVOEvent,
} from '../../src/voevent/index.js';
import { fixture, fixtureNames, fixturesAnswered, smallEvent } from './fixtures.js';

const EXPECTED_REFUSALS = new Map([
  ['dakota-broker-test-no-namespace.xml', 'VOEVENT_NAMESPACE'],
  ['swift-uvot-pos-no-namespace.xml', 'VOEVENT_NAMESPACE'],
  ['swift-xrt-pos-v1.1.xml', 'VOEVENT_VERSION'],
]);

function refusalOf(text: string | Uint8Array, limits = {}): VOEventError {
  try {
    parseVOEvent(typeof text === 'string' ? Buffer.from(text) : text, limits);
  } catch (error) {
    return error as VOEventError;
  }
  throw new Error(`this was not refused: ${text}`);
}

t.test('each sample is taken or refused as the table beside it says', async (t) => {
  const taken = fixturesAnswered('ack');
  t.equal(taken.length, 16);
  for (const name of taken) t.equal(parseVOEvent(fixture(name)).version, '2.0', name);
  t.same(fixturesAnswered('nak').sort(), [...EXPECTED_REFUSALS.keys()]);
  for (const [name, code] of EXPECTED_REFUSALS) t.equal(refusalOf(fixture(name)).code, code, name);
  for (const name of fixtureNames.filter((name) => name.startsWith('transport-'))) {
    t.equal(refusalOf(fixture(name)).code, 'VOEVENT_ROOT', name);
  }
});

t.test('a Swift notice is read whole', async (t) => {
  const event = parseVOEvent(fixture('swift-xrt-pos.xml'));
  t.equal(event.ivorn, 'ivo://nasa.gsfc.gcn/SWIFT#XRT_Pos_655721-326');
  t.equal(event.role, 'observation');
  t.equal(event.who?.authorIvorn, 'ivo://nasa.gsfc.tan/gcn');
  t.equal(event.who?.date, '2015-09-15T21:43:50');
  t.same(event.who?.author?.contactName, ['Scott Barthelmy']);
  const trigger = event.what?.params.find((param) => param.name === 'TrigID');
  t.strictSame(trigger, { name: 'TrigID', value: '655721', ucd: 'meta.id' });
  t.same(
    event.what?.groups.map((group) => [group.name, group.params.length]),
    [
      ['Solution_Status', 6],
      ['Misc_Flags', 9],
      ['Obs_Support_Info', 12],
    ],
  );
  t.strictSame(event.whereWhen, {
    description: 'The RA,Dec coordinates are of the type: source_object.',
    isoTime: '2015-09-15T21:24:37.00',
    coordSystemId: 'UTC-FK5-GEO',
    observatory: 'GEOLUN',
    c1: 319.6588,
    c2: -34.9131,
    error2Radius: 0.001,
    units: 'deg',
    names: ['RA', 'Dec'],
  });
  t.strictSame(event.why, {
    importance: 0.99,
    inferences: [{ probability: 0.9, concepts: ['process.variation.burst;em.gamma'] }],
  });
  t.strictSame(event.citations, [
    { ivorn: 'ivo://nasa.gsfc.gcn/SWIFT#BAT_GRB_Pos_655721-214', cite: 'followup' },
  ]);
  t.notOk('description' in event, 'an empty description is absent');
});

t.test('what only some missions write is read too', async (t) => {
  const lvc = parseVOEvent(fixture('lvc-preliminary.xml'));
  t.equal(lvc.how?.description?.split('\n').length, 3, 'repeated descriptions are joined by line breaks');
  t.equal(lvc.whereWhen?.c1, undefined, 'no position');
  const gaia = parseVOEvent(fixture('gaia-alert.xml'));
  t.equal(gaia.what?.params[0]?.value, 'Gaia16aac', 'a value may be an element');
  t.equal(gaia.what?.groups[1]?.params[0]?.value, '', 'an empty value is there');
  const table = '<Table name="t"><Field name="ip"/><Data><TR><TD>1</TD></TR><TR><TD/></TR></Data></Table>';
  const what = parseVOEvent(Buffer.from(smallEvent(`<What>${table}</What>`))).what;
  t.strictSame(what?.tables, [{ name: 't', params: [], fields: [{ name: 'ip' }], rows: [['1'], ['']] }]);
});

t.test('what is written is read back the same', async (t) => {
  const odd = [
    '<What><Table name="t" type="x"><Description>d</Description><Param name="p"/><Field name="a" unit="m"/>' +
      '<Data><TR><TD>1</TD><TD/></TR></Data></Table><Table/><Description>d</Description></What>',
    '<What><Param name="&lt;a&gt; &quot;&amp;&#10;&#9;" value="é&#x1F52D;]]&gt;"/></What>',
    '<WhereWhen><ObsDataLocation><ObservatoryLocation/><ObservationLocation><AstroCoordSystem/><AstroCoords>' +
      '<Position2D><Value2><C1>1e-7</C1><C2>NaN</C2></Value2><Error2Radius>-INF</Error2Radius></Position2D>' +
      '</AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>',
    '<How><Description/></How><Why importance="0"><Inference probability="1"><Name> </Name></Inference></Why>',
    '<Who><Author><title/></Author></Who><Citations><EventIVORN/><Description>none</Description></Citations>',
    '<Description><![CDATA[<b>&amp;]]> &#13;</Description><Reference uri=""/>',
  ];
  const documents = fixturesAnswered('ack').map(fixture);
  for (const document of [...documents, ...odd.map((content) => Buffer.from(smallEvent(content)))]) {
    const event = parseVOEvent(document);
    t.strictSame(parseVOEvent(writeVOEvent(event)), event, event.ivorn);
  }
});

t.test('every encoding that is declared rightly gives the same event', async (t) => {
  const text = smallEvent('<Description>Café</Description>');
  const utf8 = parseVOEvent(Buffer.from(text));
  t.equal(utf8.description, 'Café');
  const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?>${text}`;
  const utf16 = Buffer.from(`\ufeff${declared('UTF-16')}`, 'utf16le');
  const same: Record<string, Uint8Array> = {
    'UTF-8, declared': Buffer.from(declared('utf-8')),
    'UTF-8 with a byte order mark': Buffer.from(`\ufeff${text}`),
    'Latin-1': Buffer.from(declared('ISO-8859-1'), 'latin1'),
    'UTF-16, little end first': utf16,
    'UTF-16, big end first': Buffer.from(utf16).swap16(),
    'UTF-16 without a mark': utf16.subarray(2),
  };
  for (const [name, bytes] of Object.entries(same)) t.strictSame(parseVOEvent(bytes), utf8, name);
  const wrong: Record<string, Uint8Array> = {
    'Latin-1 that is not declared': Buffer.from(text, 'latin1'),
    'UTF-8 that is said to be UTF-16': Buffer.from(declared('utf-16')),
    'an encoding that nobody knows': Buffer.from(declared('constructor')),
    'UTF-16 with half a character': utf16.subarray(0, -1),
  };
  for (const [name, bytes] of Object.entries(wrong)) t.equal(refusalOf(bytes).code, 'VOEVENT_ENCODING', name);
  t.strictSame(parseVOEvent(utf16), utf8, 'a failure leaves nothing behind');
});

t.test('a refusal tells its author what was found and what to mend', async (t) => {
  const event = smallEvent('<Description/>');
  const cases: [text: string, code: string, message: RegExp][] = [
    [event.replace('role="test"', ''), 'VOEVENT_ROLE', /there is no role; write role=/],
    [event.replace('"test"', '"alert"'), 'VOEVENT_ROLE', /"alert".*observation, prediction, utility, test/],
    [event.replace('"2.0"', '"2.1"'), 'VOEVENT_VERSION', /version "2.1".*version="2.0"/],
    [event.replace('/v2.0', '/v2.1'), 'VOEVENT_VERSION', /v2.1/],
    [event.replace('www.ivoa.net', 'example.org'), 'VOEVENT_NAMESPACE', /example.org.*xmlns:voe=/],
    [
      event.replaceAll('voe:', '').replace(':voe', ''),
      'VOEVENT_NAMESPACE',
      /"Description" stands in the namespace/,
    ],
    [event.replace(/ ivorn="[^"]*"/, ''), 'VOEVENT_IVORN', /there is no ivorn/],
    [smallEvent('', 'ivo://pyros.test/room'), 'VOEVENT_IVORN', /no local id.*end it with "#"/],
    [smallEvent('', 'ivo://pyros.test/room#'), 'VOEVENT_IVORN', /no local id/],
    [smallEvent('', 'http://pyros.test/room#1'), 'VOEVENT_IVORN', /does not begin with "ivo:\/\/"/],
    [smallEvent('', 'ivo://pyros.test/room#a b'), 'VOEVENT_IVORN', /white space/],
    [smallEvent('', 'ivo:///room#1'), 'VOEVENT_IVORN', /ivo:\/\/authority\/resource#local/],
    [
      smallEvent('', `ivo://pyros.test/room#${'x'.repeat(2000)}`),
      'VOEVENT_IVORN',
      /2022 characters; at most 1024/,
    ],
    [smallEvent('<Foo/>'), 'VOEVENT_STRUCTURE', /VOEvent: "Foo" has no place/],
    [smallEvent('<constructor/>'), 'VOEVENT_STRUCTURE', /"constructor" has no place/],
    [smallEvent('<Who/><Who/>'), 'VOEVENT_STRUCTURE', /Who stands there more than once/],
    [smallEvent('stray'), 'VOEVENT_STRUCTURE', /the text "stray"/],
    [smallEvent('<What colour="red"/>'), 'VOEVENT_STRUCTURE', /VOEvent\/What: attribute "colour"/],
    [smallEvent('<Reference/>'), 'VOEVENT_STRUCTURE', /attribute uri is missing/],
    [smallEvent('<Citations/>'), 'VOEVENT_STRUCTURE', /EventIVORN is missing/],
    [
      smallEvent('<Citations><Description/><EventIVORN>ivo://a.b/c#d</EventIVORN></Citations>'),
      'VOEVENT_STRUCTURE',
      /VOEvent\/Citations: the element Description must come after all others/,
    ],
    [smallEvent('<What xml:lang="en"/>'), 'VOEVENT_STRUCTURE', /attribute "xml:lang": does not belong there/],
    [smallEvent('<What xmlns:q="urn:q" q:a="1"/>'), 'VOEVENT_STRUCTURE', /attribute "q:a": does not/],
    [smallEvent('<Why/>'), 'VOEVENT_STRUCTURE', /VOEvent\/Why: it is empty/],
    [smallEvent('<Who><Date>2026-02-30T00:00:00</Date></Who>'), 'VOEVENT_STRUCTURE', /not a possible date/],
    [smallEvent('<Why importance="high"><Name/></Why>'), 'VOEVENT_STRUCTURE', /"high" is not a number/],
    [
      smallEvent('<Why><Inference probability="2"><Name/></Inference></Why>'),
      'VOEVENT_STRUCTURE',
      /from 0 to 1/,
    ],
    [smallEvent('<What><Param dataType="real"/></What>'), 'VOEVENT_STRUCTURE', /none of string, float, int/],
    [smallEvent('\n\n <Foo/><Bar/>'), 'VOEVENT_STRUCTURE', /^line 3, column 2, VOEvent: .*\(and 1 more\)$/],
  ];
  for (const [text, code, message] of cases) {
    const refusal = refusalOf(text);
    t.equal(refusal.code, code, text);
    t.match(refusal.message, message);
  }
  const cited = '<Citations><EventIVORN>ivo://a.b/c#d</EventIVORN><Description/></Citations>';
  const instance = 'http://www.w3.org/2001/XMLSchema-instance';
  const settings = `xmlns:x="${instance}" x:schemaLocation="a b" xmlns:xsi="${instance}" xsi:type="y"`;
  t.ok(parseVOEvent(Buffer.from(smallEvent(`<What xmlns="" ${settings}/>${cited}`))));
  t.equal(refusalOf(smallEvent('<Foo/>')).ivorn, 'ivo://pyros.test/room#1', 'and of which event it speaks');
  t.equal(
    refusalOf(smallEvent('', 'x'.repeat(2000))).ivorn,
    undefined,
    'unless that is unfit to be sent back',
  );
});

t.test('long and odd names are taken as they are', async (t) => {
  const names = [
    `ivo://pyros.test/room#${'n'.repeat(900)}`,
    "ivo://a.b/c.d/e_f#x/../..\\:*?'()+=!~@;,$%20|é#2",
    'ivo://com.dc3/dc3.broker#BrokerTest-2014-02-24T15:55:27.72',
  ];
  for (const name of names) t.equal(parseVOEvent(Buffer.from(smallEvent('', name))).ivorn, name);
});

t.test('what is not quite VOEvent 2.0 is taken, marked or refused, as its policy says', async (t) => {
  const plain = smallEvent('<Description>d</Description>');
  const of21 = plain.replace('/v2.0', '/v2.1').replace('"2.0"', '"2.1"');
  const cases: [key: keyof Policy, text: string, code: string][] = [
    ['version11', fixture('swift-xrt-pos-v1.1.xml').toString(), 'VOEVENT_VERSION'],
    ['version21', of21, 'VOEVENT_VERSION'],
    ['version21', plain.replace('"2.0"', '"2.1"'), 'VOEVENT_VERSION'],
    ['noNamespace', fixture('swift-uvot-pos-no-namespace.xml').toString(), 'VOEVENT_NAMESPACE'],
    ['noNamespace', fixture('dakota-broker-test-no-namespace.xml').toString(), 'VOEVENT_NAMESPACE'],
    ['schemaError', smallEvent('<Foo/>'), 'VOEVENT_STRUCTURE'],
  ];
  const all = {
    version11: 'refuse',
    version21: 'refuse',
    noNamespace: 'refuse',
    schemaError: 'refuse',
  } as const;
  for (const [key, text, code] of cases) {
    const bytes = Buffer.from(text);
    const by = (verdict: Verdict) => readVOEvent(bytes, {}, { ...all, schemaError: 'take', [key]: verdict });
    t.throws(() => by('refuse'), { code }, key);
    t.same(by('take').marks, [], `${key} is taken`);
    t.ok(by('mark').marks.length > 0, `${key} is marked`);
    t.match(by('mark').event.ivorn, /^ivo:/);
    t.equal(Object.entries(LENIENT).find(([name]) => name === key)?.[1], 'mark', 'as from a remote');
  }
  t.equal(readVOEvent(Buffer.from(of21), {}, LENIENT).event.description, 'd');
  for (const text of [plain.replaceAll('"2.0"', '"1.0"'), plain.replace('www.ivoa.net', 'example.org')])
    t.throws(() => readVOEvent(Buffer.from(text), {}, LENIENT), { code: /VOEVENT_(VERSION|NAMESPACE)/ });
  t.throws(() => readVOEvent(Buffer.from(of21.replace('"test"', '"x"')), {}, LENIENT), {
    code: 'VOEVENT_ROLE',
  });
  t.throws(() => readVOEvent(Buffer.from(of21.replace('#1', '')), {}, LENIENT), { code: 'VOEVENT_IVORN' });
});
