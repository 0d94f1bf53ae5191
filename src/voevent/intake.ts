// The line of events from their arrival to the database. An event is safe when the log has it on disk; the database gets
// it a moment later, with many others, in one transaction together with what has to be done about it.
import { errorCode } from '../errors/index.js';
import type { Store } from '../store/index.js';
import { EventLog, type LoggedEvent, type NewRecord } from './event-log.js';
import type { StoredEvent } from './stored-event.js';

/** Called inside of the transaction that keeps an event. */
export type OnFresh = (event: StoredEvent) => void;

/** An event on its way into the database. */
export interface Pending extends LoggedEvent {
  onFresh?: OnFresh | undefined;
  /** Its number in the log; 0 when it is not there. */
  logNumber: number;
  /** It is on disk. */
  isSafe: boolean;
  /** Why it is not kept. */
  fault?: unknown;
  /** Who waits for it to be safe. */
  settle: ((error?: unknown) => void)[];
}

/** Where the events go. */
export interface IntakeTables {
  /** Number in the log up to which all are there. */
  readonly logged: number;
  /** Writes events, inside of a transaction; up to `logged` all are there then. */
  write(batch: readonly Pending[], logged: number): void;
  /** That transaction is on disk: those who read are to see it. */
  written(): void;
}

/** From the beginning of one transaction to the next, while events come without a pause. */
const PAUSE_MS = 50;
/** When the database could not be written. */
const RETRY_MS = 1_000;
/** Events of one transaction, and their bytes: others wait for it. */
const MAX_BATCH = 512;
const MAX_BATCH_BYTES = 8 * 2 ** 20;

export class Intake {
  /** All that are not in the database yet, by id, in order of arrival. */
  readonly #line = new Map<string, Pending>();
  /** Those of them that are not safe, or behind one that is not. */
  #unsettled: Pending[] = [];
  #log: EventLog | undefined;
  #lastLogged: number;
  /** Up to this number in the log all are in the database. */
  #written: number;
  #writing: Promise<void> | undefined;
  #begunMs = Number.NEGATIVE_INFINITY;
  #cancelNext: (() => void) | undefined;
  #isFailing = false;
  #isClosed = false;

  constructor(
    private readonly store: Store,
    private readonly tables: IntakeTables,
  ) {
    const { logged } = tables;
    this.#written = logged;
    this.#lastLogged = logged;
    for (const [number, { arrival, record }] of EventLog.read(store.path, logged)) {
      this.#line.set(record.id, { arrival, record, logNumber: number, isSafe: true, settle: [] });
      this.#lastLogged = number;
    }
  }

