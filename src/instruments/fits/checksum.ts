// FITS checksums: the 32-bit ones' complement sum and its ASCII form (FITS 4.0, section 4.4.2.7 and appendix J).

const ALL_ONES = 0xffff_ffff;

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
    let [high, low] = [0, 0];
    for (let at = 0; at < bytes.length; at += 4) {
      high += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
      low += ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    }
    this.#high += high;
    this.#low += low;
    return this;
  }

  /** Adds a sum. */
  addSum(sum: number): this {
    this.#high += sum >>> 16;
    this.#low += sum & 0xffff;
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
