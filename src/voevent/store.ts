// Every event that was taken, byte for byte. One event is kept once, and recognised for ever, also when it has been
// cleared away. What has to be done about an event is kept in the same transaction as the event.
import { createHash } from 'node:crypto';
import type { Clock } from '../clock/index.js';
import type { Store, Table } from '../store/index.js';
import { eventId } from './identity.js';
import type { VOEvent } from './model.js';
import { interpret } from './notice.js';
import { type EventQuery, type FoundEvents, isFound } from './query.js';
import type { EventRecord, StoredEvent } from './stored-event.js';

/** What became of an event that was added. */
export interface Added {
  /** It was not there before. */
  readonly fresh: boolean;
  readonly id: string;
  /** Of the event that was kept now or before. */
  readonly arrival: number;
}

/** What is known of an event beside its content. */
export interface Origin {
  /** Who sent it: an address or a broker's name. */
  readonly from: string;
  /** What is wrong with it that was let pass. */
  readonly marks?: readonly string[];
  /** What it was made from, such as a notice in JSON. */
  readonly original?: Uint8Array;
}

/** How much is kept. */
export interface Retention {
  maxAgeMs?: number | undefined;
  maxBytes?: number | undefined;
}

/** Events that are cleared away in one transaction. */
const CLEAR_BATCH = 200;
/** Events that are looked at in one call: others wait for it. */
const MAX_LOOKED_AT = 2000;
/** Key of the last arrival that was cleared away. */
const CLEARED = 'cleared to';

