// What is due at a time: a heap in memory and one timer.
import type { Clock, Timer } from '../../../clock/index.js';

/** A longer wait is looked at again in between: the system's clock may have been set. */
const LONGEST_WAIT_MS = 10_000;

/** Sorted by time; what is due is handed out by one timer. */
export class DueTimes<T> {
  #heap: { dueMs: number; item: T }[] = [];
  #timer: Timer | undefined;
  #timerMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly onDue: (item: T) => void,
  ) {}

  get size(): number {
    return this.#heap.length;
  }

  add(dueMs: number, item: T): void {
    this.#heap.push({ dueMs, item });
    this.#up(this.#heap.length - 1);
    if (dueMs < this.#timerMs) this.#set();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Hands out all that is due. */
  run(): void {
    const nowMs = this.clock.now();
    while (this.#heap[0] && this.#heap[0].dueMs <= nowMs) this.onDue(this.#take().item);
    this.#set();
  }

  #set(): void {
    this.#timer?.cancel();
    const first = this.#heap[0];
    this.#timerMs = first?.dueMs ?? Number.POSITIVE_INFINITY;
    if (!first) return;
    this.#timer = this.clock.after(
      Math.min(LONGEST_WAIT_MS, Math.max(0, first.dueMs - this.clock.now())),
      () => this.run(),
    );
  }

  #take(): { dueMs: number; item: T } {
    const top = this.#heap[0] as { dueMs: number; item: T };
    const last = this.#heap.pop() as { dueMs: number; item: T };
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#down();
    }
    return top;
  }

  #up(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#at(parent) <= this.#at(at)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const least = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(at) <= this.#at(least)) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #at(index: number): number {
    return this.#heap[index]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const { [a]: first, [b]: second } = this.#heap;
    if (!first || !second) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
