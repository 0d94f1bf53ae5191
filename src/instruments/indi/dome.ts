// A dome at an INDI server.
import { normalizeDeg } from '../../sky/index.js';
import type { DomeDriver, ShutterState } from '../drivers/dome-driver.js';
import { InstrumentError, outOfRange } from '../errors.js';
import { IndiDriver, type IndiDriverOptions } from './driver.js';
import { Moves } from './moves.js';
import type { IndiVector } from './vector.js';

/** A dome. */
export interface IndiDomeOptions extends IndiDriverOptions {
  /** Where it is turned to when it is parked, for those who ask; the driver has its own. @defaultValue 90 */
  parkAzimuthDeg?: number;
  /** For opening or closing. @defaultValue 120 000 */
  shutterMs?: number;
  /** For turning. @defaultValue 180 000 */
  turnMs?: number;
}

const PARK_AZIMUTH_DEG = 90;
const SHUTTER_MS = 120_000;
const TURN_MS = 180_000;
const STOP_MS = 20_000;
const SHUTTER = 'DOME_SHUTTER';
const AZIMUTH = 'ABS_DOME_POSITION';
const VALUE = 'DOME_ABSOLUTE_POSITION';

/** A dome at an INDI server. */
export class IndiDome extends IndiDriver implements DomeDriver {
  protected readonly needed = [SHUTTER, 'DOME_ABORT_MOTION', 'DOME_PARK'];
  readonly parkAzimuthDeg: number;
  readonly #options: IndiDomeOptions;
  readonly #shutterMoves = new Moves();
  readonly #turns = new Moves();
  #untilMs = 0;
  /** It was stopped on its way: the driver's switches then tell what was asked, not what is. */
  #isHalfWay = false;

  constructor(options: IndiDomeOptions) {
    super(options);
    this.#options = options;
    this.parkAzimuthDeg = options.parkAzimuthDeg ?? PARK_AZIMUTH_DEG;
  }

  get shutter(): ShutterState {
    const vector = this.device.vector(SHUTTER);
    if (!this.isConnected || !vector) return 'UNKNOWN';
    const opens = vector.isOn('SHUTTER_OPEN');
    if (vector.state === 'Busy') return opens ? 'OPENING' : 'CLOSING';
    if (vector.state !== 'Ok' || this.#isHalfWay) return 'UNKNOWN';
    return opens ? 'OPEN' : vector.isOn('SHUTTER_CLOSE') ? 'CLOSED' : 'UNKNOWN';
  }

  get azimuthDeg(): number {
    const azimuth = this.device.number(AZIMUTH, VALUE);
    if (azimuth !== undefined) return normalizeDeg(azimuth);
    throw new InstrumentError('VALUE_NOT_SET', `${this.title} does not say where it is turned to`);
  }

  /** The drive turns. */
  get isTurning(): boolean {
    return this.#turns.isMoving || this.device.isBusy(AZIMUTH) || this.device.isBusy('DOME_PARK');
  }

  /** Resolves when it is open. @throws InstrumentError (rejects) `ABORTED` when it was stopped or closed */
  async open(signal?: AbortSignal): Promise<void> {
    this.assertConnected();
    if (this.device.isOn('DOME_PARK', 'PARK')) await this.#unpark();
    await this.#shutterTo('SHUTTER_OPEN', 'an opening', signal);
  }

  /** Resolves when it is closed. Always accepted. */
  async close(): Promise<void> {
    this.assertConnected();
    await this.#shutterTo('SHUTTER_CLOSE', 'a closing', undefined);
  }

  /** Turns the slit to an azimuth. */
  async turnTo(azimuthDeg: number, signal?: AbortSignal): Promise<void> {
    this.assertConnected();
    if (!(azimuthDeg >= 0 && azimuthDeg <= 360))
      throw outOfRange('the azimuth', azimuthDeg, 'from 0 to 360 deg');
    if (this.device.isOn('DOME_PARK', 'PARK')) await this.#unpark();
    const deadlineMs = this.#options.turnMs ?? TURN_MS;
    this.#untilMs = this.device.clock.now() + deadlineMs;
    await this.#turns.run(
      'a newer turn',
      signal,
      async (move) => {
        const isDone = (vector: IndiVector, wasBusy: boolean) =>
          vector.state !== 'Busy' && (wasBusy || isNear(vector.number(VALUE), azimuthDeg));
        const vector = await this.device.set(
          AZIMUTH,
          { [VALUE]: azimuthDeg },
          { deadlineMs, signal: move, isDone },
        );
        if (!isNear(vector.number(VALUE), azimuthDeg)) {
          throw new InstrumentError('ABORTED', `${this.title} has stopped at ${vector.number(VALUE)} deg`);
        }
      },
      () => this.#halt(),
    );
  }

