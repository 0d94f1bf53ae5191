// The observatory's clock: all code asks it for the time and sleeps by it.

/** A sleep or timer that may be cancelled. */
export interface Timer {
  /** Forget it; the callback will not run. Harmless when it has run. */
  cancel(): void;
}

/**
 * Time as the observatory sees it. Times are milliseconds since 1970-01-01 UTC, with fractions; durations are
 * milliseconds of observatory time (a simulated clock of rate 10 passes 10 of them in one of the wall clock).
 */
export interface Clock {
  /** Now, in ms UTC. */
  now(): number;
  /**
   * Resolves after `ms` of observatory time.
   * @throws the signal's reason (rejects) when `signal` aborts before.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `callback` once after `ms`. The timer does not keep the process alive. */
  after(ms: number, callback: () => void): Timer;
}

/** `YYYY-MM-DDThh:mm:ss.mmmZ` of a time in ms UTC. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** Parts that {@link sleepWith} needs. */
type After = (ms: number, callback: () => void) => Timer;

/** The `sleep` of every clock, made of its `after`. The listener on `signal` is removed when the sleep ends. */
export function sleepWith(after: After, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    return undefined;
  });
}
