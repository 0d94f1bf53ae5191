import t from 'tap';
import { interpret, LENIENT, type Param, readVOEvent, type VOEvent } from '../../src/voevent/index.js';
import { fixture } from './fixtures.js';

const noticeOf = (name: string) => interpret(readVOEvent(fixture(name), {}, LENIENT).event);

/** A packet of which only the name and the params are known. */
function packet(ivorn: string, params: Record<string, string>, more: Partial<VOEvent> = {}): VOEvent {
  const list: Param[] = Object.entries(params).map(([name, value]) => ({ name, value }));
  return {
    ivorn,
    role: 'observation',
    version: '2.0',
    what: { params: list, groups: [], tables: [] },
    citations: [],
    ...more,
  };
}

t.test('the samples', async (t) => {
  const rows: [
    file: string,
    event: string,
    packetType: string | undefined,
    relation: string,
    target: boolean,
  ][] = [
    ['swift-bat-grb-pos.xml', 'Swift:655721', 'SWIFT_BAT_GRB_POS_ACK', 'new', true],
    ['swift-xrt-pos.xml', 'Swift:655721', 'SWIFT_XRT_POSITION', 'update', true],
    ['swift-xrt-pos-v1.1.xml', 'Swift:644259', 'SWIFT_XRT_POSITION', 'update', true],
    ['swift-uvot-pos-no-namespace.xml', 'Swift:1101053', 'SWIFT_UVOT_POS', 'update', true],
    ['swift-point-dir-utility.xml', 'Swift:48767', 'SWIFT_POINTDIR', 'update', false],
    ['swift-bat-grb-pos-test.xml', 'Swift:99999', 'SWIFT_BAT_GRB_POS_TEST', 'update', false],
    ['fermi-gbm-alert.xml', 'Fermi:797895702', 'FERMI_GBM_ALERT', 'new', true],
    ['fermi-gbm-flt-pos.xml', 'Fermi:797895702', 'FERMI_GBM_FLT_POS', 'update', true],
    ['fermi-lat-initial-bad-date.xml', 'Fermi:793795104', 'FERMI_LAT_POS_INI', 'new', true],
    ['icecube-gold-rev0.xml', 'IceCube:134191_17593623', 'ICECUBE_ASTROTRACK_GOLD', 'new', true],
    ['icecube-gold-rev1.xml', 'IceCube:134191_17593623', 'ICECUBE_ASTROTRACK_GOLD', 'update', true],
    ['lvc-preliminary.xml', 'LVK:S230518h', 'LVC_PRELIMINARY', 'new', true],
    ['lvc-retraction.xml', 'LVK:S230518h', 'LVC_RETRACTION', 'retraction', true],
    ['svom-grm-trigger.xml', 'SVOM:sb26020402', 'SVOM_GRM_TRIGGER', 'new', true],
    ['svom-grm-retraction.xml', 'SVOM:sb26020402', undefined, 'retraction', true],
    ['svom-eclairs-wakeup.xml', 'SVOM:sb26021102', 'SVOM_ECLAIRS_WAKEUP', 'new', true],
    ['gaia-alert.xml', 'Gaia:Gaia16aac', 'GAIA_ALERT', 'new', true],
  ];
  for (const [file, event, packetType, relation, isTarget] of rows) {
    const notice = noticeOf(file);
    t.match(notice, { event, relation }, file);
    if (packetType !== undefined) t.equal(notice.packetType, packetType, file);
    t.equal(notice.notATarget === undefined, isTarget, `${file}: ${notice.notATarget}`);
  }
});

t.test('what the samples say besides', async (t) => {
  t.equal(noticeOf('fermi-gbm-flt-pos.xml').errorMeaning, '1 sigma');
  t.match(noticeOf('icecube-gold-rev1.xml'), { importance: 0.8283, position: { errorDeg: 1.2199 } });
  t.match(noticeOf('lvc-preliminary.xml'), { importance: 1, skyMapUrl: /bayestar.multiorder.fits$/ });
  t.match(noticeOf('svom-eclairs-wakeup.xml'), { mission: 'SVOM', instrument: 'ECLAIRs' });
  t.match(noticeOf('fermi-gbm-alert.xml').doubts, [/not known yet/]);
  t.match(noticeOf('asassn.xml'), { mission: 'ASAS-SN', event: /^ASAS-SN:2016-09-25/ });
});

