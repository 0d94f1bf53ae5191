import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseConfig, type StrategyEntry } from '../../src/config/index.js';
import { chooseStrategy, decide, Transients } from '../../src/observatory/index.js';
import { Store } from '../../src/store/index.js';
import { interpret, parseVOEvent, type TransientNotice } from '../../src/voevent/index.js';
import { testConfigText } from '../helpers/test-config.js';
import { fixture } from '../voevent/fixtures.js';

const noticeOf = (name: string) => interpret(parseVOEvent(fixture(name)));
const OWN = 'ivo://pyros.test/broker';
const NOW_MS = Date.UTC(2026, 0, 1);

/** The strategies of INI sections. */
async function strategies(t: Test, sections: Record<string, string[]>): Promise<readonly StrategyEntry[]> {
  const extra = Object.fromEntries(
    Object.entries(sections).map(([name, lines]) => [`strategy.${name}`, lines]),
  );
  const text = await testConfigText({ directory: t.testdir(), agents: ['telescope'], extra });
  return parseConfig(text).strategies;
}

/** An alert manager's part that decides, on a store of its own. */
async function observatory(t: Test, sections: Record<string, string[]> = { all: ['max_error = 10'] }) {
  const all = await strategies(t, sections);
  const store = new Store(join(t.testdir(), 'alerts.lmdb'));
  t.teardown(() => store.close());
  const transients = new Transients(store);
  let number = 0;
  const consider = (notice: TransientNotice, known?: string) =>
    store.transaction(() => {
      number += 1;
      const id = known ?? `${number}`.repeat(16);
      const decision = decide(
        notice,
        { id, receivedMs: NOW_MS, localIvorn: OWN },
        all,
        transients.past(notice, id),
      );
      const withdrew = transients.note(notice, { id, request: decision.request });
      return { ...decision, withdrew };
    });
  return { consider, transients };
}

t.test('a better position is requested again, the same one is not', async (t) => {
  const { consider, transients } = await observatory(t);
  const bat = noticeOf('swift-bat-grb-pos.xml');
  t.match(await consider(bat), { request: { alert: { errorDeg: 0.05 } } });
  t.match(await consider({ ...bat, ivorn: `${bat.ivorn}-again` }), {
    request: undefined,
    reason: /no better/,
  });
  t.match(await consider(noticeOf('swift-xrt-pos.xml')), { request: { alert: { errorDeg: 0.001 } } });
  const gbm = noticeOf('icecube-gold-rev0.xml');
  t.ok((await consider(gbm)).request);
  t.ok(
    (await consider({ ...gbm, position: { raDeg: 10, decDeg: 10, errorDeg: 5 } })).request,
    'it has moved away',
  );
  t.equal(transients.count, 2);
  t.equal(transients.history('Swift:655721').length, 3, 'they are one history');
  t.same(transients.history(bat.ivorn), transients.history('Swift:655721'));
});

t.test('what was retracted moves nothing any more, with citations and without', async (t) => {
  const { consider } = await observatory(t);
  const trigger = { ...noticeOf('svom-grm-trigger.xml'), position: { raDeg: 1, decDeg: 1, errorDeg: 1 } };
  t.ok((await consider(trigger)).request);
  t.match(await consider(noticeOf('svom-grm-retraction.xml')), { reason: /retracts/ });
  t.match(await consider({ ...trigger, ivorn: `${trigger.ivorn}-2` }), {
    reason: /was retracted by ivo:\/\/org.svom/,
  });
  const lvk = { ...noticeOf('lvc-preliminary.xml'), position: { raDeg: 1, decDeg: 1, errorDeg: 1 } };
  t.ok((await consider(lvk)).request);
  await consider(noticeOf('lvc-retraction.xml'));
  t.match(await consider({ ...lvk, ivorn: `${lvk.ivorn}-2` }), { reason: /was retracted by ivo:\/\/gwnet/ });
  const cited = { ...trigger, event: 'other', ivorn: 'ivo://a.b/c#1', citedIvorns: [] };
  t.ok((await consider(cited)).request);
  await consider({
    ...cited,
    event: 'ivo://a.b/c#2',
    ivorn: 'ivo://a.b/c#2',
    isRetraction: true,
    citedIvorns: [cited.ivorn],
  });
  t.match(await consider({ ...cited, ivorn: 'ivo://a.b/c#3' }), {
    reason: /was retracted by ivo:\/\/a.b\/c#2/,
  });
});

