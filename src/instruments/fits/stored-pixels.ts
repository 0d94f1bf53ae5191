// Unsigned pixels of 16 bit as FITS stores them: as signed ones, 32768 lower, the high byte first.
import { endianness } from 'node:os';

/** Unsigned pixels are stored as signed ones that much lower (FITS 4.0, section 4.4.2.5). */
export const UNSIGNED_ZERO = 32_768;

/** Whether pixels must be turned between this machine's order of bytes and that of FITS. */
const SWAPS_BYTES = endianness() === 'LE';

/** Minus 32768 modulo 65536 is the turn of the highest bit; of two pixels at once, in this machine's order. */
const HIGHEST_BITS = 0x8000_8000;

/** Pixels as they are stored, and `paddingBytes` zeros. */
export function stored(pixels: Uint16Array, paddingBytes: number): Uint8Array {
  const words = new Uint16Array(pixels.length + paddingBytes / 2);
  words.set(pixels);
  turnHighestBits(words.subarray(0, pixels.length));
  const bytes = Buffer.from(words.buffer);
  return SWAPS_BYTES ? bytes.swap16() : bytes;
}

/** Converts pixels as they are stored at an offset, as many as `pixels` holds. */
export function storedToUnsigned(bytes: Uint8Array, offset: number, pixels: Uint16Array): void {
  const copy = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  copy.set(bytes.subarray(offset, offset + pixels.byteLength));
  if (SWAPS_BYTES) copy.swap16();
  turnHighestBits(pixels);
}

function turnHighestBits(pixels: Uint16Array): void {
  const pairs = pixels.byteOffset % 4 === 0 ? pixels.length >>> 1 : 0;
  const words = new Uint32Array(pixels.buffer, pairs > 0 ? pixels.byteOffset : 0, pairs);
  for (let n = 0; n < pairs; n += 1) words[n] = (words[n] as number) ^ HIGHEST_BITS;
  for (let n = 2 * pairs; n < pixels.length; n += 1) pixels[n] = (pixels[n] as number) ^ UNSIGNED_ZERO;
}
