// One device of an INDI server.
import type { Clock, Timer } from '../../clock/index.js';
import { InstrumentError } from '../errors.js';
import type { DeviceEvents, IndiClient } from './client.js';
import type { CommandWait } from './commands.js';
import { shown } from './errors.js';
import type { IndiVector } from './vector.js';
import type { NewValues } from './write-xml.js';

/** How something is waited for. */
export interface Patience {
  deadlineMs: number;
  signal?: AbortSignal | undefined;
}

/** A device by its name, whether or not it is there. */
export class IndiDevice {
  readonly clock: Clock;

  constructor(
    readonly client: IndiClient,
    readonly name: string,
  ) {
    this.clock = client.clock;
  }

  vector(property: string): IndiVector | undefined {
    return this.client.vector(this.name, property);
  }

  /** Whether it has a property, and that has an element. */
  has(property: string, member?: string): boolean {
    const vector = this.vector(property);
    return vector !== undefined && (member === undefined || vector.members.has(member));
  }

  number(property: string, member: string): number | undefined {
    return this.vector(property)?.number(member);
  }

  text(property: string, member: string): string | undefined {
    return this.vector(property)?.text(member);
  }

  isOn(property: string, member: string): boolean {
    return this.vector(property)?.isOn(member) ?? false;
  }

  isBusy(property: string): boolean {
    return this.vector(property)?.state === 'Busy';
  }

  /** As {@link IndiClient.command}. */
  set(property: string, values: NewValues, wait: CommandWait): Promise<IndiVector> {
    return this.client.command(this.name, property, values, wait);
  }

  listen(events: DeviceEvents): () => void {
    return this.client.listen(this.name, events);
  }

  /**
   * Connects the server's driver to its device.
   * @throws InstrumentError (rejects) `NOT_CONNECTED` when the server or the device is not there; `DRIVER` when the
   *   driver finds no device; `TIMEOUT`; `ABORTED`
   */
  async connect(patience: Patience): Promise<void> {
    const isThere = () => this.client.isConnected && this.has('CONNECTION');
    await this.until(isThere, patience, () => this.#notThere());
    if (this.isOn('CONNECTION', 'CONNECT') && !this.isBusy('CONNECTION')) return;
    await this.set(
      'CONNECTION',
      { CONNECT: true },
      { ...patience, isDone: (vector) => vector.state !== 'Busy' && vector.isOn('CONNECT') },
    );
  }

  /** Waits for the definitions of properties: many come only once the device is connected. */
  async defined(properties: readonly string[], patience: Patience): Promise<void> {
    const missing = () => properties.filter((property) => !this.has(property));
    await this.until(
      () => missing().length === 0,
      patience,
      () => new InstrumentError('DRIVER', `${shown(this.name)} has no ${missing().join(', ')}`),
    );
  }

  /**
   * Waits for a condition, which is asked whenever the device tells something.
   * @throws what `late` makes (rejects), after the deadline; `ABORTED` by the signal
   */
  until(
    condition: () => boolean,
    { deadlineMs, signal }: Patience,
    late: () => InstrumentError,
  ): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const stops: (() => void)[] = [];
      const end = (error?: InstrumentError) => {
        for (const stop of stops) stop();
        timer.cancel();
        if (error) reject(error);
        else resolve();
      };
      const look = () => condition() && end();
      const abort = () =>
        end(new InstrumentError('ABORTED', `${shown(this.name)}: called off`, signal?.reason));
      const timer: Timer = this.clock.after(deadlineMs, () => end(late()));
      stops.push(this.listen({ onDefined: look, onSet: look, onGone: look }));
      stops.push(this.client.onConnected(look));
      stops.push(() => signal?.removeEventListener('abort', abort));
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
    });
  }

  #notThere(): InstrumentError {
    if (!this.client.isConnected) return this.client.notConnected();
    const others = this.client.devices.sort().slice(0, 10).map(shown).join(', ');
    const text = `the INDI server has no device ${shown(this.name)}; it has ${others || 'none'}`;
    return new InstrumentError('NOT_CONNECTED', text);
  }
}
