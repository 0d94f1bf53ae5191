// The states of tasks on disk, each until it expires.
import type { Clock } from '../../../clock/index.js';
import type { Store, Table } from '../../../store/index.js';
import { READY_STATES } from '../../states.js';
import type { Journal } from './journal.js';
import type { PackedResult } from './protocol.js';

/** Status, content type, body, place in the order of expiry. */
type Row = [status: string, contentType: string, body: Uint8Array, place: number];
type OrderRow = [id: string, expiresMs: number, size: number];

/** Status of what has ended and has no result (any more): only that it has ended is known. */
const ENDED = '';
const NOTHING = new Uint8Array();

/** What a result takes besides its body. */
const OVERHEAD_BYTES = 250;
const SWEEP_MS = 1_000;
/** Results that are dropped at one go. */
const SWEEP_LIMIT = 2_000;

export class KeptResults {
  readonly #rows: Table<string, Row>;
  /** In the order in which they expire. */
  readonly #order: Table<number, OrderRow>;
  #place = 1;
  bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    store: Store,
    private readonly journal: Journal,
    private readonly clock: Clock,
    private readonly expiresMs: number,
  ) {
    this.#rows = store.table('results');
    this.#order = store.table('result_order');
    for (const { key, value } of this.#order.entries()) {
      this.#place = key + 1;
      this.bytes += value[2];
    }
    this.#timer = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  get count(): number {
    return this.#rows.count;
  }

  get(id: string): PackedResult | undefined {
    const row = this.journal.get(this.#rows, id);
    return row && row[0] !== ENDED ? [id, row[0], row[1], row[2]] : undefined;
  }

  /** Whether it has ended, also when its result was forgotten. */
  isFinal(id: string): boolean {
    const status = this.journal.get(this.#rows, id)?.[0];
    return status !== undefined && (status === ENDED || READY_STATES.has(status));
  }

  /** It has ended, and has no result: should it come once more it is known. */
  putEnded(id: string): void {
    this.put([id, ENDED, '', NOTHING]);
  }

  put([id, status, contentType, body]: PackedResult): void {
    const place = this.#place;
    this.#place += 1;
    const size = body.length + OVERHEAD_BYTES;
    this.bytes += size;
    this.journal.put(this.#rows, id, [status, contentType, body, place]);
    this.journal.put(this.#order, place, [id, this.clock.now() + this.expiresMs, size]);
  }

  forget(id: string): void {
    const place = this.journal.get(this.#rows, id)?.[3];
    if (place === undefined) return;
    if (this.isFinal(id)) this.journal.put(this.#rows, id, [ENDED, '', NOTHING, place]);
    // Its place in the order is passed over when its time comes.
    else this.journal.remove(this.#rows, id);
  }

  /** Drops what has expired. */
  sweep(): void {
    const nowMs = this.clock.now();
    for (const { key, value } of this.#order.entries({ limit: SWEEP_LIMIT })) {
      const [id, expiresMs, size] = value;
      if (expiresMs > nowMs) return;
      if (!this.journal.get(this.#order, key)) continue;
      this.bytes -= size;
      this.journal.remove(this.#order, key);
      if (this.journal.get(this.#rows, id)?.[3] === key) this.journal.remove(this.#rows, id);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
