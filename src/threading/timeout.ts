// Checks the timeouts that callers give, in seconds as in Python, and turns them to milliseconds.
import { ThreadingError } from './errors.js';

/** The longest timeout, in seconds (24.8 days: what Node's timers hold); Python's `threading.TIMEOUT_MAX`. */
export const TIMEOUT_MAX_S = 2_147_483;

/** Python's `timeout=-1` of `Lock.acquire`: no limit. */
const UNLIMITED_S = -1;

/**
 * Milliseconds of the timeout of a `wait` or `join`; no timeout is `Infinity`, a negative one 0, as in Python.
 * @throws ThreadingError `THREADING_ARGUMENT_INVALID`
 */
export function waitMs(timeoutS: number | undefined): number {
  return timeoutS === undefined ? Number.POSITIVE_INFINITY : Math.max(0, checked(timeoutS) * 1000);
}

/**
 * Milliseconds that an `acquire` may wait: 0 when it shall not block, `Infinity` without a limit.
 * @throws ThreadingError `THREADING_ARGUMENT_INVALID` for a negative timeout other than -1, or a timeout of a
 * call that shall not block
 */
export function acquireMs(blocking: boolean, timeoutS: number): number {
  if (timeoutS === UNLIMITED_S) return blocking ? Number.POSITIVE_INFINITY : 0;
  if (!blocking) throw invalid(timeoutS, 'no timeout where acquire does not block');
  if (checked(timeoutS) < 0) throw invalid(timeoutS, '0 or more, or -1 for no limit');
  return timeoutS * 1000;
}

function checked(timeoutS: number): number {
  if (timeoutS <= TIMEOUT_MAX_S) return timeoutS;
  throw invalid(timeoutS, `a number of seconds up to ${TIMEOUT_MAX_S}, or leave it out`);
}

function invalid(timeoutS: number, wanted: string): ThreadingError {
  return new ThreadingError('THREADING_ARGUMENT_INVALID', `timeout ${timeoutS}: give ${wanted}`);
}
