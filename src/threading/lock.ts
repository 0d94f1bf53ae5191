// Mutual exclusion between threads: Python's `threading.Lock`.
import { AbstractLock } from './abstract-lock.js';
import { type Cells, newCells } from './cell-wait.js';
import { ThreadingError } from './errors.js';
import { give } from './mutex.js';

const CELLS = 1;

/**
 * A lock that one acquires at a time: one thread, and within a thread one async function. Any thread may release
 * it. Who gets it next is not promised. A thread that dies with the lock leaves it locked, as in Python.
 */
export class Lock extends AbstractLock {
  /** @param cells - left out, but for `revive` */
  constructor(cells: Cells = newCells(CELLS)) {
    super('Lock', cells);
  }

  /**
   * Gives the lock back, and wakes one that waits for it.
   * @throws ThreadingError `LOCK_NOT_HELD` when nobody has it
   */
  release(): void {
    if (!give(this.cells)) throw new ThreadingError('LOCK_NOT_HELD', 'release of a Lock that is not locked');
  }

  protected reenter(): boolean {
    return false;
  }

  protected entered(): void {}
}
