// Messages that could not be delivered or were rejected, with the reason; the newest of them.
import type { Store, Table } from '../../../store/index.js';
import type { Journal } from './journal.js';

/** A message that was set aside. */
export interface DeadLetter {
  timeMs: number;
  id: string;
  queue: string;
  reason: string;
  message: Uint8Array;
}

/** Beyond so many the oldest go. */
const MOST = 1_000;
/** Of a longer message only this much is kept. */
const MESSAGE_BYTES = 64 * 1024;

export class DeadLetters {
  readonly #table: Table<number, DeadLetter>;
  #next = 1;
  #first = 1;

  constructor(
    store: Store,
    private readonly journal: Journal,
  ) {
    this.#table = store.table('dead_letters');
    for (const { key } of this.#table.entries({ limit: 1 })) this.#first = key;
    for (const { key } of this.#table.entries({ reverse: true, limit: 1 })) this.#next = key + 1;
  }

  get count(): number {
    return this.#next - this.#first;
  }

  add(letter: DeadLetter): void {
    const message = letter.message.subarray(0, MESSAGE_BYTES);
    this.journal.put(this.#table, this.#next, { ...letter, message });
    this.#next += 1;
    if (this.count <= MOST) return;
    this.journal.remove(this.#table, this.#first);
    this.#first += 1;
  }

  /** The newest first. */
  list(limit: number): Omit<DeadLetter, 'message'>[] {
    return [...this.#table.entries({ reverse: true, limit })].map(({ value }) => {
      const { message: _, ...rest } = value;
      return rest;
    });
  }
}
