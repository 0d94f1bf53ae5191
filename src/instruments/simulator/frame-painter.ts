// Draws what a simulated camera sees: stars, transient, sky, dark current, hot pixels, and the noise of all.
import type { CameraSetup, ExposureRequest } from '../drivers/camera-driver.js';
import { TanWcs } from '../fits/tan-wcs.js';
import type { CameraModel } from './camera-model.js';
import { type LightImage, PointSpread } from './point-spread.js';
import { prepareNormals, Random, seedOf } from './random.js';
import { StarField } from './star-field.js';
import { transientLight } from './transient-light.js';

/** Pixels whose noise is drawn at a time: as much as stays in the cache. */
const PIXELS_PER_SLICE = 65_536;

const MAX_ADU = 65_535;
const ARCSEC_PER_DEG = 3600;

/** Rates of hot pixels, between which they are spread evenly in the logarithm. */
const HOT_E_PER_S = { least: 2, most: 2000 };

/** An exposure as it happened. */
export interface PaintedExposure extends ExposureRequest {
  startMs: number;
  endMs: number;
  setup: CameraSetup;
  /** So many times the dark current of the model. */
  darkFactor: number;
}

/** Draws frames. */
export class FramePainter {
  readonly #sky: StarField;

  constructor(private readonly model: CameraModel) {
    prepareNormals();
    this.#sky = new StarField(model.skySeed);
  }

  /** The pixels of an exposure; the same again for the same exposure. */
  paint(exposure: PaintedExposure): Uint16Array<ArrayBuffer> {
    const { width, height } = this.model;
    const electrons = new Float32Array(width * height).fill(this.#evenElectrons(exposure));
    const image = { width, height, electrons };
    if (showsSky(exposure)) this.#addStars(image, exposure);
    this.#addHotPixels(image, exposure.exposureS);
    return this.#readOut(binned(image, exposure.setup), exposure);
  }

  /** What every pixel gets: dark current, and the light of the sky or of the flat's screen. */
  #evenElectrons({ exposureS, imageType, setup, darkFactor }: PaintedExposure): number {
    const { darkEPerS, flatEPerS, zeroPointMag, skyMagPerArcsec2, pixelScaleArcsec } = this.model;
    const skyEPerS = 10 ** (0.4 * (zeroPointMag - skyMagPerArcsec2)) * pixelScaleArcsec ** 2;
    const light = { LIGHT: skyEPerS, FOCUS: skyEPerS, FLAT: flatEPerS, DARK: 0, BIAS: 0 };
    return (darkEPerS * darkFactor + (isOpen(setup, imageType) ? light[imageType] : 0)) * exposureS;
  }

  #addStars(image: LightImage, exposure: PaintedExposure): void {
    const { pointing, transient, exposureS, startMs, endMs } = exposure;
    if (!pointing) return;
    const { width, height, pixelScaleArcsec, zeroPointMag } = this.model;
    const wcs = new TanWcs(pointing, this.model);
    const spread = this.#spread(exposure);
    const add = (source: { raDeg: number; decDeg: number }, electrons: number) => {
      const place = electrons > 0 ? wcs.pixelOf(source) : undefined;
      if (place) spread.add(image, place.x - 1, place.y - 1, electrons);
    };
    const radiusDeg = (Math.hypot(width, height) / 2 + 30) * (pixelScaleArcsec / ARCSEC_PER_DEG);
    for (const star of this.#sky.starsAround(pointing, radiusDeg))
      add(star, exposureS * 10 ** (0.4 * (zeroPointMag - star.magnitude)));
    if (transient) add(transient, transientLight(transient, startMs, endMs, zeroPointMag));
  }

  /** Seeing and defocus widen a star independently. */
  #spread({ defocusSteps = 0 }: PaintedExposure): PointSpread {
    const { fwhmArcsec, arcsecPerDefocusStep, pixelScaleArcsec } = this.model;
    return new PointSpread(Math.hypot(fwhmArcsec, arcsecPerDefocusStep * defocusSteps) / pixelScaleArcsec);
  }

  #addHotPixels({ electrons }: LightImage, exposureS: number): void {
    const random = new Random(seedOf(this.model.detector, 'hot pixels'));
    const { least, most } = HOT_E_PER_S;
    for (let left = Math.round(electrons.length * this.model.hotPixelFraction); left > 0; left -= 1) {
      const at = Math.floor(random.uniform() * electrons.length);
      const rate = least * (most / least) ** random.uniform();
      electrons[at] = (electrons[at] as number) + rate * exposureS;
    }
  }

  /** Electrons to numbers, with the noise of light and of reading: of a normal law, for both. */
  #readOut(electrons: Float32Array, exposure: PaintedExposure): Uint16Array<ArrayBuffer> {
    const { seed, detector } = this.model;
    const random = new Random(
      seedOf(seed, detector, exposure.startMs, exposure.exposureS, exposure.imageType),
    );
    const pixels = new Uint16Array(electrons.length);
    for (let from = 0; from < pixels.length; from += PIXELS_PER_SLICE)
      this.#readSlice(electrons, pixels, from, random);
    return pixels;
  }

  #readSlice(electrons: Float32Array, pixels: Uint16Array, from: number, random: Random): void {
    const { biasAdu, gainEPerAdu, readNoiseE } = this.model;
    const readVariance = readNoiseE ** 2;
    const noise = new Float32Array(Math.min(pixels.length - from, PIXELS_PER_SLICE));
    random.fillNormal(noise);
    for (let n = 0; n < noise.length; n += 1) {
      const mean = electrons[from + n] as number;
      const noisy = mean + Math.sqrt(mean + readVariance) * (noise[n] as number);
      // Half a unit more, as storing into whole numbers cuts the fraction off.
      pixels[from + n] = Math.min(MAX_ADU, Math.max(0, biasAdu + noisy / gainEPerAdu + 0.5));
    }
  }
}

function showsSky({ imageType, setup }: PaintedExposure): boolean {
  return (imageType === 'LIGHT' || imageType === 'FOCUS') && isOpen(setup, imageType);
}

function isOpen({ shutter }: CameraSetup, imageType: string): boolean {
  return shutter === 'OPEN' || (shutter === 'AUTO' && imageType !== 'DARK' && imageType !== 'BIAS');
}

/** The window that is read, its pixels added up as the binning says. */
function binned({ width, height, electrons }: LightImage, { binning, window }: CameraSetup): Float32Array {
  const [columns, rows] = binning;
  const [x, y, windowWidth, windowHeight] = window;
  if (columns * rows === 1 && windowWidth === width && windowHeight === height) return electrons;
  const [outWidth, outHeight] = [Math.floor(windowWidth / columns), Math.floor(windowHeight / rows)];
  const out = new Float32Array(outWidth * outHeight);
  for (let row = 0; row < outHeight * rows; row += 1) {
    const from = (y + row) * width + x;
    const to = Math.floor(row / rows) * outWidth;
    for (let column = 0; column < outWidth * columns; column += 1) {
      const at = to + Math.floor(column / columns);
      out[at] = (out[at] as number) + (electrons[from + column] as number);
    }
  }
  return out;
}
