// Every so many seconds.
import { ScheduleError } from './errors.js';
import type { Schedule } from './schedule.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const SHORTEST_S = 0.01;
const LONGEST_S = (100 * 366 * DAY_MS) / SECOND_MS;

/** Options of an {@link Interval}. */
export interface IntervalOptions {
  /**
   * Rounds each time down to the unit of the interval, as Celery does: `every 1h` is then due at the full hours, and
   * `every 2d` at midnight. @defaultValue false
   */
  relative?: boolean;
}

/** Due a fixed time after it was due last: an interval does not drift. */
export class Interval implements Schedule {
  readonly text: string;
  readonly #everyMs: number;
  readonly #unitMs: number;

  /** @throws ScheduleError */
  constructor(everyS: number, { relative = false }: IntervalOptions = {}) {
    if (!(everyS >= SHORTEST_S && everyS <= LONGEST_S))
      throw new ScheduleError(`an interval of ${everyS} s`, 'from 10ms to 36600d');
    this.#everyMs = Math.round(everyS * SECOND_MS);
    this.#unitMs = relative ? unitOf(this.#everyMs) : 1;
    this.text = `every ${durationText(this.#everyMs)}${relative ? ' relative' : ''}`;
  }

  next(afterMs: number): number {
    return floorTo(afterMs + this.#everyMs, this.#unitMs);
  }

  latest(afterMs: number, nowMs: number): number | undefined {
    const firstMs = this.next(afterMs);
    if (firstMs > nowMs) return undefined;
    const periodMs = floorTo(this.#everyMs, this.#unitMs);
    return firstMs + floorTo(nowMs - firstMs, periodMs);
  }
}

/** What Celery calls the resolution of an interval. */
function unitOf(everyMs: number): number {
  return [DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS].find((unitMs) => everyMs >= unitMs) ?? 1;
}

function floorTo(timeMs: number, unitMs: number): number {
  return Math.floor(timeMs / unitMs) * unitMs;
}

const UNITS: [name: string, ms: number][] = [
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['min', MINUTE_MS],
  ['s', SECOND_MS],
  ['ms', 1],
];

/** The longest unit of which it is a whole number. */
function durationText(durationMs: number): string {
  const [name, unitMs] = UNITS.find(([, ms]) => durationMs % ms === 0) ?? ['ms', 1];
  return `${durationMs / unitMs}${name}`;
}

/** A duration such as `5s` in ms, or `undefined` when it is none. */
export function readDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s|min|h|d)$/.exec(text) ?? [];
  const unitMs = UNITS.find(([name]) => name === unit)?.[1];
  return amount === undefined || unitMs === undefined ? undefined : Number(amount) * unitMs;
}
