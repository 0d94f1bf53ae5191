// Spans of time for people.

const UNITS = [
  ['years', 365.25 * 86_400_000],
  ['days', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** A span in the largest unit of which it has two, such as `11 years`, `36 h`, `90 s`. */
export function spanText(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, one]) => ms >= 2 * one) ?? ['s', 1000];
  return `${Math.round(ms / unitMs)} ${unit}`;
}
