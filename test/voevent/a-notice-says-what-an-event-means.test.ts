import t from 'tap';
import { interpret, parseVOEvent, type VOEvent, type WhereWhen } from '../../src/voevent/index.js';
import { parseIsoTime } from '../../src/voevent/iso-time.js';
import { fixture, fixturesAnswered } from './fixtures.js';

const noticeOf = (name: string) => interpret(parseVOEvent(fixture(name)));

function withWhereWhen(whereWhen: WhereWhen): VOEvent {
  return { ivorn: 'ivo://pyros.test/room#1', role: 'test', version: '2.0', citations: [], whereWhen };
}

const positionOf = (whereWhen: WhereWhen) => interpret(withWhereWhen(whereWhen)).position;

t.test('a Swift burst has a place, a time and a stream', async (t) => {
  t.strictSame(noticeOf('swift-xrt-pos.xml'), {
    ivorn: 'ivo://nasa.gsfc.gcn/SWIFT#XRT_Pos_655721-326',
    role: 'observation',
    stream: 'ivo://nasa.gsfc.gcn/SWIFT',
    mission: 'Swift',
    instrument: 'XRT',
    packetType: 'SWIFT_XRT_POSITION',
    packetNumber: 67,
    event: 'Swift:655721',
    relation: 'update',
    errorMeaning: '90 %',
    doubts: [],
    position: { raDeg: 319.6588, decDeg: -34.9131, errorDeg: 0.001 },
    triggerTimeMs: Date.UTC(2015, 8, 15, 21, 24, 37),
    isRetraction: false,
    citedIvorns: ['ivo://nasa.gsfc.gcn/SWIFT#BAT_GRB_Pos_655721-214'],
    importance: 0.99,
  });
});

t.test('what an event does not tell is absent', async (t) => {
  t.notOk('position' in noticeOf('fermi-gbm-alert.xml'), 'three zeros mean: not known yet');
  t.notOk('position' in noticeOf('lvc-preliminary.xml'), 'a sky map is no position');
  t.notOk('importance' in noticeOf('svom-grm-trigger.xml'));
  t.equal(noticeOf('lvc-preliminary.xml').triggerTimeMs, Date.UTC(2023, 4, 18, 12, 59, 8));
  t.equal(noticeOf('fermi-lat-initial-bad-date.xml').triggerTimeMs, Date.UTC(2026, 1, 26, 10, 38));
});

t.test('retractions are told, with citations and without', async (t) => {
  const retractions = fixturesAnswered('ack').filter((name) => noticeOf(name).isRetraction);
  t.same(retractions.sort(), ['lvc-retraction.xml', 'svom-grm-retraction.xml']);
  t.same(noticeOf('svom-grm-retraction.xml').citedIvorns.length, 3);
  const params = (name: string, value: string) => ({
    ...withWhereWhen({}),
    what: { params: [], groups: [{ params: [{ name, value }] }], tables: [] },
  });
  t.ok(interpret(params('Packet_Type', ' 164 ')).isRetraction);
  t.ok(interpret(params('AlertType', 'RETRACTION')).isRetraction);
  t.ok(interpret(params('Retraction', 'true')).isRetraction);
  t.notOk(interpret(params('Retraction', 'false')).isRetraction);
  t.notOk(interpret(params('AlertType', 'Preliminary')).isRetraction);
});

