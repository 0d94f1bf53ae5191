// The mutex below Lock and RLock, in one cell of shared memory.
//
//                 take                 another one waits
//       FREE ------------> HELD ------------------------> CONTENDED <---+
//        ^                  | give                            | give    | take, by one that was woken
//        +------------------+                                 v         |
//        +-------------------------------------------- RESERVED --------+
//                  nobody was there to wake
//
// After Drepper, "Futexes Are Tricky", and one state more: a mutex that somebody waits for is not free for others
// when it is given back. Else a thread that takes it again at once would keep the main thread out for ever, whose
// waking takes longer than that.
import { type Cells, type WaitOutcome, waitOnCell, waitOnCellSync } from './cell-wait.js';

const FREE = 0;
const HELD = 1;
const CONTENDED = 2;
const RESERVED = 3;

/** The cell that holds the state. */
const STATE = 0;

/** Takes the mutex when it is free. */
export function tryTake(cells: Cells): boolean {
  return changed(cells, FREE, HELD);
}

/** Takes the mutex, blocking up to `timeoutMs`; false when the time was up. */
export function takeSync(cells: Cells, timeoutMs: number): boolean {
  if (tryTake(cells)) return true;
  const waiter = new Waiter(cells, timeoutMs);
  while (!waiter.takes()) {
    if (waiter.leftMs <= 0) return false;
    waiter.woke(waitOnCellSync(cells, STATE, waiter.seen, waiter.leftMs));
  }
  return true;
}

/** As {@link takeSync}, without blocking. */
export async function take(cells: Cells, timeoutMs: number): Promise<boolean> {
  if (tryTake(cells)) return true;
  const waiter = new Waiter(cells, timeoutMs);
  while (!waiter.takes()) {
    if (waiter.leftMs <= 0) return false;
    waiter.woke(await waitOnCell(cells, STATE, waiter.seen, waiter.leftMs));
  }
  return true;
}

/** Gives the mutex back; false when nobody had it. */
export function give(cells: Cells): boolean {
  if (changed(cells, HELD, FREE)) return true;
  if (!changed(cells, CONTENDED, RESERVED)) return false;
  if (Atomics.notify(cells, STATE, 1) > 0) return true;
  // They have given up, or are about to sleep: those find it free, or are woken now.
  if (changed(cells, RESERVED, FREE)) Atomics.notify(cells, STATE, 1);
  return true;
}

/** Somebody has it, or is about to. */
export function isTaken(cells: Cells): boolean {
  return Atomics.load(cells, STATE) !== FREE;
}

/** One that waits for the mutex. */
class Waiter {
  /** The state on which to sleep. */
  seen = CONTENDED;
  readonly #endMs: number;
  #mayTakeReserved = false;

  constructor(
    private readonly cells: Cells,
    timeoutMs: number,
  ) {
    this.#endMs = performance.now() + timeoutMs;
  }

  get leftMs(): number {
    return this.#endMs - performance.now();
  }

  /** Takes the mutex if it may; if not, it is marked so that `give` will wake one that waits. */
  takes(): boolean {
    for (;;) {
      this.seen = Atomics.load(this.cells, STATE);
      if (this.seen === HELD) changed(this.cells, HELD, CONTENDED);
      else if (!this.#mayTake(this.seen)) return false;
      // Others may wait too, hence not HELD.
      else if (changed(this.cells, this.seen, CONTENDED)) return true;
    }
  }

  /** Woken, it is reserved for this one. After a whole second for nothing, the one that was woken has died. */
  woke(outcome: WaitOutcome): void {
    if (outcome !== 'not-equal') this.#mayTakeReserved = true;
  }

  #mayTake(state: number): boolean {
    return state === FREE || (state === RESERVED && this.#mayTakeReserved);
  }
}

function changed(cells: Cells, from: number, to: number): boolean {
  return Atomics.compareExchange(cells, STATE, from, to) === from;
}
