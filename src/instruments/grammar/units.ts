// Units of the grammar, and what each is in the unit that the program reckons in.

/** Units by what they measure, each as so many of the first. */
const UNITS_BY_DIMENSION = {
  angle: { deg: 1, arcmin: 1 / 60, arcsec: 1 / 3600 },
  /** `h` is also the hour of right ascension. */
  time: { s: 1, h: 3600, min: 60, ms: 1e-3 },
  temperature: { C: 1, K: 1 },
  part: { '%': 1 },
  speed: { 'm/s': 1, 'km/h': 1 / 3.6 },
  pressure: { hPa: 1 },
  length: { mm: 1, um: 1e-3 },
  step: { step: 1 },
  signal: { adu: 1 },
  charge: { 'e-': 1 },
  voltage: { V: 1 },
  rate: { 'deg/s': 1, 'arcsec/s': 1 / 3600 },
} as const;

type Keys<T> = T extends unknown ? keyof T : never;

/** What a unit measures. */
export type Dimension = keyof typeof UNITS_BY_DIMENSION;

/** A unit as it is written; capitals matter, as in all of physics. */
export type Unit = Keys<(typeof UNITS_BY_DIMENSION)[Dimension]>;

/** All units. */
export const UNITS: readonly Unit[] = Object.values(UNITS_BY_DIMENSION).flatMap(
  (units) => Object.keys(units) as Unit[],
);

const NAMES = new Map<string, Unit>(UNITS.map((unit) => [unit, unit]));

/** The unit of a text. */
export function unitOf(text: string): Unit | undefined {
  return NAMES.get(text);
}

const ZERO_C_IN_K = 273.15;

/** Decimals of a sum or product that are no more than rounding: 0.1 arcsec is not 0.09999999999999999. */
const EXACT_DIGITS = 15;

interface Known {
  dimension: Dimension;
  factor: number;
}

const KNOWN = new Map<Unit, Known>(
  Object.entries(UNITS_BY_DIMENSION).flatMap(([dimension, units]) =>
    Object.entries(units).map(([unit, factor]): [Unit, Known] => [
      unit as Unit,
      { dimension: dimension as Dimension, factor },
    ]),
  ),
);

/** A value in another unit; `undefined` when the two measure different things. */
export function converted(value: number, from: Unit, to: Unit): number | undefined {
  if (from === to) return value;
  const [a, b] = [KNOWN.get(from), KNOWN.get(to)];
  if (!a || !b || a.dimension !== b.dimension) return undefined;
  if (a.dimension === 'temperature') return rounded(from === 'K' ? value - ZERO_C_IN_K : value + ZERO_C_IN_K);
  return rounded((value * a.factor) / b.factor);
}

/** The units that measure the same as one. */
export function unitsLike(unit: Unit): Unit[] {
  const dimension = KNOWN.get(unit)?.dimension;
  return UNITS.filter((other) => KNOWN.get(other)?.dimension === dimension);
}

function rounded(value: number): number {
  return Number(value.toPrecision(EXACT_DIGITS));
}