t.test('missions of which there is no whole sample', async (t) => {
  const gcn = 'ivo://nasa.gsfc.gcn';
  const rows: [VOEvent, object][] = [
    [
      packet(`${gcn}/INTEGRAL#WAKEUP_1`, { Packet_Type: '53', TrigID: '7' }),
      { event: 'INTEGRAL:7', relation: 'new' },
    ],
    [packet(`${gcn}/INTEGRAL#REFINED_1`, { Packet_Type: '54', TrigID: '7' }), { relation: 'update' }],
    [packet(`${gcn}/INTEGRAL#P`, { Packet_Type: '51' }), { notATarget: /spacecraft points/ }],
    [
      packet(`${gcn}/KONUS#LC_1`, { Packet_Type: '59', TrigID: '3' }),
      { event: 'Konus:3', packetType: 'KONUS_LC' },
    ],
    [
      packet(`${gcn}/MAXI#UNK`, { Packet_Type: '134', TrigID: '9' }),
      { event: 'MAXI:9', packetType: 'MAXI_UNKNOWN' },
    ],
    [packet(`${gcn}/MAXI#KN`, { Packet_Type: '135' }), { notATarget: /known/ }],
    [packet(`${gcn}/SWIFT#N`, { Packet_Type: '62' }), { notATarget: /nothing was found/ }],
    [packet(`${gcn}/SWIFT#B`, { Packet_Type: '61', Def_NOT_a_GRB: 'true' }), { notATarget: /no burst/ }],
    [packet(`${gcn}/GCN#K`, { Packet_Type: '4' }), { notATarget: /for the connection/ }],
    [
      packet(`${gcn}/LVC#S1-2-Update`, { Packet_Type: '152', GraceID: 'S1', AlertType: 'Update' }),
      { relation: 'update' },
    ],
    [packet(`${gcn}/LVC#I`, { GraceID: 'S1', HardwareInj: '1' }), { notATarget: /injection/ }],
    [packet('ivo://org.svom/fsc#sb1_eclairs-slewing', {}), { event: 'SVOM:sb1', notATarget: /slews/ }],
    [
      packet('ivo://org.svom/fsc#sb26021102_mxt-initial_qpo_5', {
        Instrument: 'MXT',
        Burst_Id: 'sb26021102',
      }),
      { event: 'SVOM:sb26021102', instrument: 'MXT', packetType: 'SVOM_MXT_INITIAL_QPO_5' },
    ],
    [
      packet('ivo://org.svom/fsc#sb26021102_vt-initial', { Instrument: 'VT' }),
      { event: 'SVOM:sb26021102', instrument: 'VT', relation: 'new' },
    ],
    [packet('ivo://einstein.probe/wxt#ep1', { id: '01708973486' }), { event: 'Einstein Probe:01708973486' }],
    [packet('ivo://a.b/c#d', {}), { mission: 'a.b/c', event: 'ivo://a.b/c#d', relation: 'new' }],
    [
      packet('ivo://a.b/c#d', { TrigID: '5' }, { citations: [{ ivorn: 'ivo://e', cite: 'followup' }] }),
      { relation: 'update' },
    ],
  ];
  for (const [event, expected] of rows) t.match(interpret(event), expected, event.ivorn);
});

t.test('what cannot be read is absent, and is said so', async (t) => {
  const where = (whereWhen: VOEvent['whereWhen']) =>
    interpret(packet('ivo://a.b/c#d', {}, whereWhen ? { whereWhen } : {}));
  t.match(where({ isoTime: '2026-02-30T00:00:00', c1: 400, c2: 0 }), {
    doubts: [/impossible/, /not on the sphere/],
  });
  t.match(where({ c1: 1, c2: 1, units: 'rad' }), { doubts: [/not degrees/] });
  t.match(where({ c1: 1, c2: 1, coordSystemId: 'UTC-FK4-GEO' }), { doubts: [/cannot be converted/] });
  t.same(where({ c1: 1, c2: 1 }).doubts, []);
  t.equal(
    interpret(packet('ivo://a.b/c#d', {}, { why: { expires: '2026-01-01T00:00:00' } })).expiresMs,
    Date.UTC(2026, 0, 1),
  );
});
