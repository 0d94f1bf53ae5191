// A clock that stands still until it is told to move: for tests, and for planning a night ahead of time.
import { type Clock, sleepWith, type Timer } from './clock.js';

interface Entry {
  dueMs: number;
  callback: () => void;
}

/** Time moves only by {@link ManualClock.advance}; timers run in the order of their time. */
export class ManualClock implements Clock {
  #nowMs: number;
  #entries: Entry[] = [];

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepWith((wait, callback) => this.after(wait, callback), ms, signal);
  }

  after(ms: number, callback: () => void): Timer {
    const entry = { dueMs: this.#nowMs + Math.max(0, ms), callback };
    this.#entries.push(entry);
    return {
      cancel: () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#entries.length;
  }

  /**
   * Moves the time on by `ms`, runs what falls due, and lets the promises that hang on each timer settle
   * before the next one runs.
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (let entry = this.#nextUntil(endMs); entry; entry = this.#nextUntil(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, entry.dueMs);
      entry.callback();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#nowMs = endMs;
    await new Promise((resolve) => setImmediate(resolve));
  }

  #nextUntil(endMs: number): Entry | undefined {
    const [first] = this.#entries.filter((entry) => entry.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
    if (first) this.#entries = this.#entries.filter((other) => other !== first);
    return first;
  }
}
