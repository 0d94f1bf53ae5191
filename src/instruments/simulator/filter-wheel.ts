// A simulated filter wheel: it turns the short way round.
import type { Clock } from '../../clock/index.js';
import type { FilterWheelDriver } from '../drivers/filter-wheel-driver.js';
import { outOfRange } from '../errors.js';
import { EvenMove } from './even-move.js';
import { SimulatedDevice } from './simulated-device.js';

const PLACES_PER_S = 2;

export class SimulatedFilterWheel extends SimulatedDevice implements FilterWheelDriver {
  /** In places from the first, not wrapped. */
  readonly #wheel: EvenMove;

  constructor(
    clock: Clock,
    readonly names: readonly string[],
  ) {
    super();
    this.#wheel = new EvenMove(clock, 'filter wheel', 0, PLACES_PER_S);
  }

  get isMoving(): boolean {
    return this.#wheel.isMoving;
  }

  get position(): number | undefined {
    const { place } = this.#wheel;
    return this.isMoving || !Number.isInteger(place) ? undefined : this.#wrapped(place) + 1;
  }

  async turnTo(position: number, signal?: AbortSignal): Promise<void> {
    const count = this.names.length;
    if (!(Number.isInteger(position) && position >= 1 && position <= count))
      throw outOfRange('the place of the filter', position, `from 1 to ${count}`);
    const fault = this.obey(signal);
    if (fault) await fault;
    const here = this.#wheel.place;
    const way = this.#wrapped(position - 1 - here);
    await this.#wheel.moveTo(Math.round(here + (way > count / 2 ? way - count : way)), signal);
  }

  async home(signal?: AbortSignal): Promise<void> {
    await this.turnTo(1, signal);
  }

  async init(signal?: AbortSignal): Promise<void> {
    await this.home(signal);
  }

  async stop(): Promise<void> {
    this.#wheel.stop();
  }

  etaS(): number {
    return this.#wheel.etaS();
  }

  #wrapped(place: number): number {
    const count = this.names.length;
    return ((place % count) + count) % count;
  }
}
