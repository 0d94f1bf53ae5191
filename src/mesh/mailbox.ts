// The order in which an agent's actions run.

/** Work that waits its turn; `run` starts it, and returns a promise when it goes on. */
export type RunItem<T> = (item: T) => void | Promise<void>;

/**
 * A bounded queue of work. Serial: one item at a time, in order of arrival; an action may change its agent's state
 * without a lock. Concurrent: each item starts when it arrives.
 */
export class Mailbox<T> {
  #waiting: T[] = [];
  #head = 0;
  #running = 0;
  #held = true;
  #idleCallbacks: (() => void)[] = [];
  #roomCallbacks: (() => void)[] = [];

  constructor(
    private readonly run: RunItem<T>,
    private readonly concurrent: boolean,
    private readonly limit: number,
  ) {}

  /** Items that wait. */
  get depth(): number {
    return this.#waiting.length - this.#head;
  }

  /** Items that have begun and not ended. */
  get running(): number {
    return this.#running;
  }

  /** Whoever fills it should wait, see {@link Mailbox.whenRoom}. */
  get full(): boolean {
    return this.depth + (this.concurrent ? this.#running : 0) >= this.limit;
  }

  /** Until now items only waited; from now on they run. */
  open(): void {
    this.#held = false;
    this.#next();
  }

  push(item: T): void {
    this.#waiting.push(item);
    this.#next();
  }

  /** Takes out all that wait. */
  clear(): T[] {
    const waiting = this.#waiting.slice(this.#head);
    this.#waiting = [];
    this.#head = 0;
    this.#settled();
    return waiting;
  }

  /** Calls back once when there is room again. */
  whenRoom(callback: () => void): void {
    this.#roomCallbacks.push(callback);
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleCallbacks.push(resolve));
  }

  #next(): void {
    while (!this.#held && this.depth > 0 && (this.concurrent || this.#running === 0)) {
      const item = this.#waiting[this.#head] as T;
      this.#head += 1;
      if (this.#head === this.#waiting.length) {
        this.#waiting = [];
        this.#head = 0;
      }
      const going = this.run(item);
      if (going) {
        this.#running += 1;
        going.finally(this.#ended).catch(() => undefined);
      }
    }
    this.#settled();
  }

  #ended = (): void => {
    this.#running -= 1;
    this.#next();
  };

  #settled(): void {
    if (this.#roomCallbacks.length > 0 && (this.depth === 0 || this.depth < this.limit / 2) && !this.full) {
      for (const callback of this.#roomCallbacks.splice(0)) callback();
    }
    if (this.#running === 0 && this.#idleCallbacks.length > 0) {
      for (const callback of this.#idleCallbacks.splice(0)) callback();
    }
  }
}
