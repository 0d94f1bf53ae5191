// A simulated focuser: where it is sharp goes with the temperature, which goes with the hour.
import type { Clock } from '../../clock/index.js';
import type { FocuserDriver } from '../drivers/focuser-driver.js';
import { outOfRange } from '../errors.js';
import { EvenMove } from './even-move.js';
import { SimulatedDevice } from './simulated-device.js';

/** What a simulated focuser is like. */
export interface FocuserModel {
  lastStep: number;
  /** Where it is sharp, at {@link REFERENCE_C}. */
  sharpStep: number;
}

const STEPS_PER_S = 1000;
/** Steps that the focus moves for a degree. */
const STEPS_PER_C = -20;
export const REFERENCE_C = 10;
/** Half of the difference between day and night. */
const SWING_C = 5;
const DAY_MS = 86_400_000;

export class SimulatedFocuser extends SimulatedDevice implements FocuserDriver {
  readonly lastStep: number;
  readonly #motor: EvenMove;

  constructor(
    private readonly clock: Clock,
    private readonly model: FocuserModel,
  ) {
    super();
    this.lastStep = model.lastStep;
    this.#motor = new EvenMove(clock, 'focuser', Math.round(model.lastStep / 2), STEPS_PER_S);
  }

  get isMoving(): boolean {
    return this.#motor.isMoving;
  }

  get position(): number {
    return Math.round(this.#motor.place);
  }

  /** Warmest in the middle of the day, by Greenwich. */
  get temperatureC(): number {
    return REFERENCE_C - SWING_C * Math.cos((2 * Math.PI * this.clock.now()) / DAY_MS);
  }

  get sharpPosition(): number {
    return Math.round(this.model.sharpStep + STEPS_PER_C * (this.temperatureC - REFERENCE_C));
  }

  async moveTo(position: number, signal?: AbortSignal): Promise<void> {
    if (!(position >= 0 && position <= this.lastStep))
      throw outOfRange('the position', position, `from 0 to ${this.lastStep} steps`);
    const fault = this.obey(signal);
    if (fault) await fault;
    await this.#motor.moveTo(position, signal);
  }

  async home(signal?: AbortSignal): Promise<void> {
    await this.moveTo(0, signal);
  }

  async stop(): Promise<void> {
    this.#motor.stop();
  }

  etaS(): number {
    return this.#motor.etaS();
  }
}
