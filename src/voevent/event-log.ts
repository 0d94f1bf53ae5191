// Events that are on disk before they are in the database: two logs that take turns, so that one can be emptied into the
// database while the other is written. A log is flushed in a fraction of the time that a transaction takes.
import { pack, unpack } from 'msgpackr';
import { AppendLog } from '../store/index.js';
import type { EventRecord } from './stored-event.js';

/** What is known of an event when it comes. */
export type NewRecord = Omit<EventRecord, 'upTo'>;

/** An event in the log. */
export interface LoggedEvent {
  readonly arrival: number;
  readonly record: NewRecord;
}

const LOG_BYTES = 2 * 2 ** 20;
/** Larger events go into the database at once: a few of them would fill a log. */
const MAX_RECORD_BYTES = 128 * 1024;

export class EventLog {
  readonly #logs: readonly [AppendLog, AppendLog];
  /** Number of the last record in each. */
  #lasts: [number, number] = [0, 0];
  #current: 0 | 1 = 0;

  /**
   * Opens or makes the logs beside a store.
   * @param written - records up to this number are in the database
   * @throws StoreError `STORE_OPEN_FAILED`
   */
  constructor(storePath: string, written: number) {
    const [first, second] = pathsOf(storePath);
    this.#logs = [new AppendLog(first, LOG_BYTES), new AppendLog(second, LOG_BYTES)];
    const numbers = this.#logs.map((log) => log.read().at(-1)?.number ?? 0);
    this.#lasts = [numbers[0] ?? 0, numbers[1] ?? 0];
    this.#current = this.#lasts[1] > this.#lasts[0] ? 1 : 0;
    this.#log.continueFrom(Math.max(written, ...this.#lasts));
    this.forget(written);
  }

  /** The events behind a number that are in the logs beside a store, in order, each with its number. */
  static read(storePath: string, written: number): [number: number, event: LoggedEvent][] {
    return pathsOf(storePath)
      .flatMap((path) => AppendLog.recordsOf(path))
      .filter(({ number }) => number > written)
      .sort((one, other) => one.number - other.number)
      .map(({ number, payload }) => [number, unpack(payload) as LoggedEvent]);
  }

  /** Writes an event; resolves when it is on disk. `undefined` when there is no room for it. */
  append(event: LoggedEvent): { number: number; flushed: Promise<void> } | undefined {
    if (event.record.bytes.length > MAX_RECORD_BYTES) return undefined;
    const payload = pack(event);
    if (payload.length > MAX_RECORD_BYTES || !this.#makeRoom(payload.length)) return undefined;
    const flushed = this.#log.append(payload);
    this.#lasts[this.#current] = this.#log.last;
    return { number: this.#log.last, flushed };
  }

  /** Records up to this number are in the database. */
  forget(written: number): void {
    for (const [at, log] of this.#logs.entries()) {
      const last = this.#lasts[at as 0 | 1];
      if (last > 0 && last <= written) {
        log.beginAnew();
        this.#lasts[at as 0 | 1] = 0;
      }
    }
  }

  close(): void {
    for (const log of this.#logs) log.close();
  }

  get #log(): AppendLog {
    return this.#logs[this.#current];
  }

  /** Goes on in the other log when this one is full and the other is empty. */
  #makeRoom(bytes: number): boolean {
    if (this.#log.hasRoom(bytes)) return true;
    const other = this.#current === 0 ? 1 : 0;
    if (this.#lasts[other] > 0) return false;
    this.#logs[other].continueFrom(this.#log.last);
    this.#current = other;
    return true;
  }
}

function pathsOf(storePath: string): [string, string] {
  return [`${storePath}.events-1.log`, `${storePath}.events-2.log`];
}
