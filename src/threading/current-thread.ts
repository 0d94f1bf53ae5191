// Which threads there are: the functions of Python's `threading` module.
import { threadId } from 'node:worker_threads';
import { OutsideThread } from './outside-thread.js';
import type { Thread } from './thread.js';
import { registerCurrent, registeredThread, runningThreads } from './thread-registry.js';

const MAIN_IDENT = 0;

let main: Thread | undefined;

/** The thread that runs this. In `run` it is `this`. */
export function currentThread(): Thread {
  const known = registeredThread();
  if (known) return known;
  const thread = threadId === MAIN_IDENT ? mainThread() : new OutsideThread(`Worker-${threadId}`, threadId);
  registerCurrent(thread);
  return thread;
}

/** The main thread of the process; elsewhere, an object that stands for it. */
export function mainThread(): Thread {
  main ??= new OutsideThread('MainThread', MAIN_IDENT);
  return main;
}

/**
 * The threads that this thread knows and that are alive: the main thread, itself, and those that it started.
 * Threads started by other threads are not listed, as they are in Python.
 */
export function enumerate(): Thread[] {
  return [...new Set([mainThread(), currentThread(), ...runningThreads()])];
}

/** How many {@link enumerate} lists. */
export function activeCount(): number {
  return enumerate().length;
}

/** `currentThread().ident`: 0 on the main thread. */
export function getIdent(): number {
  return threadId;
}
