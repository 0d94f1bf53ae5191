import t from 'tap';
import { DEVICE_VOTE } from '../../../src/instruments/index.js';
import { Sender } from '../../../src/mesh/index.js';
import { apparentFromIcrs, HorizonFrame, normalizeDeg, sun } from '../../../src/sky/index.js';
import { InstrumentLab } from '../../helpers/instrument-lab.js';

const SITE = { name: 'Test', latitudeDeg: 31.0439, longitudeDeg: -115.4637, altitudeM: 2800 };

/** A place at an altitude and azimuth, as a sentence has it. */
const placeAt = (lab: InstrumentLab, altitudeDeg: number, azimuthDeg: number) => {
  const { raDeg, decDeg } = new HorizonFrame(SITE, lab.clock.now()).equatorial({ altitudeDeg, azimuthDeg });
  return { raDeg, decDeg, text: `RA=${raDeg}deg DEC=${decDeg}deg` };
};

t.test(
  'a telescope is told to go somewhere, and says how far it is, where it is, and when it is stopped',
  async (t) => {
    const lab = await InstrumentLab.start(t, ['telescope']);
    t.match(await lab.say('GET TELESCOPE STATE'), { STATE: 'PARKED', BUSY: false });
    const target = placeAt(lab, 60, 120);
    const progress: { ETA: number }[] = [];
    const going = lab.begin(`DO TELESCOPE GOTO ${target.text}`, { progress });
    await lab.until(async () => progress.length > 0);
    t.ok((progress[0]?.ETA ?? 0) > 1, 'progress is told at once');
    t.match(await lab.begin('GET TELESCOPE STATE'), { STATE: 'MOVING', BUSY: true }, 'a GET does not wait');
    t.match(await lab.begin('GET TELESCOPE TARGET'), {
      RA: target.raDeg,
      DEC: target.decDeg,
      TRACK: 'SIDEREAL',
    });
    const there = await lab.during(going);
    t.ok(
      Math.abs(Number(there?.['RA']) - target.raDeg) < 0.001 && Math.abs(Number(there?.['ALT']) - 60) < 0.1,
    );
    t.match(await lab.say('GET TELESCOPE STATE'), { STATE: 'TRACKING', BUSY: false });
    t.ok(Number((await lab.say('GET TELESCOPE SEPARATION'))?.['SEPARATION']) < 2);

    t.comment('an offset is arcsec on the sky');
    const moved = await lab.say('DO TELESCOPE OFFSET DRA=600 DDEC=-1arcmin');
    const cosDec = Math.cos((target.decDeg * Math.PI) / 180);
    t.ok(Math.abs((Number(moved?.['RA']) - target.raDeg) * cosDec * 3600 - 600) < 3);
    t.ok(Math.abs((Number(moved?.['DEC']) - target.decDeg) * 3600 + 60) < 3);

    t.comment('STOP overtakes, and a new GOTO supersedes');
    const far = lab.begin(`DO TELESCOPE GOTO ${placeAt(lab, 40, 300).text}`);
    await lab.until(async () => (await lab.begin('GET TELESCOPE STATE'))?.['STATE'] === 'MOVING');
    const stopped = lab.begin('DO TELESCOPE STOP');
    await t.rejects(far, { code: 'ABORTED', message: /ended by DO STOP/ });
    await lab.during(stopped);
    t.match(await lab.say('GET TELESCOPE STATE'), { STATE: 'IDLE' });
    const first = lab.begin(`DO TELESCOPE GOTO ${placeAt(lab, 40, 300).text}`);
    await lab.until(async () => (await lab.begin('GET TELESCOPE STATE'))?.['STATE'] === 'MOVING');
    const second = lab.begin(`DO TELESCOPE GOTO ${placeAt(lab, 70, 30).text} TRACK=LUNAR`);
    await t.rejects(first, { code: 'ABORTED', message: /ended by DO GOTO/ });
    t.ok(Math.abs(Number((await lab.during(second))?.['ALT']) - 70) < 0.1);
    t.match(await lab.say('GET TELESCOPE TARGET'), { TRACK: 'LUNAR' });
    await lab.say('DO TELESCOPE PARK');
    t.match(await lab.say('GET TELESCOPE STATE'), { STATE: 'PARKED' });
    await t.rejects(lab.say('SET TELESCOPE TRACKING SIDEREAL'), { code: 'PARKED' });
  },
);

