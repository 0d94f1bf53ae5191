// A thread of its own for a computation: Python's `threading.Thread` on a worker of `node:worker_threads`.
import { threadId } from 'node:worker_threads';
import { longTimer, type Timer } from '../clock/index.js';
import { ThreadingError } from './errors.js';
import { callExcepthook } from './excepthook.js';
import { keepAlive } from './keep-alive.js';
import { registeredThread, registerRunning } from './thread-registry.js';
import { type ThreadOutcome, ThreadWorker, type WorkerLimits } from './thread-worker.js';
import { waitMs } from './timeout.js';

/** How to make a {@link Thread}. */
export interface ThreadOptions<Args extends unknown[] = unknown[]> {
  /** For messages and debuggers. @defaultValue the name of the class and a number, as `SkySurvey-1` */
  name?: string;
  /**
   * What `run` is called with. It is copied by structured clone (no functions, no classes); events and locks, and
   * any `SharedArrayBuffer`, are shared. @defaultValue none
   */
  args?: Args;
  /** A daemon does not keep the process alive. @defaultValue as the thread that makes it */
  daemon?: boolean;
  /** The JavaScript heap in MB at which the thread ends as `THREAD_OUT_OF_MEMORY`. @defaultValue Node's */
  maxMemoryMb?: number;
  /** Node's flags in the thread, as `[]` to load it without a test runner's hooks. @defaultValue the process's */
  execArgv?: string[];
}

/** The constructor's parameters: `args` must be there when `run` wants any. */
export type ThreadParameters<Args extends unknown[]> = [] extends Args
  ? [options?: ThreadOptions<Args>]
  : [options: ThreadOptions<Args> & { args: Args }];

/** The listener of {@link Thread.onError}. */
export type ThreadErrorListener = (error: ThreadingError) => void;

let made = 0;

/**
 * A thread: subclass it, override `run`, export the class from a module of its own, and say which:
 *
 * ```ts
 * export class Sum extends Thread<[numbers: number[]], number> {
 *   static override readonly module = import.meta.url;
 *   override run(numbers: number[]): number {
 *     return numbers.reduce((sum, n) => sum + n, 0);
 *   }
 * }
 * const sum = new Sum({ args: [[1, 2, 3]] }).start();
 * await sum.join(); // then sum.result is 6
 * ```
 *
 * There are two objects: the owner's, and one of the same class in the thread, on which `run` is called; fields
 * set on one are not on the other. The module is loaded in the thread too: loading it must not start anything.
 * A constructor of a subclass must take the options first and hand them to `super`.
 */
export abstract class Thread<Args extends unknown[] = unknown[], Result = unknown> {
  /** Where the class is exported under its name: `import.meta.url` there. */
  static readonly module: string = '';

  readonly name: string;
  readonly daemon: boolean;
  /** What `run` is called with. */
  readonly args: Args;
  /** A function makes structured clone refuse a Thread among the `args`, where it could not work. */
  protected readonly notCloneable = (): void => {};
  readonly #limits: WorkerLimits;
  readonly #listeners = new Set<ThreadErrorListener>();
  #worker: ThreadWorker | undefined;
  #joining = 0;

  /** @throws ThreadingError `THREADING_ARGUMENT_INVALID` */
  constructor(...[options]: ThreadParameters<Args>) {
    made += 1;
    this.name = options?.name ?? `${this.constructor.name}-${made}`;
    this.daemon = options?.daemon ?? registeredThread()?.daemon ?? false;
    this.args = options?.args ?? ([] as unknown[] as Args);
    this.#limits = { maxMemoryMb: checkedMemory(options?.maxMemoryMb), execArgv: options?.execArgv };
  }

  /** The work, called in the thread with `args`; the thread ends when it returns, or when its promise settles. */
  abstract run(...args: Args): Result | Promise<Result>;

