// Headers of chords: which of their calls have ended, and how. On disk, so that each counts once whatever is killed.
import type { Clock } from '../../../clock/index.js';
import type { Store, Table } from '../../../store/index.js';
import type { Journal } from './journal.js';
import type { PackedPart, PackedResult } from './protocol.js';

/** How many have ended, of how many, when the last one did, and what they take. */
type Row = [ended: number, size: number, timeMs: number, bytes: number];

/** What a part takes besides its result. */
const OVERHEAD_BYTES = 150;
/** A chord of which nothing was heard for so long is dropped: one of its calls was purged, perhaps. */
const FORGOTTEN_MS = 30 * 86_400_000;

export class Chords {
  readonly #rows: Table<string, Row>;
  readonly #parts: Table<string, PackedResult>;
  bytes = 0;

  constructor(
    store: Store,
    private readonly journal: Journal,
    private readonly clock: Clock,
  ) {
    this.#rows = store.table('chords');
    this.#parts = store.table('chord_parts');
    for (const { key, value } of [...this.#rows.entries()]) {
      const [, size, timeMs, bytes] = value;
      if (timeMs > clock.now() - FORGOTTEN_MS) this.bytes += bytes;
      else this.#remove(key, size);
    }
  }

  /** Chords whose headers have begun to end. */
  get count(): number {
    return this.#rows.count;
  }

  /** Counts a call of a header. @returns how all have ended, in their order, when this was the last */
  add([group, index, size, , , result]: PackedPart): PackedResult[] | undefined {
    const key = partKey(group, index);
    if (!(index >= 0 && index < size) || this.journal.get(this.#parts, key)) return undefined;
    const [ended, , , bytes] = this.journal.get(this.#rows, group) ?? [0, size, 0, 0];
    const more = result[3].length + OVERHEAD_BYTES;
    if (ended + 1 < size) {
      this.bytes += more;
      this.journal.put(this.#parts, key, result);
      this.journal.put(this.#rows, group, [ended + 1, size, this.clock.now(), bytes + more]);
      return undefined;
    }
    const results = Array.from({ length: size }, (_, place) =>
      place === index ? result : this.journal.get(this.#parts, partKey(group, place)),
    );
    this.bytes -= bytes;
    this.#remove(group, size);
    return results.every((one) => one !== undefined) ? results : undefined;
  }

  #remove(group: string, size: number): void {
    this.journal.remove(this.#rows, group);
    for (let place = 0; place < size; place += 1) this.journal.remove(this.#parts, partKey(group, place));
  }
}

function partKey(group: string, index: number): string {
  return `${group} ${index}`;
}
