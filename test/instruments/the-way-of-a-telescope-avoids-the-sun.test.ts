import t from 'tap';
import { checkWay } from '../../src/instruments/index.js';
import { normalizeDeg, sun } from '../../src/sky/index.js';

const SITE = { name: 'Test', latitudeDeg: 31.0439, longitudeDeg: -115.4637, altitudeM: 2800 };
const LIMITS = { minAltitudeDeg: 0, sunDistanceDeg: 30, hourAngleDeg: 180, mask: [] };
const NOON_MS = Date.parse('2026-03-20T19:45:00Z');
const NIGHT_MS = Date.parse('2026-03-20T07:45:00Z');

t.test('a way past the Sun is refused, though its ends are far from it', async (t) => {
  const { raDeg, decDeg } = sun(SITE, NOON_MS);
  const beside = (deg: number, upDeg = 0) => ({ raDeg: normalizeDeg(raDeg + deg), decDeg: decDeg + upDeg });
  const check = (from: number, to: number, upDeg = 0, timeMs = NOON_MS) =>
    checkWay(SITE, beside(from, upDeg), beside(to, upDeg), LIMITS, timeMs);
  t.throws(() => check(-40, 40), { code: 'SUN_AVOIDANCE', message: /a way that leads within .* of the Sun/ });
  t.doesNotThrow(() => check(40, 60), 'on one side of it');
  t.doesNotThrow(() => check(-40, 40, 0, NIGHT_MS), 'by night');
  t.doesNotThrow(() => check(10, 60), 'it may go away from it');
  t.throws(() => check(20, -40), { code: 'SUN_AVOIDANCE' }, 'but not across it');
});
