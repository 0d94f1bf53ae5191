// A lock that its owner may acquire again: Python's `threading.RLock`.
import { threadId } from 'node:worker_threads';
import { AbstractLock } from './abstract-lock.js';
import { type Cells, newCells } from './cell-wait.js';
import { ThreadingError } from './errors.js';
import { give } from './mutex.js';

// Cell 0 is the mutex's.
const OWNER = 1;
const DEPTH = 2;
const CELLS = 3;

/** How the owner is written: the main thread's id is 0, which here means nobody. */
const ME = threadId + 1;
const NOBODY = 0;

/**
 * A lock with an owner, which may acquire it again and must release it as often. **The owner is a thread**: two
 * async functions of one thread, as on the main thread, do not exclude each other; give them a {@link Lock}.
 * A thread that dies with the lock leaves it locked, as in Python.
 */
export class RLock extends AbstractLock {
  /** @param cells - left out, but for `revive` */
  constructor(cells: Cells = newCells(CELLS)) {
    super('RLock', cells);
  }

  /**
   * Gives back one acquisition; with the last one the lock is free, and one that waits is woken.
   * @throws ThreadingError `RLOCK_NOT_OWNED` when this thread does not have it
   */
  release(): void {
    if (!this.isOwned()) throw new ThreadingError('RLOCK_NOT_OWNED', this.#notOwned());
    if (Atomics.sub(this.cells, DEPTH, 1) > 1) return;
    Atomics.store(this.cells, OWNER, NOBODY);
    give(this.cells);
  }

  /** This thread has it. */
  isOwned(): boolean {
    return Atomics.load(this.cells, OWNER) === ME;
  }

  protected reenter(): boolean {
    // Only the owner changes the depth, so that nothing can come in between.
    if (this.isOwned()) Atomics.add(this.cells, DEPTH, 1);
    return this.isOwned();
  }

  protected entered(): void {
    Atomics.store(this.cells, DEPTH, 1);
    Atomics.store(this.cells, OWNER, ME);
  }

  #notOwned(): string {
    const owner = Atomics.load(this.cells, OWNER);
    const whose = owner === NOBODY ? 'nobody has' : `thread ${owner - 1} has`;
    return `release of an RLock that ${whose}, by thread ${threadId}`;
  }
}
