// A simulated dome: a shutter and a drive, each with its speed.
import type { Clock } from '../../clock/index.js';
import { normalizeDeg, wrapDeg } from '../../sky/index.js';
import type { DomeDriver, ShutterState } from '../drivers/dome-driver.js';
import { EvenMove } from './even-move.js';
import { SimulatedDevice } from './simulated-device.js';

/** Of the whole way of the shutter. */
const SHUTTER_PER_S = 1 / 20;
const DEG_PER_S = 5;
const PARK_DEG = 180;

export class SimulatedDome extends SimulatedDevice implements DomeDriver {
  readonly parkAzimuthDeg = PARK_DEG;
  readonly endsWithProcess = true;
  /** 0 closed to 1 open. */
  readonly #shutter: EvenMove;
  /** Not wrapped. */
  readonly #drive: EvenMove;

  constructor(clock: Clock) {
    super();
    this.#shutter = new EvenMove(clock, 'shutter', 0, SHUTTER_PER_S);
    this.#drive = new EvenMove(clock, 'dome', PARK_DEG, DEG_PER_S);
  }

  get shutter(): ShutterState {
    const { place, isMoving, aim } = this.#shutter;
    if (isMoving) return aim === 1 ? 'OPENING' : 'CLOSING';
    return place === 0 ? 'CLOSED' : place === 1 ? 'OPEN' : 'UNKNOWN';
  }

  get azimuthDeg(): number {
    return normalizeDeg(this.#drive.place);
  }

  get isTurning(): boolean {
    return this.#drive.isMoving;
  }

  async open(signal?: AbortSignal): Promise<void> {
    const fault = this.obey(signal);
    if (fault) await fault;
    await this.#shutter.moveTo(1, signal);
  }

  async close(): Promise<void> {
    const fault = this.obey();
    if (fault) await fault;
    await this.#shutter.moveTo(0);
  }

  async turnTo(azimuthDeg: number, signal?: AbortSignal): Promise<void> {
    const fault = this.obey(signal);
    if (fault) await fault;
    const { place } = this.#drive;
    await this.#drive.moveTo(place + wrapDeg(azimuthDeg - place), signal);
  }

  async stop(): Promise<void> {
    this.#shutter.stop();
    this.#drive.stop();
  }

  etaS(): number {
    return Math.max(this.#shutter.etaS(), this.#drive.etaS());
  }
}
