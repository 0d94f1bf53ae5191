// What a receiver remembers of posted messages: the last number handled of each sender's outbox, in the agent's store.
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
  const number = Number(digits);
  return { box: `${from}/${outbox}`, number, after: settled ?? after ?? number - 1, settled };
}

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

  /** Inside of a transaction: this message has been handled. */
  record({ box, number }: PostedPlace): void {
    this.#table.put(box, number);
    this.#last.set(box, number);
  }

  /** The transaction was given up: what it recorded does not hold. */
  forget(places: readonly PostedPlace[]): void {
    this.#table.refresh();
    for (const { box } of places) this.#last.delete(box);
  }

  #lastOf(box: string): number | undefined {
    const known = this.#last.get(box) ?? this.#table.get(box);
    if (known !== undefined) this.#last.set(box, known);
    return known;
  }
}
