// Task: the class form of Celery's tasks, its options, and the call that it is running.

import type { Celery } from './app.js';
import { type Signature, type Suffix, signature } from './canvas/signature.js';
import { instanceOf } from './class-options.js';
import { currentApp } from './current-app.js';
import { MaxRetriesExceededError, Retry } from './errors.js';
import type { SignatureData } from './message.js';
import { AsyncResult } from './result.js';

/** Options of a call. Times are in seconds, as in Celery. */
export interface CallOptions {
  /** Seconds from now before which it does not start. */
  countdown?: number;
  /** Time before which it does not start. */
  eta?: Date | undefined;
  /** Time, or seconds from now, after which it does not start any more. */
  expires?: Date | number | undefined;
  queue?: string;
  /** 0 to 9, 9 first. */
  priority?: number;
  taskId?: string;
  /** Whether the call is sent again when the broker is away for a moment. @defaultValue true */
  retry?: boolean;
  /** Called with the result when the task has succeeded. */
  link?: SignatureData | SignatureData[];
  /** Called with the id when the task has failed. */
  linkError?: SignatureData | SignatureData[];
  /** Of the caller's own. */
  headers?: Record<string, unknown>;
  serializer?: string;
  ignoreResult?: boolean;
  timeLimit?: number;
  softTimeLimit?: number;
  shadow?: string;
  replyTo?: string;
  rootId?: string;
  parentId?: string;
  groupId?: string;
  groupIndex?: number;
  chain?: SignatureData[];
  chord?: SignatureData;
  /** How often it was tried before. */
  retries?: number;
}

/** Options of {@link Task.retry}. */
export interface RetryOptions {
  /** Why; told when there are no more retries. */
  exc?: unknown;
  /** Seconds from now. @defaultValue {@link Task.defaultRetryDelay} */
  countdown?: number;
  eta?: Date;
  /** @defaultValue {@link Task.maxRetries} */
  maxRetries?: number | null;
  args?: unknown[];
  kwargs?: Record<string, unknown>;
  queue?: string;
  priority?: number;
}

/** The call that a task is running. */
export interface TaskRequest {
  readonly id: string;
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly retries: number;
  readonly eta: string | null;
  readonly expires: string | null;
  readonly rootId: string;
  readonly parentId: string | null;
  readonly group: string | null;
  readonly groupIndex: number | null;
  readonly hostname: string;
  readonly deliveryInfo: { exchange: string; routingKey: string; priority: number; redelivered: boolean };
  readonly headers: Readonly<Record<string, unknown>>;
  readonly timelimit: readonly [number | null, number | null];
  readonly replyTo: string;
  readonly correlationId: string;
  /** Aborts at the soft time limit and when the task is terminated. */
  readonly signal: AbortSignal;
  readonly calledDirectly: boolean;
}

/** A class of errors. */
// biome-ignore lint/suspicious/noExplicitAny: any constructor will do
export type ErrorClass = abstract new (...args: any[]) => unknown;

/** A class of tasks. */
export interface TaskClass<A extends unknown[] = unknown[], R = unknown> {
  new (): Task<A, R>;
  /** Name of the task, `my_app.operations.mul`. */
  readonly name: string;
}

/** What the worker's part does for the task that runs. */
export interface RunningCall {
  request: TaskRequest;
  updateState(state: string, meta: unknown, taskId: string): void;
}

const DEFAULT_MAX_RETRIES = 3;
const DEFAULT_RETRY_DELAY_S = 180;
const DEFAULT_BACKOFF_MAX_S = 600;

/**
 * Base of all tasks. A subclass has a `static name` and a `run`; its options are fields.
 * An instance is made once in each process; it may keep what is dear to make.
 */
export abstract class Task<A extends unknown[] = unknown[], R = unknown> {
  /** How often it is tried again; `null` for ever. */
  maxRetries: number | null = DEFAULT_MAX_RETRIES;
  /** Seconds until the next attempt. */
  defaultRetryDelay: number = DEFAULT_RETRY_DELAY_S;
  /** Errors after which it is tried again by itself. */
  autoretryFor: readonly ErrorClass[] = [];
  /** Among those, errors after which it is not. */
  dontAutoretryFor: readonly ErrorClass[] = [];
  /** Each wait is twice the one before, from 1 s or so many on. */
  retryBackoff: boolean | number = false;
  /** Longest wait, in seconds. */
  retryBackoffMax: number = DEFAULT_BACKOFF_MAX_S;
  /** Each wait is cut by chance. */
  retryJitter = true;
  /** No result is kept. */
  ignoreResult: boolean | undefined;
  acksLate: boolean | undefined;
  rejectOnWorkerLost: boolean | undefined;
  /** With late acknowledgement: when it is false, the message of a task that failed is set aside as a dead letter. */
  acksOnFailureOrTimeout = true;
  trackStarted: boolean | undefined;
  /** In seconds; the process is ended then. */
  timeLimit: number | undefined;
  /** In seconds; SoftTimeLimitExceeded is raised in the task then. */
  softTimeLimit: number | undefined;
  /** `10/s`, `100/m` or `1000/h`: of one worker. */
  rateLimit: string | number | undefined;
  /** Seconds after a call in which it must have started. */
  expires: number | undefined;
  priority: number | undefined;
  queue: string | undefined;
  serializer: string | undefined;
  /** Errors that are expected: they are logged without a stack. */
  throws: readonly ErrorClass[] = [];
  #app: Celery | undefined;
  #running: RunningCall | undefined;

