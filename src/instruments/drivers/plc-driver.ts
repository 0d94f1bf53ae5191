// What the PLC's agent asks of the controller that watches over people and building.
import type { DeviceDriver } from './device-driver.js';

/** What a PLC's inputs say. */
export interface PlcInputs {
  rain: boolean;
  doorOpen: boolean;
  /** There is power from outside. */
  power: boolean;
  /** Of the battery, in percent. */
  chargePercent: number;
  emergency: boolean;
  light: boolean;
}

/** Why the dome must not be open, or nothing move. */
export type Interlock = 'RAIN' | 'DOOR' | 'POWER' | 'EMERGENCY' | 'HEARTBEAT';

export interface PlcDriver extends DeviceDriver {
  readonly inputs: PlcInputs;
  /** Those that hold, each with its cause. Some hold on until `reset`. */
  readonly interlocks: ReadonlyMap<Interlock, string>;
  /** Seconds until the sign of life is missed; none before the first. */
  readonly heartbeatLeftS: number | undefined;

  /** Calls back whenever inputs or interlocks have changed. */
  onChange(listener: () => void): void;

  /** A sign of life of who runs the night: the next must come within `ttlS`. */
  heartbeat(ttlS: number): Promise<void>;

  /** Closes everything that can be closed. */
  closeAll(): Promise<void>;

  /** Releases the interlocks whose cause has gone. */
  reset(): Promise<void>;

  setLight(on: boolean): Promise<void>;

  /** Sets an input: only a simulated PLC can. */
  setInput?(inputs: Partial<PlcInputs>): void;
}
