// The main thread of an agent answers messages: it must never stand still.
import { isMainThread } from 'node:worker_threads';
import { ThreadingError } from './errors.js';

/** @throws ThreadingError `BLOCKING_ON_MAIN_THREAD` on the main thread; it says to await `instead` */
export function refuseOnMainThread(call: string, instead: string): void {
  if (!isMainThread) return;
  const text = `${call} would block the main thread: use "await ${instead}" there`;
  throw new ThreadingError('BLOCKING_ON_MAIN_THREAD', text);
}
