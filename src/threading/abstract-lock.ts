// What Lock and RLock have in common: how they are acquired.
import { refuseOnMainThread } from './main-thread-guard.js';
import { isTaken, take, takeSync, tryTake } from './mutex.js';
import { SharedObject } from './shared-object.js';
import { acquireMs } from './timeout.js';

/** See {@link Lock} and {@link RLock}. */
export abstract class AbstractLock extends SharedObject {
  /** Gives it back. */
  abstract release(): void;

  /** Acquires once more what this thread has already; false when it has not, or may not. */
  protected abstract reenter(): boolean;

  /** It was free and is this thread's now. */
  protected abstract entered(): void;

  /**
   * Resolves when the lock is acquired. It keeps the process alive while it waits.
   * @param blocking - false: do not wait @defaultValue true
   * @param timeoutS - seconds to wait at most; -1 is no limit @defaultValue -1
   * @returns true when it was acquired, false when it was not, in time or at once
   * @throws ThreadingError (rejects) `THREADING_ARGUMENT_INVALID`
   */
  async acquire(blocking = true, timeoutS = -1): Promise<boolean> {
    const timeoutMs = acquireMs(blocking, timeoutS);
    if (this.reenter()) return true;
    const taken = timeoutMs > 0 ? await take(this.cells, timeoutMs) : tryTake(this.cells);
    if (taken) this.entered();
    return taken;
  }

  /**
   * Acquires the lock, and blocks this thread until then. On the main thread only `acquireSync(false)` will do,
   * which does not wait.
   * @param blocking - false: do not wait @defaultValue true
   * @param timeoutS - seconds to wait at most; -1 is no limit @defaultValue -1
   * @returns true when it was acquired, false when it was not, in time or at once
   * @throws ThreadingError `BLOCKING_ON_MAIN_THREAD`, `THREADING_ARGUMENT_INVALID`
   */
  acquireSync(blocking = true, timeoutS = -1): boolean {
    const timeoutMs = acquireMs(blocking, timeoutS);
    if (blocking) refuseOnMainThread(`${this.sharedKind}.acquireSync`, 'lock.acquire()');
    if (this.reenter()) return true;
    const taken = timeoutMs > 0 ? takeSync(this.cells, timeoutMs) : tryTake(this.cells);
    if (taken) this.entered();
    return taken;
  }

  /** Some thread has it. */
  locked(): boolean {
    return isTaken(this.cells);
  }

  /** Python's `with lock:`. Runs `work` with the lock, and releases it also when `work` throws or rejects. */
  async withLock<T>(work: () => T | Promise<T>): Promise<T> {
    await this.acquire();
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  /**
   * As {@link AbstractLock.withLock}, blocking; not for the main thread. `work` must not be async.
   * @throws ThreadingError `BLOCKING_ON_MAIN_THREAD`, and what `work` threw
   */
  withLockSync<T>(work: () => T): T {
    this.acquireSync();
    try {
      return work();
    } finally {
      this.release();
    }
  }
}
