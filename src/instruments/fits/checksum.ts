// FITS checksums: the 32-bit ones' complement sum and its ASCII form (FITS 4.0, section 4.4.2.7 and appendix J).
import { endianness } from 'node:os';

const ALL_ONES = 0xffff_ffff;

/** As many words' bytes of 8 bit can be added in 16 bit, and stay in V8's small integers. */
const LANES_HOLD = 128;

/** Characters between the digits and the letters that the ASCII form must not contain. */
const EXCLUDED = [0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x40, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f, 0x60];

/** The CHECKSUM over which the sum is taken before its value is known. */
export const UNSET_CHECKSUM = '0'.repeat(16);

/** Sums bytes as big-endian 32-bit words, carries added at the low end. */
export class OnesComplementSum {
  // Doubles hold the sums of 2^37 words of 16 bit exactly: more than any file has.
  #high = 0;
  #low = 0;

  /** Adds bytes; their number must be a multiple of 4. */
  add(bytes: Uint8Array): this {
    if (bytes.byteOffset % 4 !== 0 || endianness() !== 'LE') return this.#addBytes(bytes);
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    for (let from = 0; from < words.length; from += LANES_HOLD)
      this.#addWords(words, from, Math.min(words.length, from + LANES_HOLD));
    return this;
  }

  #addBytes(bytes: Uint8Array): this {
    for (let at = 0; at < bytes.length; at += 4) {
      this.#high += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      this.#low += ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    }
    return this;
  }

  /** Two bytes of a word at a time, each with 8 more bits to grow in. The first byte is the lowest of the word. */
  #addWords(words: Uint32Array, from: number, to: number): void {
    let [even, odd] = [0, 0];
    for (let n = from; n < to; n += 1) {
      const word = words[n] as number;
      even += word & 0x00ff_00ff;
      odd += (word >>> 8) & 0x00ff_00ff;
    }
    this.#high += (even & 0xffff) * 256 + (odd & 0xffff);
    this.#low += (even >>> 16) * 256 + (odd >>> 16);
  }

  /** Adds a sum. */
  addSum(sum: number): this {
    return this.addHalves(sum >>> 16, sum & 0xffff);
  }

  /** Adds the first halves of words, and the second ones. */
  addHalves(high: number, low: number): this {
    this.#high += high;
    this.#low += low;
    return this;
  }

  /** The sum, 0 to 2^32 - 1; all ones ("minus zero") for a file whose CHECKSUM is right. */
  get value(): number {
    let [high, low] = [this.#high, this.#low];
    while (high > 0xffff || low > 0xffff) {
      const [carryHigh, carryLow] = [Math.floor(high / 0x1_0000), Math.floor(low / 0x1_0000)];
      high = (high % 0x1_0000) + carryLow;
      low = (low % 0x1_0000) + carryHigh;
    }
    return high * 0x1_0000 + low;
  }
}

/** Whether the sum over a whole file says that its CHECKSUM is right. */
export function isMinusZero(sum: number): boolean {
  return sum === ALL_ONES;
}

/** The 16 characters that make a file sum to minus zero, when its sum with {@link UNSET_CHECKSUM} is `sum`. */
export function checksumText(sum: number): string {
  const complement = ALL_ONES - sum;
  const columns = [24, 16, 8, 0].map((shift) => characters((complement >>> shift) & 0xff));
  const codes = [0, 1, 2, 3].flatMap((row) => columns.map((column) => column[row] as number));
  // The value begins in column 12 of its card, one off a word's border: hence the turn by one.
  return String.fromCharCode(codes[15] as number, ...codes.slice(0, 15));
}

/** Four characters whose codes, less 48 each, add up to `byte`, with none excluded. */
function characters(byte: number): number[] {
  const quarter = 0x30 + Math.floor(byte / 4);
  const codes = [quarter + (byte % 4), quarter, quarter, quarter];
  while (codes.some((code) => EXCLUDED.includes(code))) {
    for (const pair of [0, 2]) {
      const [a, b] = [codes[pair] as number, codes[pair + 1] as number];
      if (!EXCLUDED.includes(a) && !EXCLUDED.includes(b)) continue;
      codes[pair] = a + 1;
      codes[pair + 1] = b - 1;
    }
  }
  return codes;
}
