import t from 'tap';
import {
  horizontal,
  moon,
  nightOf,
  separationDeg,
  sun,
  sunAltitude,
  visibility,
} from '../../src/sky/index.js';

const LONDON = { name: 'Greenwich', latitudeDeg: 51.4779, longitudeDeg: 0, altitudeM: 46 };
const PARANAL = { name: 'Paranal', latitudeDeg: -24.6275, longitudeDeg: -70.4044, altitudeM: 2635 };
const NORTH_CAPE = { name: 'North Cape', latitudeDeg: 71.17, longitudeDeg: 25.78, altitudeM: 300 };
const CRAB = { raDeg: 83.63322, decDeg: 22.01446 };

t.test('the Sun is 0.83 deg under the horizon when the almanac lets it rise and set', async (t) => {
  // London, 21 June 2026: 04:43 and 21:21 summer time.
  for (const time of ['2026-06-21T03:43:00Z', '2026-06-21T20:21:30Z']) {
    const altitudeDeg = sunAltitude(LONDON, Date.parse(time));
    t.ok(Math.abs(altitudeDeg + 0.833) < 0.1, `${altitudeDeg}`);
  }
});

t.test('at the eclipse of 2017 the new Moon stands before the Sun, as high as NASA foretold', async (t) => {
  const hopkinsville = { name: 'Hopkinsville', latitudeDeg: 36.966, longitudeDeg: -87.671, altitudeM: 150 };
  const timeMs = Date.parse('2017-08-21T18:25:32Z');
  const [theSun, theMoon] = [sun(hopkinsville, timeMs), moon(hopkinsville, timeMs)];
  t.ok(Math.abs(theSun.altitudeDeg - 63.9) < 0.1, `${theSun.altitudeDeg}`);
  t.ok(Math.abs(theSun.azimuthDeg - 197.9) < 0.15, `${theSun.azimuthDeg}`);
  t.ok(separationDeg(theSun, theMoon) < 0.02, `${separationDeg(theSun, theMoon)}`);
  t.ok(theMoon.illumination < 0.001);
  t.ok(separationDeg(theSun, { raDeg: 150.9, decDeg: 11.87 }) < 0.3, 'in Leo');
});

t.test('at the eclipse of the Moon of 2018 it is full and opposite to the Sun', async (t) => {
  const timeMs = Date.parse('2018-07-27T20:22:00Z');
  const theMoon = moon(LONDON, timeMs);
  t.ok(theMoon.illumination > 0.999);
  t.ok(separationDeg(theMoon, sun(LONDON, timeMs)) > 178.5);
});

t.test('a night has one name from noon to noon of the site', async (t) => {
  t.equal(nightOf(LONDON, Date.parse('2026-03-04T12:00:00Z')), '20260304');
  t.equal(nightOf(LONDON, Date.parse('2026-03-05T11:59:59Z')), '20260304');
  t.equal(nightOf(LONDON, Date.parse('2026-03-05T12:00:00Z')), '20260305');
  // Local noon of Paranal is at 16:41:37 UTC, that of a site 15 deg west of the date line at 23:00.
  t.equal(nightOf(PARANAL, Date.parse('2026-01-01T16:41:00Z')), '20251231');
  t.equal(nightOf(PARANAL, Date.parse('2026-01-01T16:42:00Z')), '20260101');
  t.equal(nightOf({ ...LONDON, longitudeDeg: 165 }, Date.parse('2026-01-01T01:00:00Z')), '20260101');
  t.equal(nightOf({ ...LONDON, longitudeDeg: 165 }, Date.parse('2026-01-01T00:59:00Z')), '20251231');
});

t.test('a target is visible from its rising in the dark until it or the Sun ends it', async (t) => {
  const noonMs = Date.parse('2026-01-10T17:00:00Z');
  const window = visibility(PARANAL, CRAB, noonMs, noonMs + 86_400_000, { minAltitudeDeg: 30 });
  if (!window) return t.fail('no window');
  t.ok(window.endMs - window.startMs > 3_600_000, 'longer than an hour');
  const atEnd = horizontal(PARANAL, CRAB, window.endMs).altitudeDeg;
  t.ok(Math.abs(atEnd - 30) < 0.01, `sets at ${atEnd}`);
  const [sunDeg, altitudeDeg] = [
    sunAltitude(PARANAL, window.startMs),
    horizontal(PARANAL, CRAB, window.startMs).altitudeDeg,
  ];
  t.ok(Math.abs(sunDeg + 12) < 0.01 || Math.abs(altitudeDeg - 30) < 0.01, 'begins at one of the two limits');
  // It culminates at 90 - |latitude - declination of date| = 43.34 deg.
  t.ok(Math.abs(window.maxAltitudeDeg - 43.34) < 0.05, `${window.maxAltitudeDeg}`);
  return undefined;
});

t.test('there is no window where the target stays too low or the Sun too high', async (t) => {
  const midsummerMs = Date.parse('2026-06-21T12:00:00Z');
  const day = [midsummerMs, midsummerMs + 86_400_000] as const;
  t.equal(visibility(NORTH_CAPE, { raDeg: 280, decDeg: 60 }, ...day), undefined);
  t.equal(visibility(PARANAL, { raDeg: 37.95, decDeg: 89.26 }, ...day), undefined);
  const polarDay = visibility(NORTH_CAPE, { raDeg: 280, decDeg: 60 }, ...day, { maxSunAltitudeDeg: 90 });
  t.same([polarDay?.startMs, polarDay?.endMs], day, 'and the whole day without a limit of the Sun');
  t.equal(visibility(PARANAL, CRAB, day[1], day[0]), undefined, 'an empty span');
  t.throws(() => visibility(PARANAL, CRAB, ...day, { stepMs: 0 }), RangeError);
});
