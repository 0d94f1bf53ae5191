// Which thread this is, and which threads it has started. One registry per thread.
import type { Thread } from './thread.js';

/** The thread object of this thread, once it is known. */
let current: Thread | undefined;

/** The threads started here that have not ended, and when they will have. */
const running = new Map<Thread, Promise<unknown>>();

export function registeredThread(): Thread | undefined {
  return current;
}

export function registerCurrent(thread: Thread): void {
  current = thread;
}

/** Lists a thread that was started here until `ended` resolves. */
export function registerRunning(thread: Thread, ended: Promise<unknown>): void {
  running.set(
    thread,
    ended.then(() => running.delete(thread)),
  );
}

export function runningThreads(): Thread[] {
  return [...running.keys()];
}

/** Resolves when the threads started here have ended, but for the daemons. */
export async function runningEnded(): Promise<void> {
  const waited = () => [...running].filter(([thread]) => !thread.daemon).map(([, ended]) => ended);
  for (let left = waited(); left.length > 0; left = waited()) await Promise.all(left);
}
