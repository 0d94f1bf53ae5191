// GroupResult: the results of calls that were made together.

import { checkSignal } from './call-options.js';
import type { ResultTuple } from './canvas/tuples.js';
import { CeleryError } from './errors.js';
import { encodeResult } from './outcome.js';
import { AsyncResult, type GetOptions, type ResultOwner, type RevokeOptions } from './result.js';
import { SUCCESS } from './states.js';

/** Celery's name for the key of a saved group. */
const SAVED = 'celery-taskset-meta-';

/** A result of one call or of many. */
// biome-ignore lint/suspicious/noExplicitAny: of whatever they return
export type AnyResult = AsyncResult<any> | GroupResult<any>;

/** The results of a group, in the order of its members. */
export class GroupResult<T extends readonly unknown[] = unknown[]> {
  constructor(
    readonly id: string,
    /** One for each member; that of a chain is its last step's. */
    readonly results: readonly AnyResult[],
    private readonly owner: ResultOwner,
    /** Result of what the group followed. */
    readonly parent?: AnyResult,
  ) {}

  get length(): number {
    return this.results.length;
  }

  /**
   * Waits until all have ended.
   * @returns what they returned; with `propagate: false` also the errors with which they ended
   * @throws the first error with which one has ended; TimeoutError
   */
  get(options: GetOptions = {}): Promise<T> {
    return Promise.all(this.results.map((result) => result.get(options))) as unknown as Promise<T>;
  }

  /** As {@link GroupResult.get}. */
  join(options: GetOptions = {}): Promise<T> {
    return this.get(options);
  }

  /** What they return, as they end: the first to end first. @throws as {@link GroupResult.get} */
  async *iterate(options: GetOptions = {}): AsyncGenerator<Awaited<T[number]>> {
    const waiting = new Map(
      this.results.map((result, index) => [
        index,
        result.get(options).then(
          (value: unknown) => ({ index, value, error: undefined as unknown, failed: false }),
          (error: unknown) => ({ index, value: undefined, error, failed: true }),
        ),
      ]),
    );
    while (waiting.size > 0) {
      const { index, value, error, failed } = await Promise.race(waiting.values());
      waiting.delete(index);
      if (failed) throw error;
      yield value as Awaited<T[number]>;
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Awaited<T[number]>> {
    return this.iterate();
  }

  /** Whether all have ended. */
  async ready(): Promise<boolean> {
    return (await this.#all((result) => result.ready())).every(Boolean);
  }

  /** Whether all have succeeded. */
  async successful(): Promise<boolean> {
    return (await this.#all((result) => result.successful())).every(Boolean);
  }

  /** Whether one has failed. */
  async failed(): Promise<boolean> {
    return (await this.#all((result) => result.failed())).some(Boolean);
  }

  /** Whether one has not ended yet. */
  async waiting(): Promise<boolean> {
    return !(await this.ready());
  }

  /** How many have succeeded. */
  async completedCount(): Promise<number> {
    return (await this.#all((result) => result.successful())).filter(Boolean).length;
  }

  /** None of them must start, and with `terminate` not go on. Resolves when that is on disk. */
  async revoke({ terminate = false, signal = 'SIGTERM' }: RevokeOptions = {}): Promise<void> {
    await this.owner.broker.revoke([...idsIn(this)], terminate, checkSignal(signal));
  }

  /** Drops the results from where they are kept. */
  forget(): Promise<void> {
    return this.owner.broker.forget([SAVED + this.id, ...idsIn(this)]);
  }

  /** Keeps the ids, so that `GroupResult.restore` finds them by that of the group, in any process. */
  save(): Promise<void> {
    const body = { task_id: SAVED + this.id, status: SUCCESS, traceback: null, children: [] };
    return this.owner.broker.save(encodeResult({ ...body, result: this.asTuple() }, 'json'));
  }

  /** A group that was saved. @throws CeleryError `GROUP_UNKNOWN` */
  static async restore<T extends readonly unknown[] = unknown[]>(
    id: string,
    owner: ResultOwner,
  ): Promise<GroupResult<T>> {
    const saved = await new AsyncResult(SAVED + id, owner).info();
    const result = owner.resultFromTuple(saved);
    if (result instanceof GroupResult) return result;
    throw new CeleryError('GROUP_UNKNOWN', `no group ${id} is saved; it may have expired or been forgotten`);
  }

  asTuple(): ResultTuple {
    return [
      [this.id, this.parent?.asTuple() ?? null],
      this.results.map((result): ResultTuple => result.asTuple()),
    ];
  }

  toString(): string {
    return this.id;
  }

  #all<V>(ask: (result: AnyResult) => Promise<V>): Promise<V[]> {
    return Promise.all(this.results.map(ask));
  }
}

/** Reads what Celery writes into messages. @returns `undefined` when it is no result */
export function resultFrom([[id, above], members]: ResultTuple, owner: ResultOwner): AnyResult {
  const parent = above ? resultFrom(above, owner) : undefined;
  if (!members) return new AsyncResult(id, owner, parent);
  return new GroupResult(
    id,
    members.map((member) => resultFrom(member, owner)),
    owner,
    parent,
  );
}

function* idsIn(result: AnyResult): Generator<string> {
  if (result instanceof GroupResult) for (const member of result.results) yield* idsIn(member);
  else yield result.id;
}
