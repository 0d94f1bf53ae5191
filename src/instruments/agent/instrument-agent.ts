// The agent of one device: takes the sentences of the grammar as messages, and carries them out on its driver.
import type { Config } from '../../config/index.js';
import { errorCode } from '../../errors/index.js';
import { type Action, Agent, agentEntry, type Environment, type MessageContext } from '../../mesh/index.js';
import type { Table } from '../../store/index.js';
import type { DeviceDriver } from '../drivers/device-driver.js';
import { InstrumentError } from '../errors.js';
import {
  ALL_DEVICES,
  type AnswerValues,
  agentOfDevice,
  COMMANDS,
  type Command,
  type CommandKey,
  type CommandParameters,
  type CommandReply,
  type CommandTable,
  DEVICES,
  type DeviceKind,
  type DeviceState,
  deviceOfAgent,
  errorLine,
  okLine,
  progressLine,
  type SpokenCommand,
  understand,
  usage,
} from '../grammar/index.js';
import { Call } from './call.js';
import { CommandLane } from './command-lane.js';
import { type ControlLock, checkControl, lockAt } from './control-lock.js';
import { DriverHost } from './driver-host.js';

/** What a device is doing, for `GET STATE`. */
export interface DeviceReport {
  state: DeviceState;
  reason?: string | undefined;
  /** When that was known. */
  readMs?: number | undefined;
}

/** An action whose answers are written as the grammar wants them, for people. */
export interface SpokenAction extends Action {
  /** The line of an answer, without its end: `OK`, `PROGRESS` with their values, `ERROR` with code and reason. */
  line(kind: 'OK' | 'PROGRESS' | 'ERROR', data: unknown): string;
}

type Reply<R> = R | Promise<R>;
type Handler = (parameters: never, call: Call) => unknown;

/** Begins like a sentence. */
const SENTENCE = /^ *(do|get|set) /i;

/** On a clock that runs fast, nothing is late sooner than this, in ms of real time. */
const LEAST_PATIENCE_MS = 5000;

/** Base of the agents of devices. A subclass names the handler of each command of its device, but for the common ones. */
export abstract class InstrumentAgent<D extends DeviceKind, V extends DeviceDriver> extends Agent {
  // GET never waits behind DO, and STOP overtakes.
  protected override readonly mailboxKind = 'concurrent';
  /** As a sentence names it. */
  readonly device: string;
  /** Limits by their names, in the unit of their command: `ALT`. What was set is kept. */
  protected readonly limits = new Map<string, number>();
  protected readonly host: DriverHost<V>;
  protected readonly lane: CommandLane;
  readonly #handlers = new Map<string, Handler>();
  readonly #commands: CommandTable;
  #settings: Table<string, unknown> | undefined;
  #lock: ControlLock | undefined;

