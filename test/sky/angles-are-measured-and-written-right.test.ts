import t from 'tap';
import {
  airmass,
  formatDec,
  formatRa,
  normalizeRa,
  separationDeg,
  TanProjection,
  wrapDeg,
} from '../../src/sky/index.js';

const ARCSEC = 1 / 3600;

t.test('a separation is right from a milliarcsecond to the opposite point', async (t) => {
  const near = separationDeg({ raDeg: 120, decDeg: 60 }, { raDeg: 120 + 0.002 * ARCSEC, decDeg: 60 });
  t.ok(Math.abs(near / (0.001 * ARCSEC) - 1) < 1e-3, `${near / ARCSEC} arcsec`);
  // Meeus, example 17.a: Arcturus and Spica.
  const far = separationDeg({ raDeg: 213.9154, decDeg: 19.1825 }, { raDeg: 201.2983, decDeg: -11.1614 });
  t.ok(Math.abs(far - 32.793) < 0.0005, `${far}`);
  t.ok(Math.abs(separationDeg({ raDeg: 10, decDeg: 20 }, { raDeg: 190, decDeg: -20 }) - 180) < 1e-9);
  t.equal(separationDeg({ raDeg: 359.5, decDeg: 0 }, { raDeg: 0.5, decDeg: 0 }).toFixed(9), '1.000000000');
  t.equal(separationDeg({ raDeg: 1, decDeg: 2 }, { raDeg: 361, decDeg: 2 }).toFixed(9), '0.000000000');
});

t.test('angles come round', async (t) => {
  t.same([-15, 0, 359, 360, 725].map(normalizeRa), [345, 0, 359, 0, 5]);
  t.equal(normalizeRa(-1e-15), 0);
  t.notOk(Object.is(normalizeRa(-360), -0));
  t.same([-190, -180, 180, 181, 540].map(wrapDeg), [170, 180, 180, -179, 180]);
});

t.test('right ascension is written in hours, never with a 60 or a 24', async (t) => {
  t.equal(formatRa(83.633208), '05:34:31.97');
  t.equal(formatRa(0), '00:00:00.00');
  t.equal(formatRa(15 * (1 + 59 / 60 + 59.996 / 3600)), '02:00:00.00');
  t.equal(formatRa(359.99999), '00:00:00.00');
  t.equal(formatRa(-15), '23:00:00.00');
  t.equal(formatRa(83.633208, { decimals: 0, separator: ' ' }), '05 34 32');
});

t.test('declination keeps its sign at zero degrees', async (t) => {
  t.equal(formatDec(22.014472), '+22:00:52.1');
  t.equal(formatDec(-0.5), '-00:30:00.0');
  t.equal(formatDec(-1e-9), '+00:00:00.0', 'but there is no minus zero');
  t.equal(formatDec(-29.99999), '-30:00:00.0');
  t.equal(formatDec(9.999999, { decimals: 3 }), '+09:59:59.996');
  t.equal(formatDec(-90), '-90:00:00.0');
});

t.test('the airmass is 1 overhead, 2 at 30 deg, 38 at the horizon, and nothing below', async (t) => {
  t.equal(airmass(90)?.toFixed(6), '1.000000');
  t.ok(Math.abs((airmass(30) ?? 0) - 1.993) < 0.002, `${airmass(30)}`);
  t.ok(Math.abs((airmass(10) ?? 0) - 5.6) < 0.05, `${airmass(10)}`);
  t.ok(Math.abs((airmass(0) ?? 0) - 38.75) < 0.1, `${airmass(0)}`);
  t.equal(airmass(-0.01), undefined);
  t.equal(airmass(Number.NaN), undefined);
});

t.test('the tangent plane keeps small distances, and leads back', async (t) => {
  for (const centre of [
    { raDeg: 83.6, decDeg: 22 },
    { raDeg: 0.05, decDeg: -60 },
    { raDeg: 200, decDeg: 89.9 },
    { raDeg: 10, decDeg: -90 },
  ]) {
    const projection = new TanProjection(centre);
    for (const [xiDeg, etaDeg] of [
      [0, 0],
      [0.3, -0.2],
      [-0.25, 0.4],
    ] as const) {
      const target = projection.unproject({ xiDeg, etaDeg });
      const back = projection.project(target) ?? { xiDeg: Number.NaN, etaDeg: Number.NaN };
      t.ok(Math.hypot(back.xiDeg - xiDeg, back.etaDeg - etaDeg) < 1e-6 * ARCSEC);
      // The plane stretches by r^3 / 3: 0.05 arcsec at half a degree.
      t.ok(Math.abs(separationDeg(centre, target) - Math.hypot(xiDeg, etaDeg)) < 0.1 * ARCSEC);
    }
  }
  const east = new TanProjection({ raDeg: 0, decDeg: 0 }).project({ raDeg: 1, decDeg: 0 });
  t.ok(east && east.xiDeg > 0 && east.etaDeg === 0, 'east is positive');
  t.equal(new TanProjection({ raDeg: 0, decDeg: 0 }).project({ raDeg: 180, decDeg: 0 }), undefined);
});
