// The order in which an agent's actions run.

/** Work that waits its turn; `run` starts it, and returns a promise when it goes on. */
export type RunItem<T> = (item: T) => void | Promise<void>;

/** When whoever fills a mailbox should wait. */
export interface MailboxLimits {
  /** So many items. */
  count: number;
  /** Or items of so many bytes. */
  bytes: number;
}

/**
 * A bounded queue of work. Serial: one item at a time, in order of arrival; an action may change its agent's state
 * without a lock. Concurrent: each item starts when it arrives.
 */
export class Mailbox<T> {
  #waiting: T[] = [];
  #head = 0;
  #running = 0;
  /** What those that wait or run take in memory. */
  #bytes = 0;
  #held = true;
  #idleCallbacks: (() => void)[] = [];
  #roomCallbacks: (() => void)[] = [];

  constructor(
    private readonly run: RunItem<T>,
    private readonly concurrent: boolean,
    private readonly limits: MailboxLimits,
    /** What an item takes in memory, in bytes. */
    private readonly sizeOf: (item: T) => number,
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
    const count = this.depth + (this.concurrent ? this.#running : 0);
    return count >= this.limits.count || this.#bytes >= this.limits.bytes;
  }

  /** Until now items only waited; from now on they run. */
  open(): void {
    this.#held = false;
    this.#next();
  }

  push(item: T): void {
    this.#waiting.push(item);
    this.#bytes += this.sizeOf(item);
    this.#next();
  }

  /** Takes out all that wait. */
  clear(): T[] {
    const waiting = this.#waiting.slice(this.#head);
    this.#waiting = [];
    this.#head = 0;
    for (const item of waiting) this.#bytes -= this.sizeOf(item);
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
      const bytes = this.sizeOf(item);
      const going = this.run(item);
      if (going) {
        this.#running += 1;
        going.finally(() => this.#ended(bytes)).catch(() => undefined);
      } else this.#bytes -= bytes;
    }
    this.#settled();
  }

  #ended(bytes: number): void {
    this.#running -= 1;
    this.#bytes -= bytes;
    this.#next();
  }

  #settled(): void {
    const { count, bytes } = this.limits;
    const isHalfEmpty = this.depth === 0 || (this.depth < count / 2 && this.#bytes < bytes / 2);
    if (this.#roomCallbacks.length > 0 && isHalfEmpty && !this.full) {
      for (const callback of this.#roomCallbacks.splice(0)) callback();
    }
    if (this.#running === 0 && this.#idleCallbacks.length > 0) {
      for (const callback of this.#idleCallbacks.splice(0)) callback();
    }
  }
}