  /** What the task does. */
  abstract run(...args: A): R | Promise<R>;

  /** After a success. */
  onSuccess(_result: R, _taskId: string, _args: readonly unknown[], _kwargs: unknown): void | Promise<void> {}

  /** After a failure. */
  onFailure(
    _error: unknown,
    _taskId: string,
    _args: readonly unknown[],
    _kwargs: unknown,
  ): void | Promise<void> {}

  /** Before the next attempt. */
  onRetry(
    _error: unknown,
    _taskId: string,
    _args: readonly unknown[],
    _kwargs: unknown,
  ): void | Promise<void> {}

  /** Name of the task. */
  get name(): string {
    return this.constructor.name;
  }

  get app(): Celery {
    this.#app ??= currentApp();
    return this.#app;
  }

  /** Done by the application that registers it. */
  bind(app: Celery): void {
    this.#app = app;
  }

  /** The call that runs now. @throws Error outside of one */
  get request(): TaskRequest {
    if (!this.#running) throw new Error(`task ${this.name} is not running`);
    return this.#running.request;
  }

  /** Done by the worker around each run. */
  enter(call: RunningCall | undefined): void {
    this.#running = call;
  }

  /** Calls the task with these arguments. */
  delay(...args: A): Promise<AsyncResult<R>> {
    return this.applyAsync(args);
  }

  /** Calls the task. @throws CeleryError, MeshError */
  applyAsync(
    args: A,
    kwargs: Record<string, unknown> = {},
    options: CallOptions = {},
  ): Promise<AsyncResult<R>> {
    return this.app.sendTask(this.name, args, kwargs, options, this) as Promise<AsyncResult<R>>;
  }

  /** As {@link Task.delay}, of the class. */
  static delay<A extends unknown[], R>(this: TaskClass<A, R>, ...args: A): Promise<AsyncResult<R>> {
    // biome-ignore lint/complexity/noThisInStatic: it is the subclass that is called
    return currentApp().sendTask(this.name, args, {}, {}, instanceOf<A, R>(this)) as Promise<AsyncResult<R>>;
  }

  /** As {@link Task.applyAsync}, of the class. */
  static applyAsync<A extends unknown[], R>(
    this: TaskClass<A, R>,
    args: A,
    kwargs: Record<string, unknown> = {},
    options: CallOptions = {},
  ): Promise<AsyncResult<R>> {
    // biome-ignore lint/complexity/noThisInStatic: it is the subclass that is called
    return currentApp().sendTask(this.name, args, kwargs, options, instanceOf<A, R>(this)) as Promise<
      AsyncResult<R>
    >;
  }

  /** A call that is yet to be made; arguments that are left out at the front come from what it follows. */
  static s<A extends unknown[], R>(this: TaskClass<A, R>, ...args: Suffix<A>): Signature<R> {
    // biome-ignore lint/complexity/noThisInStatic: it is the subclass that is called
    return signature<A, R>(this, { args });
  }

  /** As {@link Task.s}, of which no result of what it follows becomes an argument. */
  static si<A extends unknown[], R>(this: TaskClass<A, R>, ...args: A): Signature<R> {
    // biome-ignore lint/complexity/noThisInStatic: it is the subclass that is called
    return signature<A, R>(this, { args, immutable: true });
  }

  /** The result of an earlier call. */
  AsyncResult(taskId: string): AsyncResult<R> {
    return new AsyncResult<R>(taskId, this.app);
  }

  /** Sets a state of the task's own, with what is to be known of it. */
  updateState({ state, meta = null, taskId }: { state: string; meta?: unknown; taskId?: string }): void {
    this.#running?.updateState(state, meta, taskId ?? this.request.id);
  }

  /**
   * Ends this run; the task runs again later.
   * @throws Retry always; MaxRetriesExceededError or `exc` when it was tried often enough
   */
  retry(options: RetryOptions = {}): never {
    const { exc, countdown = this.defaultRetryDelay, eta, maxRetries = this.maxRetries } = options;
    const { retries, id } = this.request;
    if (maxRetries !== null && retries + 1 > maxRetries) {
      if (exc !== undefined) throw exc;
      throw new MaxRetriesExceededError(`Can't retry ${this.name}[${id}]: it was tried ${retries + 1} times`);
    }
    const whenMs = eta?.getTime() ?? this.app.clock.now() + countdown * 1000;
    const { args, kwargs, queue, priority } = options;
    throw new Retry(`Retry in ${countdown}s${exc === undefined ? '' : `: ${String(exc)}`}`, whenMs, exc, {
      ...(args && { args }),
      ...(kwargs && { kwargs }),
      ...(queue !== undefined && { queue }),
      ...(priority !== undefined && { priority }),
    });
  }

  /** Whether an error is one after which the task is tried again by itself. */
  isAutoretried(error: unknown): boolean {
    const isOf = (classes: readonly ErrorClass[]) => classes.some((one) => error instanceof one);
    return isOf(this.autoretryFor) && !isOf(this.dontAutoretryFor);
  }

  /** Seconds until the next attempt after so many. */
  retryDelay(retries: number): number {
    if (this.retryBackoff === false) return this.defaultRetryDelay;
    const firstS = this.retryBackoff === true ? 1 : this.retryBackoff;
    const delayS = Math.min(this.retryBackoffMax, firstS * 2 ** retries);
    return this.retryJitter ? Math.random() * delayS : delayS;
  }
}