  /**
   * Starts the thread, and returns at once; `run` begins 50 to 100 ms later.
   * @throws ThreadingError `THREAD_ALREADY_STARTED`, `THREAD_CLASS_INVALID`, `THREAD_NOT_CLONEABLE`,
   * `THREAD_START_FAILED`
   */
  start(): this {
    if (this.#worker || this.isAlive()) {
      throw new ThreadingError('THREAD_ALREADY_STARTED', `${this} was started before: make a new one`);
    }
    const worker = new ThreadWorker(this.#data(), this.#limits);
    this.#worker = worker;
    registerRunning(this, worker.ended);
    void worker.ended.then((outcome) => this.#report(outcome));
    return this;
  }

  /**
   * Resolves when the thread has ended; whoever waits keeps the process alive.
   * @param timeoutS - seconds to wait at most; negative is 0 @defaultValue no limit
   * @returns true when it has ended, false when the time was up before
   * @throws ThreadingError (rejects) how it ended, if not well: `THREAD_FAILED` (`cause` is what `run` threw),
   * `THREAD_EXITED`, `THREAD_OUT_OF_MEMORY`, `THREAD_TERMINATED`, `THREAD_CLASS_INVALID`, `THREAD_START_FAILED`,
   * `THREAD_NOT_CLONEABLE` (the result); or `THREAD_NOT_STARTED`, `THREAD_NOT_OWNED`,
   * `THREADING_ARGUMENT_INVALID`
   */
  async join(timeoutS?: number): Promise<boolean> {
    const worker = this.#started('join');
    const timeoutMs = waitMs(timeoutS);
    this.#joining += 1;
    const outcome = await within(worker.ended, timeoutMs).finally(() => {
      this.#joining -= 1;
    });
    if (outcome && 'error' in outcome) throw outcome.error;
    return outcome !== undefined;
  }

  /**
   * Ends the thread at once, in the middle of whatever it does; a lock that it has stays locked. For a thread that
   * does not heed its stop event. Python has nothing like it. `join` then rejects with `THREAD_TERMINATED`.
   * @throws ThreadingError (rejects) `THREAD_NOT_STARTED`, `THREAD_NOT_OWNED`
   */
  async terminate(): Promise<void> {
    await this.#started('terminate').terminate();
  }

  /** What `run` returned, a copy; `undefined` while it runs, and when it failed. */
  get result(): Result | undefined {
    const outcome = this.#worker?.outcome;
    return outcome && 'result' in outcome ? (outcome.result as Result) : undefined;
  }

  /** It was started and has not ended. */
  isAlive(): boolean {
    if (this.#worker) return this.#worker.outcome === undefined;
    return registeredThread() === this;
  }

  /** Number of the thread, unique in the process; `undefined` before the start. The main thread's is 0. */
  get ident(): number | undefined {
    return registeredThread() === this ? threadId : this.#worker?.ident;
  }

  /** Calls `listener` when the thread has ended badly, but for `terminate`. */
  onError(listener: ThreadErrorListener): this {
    this.#listeners.add(listener);
    return this;
  }

  /** `thread "SkySurvey-1"` */
  toString(): string {
    return `thread "${this.name}"`;
  }

  #data() {
    const { name, daemon, args } = this;
    const { name: className, module } = this.constructor as typeof Thread;
    if (module !== '' && className !== '') return { module, className, name, daemon, args };
    const wanted = 'give it a name and "static override readonly module = import.meta.url"';
    throw new ThreadingError('THREAD_CLASS_INVALID', `class "${className}" of ${this}: ${wanted}`);
  }

  #started(verb: string): ThreadWorker {
    if (this.#worker) return this.#worker;
    if (!this.isAlive()) throw new ThreadingError('THREAD_NOT_STARTED', `${verb} of ${this}: start it first`);
    throw new ThreadingError('THREAD_NOT_OWNED', `${verb} of ${this}: only who started a thread may`);
  }

  /** An error goes to those who wait for it; to the excepthook when there is none. */
  #report(outcome: ThreadOutcome): void {
    if (!('error' in outcome) || outcome.error.code === 'THREAD_TERMINATED') return;
    for (const listener of this.#listeners) listener(outcome.error);
    if (this.#listeners.size + this.#joining === 0) callExcepthook(this.name, outcome.error);
  }
}

/** Node takes a limit that is no number for none, without a word. */
function checkedMemory(maxMemoryMb: number | undefined): number | undefined {
  if (maxMemoryMb === undefined || maxMemoryMb > 0) return maxMemoryMb;
  const text = `maxMemoryMb ${maxMemoryMb}: give a number of MB above 0, or leave it out`;
  throw new ThreadingError('THREADING_ARGUMENT_INVALID', text);
}

/** What `ended` resolves to, or `undefined` after `timeoutMs`. */
async function within<T>(ended: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  const release = keepAlive();
  let timer: Timer | undefined;
  const timeUp = new Promise<undefined>((resolve) => {
    timer = longTimer(timeoutMs, () => resolve(undefined));
  });
  return Promise.race([ended, timeUp]).finally(() => {
    timer?.cancel();
    release();
  });
}