  /**
   * @param name - as in the INI file, after the device: `camera_vis`
   * @param makeDriver - called for each new start of the driver
   */
  constructor(name: string, kind: D, environment: Environment, makeDriver: () => V) {
    super(name, environment);
    const device = deviceOfAgent(name);
    if (device === undefined || DEVICES.get(device) !== kind)
      throw new Error(`an agent of a ${kind} cannot be called ${name}`);
    this.device = device;
    this.#commands = COMMANDS[kind];
    this.lane = new CommandLane(this.clock, (reason) => this.#tooLate(reason));
    this.host = new DriverHost<V>({
      make: makeDriver,
      clock: this.clock,
      log: this.log,
      onFailure: (reason) => this.driverFailed(reason),
      onReady: (driver) => this.driverReady(driver),
    });
    this.#listen();
    this.#handleCommon();
  }

  /** What the device is doing; asked only while its driver is connected. */
  protected abstract report(driver: V): DeviceReport;

  /** Its driver, as `GET CAPABILITIES` names it. */
  protected abstract readonly driverName: string;

  /** The driver. @throws InstrumentError `NOT_CONNECTED` */
  protected get driver(): V {
    return this.host.driver;
  }

  /** What is done on a command, and what it answers. `runs` of its row says what goes on meanwhile. */
  protected handle<K extends CommandKey<D>>(
    key: K,
    run: (parameters: CommandParameters<D, K>, call: Call) => Reply<CommandReply<D, K>>,
  ): void {
    this.#handlers.set(key, run as Handler);
  }

  /** As {@link InstrumentAgent.handle}, of a command that answers nothing but `OK`. */
  protected perform<K extends CommandKey<D>>(
    key: K,
    run: (parameters: CommandParameters<D, K>, call: Call) => void | Promise<void>,
  ): void {
    this.#handlers.set(key, run as Handler);
  }

  /** The parameters of a message of the time before the grammar, from its payload. */
  protected parametersOf(_key: string, _data: unknown): Record<string, unknown> | undefined {
    return undefined;
  }

  /** Whether the driver can do what a command wants; asked for `GET CAPABILITIES`, and before it is tried. */
  protected supports(_key: string, _driver: V): boolean {
    return true;
  }

  /** Called when the driver is connected, also again. */
  protected driverReady(_driver: V): void {}

  /** Called when the driver has failed. What was going on fails at once. */
  protected driverFailed(reason: InstrumentError): void {
    this.lane.end(reason);
  }

  protected override async work(): Promise<void> {
    this.#settings = this.store.table('settings');
    this.#lock = this.#settings.get('lock') as ControlLock | undefined;
    for (const name of this.limits.keys()) {
      const kept = this.#settings.get(`limit ${name}`);
      if (typeof kept === 'number') this.limits.set(name, kept);
    }
    // It must listen even while its device does not answer.
    void this.host.connect().catch(() => undefined);
  }

  protected override async shutdown(): Promise<void> {
    this.lane.end(new InstrumentError('ABORTED', `the agent ${this.name} is stopping`));
    await this.host.disconnect('the agent is stopping');
  }

  protected override status(): Record<string, unknown> {
    const { state, reason } = this.deviceReport();
    return {
      device: this.device,
      deviceState: state,
      ...(reason !== undefined && { deviceReason: reason }),
      driver: this.driverName,
      driverFailures: this.host.failures,
      goesOn: this.lane.running?.name,
    };
  }

  protected override analyzeMessage(message: string): Action | undefined {
    const known = super.analyzeMessage(message);
    if (known || !SENTENCE.test(message)) return known;
    return this.#action(message, 'A sentence of the instrument grammar');
  }

  /** A time span as it is waited for, in ms of observatory time: on a fast clock no shorter than real work takes. */
  protected patienceMs(ms: number): number {
    return Math.max(ms, leastPatienceMs(this.config));
  }

  /** What it is doing, whatever its driver does. */
  protected deviceReport(): DeviceReport {
    if (this.host.state !== 'READY') return { state: this.host.state, reason: this.host.reason };
    if (this.fault !== undefined) return { state: 'ERROR', reason: this.fault };
    return this.report(this.host.driver);
  }

  /** Keeps a value over restarts; resolves when it is on disk. */
  protected async keep(key: string, value: unknown): Promise<void> {
    await this.store.transaction(() => this.#settings?.put(key, value));
  }

  /** A value that was kept. */
  protected kept(key: string): unknown {
    return this.#settings?.get(key);
  }

  /** Each command is a message of its own, listed by `Help`; its parameters make no other message of it. */
  #listen(): void {
    for (const [key, { help }] of Object.entries(this.#commands)) {
      const [verb, item] = key.split(' ');
      const text = `${verb} ${this.device} ${item}`;
      this.actionsByMessage.set(text, this.#action(text, help));
    }
    const stopAll = `DO ${ALL_DEVICES} STOP`;
    this.actionsByMessage.set(stopAll, this.#action(stopAll, 'Stop whatever goes on, on every device'));
  }

  #action(text: string, help: string): SpokenAction {
    let command: Command | undefined;
    return {
      help,
      run: (data, context) => {
        const spoken = this.#spoken(text, data);
        command = spoken.command;
        return this.#carryOut(spoken, data, context);
      },
      line: (kind, data) => {
        if (kind === 'OK') return command ? okLine(command, (data ?? {}) as AnswerValues) : 'OK';
        if (kind === 'PROGRESS') return progressLine(data as AnswerValues);
        const { code, text: reason } = data as { code: string; text: string };
        return errorLine(code, reason);
      },
    };
  }

  #spoken(text: string, data: unknown): SpokenCommand {
    const [verb, , item] = text.split(' ');
    const key = `${verb} ${item}`;
    const parameters = data === undefined ? undefined : this.parametersOf(key, data);
    const command = this.#commands[key];
    if (parameters && command)
      return { device: this.device, key, command, item: item ?? '', parameters, owner: undefined };
    const spoken = understand(text, this.clock.now());
    if (spoken.device === this.device) return spoken;
    if (spoken.device !== ALL_DEVICES) throw this.#elsewhere(spoken.device);
    return { ...spoken, device: this.device, command: this.#commands[spoken.key] ?? spoken.command };
  }

  #elsewhere(device: string): InstrumentError {
    const entry = this.config.agents.get(agentOfDevice(device));
    const place = entry
      ? `${device} is at ${entry.ip} port ${entry.receivePort}`
      : `no agent of ${device} is known`;
    return new InstrumentError('UNKNOWN_COMMAND', `this is the agent of ${this.device}; ${place}`);
  }

  #carryOut(spoken: SpokenCommand, data: unknown, context: MessageContext): unknown {
    const { key, command, parameters } = spoken;
    this.#checkSender(spoken, context.from);
    const { runs } = command;
    if (!key.startsWith('GET ') && runs !== 'stops' && key !== 'DO STOP')
      this.#checkLock(spoken, context.from);
    const handler = this.#handlers.get(key);
    if (!handler || !this.#isSupported(key, command))
      throw new InstrumentError(
        'NOT_IMPLEMENTED',
        `the ${this.driverName} driver of ${this.device} has no ${key}`,
      );
    if (runs === 'now') return this.#now(spoken, handler, data, context);
    this.log.info(`${key} ${JSON.stringify(parameters)}`, { from: context.from ?? 'by hand' });
    const deadlineMs = this.patienceMs(command.deadlineS * 1000);
    return this.lane.run({ name: key, runs, deadlineMs }, async (running) => {
      // Who made something safe may go: that is finished all the same.
      const signal = runs === 'stops' ? running.signal : AbortSignal.any([running.signal, context.signal]);
      const call = new Call(spoken.item, data, context, running, signal);
      try {
        return await handler(parameters as never, call);
      } finally {
        call.close();
      }
    });
  }

  async #now(
    spoken: SpokenCommand,
    handler: Handler,
    data: unknown,
    context: MessageContext,
  ): Promise<unknown> {
    const call = new Call(spoken.item, data, context, undefined, context.signal);
    if (!spoken.key.startsWith('GET '))
      this.log.info(`${spoken.key} ${JSON.stringify(spoken.parameters)}`, {
        from: context.from ?? 'by hand',
      });
    return handler({ ...spoken.parameters, OWNER: spoken.owner } as never, call);
  }

  #isSupported(key: string, { simulated }: Command): boolean {
    if (simulated && this.driverName !== 'simulator') return false;
    return this.host.state !== 'READY' || this.supports(key, this.host.driver);
  }

