// The owner's side of a running thread: starts the worker, and finds out how it ended.
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { errorCode, errorText } from '../errors/index.js';
import { ThreadingError, type ThreadingErrorCode } from './errors.js';
import { unpackError } from './packed-error.js';
import { revive } from './revive.js';
import type { ThreadData, ThreadReport } from './thread-messages.js';

/** How a thread ended. */
export type ThreadOutcome = { result: unknown } | { error: ThreadingError };

const MAIN_MODULE = new URL('./thread-main.js', import.meta.url);

/** What Node is told about the worker; see `ThreadOptions`. */
export interface WorkerLimits {
  maxMemoryMb?: number | undefined;
  execArgv?: string[] | undefined;
}

/** A worker that runs one thread. */
export class ThreadWorker {
  /** Node's `threadId`, unique in the process. */
  readonly ident: number;
  /** Resolves when the worker has gone, with all that it held. Never rejects. */
  readonly ended: Promise<ThreadOutcome>;
  /** `undefined` while the worker is there. */
  outcome: ThreadOutcome | undefined;
  #worker: Worker;
  #name: string;
  /** The first word on how it ended; what comes later is only a consequence. */
  #verdict: ThreadOutcome | undefined;

  /** @throws ThreadingError `THREAD_NOT_CLONEABLE`, `THREAD_START_FAILED` */
  constructor(data: ThreadData, limits: WorkerLimits) {
    this.#name = data.name;
    this.#worker = newWorker(data, limits);
    this.ident = this.#worker.threadId;
    this.#worker.on('message', (report: ThreadReport) => this.#judge(this.#outcomeOf(report)));
    this.#worker.on('error', (error) => this.#judge({ error: this.#crash(error) }));
    // Only now: to listen for messages keeps the process alive again.
    if (data.daemon) this.#worker.unref();
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.outcome = this.#verdict ?? { error: this.#exited(code) };
        resolve(this.outcome);
      });
    });
  }

  /** Ends the worker at once, wherever it stands. */
  async terminate(): Promise<void> {
    const text = `thread "${this.#name}" was terminated before its run returned`;
    this.#judge({ error: new ThreadingError('THREAD_TERMINATED', text) });
    await this.#worker.terminate();
    await this.ended;
  }

  #judge(verdict: ThreadOutcome): void {
    this.#verdict ??= verdict;
  }

  #outcomeOf(report: ThreadReport): ThreadOutcome {
    if (report.kind === 'done') return { result: revive(report.result) };
    return { error: failure(report.code, this.#name, unpackError(report.error)) };
  }

  #crash(error: unknown): ThreadingError {
    const outOfMemory = errorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY';
    return failure(outOfMemory ? 'THREAD_OUT_OF_MEMORY' : 'THREAD_FAILED', this.#name, error);
  }

  #exited(code: number): ThreadingError {
    const why = 'process.exit in the thread, or a promise that nothing settles';
    const text = `thread "${this.#name}" ended with exit code ${code} before its run returned: ${why}`;
    return new ThreadingError('THREAD_EXITED', text);
  }
}

function newWorker(data: ThreadData, { maxMemoryMb, execArgv }: WorkerLimits): Worker {
  const options: WorkerOptions = { workerData: data, name: data.name };
  if (maxMemoryMb !== undefined) options.resourceLimits = { maxOldGenerationSizeMb: maxMemoryMb };
  if (execArgv !== undefined) options.execArgv = execArgv;
  try {
    return new Worker(MAIN_MODULE, options);
  } catch (error) {
    const uncloneable = error instanceof DOMException && error.name === 'DataCloneError';
    throw failure(uncloneable ? 'THREAD_NOT_CLONEABLE' : 'THREAD_START_FAILED', data.name, error);
  }
}

/** How the message begins, where it is not "failed". */
const PREFIXES: Partial<Record<ThreadingErrorCode, (thread: string) => string>> = {
  THREAD_CLASS_INVALID: (thread) => `cannot start ${thread}`,
  THREAD_START_FAILED: (thread) => `cannot start ${thread}`,
  THREAD_NOT_CLONEABLE: (thread) => `cannot pass the arguments or the result of ${thread}`,
  THREAD_OUT_OF_MEMORY: (thread) => `${thread} ran out of memory`,
};

function failure(code: ThreadingErrorCode, name: string, cause: unknown): ThreadingError {
  const thread = `thread "${name}"`;
  const prefix = PREFIXES[code]?.(thread) ?? `${thread} failed`;
  return new ThreadingError(code, `${prefix}: ${errorText(cause)}`, cause);
}
