// When a smooth function of time crosses zero upwards, to the second.

const SECOND_MS = 1000;

/**
 * The first whole second after `afterMs` in which `value` has come from below zero to zero or above. Steps are as long
 * as `fastest`, the most that the value can change in a second, allows: no crossing is stepped over, not even where
 * the Sun only grazes an altitude. Whole seconds make it the same time whenever it is asked for.
 * @returns `undefined` when there is none up to `untilMs`
 */
export function nextCrossing(
  value: (timeMs: number) => number,
  fastest: number,
  afterMs: number,
  untilMs: number,
): number | undefined {
  let second = Math.floor(afterMs / SECOND_MS);
  let here = value(second * SECOND_MS);
  while (second * SECOND_MS < untilMs) {
    const next = second + Math.max(1, Math.floor(Math.abs(here) / fastest));
    const there = value(next * SECOND_MS);
    if (here < 0 && there >= 0) return firstAbove(value, second, next) * SECOND_MS;
    [second, here] = [next, there];
  }
  return undefined;
}

function firstAbove(value: (timeMs: number) => number, below: number, above: number): number {
  let [low, high] = [below, above];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (value(middle * SECOND_MS) < 0) low = middle;
    else high = middle;
  }
  return high;
}