  /**
   * From now on the log is used. What it holds that the database does not have yet is written there.
   * @throws StoreError `STORE_OPEN_FAILED`; then the log is not used
   */
  async open(onFresh?: OnFresh): Promise<void> {
    for (const pending of this.#line.values()) pending.onFresh = onFresh;
    await this.#writeAll();
    this.#log = new EventLog(this.store.path, this.#written);
  }

  /** The event of an id, when it is on its way. */
  get(id: string): Pending | undefined {
    return this.#line.get(id);
  }

  /** Those that are safe and may not be in the database yet, in order of arrival. */
  get safe(): Pending[] {
    if (this.#line.size === 0) return [];
    const [unsafe] = this.#unsettled;
    const all = [...this.#line.values()];
    return unsafe ? all.filter(({ arrival }) => arrival < unsafe.arrival) : all;
  }

  /** Resolves when the event is on disk, and all that came before it are, or are given up. */
  add(arrival: number, record: NewRecord, onFresh?: OnFresh): Promise<void> {
    const pending: Pending = { arrival, record, onFresh, logNumber: 0, isSafe: false, settle: [] };
    this.#line.set(record.id, pending);
    this.#unsettled.push(pending);
    this.#appendToLog(pending);
    if (pending.logNumber === 0) this.#writeSoon(true);
    return this.settled(pending);
  }

  /** Resolves when the event is on disk. */
  settled(pending: Pending): Promise<void> {
    if (pending.isSafe && !this.#unsettled.includes(pending)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      pending.settle.push((error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** Writes what is in the log by now into the database, as far as that can be written. */
  async writeOut(): Promise<void> {
    const logged = this.#lastLogged;
    while (this.#written < logged && this.#line.size > 0 && !this.#isFailing) await this.#begin();
  }

  /** Writes what is on its way into the database, as far as that can be written; the rest stays in the log. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writeAll();
    this.#log?.close();
  }

  async #writeAll(): Promise<void> {
    do await this.#begin();
    while (this.#line.size > 0 && !this.#isFailing);
  }

  /** As long as the database cannot be written, nothing more is taken into the log. */
  #appendToLog(pending: Pending): void {
    if (!this.#log || this.#isFailing || this.#isClosed) return;
    const { arrival, record } = pending;
    try {
      const appended = this.#log.append({ arrival, record });
      if (!appended) return;
      pending.logNumber = appended.number;
      this.#lastLogged = appended.number;
      appended.flushed.then(
        () => this.#becomeSafe(pending),
        () => this.#notLogged(pending),
      );
    } catch {
      // Of no use: the database may still take it.
    }
  }

  #becomeSafe(pending: Pending): void {
    pending.isSafe = true;
    this.#advance();
    this.#writeSoon(false);
  }

  #notLogged(pending: Pending): void {
    pending.logNumber = 0;
    this.#writeSoon(true);
  }

  /** Tells those who wait, in the order of arrival. */
  #advance(): void {
    for (let first = this.#unsettled[0]; first?.isSafe; first = this.#unsettled[0]) {
      this.#unsettled.shift();
      for (const settle of first.settle) settle();
    }
  }

  #giveUp(pending: Pending, error: unknown): void {
    this.#line.delete(pending.record.id);
    this.#unsettled = this.#unsettled.filter((one) => one !== pending);
    for (const settle of pending.settle) settle(error);
  }

  /** A lone event goes on at once, many of them together. @param isAwaited - an author waits for it */
  #writeSoon(isAwaited: boolean, pauseMs = PAUSE_MS): void {
    if (this.#line.size === 0 || this.#writing) return;
    if (!isAwaited && (this.#cancelNext || this.#isClosed)) return;
    this.#cancelNext?.();
    const waitMs = isAwaited ? 0 : this.#begunMs + pauseMs - performance.now();
    this.#cancelNext = after(waitMs, () => void this.#begin());
  }

  /** Never rejects. */
  #begin(): Promise<void> {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
    this.#writing ??= this.#writeBatch().then(() => {
      this.#writing = undefined;
      const isAwaited = this.#unsettled.some(({ logNumber }) => logNumber === 0);
      this.#writeSoon(isAwaited, this.#isFailing ? RETRY_MS : PAUSE_MS);
    });
    return this.#writing;
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#nextBatch();
    if (batch.length === 0) return;
    const isAll = batch.length === this.#line.size;
    const logged = isAll
      ? this.#lastLogged
      : Math.max(this.#written, ...batch.map(({ logNumber }) => logNumber));
    this.#begunMs = performance.now();
    try {
      await this.store.transaction(() => this.tables.write(batch, logged));
      this.tables.written();
      this.#isFailing = false;
      this.#written = logged;
      this.#log?.forget(logged);
      for (const pending of batch) this.#isWritten(pending);
    } catch (error) {
      this.#isFailing = true;
      if (errorCode(error) === 'STORE_CLOSED') this.#isClosed = true;
      for (const pending of batch) if (pending.logNumber === 0) this.#giveUp(pending, error);
    }
    this.#advance();
  }

  #nextBatch(): Pending[] {
    const batch: Pending[] = [];
    let bytes = 0;
    for (const pending of this.#line.values()) {
      batch.push(pending);
      bytes += pending.record.bytes.length;
      if (batch.length >= MAX_BATCH || bytes >= MAX_BATCH_BYTES) break;
    }
    return batch;
  }

  #isWritten(pending: Pending): void {
    if (pending.fault !== undefined) {
      this.#giveUp(pending, pending.fault);
      return;
    }
    this.#line.delete(pending.record.id);
    pending.isSafe = true;
  }
}

/** Calls back after some time, or in the next turn. @returns what calls it off */
function after(ms: number, action: () => void): () => void {
  if (ms >= 1) {
    const timer = setTimeout(action, ms).unref();
    return () => clearTimeout(timer);
  }
  const immediate = setImmediate(action);
  return () => clearImmediate(immediate);
}
