// Every event that was taken, byte for byte, and which of them were not handed on yet. One event is kept once.
import { createHash } from 'node:crypto';
import type { Clock } from '../clock/index.js';
import { Store, type Table } from '../store/index.js';
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
  /** It has been handed on. */
  readonly handed: boolean;
}

/** What became of an event that was added. */
export interface Added {
  /** It was not there before. */
  readonly fresh: boolean;
  readonly id: string;
}

/** A value of the table of events; its key is the id. */
type EventRecord = Omit<StoredEvent, 'id' | 'handed'> & { readonly arrival: number };

/** The events of one broker, owned by one process. */
export class EventStore {
  #store: Store;
  #events: Table<string, EventRecord>;
  /** Number of arrival to id. */
  #arrivals: Table<number, string>;
  /** Digest of the IVORN (which may be longer than a key) and number of arrival to id. */
  #ivorns: Table<[string, number], string>;
  /** Those that wait to be handed on: number of arrival to id. */
  #waiting: Table<number, string>;
  #nextArrival: number;

  /**
   * Opens or makes the store file `path`.
   * @throws StoreError `STORE_OPEN_FAILED`
   */
  constructor(
    path: string,
    private readonly clock: Clock,
  ) {
    this.#store = new Store(path);
    this.#events = this.#store.table('events');
    this.#arrivals = this.#store.table('arrivals');
    this.#ivorns = this.#store.table('ivorns');
    this.#waiting = this.#store.table('waiting');
    const [last] = this.#arrivals.entries({ reverse: true, limit: 1 });
    this.#nextArrival = (last?.key ?? 0) + 1;
  }

  /**
   * Keeps an event, unless its bytes are there already. Resolves when it is on the disk, so that it may be
   * acknowledged; of several calls at once with the same bytes exactly one is told that the event is fresh.
   * @throws StoreError `STORE_CLOSED`, or what the database threw; then the event is not kept
   */
  async add(bytes: Uint8Array, event: VOEvent, from: string): Promise<Added> {
    const id = eventId(bytes);
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const record = { ivorn: event.ivorn, role: event.role, receivedMs: this.clock.now(), from, bytes: raw };
    const fresh = await this.#store.transaction(() => {
      // A duplicate waits for the same flush: the first of them may still be on its way to the disk.
      if (this.#events.has(id)) return false;
      this.#insert(id, { ...record, arrival: this.#nextArrival });
      return true;
    });
    return { fresh, id };
  }

  #insert(id: string, record: EventRecord): void {
    const { arrival, ivorn } = record;
    this.#events.put(id, record);
    this.#arrivals.put(arrival, id);
    this.#ivorns.put([digest(ivorn), arrival], id);
    this.#waiting.put(arrival, id);
    this.#nextArrival += 1;
  }

  get(id: string): StoredEvent | undefined {
    const record = this.#events.get(id);
    if (!record) return undefined;
    const { arrival, ...event } = record;
    return { id, ...event, handed: !this.#waiting.has(arrival) };
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

  /** How many of them were not handed on yet. */
  get waiting(): number {
    return this.#waiting.count;
  }

  /** Notes that an event was handed on, and resolves when that is on the disk. Harmless for an unknown one. */
  async markHanded(id: string): Promise<void> {
    const arrival = this.#events.get(id)?.arrival;
    if (arrival !== undefined) await this.#store.transaction(() => this.#waiting.remove(arrival));
  }

  /** The events that were not handed on yet, in order of arrival: after a crash they are still to be handed on. */
  *unhanded(): Generator<StoredEvent> {
    for (const { value: id } of this.#waiting.entries()) {
      const event = this.get(id);
      if (event) yield event;
    }
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  #load(entries: Iterable<{ value: string }>): StoredEvent[] {
    return Array.from(entries).flatMap(({ value: id }) => this.get(id) ?? []);
  }
}

function digest(ivorn: string): string {
  return createHash('sha256').update(ivorn).digest('hex');
}
