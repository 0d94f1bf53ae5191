// Every event that was taken, byte for byte. One event is kept once, and recognised for ever, also when it has been
// cleared away. What has to be done about an event is kept in the same transaction as the event. Those that are on disk
// in the log (intake.ts) and not yet in the tables are found like all others.
import { hash } from 'node:crypto';
import type { Clock } from '../clock/index.js';
import type { Store, Table } from '../store/index.js';
import type { NewRecord } from './event-log.js';
import { eventId } from './identity.js';
import { Intake, type OnFresh, type Pending } from './intake.js';
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

/** An event that was kept now. */
export interface Kept extends Added {
  readonly fresh: true;
  readonly event: StoredEvent;
}

/** An event that had been kept before. */
export interface Known extends Added {
  readonly fresh: false;
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
/** Key of the number in the log up to which all events are in the tables. */
const LOGGED = 'logged to';

/** The events of one broker, in the store of its agent. */
export class EventStore {
  /** Called for an event that is kept because it was acknowledged, though nobody could be told of it. */
  onUntold: (event: StoredEvent, error: unknown) => void = () => undefined;
  #events: Table<number, EventRecord>;
  /** Id to arrival, of every event that ever came. */
  #seen: Table<string, number>;
  /** Digest of the IVORN (which may be longer than a key) and number of arrival. */
  #ivorns: Table<[string, number], number>;
  #marks: Table<string, number>;
  #nextArrival: number;
  readonly #intake: Intake;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {
    this.#events = store.table('vo_events');
    this.#seen = store.table('vo_seen');
    this.#ivorns = store.table('vo_ivorns');
    this.#marks = store.table('vo_marks');
    const tables = {
      logged: this.#marks.get(LOGGED) ?? 0,
      write: (batch: readonly Pending[], logged: number) => this.#write(batch, logged),
      written: () => this.#seen.refresh(),
    };
    this.#intake = new Intake(store, tables);
    const logged = this.#intake.safe.at(-1)?.arrival ?? 0;
    this.#nextArrival = Math.max(this.#lastWritten, logged) + 1;
  }

  /**
   * From now on events are acknowledged when they are in the log beside the store; what is done about them in the same
   * transaction, is done a moment later. What a crash has left in the log is written into the tables.
   * @param onFresh - as of {@link EventStore.add}, for what a crash has left
   * @throws StoreError `STORE_OPEN_FAILED`; the store is of use all the same, only slower
   */
  open(onFresh?: OnFresh): Promise<void> {
    return this.#intake.open(onFresh);
  }

  /** Writes what is in the log into the tables. */
  close(): Promise<void> {
    return this.#intake.close();
  }

  /**
   * Keeps an event, unless its bytes are there already. Resolves when it is on the disk, so that it may be
   * acknowledged; of several calls at once with the same bytes exactly one is told that the event is fresh. Events
   * resolve in the order of their arrival.
   * @param onFresh - called inside of the transaction that writes a fresh event into the tables: what it adds to the
   * store, such as a message to be posted, is there with the event or not at all
   * @throws StoreError `STORE_CLOSED`, or what the database threw; then the event is not kept
   */
  async add(
    bytes: Uint8Array,
    event: VOEvent,
    { from, marks = [], original }: Origin,
    onFresh?: OnFresh,
  ): Promise<Kept | Known> {
    const id = eventId(bytes);
    // A duplicate waits for the same flush: the first of them may still be on its way to the disk.
    const pending = this.#intake.get(id);
    if (pending) return this.#intake.settled(pending).then(() => known(id, pending.arrival));
    this.store.assertOpen();
    const before = this.#seen.get(id);
    if (before !== undefined) return known(id, before);
    const { ivorn, role } = event;
    const { position, triggerTimeMs } = interpret(event);
    const record: NewRecord = {
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
    const arrival = this.#nextArrival;
    this.#nextArrival += 1;
    await this.#intake.add(arrival, record, onFresh);
    return { fresh: true, id, arrival, event: { ...record, arrival, upTo: 0 } };
  }

  /** Inside of a transaction. */
  #write(batch: readonly Pending[], logged: number): void {
    const [last] = this.#events.entries({ reverse: true, limit: 1 });
    let upTo = last?.value.upTo ?? 0;
    for (const pending of batch) {
      const { arrival, record } = pending;
      // A transaction may have been written although it was said to have failed.
      if (this.#seen.has(record.id)) continue;
      const entry: EventRecord = { ...record, upTo: upTo + sizeOf(record) };
      if (!this.#handedOn(pending, { ...entry, arrival })) continue;
      ({ upTo } = entry);
      this.#events.put(arrival, entry);
      this.#seen.put(record.id, arrival);
      this.#ivorns.put([digest(record.ivorn), arrival], arrival);
    }
    if (logged > 0) this.#marks.put(LOGGED, logged);
  }

  /**
   * Says whether the event is to be kept. One that nobody can be told of is not, unless it has been acknowledged already.
   */
  #handedOn(pending: Pending, event: StoredEvent): boolean {
    try {
      pending.onFresh?.(event);
      return true;
    } catch (error) {
      if (pending.logNumber === 0) pending.fault = error;
      else this.onUntold(event, error);
      return pending.logNumber > 0;
    }
  }

  /** Those that are safe and not in the tables yet, in order of arrival. */
  #logged(): StoredEvent[] {
    const { safe } = this.#intake;
    if (safe.length === 0) return [];
    const last = this.#lastWritten;
    return safe.filter(({ arrival }) => arrival > last).map(eventOf);
  }

