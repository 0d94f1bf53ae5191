import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { ManualClock } from '../../src/clock/index.js';
import { type ExposureRequest, type Frame, SimulatedCamera } from '../../src/instruments/index.js';
import { StarField } from '../../src/instruments/simulator/star-field.js';
import { separationDeg } from '../../src/sky/index.js';

const TRIGGER_MS = Date.parse('2026-03-04T21:30:00Z');
const POINTING = { raDeg: 83.63322, decDeg: 22.01446 };
const LIGHT: ExposureRequest = { exposureS: 30, imageType: 'LIGHT', pointing: POINTING };
const SMALL = { width: 256, height: 256 };
const BACKGROUND_ADU = 1286;

async function take(request: ExposureRequest, startMs = TRIGGER_MS, options = {}): Promise<Frame> {
  const clock = new ManualClock(startMs);
  const camera = new SimulatedCamera(clock, { ...SMALL, ...options });
  const frame = camera.expose(request);
  await nextTurn();
  await clock.advance(request.exposureS * 1000 + 1000);
  return frame;
}

/** The pixel of a position by the formulas of FITS, not by those of the camera; the first pixel is 0. */
function pixelOf(centre: typeof POINTING, target: typeof POINTING): [x: number, y: number] {
  const rad = Math.PI / 180;
  const turn = (target.raDeg - centre.raDeg) * rad;
  const [d, d0] = [target.decDeg * rad, centre.decDeg * rad];
  const depth = Math.sin(d0) * Math.sin(d) + Math.cos(d0) * Math.cos(d) * Math.cos(turn);
  const xi = (Math.cos(d) * Math.sin(turn)) / depth;
  const eta = (Math.cos(d0) * Math.sin(d) - Math.sin(d0) * Math.cos(d) * Math.cos(turn)) / depth;
  const perPixel = (1.5 / 3600) * rad;
  return [127.5 - xi / perPixel, 127.5 + eta / perPixel];
}

/** Light above the sky within 5 pixels, and its middle. */
function measure(frame: Frame, [x, y]: [number, number]): { adu: number; x: number; y: number } {
  let [adu, sumX, sumY] = [0, 0, 0];
  for (let row = Math.round(y) - 5; row <= Math.round(y) + 5; row += 1) {
    for (let column = Math.round(x) - 5; column <= Math.round(x) + 5; column += 1) {
      const value = (frame.pixels[row * frame.width + column] ?? Number.NaN) - BACKGROUND_ADU;
      adu += value;
      sumX += value * column;
      sumY += value * row;
    }
  }
  return { adu, x: sumX / adu, y: sumY / adu };
}

/** Of the pixels; tap's own comparison takes minutes for a frame. */
const isSame = (a: Frame, b: Frame) => Buffer.from(a.pixels.buffer).equals(Buffer.from(b.pixels.buffer));

const median = (values: Uint16Array) => values.slice().sort()[values.length >> 1] as number;

t.test('the same exposure gives the same frame, another time another noise, another seed too', async (t) => {
  const [one, same, later, seeded] = [
    await take(LIGHT),
    await take(LIGHT),
    await take(LIGHT, TRIGGER_MS + 1),
    await take(LIGHT, TRIGGER_MS, { seed: 2 }),
  ];
  t.ok(isSame(one, same));
  t.notOk(isSame(one, later));
  t.notOk(isSame(one, seeded));
  t.match(one, { width: 256, height: 256, startMs: TRIGGER_MS, endMs: TRIGGER_MS + 30_000, exposureS: 30 });
  t.ok(Math.abs(median(one.pixels) - BACKGROUND_ADU) < 5, `sky ${median(one.pixels)}`);
});

t.test('the transient is where the coordinates say, and fades as one over the time', async (t) => {
  const transient = {
    raDeg: POINTING.raDeg + 0.02,
    decDeg: POINTING.decDeg - 0.03,
    triggerTimeMs: TRIGGER_MS,
  };
  const place = pixelOf(POINTING, transient);
  const light = async (afterS: number, exposureS = 30) => {
    const startMs = TRIGGER_MS + afterS * 1000;
    const [withIt, without] = [
      await take({ ...LIGHT, exposureS, transient }, startMs),
      await take({ ...LIGHT, exposureS }, startMs),
    ];
    const pixels = withIt.pixels.map((value, n) => BACKGROUND_ADU + value - (without.pixels[n] ?? 0));
    return measure({ ...withIt, pixels }, place);
  };
  const early = await light(45);
  t.ok(Math.hypot(early.x - place[0], early.y - place[1]) < 0.1, `at ${early.x} ${early.y}, not ${place}`);
  // 14th magnitude after a minute, 22.5 gives an electron, 1.5 of which give a unit; the measure loses some light.
  const wanted = (10 ** (0.4 * 8.5) * 60 * Math.log(75 / 45)) / 1.5;
  t.ok(early.adu > 0.93 * wanted && early.adu < 1.02 * wanted, `${early.adu} of ${wanted}`);
  const late = await light(450);
  t.ok(Math.abs(early.adu / late.adu / (Math.log(75 / 45) / Math.log(480 / 450)) - 1) < 0.06);
  const before = await light(-100);
  t.ok(Math.abs(before.adu || 0) < 1, 'and it is not there before the trigger');
});

