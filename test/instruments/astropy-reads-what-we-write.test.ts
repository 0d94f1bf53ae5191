import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ManualClock } from '../../src/clock/index.js';
import {
  FitsHeader,
  imageHeader,
  SimulatedCamera,
  SimulatedTelescope,
  TanWcs,
  writeFits,
} from '../../src/instruments/index.js';
import { type Equatorial, equatorialFromHorizontal, separationDeg } from '../../src/sky/index.js';
import { readByAstropy, skip } from '../helpers/astropy.js';
import { brightest } from '../helpers/brightest.js';

const SITE = { name: 'SPM', latitudeDeg: 31.0439, longitudeDeg: -115.4636, altitudeM: 2800 };
const START_MS = Date.parse('2026-11-24T05:00:00Z');

function ramp(width: number, height: number) {
  return {
    width,
    height,
    pixels: Uint16Array.from({ length: width * height }, (_, n) => (n * 40_503) % 65_536),
  };
}

function sha256(pixels: Uint16Array): string {
  return createHash('sha256').update(Buffer.from(pixels.slice().buffer).swap16()).digest('hex');
}

t.test('structure, checksums, cards and pixels of any size', { skip }, async (t) => {
  const folder = t.testdir();
  const long = `ivo://a.very/long#${'identifier-'.repeat(20)}it's`;
  const header = new FitsHeader()
    .setText('TRIGID', long, 'VOEvent that is followed up')
    .setText('OBSERVER', "Éamon O'Brien")
    .setText('EMPTY', '')
    .setReal('EXPTIME', 30.25, 'exposure', 's')
    .setReal('TINY', 1.5e-20)
    .setInteger('OBSNUM', -17)
    .setLogical('ISGOOD', true)
    .addComment('words '.repeat(40))
    .addHistory('made by a test');
  const images = [ramp(1, 1), ramp(3, 7), ramp(36, 40), ramp(601, 401)];
  const paths = images.map(({ width }) => join(folder, `${width}.fits`));
  for (const [n, image] of images.entries()) await writeFits(paths[n] ?? '', header, image);
  const read = await readByAstropy(paths.map((path) => ({ path, pixels: [] })));
  for (const [n, { width, height, pixels }] of images.entries()) {
    t.match(read[n], {
      hdus: 1,
      dtype: 'uint16',
      shape: [height, width],
      sha256: sha256(pixels),
      checksum_ok: true,
      cards: {
        TRIGID: long,
        OBSERVER: "Eamon O'Brien",
        EMPTY: '',
        EXPTIME: 30.25,
        TINY: 1.5e-20,
        OBSNUM: -17,
        ISGOOD: true,
      },
    });
  }
});

t.test('a file with one wrong bit is refused by it, so that its word counts', { skip }, async (t) => {
  const path = join(t.testdir(), 'image.fits');
  await writeFits(path, new FitsHeader(), ramp(50, 30));
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(4000) ^ 4, 4000);
  writeFileSync(path, bytes);
  const [read] = await readByAstropy([{ path, pixels: [] }]);
  t.match(read?.error, /Checksum|Datasum/i);
});

