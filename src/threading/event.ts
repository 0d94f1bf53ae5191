// A flag that threads wait for: Python's `threading.Event`.
import { type Cells, newCells, waitOnCell, waitOnCellSync } from './cell-wait.js';
import { refuseOnMainThread } from './main-thread-guard.js';
import { SharedObject } from './shared-object.js';
import { waitMs } from './timeout.js';

const FLAG = 0;
/** Counts the calls of `set`, so that a waiter also sees a `set` that was cleared again at once. */
const SETS = 1;
const CELLS = 2;

/**
 * A flag in shared memory, false at first. Give it to a {@link Thread} in its `args`; then each side has an
 * `Event` object of its own, with the one flag.
 */
export class Event extends SharedObject {
  /** @param cells - left out, but for `revive` */
  constructor(cells: Cells = newCells(CELLS)) {
    super('Event', cells);
  }

  /** Makes the flag true, and wakes all that wait for it, in every thread. */
  set(): void {
    Atomics.store(this.cells, FLAG, 1);
    Atomics.add(this.cells, SETS, 1);
    Atomics.notify(this.cells, SETS);
  }

  /** Makes the flag false. */
  clear(): void {
    Atomics.store(this.cells, FLAG, 0);
  }

  /** The flag. */
  isSet(): boolean {
    return Atomics.load(this.cells, FLAG) === 1;
  }

  /**
   * Resolves when the flag is true. It keeps the process alive while it waits. Do not forget the `await`: a
   * promise is always true, and TypeScript lets `while (!event.wait(1))` pass.
   * @param timeoutS - seconds to wait at most; negative is 0 @defaultValue no limit
   * @returns true when the flag was set, false when the time was up before
   * @throws ThreadingError (rejects) `THREADING_ARGUMENT_INVALID`
   */
  async wait(timeoutS?: number): Promise<boolean> {
    const endMs = performance.now() + waitMs(timeoutS);
    const sets = Atomics.load(this.cells, SETS);
    while (!this.#wasSet(sets)) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) return false;
      await waitOnCell(this.cells, SETS, sets, leftMs);
    }
    return true;
  }

  /**
   * Blocks this thread until the flag is true; not for the main thread.
   * @param timeoutS - seconds to wait at most; negative is 0 @defaultValue no limit
   * @returns true when the flag was set, false when the time was up before
   * @throws ThreadingError `BLOCKING_ON_MAIN_THREAD`, `THREADING_ARGUMENT_INVALID`
   */
  waitSync(timeoutS?: number): boolean {
    refuseOnMainThread('Event.waitSync', 'event.wait(timeoutS)');
    const endMs = performance.now() + waitMs(timeoutS);
    const sets = Atomics.load(this.cells, SETS);
    while (!this.#wasSet(sets)) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) return false;
      waitOnCellSync(this.cells, SETS, sets, leftMs);
    }
    return true;
  }

  /** It is set, or was in the meantime. */
  #wasSet(setsBefore: number): boolean {
    return this.isSet() || Atomics.load(this.cells, SETS) !== setsBefore;
  }
}
