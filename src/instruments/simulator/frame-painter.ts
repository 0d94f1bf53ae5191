// Draws what a simulated camera sees, a slice at a time, so that its process goes on answering meanwhile.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ExposureRequest } from '../drivers/camera-driver.js';
import { TanWcs } from '../fits/tan-wcs.js';
import type { CameraModel } from './camera-model.js';
import { type LightImage, PointSpread } from './point-spread.js';
import { prepareNormals, Random, seedOf } from './random.js';
import { StarField } from './star-field.js';
import { transientLight } from './transient-light.js';

/** Work for 1 to 3 ms. */
const PIXELS_PER_SLICE = 65_536;
const STARS_PER_SLICE = 200;

const MAX_ADU = 65_535;
const ARCSEC_PER_DEG = 3600;

/** Rates of hot pixels, between which they are spread evenly in the logarithm. */
const HOT_E_PER_S = { least: 2, most: 2000 };

/** An exposure as it happened. */
export interface PaintedExposure extends ExposureRequest {
  startMs: number;
  endMs: number;
}

/** Draws frames. */
export class FramePainter {
  readonly #sky: StarField;
  readonly #spread: PointSpread;

  constructor(private readonly model: CameraModel) {
    prepareNormals();
    this.#sky = new StarField(model.skySeed);
    this.#spread = new PointSpread(model.fwhmArcsec / model.pixelScaleArcsec);
  }

  /**
   * The pixels of an exposure; the same again for the same exposure.
   * @throws the signal's reason (rejects)
   */
  async paint(exposure: PaintedExposure, signal: AbortSignal): Promise<Uint16Array> {
    const { width, height } = this.model;
    const electrons = new Float32Array(width * height).fill(this.#evenElectrons(exposure));
    const image = { width, height, electrons };
    if (showsSky(exposure)) await this.#addStars(image, exposure, signal);
    this.#addHotPixels(image, exposure.exposureS);
    return this.#readOut(image, exposure, signal);
  }

  /** What every pixel gets: dark current, and the light of the sky or of the flat's screen. */
  #evenElectrons({ exposureS, imageType }: PaintedExposure): number {
    const { darkEPerS, flatEPerS, zeroPointMag, skyMagPerArcsec2, pixelScaleArcsec } = this.model;
    const skyEPerS = 10 ** (0.4 * (zeroPointMag - skyMagPerArcsec2)) * pixelScaleArcsec ** 2;
    const light = { LIGHT: skyEPerS, FOCUS: skyEPerS, FLAT: flatEPerS, DARK: 0, BIAS: 0 };
    return (darkEPerS + light[imageType]) * exposureS;
  }

  async #addStars(image: LightImage, exposure: PaintedExposure, signal: AbortSignal): Promise<void> {
    const { pointing, transient, exposureS, startMs, endMs } = exposure;
    if (!pointing) return;
    const { width, height, pixelScaleArcsec, zeroPointMag } = this.model;
    const wcs = new TanWcs(pointing, this.model);
    const radiusDeg = (Math.hypot(width, height) / 2 + 30) * (pixelScaleArcsec / ARCSEC_PER_DEG);
    let drawn = 0;
    for (const star of this.#sky.starsAround(pointing, radiusDeg)) {
      if (drawn++ % STARS_PER_SLICE === 0) await nextTurn(undefined, { signal });
      this.#add(image, wcs, star, exposureS * 10 ** (0.4 * (zeroPointMag - star.magnitude)));
    }
    if (transient) this.#add(image, wcs, transient, transientLight(transient, startMs, endMs, zeroPointMag));
  }

  #add(image: LightImage, wcs: TanWcs, source: { raDeg: number; decDeg: number }, electrons: number): void {
    const place = wcs.pixelOf(source);
    if (place && electrons > 0) this.#spread.add(image, place.x - 1, place.y - 1, electrons);
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
  async #readOut(image: LightImage, exposure: PaintedExposure, signal: AbortSignal): Promise<Uint16Array> {
    const { seed, detector } = this.model;
    const random = new Random(
      seedOf(seed, detector, exposure.startMs, exposure.exposureS, exposure.imageType),
    );
    const pixels = new Uint16Array(image.electrons.length);
    for (let from = 0; from < pixels.length; from += PIXELS_PER_SLICE) {
      await nextTurn(undefined, { signal });
      this.#readSlice(image.electrons, pixels, from, random);
    }
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

function showsSky({ imageType }: PaintedExposure): boolean {
  return imageType === 'LIGHT' || imageType === 'FOCUS';
}
