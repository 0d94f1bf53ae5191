// The soft time limit of a run: its signal aborts, and a task that listens may tidy up and end as it likes.
import { longTimer, type Timer } from '../../clock/index.js';
import { SoftTimeLimitExceeded } from '../errors.js';
import { isListenedTo } from './is-listened-to.js';

/** A run that has not stopped though its time was over: it goes on behind the back of whoever called it. */
const left = new WeakSet<AbortController>();

/** Whether the run of this controller was given up, and goes on. */
export function goesOn(controller: AbortController): boolean {
  return left.has(controller);
}

/**
 * Resolves with what `run` returns.
 * @param tidyMs - how long it may go on after its limit when it listens; one that does not is given up at once
 * @throws what `run` throws; SoftTimeLimitExceeded when it is given up, or when what it waited for was aborted
 */
export function untilSoftLimit<R>(
  run: () => Promise<R>,
  softMs: number,
  tidyMs: number,
  controller: AbortController,
): Promise<R> {
  return new Promise((resolve, reject) => {
    const limit = new SoftTimeLimitExceeded();
    const giveUp = () => {
      left.add(controller);
      reject(limit);
    };
    let timer: Timer = longTimer(softMs, () => {
      const listens = isListenedTo(controller.signal);
      controller.abort(limit);
      if (listens) timer = longTimer(tidyMs, giveUp);
      else giveUp();
    });
    run()
      .then(resolve, (error) => reject(isAbortBy(limit, error) ? limit : error))
      .finally(() => timer.cancel());
  });
}

/** Node's own functions throw an AbortError of their own, whose cause is the reason. */
function isAbortBy(limit: Error, error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError' && error.cause === limit;
}
