// What all drivers of INDI devices have in common: they connect, they fail once, they let go.
import type { Clock } from '../../clock/index.js';
import { InstrumentError } from '../errors.js';
import { IndiDevice, type Patience } from './device.js';
import { shown } from './errors.js';
import { type Lease, leaseClient } from './shared-clients.js';

/** Where a device is. */
export interface IndiDriverOptions {
  host: string;
  port: number;
  /** Its name at the INDI server, such as `Telescope Simulator`. */
  device: string;
  /** By which deadlines run. @defaultValue the system's: a real device knows no simulated time */
  clock?: Clock;
  /** For connecting, until all properties are known. @defaultValue 15 000 */
  connectMs?: number;
  /** Between two looks of the driver at its device, where it can be set. @defaultValue as it is */
  pollingMs?: number;
}

const CONNECT_MS = 15_000;

/** For commands that only set something. */
export const SETTING_MS = 5_000;

/**
 * A driver of one device of an INDI server. One that has failed is let go of, and a new one connects: the server
 * starts its own drivers again.
 */
export abstract class IndiDriver {
  protected readonly device: IndiDevice;
  readonly #lease: Lease;
  readonly #connectMs: number;
  readonly #pollingMs: number | undefined;
  readonly #failureListeners: ((reason: InstrumentError) => void)[] = [];
  readonly #stops: (() => void)[] = [];
  #failure: InstrumentError | undefined;
  #isConnected = false;
  #heardMs: number | undefined;

  constructor(options: IndiDriverOptions) {
    this.#lease = leaseClient(options);
    this.device = new IndiDevice(this.#lease.client, options.device);
    this.#connectMs = options.connectMs ?? CONNECT_MS;
    this.#pollingMs = options.pollingMs;
  }

  /**
   * Connects the device, and makes it ready.
   * @throws InstrumentError (rejects) `NOT_CONNECTED`, `DRIVER`, `TIMEOUT`, `ABORTED`
   */
  async connect(signal?: AbortSignal): Promise<void> {
    const patience: Patience = { deadlineMs: this.#connectMs, signal };
    await this.device.connect(patience);
    await this.device.defined(this.needed, patience);
    this.#watch();
    if (this.#pollingMs !== undefined && this.device.has('POLLING_PERIOD', 'PERIOD_MS')) {
      await this.setting('POLLING_PERIOD', { PERIOD_MS: this.#pollingMs });
    }
    await this.prepare(signal);
    this.#throwFailure();
    this.#isConnected = true;
  }

  /** Lets go of the device, which stays connected to its server: others may use it too. */
  async disconnect(): Promise<void> {
    this.#isConnected = false;
    for (const stop of this.#stops.splice(0)) stop();
    this.#failure ??= new InstrumentError('NOT_CONNECTED', `${this.title} was let go of`);
    this.letGo(this.#failure);
    this.#lease.release();
  }

  /** Many say nothing while they stand: that is no fault, but what is known of them is as old as that. */
  get heardMs(): number | undefined {
    return this.#heardMs;
  }

  /** The device itself, for what only it has. */
  get indi(): IndiDevice {
    return this.device;
  }

  /** Calls back once when the driver or its connection has failed, and is of no use any more. */
  onFailure(listener: (reason: InstrumentError) => void): void {
    this.#failureListeners.push(listener);
  }

  /** Properties without which it cannot work. */
  protected abstract readonly needed: readonly string[];

  /** Sets what must be set, and begins to listen. */
  protected abstract prepare(signal?: AbortSignal): Promise<void>;

  /** What runs, and waits for more than a command, has failed. */
  protected letGo(_reason: InstrumentError): void {}

  protected get isConnected(): boolean {
    return this.#isConnected && this.#failure === undefined;
  }

  protected get title(): string {
    return shown(this.device.name);
  }

  /** Sets something that is done at once; what the device does not have is an error. */
  protected async setting(
    property: string,
    values: Record<string, string | number | boolean>,
  ): Promise<void> {
    await this.device.set(property, values, { deadlineMs: SETTING_MS });
  }

  /** @throws InstrumentError (rejects) `TIMEOUT` */
  protected async untilStill(isStill: () => boolean, deadlineMs: number): Promise<void> {
    const late = () => new InstrumentError('TIMEOUT', `${this.title} has not come to a halt`);
    await this.device.until(isStill, { deadlineMs }, late);
  }

  /** Stops listening when it is let go of. */
  protected whileConnected(stop: () => void): void {
    this.#stops.push(stop);
  }

  /** @throws InstrumentError `NOT_CONNECTED`, or why it has failed */
  protected assertConnected(): void {
    this.#throwFailure();
    if (!this.#isConnected) throw new InstrumentError('NOT_CONNECTED', `${this.title} is not connected`);
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure;
  }

  #watch(): void {
    this.#heardMs = this.device.clock.now();
    const stop = this.device.listen({
      onGone: (error, name) => {
        if (name === undefined || this.needed.includes(name)) this.#fail(error);
      },
      onSet: ({ name, state }) => {
        this.#heardMs = this.device.clock.now();
        if (name === 'CONNECTION' && state !== 'Busy' && !this.device.isOn('CONNECTION', 'CONNECT')) {
          this.#fail(
            new InstrumentError('NOT_CONNECTED', `${this.title} was disconnected at the INDI server`),
          );
        }
      },
    });
    this.whileConnected(stop);
  }

  #fail(reason: InstrumentError): void {
    if (this.#failure) return;
    this.#failure = reason;
    this.letGo(reason);
    for (const listener of this.#failureListeners.splice(0)) listener(reason);
  }
}
