// An event on its way to subscribers: its frame is made once, and shared by all of them.
import { passes, type SimpleFilter, type Summary } from '../filters/simple.js';
import { encodeFrame } from './frame.js';

/** What is sent to subscribers. */
export class Outgoing {
  readonly frame: Buffer;
  #passed = new Map<SimpleFilter, boolean>();

  /** @param arrival number in the store; 0 for what is not stored */
  constructor(
    readonly bytes: Uint8Array,
    readonly summary: Summary,
    readonly arrival: number,
  ) {
    this.frame = encodeFrame(bytes);
  }

  passes(filter: SimpleFilter): boolean {
    const known = this.#passed.get(filter);
    if (known !== undefined) return known;
    const passed = passes(filter, this.summary);
    this.#passed.set(filter, passed);
    return passed;
  }
}
