// The ids that must not run: on disk, until long after.
import type { Clock } from '../../../clock/index.js';
import type { Store, Table } from '../../../store/index.js';
import type { Journal } from './journal.js';

/** When, whether the running one is to be ended, and by which signal. */
type Row = [timeMs: number, terminate: boolean, signal: string];

const KEPT_MS = 30 * 86_400_000;
/** Beyond so many the oldest go. */
const MOST = 200_000;
const SWEEP_MS = 600_000;

export class Revocations {
  readonly #rows: Table<string, Row>;
  /** All of them, oldest first. */
  readonly #ids = new Map<string, Row>();
  readonly #timer: NodeJS.Timeout;

  constructor(
    store: Store,
    private readonly journal: Journal,
    private readonly clock: Clock,
  ) {
    this.#rows = store.table('revoked');
    const rows = [...this.#rows.entries()].sort((a, b) => a.value[0] - b.value[0]);
    for (const { key, value } of rows) this.#ids.set(key, value);
    this.#timer = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  get ids(): string[] {
    return [...this.#ids.keys()];
  }

  has(id: string): boolean {
    return this.#ids.size > 0 && this.#ids.has(id);
  }

  get(id: string): Row | undefined {
    return this.#ids.get(id);
  }

  add(id: string, terminate: boolean, signal: string): void {
    const row: Row = [this.clock.now(), terminate, signal];
    this.#ids.delete(id);
    this.#ids.set(id, row);
    this.journal.put(this.#rows, id, row);
    if (this.#ids.size > MOST) this.#drop(this.#ids.keys().next().value ?? '');
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #drop(id: string): void {
    this.#ids.delete(id);
    this.journal.remove(this.#rows, id);
  }

  #sweep(): void {
    const oldestMs = this.clock.now() - KEPT_MS;
    for (const [id, [timeMs]] of this.#ids) {
      if (timeMs > oldestMs) return;
      this.#drop(id);
    }
  }
}
