// The expected numbers come from astropy 5.2.1 (with UT1 = UTC) and from J. Meeus, "Astronomical Algorithms".
import t from 'tap';
import {
  apparentFromIcrs,
  equatorialFromHorizontal,
  HorizonFrame,
  horizontal,
  hourAngleDeg,
  icrsFromApparent,
  localSiderealDeg,
  separationDeg,
  zenith,
} from '../../src/sky/index.js';

const ARCSEC = 1 / 3600;
const SITE = { name: 'Haute-Provence', latitudeDeg: 43.9316, longitudeDeg: 5.7122, altitudeM: 650 };
const TIME_MS = Date.parse('2026-03-04T21:30:00Z');

const STARS = [
  { name: 'Crab', raDeg: 83.63322, decDeg: 22.01446, alt: 45.801985, az: 255.904027, ha: 46.837599 },
  { name: 'Polaris', raDeg: 37.954561, decDeg: 89.264109, alt: 43.986149, az: 359.14112, ha: 84.659835 },
  { name: 'Sgr A*', raDeg: 266.41682, decDeg: -29.00783, alt: -52.120419, az: 81.870708, ha: -135.965382 },
  { name: 'LMC', raDeg: 80.894, decDeg: -69.756, alt: -29.380839, az: 197.733517, ha: 50.024991 },
  { name: 'M31', raDeg: 10.6847, decDeg: 41.2687, alt: 10.968795, az: 318.493879, ha: 119.83021 },
];

for (const star of STARS) {
  t.test(`${star.name} stands where astropy says, within 1.5 arcsec`, async (t) => {
    const seen = horizontal(SITE, star, TIME_MS);
    const error = separationDeg(
      { raDeg: seen.azimuthDeg, decDeg: seen.altitudeDeg },
      { raDeg: star.az, decDeg: star.alt },
    );
    t.ok(error < 1.5 * ARCSEC, `${error / ARCSEC} arcsec`);
    const hourAngleError =
      (hourAngleDeg(SITE, star, TIME_MS) - star.ha) * Math.cos((star.decDeg * Math.PI) / 180);
    t.ok(Math.abs(hourAngleError) < 1.5 * ARCSEC, `hour angle ${hourAngleError / ARCSEC} arcsec`);
  });
}

t.test('altitude and azimuth lead back to the star, with refraction and without', async (t) => {
  for (const star of STARS) {
    for (const refraction of [false, true]) {
      const seen = horizontal(SITE, star, TIME_MS, { refraction });
      const back = equatorialFromHorizontal(SITE, seen, TIME_MS, { refraction });
      t.ok(separationDeg(back, star) < 0.01 * ARCSEC, star.name);
    }
  }
});

t.test('the air lifts a star by half a degree at the horizon, and by nothing overhead', async (t) => {
  const frame = new HorizonFrame(SITE, TIME_MS);
  for (const [altitudeDeg, wantedDeg] of [
    [0, 0.483],
    [45, 0.0166],
    [90, 0],
  ] as const) {
    const target = frame.equatorial({ altitudeDeg, azimuthDeg: 120 });
    const lift = frame.horizontal(target, { refraction: true }).altitudeDeg - altitudeDeg;
    t.ok(Math.abs(lift - wantedDeg) < 0.01, `${lift} at ${altitudeDeg}`);
  }
});

t.test('what stands overhead has the altitude 90 and the declination of the latitude, nearly', async (t) => {
  const overhead = zenith(SITE, TIME_MS);
  t.ok(Math.abs(horizontal(SITE, overhead, TIME_MS).altitudeDeg - 90) < 1e-6);
  // In 26 years precession has moved the pole by less than 0.15 deg.
  t.ok(Math.abs(overhead.decDeg - SITE.latitudeDeg) < 0.15, `${overhead.decDeg}`);
});

t.test('the sidereal time is that of Meeus, example 12.a', async (t) => {
  const greenwich = { name: 'Greenwich', latitudeDeg: 51.4779, longitudeDeg: 0, altitudeM: 46 };
  const wantedDeg = 15 * (13 + 10 / 60 + 46.1351 / 3600);
  const error = localSiderealDeg(greenwich, Date.UTC(1987, 3, 10)) - wantedDeg;
  t.ok(Math.abs(error) < 0.5 * ARCSEC, `${error / ARCSEC} arcsec`);
  const lateAtEast = localSiderealDeg({ ...greenwich, longitudeDeg: 170 }, Date.UTC(1987, 3, 10));
  t.ok(Math.abs(lateAtEast - (wantedDeg + 170 - 360)) < 0.5 * ARCSEC);
});

t.test('the apparent place of theta Persei is that of Meeus, example 23.a', async (t) => {
  // J2000 position moved to 2028 by the proper motion, which is the caller's business.
  const years = 28.86705;
  const j2000 = {
    raDeg: 15 * (2 + 44 / 60 + (11.986 + years * 0.03425) / 3600),
    decDeg: 49 + 13 / 60 + (42.48 - years * 0.0895) / 3600,
  };
  const timeMs = Date.UTC(2028, 10, 13, 4, 32, 30);
  const wanted = { raDeg: 15 * (2 + 46 / 60 + 14.39 / 3600), decDeg: 49 + 21 / 60 + 7.45 / 3600 };
  const apparent = apparentFromIcrs(j2000, timeMs);
  t.ok(separationDeg(apparent, wanted) < 0.2 * ARCSEC, `${separationDeg(apparent, wanted) / ARCSEC} arcsec`);
  t.ok(separationDeg(icrsFromApparent(apparent, timeMs), j2000) < 0.001 * ARCSEC);
});
