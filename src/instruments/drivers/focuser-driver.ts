// What a focuser's agent asks of its motor.
import type { DeviceDriver } from './device-driver.js';

export interface FocuserDriver extends DeviceDriver {
  readonly isMoving: boolean;
  /** Where it stands, in steps from 0. */
  readonly position: number;
  /** The last step that it reaches. */
  readonly lastStep: number;
  /** Where it would be sharp, for cameras that draw their sky themselves. */
  readonly sharpPosition?: number;
  readonly temperatureC?: number;

  /** @throws InstrumentError (rejects) `ABORTED`, `INVALID_VALUE` */
  moveTo(position: number, signal?: AbortSignal): Promise<void>;

  /** Finds the zero. */
  home?(signal?: AbortSignal): Promise<void>;

  /** Seconds until it stands. */
  etaS(): number;
}