  /** The last arrival that is or was in the tables. */
  get #lastWritten(): number {
    const [last] = this.#events.entries({ reverse: true, limit: 1 });
    return Math.max(last?.key ?? 0, this.#clearedTo);
  }

  *#newestFirst(before: number): Generator<StoredEvent> {
    const logged = this.#logged();
    for (const event of logged.reverse()) if (event.arrival < before) yield event;
    const start = Math.min(before, logged.at(-1)?.arrival ?? before) - 1;
    const range = Number.isFinite(start) ? { start } : {};
    for (const { key, value } of this.#events.entries({ reverse: true, ...range }))
      yield { ...value, arrival: key };
  }

  /** An event, unless it has been cleared away. */
  get(id: string): StoredEvent | undefined {
    const arrival = this.#intake.get(id)?.arrival ?? this.#seen.get(id);
    return arrival === undefined ? undefined : this.at(arrival);
  }

  /** The event of an arrival. */
  at(arrival: number): StoredEvent | undefined {
    const record = this.#events.get(arrival);
    if (record) return { ...record, arrival };
    const logged = this.#intake.safe.find((one) => one.arrival === arrival);
    return logged && eventOf(logged);
  }

  /** Whether it ever came, also when it has been cleared away. */
  hasSeen(id: string): boolean {
    return this.#intake.get(id)?.isSafe === true || this.#seen.has(id);
  }

  /** All events of that IVORN, in order of arrival. */
  byIvorn(ivorn: string): StoredEvent[] {
    const key = digest(ivorn);
    const range = { start: [key, 0], end: [key, Number.MAX_SAFE_INTEGER] } as const;
    const entries = this.#ivorns.entries({ start: [...range.start], end: [...range.end] });
    const written = Array.from(entries).flatMap(({ value }) => this.at(value) ?? []);
    return [...written, ...this.#logged().filter((event) => event.ivorn === ivorn)];
  }

  /** The newest events, the newest first. */
  recent(limit: number): StoredEvent[] {
    return this.find({ limit }).events;
  }

  /** Events behind an arrival, oldest first. */
  after(arrival: number, limit: number): StoredEvent[] {
    const entries = this.#events.entries({ start: arrival + 1, limit });
    const written = Array.from(entries, ({ key, value }) => ({ ...value, arrival: key }));
    const logged = this.#logged().filter((event) => event.arrival > arrival);
    return written.concat(logged).slice(0, limit);
  }

  /**
   * Events that fit, the newest first. Only so many are looked at in one call: `next` is where the next call goes on,
   * and absent when all have been looked at.
   */
  find(query: EventQuery): FoundEvents {
    const events: StoredEvent[] = [];
    let looked = 0;
    for (const event of this.#newestFirst(query.before ?? Number.POSITIVE_INFINITY)) {
      if (events.length >= query.limit || looked >= MAX_LOOKED_AT) return { events, next: event.arrival + 1 };
      looked += 1;
      if (isFound(query, event)) events.push(event);
    }
    return { events };
  }

  /** The last arrival before a time, by halving. */
  arrivalAt(timeMs: number): number {
    let low = this.#clearedTo;
    let high = this.last;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const [event] = this.after(middle - 1, 1);
      if (event && event.receivedMs < timeMs) low = Math.max(middle, Math.min(event.arrival, high));
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
    return this.#events.count + this.#logged().length;
  }

  /** Bytes of the events that are kept. */
  get bytes(): number {
    const [first] = this.#events.entries({ limit: 1 });
    const [last] = this.#events.entries({ reverse: true, limit: 1 });
    const written = first && last ? last.value.upTo - first.value.upTo + sizeOf(first.value) : 0;
    return this.#logged().reduce((sum, event) => sum + sizeOf(event), written);
  }

  /**
   * Clears away the oldest events that are beyond the retention. They are still recognised when they come again.
   * @param isNeeded - events that something is still to be done about, and all behind them, stay
   * @returns how many were cleared away
   */
  async clear({ maxAgeMs, maxBytes }: Retention, isNeeded: (id: number) => boolean = () => false) {
    const oldestMs = maxAgeMs === undefined ? Number.NEGATIVE_INFINITY : this.clock.now() - maxAgeMs;
    // Only what is in the tables can be cleared away.
    await this.#intake.writeOut();
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

function known(id: string, arrival: number): Known {
  return { fresh: false, id, arrival };
}

function eventOf({ arrival, record }: Pending): StoredEvent {
  return { ...record, arrival, upTo: 0 };
}

function sizeOf({ bytes, original }: Pick<EventRecord, 'bytes' | 'original'>): number {
  return bytes.length + (original?.length ?? 0);
}

function digest(ivorn: string): string {
  return hash('sha256', ivorn);
}
