// Errors of threads and of what they share. Where Python raises RuntimeError or ValueError, these have a code.
import { PyrosError } from '../errors/index.js';

/** Codes of a {@link ThreadingError}. */
export type ThreadingErrorCode =
  | 'BLOCKING_ON_MAIN_THREAD'
  | 'LOCK_NOT_HELD'
  | 'RLOCK_NOT_OWNED'
  | 'THREADING_ARGUMENT_INVALID'
  | 'THREAD_ALREADY_STARTED'
  | 'THREAD_CLASS_INVALID'
  | 'THREAD_EXITED'
  | 'THREAD_FAILED'
  | 'THREAD_NOT_CLONEABLE'
  | 'THREAD_NOT_OWNED'
  | 'THREAD_NOT_STARTED'
  | 'THREAD_OUT_OF_MEMORY'
  | 'THREAD_START_FAILED'
  | 'THREAD_TERMINATED';

/** A thread ended badly, or a thread, an event or a lock was used wrongly. */
export class ThreadingError extends PyrosError {
  declare readonly code: ThreadingErrorCode;

  constructor(code: ThreadingErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause });
  }
}