t.test('fields that overlap show the same stars', async (t) => {
  const shifted = { raDeg: POINTING.raDeg + 0.04, decDeg: POINTING.decDeg + 0.02 };
  const [one, two] = [await take(LIGHT), await take({ ...LIGHT, pointing: shifted }, TRIGGER_MS + 500_000)];
  const isInside = ([x, y]: [number, number]) => x > 10 && x < 245 && y > 10 && y < 245;
  let compared = 0;
  for (const star of new StarField(1).starsAround(POINTING, 0.1)) {
    const places = [pixelOf(POINTING, star), pixelOf(shifted, star)] as const;
    if (star.magnitude > 15.5 || star.magnitude < 12 || !places.every(isInside)) continue;
    const [a, b] = [measure(one, places[0]), measure(two, places[1])];
    t.ok(Math.abs(a.adu / b.adu - 1) < 0.1, `${star.magnitude}: ${a.adu} and ${b.adu}`);
    compared += 1;
  }
  t.ok(compared >= 3, `${compared} stars compared`);
});

t.test('the invented sky is as full as the real one, everywhere, and has no seams', async (t) => {
  const sky = new StarField(1);
  for (const centre of [
    { raDeg: 0.05, decDeg: 0 },
    { raDeg: 200, decDeg: -75 },
    { raDeg: 10, decDeg: 89.9 },
    { raDeg: 0, decDeg: -90 },
  ]) {
    const stars = [...sky.starsAround(centre, 0.5)];
    const perDeg2 = stars.length / (Math.PI * 0.25);
    t.ok(Math.abs(perDeg2 / 11_220 - 1) < 0.05, `${perDeg2} in a square degree`);
    const bright = stars.filter((star) => star.magnitude < 16).length / stars.length;
    t.ok(Math.abs(bright - 10 ** (3.15 - 4.05)) < 0.015, `${bright} brighter than 16`);
    t.equal(new Set(stars.map((star) => `${star.raDeg} ${star.decDeg}`)).size, stars.length, 'no star twice');
    const near = [...sky.starsAround(centre, 0.1)];
    const wanted = stars.filter((star) => separationDeg(star, centre) <= 0.1);
    t.same(near.map((star) => star.raDeg).sort(), wanted.map((star) => star.raDeg).sort());
  }
});

t.test('bias, dark and flat look as they should, and hot pixels stay', async (t) => {
  const bias = await take({ exposureS: 0, imageType: 'BIAS', pointing: POINTING });
  t.equal(median(bias.pixels), 1000);
  const mean = bias.pixels.reduce((sum, value) => sum + value, 0) / bias.pixels.length;
  const variance = bias.pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / bias.pixels.length;
  // 5 electrons, 1.5 in a unit, and the rounding to whole units.
  t.ok(Math.abs(variance - (5 / 1.5) ** 2 - 1 / 12) < 0.3, `${variance}`);
  const hot = (frame: Frame, level: number) =>
    [...frame.pixels.keys()].filter((at) => (frame.pixels[at] ?? 0) > level);
  const dark = { exposureS: 100, imageType: 'DARK', pointing: POINTING } as const;
  const [first, second] = [hot(await take(dark), 1100), hot(await take(dark, TRIGGER_MS + 9e6), 1100)];
  t.ok(first.length >= 8 && first.length <= 13, `${first.length} hot pixels of 13`);
  t.same(first, second);
  t.strictNotSame(first, hot(await take(dark, TRIGGER_MS, { detector: 'OTHER' }), 1100));
  const flat = await take({ exposureS: 5, imageType: 'FLAT' });
  t.ok(Math.abs(median(flat.pixels) - 1000 - (5 * 5000) / 1.5) < 10, `${median(flat.pixels)}`);
  const blind = await take({ exposureS: 30, imageType: 'LIGHT' });
  t.ok(hot(blind, 1500).length < 20, 'a light frame without a pointing shows an empty sky');
});

t.test('a bright star saturates and does not wrap round', async (t) => {
  const transient = { ...POINTING, triggerTimeMs: TRIGGER_MS, magnitudeAt1min: 6 };
  const frame = await take({ ...LIGHT, transient });
  t.equal(frame.pixels[127 * 256 + 127], 65_535);
});
