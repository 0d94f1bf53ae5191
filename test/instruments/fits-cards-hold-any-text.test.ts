import t from 'tap';
import { FitsHeader } from '../../src/instruments/index.js';

/** Through 80-column lines and back. */
function again(header: FitsHeader): FitsHeader {
  const lines = header.lines();
  for (const line of lines) {
    if (line.length !== 80 || !/^[ -~]+$/.test(line)) throw new Error(`a bad line: ${JSON.stringify(line)}`);
  }
  return FitsHeader.parse(lines.join(''));
}

t.test('a text of any length comes back, with quotes at every place of a line border', async (t) => {
  for (let length = 0; length < 300; length += 1) {
    for (const text of [
      'x'.repeat(length),
      "'".repeat(length),
      `${'x'.repeat(length)}'y'`,
      `${'&'.repeat(length)}.`,
    ]) {
      const header = new FitsHeader().setText('OBJECT', text, 'a comment').setInteger('AFTER', 1);
      const read = again(header);
      if (read.text('OBJECT') !== text || read.number('AFTER') !== 1) t.fail(`lost: ${text}`);
    }
  }
  const ivorn = `ivo://nasa.gsfc.gcn/${'Fermi#GBM_'.repeat(12)}`;
  const lines = new FitsHeader().setText('TRIGID', ivorn, 'event').lines();
  t.equal(lines.length, 3);
  t.equal(lines[0]?.slice(0, 31), "TRIGID  = 'ivo://nasa.gsfc.gcn/");
  t.equal(lines[0]?.slice(-2), "&'");
  t.match(lines[1], /^CONTINUE {2}'.{67}&'$/);
  t.match(lines[2], /^CONTINUE {2}'[^&]*' +\/ event +$/);
});

t.test('blanks count at the beginning and inside of a text, and not at its end', async (t) => {
  t.equal(again(new FitsHeader().setText('A', '  a b  ')).text('A'), '  a b');
  const long = `${'x'.repeat(66)}   ${'y'.repeat(80)}`;
  t.equal(again(new FitsHeader().setText('A', long)).text('A'), long, 'also where a line ends');
});

t.test('a header has only ASCII: accents are dropped, the rest becomes question marks', async (t) => {
  const header = new FitsHeader().setText('ORIGIN', 'Château-Renard, Δ\n1 µm\u0000', 'naïve');
  header.addComment('Übung');
  const read = again(header);
  t.equal(read.text('ORIGIN'), 'Chateau-Renard, ? 1 ?m?');
  t.equal(read.card('ORIGIN')?.comment, 'naive');
  t.match(read.card('COMMENT'), { kind: 'remark', value: 'Ubung' });
});

t.test('numbers are in fixed format, and come back as they were', async (t) => {
  const header = new FitsHeader()
    .setInteger('INT', -42, 'a count')
    .setReal('REAL', 5)
    .setReal('TINY', 1e-7, 'small', 'deg')
    .setReal('HUGE', -1.2345678901234567e-100)
    .setLogical('FLAG', true);
  t.equal(header.lines()[0]?.slice(0, 42), 'INT     =                  -42 / a count  ');
  t.equal(header.lines()[1]?.slice(0, 30), 'REAL    =                  5.0');
  t.equal(header.lines()[2]?.slice(0, 46), 'TINY    =               1.0E-7 / [deg] small  ');
  t.equal(header.lines()[4]?.slice(0, 30), 'FLAG    =                    T');
  const read = again(header);
  t.match(read.cards, [
    { keyword: 'INT', kind: 'integer', value: -42 },
    { keyword: 'REAL', kind: 'real', value: 5 },
    { keyword: 'TINY', kind: 'real', value: 1e-7, unit: 'deg', comment: 'small' },
    { keyword: 'HUGE', kind: 'real' },
    { keyword: 'FLAG', kind: 'logical', value: true },
  ]);
  t.ok(Math.abs((read.number('HUGE') ?? 0) / -1.2345678901234567e-100 - 1) < 1e-12, 'cut to the columns');
  t.equal(read.logical('FLAG'), true);
  t.equal(read.text('INT'), undefined, 'a number is no text');
});

t.test('what FITS cannot say is refused', async (t) => {
  const refused = { code: 'INVALID_VALUE', number: 1025 };
  t.throws(() => new FitsHeader().setReal('A', Number.NaN).lines(), refused);
  t.throws(() => new FitsHeader().setInteger('A', 1.5).lines(), refused);
  for (const keyword of ['', 'TOOLONGKEY', 'lower', 'A B']) {
    t.throws(() => new FitsHeader().setInteger(keyword, 1).lines(), refused, keyword);
  }
});

t.test('a keyword set again keeps its place, and remarks may repeat', async (t) => {
  const header = new FitsHeader()
    .setInteger('A', 1)
    .addHistory('first')
    .setInteger('B', 2)
    .setInteger('A', 3);
  header.addHistory(`${'word '.repeat(20)}end\nnew line`);
  t.same(
    again(header).cards.map((card) => card.keyword),
    ['A', 'HISTORY', 'B', 'HISTORY', 'HISTORY', 'HISTORY'],
  );
  t.equal(header.number('A'), 3);
  t.match(header.lines()[3], /^HISTORY word.*word {2,}$/, 'broken between words');
  t.equal(
    new FitsHeader().addComment('x'.repeat(200)).lines().length,
    3,
    'and where there are none, anywhere',
  );
});

t.test('the cards of strangers are understood, or kept as remarks', async (t) => {
  const parsed = (line: string) => FitsHeader.parse(line.padEnd(80)).cards[0];
  t.match(parsed('EXPTIME = 1.5D+02/ seconds'), { kind: 'real', value: 150, comment: 'seconds' });
  t.match(parsed('A       =  .5'), { kind: 'real', value: 0.5 });
  t.match(parsed("A       = 'it''s' / so"), { kind: 'text', value: "it's", comment: 'so' });
  t.match(parsed('A       =                      / unknown'), { kind: 'undefined', comment: 'unknown' });
  t.match(parsed('HIERARCH ESO TEL ALT = 45.0'), { keyword: 'HIERARCH', kind: 'remark' });
  t.match(parsed('A       = (1, 2) / complex'), { kind: 'remark', value: '= (1, 2) / complex' });
  t.match(parsed("A       = 'not closed"), { kind: 'remark' });
  t.match(parsed("CONTINUE  'of nothing'"), { keyword: 'CONTINUE', kind: 'remark' });
});
