import t from 'tap';
import { type ImageDescription, imageHeader, TanWcs } from '../../src/instruments/index.js';
import { separationDeg } from '../../src/sky/index.js';

const START_MS = Date.parse('2026-03-04T21:31:00.250Z');
const CAMERA = {
  detector: 'SIM-VIS',
  width: 512,
  height: 400,
  pixelScaleArcsec: 1.5,
  gainEPerAdu: 1.5,
  readNoiseE: 5,
};
const BARE: ImageDescription = {
  frame: { startMs: START_MS, endMs: START_MS + 30_000, exposureS: 30, width: 512, height: 400 },
  imageType: 'DARK',
  camera: CAMERA,
  createdMs: START_MS + 31_000,
  software: { name: 'PyROS', version: '0.1.0' },
};
const POINTING = {
  raDeg: 83.6332,
  decDeg: -0.49,
  altitudeDeg: 45.5,
  azimuthDeg: 256,
  hourAngleDeg: 47,
  airmass: 1.4,
};
const FULL: ImageDescription = {
  ...BARE,
  frame: { ...BARE.frame, temperatureC: -20.5 },
  focalLengthMm: 1240,
  apertureMm: 310,
  focusPosition: 10350,
  weather: { temperatureC: 8.25, humidityPercent: 40, windMPerS: 4.5 },
  imageType: 'LIGHT',
  origin: 'OHP',
  telescope: 'SIM-30',
  instrument: 'VIS',
  observer: 'robot',
  object: 'GRB 260304A',
  observationNumber: 17,
  sequence: 'seq-3',
  alert: {
    ivorn: 'ivo://nasa.gsfc.gcn/Fermi#1',
    triggerTimeMs: START_MS - 80_000,
    receivedMs: START_MS - 70_000,
    errorRadiusDeg: 0.05,
  },
  target: { raDeg: 83.633208, decDeg: -0.5 },
  pointing: POINTING,
  filter: "g'",
  site: { name: 'OHP', latitudeDeg: 43.9316, longitudeDeg: 5.7122, altitudeM: 650 },
};

t.test('the header of an image tells where it comes from, in the keywords of FITS', async (t) => {
  const header = imageHeader(FULL);
  const values = Object.fromEntries(
    header.cards.map((card) => [card.keyword, 'value' in card ? card.value : undefined]),
  );
  t.match(values, {
    DATE: '2026-03-04T21:31:31.250',
    'DATE-OBS': '2026-03-04T21:31:00.250',
    'DATE-END': '2026-03-04T21:31:30.250',
    'MJD-OBS': 61103.8965306713,
    TIMESYS: 'UTC',
    EXPTIME: 30,
    OBSNUM: 17,
    SEQUENCE: 'seq-3',
    TRIGID: 'ivo://nasa.gsfc.gcn/Fermi#1',
    TRIGTIME: '2026-03-04T21:29:40.250',
    ALERTTIM: '2026-03-04T21:29:50.250',
    T_TRIG: 80,
    ERRRAD: 0.05,
    RA: 83.6332,
    DEC: -0.49,
    OBJCTRA: '05 34 31.97',
    OBJCTDEC: '-00 30 00.0',
    RADESYS: 'ICRS',
    EQUINOX: 2000,
    AIRMASS: 1.4,
    HA: 47,
    'TEL-ALT': 45.5,
    'TEL-AZ': 256,
    GAIN: 1.5,
    RDNOISE: 5,
    FILTER: "g'",
    'CCD-TEMP': -20.5,
    FOCALLEN: 1240,
    APTDIA: 310,
    FOCUSPOS: 10350,
    AMBTEMP: 8.25,
    HUMIDITY: 40,
    WINDSPD: 4.5,
    SITELAT: 43.9316,
    SITELONG: 5.7122,
    SITEELEV: 650,
    SWCREATE: 'PyROS',
    SWVER: '0.1.0',
  });
  // astropy 5.2.1 gives -41.731, 25.264 and 96.991 deg.
  t.ok(Math.abs(Number(values['SUNALT']) + 41.731) < 0.01, `${values['SUNALT']}`);
  t.ok(Math.abs(Number(values['MOONALT']) - 25.264) < 0.01, `${values['MOONALT']}`);
  t.ok(Math.abs(Number(values['MOONDIST']) - 96.991) < 0.01, `${values['MOONDIST']}`);
  t.equal(header.card('COMMENT'), undefined, 'nothing is unknown');
  t.equal(header.card('T_TRIG')?.unit, 's');
});

