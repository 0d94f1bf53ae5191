import t from 'tap';
import { parkPlaceOf } from '../../../src/instruments/indi/park-place.js';
import { IndiVector } from '../../../src/instruments/indi/vector.js';
import { HorizonFrame, localSiderealDeg, sun } from '../../../src/sky/index.js';
import { InstrumentLab } from '../../helpers/instrument-lab.js';

const SITE = { name: 'Test', latitudeDeg: 31.0439, longitudeDeg: -115.4637, altitudeM: 2800 };
/** From the begin of the lab's night to the middle of the morning. */
const TO_MORNING_MS = 12 * 3600_000;
const TO_NOON_MS = 3 * 3600_000;

/** Where the Sun stands over the horizon. */
const sunOver = (lab: InstrumentLab) => {
  const nowMs = lab.clock.now();
  return new HorizonFrame(SITE, nowMs).horizontal(sun(SITE, nowMs));
};

t.test('by day neither the target nor the way is near the Sun, whatever moves the telescope', async (t) => {
  const lab = await InstrumentLab.start(t, ['telescope']);
  await lab.clock.advance(TO_MORNING_MS);
  const there = sunOver(lab);
  t.ok(there.altitudeDeg > 35 && there.azimuthDeg > 100 && there.azimuthDeg < 140, JSON.stringify(there));
  /** Degrees of azimuth from the Sun, at its altitude or so much higher. */
  const beside = (deg: number, upDeg = 0) =>
    `DO TELESCOPE GOTO_ALTAZ ALT=${there.altitudeDeg + upDeg}deg AZ=${there.azimuthDeg + deg}deg`;
  const isRefused = (sentence: string, message: RegExp) =>
    t.rejects(lab.begin(sentence), { code: 'SUN_AVOIDANCE', message }, sentence);

  t.comment('GOTO_ALTAZ');
  t.match(await lab.say('GET TELESCOPE STATE'), { STATE: 'PARKED' });
  await isRefused(beside(20), /the target is .* from the Sun, the limit is 30/);
  await isRefused(beside(-60), /on a way that leads within .* of the Sun/);
  t.match(await lab.say('GET TELESCOPE STATE'), { STATE: 'PARKED' }, 'and nothing has moved');

  t.comment('round by the west and the north it may go to the other side');
  for (const azimuthDeg of [270, 0, 50])
    await lab.say(`DO TELESCOPE GOTO_ALTAZ ALT=45deg AZ=${azimuthDeg}deg`);

  t.comment('PARK and HOME');
  await isRefused('DO TELESCOPE PARK', /on a way/);
  t.match(await lab.say('GET TELESCOPE STATE'), { STATE: 'IDLE' });
  t.ok(Math.abs(Number((await lab.say('DO TELESCOPE HOME'))?.['ALT']) - 80) < 0.01);

  t.comment('OFFSET');
  const nowMs = lab.clock.now();
  const theSun = sun(SITE, nowMs);
  const decDeg = theSun.decDeg + 31;
  await lab.say(`DO TELESCOPE GOTO RA=${theSun.raDeg}deg DEC=${decDeg}deg`);
  await isRefused('DO TELESCOPE OFFSET DRA=0 DDEC=-7200', /the target is 2\d\.\d deg from the Sun/);
  await lab.say('DO TELESCOPE OFFSET DRA=0 DDEC=600');

  t.comment('SET TRACKING: what stands there and is to follow');
  await lab.say('DO TELESCOPE STOP');
  await lab.say('SET TELESCOPE LIMIT.SUN 40deg');
  await isRefused('SET TELESCOPE TRACKING SOLAR', /from the Sun, the limit is 40/);
  await lab.say('SET TELESCOPE TRACKING OFF');
  await lab.say('SET TELESCOPE LIMIT.SUN 20deg');
  await lab.say('SET TELESCOPE TRACKING SIDEREAL');

  t.comment('what is followed there is let go of when the limit is drawn closer');
  await lab.say('SET TELESCOPE LIMIT.SUN 40deg');
  await lab.until(async () => (await lab.begin('GET TELESCOPE STATE'))?.['STATE'] === 'IDLE', 1000);
  t.match(await lab.say('GET TELESCOPE STATE'), { REASON: /from the Sun/ });
});

t.test('a telescope may be parked near the Sun: it passes by there every day', async (t) => {
  const lab = await InstrumentLab.start(t, ['telescope']);
  await lab.say('DO TELESCOPE GOTO_ALTAZ ALT=45 AZ=270');
  await lab.clock.advance(TO_MORNING_MS + TO_NOON_MS);
  const { altitudeDeg, azimuthDeg } = sunOver(lab);
  t.ok(Math.abs(altitudeDeg - 45) < 20 && Math.abs(azimuthDeg - 180) < 25, `${altitudeDeg} ${azimuthDeg}`);
  await t.rejects(lab.begin('DO TELESCOPE GOTO_ALTAZ ALT=45 AZ=180'), { code: 'SUN_AVOIDANCE' });
  await lab.say('DO TELESCOPE PARK');
  t.match(await lab.say('GET TELESCOPE STATE'), { STATE: 'PARKED' });
});

t.test('where a mount of an INDI server parks is read in each of its ways', async (t) => {
  const nowMs = Date.parse('2026-03-20T17:00:00Z');
  const place = (members: Record<string, number>) => {
    const elements = Object.entries(members).map(([name, value]) => ({
      tag: 'defNumber',
      attributes: new Map([['name', name]]),
      text: String(value),
    }));
    const element = { tag: 'defNumberVector', attributes: new Map(), members: elements, bytes: 0 };
    return parkPlaceOf(new IndiVector('Number', element), SITE, nowMs);
  };
  const near = (members: Record<string, number>, altitudeDeg: number, azimuthDeg: number) => {
    const found = place(members);
    const text = JSON.stringify(found);
    t.ok(Math.abs((found?.altitudeDeg ?? Number.NaN) - altitudeDeg) < 0.02, text);
    t.ok(Math.abs((found?.azimuthDeg ?? Number.NaN) - azimuthDeg) < 0.02, text);
  };
  near({ PARK_ALT: 30, PARK_AZ: 200 }, 30, 200);
  near({ PARK_HA: -6, PARK_DEC: 0 }, 0, 90);
  near({ PARK_HA: 0, PARK_DEC: 0 }, 90 - SITE.latitudeDeg, 180);
  near({ PARK_RA: localSiderealDeg(SITE, nowMs) / 15, PARK_DEC: 0 }, 90 - SITE.latitudeDeg, 180);
  t.equal(place({ PARK_RA: 8_388_608, PARK_DEC: 8_388_608 }), undefined, 'steps of encoders say nothing');
  t.equal(parkPlaceOf(undefined, SITE, nowMs), undefined);
});
