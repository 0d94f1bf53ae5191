// What passes between a thread's owner and its worker.
import type { ThreadingErrorCode } from './errors.js';
import type { PackedError } from './packed-error.js';

/** Given to the worker at its start (`workerData`). */
export interface ThreadData {
  /** URL of the module that exports the class. */
  module: string;
  className: string;
  name: string;
  daemon: boolean;
  args: unknown[];
}

/** The worker's one message: how `run` ended. */
export type ThreadReport =
  | { kind: 'done'; result: unknown }
  | { kind: 'failed'; code: ThreadingErrorCode; error: PackedError };
