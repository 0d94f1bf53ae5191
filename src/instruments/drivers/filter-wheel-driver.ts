// What a filter wheel's agent asks of its wheel.
import type { DeviceDriver } from './device-driver.js';

export interface FilterWheelDriver extends DeviceDriver {
  readonly isMoving: boolean;
  /** Names of the filters, by place. */
  readonly names: readonly string[];
  /** Place in the light, from 1; none while it turns or before it was found. */
  readonly position: number | undefined;

  /** @throws InstrumentError (rejects) `ABORTED`, `INVALID_VALUE` */
  turnTo(position: number, signal?: AbortSignal): Promise<void>;

  /** Finds the first place. */
  home?(signal?: AbortSignal): Promise<void>;

  /** Seconds until it stands. */
  etaS(): number;
}
