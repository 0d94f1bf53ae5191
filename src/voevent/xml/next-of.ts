// Where something stands next in a text, for a reader that goes through it from front to back.

/** The places of `what`. Each is sought once: who asks often pays for a comparison. */
export class NextOf {
  #found = -1;

  constructor(
    private readonly text: string,
    private readonly what: string,
  ) {}

  /** The first at or behind `at`, which never goes back; the length of the text when there is none. */
  from(at: number): number {
    if (this.#found < at) {
      const found = this.text.indexOf(this.what, at);
      this.#found = found < 0 ? this.text.length : found;
    }
    return this.#found;
  }
}
