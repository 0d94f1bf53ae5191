// Those who want to be told.

/** Any number of listeners, told in the order in which they came. */
export class Listeners<T> {
  #all: readonly { one: T }[] = [];

  /** Adds one; returns how to take it away. */
  add(one: T): () => void {
    const entry = { one };
    this.#all = [...this.#all, entry];
    return () => {
      this.#all = this.#all.filter((other) => other !== entry);
    };
  }

  /** Calls all that were there when it began. */
  each(call: (one: T) => void): void {
    for (const { one } of this.#all) call(one);
  }

  get count(): number {
    return this.#all.length;
  }
}
