// Keeps a driver running: connects it, and makes a new one when it has failed.
import type { Clock, Timer } from '../../clock/index.js';
import { errorText } from '../../errors/index.js';
import type { Logger } from '../../log/index.js';
import type { DeviceDriver } from '../drivers/device-driver.js';
import { InstrumentError } from '../errors.js';

/** - `OFFLINE`: told to let go - `STARTING`: trying to make contact - `READY`: connected */
export type HostState = 'OFFLINE' | 'STARTING' | 'READY';

/** What a host needs. */
export interface HostOptions<V extends DeviceDriver> {
  /** Makes a driver; called again after each failure. */
  make: () => V;
  clock: Clock;
  log: Logger;
  /** The driver has failed: whatever runs on it is to be ended with this reason. */
  onFailure: (reason: InstrumentError) => void;
  /** There is a driver again. */
  onReady: (driver: V) => void;
}

/** Pause before the first attempt to start a failed driver anew, doubled with each up to the longest. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

export class DriverHost<V extends DeviceDriver> {
  #state: HostState = 'OFFLINE';
  #reason: string | undefined;
  #driver: V | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #retry: Timer | undefined;
  #attempt: Promise<void> | undefined;
  #giveUp = new AbortController();
  /** Failures so far. */
  failures = 0;

  constructor(private readonly options: HostOptions<V>) {}

  get state(): HostState {
    return this.#state;
  }

  /** Why it is not ready. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** The driver. @throws InstrumentError `NOT_CONNECTED` with the reason */
  get driver(): V {
    if (this.#state === 'READY' && this.#driver) return this.#driver;
    throw new InstrumentError('NOT_CONNECTED', this.#reason ?? 'the driver is not connected: DO x CONNECT');
  }

  /** Makes contact, and keeps it. One attempt is waited for; others follow by themselves when it fails. */
  async connect(): Promise<void> {
    if (this.#state === 'READY') return;
    this.#retry?.cancel();
    this.#attempt ??= this.#try().finally(() => {
      this.#attempt = undefined;
    });
    await this.#attempt;
  }

  /** Lets go, until `connect`. */
  async disconnect(reason = 'disconnected by DO x DISCONNECT'): Promise<void> {
    this.#retry?.cancel();
    this.#giveUp.abort(new InstrumentError('ABORTED', reason));
    await this.#attempt?.catch(() => undefined);
    this.#state = 'OFFLINE';
    this.#reason = reason;
    await this.#release();
  }

  /** The driver does not do what it should: start it anew. */
  fail(driver: V, reason: InstrumentError): void {
    if (driver !== this.#driver || this.#state !== 'READY') return;
    const { log, onFailure } = this.options;
    this.failures += 1;
    this.#state = 'STARTING';
    this.#reason = errorText(reason);
    log.error(`the driver has failed and is started anew: ${this.#reason}`, { code: reason.code });
    onFailure(reason);
    void this.#release().then(() => this.#tryLater());
  }

  async #try(): Promise<void> {
    const { make, onReady, log } = this.options;
    this.#state = 'STARTING';
    this.#giveUp = new AbortController();
    const driver = make();
    try {
      await driver.connect(this.#giveUp.signal);
    } catch (error) {
      await driver.disconnect();
      if (this.#giveUp.signal.aborted) throw error;
      this.#reason = errorText(error);
      log.warn(`the device cannot be reached, and is tried again: ${this.#reason}`);
      this.#tryLater();
      throw error;
    }
    this.#driver = driver;
    driver.onFailure((reason) => this.fail(driver, reason));
    this.#state = 'READY';
    this.#reason = undefined;
    this.#pauseMs = FIRST_PAUSE_MS;
    log.info('connected to the device');
    onReady(driver);
  }

  #tryLater(): void {
    if (this.#state === 'OFFLINE') return;
    this.#retry = this.options.clock.after(this.#pauseMs, () => void this.connect().catch(() => undefined));
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  async #release(): Promise<void> {
    const driver = this.#driver;
    this.#driver = undefined;
    await driver?.disconnect();
  }
}