/** The events of one broker, in the store of its agent. */
export class EventStore {
  #events: Table<number, EventRecord>;
  /** Id to arrival, of every event that ever came. */
  #seen: Table<string, number>;
  /** Digest of the IVORN (which may be longer than a key) and number of arrival. */
  #ivorns: Table<[string, number], number>;
  #marks: Table<string, number>;
  #nextArrival: number;
  /** Bytes of all events that ever came. */
  #upTo: number;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {
    this.#events = store.table('vo_events');
    this.#seen = store.table('vo_seen');
    this.#ivorns = store.table('vo_ivorns');
    this.#marks = store.table('vo_marks');
    const [last] = this.#events.entries({ reverse: true, limit: 1 });
    this.#nextArrival = Math.max(last?.key ?? 0, this.#clearedTo) + 1;
    this.#upTo = last?.value.upTo ?? 0;
  }

  /**
   * Keeps an event, unless its bytes are there already. Resolves when it is on the disk, so that it may be
   * acknowledged; of several calls at once with the same bytes exactly one is told that the event is fresh.
   * @param onFresh - called inside of the transaction that keeps a fresh event: what it adds to the store, such as a
   * message to be posted, is kept with the event or not at all
   * @throws StoreError `STORE_CLOSED`, or what the database threw; then the event is not kept
   */
  async add(
    bytes: Uint8Array,
    event: VOEvent,
    { from, marks = [], original }: Origin,
    onFresh?: (event: StoredEvent) => void,
  ): Promise<Added> {
    const id = eventId(bytes);
    const { ivorn, role } = event;
    const { position, triggerTimeMs } = interpret(event);
    const record: Omit<EventRecord, 'upTo'> = {
      id,
      ivorn,
      role,
      receivedMs: this.clock.now(),
      from,
      bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      ...(position && { position }),
      ...(triggerTimeMs !== undefined && { triggerTimeMs }),
      ...(marks.length > 0 && { marks }),
      ...(original && { original }),
    };
    return this.store.transaction(() => {
      // A duplicate waits for the same flush: the first of them may still be on its way to the disk.
      const known = this.#seen.get(id);
      if (known !== undefined) return { fresh: false, id, arrival: known };
      const stored = this.#insert(record);
      onFresh?.(stored);
      return { fresh: true, id, arrival: stored.arrival };
    });
  }

  #insert(record: Omit<EventRecord, 'upTo'>): StoredEvent {
    const arrival = this.#nextArrival;
    this.#upTo += sizeOf(record);
    const entry: EventRecord = { ...record, upTo: this.#upTo };
    this.#events.put(arrival, entry);
    this.#seen.put(record.id, arrival);
    this.#ivorns.put([digest(record.ivorn), arrival], arrival);
    this.#nextArrival += 1;
    return { ...entry, arrival };
  }

  /** An event, unless it has been cleared away. */
  get(id: string): StoredEvent | undefined {
    const arrival = this.#seen.get(id);
    return arrival === undefined ? undefined : this.at(arrival);
  }

  /** The event of an arrival. */
  at(arrival: number): StoredEvent | undefined {
    const record = this.#events.get(arrival);
    return record && { ...record, arrival };
  }

  /** Whether it ever came, also when it has been cleared away. */
  hasSeen(id: string): boolean {
    return this.#seen.has(id);
  }

  /** All events of that IVORN, in order of arrival. */
  byIvorn(ivorn: string): StoredEvent[] {
    const key = digest(ivorn);
    const range = { start: [key, 0], end: [key, Number.MAX_SAFE_INTEGER] } as const;
    const entries = this.#ivorns.entries({ start: [...range.start], end: [...range.end] });
    return Array.from(entries).flatMap(({ value }) => this.at(value) ?? []);
  }

  /** The newest events, the newest first. */
  recent(limit: number): StoredEvent[] {
    return this.find({ limit }).events;
  }

  /** Events behind an arrival, oldest first. */
  after(arrival: number, limit: number): StoredEvent[] {
    const entries = this.#events.entries({ start: arrival + 1, limit });
    return Array.from(entries, ({ key, value }) => ({ ...value, arrival: key }));
  }

  /**
   * Events that fit, the newest first. Only so many are looked at in one call: `next` is where the next call goes on,
   * and absent when all have been looked at.
   */
  find(query: EventQuery): FoundEvents {
    const events: StoredEvent[] = [];
    const start = query.before === undefined ? {} : { start: query.before - 1 };
    let looked = 0;
    for (const { key, value } of this.#events.entries({ reverse: true, ...start })) {
      if (events.length >= query.limit || looked >= MAX_LOOKED_AT) return { events, next: key + 1 };
      looked += 1;
      if (isFound(query, value)) events.push({ ...value, arrival: key });
    }
    return { events };
  }

  /** The last arrival before a time, by halving. */
  arrivalAt(timeMs: number): number {
    let low = this.#clearedTo;
    let high = this.last;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const [entry] = this.#events.entries({ start: middle, limit: 1 });
      if (entry && entry.value.receivedMs < timeMs) low = Math.max(middle, Math.min(entry.key, high));
      else high = middle - 1;
    }
    return low;
  }

  /** The last arrival. */
  get last(): number {
    return this.#nextArrival - 1;
  }

  /** How many events are kept. */
  get count(): number {
    return this.#events.count;
  }

  /** Bytes of the events that are kept. */
  get bytes(): number {
    const [first] = this.#events.entries({ limit: 1 });
    const [last] = this.#events.entries({ reverse: true, limit: 1 });
    return first && last ? last.value.upTo - first.value.upTo + sizeOf(first.value) : 0;
  }

  /**
   * Clears away the oldest events that are beyond the retention. They are still recognised when they come again.
   * @param isNeeded - events that something is still to be done about, and all behind them, stay
   * @returns how many were cleared away
   */
  async clear({ maxAgeMs, maxBytes }: Retention, isNeeded: (id: number) => boolean = () => false) {
    const oldestMs = maxAgeMs === undefined ? Number.NEGATIVE_INFINITY : this.clock.now() - maxAgeMs;
    let cleared = 0;
    for (let count = CLEAR_BATCH; count === CLEAR_BATCH; cleared += count) {
      count = await this.store.transaction(() => this.#clearBatch(oldestMs, maxBytes, isNeeded));
    }
    return cleared;
  }

  #clearBatch(
    oldestMs: number,
    maxBytes = Number.POSITIVE_INFINITY,
    isNeeded: (id: number) => boolean,
  ): number {
    let { bytes } = this;
    let count = 0;
    for (const { key, value } of [...this.#events.entries({ limit: CLEAR_BATCH })]) {
      if ((value.receivedMs >= oldestMs && bytes <= maxBytes) || isNeeded(key)) break;
      this.#events.remove(key);
      this.#ivorns.remove([digest(value.ivorn), key]);
      bytes -= sizeOf(value);
      this.#marks.put(CLEARED, key);
      count += 1;
    }
    return count;
  }

  get #clearedTo(): number {
    return this.#marks.get(CLEARED) ?? 0;
  }
}

/** An event by the number of its arrival, its digest, or its IVORN: the last of that name. */
export function findEvent(events: EventStore, name: string): StoredEvent | undefined {
  if (/^\d{1,15}$/.test(name)) return events.at(Number(name));
  return events.get(name) ?? events.byIvorn(name).at(-1);
}

function sizeOf({ bytes, original }: Pick<EventRecord, 'bytes' | 'original'>): number {
  return bytes.length + (original?.length ?? 0);
}

function digest(ivorn: string): string {
  return createHash('sha256').update(ivorn).digest('hex');
}
