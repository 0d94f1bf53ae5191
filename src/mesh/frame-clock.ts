// The time that a peer may take for something: it stands still while what happens is not the doing of the peer.
import { longTimer, type Timer } from '../clock/index.js';

export class FrameClock {
  #leftMs: number;
  #sinceMs = 0;
  #timer: Timer | undefined;

  constructor(
    private readonly limitMs: number,
    private readonly onLate: () => void,
  ) {
    this.#leftMs = limitMs;
  }

  /** Time passes from now on. */
  go(): void {
    if (this.#timer) return;
    this.#sinceMs = performance.now();
    this.#timer = longTimer(this.#leftMs, this.onLate, { keepsAlive: false });
  }

  /** What is left is kept. */
  stand(): void {
    if (!this.#timer) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#leftMs -= performance.now() - this.#sinceMs;
  }

  /** It stands, and all the time is left. */
  reset(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#leftMs = this.limitMs;
  }
}
