// A simulated PLC: its inputs are set by a person or a test; it closes the dome by itself.
import type { Clock, Timer } from '../../clock/index.js';
import type { Interlock, PlcDriver, PlcInputs } from '../drivers/plc-driver.js';
import { SimulatedDevice } from './simulated-device.js';

const NORMAL: PlcInputs = {
  rain: false,
  doorOpen: false,
  power: true,
  chargePercent: 100,
  emergency: false,
  light: false,
};

const CAUSES: Record<Exclude<Interlock, 'HEARTBEAT'>, string> = {
  RAIN: 'the rain sensor is wet',
  DOOR: 'the door stands open',
  POWER: 'there is no power from outside',
  EMERGENCY: 'the emergency stop is pressed',
};

export class SimulatedPlc extends SimulatedDevice implements PlcDriver {
  readonly #interlocks = new Map<Interlock, string>();
  #inputs = NORMAL;
  #listener: (() => void) | undefined;
  #heartbeatEndMs: number | undefined;
  #timer: Timer | undefined;

  /** @param closeDome - the wire to the dome; returns when it is closed */
  constructor(
    private readonly clock: Clock,
    private readonly closeDome: (reason: string) => Promise<void>,
    /** Shortest time after which a sign of life is missed, whatever was said. */
    private readonly leastMs = 0,
  ) {
    super();
    this.#interlocks.set('HEARTBEAT', 'nobody has given a sign of life yet: DO PLC HEARTBEAT');
  }

  get inputs(): PlcInputs {
    return this.#inputs;
  }

  get interlocks(): ReadonlyMap<Interlock, string> {
    return this.#interlocks;
  }

  get heartbeatLeftS(): number | undefined {
    return this.#heartbeatEndMs && Math.max(0, this.#heartbeatEndMs - this.clock.now()) / 1000;
  }

  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  async heartbeat(ttlS: number): Promise<void> {
    const fault = this.obey();
    if (fault) await fault;
    const ttlMs = Math.max(ttlS * 1000, this.leastMs);
    this.#heartbeatEndMs = this.clock.now() + ttlMs;
    this.#timer?.cancel();
    this.#timer = this.clock.after(ttlMs, () => this.#missed(ttlS));
    if (this.#interlocks.delete('HEARTBEAT')) this.#listener?.();
  }

  async closeAll(): Promise<void> {
    const fault = this.obey();
    if (fault) await fault;
    await this.closeDome('DO PLC CLOSE_ALL');
  }

  /** Emergency stop and power hold on until somebody has looked; the others go with their cause. */
  async reset(): Promise<void> {
    const fault = this.obey();
    if (fault) await fault;
    if (!this.#inputs.emergency) this.#interlocks.delete('EMERGENCY');
    if (this.#inputs.power) this.#interlocks.delete('POWER');
    this.#listener?.();
  }

  async setLight(on: boolean): Promise<void> {
    const fault = this.obey();
    if (fault) await fault;
    this.setInput({ light: on });
  }

  setInput(inputs: Partial<PlcInputs>): void {
    this.#inputs = { ...this.#inputs, ...inputs };
    const { rain, doorOpen, power, emergency } = this.#inputs;
    this.#hold('RAIN', rain, rain);
    this.#hold('DOOR', doorOpen, doorOpen);
    this.#hold('POWER', !power, true);
    this.#hold('EMERGENCY', emergency, true);
    this.#listener?.();
    if (rain || !power || emergency) this.#close();
  }

  /** There is nothing in it that moves. */
  async stop(): Promise<void> {}

  override async disconnect(): Promise<void> {
    await super.disconnect();
    this.#listener = undefined;
  }

  #hold(interlock: Exclude<Interlock, 'HEARTBEAT'>, holds: boolean, stays: boolean): void {
    if (holds) this.#interlocks.set(interlock, CAUSES[interlock]);
    else if (!stays) this.#interlocks.delete(interlock);
  }

  #missed(ttlS: number): void {
    this.#heartbeatEndMs = undefined;
    this.#interlocks.set('HEARTBEAT', `the sign of life of ${ttlS} s was missed`);
    this.#listener?.();
    this.#close();
  }

  #close(): void {
    const reasons = [...this.#interlocks.keys()].join(', ');
    this.closeDome(reasons).catch(() => undefined);
  }
}
