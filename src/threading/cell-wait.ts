// Waits until a cell of shared memory changes: blocking, or by a promise.
/// <reference lib="es2024.sharedmemory" />
import { keepAlive } from './keep-alive.js';

/** The shared memory of an event or a lock. */
export type Cells = Int32Array<SharedArrayBuffer>;

/** Why a wait is over: it was notified, the cell had another value already, or the time was up. */
export type WaitOutcome = 'ok' | 'not-equal' | 'timed-out';

/**
 * One wait is cut to this, and its caller looks again. Without it, a wake-up that went to a thread which was
 * terminated in that moment would be lost to the others. It also bounds how long V8 keeps a `waitAsync`'s timer.
 */
const LOOK_AGAIN_MS = 1_000;

/** `count` cells of shared memory, all 0. */
export function newCells(count: number): Cells {
  return new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
}

/** Blocks this thread while the cell has `value`, until it is notified, for up to `timeoutMs` or a second. */
export function waitOnCellSync(cells: Cells, index: number, value: number, timeoutMs: number): WaitOutcome {
  return Atomics.wait(cells, index, value, Math.min(timeoutMs, LOOK_AGAIN_MS));
}

/** As {@link waitOnCellSync}, without blocking. It keeps the process alive: Node does not count `waitAsync`. */
export async function waitOnCell(
  cells: Cells,
  index: number,
  value: number,
  timeoutMs: number,
): Promise<WaitOutcome> {
  const release = keepAlive();
  try {
    return await Atomics.waitAsync(cells, index, value, Math.min(timeoutMs, LOOK_AGAIN_MS)).value;
  } finally {
    release();
  }
}
