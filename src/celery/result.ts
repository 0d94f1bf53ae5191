// AsyncResult: the state and result of a call, from any process, until it expires.
import { longTimer } from '../clock/index.js';
import type { Broker, ResultRecord } from './broker/broker.js';
import { checkSignal } from './call-options.js';
import type { ResultTuple } from './canvas/tuples.js';
import { TimeoutError } from './errors.js';
import type { AnyResult } from './group-result.js';
import { decodeResult, exceptionOf, type ResultBody } from './outcome.js';
import { PENDING, PROPAGATE_STATES, READY_STATES, SUCCESS } from './states.js';

/** What a result needs of its application. */
export interface ResultOwner {
  readonly broker: Broker;
  readonly acceptContent: readonly string[];
  /** A result as it stands in messages; `undefined` when it is none. */
  resultFromTuple(tuple: unknown): AnyResult | undefined;
}

/** Options of {@link AsyncResult.get}. */
export interface GetOptions {
  /** How long to wait, in seconds. @defaultValue for ever */
  timeout?: number;
  /** Whether the error of a task that failed is thrown; otherwise it is returned. @defaultValue true */
  propagate?: boolean;
  /** Celery's polling interval; results are pushed here, and it is not needed. */
  interval?: number;
  /** Gives up the wait. */
  signal?: AbortSignal;
}

/** Options of `revoke`. */
export interface RevokeOptions {
  /** End the task also when it runs, with all that it has spawned. @defaultValue false */
  terminate?: boolean;
  /** What the running task gets first. @defaultValue 'SIGTERM' */
  signal?: string;
}

/** The result of one call. */
export class AsyncResult<R = unknown> {
  #final: ResultBody | undefined;

  constructor(
    readonly id: string,
    private readonly owner: ResultOwner,
    /** Result of the task that this one followed. */
    readonly parent?: AnyResult,
  ) {}

  /**
   * Waits until the task has ended.
   * @returns what it returned; with `propagate: false` also the error with which it ended
   * @throws TimeoutError; TaskRevokedError, WorkerLostError and other errors with which the task ended
   */
  async get(options: GetOptions = {}): Promise<R> {
    const body = this.#final ?? (await this.#wait(options));
    if (body.status === SUCCESS) return body.result as R;
    const error = exceptionOf(body);
    if (options.propagate ?? true) throw error;
    return error as R;
  }

  /** The state now; PENDING is also that of a task nobody knows. */
  async state(): Promise<string> {
    return (await this.#body())?.status ?? PENDING;
  }

  /** As {@link AsyncResult.state}. */
  status(): Promise<string> {
    return this.state();
  }

  /** The result, the error, or what `updateState` said last; `null` when there is nothing. */
  async info(): Promise<unknown> {
    const body = await this.#body();
    if (!body) return null;
    return PROPAGATE_STATES.has(body.status) || body.status === 'RETRY' ? exceptionOf(body) : body.result;
  }

  /** As {@link AsyncResult.info}. */
  result(): Promise<unknown> {
    return this.info();
  }

  async traceback(): Promise<string | null> {
    return (await this.#body())?.traceback ?? null;
  }

  async ready(): Promise<boolean> {
    return READY_STATES.has(await this.state());
  }

  /** @throws CeleryError when it is not ready */
  async successful(): Promise<boolean> {
    return (await this.state()) === SUCCESS;
  }

  async failed(): Promise<boolean> {
    return (await this.state()) === 'FAILURE';
  }

  /** Results of the calls that followed this one. */
  async children(): Promise<AnyResult[]> {
    const children = (await this.#body())?.children ?? [];
    return children.flatMap((child) => this.owner.resultFromTuple(child) ?? []);
  }

  /** As it stands in messages. */
  asTuple(): ResultTuple {
    return [[this.id, this.parent?.asTuple() ?? null], null];
  }

  /** Drops the result from where it is kept. */
  async forget(): Promise<void> {
    this.#final = undefined;
    await this.owner.broker.forget([this.id]);
  }

  /** The task must not start, and with `terminate` not go on. Resolves when that is on disk. */
  async revoke({ terminate = false, signal = 'SIGTERM' }: RevokeOptions = {}): Promise<void> {
    await this.owner.broker.revoke([this.id], terminate, checkSignal(signal));
  }

  toString(): string {
    return this.id;
  }

  /** The state as it is kept, or as it has come. */
  async #body(): Promise<ResultBody | undefined> {
    if (this.#final) return this.#final;
    const record = await this.owner.broker.result(this.id);
    return record && this.#read(record);
  }

  #read(record: ResultRecord): ResultBody {
    const body = decodeResult(record, this.owner.acceptContent);
    if (READY_STATES.has(body.status)) this.#final = body;
    return body;
  }

  #wait({ timeout, signal }: GetOptions): Promise<ResultBody> {
    return new Promise((resolve, reject) => {
      let stop: () => void = () => undefined;
      const end = (settle: () => void) => {
        timer?.cancel();
        signal?.removeEventListener('abort', onAbort);
        stop();
        settle();
      };
      const onAbort = () => end(() => reject(signal?.reason));
      const tooLate = () => new TimeoutError(`task ${this.id} has not ended within ${timeout} s`);
      const timer =
        timeout === undefined ? undefined : longTimer(timeout * 1000, () => end(() => reject(tooLate())));
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      stop = this.owner.broker.watch(this.id, (record) => {
        if (!READY_STATES.has(record.status)) return;
        end(() => {
          try {
            resolve(this.#read(record));
          } catch (error) {
            reject(error);
          }
        });
      });
      return undefined;
    });
  }
}
