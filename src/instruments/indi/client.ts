// A client of an INDI server: one connection for all of its devices, made anew when it is lost.
import { type Clock, RealClock, type Timer } from '../../clock/index.js';
import { errorText } from '../../errors/index.js';
import { type Connection, connect } from '../../socket/index.js';
import { InstrumentError } from '../errors.js';
import { type CommandWait, RunningCommands } from './commands.js';
import { ElementReader, type IndiElement } from './element-reader.js';
import { shown } from './errors.js';
import { DEFAULT_INDI_LIMITS, type IndiLimits } from './limits.js';
import { Listeners } from './listeners.js';
import { type IndiBlob, PropertyStore } from './property-store.js';
import type { IndiVector } from './vector.js';
import { enableBlobXml, getPropertiesXml, type NewValues, newVectorXml, pingReplyXml } from './write-xml.js';

/** Where an INDI server is, and how it is treated. */
export interface IndiClientOptions {
  host: string;
  port: number;
  /** By which deadlines run. @defaultValue the system's: a real device knows no simulated time */
  clock?: Clock;
  limits?: Partial<IndiLimits>;
}

/** What happens at one device. */
export interface DeviceEvents {
  onDefined?(vector: IndiVector): void;
  onSet?(vector: IndiVector): void;
  onBlob?(blob: IndiBlob | Error): void;
  /** The driver has died, or a property is gone, or the connection; `error` says which. */
  onGone?(error: InstrumentError, name: string | undefined): void;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** Pauses between attempts to connect. */
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 10_000;

/** A silent server is asked for something after the first, and given up after the second. */
const ASK_AFTER_MS = 15_000;
const SILENT_FOR_MS = 45_000;

/** Words of a device that are kept, to tell why it has said no. */
const MAX_WORDS = 4;
const MAX_WORDS_LENGTH = 500;

/** A client of one INDI server. It connects at once, and again until it is closed. */
export class IndiClient {
  readonly clock: Clock;
  readonly #limits: IndiLimits;
  readonly #store: PropertyStore;
  readonly #commands: RunningCommands;
  readonly #words = new Map<string, string[]>();
  readonly #blobDevices = new Set<string>();
  readonly #events = new Listeners<DeviceEvents & { device: string }>();
  readonly #ups = new Listeners<() => void>();
  #connection: Connection | undefined;
  #retryMs = FIRST_RETRY_MS;
  #timer: Timer | undefined;
  #begunMs = 0;
  #heardMs = 0;
  #lastError: Error | undefined;
  #isClosed = false;

  constructor(private readonly options: IndiClientOptions) {
    this.clock = options.clock ?? new RealClock();
    this.#limits = { ...DEFAULT_INDI_LIMITS, ...options.limits };
    this.#commands = new RunningCommands(this.clock, (device) => this.#words.get(device)?.join('; '));
    this.#store = new PropertyStore(this.#limits, {
      onDefined: (vector) => this.#each(vector.device, (events) => events.onDefined?.(vector)),
      onSet: (vector) => {
        this.#commands.onSet(vector);
        this.#each(vector.device, (events) => events.onSet?.(vector));
      },
      onDeleted: (device, name) => this.#gone(device, name),
      onMessage: (device, text) => this.#heard(device, text),
      onBlob: (blob, device) => this.#each(device, (events) => events.onBlob?.(blob)),
    });
    void this.#connect();
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Names of the devices that the server has told of. */
  get devices(): string[] {
    return this.#store.devices;
  }

  vector(device: string, name: string): IndiVector | undefined {
    return this.#store.vector(device, name);
  }

  /** Commands that wait. */
  get runningCommands(): number {
    return this.#commands.count;
  }

  /** Listens to one device; returns how to stop. */
  listen(device: string, events: DeviceEvents): () => void {
    return this.#events.add({ ...events, device });
  }

  /** Listens to connections being made; returns how to stop. */
  onConnected(listener: () => void): () => void {
    return this.#ups.add(listener);
  }

  /**
   * Sends new values of a property, and waits until it says that they are taken or what they ask for is done.
   * @throws InstrumentError (rejects) as {@link RunningCommands.wait}; at once, and without asking the server, which
   *   would keep silent: `NOT_CONNECTED`; `NOT_IMPLEMENTED` when there is no such property or element;
   *   `INVALID_OPERATION` when it cannot be written; `INVALID_VALUE` when a number is out of range
   */
  async command(device: string, name: string, values: NewValues, wait: CommandWait): Promise<IndiVector> {
    if (wait.signal?.aborted) {
      throw new InstrumentError('ABORTED', `${shown(device)} ${name}: called off`, wait.signal.reason);
    }
    const vector = this.#writable(device, name, values);
    // Of what it says from now on, the last is why it refuses.
    this.#words.delete(device);
    const done = this.#commands.wait(vector, wait);
    this.#connection?.send(newVectorXml(vector, values));
    return done;
  }

  /** Asks for the BLOBs of a device, now and after each reconnection. */
  enableBlobs(device: string): void {
    this.#blobDevices.add(device);
    this.#connection?.send(enableBlobXml(device));
  }