  /** Turns to the driver's park position. */
  async park(signal?: AbortSignal): Promise<void> {
    this.assertConnected();
    const deadlineMs = this.#options.turnMs ?? TURN_MS;
    await this.#turns.run(
      'park',
      signal,
      async (move) => {
        const isDone = (vector: IndiVector) => vector.state !== 'Busy' && vector.isOn('PARK');
        await this.device.set('DOME_PARK', { PARK: true }, { deadlineMs, signal: move, isDone });
        // Many close their shutter, too.
        await this.untilStill(() => !this.device.isBusy(SHUTTER), this.#options.shutterMs ?? SHUTTER_MS);
      },
      () => this.#halt(),
    );
  }

  /** Halts the drive and the shutter. */
  async stop(): Promise<void> {
    this.assertConnected();
    this.#shutterMoves.supersede('a stop');
    this.#turns.supersede('a stop');
    await this.#halt();
  }

  /** Seconds until shutter and drive stand, at most: INDI does not tell how far they are. */
  etaS(): number {
    if (!this.isTurning && !this.device.isBusy(SHUTTER)) return 0;
    return Math.max(0, this.#untilMs - this.device.clock.now()) / 1000;
  }

  protected async prepare(): Promise<void> {}

  protected override letGo(reason: InstrumentError): void {
    this.#shutterMoves.fail(reason);
    this.#turns.fail(reason);
  }

  async #shutterTo(member: string, by: string, signal: AbortSignal | undefined): Promise<void> {
    const deadlineMs = this.#options.shutterMs ?? SHUTTER_MS;
    this.#untilMs = this.device.clock.now() + deadlineMs;
    await this.#shutterMoves.run(
      by,
      signal,
      async (move) => {
        const isDone = (vector: IndiVector, wasBusy: boolean) =>
          vector.isOn(member) && (vector.state === 'Ok' || (wasBusy && vector.state !== 'Busy'));
        this.#isHalfWay = false;
        const vector = await this.device.set(
          SHUTTER,
          { [member]: true },
          { deadlineMs, signal: move, isDone },
        );
        if (vector.state !== 'Ok')
          throw new InstrumentError('ABORTED', `${this.title}: the shutter has stopped half way`);
      },
      () => this.#halt(),
    );
  }

  async #unpark(): Promise<void> {
    const isDone = (vector: IndiVector) => vector.state !== 'Busy' && !vector.isOn('PARK');
    await this.device.set('DOME_PARK', { UNPARK: true }, { deadlineMs: STOP_MS, isDone });
  }

  async #halt(): Promise<void> {
    const busy = () => [SHUTTER, AZIMUTH, 'DOME_PARK'].filter((property) => this.device.isBusy(property));
    if (busy().includes(SHUTTER)) this.#isHalfWay = true;
    let before: number;
    do {
      before = busy().length;
      await this.#abort(() => busy().length < before);
      // An abort may halt one thing only, such as the shutter while the drive turns on.
    } while (busy().length > 0 && busy().length < before);
    await this.untilStill(() => busy().length === 0, STOP_MS);
  }

  /** Some drivers answer as if it had failed, although it has stopped something. */
  async #abort(hasHelped: () => boolean): Promise<void> {
    try {
      await this.device.set('DOME_ABORT_MOTION', { ABORT: true }, { deadlineMs: STOP_MS });
    } catch (error) {
      if (!(error instanceof InstrumentError && error.code === 'DRIVER' && hasHelped())) throw error;
    }
  }
}

/** A dome is not turned more precisely. */
const NEAR_DEG = 3;

function isNear(azimuthDeg: number | undefined, wantedDeg: number): boolean {
  if (azimuthDeg === undefined) return false;
  const apart = normalizeDeg(azimuthDeg - wantedDeg);
  return Math.min(apart, 360 - apart) <= NEAR_DEG;
}