t.test('a place is given in degrees, or not at all', async (t) => {
  const fk5 = 'UTC-FK5-GEO';
  t.strictSame(positionOf({ c1: 10, c2: -20 }), { raDeg: 10, decDeg: -20 });
  t.strictSame(positionOf({ c1: 360, c2: 90, coordSystemId: fk5, units: 'deg-deg' }), {
    raDeg: 0,
    decDeg: 90,
  });
  t.strictSame(positionOf({ c1: 0, c2: 0, error2Radius: 1 }), { raDeg: 0, decDeg: 0, errorDeg: 1 });
  t.strictSame(positionOf({ c1: 1, c2: 1, error2Radius: -1 }), { raDeg: 1, decDeg: 1 });
  const senseless: WhereWhen[] = [
    { c1: 0, c2: 0 },
    { c1: 361, c2: 0 },
    { c1: -1, c2: 10 },
    { c1: 10, c2: 90.1 },
    { c1: 10 },
    { c1: 1, c2: 1, units: 'rad' },
    { c1: 1, c2: 1, coordSystemId: 'UTC-FK4-GEO' },
    { c1: 1, c2: 1, coordSystemId: 'UTC-GEOD-TOPO' },
  ];
  for (const whereWhen of senseless) t.equal(positionOf(whereWhen), undefined, JSON.stringify(whereWhen));
});

t.test('galactic coordinates are converted', async (t) => {
  const places: [l: number, b: number, ra: number, dec: number][] = [
    [0, 0, 266.40499, -28.93617],
    [0, 90, 192.85948, 27.12825],
    [122.93192, 27.12825, 0, 90],
    // 3C 273, whose places in both systems are in every catalogue.
    [289.95088, 64.35997, 187.27792, 2.05239],
  ];
  for (const [c1, c2, raDeg, decDeg] of places) {
    const place = positionOf({ c1, c2, error2Radius: 1, coordSystemId: 'UTC-GAL-GEO' });
    t.ok(Math.abs((place?.decDeg ?? 0) - decDeg) < 1e-4, `declination ${place?.decDeg}`);
    if (decDeg < 90) t.ok(Math.abs((place?.raDeg ?? 0) - raDeg) < 1e-4, `right ascension ${place?.raDeg}`);
  }
});

t.test('times are brought to UTC', async (t) => {
  const noon = Date.UTC(2026, 1, 11, 12);
  const times: [text: string, scale: string | undefined, expected: number | undefined][] = [
    ['2026-02-11T12:00:00', undefined, noon],
    ['2026-02-11T12:00:00Z', 'UTC', noon],
    [' 2026-02-11 12:00 ', 'UTC', noon],
    ['2026-02-11T12:00:00.604000', undefined, noon + 604],
    ['2026-02-11T14:00:00+02:00', undefined, noon],
    ['2026-02-11T06:30:00-05:30', undefined, noon],
    ['2026-02-11T12:01:09.184', 'TT', noon],
    ['2026-02-11T12:01:09.184', 'TDB', noon],
    ['2026-02-11T12:00:18', 'GPS', noon],
    ['2026-02-11T12:00:37', 'TAI', noon],
    ['2026-02-11T12:00:00', 'constructor', noon],
    ['2016-12-31T23:59:60.5', 'UTC', Date.UTC(2017, 0, 1) + 500],
    ['2026-02-29T12:00:00', undefined, undefined],
    ['2024-02-29T12:00:00', undefined, Date.UTC(2024, 1, 29, 12)],
    ['2026-13-01T12:00:00', undefined, undefined],
    ['2026-01--9130T00:00:00.00', undefined, undefined],
    ['2026-02-11T24:00:00', undefined, undefined],
    ['2026-02-11T12:60:00', undefined, undefined],
    ['2026-02-11T12:00:60', undefined, undefined],
    ['2026-02-11T12:00:00+99:00', undefined, undefined],
    ['2026-02-11', undefined, undefined],
    ['now', undefined, undefined],
  ];
  for (const [text, scale, expected] of times) {
    const time = parseIsoTime(text, scale);
    t.equal(time === undefined ? undefined : Math.round(time), expected, `${text} ${scale}`);
  }
});

t.test('the scale is that of the coordinate system', async (t) => {
  // Gaia writes TDB; in January 2016 TAI was 36 s before UTC.
  t.equal(noticeOf('gaia-alert.xml').triggerTimeMs, Date.UTC(2016, 0, 16, 7, 52, 27) - 68_184);
  t.notOk('triggerTimeMs' in interpret(withWhereWhen({ isoTime: '2026-02-30T00:00:00' })));
});
