// Repeatable randomness: the same seed gives the same numbers on every machine.

/** A seed (32 bits, unsigned) of any words and numbers: FNV-1a over their text, then mixed. */
export function seedOf(...parts: (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of parts.join('\u0000')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return mixed(hash);
}

/** The finalizer of MurmurHash3: every bit of the input touches every bit of the output. */
function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Normal deviates drawn once and then by lot: ten times as fast as drawing each anew. */
const NORMAL_COUNT = 65_536;
let normals: Float32Array | undefined;

/** Draws the table of normal deviates (some ms), so that the first who needs one has not to wait for it. */
export function prepareNormals(): Float32Array {
  normals ??= normalDeviates();
  return normals;
}

/** A source of pseudo-random numbers (mulberry32, period 2^32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 32 random bits, unsigned. */
  bits(): number {
    this.#state = next(this.#state);
    return scrambled(this.#state);
  }

  /** 0 (included) to 1 (excluded). */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /** A deviate of mean 0 and variance 1, one of 65,536. */
  normal(): number {
    return prepareNormals()[this.bits() >>> 16] as number;
  }

  /** Fills `values` with what as many calls of {@link Random.normal} return, three times as fast. */
  fillNormal(values: Float32Array): void {
    const table = prepareNormals();
    let state = this.#state;
    for (let n = 0; n < values.length; n += 1) {
      state = next(state);
      values[n] = table[scrambled(state) >>> 16] as number;
    }
    this.#state = state;
  }
}

function next(state: number): number {
  return (state + 0x6d2b79f5) | 0;
}

function scrambled(state: number): number {
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
}

/** By the method of Box and Muller, scaled to a mean of 0 and a variance of 1 exactly. */
function normalDeviates(): Float32Array {
  const random = new Random(1);
  const values = new Float32Array(NORMAL_COUNT);
  let [sum, squares] = [0, 0];
  for (let n = 0; n < NORMAL_COUNT; n += 1) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const value = radius * Math.cos(2 * Math.PI * random.uniform());
    values[n] = value;
    sum += value;
    squares += value * value;
  }
  const mean = sum / NORMAL_COUNT;
  const deviation = Math.sqrt(squares / NORMAL_COUNT - mean * mean);
  return values.map((value) => (value - mean) / deviation);
}
