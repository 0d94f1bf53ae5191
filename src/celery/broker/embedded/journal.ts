// What is to be written: changes of one moment share a transaction, and are read as if they were written already.
import type { Store, StoreKey, Table } from '../../../store/index.js';

const REMOVED = Symbol('removed');

type AnyTable = Table<StoreKey, unknown>;
type Changes = Map<AnyTable, Map<StoreKey, unknown>>;

interface Waiter {
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * What nobody waits for at once is written when nothing has changed for a while, and in any case after so long: a flush
 * of the database holds up what else goes to the disk, and a call that comes alone takes less than a millisecond. What has
 * ended in this time is told again by its worker when the broker is killed. Only when its worker is killed with it does
 * it run again: it must be short.
 */
const QUIET_MS = 2;
const PATIENCE_MS = 50;
/** Whoever reports has so many reports open at a time, and must not have to stop. */
const MOST_WAITERS = 64;
/** After a transaction that failed, the next attempt. */
const RETRY_MS = 250;

/**
 * Gathers changes while a transaction is under way, and then writes them in one. The newest value of a key wins, so
 * that what comes and goes in between costs nothing. Keys are numbers or texts.
 */
export class Journal {
  #changes: Changes = new Map();
  /** Keys among the changes that the disk does not know. */
  #fresh = new Map<AnyTable, Set<StoreKey>>();
  #writing: Changes | undefined;
  #waiters: Waiter[] = [];
  #writingWaiters: Waiter[] = [];
  #due = false;
  /** Somebody waits for what comes after the write under way. */
  #urgent = false;
  #timer: NodeJS.Timeout | undefined;
  /** Something has changed since it was looked last. */
  #changed = false;
  #closed = false;
  /** The last transaction failed: the disk may be full. */
  failure: unknown;

  /** Called before a transaction is made of what there is, and after it is on disk. */
  onWrite: () => void = () => undefined;
  onWritten: () => void = () => undefined;

  constructor(private readonly store: Store) {}

  get<K extends StoreKey, V>(table: Table<K, V>, key: K): V | undefined {
    const any = table as unknown as AnyTable;
    for (const changes of [this.#changes, this.#writing]) {
      const value = changes?.get(any)?.get(key);
      if (value === REMOVED) return undefined;
      if (value !== undefined) return value as V;
    }
    return table.get(key);
  }

  put<K extends StoreKey, V>(table: Table<K, V>, key: K, value: V): void {
    this.#note(table as unknown as AnyTable, key, value);
  }

  /** As {@link Journal.put}, of a key that was never put before: removed before it is written, it leaves no trace. */
  putNew<K extends StoreKey, V>(table: Table<K, V>, key: K, value: V): void {
    const any = table as unknown as AnyTable;
    const fresh = this.#fresh.get(any);
    if (fresh) fresh.add(key);
    else this.#fresh.set(any, new Set<StoreKey>([key]));
    this.#note(any, key, value);
  }

  remove<K extends StoreKey, V>(table: Table<K, V>, key: K): void {
    const any = table as unknown as AnyTable;
    if (this.#fresh.get(any)?.delete(key)) this.#changes.get(any)?.delete(key);
    else this.#note(any, key, REMOVED);
  }

  /**
   * Resolves when all changes up to now are on disk.
   * @param urgent - whether they are written at once
   * @throws when they could not be written (yet)
   */
  written(urgent = true): Promise<void> {
    if (this.#changes.size > 0) {
      if (urgent || this.#waiters.length >= MOST_WAITERS) this.#plan();
      else this.#planLater();
      return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
    }
    if (!this.#writing) return Promise.resolve();
    return new Promise((resolve, reject) => this.#writingWaiters.push({ resolve, reject }));
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    while (this.#writing || this.#changes.size > 0) {
      if (this.#writing) await new Promise((resolve) => setImmediate(resolve));
      else if (!(await this.#write())) return;
    }
  }

  #note(table: AnyTable, key: StoreKey, value: unknown): void {
    let changes = this.#changes.get(table);
    if (!changes) {
      changes = new Map();
      this.#changes.set(table, changes);
    }
    changes.set(key, value);
    this.#changed = true;
    this.#planLater();
  }

  #planLater(): void {
    if (this.#due || this.#writing || this.#closed || this.#timer) return;
    this.#lookLater(performance.now() + PATIENCE_MS);
  }

  #lookLater(latestMs: number): void {
    this.#changed = false;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#changed && performance.now() < latestMs) this.#lookLater(latestMs);
      else this.#plan();
    }, QUIET_MS);
  }

  #plan(): void {
    this.#urgent ||= this.#writing !== undefined;
    if (this.#due || this.#writing || this.#closed || this.failure !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (!this.#writing && !this.#closed) void this.#write();
    });
  }

  async #write(): Promise<boolean> {
    this.onWrite();
    const changes = this.#changes;
    const waiters = this.#waiters;
    this.#writing = changes;
    this.#writingWaiters = waiters;
    this.#changes = new Map();
    this.#fresh = new Map();
    this.#waiters = [];
    try {
      await this.store.transaction(() => apply(changes));
      this.#writing = undefined;
      this.failure = undefined;
      this.onWritten();
      for (const { resolve } of waiters) resolve();
      const urgent = this.#urgent;
      this.#urgent = false;
      if (this.#changes.size > 0) urgent ? this.#plan() : this.#planLater();
      return true;
    } catch (error) {
      this.#writing = undefined;
      this.failure = error;
      this.#mergeBack(changes);
      for (const { reject } of waiters) reject(error);
      this.#tryLater();
      return false;
    }
  }

  /** What could not be written is tried again, beneath what has changed since. */
  #mergeBack(older: Changes): void {
    for (const [table, newer] of this.#changes) {
      const below = older.get(table);
      if (!below) older.set(table, newer);
      else for (const [key, value] of newer) below.set(key, value);
    }
    this.#changes = older;
  }

  #tryLater(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#closed) void this.#write();
    }, RETRY_MS).unref();
  }
}

function apply(changes: Changes): void {
  for (const [table, entries] of changes) {
    for (const [key, value] of entries) {
      if (value === REMOVED) table.remove(key);
      else table.put(key, value);
    }
  }
}
