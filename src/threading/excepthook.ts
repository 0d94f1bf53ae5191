// Reports the error of a thread that nobody waits for: Python's `threading.excepthook`.
import { tellUnheard } from '../errors/index.js';
import type { ThreadingError } from './errors.js';

/** Called in the owner's thread with the name of the thread that failed. Must not throw. */
export type ExceptHook = (threadName: string, error: ThreadingError) => void;

let current: ExceptHook = tell;

/**
 * Sets what is done with an error that neither a `join` nor an `onError` listener waits for. By default it is
 * written to the standard error, in an agent's process to its log. The process goes on. Each thread has its own.
 * @returns the hook that was set before
 */
export function setExcepthook(hook: ExceptHook): ExceptHook {
  const before = current;
  current = hook;
  return before;
}

/** Calls the hook; the error of a hook is printed, it shall not end the process. */
export function callExcepthook(threadName: string, error: ThreadingError): void {
  try {
    current(threadName, error);
  } catch (hookError) {
    tell(threadName, error);
    console.error('Exception in the excepthook:', hookError);
  }
}

function tell(threadName: string, error: ThreadingError): void {
  tellUnheard(`Exception in thread ${threadName}`, error);
}
