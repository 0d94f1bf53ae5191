// What a dome's agent asks of its shutter and its drive.
import type { DeviceDriver } from './device-driver.js';

/** What a shutter is doing. */
export type ShutterState = 'OPEN' | 'CLOSED' | 'OPENING' | 'CLOSING' | 'UNKNOWN';

export interface DomeDriver extends DeviceDriver {
  readonly shutter: ShutterState;
  readonly azimuthDeg: number;
  /** The drive turns. */
  readonly isTurning: boolean;
  readonly parkAzimuthDeg: number;
  /** It is in this process only: nothing of it is left open when that ends. */
  readonly endsWithProcess?: boolean;

  /** Resolves when it is open. @throws InstrumentError (rejects) `ABORTED` when it was stopped or closed */
  open(signal?: AbortSignal): Promise<void>;

  /** Resolves when it is closed. Always accepted. */
  close(): Promise<void>;

  /** Turns the slit to an azimuth. */
  turnTo(azimuthDeg: number, signal?: AbortSignal): Promise<void>;

  /** Turns to where it is parked, in the way of the device; without it, it is turned to `parkAzimuthDeg`. */
  park?(signal?: AbortSignal): Promise<void>;

  /** Seconds until shutter and drive stand. */
  etaS(): number;
}
