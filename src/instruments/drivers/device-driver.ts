// What every device's agent asks of its driver, whatever stands behind: the simulator or an INDI server.
import type { InstrumentError } from '../errors.js';

/** What a simulated device is to do wrong; see `DO x SIMULATE`. */
export type Fault = 'NONE' | 'HANG' | 'REFUSE' | 'DISCONNECT' | 'CRASH';

/**
 * A driver. One that has failed is let go of, and another is made: what its device does meanwhile is the device's.
 * Every method but `disconnect` may reject with InstrumentError `DRIVER`, `NOT_CONNECTED` or `TIMEOUT`.
 */
export interface DeviceDriver {
  /** Makes contact with the device, and finds out what it is. */
  connect(signal?: AbortSignal): Promise<void>;

  /** Lets go of the device. Never rejects. */
  disconnect(): Promise<void>;

  /** Calls back once when the driver or its connection has failed, and is of no use any more. */
  onFailure(listener: (reason: InstrumentError) => void): void;

  /** When the device said something last; none for one that is known at any moment. */
  readonly heardMs?: number | undefined;

  /** Stops whatever moves; resolves when it stands. Always accepted. */
  stop(): Promise<void>;

  /** Brings the device into a known state. */
  init?(signal?: AbortSignal): Promise<void>;

  /** Lets something go wrong: only a simulated device can. @param times - how many commands are to fail */
  simulate?(fault: Fault, times: number): void;
}