  /** Why there is no connection. */
  notConnected(): InstrumentError {
    const { host, port } = this.options;
    const why = this.#lastError ? `: ${errorText(this.#lastError)}` : '';
    return new InstrumentError('NOT_CONNECTED', `no INDI server at ${host}:${port}${why}`, this.#lastError);
  }

  /** Ends it; commands that run fail. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#connection?.end();
    this.#lost(new Error('this client was closed'));
  }

  #writable(device: string, name: string, values: NewValues): IndiVector {
    if (!this.#connection) throw this.notConnected();
    const vector = this.vector(device, name);
    if (!vector) throw new InstrumentError('NOT_IMPLEMENTED', `${shown(device)} has no property ${name}`);
    if (!vector.canWrite) throw new InstrumentError('INVALID_OPERATION', `${vector.title} can only be read`);
    for (const [key, value] of Object.entries(values)) {
      const member = vector.members.get(key);
      if (!member) throw new InstrumentError('NOT_IMPLEMENTED', `${vector.title} has no element ${key}`);
      if (vector.kind === 'Number') checkRange(`${vector.title} ${key}`, Number(value), member);
    }
    return vector;
  }

  async #connect(): Promise<void> {
    const { host, port } = this.options;
    try {
      const connection = await connect({ host, port, timeoutMs: CONNECT_TIMEOUT_MS });
      if (this.#isClosed) return connection.destroy();
      this.#begin(connection);
    } catch (error) {
      this.#lastError = error as Error;
      this.#retryLater();
    }
  }

  #begin(connection: Connection): void {
    this.#connection = connection;
    this.#begunMs = this.clock.now();
    this.#heardMs = this.#begunMs;
    const reader = new ElementReader(this.#limits, (element) => this.#take(element));
    connection.start({
      onData: (chunk) => this.#read(connection, reader, chunk),
      onClose: (error) => {
        if (this.#connection === connection) this.#lost(error ?? new Error('the server has closed it'));
      },
    });
    connection.send(getPropertiesXml());
    for (const device of this.#blobDevices) connection.send(enableBlobXml(device));
    this.#watchSilence(connection);
    this.#ups.each((listener) => listener());
  }

  #read(connection: Connection, reader: ElementReader, chunk: Buffer): void {
    if (this.#connection !== connection) return;
    this.#heardMs = this.clock.now();
    try {
      reader.push(chunk);
    } catch (error) {
      // Whatever comes behind it cannot be understood either.
      connection.destroy();
      this.#lost(error as Error);
    }
  }

  #take(element: IndiElement): void {
    if (element.tag === 'pingRequest') {
      this.#connection?.send(pingReplyXml(element.attributes.get('uid') ?? ''));
    } else this.#store.apply(element);
  }

  #lost(error: Error): void {
    const wasConnected = this.#connection !== undefined;
    // One that was good for a while is worth being called again soon.
    if (wasConnected && this.clock.now() - this.#begunMs > LONGEST_RETRY_MS) this.#retryMs = FIRST_RETRY_MS;
    this.#connection = undefined;
    this.#lastError = error;
    this.#timer?.cancel();
    if (wasConnected) this.#commands.fail(this.notConnected());
    this.#store.clear();
    this.#words.clear();
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#isClosed) return;
    this.#timer = this.clock.after(this.#retryMs, () => void this.#connect());
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
  }

  /** A host that has lost its power closes no connection. */
  #watchSilence(connection: Connection): void {
    this.#timer = this.clock.after(ASK_AFTER_MS, () => {
      const silentMs = this.clock.now() - this.#heardMs;
      const [device] = this.devices;
      if (silentMs >= SILENT_FOR_MS && device !== undefined) {
        connection.destroy();
        return this.#lost(new Error(`nothing was heard of it for ${silentMs / 1000} s`));
      }
      // Only a server with devices has an answer.
      if (device !== undefined) connection.send(getPropertiesXml(device, 'CONNECTION'));
      return this.#watchSilence(connection);
    });
  }

  #gone(device: string, name: string | undefined): void {
    const what =
      name === undefined ? `the driver of ${shown(device)} has died` : `${shown(device)} ${name} is gone`;
    const error = this.#connection ? new InstrumentError('DRIVER', what) : this.notConnected();
    this.#commands.fail(error, device, name);
    this.#each(device, (events) => events.onGone?.(error, name));
  }

  #heard(device: string | undefined, text: string): void {
    if (device === undefined || !this.devices.includes(device)) return;
    const words = this.#words.get(device) ?? [];
    words.push(text.slice(0, MAX_WORDS_LENGTH));
    this.#words.set(device, words.slice(-MAX_WORDS));
  }

  #each(device: string, call: (events: DeviceEvents) => void): void {
    this.#events.each((events) => {
      if (events.device === device) call(events);
    });
  }
}

function checkRange(title: string, value: number, { min, max }: { min: number; max: number }): void {
  if (Number.isFinite(value) && !(min < max && (value < min || value > max))) return;
  const range = min < max ? `from ${min} to ${max}` : 'a number';
  throw new InstrumentError('INVALID_VALUE', `${title} is ${value}: it must be ${range}`);
}
