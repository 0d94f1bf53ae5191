// The answers that a sender waits for, by the ids of their messages, which are given in order.

/** One wait. Its object is used again and again. */
interface Wait {
  /** 0: free. */
  id: number;
  deadlineMs: number;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  onProgress: ((data: unknown) => void) | undefined;
}

const FIRST_SIZE = 64;
/** A wait that is still there when so many more have come is kept aside. */
const LARGEST_SIZE = 4096;

const NOBODY = () => undefined;

export class Waits {
  /** How many there are. */
  size = 0;
  /** A wait's place is given by the last bits of its id: no search, and nothing to be allotted for each. */
  #ring: Wait[] = [];
  #aside = new Map<number, Wait>();

  /** @param id - higher than any before */
  add(
    id: number,
    deadlineMs: number,
    resolve: Wait['resolve'],
    reject: Wait['reject'],
    onProgress: Wait['onProgress'],
  ): void {
    const wait = this.#room(id);
    wait.id = id;
    wait.deadlineMs = deadlineMs;
    wait.resolve = resolve;
    wait.reject = reject;
    wait.onProgress = onProgress;
    this.size += 1;
  }

  /** Puts the end of a wait off. @returns whom to tell of its progress; `undefined` when nobody waits */
  prolong(id: number, deadlineMs: number): ((data: unknown) => void) | undefined {
    const wait = this.#find(id);
    if (!wait) return undefined;
    wait.deadlineMs = Math.max(wait.deadlineMs, deadlineMs);
    return wait.onProgress;
  }

  /** Ends a wait; nothing happens when there is none of this id. */
  resolve(id: number, value: unknown): void {
    const wait = this.#find(id);
    if (!wait) return;
    const { resolve } = wait;
    this.#free(wait);
    resolve(value);
  }

  /** Ends a wait with an error, which is made only when there is one of this id. */
  reject(id: number, error: () => Error): void {
    const wait = this.#find(id);
    if (!wait) return;
    const { reject } = wait;
    this.#free(wait);
    reject(error());
  }

  /** Ends all. */
  rejectAll(error: Error): void {
    for (const { id } of this.#all()) this.reject(id, () => error);
  }

  /** Ids of those whose time is over. */
  overdue(nowMs: number): number[] {
    return this.#all().flatMap(({ id, deadlineMs }) => (nowMs > deadlineMs ? [id] : []));
  }

  /** In the order of their ids. */
  #all(): Wait[] {
    const all = [...this.#ring, ...this.#aside.values()].filter(({ id }) => id !== 0);
    return all.sort((a, b) => a.id - b.id);
  }

  #find(id: number): Wait | undefined {
    const wait = this.#ring[id & (this.#ring.length - 1)];
    return wait?.id === id && id !== 0 ? wait : this.#aside.get(id);
  }

  #free(wait: Wait): void {
    this.#aside.delete(wait.id);
    wait.id = 0;
    wait.resolve = NOBODY;
    wait.reject = NOBODY;
    wait.onProgress = undefined;
    this.size -= 1;
  }

  /** The place for an id, free. */
  #room(id: number): Wait {
    let place = id & (this.#ring.length - 1);
    while (this.#ring[place]?.id !== 0) {
      if (this.#ring.length < LARGEST_SIZE) this.#grow();
      else {
        this.#aside.set((this.#ring[place] as Wait).id, this.#ring[place] as Wait);
        this.#ring[place] = freeWait();
      }
      place = id & (this.#ring.length - 1);
    }
    return this.#ring[place] as Wait;
  }

  #grow(): void {
    const waits = this.#ring.filter(({ id }) => id !== 0);
    const size = Math.max(FIRST_SIZE, 2 * this.#ring.length);
    this.#ring = Array.from({ length: size }, freeWait);
    for (const wait of waits) this.#ring[wait.id & (size - 1)] = wait;
  }
}

function freeWait(): Wait {
  return { id: 0, deadlineMs: 0, resolve: NOBODY, reject: NOBODY, onProgress: undefined };
}
