import t from 'tap';
import { Sender } from '../../src/mesh/index.js';
import { HorizonFrame, sunAltitude } from '../../src/sky/index.js';
import { InstrumentLab } from '../helpers/instrument-lab.js';

const SITE = { name: 'Test', latitudeDeg: 31.0439, longitudeDeg: -115.4637, altitudeM: 2800 };
const AGENTS = [
  'weather',
  'plc',
  'dome',
  'telescope',
  'majordome',
  'scheduler',
  'alert_manager',
  'task_broker',
];
const RUNNING = AGENTS.slice(0, 5);

t.test('the majordome opens the dome at night, and a closed one lets nothing be observed', async (t) => {
  const lab = await InstrumentLab.start(
    t,
    AGENTS,
    {
      telescope: ['voters = dome'],
      majordome: ['voters = dome'],
      weather: ['hold_off = 1min'],
    },
    RUNNING,
  );
  const value = async (sentence: string, name: string) => (await lab.begin(sentence))?.[name];
  const shutterIs = (wanted: string) =>
    lab.until(async () => (await value('GET DOME SHUTTER', 'SHUTTER')) === wanted, 500);
  const goto = (altitudeDeg: number) => {
    const frame = new HorizonFrame(SITE, lab.clock.now());
    const { raDeg, decDeg } = frame.equatorial({ altitudeDeg, azimuthDeg: 20 });
    return `DO TELESCOPE GOTO RA=${raDeg}deg DEC=${decDeg}deg`;
  };
  const objectionOf = async () =>
    ((await Sender.request('majordome', 'Status')) as { objection?: string }).objection;

  t.comment('nothing is pointed at before');
  await t.rejects(lab.begin(goto(60)), { code: 'INTERLOCK', message: /DOME/ });
  t.match(await objectionOf(), /DOME/);

  t.comment('it opens by itself, with a sign of life for the PLC');
  await shutterIs('OPEN');
  t.ok(Number(await value('GET PLC STATUS', 'HEARTBEAT')) > 0);
  await lab.until(async () => (await objectionOf()) === undefined, 500);
  t.match(await lab.say(goto(60)), {});
  t.equal(await value('GET TELESCOPE STATE', 'STATE'), 'TRACKING');

  t.comment('rain closes it, and the telescope is parked');
  await lab.begin('SET WEATHER SIMULATE.RAIN ON');
  await shutterIs('CLOSED');
  t.match(await objectionOf(), /DOME: the shutter is CLOS/);
  await lab.until(async () => (await value('GET TELESCOPE STATE', 'STATE')) === 'PARKED', 500);
  await t.rejects(lab.begin(goto(60)), { code: 'INTERLOCK' });

  t.comment('after the hold-off it opens again');
  await lab.begin('SET WEATHER SIMULATE.RAIN OFF');
  await shutterIs('OPEN');

  t.comment('who locks the dome keeps it as it is');
  await lab.begin('DO DOME LOCK OWNER=visitor TTL=3600s');
  await lab.say('DO DOME CLOSE OWNER=visitor');
  for (let n = 0; n < 20; n += 1) {
    await lab.until(async () => true, 5000);
  }
  t.equal(await value('GET DOME SHUTTER', 'SHUTTER'), 'CLOSED');
  await lab.say('DO DOME UNLOCK OWNER=visitor');
  await shutterIs('OPEN');
});

t.test(
  'at dawn it closes the dome and parks the telescope, and leaves a dome that is opened by day',
  async (t) => {
    const DAWN_DEG = -3;
    let dawnMs = Date.parse('2026-03-20T12:00:00Z');
    while (sunAltitude(SITE, dawnMs) < DAWN_DEG) dawnMs += 10_000;
    const lab = await InstrumentLab.start(t, AGENTS, {}, RUNNING, dawnMs - 120_000);
    const value = async (sentence: string, name: string) => (await lab.begin(sentence))?.[name];
    const shutterIs = (wanted: string) =>
      lab.until(async () => (await value('GET DOME SHUTTER', 'SHUTTER')) === wanted, 500);
    await shutterIs('OPEN');
    await lab.say('DO TELESCOPE GOTO_ALTAZ ALT=50 AZ=300');
    await lab.say('SET TELESCOPE TRACKING SIDEREAL');
    t.ok(sunAltitude(SITE, lab.clock.now()) < DAWN_DEG, 'it is night still');
    await shutterIs('CLOSED');
    t.ok(sunAltitude(SITE, lab.clock.now()) >= DAWN_DEG, 'and no more');
    t.match(await lab.begin('GET DOME INTERLOCK'), { INTERLOCK: false }, 'though nobody objects');
    await lab.until(async () => (await value('GET TELESCOPE STATE', 'STATE')) === 'PARKED', 500);
    await lab.say('DO DOME OPEN');
    for (let n = 0; n < 20; n += 1) await lab.until(async () => true, 2000);
    t.equal(await value('GET DOME SHUTTER', 'SHUTTER'), 'OPEN');
  },
);
