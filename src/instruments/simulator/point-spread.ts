// The picture of a star: Moffat's profile, which has the wings that a Gaussian lacks.

/** Light in electrons, pixel by pixel. */
export interface LightImage {
  width: number;
  height: number;
  electrons: Float32Array;
}

/** Moffat's exponent. With 3 the profile needs no power function: seeing is between 2.5 and 4.8. */
const BETA = 3;

/** The wings are drawn down to this many electrons in a pixel. */
const FAINTEST_E = 0.1;

/** And no farther than this, however bright the star. */
const MAX_RADIUS_PIXELS = 200;

/** Spreads the light of stars over pixels. */
export class PointSpread {
  readonly #alpha: number;
  /** Part of the light in the middle of a star, per pixel. */
  readonly #peak: number;

  /** @param fwhmPixels - width at half height; below 1.5 the sampling loses light */
  constructor(fwhmPixels: number) {
    this.#alpha = fwhmPixels / (2 * Math.sqrt(2 ** (1 / BETA) - 1));
    this.#peak = (BETA - 1) / (Math.PI * this.#alpha ** 2);
  }

  /** Adds a star of `electrons` at column `x` and row `y` (0 in the middle of the first pixel) to an image. */
  add(image: LightImage, x: number, y: number, electrons: number): void {
    const peak = electrons * this.#peak;
    const radius = this.#radius(peak);
    const [left, right] = clipped(x, radius, image.width);
    const [bottom, top] = clipped(y, radius, image.height);
    for (let row = bottom; row <= top; row += 1) {
      const yPart = 1 + ((row - y) / this.#alpha) ** 2;
      for (let column = left; column <= right; column += 1) {
        const q = yPart + ((column - x) / this.#alpha) ** 2;
        const at = row * image.width + column;
        image.electrons[at] = (image.electrons[at] as number) + peak / (q * q * q);
      }
    }
  }

  #radius(peak: number): number {
    if (peak <= FAINTEST_E) return 1;
    return Math.min(MAX_RADIUS_PIXELS, this.#alpha * Math.sqrt((peak / FAINTEST_E) ** (1 / BETA) - 1) + 1);
  }
}

function clipped(middle: number, radius: number, size: number): [first: number, last: number] {
  return [Math.max(0, Math.ceil(middle - radius)), Math.min(size - 1, Math.floor(middle + radius))];
}
