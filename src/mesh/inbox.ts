// What a receiver remembers of posted messages: the last number handled of each sender's outbox, in the agent's store.
// That is never forgotten: messages wait in an outbox for as long as it takes, and a sender that was away for years may
// still send what was handled before its answer was lost. A new outbox, which a sender has when its store is lost, adds
// a record of less than 400 bytes.
import type { Store, Table } from '../store/index.js';
import { badFrame, type Frame } from './frame.js';

/** Where a posted message stands: in whose outbox, and at which place. */
export interface PostedPlace {
  /** Sender and outbox. */
  box: string;
  number: number;
  /** The message that must have been handled before it. */
  after: number;
  /** The sender's word that all up to this one were handled or given up. */
  settled: number | undefined;
}

/** What to do with a posted message: handle it, answer that it was handled, or refuse it until those before it are. */
export type Admission = 'handle' | 'handled' | 'held';

/**
 * The place of a posted frame.
 * @throws MeshError `BAD_FRAME`
 */
export function placeOf({ from, seq, after, settled }: Frame): PostedPlace {
  const [, outbox, digits] = /^([\w-]{1,64})\.(\d{1,15})$/.exec(seq ?? '') ?? [];
  if (from === undefined || outbox === undefined)
    throw badFrame(`seq=${seq} needs from= and the form <outbox>.<number>`);
  if (Buffer.byteLength(from) > LONGEST_FROM_BYTES)
    throw badFrame(`from= of a posted message has more than ${LONGEST_FROM_BYTES} bytes`);
  const number = Number(digits);
  return { box: `${from}/${outbox}`, number, after: settled ?? after ?? number - 1, settled };
}

/** Longest name of a sender in a record, in bytes. */
const LONGEST_FROM_BYTES = 256;
/** Outboxes whose last numbers are kept in memory too. */
const CACHED_LIMIT = 1024;

/** The inbox of one agent. */
export class Inbox {
  #table: Table<string, number>;
  /** What the table will hold when all that is under way is committed. */
  #last = new Map<string, number>();

  constructor(store: Store) {
    this.#table = store.table('inbox');
  }

  /** Whether it is this message's turn. */
  admit({ box, number, after, settled }: PostedPlace): Admission {
    const last = this.#lastOf(box);
    if (last !== undefined && number <= last) return 'handled';
    const reached = Math.max(last ?? -1, settled ?? -1);
    return after <= reached ? 'handle' : 'held';
  }

  /** Outboxes whose last numbers are in memory. */
  get cached(): number {
    return this.#last.size;
  }

  /** Inside of a transaction: this message has been handled. An action may say so late: there is no way back. */
  record({ box, number }: PostedPlace): void {
    if (number <= (this.#lastOf(box) ?? -1)) return;
    this.#table.put(box, number);
    this.#last.set(box, number);
  }

  /** The transaction was given up: what it recorded does not hold. */
  forget(places: readonly PostedPlace[]): void {
    this.#table.refresh();
    for (const { box } of places) this.#last.delete(box);
  }

  /** Keeps the memory small. Only when nothing is under way: what is read next is what was committed. */
  trim(): void {
    if (this.#last.size <= CACHED_LIMIT) return;
    this.#table.refresh();
    this.#last.clear();
  }

  #lastOf(box: string): number | undefined {
    const known = this.#last.get(box) ?? this.#table.get(box);
    if (known !== undefined) this.#last.set(box, known);
    return known;
  }
}