t.test('a retraction takes back every request for its transient, and only what it retracts', async (t) => {
  const { consider } = await observatory(t);
  const bat = noticeOf('swift-bat-grb-pos.xml');
  const first = await consider(bat);
  const better = await consider(noticeOf('swift-xrt-pos.xml'));
  const other = await consider(noticeOf('icecube-gold-rev0.xml'));
  t.same([first.withdrew, better.withdrew, other.withdrew], [[], [], []]);
  const { ivorn } = noticeOf('icecube-gold-rev0.xml');
  const retraction = {
    ...bat,
    ivorn: `${bat.ivorn}-retracted`,
    event: 'elsewhere',
    isRetraction: true,
    // What it only follows up may come first.
    citedIvorns: [ivorn, bat.ivorn],
    retractedIvorns: [bat.ivorn],
  };
  t.same(
    (await consider({ ...retraction, role: 'test' as const })).withdrew,
    [],
    'a test takes nothing back',
  );
  const { withdrew } = await consider(retraction);
  t.same(withdrew, [first.request?.id, better.request?.id], 'the follow-up belongs to it');
  const late = { ...bat, event: 'late', ivorn: 'ivo://a.b/c#late', citedIvorns: [] };
  await consider({
    ...retraction,
    ivorn: 'ivo://a.b/c#early',
    event: 'early',
    retractedIvorns: [late.ivorn],
  });
  t.match(await consider(late), { reason: 'it was retracted by ivo://a.b/c#early' }, 'it comes first');
  t.same(noticeOf('svom-grm-retraction.xml').retractedIvorns?.length, 3);
  t.same(noticeOf('lvc-retraction.xml').retractedIvorns, undefined);
});

t.test('tests, utilities and predictions move nothing, and hide nothing', async (t) => {
  const { consider, transients } = await observatory(t);
  const bat = noticeOf('swift-bat-grb-pos.xml');
  for (const role of ['test', 'utility', 'prediction'] as const) {
    const isRetraction = role === 'test';
    t.match(await consider({ ...bat, role, isRetraction }), {
      request: undefined,
      reason: new RegExp(`role is ${role}`),
    });
  }
  t.equal(transients.count, 0);
  t.ok((await consider(bat)).request);
  t.match(await consider(noticeOf('swift-point-dir-utility.xml')), { request: undefined });
  t.match(await consider({ ...bat, event: 'x', notATarget: 'it points elsewhere' }), {
    reason: 'it points elsewhere',
  });
});

t.test(
  'what we tell of our own observation moves nothing, however well it places the transient',
  async (t) => {
    const { consider } = await observatory(t);
    const bat = noticeOf('swift-bat-grb-pos.xml');
    t.ok((await consider(bat)).request);
    const position = { raDeg: 319.73, decDeg: -34.85, errorDeg: 0.0001 };
    const own = { ...bat, position, event: 'own', ivorn: `${OWN}#1`, citedIvorns: [bat.ivorn] };
    t.match(await consider(own), { request: undefined, reason: 'it is an event of our own' });
    t.ok((await consider({ ...own, event: 'x', ivorn: `${OWN}2#1` })).request, 'a namesake is another');
  },
);