t.test('a mount that has turned over carries its camera upside down', async (t) => {
  const on = (pierSide?: 'EAST' | 'WEST') =>
    imageHeader({
      ...FULL,
      camera: { ...CAMERA, positionAngleDeg: 30 },
      pointing: { ...POINTING, ...(pierSide && { pierSide }) },
    });
  const matrix = (header: ReturnType<typeof on>) =>
    ['CD1_1', 'CD1_2', 'CD2_1', 'CD2_2'].map((keyword) => header.number(keyword) ?? Number.NaN);
  const [unknown, west, east] = [on(), on('WEST'), on('EAST')];
  t.same(matrix(west), matrix(unknown));
  t.same(
    matrix(east),
    matrix(west).map((value) => -value),
  );
  t.match(west.card('PIERSIDE'), { value: 'WEST' });
  t.match(east.card('PIERSIDE'), { value: 'EAST' });
  t.equal(unknown.card('PIERSIDE'), undefined);
});

t.test('what is not known is left out, and a comment says so', async (t) => {
  const header = imageHeader(BARE);
  for (const keyword of ['OBJECT', 'RA', 'AIRMASS', 'CRVAL1', 'SUNALT', 'TRIGID', 'FILTER']) {
    t.equal(header.card(keyword), undefined, keyword);
  }
  const comment = header.card('COMMENT');
  t.match(comment, {
    value: /^Not known: ORIGIN TELESCOP INSTRUME OBSERVER OBJECT .* SITEELEV AMBTEMP HUMIDITY WINDSPD$/,
  });
  t.notMatch(comment, { value: /TRIGID/ }, 'an image without alert does not miss one');
  t.equal(header.text('IMAGETYP'), 'DARK');
  const alert = { ivorn: 'ivo://nasa.gsfc.gcn/Fermi#1' };
  t.match(imageHeader({ ...FULL, alert }).card('COMMENT'), {
    value: 'Not known: TRIGTIME ALERTTIM T_TRIG ERRRAD',
  });
  const { airmass: _, ...low } = POINTING;
  t.match(imageHeader({ ...FULL, pointing: low }).card('COMMENT'), { value: 'Not known: AIRMASS' });
});

t.test('the coordinates of the header belong to the pixels', async (t) => {
  const header = imageHeader(FULL);
  const centre = {
    raDeg: header.number('CRVAL1') ?? Number.NaN,
    decDeg: header.number('CRVAL2') ?? Number.NaN,
  };
  t.equal(header.text('CTYPE1'), 'RA---TAN');
  t.equal(header.number('CRPIX1'), 256.5);
  t.equal(header.number('CRPIX2'), 200.5);
  const wcs = new TanWcs(centre, CAMERA);
  t.ok(separationDeg(wcs.skyOf({ x: 256.5, y: 200.5 }), centre) < 1e-9);
  const east = wcs.skyOf({ x: 156.5, y: 200.5 });
  t.ok(Math.abs(separationDeg(east, centre) * 3600 - 150) < 0.01, '100 pixels of 1.5 arcsec');
  t.ok(east.raDeg > centre.raDeg, 'east is to the left');
  t.ok(wcs.skyOf({ x: 256.5, y: 300 }).decDeg > centre.decDeg, 'north is up');
  t.same(
    [header.number('CD1_1'), header.number('CD2_2'), header.number('CD1_2')],
    [-0.000416666667, 0.000416666667, 0],
  );
  const place = wcs.pixelOf(wcs.skyOf({ x: 12.25, y: 380.75 })) ?? { x: Number.NaN, y: Number.NaN };
  t.ok(Math.hypot(place.x - 12.25, place.y - 380.75) < 1e-6);
  t.equal(wcs.pixelOf({ raDeg: centre.raDeg + 180, decDeg: 0 }), undefined);
});

t.test('a part of the detector, read with binning, shows the same sky', async (t) => {
  const whole = imageHeader(FULL);
  const frame = {
    ...BARE.frame,
    width: 100,
    height: 60,
    binning: [2, 4] as const,
    origin: [56, 100] as const,
  };
  const part = imageHeader({ ...FULL, frame });
  const value = (header: typeof whole, keyword: string) => header.number(keyword) ?? Number.NaN;
  // The middle of the first binned pixel is at column 57.5 and row 102.5 of the detector, counted from 1.
  t.equal(value(whole, 'CRPIX1') - 57.5, (value(part, 'CRPIX1') - 1) * 2);
  t.equal(value(whole, 'CRPIX2') - 102.5, (value(part, 'CRPIX2') - 1) * 4);
  t.ok(Math.abs(value(part, 'CD1_1') / value(whole, 'CD1_1') - 2) < 1e-6);
  t.ok(Math.abs(value(part, 'CD2_2') / value(whole, 'CD2_2') - 4) < 1e-6);
  t.equal(value(part, 'XBINNING'), 2);
  t.equal(value(part, 'YBINNING'), 4);
});

t.test('cards that somebody asked for go over what was known', async (t) => {
  const extra = new Map<string, string | number>([
    ['OBSERVER', 'Ada'],
    ['RUN', 7],
    ['SEEING', 1.5],
  ]);
  const header = imageHeader({ ...FULL, extra });
  t.equal(header.text('OBSERVER'), 'Ada');
  t.equal(header.number('RUN'), 7);
  t.equal(header.card('SEEING')?.kind, 'real');
});
