// A focuser at an INDI server.
import type { FocuserDriver } from '../drivers/focuser-driver.js';
import { InstrumentError, outOfRange } from '../errors.js';
import { Answer } from './answer.js';
import { IndiDriver, type IndiDriverOptions } from './driver.js';
import { Moves } from './moves.js';
import type { IndiVector } from './vector.js';

/** A focuser. */
export interface IndiFocuserOptions extends IndiDriverOptions {
  /** For a move. @defaultValue 120 000 */
  moveMs?: number;
}

const MOVE_MS = 120_000;
const PLACE = 'ABS_FOCUS_POSITION';
const VALUE = 'FOCUS_ABSOLUTE_POSITION';

/** A focuser at an INDI server. */
export class IndiFocuser extends IndiDriver implements FocuserDriver {
  protected readonly needed = [PLACE];
  /** Of the tube; not there when the focuser has no thermometer. */
  temperatureC?: number;
  readonly #moveMs: number;
  readonly #moves = new Moves();
  readonly #answer = new Answer();
  #way: { startMs: number; from: number; to: number } | undefined;

  constructor(options: IndiFocuserOptions) {
    super(options);
    this.#moveMs = options.moveMs ?? MOVE_MS;
  }

  get isMoving(): boolean {
    return this.#moves.isMoving || this.#answer.isAwaited || this.device.isBusy(PLACE);
  }

  /** Where it stands, in steps from 0. */
  get position(): number {
    const position = this.device.number(PLACE, VALUE);
    if (position !== undefined) return position;
    throw new InstrumentError('VALUE_NOT_SET', `${this.title} does not say where it stands`);
  }

  /** The last step that it reaches. */
  get lastStep(): number {
    return this.device.vector(PLACE)?.members.get(VALUE)?.max ?? 0;
  }

  /** @throws InstrumentError (rejects) `ABORTED`, `INVALID_VALUE`, `DRIVER`, `TIMEOUT` */
  async moveTo(position: number, signal?: AbortSignal): Promise<void> {
    this.assertConnected();
    if (!Number.isInteger(position) || position < 0 || position > this.lastStep) {
      throw outOfRange('the position of the focuser', position, `a whole number from 0 to ${this.lastStep}`);
    }
    if (!this.isMoving && this.position === position) return;
    this.#way = { startMs: this.device.clock.now(), from: this.position, to: position };
    await this.#moves.run(
      'a newer move',
      signal,
      (move) => this.#move(position, move),
      () => this.#halt(),
    );
  }

  async stop(): Promise<void> {
    this.assertConnected();
    this.#moves.supersede('a stop');
    await this.#halt();
  }

  /** Seconds until it stands, from how far it has come. */
  etaS(): number {
    if (!this.isMoving || !this.#way) return 0;
    const { startMs, from, to } = this.#way;
    const done = Math.abs(this.position - from);
    const left = Math.abs(to - this.position);
    return done === 0 ? 0 : ((left / done) * (this.device.clock.now() - startMs)) / 1000;
  }

  protected async prepare(): Promise<void> {
    this.#readTemperature();
    this.whileConnected(this.device.listen({ onSet: () => this.#readTemperature() }));
  }

  protected override letGo(reason: InstrumentError): void {
    this.#moves.fail(reason);
  }

  #readTemperature(): void {
    const temperatureC = this.device.number('FOCUS_TEMPERATURE', 'TEMPERATURE');
    if (temperatureC !== undefined) this.temperatureC = temperatureC;
  }

  async #move(position: number, signal: AbortSignal): Promise<void> {
    const isDone = (vector: IndiVector, wasBusy: boolean) =>
      vector.state !== 'Busy' && (wasBusy || vector.number(VALUE) === position);
    const move = this.device.set(PLACE, { [VALUE]: position }, { deadlineMs: this.#moveMs, isDone });
    await this.#answer.of(move, signal);
    if (this.position === position) return;
    throw new InstrumentError(
      'DRIVER',
      `${this.title} has stopped at ${this.position} instead of ${position}`,
    );
  }

  async #halt(): Promise<void> {
    if (!this.device.has('FOCUS_ABORT_MOTION')) await this.#answer.settled();
    // Some drivers hear nothing while they move: the stop is acknowledged when that is over.
    else await this.device.set('FOCUS_ABORT_MOTION', { ABORT: true }, { deadlineMs: this.#moveMs });
    await this.untilStill(() => !this.device.isBusy(PLACE), this.#moveMs);
    this.#answer.forget();
  }
}
