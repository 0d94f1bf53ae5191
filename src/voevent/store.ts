// Every event that was taken, byte for byte. One event is kept once.
import { createHash } from 'node:crypto';
import type { Clock } from '../clock/index.js';
import type { Store, Table } from '../store/index.js';
import { eventId } from './identity.js';
import type { Role, VOEvent } from './model.js';

/** An event as it is kept. */
export interface StoredEvent {
  /** {@link eventId} of its bytes. */
  readonly id: string;
  readonly ivorn: string;
  readonly role: Role;
  /** When it came first, in ms UTC. */
  readonly receivedMs: number;
  /** Who sent it first: an address or a broker's name. */
  readonly from: string;
  /** As they came, prolog and all. */
  readonly bytes: Uint8Array;
}

/** What became of an event that was added. */
export interface Added {
  /** It was not there before. */
  readonly fresh: boolean;
  readonly id: string;
}

/** A value of the table of events; its key is the id. */
type EventRecord = Omit<StoredEvent, 'id'> & { readonly arrival: number };

/** The events of one broker, in the store of its agent. */
export class EventStore {
  #events: Table<string, EventRecord>;
  /** Number of arrival to id. */
  #arrivals: Table<number, string>;
  /** Digest of the IVORN (which may be longer than a key) and number of arrival to id. */
  #ivorns: Table<[string, number], string>;
  #nextArrival: number;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {
    this.#events = this.store.table('events');
    this.#arrivals = this.store.table('arrivals');
    this.#ivorns = this.store.table('ivorns');
    const [last] = this.#arrivals.entries({ reverse: true, limit: 1 });
    this.#nextArrival = (last?.key ?? 0) + 1;
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
    from: string,
    onFresh?: (event: StoredEvent) => void,
  ): Promise<Added> {
    const id = eventId(bytes);
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const record = { ivorn: event.ivorn, role: event.role, receivedMs: this.clock.now(), from, bytes: raw };
    const fresh = await this.store.transaction(() => {
      // A duplicate waits for the same flush: the first of them may still be on its way to the disk.
      if (this.#events.has(id)) return false;
      this.#insert(id, { ...record, arrival: this.#nextArrival });
      onFresh?.({ id, ...record });
      return true;
    });
    return { fresh, id };
  }

  #insert(id: string, record: EventRecord): void {
    const { arrival, ivorn } = record;
    this.#events.put(id, record);
    this.#arrivals.put(arrival, id);
    this.#ivorns.put([digest(ivorn), arrival], id);
    this.#nextArrival += 1;
  }

  get(id: string): StoredEvent | undefined {
    const record = this.#events.get(id);
    if (!record) return undefined;
    const { arrival: _, ...event } = record;
    return { id, ...event };
  }

  /** All events of that IVORN, in order of arrival. */
  byIvorn(ivorn: string): StoredEvent[] {
    const key = digest(ivorn);
    return this.#load(this.#ivorns.entries({ start: [key, 0], end: [key, Number.MAX_SAFE_INTEGER] }));
  }

  /** The newest events, the newest first. */
  recent(limit: number): StoredEvent[] {
    return this.#load(this.#arrivals.entries({ reverse: true, limit }));
  }

  /** How many events are kept. */
  get count(): number {
    return this.#events.count;
  }

  #load(entries: Iterable<{ value: string }>): StoredEvent[] {
    return Array.from(entries).flatMap(({ value: id }) => this.get(id) ?? []);
  }
}

function digest(ivorn: string): string {
  return createHash('sha256').update(ivorn).digest('hex');
}