t.test('the coordinates of simulated frames are the truth within an arc second', { skip }, async (t) => {
  const folder = t.testdir();
  const clock = new ManualClock(START_MS);
  const telescope = new SimulatedTelescope(clock, SITE);
  const camera = new SimulatedCamera(clock, { readoutS: 0 });
  const directions = [
    { altitudeDeg: 31.1, azimuthDeg: 0.3 },
    { altitudeDeg: 60, azimuthDeg: 120 },
    { altitudeDeg: 35, azimuthDeg: 250 },
    { altitudeDeg: 50, azimuthDeg: 180, binned: true },
  ];
  const cases: { path: string; source: Equatorial; pixels: [number, number][] }[] = [];
  for (const [n, direction] of directions.entries()) {
    const arrived = telescope.goto(equatorialFromHorizontal(SITE, direction, clock.now()));
    await clock.advance(60_000);
    await arrived;
    const pointing = telescope.position();
    // Somewhere in the frame, known by its coordinates on the sky only.
    const place = direction.binned ? { x: 333.3, y: 201.8 } : { x: 70.3 + 150 * n, y: 420.8 - 140 * n };
    if (direction.binned) await camera.configure({ binning: [2, 2], window: [101, 51, 300, 200] });
    const source = new TanWcs(pointing, camera.info).skyOf(place);
    const transient = { ...source, triggerTimeMs: clock.now() - 60_000, magnitudeAt1min: 11 };
    const exposing = camera.expose({ exposureS: 5, imageType: 'LIGHT', pointing, transient });
    await clock.advance(10_000);
    const frame = await exposing;
    const path = join(folder, `${n}.fits`);
    const software = { name: 'PyROS', version: '0' };
    const about = { imageType: 'LIGHT' as const, camera: camera.info, createdMs: clock.now(), software };
    await writeFits(path, imageHeader({ ...about, frame, pointing, site: SITE }), frame);
    cases.push({ path, source, pixels: brightest(frame, 8).map(({ x, y }) => [x, y]) });
  }
  const read = await readByAstropy(cases);
  for (const [n, { source }] of cases.entries()) {
    const offsArcsec = (read[n]?.world ?? []).map(
      ([raDeg, decDeg]) => separationDeg({ raDeg, decDeg }, source) * 3600,
    );
    t.equal(offsArcsec.length, 8, String(read[n]?.error));
    t.ok(
      Math.min(...offsArcsec) < 1,
      `of the brightest, one is where it is: ${offsArcsec.map((off) => off.toFixed(1))}`,
    );
    t.match(read[n]?.cards, { CTYPE1: 'RA---TAN', RADESYS: 'ICRS', 'MJD-OBS': Number });
  }
});

t.test('an image that lies askew on the sky is read as it lies', { skip }, async (t) => {
  const folder = t.testdir();
  const pointing = { raDeg: 359.99, decDeg: 88.5, altitudeDeg: 30, azimuthDeg: 0, hourAngleDeg: 3 };
  const camera = {
    detector: 'X',
    width: 400,
    height: 300,
    pixelScaleArcsec: 3,
    gainEPerAdu: 1,
    readNoiseE: 5,
  };
  const places = [
    [1, 1],
    [400, 1],
    [17.25, 280.5],
  ] as const;
  const angles = [0, 90, -33, 180.5];
  for (const positionAngleDeg of angles) {
    const askew = { ...camera, positionAngleDeg };
    const frame = { startMs: START_MS, endMs: START_MS, exposureS: 0, width: 400, height: 300 };
    const software = { name: 'PyROS', version: '0' };
    const header = imageHeader({
      frame,
      imageType: 'LIGHT',
      camera: askew,
      createdMs: START_MS,
      software,
      pointing,
    });
    await writeFits(join(folder, `${positionAngleDeg}.fits`), header, ramp(400, 300));
  }
  const read = await readByAstropy(
    angles.map((angle) => ({ path: join(folder, `${angle}.fits`), pixels: places })),
  );
  for (const [n, positionAngleDeg] of angles.entries()) {
    const wcs = new TanWcs(pointing, { ...camera, positionAngleDeg });
    for (const [m, [x, y]] of places.entries()) {
      const [raDeg = Number.NaN, decDeg = Number.NaN] = read[n]?.world?.[m] ?? [];
      const off = separationDeg({ raDeg, decDeg }, wcs.skyOf({ x, y })) * 3600;
      t.ok(off < 0.01, `${positionAngleDeg} deg, pixel ${x} ${y}: ${off} arcsec`);
      const back = wcs.pixelOf(wcs.skyOf({ x, y }));
      t.ok(back && Math.hypot(back.x - x, back.y - y) < 1e-6);
    }
  }
  const up = new TanWcs(pointing, { ...camera, positionAngleDeg: 90 });
  t.ok(up.skyOf({ x: 200.5, y: 160 }).raDeg < 180, 'with 90 deg, up is east');
});
