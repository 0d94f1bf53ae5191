import t from 'tap';
import { eventId, parseVOEvent, type VOEventError } from '../../src/voevent/index.js';
import { readXml } from '../../src/voevent/xml/read.js';
import { smallEvent } from './fixtures.js';

function refusalOf(text: string | Uint8Array, limits = {}): VOEventError {
  try {
    parseVOEvent(typeof text === 'string' ? Buffer.from(text) : text, limits);
  } catch (error) {
    return error as VOEventError;
  }
  throw new Error('this was not refused');
}

t.test('document types and entities are refused before they do harm', async (t) => {
  const lol = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
  const laughs = `<!DOCTYPE lolz [<!ENTITY l0 "lol">${lol}]>${smallEvent('<Description>&l9;</Description>')}`;
  const external = `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${smallEvent('<Description>&x;</Description>')}`;
  t.equal(refusalOf(laughs).code, 'VOEVENT_DTD');
  t.match(refusalOf(external), { code: 'VOEVENT_DTD', message: /line 1, column 1: .*take them out/ });
  t.equal(refusalOf(`<!DOCTYPE VOEvent>${smallEvent()}`).code, 'VOEVENT_DTD');
  t.equal(refusalOf(smallEvent('<!ENTITY x "y">')).code, 'VOEVENT_DTD');
  for (const reference of [
    '&x;',
    '&nbsp;',
    '&constructor;',
    '&__proto__;',
    '&AMP;',
    '&#X41;',
    '&hasOwnProperty;',
    '&#65',
    '&#1114112;',
    '& ',
    '&amp',
    '&#0;',
    '&#xD800;',
  ]) {
    t.equal(
      refusalOf(smallEvent(`<Description>${reference}</Description>`)).code,
      'VOEVENT_ENTITY',
      reference,
    );
    t.equal(
      refusalOf(smallEvent(`<What><Param value="${reference}"/></What>`)).code,
      'VOEVENT_ENTITY',
      reference,
    );
  }
});

t.test('what is not well-formed is refused with its place', async (t) => {
  const cases: Record<string, RegExp> = {
    '': /no element/,
    'GET / HTTP/1.1\r\n\r\n': /line 1, column 1: text outside/,
    '\n <a>\n </b>': /line 3, column 2: "a" is open here/,
    '<a>': /"a" is never closed/,
    '<a/><b/>': /second root/,
    '<a/>text': /text outside/,
    '</a>': /closes nothing/,
    '< a/>': /begins no tag/,
    '<a b="1" b="2"/>': /"b" stands there twice/,
    '<a hasOwnProperty="1" b="2" hasOwnProperty="3"/>': /twice/,
    '<a __proto__="1" __proto__="2"/>': /"__proto__" stands there twice/,
    '<a b=1/>': /"b" has no value in quotes/,
    '<a b/>': /"b" has no value in quotes/,
    '<a b="1"c="2"/>': /does not belong there/,
    '<a b="<"/>': /"<" in an attribute/,
    '<a b=">\n<"/>': /line 2, column 1: "<" in an attribute/,
    '<a b="1" c="2"\n c="3"/>': /line 2, column 2: the attribute "c" stands there twice/,
    '<a b="1"\n c=2/>': /line 2, column 2: the attribute "c" has no value/,
    '<a b="1"/ >': /does not belong there/,
    '<a></ a>': /"a" is open here/,
    '<a></a b>': /"a" is open here/,
    '<a></a': /"a" is open here/,
    '< !----><a/>': /begins no tag/,
    '<a><![cdata[x]]></a>': /neither a comment nor a CDATA/,
    '<a>\n<!-- b\n -- c --></a>': /line 3, column 2: "--" inside/,
    '<?x ??><a/>': /take out one "\?"/,
    '<?x:y?><a/>': /instruction without a name/,
    '<a/><?XML version="1.0"?>': /not at the very beginning/,
    '\ufeff\ufeff<a/>': /text outside/,
    '<:a/>': /is no name/,
    '<a :b="1"/>': /is no name/,
    '<': /begins no tag/,
    '<a b="1/>': /the document ends within the attribute/,
    '<a b="1"': /the document ends within this tag/,
    '<a ?>': /without a name/,
    '<a\u0001/>': /control character/,
    '<a>\u0000</a>': /control character/,
    '<a>]]></a>': /"]]>" in text/,
    '<!-- a -- b --><a/>': /"--" inside of a comment/,
    '<!-- a': /the document ends before the --/,
    '<![CDATA[x]]><a/>': /neither a comment nor a CDATA/,
    '<a><![CDATA[x</a>': /ends before the \]\]>/,
    ' <?xml version="1.0"?><a/>': /not at the very beginning/,
    '<?xml encoding="UTF-8"?><a/>': /XML declaration is malformed/,
    '<? x?><a/>': /instruction without a name/,
    '<p:a/>': /"p" is bound to no namespace/,
    '<a xsi:b=""/>': /"xsi" is bound to no namespace/,
    '<p:a xmlns:p=""/>': /bound to no namespace/,
    '<xml:a:b/>': /is no name/,
    '<1/>': /begins no tag/,
  };
  for (const [text, message] of Object.entries(cases)) {
    t.match(refusalOf(text), { code: 'VOEVENT_NOT_XML', message }, text);
  }
  t.equal(refusalOf(Buffer.from([0xff, 0x80, 0x00])).code, 'VOEVENT_ENCODING');
});