  /** A list `MESSAGE_from` of the INI is about the command, however its sentence is written. */
  #checkSender({ key, device }: SpokenCommand, from: string | undefined): void {
    const [verb, item = ''] = key.split(' ');
    const message = `${verb} ${device} ${item}`.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '_');
    const allowed = agentEntry(this.config, this.name).senders.get(message);
    const sender = from ?? 'hand';
    if (!allowed || allowed.includes(sender)) return;
    const place = `[${this.name}] ${message}_from = ${allowed.join(', ')}`;
    throw new InstrumentError('DENIED', `${sender} may not say ${key} to ${device} (${place})`);
  }

  #checkLock({ owner, key }: SpokenCommand, from: string | undefined): void {
    if (key === 'DO LOCK' || key === 'DO UNLOCK') return;
    checkControl(this.#lock, { from, owner }, this.clock.now());
  }

  #handleCommon(): void {
    const common = this.#handlers;
    const add = (key: string, run: (parameters: Record<string, unknown>, call: Call) => unknown) => {
      common.set(key, run as Handler);
    };
    add('GET STATE', () => this.#state());
    add('GET CAPABILITIES', () => this.#capabilities());
    add('GET HELP', ({ ITEM }) => this.#usages(ITEM as string | undefined));
    add('GET LIMITS', () => ({
      LIMITS: [...this.limits].map(([name, value]) => this.#limitText(name, value)),
    }));
    add('GET LOCK', () => this.#lockReply());
    add('DO LOCK', ({ TTL, OWNER }, { from }) =>
      this.#takeLock(Number(TTL), (OWNER ?? from) as string | undefined),
    );
    add('DO UNLOCK', ({ OWNER }, { from }) => this.#giveLock((OWNER ?? from) as string | undefined));
    add('DO CONNECT', () => this.host.connect());
    add('DO DISCONNECT', () => this.host.disconnect());
    add('DO RESET', () => this.#reset());
    add('DO STOP', () => this.stopDevice());
    add('DO INIT', (_, { signal }) => this.driver.init?.(signal));
    add('DO SIMULATE', ({ FAULT, TIMES }) => this.driver.simulate?.(FAULT as never, Number(TIMES)));
    for (const key of Object.keys(this.#commands).filter((one) => one.startsWith('SET LIMIT.')))
      add(key, ({ TO }) => this.#setLimit(key.slice('SET LIMIT.'.length), Number(TO)));
  }

  /** Stops the device. What went on has been ended already. */
  protected async stopDevice(): Promise<void> {
    if (this.host.state === 'READY') await this.driver.stop();
  }

  async #reset(): Promise<void> {
    await this.host.disconnect('started anew by DO RESET');
    this.fault = undefined;
    await this.host.connect();
  }

  #state(): Record<string, unknown> {
    const { state, reason, readMs } = this.deviceReport();
    const nowMs = this.clock.now();
    const busy = this.lane.running !== undefined;
    return { STATE: state, BUSY: busy, REASON: reason, AGE: Math.max(0, nowMs - (readMs ?? nowMs)) / 1000 };
  }

  #capabilities(): Record<string, unknown> {
    const keys = [...this.#handlers.keys()].filter((key) => {
      const command = this.#commands[key];
      return command !== undefined && this.#isSupported(key, command);
    });
    const items = (verb: string) =>
      keys.filter((key) => key.startsWith(`${verb} `)).map((key) => key.slice(verb.length + 1));
    return { DRIVER: this.driverName, DO: items('DO'), SET: items('SET'), GET: items('GET') };
  }

  #usages(item: string | undefined): Record<string, unknown> {
    const rows = Object.entries(this.#commands).filter(
      ([key]) => item === undefined || key.slice(key.indexOf(' ') + 1) === item,
    );
    if (rows.length === 0)
      throw new InstrumentError(
        'UNKNOWN_COMMAND',
        `${this.device} has no ${item}; GET ${this.device} HELP lists all`,
      );
    return { HELP: rows.map(([key, command]) => `${usage(this.device, key, command)}: ${command.help}`) };
  }

  async #setLimit(name: string, value: number): Promise<void> {
    await this.keep(`limit ${name}`, value);
    this.limits.set(name, value);
    this.log.info(`limit ${this.#limitText(name, value)}`);
  }

  #limitText(name: string, value: number): string {
    const kind = (this.#commands[`SET LIMIT.${name}`] ?? this.#commands[`SET ${name}`])?.parameters['TO']
      ?.kind;
    return `${name}=${kind?.write(value) ?? value}`;
  }

  #lockReply(): Record<string, unknown> {
    const nowMs = this.clock.now();
    const lock = lockAt(this.#lock, nowMs);
    return lock ? { OWNER: lock.owner, LEFT: (lock.untilMs - nowMs) / 1000 } : {};
  }

  async #takeLock(ttlS: number, owner: string | undefined): Promise<void> {
    if (owner === undefined) throw new InstrumentError('VALUE_NOT_SET', 'say who takes the lock: OWNER=name');
    checkControl(this.#lock, { from: undefined, owner }, this.clock.now());
    const lock = { owner, untilMs: this.clock.now() + ttlS * 1000 };
    this.#lock = lock;
    await this.keep('lock', lock);
  }

  async #giveLock(owner: string | undefined): Promise<void> {
    checkControl(this.#lock, { from: undefined, owner }, this.clock.now());
    this.#lock = undefined;
    await this.keep('lock', null);
  }

  #tooLate(reason: InstrumentError): void {
    if (this.host.state === 'READY') this.host.fail(this.host.driver, reason);
  }

  /** An error of something that goes on by itself. */
  protected warn(what: string, error: unknown): void {
    this.log.warn(`${what}: ${error instanceof Error ? error.message : String(error)}`, {
      code: errorCode(error),
    });
  }
}

/** In ms of observatory time; 0 where the clock runs no faster than real time. */
function leastPatienceMs({ clock }: Config): number {
  return clock.mode === 'simulated' && clock.rate > 1 ? LEAST_PATIENCE_MS * clock.rate : 0;
}
