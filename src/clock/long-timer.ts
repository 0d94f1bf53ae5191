// Timers of any length: Node's own hold 24.8 days at most, and run at once when they are given more.
import type { Timer } from './clock.js';

/** Node's timers hold at most this many ms; longer waits are cut into pieces. */
export const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** How a timer waits. */
export interface LongTimerOptions {
  /** Whether it keeps the process alive. @defaultValue true */
  keepsAlive?: boolean;
}

/** Runs `callback` once after `ms` of real time, `Infinity` for never: for every wait whose length comes from outside. */
export function longTimer(
  ms: number,
  callback: () => void,
  { keepsAlive = true }: LongTimerOptions = {},
): Timer {
  let left = Math.max(0, ms);
  let handle: NodeJS.Timeout;
  const next = () => {
    const piece = Math.min(left, LONGEST_TIMEOUT_MS);
    left -= piece;
    handle = setTimeout(() => (left > 0 ? next() : callback()), piece);
    if (!keepsAlive) handle.unref();
  };
  next();
  return { cancel: () => clearTimeout(handle) };
}
