// Something that moves evenly from one place to another, by the clock, until it is there or stopped.
import type { Clock } from '../../clock/index.js';
import { InstrumentError } from '../errors.js';

interface Move {
  from: number;
  to: number;
  startMs: number;
  endMs: number;
}

export class EvenMove {
  #move: Move;
  #end = new AbortController();

  /** @param name - for the error of a move that was ended */
  constructor(
    private readonly clock: Clock,
    private readonly name: string,
    place: number,
    private readonly speedPerS: number,
  ) {
    const nowMs = clock.now();
    this.#move = { from: place, to: place, startMs: nowMs, endMs: nowMs };
  }

  get place(): number {
    const { from, to, startMs, endMs } = this.#move;
    const nowMs = this.clock.now();
    return nowMs >= endMs ? to : from + ((to - from) * (nowMs - startMs)) / (endMs - startMs);
  }

  get isMoving(): boolean {
    return this.clock.now() < this.#move.endMs;
  }

  /** Where it will be. */
  get aim(): number {
    return this.#move.to;
  }

  etaS(): number {
    return Math.max(0, this.#move.endMs - this.clock.now()) / 1000;
  }

  /** @throws InstrumentError `ABORTED` (rejects) when another move or a stop ends it, or `signal` aborts, which stops it */
  async moveTo(place: number, signal?: AbortSignal): Promise<void> {
    this.#end.abort(new InstrumentError('ABORTED', `the move of the ${this.name} was ended by another`));
    this.#end = new AbortController();
    const from = this.place;
    const startMs = this.clock.now();
    const durationMs = (Math.abs(place - from) / this.speedPerS) * 1000;
    const move = { from, to: place, startMs, endMs: startMs + durationMs };
    this.#move = move;
    const onAbort = () => this.stop(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    await this.clock
      .sleep(durationMs, this.#end.signal)
      .finally(() => signal?.removeEventListener('abort', onAbort));
    // A timer of the system may fire a little early: who waited for the end shall see it.
    if (this.#move === move) this.#rest(place);
  }

  /** Stands still where it is. */
  stop(cause?: unknown): void {
    this.#rest(this.place);
    this.#end.abort(new InstrumentError('ABORTED', `the ${this.name} was stopped`, cause));
  }

  #rest(place: number): void {
    const nowMs = this.clock.now();
    this.#move = { from: place, to: place, startMs: nowMs, endMs: nowMs };
  }
}
