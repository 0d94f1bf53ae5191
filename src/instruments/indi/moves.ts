// Moves of a device, of which one runs at a time: a newer one ends it.
import { InstrumentError } from '../errors.js';

/** Keeps the running move. */
export class Moves {
  #running: AbortController | undefined;

  get isMoving(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Runs a move; the running one, if any, ends with `ABORTED`.
   * @param by - what the move is, for the words of the one that it ends
   * @param signal - calls it off; then `stop` is run, before the move ends
   * @throws InstrumentError (rejects) what `run` throws, or `ABORTED`
   */
  async run<T>(
    by: string,
    signal: AbortSignal | undefined,
    run: (move: AbortSignal) => Promise<T>,
    stop: () => Promise<void>,
  ): Promise<T> {
    if (signal?.aborted) throw calledOff(signal);
    this.supersede(by);
    const move = new AbortController();
    this.#running = move;
    const abort = () => move.abort(calledOff(signal));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await run(move.signal);
    } catch (error) {
      if (signal?.aborted && this.#running === move) await stop();
      // What waited wraps the reason into errors of its own.
      throw move.signal.aborted ? move.signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', abort);
      if (this.#running === move) this.#running = undefined;
    }
  }

  /** Ends the running move, since something newer begins. */
  supersede(by: string): void {
    this.fail(new InstrumentError('ABORTED', `ended by ${by}`));
  }

  /** Ends the running move. */
  fail(reason: InstrumentError): void {
    const running = this.#running;
    this.#running = undefined;
    running?.abort(reason);
  }
}

function calledOff(signal: AbortSignal | undefined): InstrumentError {
  return new InstrumentError('ABORTED', 'called off', signal?.reason);
}
