// Acknowledgements are in no hurry, and to read each as it comes costs a broker with many subscribers as much as to send
// the event. Who has been sent one is listened to when its turn comes: then all is read at once that it has said by then.

/** A peer that is not listened to at the moment. */
export interface Silenced {
  /** Its turn has come. */
  listen(): void;
}

/** From one turn to the next, while there is somebody whose turn will come. */
const TURN_MS = 5;
/** How many have their turn together. */
const AT_ONCE = 32;

/** Gives everybody a turn, in the order in which they came. */
export class Turns {
  readonly #waiting = new Set<Silenced>();
  #timer: NodeJS.Timeout | undefined;

  /** `one` has its turn behind all that wait; it keeps its place when it waits already. */
  add(one: Silenced): void {
    this.#waiting.add(one);
    this.#schedule();
  }

  remove(one: Silenced): void {
    this.#waiting.delete(one);
  }

  #next(): void {
    this.#timer = undefined;
    let count = 0;
    for (const one of this.#waiting) {
      this.#waiting.delete(one);
      one.listen();
      count += 1;
      if (count === AT_ONCE) break;
    }
    if (this.#waiting.size > 0) this.#schedule();
  }

  #schedule(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => this.#next(), TURN_MS).unref();
  }
}
