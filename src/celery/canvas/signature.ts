// Signature: a call that is yet to be made, to be handed around, combined, and made as often as wanted.
import { randomUUID } from 'node:crypto';
import type { Celery } from '../app.js';
import { classOptions } from '../class-options.js';
import { currentApp } from '../current-app.js';
import type { AnyResult } from '../group-result.js';
import type { SignatureData } from '../message.js';
import type { AsyncResult } from '../result.js';
import type { CallOptions, TaskClass } from '../task.js';
import { freeze } from './freeze.js';
import { launch } from './launch.js';
import { listOf, plain, type WireOptions } from './signature-data.js';
import { tupleOf } from './tuples.js';
import { toWire } from './wire-options.js';

/** What a signature is made with. */
export interface SignatureParts<A extends readonly unknown[] = readonly unknown[]> {
  args?: Suffix<A>;
  kwargs?: Record<string, unknown>;
  options?: CallOptions;
  immutable?: boolean;
}

/** The last of some arguments: those before come from what the call follows. */
export type Suffix<A extends readonly unknown[]> =
  | A
  | (A extends readonly [unknown, ...infer Rest] ? Suffix<Rest> : never);

/** What a signature resolves to. */
// biome-ignore lint/suspicious/noExplicitAny: any signature
export type ResultOf<S> = S extends Signature<any, infer Result> ? Result : AnyResult;

/** What it returns in the end. */
export type ValueOf<S> = ResultOf<S> extends { get(): Promise<infer Value> } ? Value : unknown;

/** Any signature. */
// biome-ignore lint/suspicious/noExplicitAny: any signature
export type AnySignature = Signature<any, any>;

/** A call that is yet to be made. Its fields are those of Celery's messages, options included. */
export class Signature<R = unknown, Result = AsyncResult<R>> implements SignatureData {
  task: string;
  args: unknown[];
  kwargs: Record<string, unknown>;
  /** By Celery's names for the arguments of `apply_async`. */
  options: WireOptions;
  subtask_type: string | null;
  /** Its arguments are all: it takes no result of what it follows. */
  immutable: boolean;
  readonly #app: Celery | undefined;

  constructor(data: SignatureData, app?: Celery) {
    const { task, args, kwargs, options, subtask_type, immutable } = plain(data);
    this.task = task;
    this.args = args;
    this.kwargs = kwargs;
    this.options = options;
    this.subtask_type = subtask_type;
    this.immutable = immutable;
    this.#app = app;
  }

  get app(): Celery {
    return this.#app ?? currentApp();
  }

  /** Id of the call, when it has been frozen or given. */
  get id(): string | undefined {
    return this.options['task_id'] as string | undefined;
  }

  /** Sets options. */
  set(options: CallOptions & { immutable?: boolean }): this {
    const { immutable, ...others } = options;
    if (immutable !== undefined) this.immutable = immutable;
    Object.assign(this.options, toWire(others));
    return this;
  }

  setImmutable(immutable: boolean): this {
    return this.set({ immutable });
  }

  /** Another like it; arguments come before its own, and options win over its own. */
  clone(
    args: readonly unknown[] = [],
    kwargs: Record<string, unknown> = {},
    options: CallOptions = {},
  ): this {
    const data = plain(this);
    if (!this.immutable) data.args.unshift(...args);
    if (!this.immutable) Object.assign(data.kwargs, kwargs);
    Object.assign(data.options, toWire(options));
    return new (this.constructor as new (data: SignatureData, app?: Celery) => this)(data, this.#app);
  }

  /** Called with the result when this has succeeded; on a chain, when all of it has. @returns the callback */
  link<S extends SignatureData>(callback: S): S {
    return this.#extend('link', callback);
  }

  /** Called with the id of the call that has failed. @returns the callback */
  linkError<S extends SignatureData>(errback: S): S {
    return this.#extend('link_error', errback);
  }

  /** As {@link Signature.linkError}. */
  onError(errback: SignatureData): this {
    this.linkError(errback);
    return this;
  }

  /** Gives every call of it an id. @returns the result that it will have */
  freeze(id?: string): Result {
    const frozen = freeze(plain(this), randomUUID, { id });
    Object.assign(this, frozen);
    return this.#result(frozen);
  }

  delay(...args: unknown[]): Promise<Result> {
    return this.applyAsync(args);
  }

  /**
   * Makes the call; arguments come before its own, and options win over its own.
   * @returns when it is on the broker's disk
   * @throws CeleryError, MeshError
   */
  async applyAsync(
    args: readonly unknown[] = [],
    kwargs: Record<string, unknown> = {},
    options: CallOptions = {},
  ): Promise<Result> {
    const { app } = this;
    const wire = toWire(options);
    const { link, link_error, task_id: id, ...others } = wire;
    const data = plain(this);
    for (const [name, more] of Object.entries({ link, link_error })) {
      if (more !== undefined) data.options[name] = [...listOf(data.options[name]), ...listOf(more)];
    }
    const frozen = freeze(data, randomUUID, { id: id as string | undefined });
    const calls = launch(app, frozen, { args, kwargs, options: others, newId: randomUUID });
    await Promise.all(calls.map((call) => app.broker.publish(call, options.retry ?? true)));
    return this.#result(frozen);
  }

  toJSON(): SignatureData {
    return plain(this);
  }

  #result(frozen: SignatureData): Result {
    return this.app.resultFromTuple(tupleOf(frozen)) as Result;
  }

  #extend<S extends SignatureData>(name: 'link' | 'link_error', callback: S): S {
    this.options[name] = [...listOf(this.options[name]), plain(callback)];
    return callback;
  }
}

/** A signature of a class of tasks, of a name, or as it stands in a message. */
export function signature<A extends unknown[], R>(
  task: TaskClass<A, R> | string | SignatureData,
  { args, kwargs, options, immutable }: SignatureParts<A> = {},
): Signature<R> {
  const isData = typeof task === 'object';
  const data = isData
    ? plain(task)
    : callData(typeof task === 'string' ? task : task.name, args as unknown[] | undefined);
  // Whoever makes the call in the end, a worker or the broker, need not know the class.
  if (typeof task === 'function') data.options = toWire(classOptions(task));
  if (isData && args) data.args = [...(args as unknown[])];
  if (kwargs) data.kwargs = { ...data.kwargs, ...kwargs };
  if (options) data.options = { ...data.options, ...toWire(options) };
  if (immutable !== undefined) data.immutable = immutable;
  return new Signature<R>(data);
}

function callData(task: string, args: unknown[] = []): SignatureData {
  return { task, args: [...args], kwargs: {}, options: {}, subtask_type: null, immutable: false };
}
