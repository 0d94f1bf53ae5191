// Unsigned pixels of 16 bit as FITS stores them: as signed ones, 32768 lower, the high byte first. Each pixel is looked
// at once: an image of 33 MB costs some 10 ms, in pieces.
import { endianness } from 'node:os';
import type { OnesComplementSum } from './checksum.js';

/** Unsigned pixels are stored as signed ones that much lower (FITS 4.0, section 4.4.2.5). */
export const UNSIGNED_ZERO = 32_768;

/** Minus 32768 modulo 65536 is the turn of the highest bit; of two pixels at once. */
const HIGHEST_BITS = 0x8000_8000;

/** So many words of two pixels are added in small integers. */
const WORDS_ADDED = 16_384;

/**
 * Stores pixels, and adds them to a sum.
 * @param bytes - twice as many as pixels; with a number of pixels that is odd, the sum is that of two zeros more
 */
export function storePixels(pixels: Uint16Array, bytes: Uint8Array, sum: OnesComplementSum): void {
  const pairs = hasWords(pixels) && hasWords(bytes) ? pixels.length >>> 1 : 0;
  const from = new Uint32Array(pixels.buffer, pairs > 0 ? pixels.byteOffset : 0, pairs);
  const to = new Uint32Array(bytes.buffer, pairs > 0 ? bytes.byteOffset : 0, pairs);
  for (let begin = 0; begin < pairs; begin += WORDS_ADDED)
    storeWords(from, to, begin, Math.min(pairs, begin + WORDS_ADDED), sum);
  for (let n = 2 * pairs; n < pixels.length; n += 1) {
    const value = (pixels[n] as number) ^ UNSIGNED_ZERO;
    bytes[2 * n] = value >>> 8;
    bytes[2 * n + 1] = value & 0xff;
    sum.addHalves(n % 2 === 0 ? value : 0, n % 2 === 0 ? 0 : value);
  }
}

/** Words of two pixels: in this machine's order the first is the low half. */
function storeWords(
  from: Uint32Array,
  to: Uint32Array,
  begin: number,
  end: number,
  sum: OnesComplementSum,
): void {
  let [first, second] = [0, 0];
  for (let n = begin; n < end; n += 1) {
    const word = (from[n] as number) ^ HIGHEST_BITS;
    first += word & 0xffff;
    second += word >>> 16;
    to[n] = turned(word);
  }
  sum.addHalves(first, second);
}

/**
 * Reads pixels as they are stored at an offset, as many as `pixels` holds.
 * @param width - of a row: the rows are turned upside down when it is given
 */
export function loadPixels(bytes: Uint8Array, offset: number, pixels: Uint16Array, width?: number): void {
  const columns = width ?? pixels.length;
  const stored = bytes.subarray(offset, offset + 2 * pixels.length);
  if (columns % 2 === 0 && hasWords(stored) && hasWords(pixels)) loadWords(stored, pixels, columns / 2);
  else {
    for (let from = 0; from < pixels.length; from += columns) {
      const to = pixels.length - columns - from;
      for (let n = 0; n < columns; n += 1) pixels[to + n] = pixelAt(stored, 2 * (from + n));
    }
  }
}

/** @param columns - words in a row */
function loadWords(stored: Uint8Array, pixels: Uint16Array, columns: number): void {
  const length = pixels.length >>> 1;
  const source = new Uint32Array(stored.buffer, stored.byteOffset, length);
  const target = new Uint32Array(pixels.buffer, pixels.byteOffset, length);
  for (let from = 0; from < length; from += columns) {
    const shift = length - columns - 2 * from;
    const end = from + columns;
    for (let n = from; n < end; n += 1) target[n + shift] = turned(source[n] as number) ^ HIGHEST_BITS;
  }
}

function pixelAt(bytes: Uint8Array, at: number): number {
  return (((bytes[at] as number) << 8) | (bytes[at + 1] as number)) ^ UNSIGNED_ZERO;
}

/** The bytes of both halves change places. */
function turned(word: number): number {
  return ((word & 0x00ff_00ff) << 8) | ((word >>> 8) & 0x00ff_00ff);
}

/** Whether they can be looked at as words of two pixels, in an order that is not that of FITS. */
function hasWords({ byteOffset }: Uint8Array | Uint16Array): boolean {
  return endianness() === 'LE' && byteOffset % 4 === 0;
}
