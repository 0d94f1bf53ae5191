// A picture of an image for people: faint and bright things at once, in 256 shades of grey.
import { outOfRange } from '../errors.js';
import type { FitsPixels } from './encode.js';

/** A picture, row by row from the top left. */
export interface GreyPicture {
  width: number;
  height: number;
  /** 0 is black. */
  shades: Uint8Array;
}

/** How a picture is made. */
export interface PreviewOptions {
  /** Longest side in pixels; larger images are shrunk by a whole number. @defaultValue 1024 */
  longestSide?: number;
}

const LONGEST_SIDE = 1024;

/** Values of a pixel. */
const VALUES = 65_536;

/** The sky is a dark grey: black is so many times its noise below it. */
const BLACK_BELOW_SKY = 2.5;

/** White is the value that this part of the pixels reaches at most. */
const WHITE_PART = 0.9995;

/** The noise of a normal law for the median of its deviations. */
const NOISE_PER_DEVIATION = 1.4826;

/** Up to so many times the noise above black, shades grow evenly; beyond, with the logarithm. */
const SOFT_NOISES = 4;

/** Shrinks an image, and stretches its values. @throws InstrumentError `INVALID_VALUE` */
export function preview(image: FitsPixels, options: PreviewOptions = {}): GreyPicture {
  const { longestSide = LONGEST_SIDE } = options;
  if (!(longestSide >= 1)) throw outOfRange('the longest side', longestSide, 'at least 1');
  const factor = Math.ceil(Math.max(image.width, image.height) / longestSide);
  const small = shrunk(image, factor);
  const shadeOf = stretch(small.pixels);
  const shades = new Uint8Array(small.pixels.length);
  for (let row = 0; row < small.height; row += 1) {
    // FITS begins at the bottom.
    const from = (small.height - 1 - row) * small.width;
    for (let column = 0; column < small.width; column += 1) {
      shades[row * small.width + column] = shadeOf[small.pixels[from + column] as number] as number;
    }
  }
  return { width: small.width, height: small.height, shades };
}

/** Each square of `factor` by `factor` pixels becomes one, its mean; what is left over at the edges is dropped. */
function shrunk(image: FitsPixels, factor: number): FitsPixels {
  if (factor === 1) return image;
  const width = Math.max(1, Math.floor(image.width / factor));
  const height = Math.max(1, Math.floor(image.height / factor));
  const [across, down] = [Math.min(factor, image.width), Math.min(factor, image.height)];
  const pixels = new Uint16Array(width * height);
  for (let n = 0; n < pixels.length; n += 1) {
    const first = Math.floor(n / width) * factor * image.width + (n % width) * factor;
    let sum = 0;
    for (let row = 0; row < down; row += 1) {
      const from = first + row * image.width;
      for (let at = from; at < from + across; at += 1) sum += image.pixels[at] as number;
    }
    pixels[n] = Math.round(sum / (across * down));
  }
  return { width, height, pixels };
}

/** The shade of every value. */
function stretch(pixels: Uint16Array): Uint8Array {
  const counts = new Uint32Array(VALUES);
  for (const value of pixels) counts[value] = (counts[value] as number) + 1;
  const sky = quantile(counts, pixels.length, 0.5);
  const noise = Math.max(1, NOISE_PER_DEVIATION * deviation(counts, pixels.length, sky));
  const black = sky - BLACK_BELOW_SKY * noise;
  const white = Math.max(quantile(counts, pixels.length, WHITE_PART), sky + SOFT_NOISES * noise);
  const soft = SOFT_NOISES * noise;
  const whole = Math.asinh((white - black) / soft);
  return Uint8Array.from({ length: VALUES }, (_, value) => {
    const part = Math.asinh((value - black) / soft) / whole;
    return Math.round(255 * Math.min(1, Math.max(0, part)));
  });
}

/** The value that a part of the pixels reaches at most. */
function quantile(counts: Uint32Array, total: number, part: number): number {
  let below = 0;
  for (let value = 0; value < counts.length; value += 1) {
    below += counts[value] as number;
    if (below >= part * total) return value;
  }
  return counts.length - 1;
}

/** The median of the distances from a value. */
function deviation(counts: Uint32Array, total: number, middle: number): number {
  let within = counts[middle] as number;
  for (let distance = 1; distance < counts.length; distance += 1) {
    if (within >= total / 2) return distance - 1;
    within += (counts[middle - distance] ?? 0) + (counts[middle + distance] ?? 0);
  }
  return counts.length - 1;
}
