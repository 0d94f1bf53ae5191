// The clock that the INI file asks for.
import type { Clock } from './clock.js';
import { type ClockOrigin, RealClock, wallClockMs } from './real-clock.js';

const DAY_MS = 86_400_000;
/** Mean solar time at which an evening begins: it is dark then, at any season, between 45 degrees south and north. */
const EVENING_HOUR = 21;

/** Section `[clock]`, with what it depends on. */
export interface ObservatoryClockOptions {
  mode: 'system' | 'simulated';
  /** Where a simulated clock starts, in ms UTC, or in the evening of this day at the site. */
  start: number | 'evening';
  /** Speed of a simulated clock. */
  rate: number;
  /** The real time of `start` in ms UTC, or at the launch, which is now; or a whole origin, handed on. */
  origin: number | 'launch' | ClockOrigin;
  /** Longitude of the site, for its evening; degrees, east positive. */
  longitudeDeg: number;
}

/** Makes the observatory's clock. All processes of one observatory must be given the same origin. */
export function observatoryClock(options: ObservatoryClockOptions): Clock {
  if (options.mode === 'system') return new RealClock();
  return new RealClock(clockOrigin(options), options.rate);
}

/** Where the simulated clock of these options stands. */
export function clockOrigin({ start, origin, longitudeDeg }: ObservatoryClockOptions): ClockOrigin {
  if (typeof origin === 'object') return origin;
  const realMs = origin === 'launch' ? wallClockMs() : origin;
  return { realMs, simulatedMs: start === 'evening' ? eveningOf(realMs, longitudeDeg) : start };
}

/** 21:00 mean solar time at a longitude, of the day that it is there. */
export function eveningOf(timeMs: number, longitudeDeg: number): number {
  const solarOffsetMs = (longitudeDeg / 360) * DAY_MS;
  const localDayMs = Math.floor((timeMs + solarOffsetMs) / DAY_MS) * DAY_MS;
  return localDayMs + (EVENING_HOUR / 24) * DAY_MS - solarOffsetMs;
}
