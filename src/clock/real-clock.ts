// The clocks that run by themselves: the system's, and a simulated one that starts elsewhere and runs faster.
import { type Clock, sleepWith, type Timer } from './clock.js';
import { longTimer } from './long-timer.js';

/** Where a simulated clock stands: at wall-clock time `realMs` it showed `simulatedMs`. */
export interface ClockOrigin {
  realMs: number;
  simulatedMs: number;
}

/** The monotonic clock is taken for true while it agrees with the system's clock to this many ms. */
const TOLERANCE_MS = 2;

let anchorMs = performance.timeOrigin;

/**
 * Wall-clock time in ms UTC with fractions: `Date.now()` refined by the monotonic clock, and anchored anew when
 * the system's clock was stepped, so that a process which runs for months stays right.
 */
export function wallClockMs(): number {
  const monotonicMs = performance.now();
  const systemMs = Date.now();
  // `Date.now()` cuts fractions off: on average the true time is half a millisecond later.
  if (Math.abs(anchorMs + monotonicMs - systemMs - 0.5) > TOLERANCE_MS)
    anchorMs = systemMs + 0.5 - monotonicMs;
  return anchorMs + monotonicMs;
}

/** A clock driven by the wall clock, `rate` times as fast, from `origin` on. */
export class RealClock implements Clock {
  constructor(
    readonly origin: ClockOrigin = { realMs: 0, simulatedMs: 0 },
    readonly rate = 1,
  ) {}

  now(): number {
    return this.origin.simulatedMs + (wallClockMs() - this.origin.realMs) * this.rate;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    // A sleep that is awaited is work in hand: unlike `after`, it keeps the process alive.
    return sleepWith((wait, callback) => this.#timer(wait, callback, true), ms, signal);
  }

  after(ms: number, callback: () => void): Timer {
    return this.#timer(ms, callback, false);
  }

  #timer(ms: number, callback: () => void, keepsAlive: boolean): Timer {
    return longTimer(ms / this.rate, callback, { keepsAlive });
  }
}
