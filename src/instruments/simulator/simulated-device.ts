// What all simulated devices have in common: contact that can be lost, and faults on request.
import type { DeviceDriver, Fault } from '../drivers/device-driver.js';
import { InstrumentError } from '../errors.js';

/** Base of the drivers of devices that are not there. One is connected from the beginning. */
export abstract class SimulatedDevice implements DeviceDriver {
  #session = new AbortController();
  #listener: ((reason: InstrumentError) => void) | undefined;
  #fault: Fault = 'NONE';
  #times = 0;

  async connect(): Promise<void> {
    if (this.#session.signal.aborted) this.#session = new AbortController();
  }

  async disconnect(): Promise<void> {
    this.#listener = undefined;
    this.#session.abort(new InstrumentError('NOT_CONNECTED', 'the simulated device was disconnected'));
  }

  onFailure(listener: (reason: InstrumentError) => void): void {
    this.#listener = listener;
  }

  abstract stop(): Promise<void>;

  simulate(fault: Fault, times: number): void {
    if (fault === 'DISCONNECT')
      this.#fail(new InstrumentError('NOT_CONNECTED', 'the connection was lost (simulated)'));
    else if (fault === 'CRASH')
      this.#fail(new InstrumentError('DRIVER', 'the driver has crashed (simulated)'));
    else {
      this.#fault = fault;
      this.#times = times;
    }
  }

  /** Aborts when the contact is lost. */
  protected get session(): AbortSignal {
    return this.#session.signal;
  }

  /**
   * To be called at the begin of each command: a fault that was asked for happens here.
   * @returns a promise only when something is wrong
   */
  protected obey(signal?: AbortSignal): Promise<void> | undefined {
    if (this.session.aborted) return Promise.reject(this.session.reason);
    if (this.#fault === 'NONE' || this.#times === 0) return undefined;
    this.#times -= 1;
    if (this.#fault === 'REFUSE')
      return Promise.reject(new InstrumentError('DRIVER', 'the device refuses the command (simulated)'));
    return this.#hang(signal);
  }

  /** No word until somebody gives up. */
  #hang(signal?: AbortSignal): Promise<void> {
    const end = signal ? AbortSignal.any([signal, this.session]) : this.session;
    return new Promise((_, reject) => {
      if (end.aborted) reject(end.reason);
      else end.addEventListener('abort', () => reject(end.reason), { once: true });
    });
  }

  #fail(reason: InstrumentError): void {
    this.#session.abort(reason);
    this.#listener?.(reason);
  }
}
