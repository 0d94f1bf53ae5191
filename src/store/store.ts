// The one embedded database layer: LMDB files, MessagePack values, transactions that are on disk when they resolve.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type * as Lmdb from 'lmdb';
import type { Database, RootDatabase } from 'lmdb';
import { errorText } from '../errors/index.js';
import { StoreError } from './errors.js';

/** What LMDB orders keys by: numbers before strings, arrays element by element. */
export type StoreKey = string | number | (string | number)[];

/** A range of keys. */
export interface StoreRange<K> {
  /** First key, included. */
  start?: K;
  /** End of the range, excluded. */
  end?: K;
  limit?: number;
  /** From the last key to the first; `start` is then the higher end. */
  reverse?: boolean;
}

/** A named table of a {@link Store}. */
export class Table<K extends StoreKey, V> {
  constructor(private readonly database: Database<V, K>) {}

  get(key: K): V | undefined {
    return this.database.get(key);
  }

  has(key: K): boolean {
    return this.database.doesExist(key);
  }

  /** Entries in the order of their keys. */
  *entries(range: StoreRange<K> = {}): Generator<{ key: K; value: V }> {
    for (const { key, value } of this.database.getRange(range)) yield { key, value };
  }

  /** How many entries there are. */
  get count(): number {
    return this.database.getCount();
  }

  /** How many entries a range has; thirty times as fast as to go through them. */
  countIn(range: StoreRange<K>): number {
    return this.database.getCount(range);
  }

  /** Inside of a transaction only. */
  put(key: K, value: V): void {
    this.database.put(key, value);
  }

  /** Inside of a transaction only. */
  remove(key: K): void {
    this.database.remove(key);
  }

  /** A write of its own, outside of transactions: many of one moment share a commit. Resolves when it is on disk. */
  async write(key: K, value: V): Promise<void> {
    await this.database.put(key, value);
  }

  /** As {@link Table.write}. */
  async erase(key: K): Promise<void> {
    await this.database.remove(key);
  }

  /** Lets the next read see all that was committed by now. */
  refresh(): void {
    this.database.resetReadTxn();
  }
}

/** Loaded when the first store is opened: it takes 10 MiB, and only agents have stores. */
function lmdb(): typeof Lmdb {
  return createRequire(import.meta.url)('lmdb') as typeof Lmdb;
}

/** A transaction, and what waits for it. */
interface Commit {
  readonly callbacks: (() => void)[];
  state: 'under way' | 'flushed' | 'given up';
}

/** lmdb says that a commit failed, and by another promise why. */
async function commitReason(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error;
  const why = await Promise.resolve(error.commitError).catch((reason) => reason);
  return new StoreError('STORE_WRITE_FAILED', `the database cannot be written: ${errorText(why)}`, why);
}

function ignore(): void {}

/** One LMDB environment, owned by one process. */
export class Store {
  static readonly #open = new Set<Store>();
  #root: RootDatabase<unknown, StoreKey>;
  #closed = false;
  /** What waits for the transaction whose change runs now; `undefined` outside of changes. */
  #afterCommit: (() => void)[] | undefined;
  /** Transactions whose change has run, in that order, until what waits for them has run too. */
  #commits: Commit[] = [];

  /**
   * Opens or makes the database file `path`; its folder is made too.
   * @param options - `readOnly`: nothing is made or changed, and tables are those that are there
   * @throws StoreError `STORE_OPEN_FAILED`
   */
  constructor(
    readonly path: string,
    { readOnly = false } = {},
  ) {
    try {
      if (!readOnly) mkdirSync(dirname(path), { recursive: true });
      this.#root = lmdb().open({ path, noSubdir: true, maxDbs: 32, encoding: 'msgpack', readOnly });
    } catch (error) {
      throw new StoreError('STORE_OPEN_FAILED', `cannot open the store ${path}: ${errorText(error)}`, error);
    }
    Store.#open.add(this);
  }

  /**
   * For the end of a process: from now on no store begins a transaction, and this resolves when none is under way.
   * `process.exit()` during one hangs or crashes in lmdb, whose thread waits for ours.
   */
  static async allAtRest(): Promise<void> {
    const stores = [...Store.#open];
    for (const store of stores) store.#closed = true;
    for (const store of stores) {
      await store.#root.committed;
      await store.#root.flushed;
    }
  }

  /** A table of this store, made when it is new. @throws StoreError `STORE_OPEN_FAILED` when it cannot be made */
  table<K extends StoreKey, V>(name: string): Table<K, V> {
    const database: Database<V, K> | undefined = this.#root.openDB<V, K>({ name, encoding: 'msgpack' });
    if (!database) throw new StoreError('STORE_OPEN_FAILED', `the store ${this.path} has no table ${name}`);
    return new Table<K, V>(database);
  }

  /** Whether the change of a transaction runs now. */
  get inTransaction(): boolean {
    return this.#afterCommit !== undefined;
  }

  /**
   * Inside of a transaction: calls back when it is on disk, and not at all when it is given up. Callbacks run in the
   * order of the changes, also of several transactions: flushes may be told of in another order.
   */
  afterCommit(callback: () => void): void {
    if (!this.#afterCommit)
      throw new StoreError('STORE_NO_TRANSACTION', 'afterCommit is for the change of a transaction');
    this.#afterCommit.push(callback);
  }

  /**
   * Runs `change` as one transaction: all of it is kept or nothing. Callers of the same moment share one commit.
   * @param change - not asynchronous; it may run only once
   * @returns what `change` returned, once it is flushed to the disk
   * @throws what `change` threw (then nothing of it is kept), or StoreError `STORE_CLOSED`
   */
  async transaction<T>(change: () => T): Promise<T> {
    this.assertOpen();
    const commit: Commit = { callbacks: [], state: 'under way' };
    try {
      const going = this.#root.childTransaction(() => {
        this.#commits.push(commit);
        this.#afterCommit = commit.callbacks;
        try {
          return change();
        } finally {
          this.#afterCommit = undefined;
        }
      });
      // A commit that fails, as on a full disk, is also told by a promise that lmdb makes at the end of this turn and
      // hands to nobody: left alone, it would end the process.
      setImmediate(() => this.#root.committed.then(ignore, ignore));
      const result = await going;
      await this.#root.flushed;
      commit.state = 'flushed';
      return result;
    } catch (error) {
      commit.state = 'given up';
      throw await commitReason(error);
    } finally {
      this.#settle();
    }
  }

  /** @throws StoreError `STORE_CLOSED` */
  assertOpen(): void {
    if (this.#closed) throw new StoreError('STORE_CLOSED', `the store ${this.path} is closed`);
  }

  /** Runs what waits for transactions that are over, up to the first that is not. */
  #settle(): void {
    for (let first = this.#commits[0]; first && first.state !== 'under way'; first = this.#commits[0]) {
      this.#commits.shift();
      if (first.state === 'flushed') for (const callback of first.callbacks) callback();
    }
  }

  /** Waits for the writes under way, and closes the file. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#root.close();
    Store.#open.delete(this);
  }
}