t.test('a strategy is chosen by stream, kind of packet, and place in the history', async (t) => {
  const all = await strategies(t, {
    rest: ['streams = *'],
    swift: ['streams = ivo://nasa.gsfc.gcn/SWIFT', 'relations = new'],
    xrt: [
      'streams = ivo://nasa.gsfc.gcn/SWIFT',
      'packet_types = SWIFT_XRT_POSITION, 81',
      'relations = update',
    ],
  });
  const bat = noticeOf('swift-bat-grb-pos.xml');
  const xrt = noticeOf('swift-xrt-pos.xml');
  t.equal(chooseStrategy(bat, all)?.name, 'swift');
  t.equal(chooseStrategy(bat, all, { isKnown: true })?.name, 'rest', 'it is not the first of this transient');
  t.equal(chooseStrategy(xrt, all)?.name, 'xrt');
  t.equal(chooseStrategy({ ...xrt, packetType: 'SWIFT_UVOT_POS', packetNumber: 81 }, all)?.name, 'xrt');
  t.equal(chooseStrategy(noticeOf('gaia-alert.xml'), all)?.name, 'rest');
});

t.test('a packet that is considered again is not its own predecessor', async (t) => {
  const { consider, transients } = await observatory(t, { all: ['max_error = 0.01', 'relations = new'] });
  const bat = noticeOf('swift-bat-grb-pos.xml');
  const refused = { request: undefined, reason: /error radius of 0.05 deg is above 0.01/ };
  t.match(await consider(bat, 'first'), refused);
  t.match(await consider(bat, 'first'), refused, 'again: by its radius, not because it is known');
  t.same(transients.history(bat.ivorn), ['first']);
  t.match(await consider(bat, 'second'), { reason: /no strategy .* of a transient that is known/ });
});

t.test('error, importance, age and expiry are conditions', async (t) => {
  const { consider } = await observatory(t, {
    all: ['max_error = 1', 'min_importance = 0.5', 'max_age = 1h', 'relations = new'],
  });
  const good = { ...noticeOf('swift-bat-grb-pos.xml'), triggerTimeMs: NOW_MS - 60_000, importance: 0.9 };
  const position = { raDeg: 1, decDeg: 1, errorDeg: 1.1 };
  t.match(await consider({ ...good, event: '1', position }), {
    reason: /error radius of 1.1 deg is above 1 deg/,
  });
  t.match(await consider({ ...good, event: '2', ivorn: '2', importance: 0.4 }), {
    reason: /importance of 0.4/,
  });
  t.match(await consider({ ...good, event: '3', ivorn: '3', triggerTimeMs: NOW_MS - 7_200_000 }), {
    reason: /2 h ago, more than 60 min of/,
  });
  t.match(await consider({ ...good, event: '4', ivorn: '4', expiresMs: NOW_MS - 1 }), { reason: /expired/ });
  t.match(await consider({ ...good, event: '5', ivorn: '5', relation: 'update' }), {
    reason: /no strategy is for/,
  });
  const { position: _, ...nowhere } = good;
  t.match(await consider({ ...nowhere, event: '6', ivorn: '6', skyMapUrl: 'x', doubts: ['why'] }), {
    reason: 'it bears no position; it has a sky map (why)',
  });
  t.ok((await consider({ ...good, event: '7', ivorn: '7' })).request);
});

t.test('a strategy has images of both channels taken, if it says so and there is a camera', async (t) => {
  const lines = ['filter = g', 'exposure = 30s', 'count = 4', 'nir_exposure = 500ms', 'nir_count = 90'];
  const albums = async (agents: readonly string[], keys: string[]) => {
    const extra = { 'strategy.both': keys };
    const text = await testConfigText({ directory: t.testdir(), agents, extra });
    const notice = noticeOf('swift-bat-grb-pos.xml');
    return decide(notice, { id: 'x', receivedMs: NOW_MS }, parseConfig(text).strategies).request?.sequences[0]
      ?.albums;
  };
  t.same(await albums(['camera_vis', 'camera_nir'], lines), [
    { detector: 'VIS', plans: [{ filter: 'g', exposureS: 30, count: 4 }] },
    { detector: 'NIR', plans: [{ filter: 'J', exposureS: 0.5, count: 90 }] },
  ]);
  t.match(await albums(['camera_vis'], lines.slice(0, 3)), [{ detector: 'VIS' }]);
  await t.rejects(albums(['camera_vis'], lines), {
    message: /nir_exposure: found .*, expected a section \[camera_nir\]/,
  });
});