t.test('JNOW is told apart from ICRS, and the messages before the grammar are understood', async (t) => {
  const lab = await InstrumentLab.start(t, ['telescope']);
  const target = placeAt(lab, 60, 120);
  const ofDate = apparentFromIcrs(target, lab.clock.now());
  const jnow = await lab.say(`DO TELESCOPE GOTO RA=${ofDate.raDeg} DEC=${ofDate.decDeg} FRAME=JNOW`);
  t.ok(Math.abs(Number(jnow?.['RA']) - target.raDeg) < 0.001);
  t.ok(Math.abs(ofDate.raDeg - target.raDeg) > 0.1, 'they are not the same');
  const { raDeg, decDeg } = placeAt(lab, 50, 200);
  const old = await lab.say('DO TELESCOPE GOTO', { data: { raDeg, decDeg } });
  t.ok(Math.abs(Number(old?.['raDeg']) - raDeg) < 0.001);
});

t.test('it goes nowhere below its limits, near the Sun, or where people are', async (t) => {
  const lab = await InstrumentLab.start(t, ['telescope'], {
    telescope: ['horizon_mask = 90:45, 180:10, 270:45'],
  });
  const goto = (altitudeDeg: number, azimuthDeg: number) =>
    lab.say(`DO TELESCOPE GOTO ${placeAt(lab, altitudeDeg, azimuthDeg).text}`);
  await t.rejects(goto(15, 180), { code: 'BELOW_LIMIT', message: /15\.0 deg, the limit is 20\.0 deg/ });
  await t.rejects(goto(40, 90), { code: 'BELOW_LIMIT', message: /mask/ });
  await t.rejects(lab.say('DO TELESCOPE GOTO_ALTAZ ALT=10 AZ=180'), { code: 'BELOW_LIMIT' });
  await lab.say('SET TELESCOPE LIMIT.ALT 12deg');
  await goto(15, 180);
  await lab.say('SET TELESCOPE LIMIT.HA 10deg');
  await t.rejects(goto(50, 100), { code: 'ABOVE_LIMIT', message: /hour angle/ });
  await lab.say('SET TELESCOPE LIMIT.HA 180deg');
  t.match(await lab.say('GET TELESCOPE LIMITS'), { LIMITS: ['ALT=12deg', 'SUN=30deg', 'HA=180deg'] });

  t.comment('somebody comes in: it stops at once, and goes nowhere');
  const moving = lab.begin(`DO TELESCOPE GOTO ${placeAt(lab, 70, 300).text}`);
  await lab.until(async () => (await lab.begin('GET TELESCOPE STATE'))?.['STATE'] === 'MOVING');
  const vote = (interlocks: string[]) =>
    Sender.sendTo('telescope', DEVICE_VOTE, {
      device: 'PLC',
      safe: interlocks.length === 0,
      reasons: interlocks,
      interlocks,
      timeMs: lab.clock.now(),
    });
  await vote(['DOOR']);
  await t.rejects(moving, { code: 'INTERLOCK', message: /DOOR of PLC/ });
  await t.rejects(goto(70, 300), { code: 'INTERLOCK' });
  await lab.until(async () => (await lab.begin('GET TELESCOPE STATE'))?.['STATE'] === 'IDLE', 100);
  t.match(await lab.say('GET TELESCOPE STATE'), { REASON: /stopped by DOOR/ });
  await vote([]);
  await goto(70, 300);

  t.comment('what it follows sets, and it does not follow it below the limit');
  await goto(46, 269);
  await lab.until(async () => (await lab.begin('GET TELESCOPE STATE'))?.['STATE'] === 'IDLE', 20_000);
  t.match(await lab.say('GET TELESCOPE STATE'), { REASON: /mask of the horizon/ });

  t.comment('by day it keeps away from the Sun');
  await lab.clock.advance(12 * 3600_000);
  const theSun = sun(SITE, lab.clock.now());
  t.ok(theSun.altitudeDeg > 40, `the Sun is up, at ${theSun.altitudeDeg}`);
  const near = `DO TELESCOPE GOTO RA=${normalizeDeg(theSun.raDeg + 10)} DEC=${theSun.decDeg}`;
  await t.rejects(lab.say(near), { code: 'SUN_AVOIDANCE', message: /limit is 30/ });
});

t.test('limits and locks outlive a restart of the agent', async (t) => {
  const lab = await InstrumentLab.start(t, ['telescope']);
  await lab.say('SET TELESCOPE LIMIT.ALT 33deg');
  await lab.say('DO TELESCOPE LOCK OWNER=ada TTL=10min');
  await lab.during(lab.agent('telescope').stop());
  await lab.startAgent('telescope');
  t.match(await lab.say('GET TELESCOPE LIMITS'), { LIMITS: ['ALT=33deg', 'SUN=30deg', 'HA=180deg'] });
  await t.rejects(lab.say('DO TELESCOPE UNPARK'), { code: 'DENIED', message: /ada has the lock/ });
  await lab.say('DO TELESCOPE UNPARK OWNER=ada');
});