t.test('every limit holds', async (t) => {
  const nested = (depth: number) => smallEvent('<a>'.repeat(depth) + '</a>'.repeat(depth));
  t.equal(refusalOf(nested(63)).code, 'VOEVENT_STRUCTURE', '64 deep is read');
  t.equal(refusalOf(nested(64)).code, 'VOEVENT_TOO_DEEP');
  t.match(refusalOf(nested(3000)), { code: 'VOEVENT_TOO_DEEP', message: /over 64 deep/ });
  const params = (count: number) => smallEvent(`<What>${'<Param/>'.repeat(count)}</What>`);
  t.equal(parseVOEvent(Buffer.from(params(49_998))).what?.params.length, 49_998);
  t.equal(refusalOf(params(49_999)).code, 'VOEVENT_TOO_MANY');
  const attributes = Array.from({ length: 300 }, (_, n) => `a${n}="" xmlns:p${n}="u"`).join(' ');
  t.equal(refusalOf(`<a ${attributes}/>`).code, 'VOEVENT_TOO_MANY');
  t.match(refusalOf(smallEvent(), { maxBytes: 100 }), { code: 'VOEVENT_TOO_LARGE', message: /at most 100/ });
  t.equal(refusalOf(Buffer.alloc(4 * 1024 * 1024 + 1, ' ')).code, 'VOEVENT_TOO_LARGE');
});

t.test('names may be of any script', async (t) => {
  t.equal(readXml('<étoile-1 ñ="1"><名/><Ω·/></étoile-1>').children.length, 2);
  t.throws(() => readXml('<a×/>'), { code: 'VOEVENT_NOT_XML' });
  t.throws(() => readXml('<𐐀/>'), { code: 'VOEVENT_NOT_XML' }, 'but sax knows none above U+FFFF');
});

t.test('a megabyte of the worst kind takes seconds at most', async (t) => {
  const many = (piece: string) => piece.repeat(Math.floor(1_000_000 / piece.length));
  const documents = [
    smallEvent(`<Why importance="${many('1')}x"><Name/></Why>`),
    smallEvent(`<Description>${many('&amp;')}&#1;</Description>`),
    smallEvent(`<What><Param value="${many('\r\n\t')}"/></What>`),
    smallEvent(many(' x')),
    `${smallEvent()}${many('<!---->')}`,
    `${many('<?a?>')}${smallEvent()}`,
    `<?xml ${many(' ')}?>`,
    `${'\n'.repeat(1_000_000)}<a>`,
  ];
  for (const text of documents) {
    const begunMs = performance.now();
    try {
      const bytes = Buffer.from(text);
      parseVOEvent(bytes);
      eventId(bytes);
    } catch (error) {
      t.match(error, { code: /^VOEVENT_/ });
    }
    t.ok(performance.now() - begunMs < 10_000, text.slice(0, 150));
  }
});

t.test('what is merely large is read', async (t) => {
  const million = 'x'.repeat(1_000_000);
  const event = parseVOEvent(Buffer.from(smallEvent(`<What><Param name="big" value="${million}"/></What>`)));
  t.equal(event.what?.params[0]?.value?.length, 1_000_000);
  const refused = [
    smallEvent(`<${million}/>`),
    `<${million}>`,
    `<${million}></b>`,
    `<${million}:b/>`,
    `<a ${million}/>`,
    `<a>&${million};</a>`,
    smallEvent(`<What ${million}="${million}"/>`),
    smallEvent(million),
    smallEvent('', million),
    `<VOEvent xmlns="${million}"/>`,
    smallEvent('', 'ivo://a.b/c#d', million),
  ];
  for (const text of refused) t.ok(refusalOf(text).message.length < 500, 'a refusal does not quote it whole');
});
