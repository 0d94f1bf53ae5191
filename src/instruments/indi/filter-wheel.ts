// A filter wheel at an INDI server.
import type { FilterWheelDriver } from '../drivers/filter-wheel-driver.js';
import { outOfRange } from '../errors.js';
import { Answer } from './answer.js';
import { IndiDriver, type IndiDriverOptions } from './driver.js';
import { Moves } from './moves.js';
import type { IndiVector } from './vector.js';

/** A wheel. */
export interface IndiFilterWheelOptions extends IndiDriverOptions {
  /** For turning to a filter. @defaultValue 30 000 */
  turnMs?: number;
}

const TURN_MS = 30_000;
const SLOT = 'FILTER_SLOT';
const VALUE = 'FILTER_SLOT_VALUE';

/** A filter wheel at an INDI server. It cannot be stopped on its way: a stop waits until it stands. */
export class IndiFilterWheel extends IndiDriver implements FilterWheelDriver {
  protected readonly needed = [SLOT, 'FILTER_NAME'];
  readonly #turnMs: number;
  readonly #moves = new Moves();
  readonly #answer = new Answer();
  #startMs = 0;

  constructor(options: IndiFilterWheelOptions) {
    super(options);
    this.#turnMs = options.turnMs ?? TURN_MS;
  }

  get isMoving(): boolean {
    return this.#moves.isMoving || this.#answer.isAwaited || this.device.isBusy(SLOT);
  }

  /** Names of the filters, by place. */
  get names(): readonly string[] {
    const members = this.device.vector('FILTER_NAME')?.members.values() ?? [];
    return [...members].map(({ value }, index) => (typeof value === 'string' && value) || String(index + 1));
  }

  /** Place in the light, from 1; none while it turns. */
  get position(): number | undefined {
    return this.isMoving ? undefined : this.device.number(SLOT, VALUE);
  }

  /** @throws InstrumentError (rejects) `ABORTED`, `INVALID_VALUE`, `DRIVER`, `TIMEOUT` */
  async turnTo(position: number, signal?: AbortSignal): Promise<void> {
    this.assertConnected();
    const count = this.names.length;
    if (!Number.isInteger(position) || position < 1 || position > count) {
      throw outOfRange('the place of the filter', position, `a whole number from 1 to ${count}`);
    }
    if (!this.isMoving && this.position === position) return;
    this.#startMs = this.device.clock.now();
    await this.#moves.run(
      'a newer turn',
      signal,
      (move) => this.#turn(position, move),
      () => this.#still(),
    );
  }

  async stop(): Promise<void> {
    this.assertConnected();
    this.#moves.supersede('a stop');
    await this.#still();
  }

  /** Seconds until it stands, at most: INDI does not tell how far it is. */
  etaS(): number {
    if (!this.isMoving) return 0;
    return Math.max(0, this.#startMs + this.#turnMs - this.device.clock.now()) / 1000;
  }

  protected async prepare(): Promise<void> {}

  protected override letGo(reason: Parameters<Moves['fail']>[0]): void {
    this.#moves.fail(reason);
  }

  async #turn(position: number, signal: AbortSignal): Promise<void> {
    const isDone = (vector: IndiVector) => vector.state !== 'Busy' && vector.number(VALUE) === position;
    const turn = this.device.set(SLOT, { [VALUE]: position }, { deadlineMs: this.#turnMs, isDone });
    await this.#answer.of(turn, signal);
  }

  async #still(): Promise<void> {
    await this.#answer.settled();
    await this.untilStill(() => !this.device.isBusy(SLOT), this.#turnMs);
  }
}
