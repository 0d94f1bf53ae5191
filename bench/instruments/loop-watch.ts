// How long the event loop stood still.

/** Looks at the clock every millisecond, until it is ended. Not in every turn: that alone would keep a processor busy. */
export class LoopWatch {
  #lastMs = performance.now();
  #longestMs = 0;
  readonly #timer = setInterval(() => this.#look(), 1);

  /** The longest time between two looks, in ms. */
  end(): number {
    clearInterval(this.#timer);
    this.#look();
    return this.#longestMs;
  }

  #look(): void {
    const nowMs = performance.now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }
}
