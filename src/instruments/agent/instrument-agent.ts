// The agent of one device: takes the sentences of the grammar as messages, and carries them out on its driver.
import { errorCode } from '../../errors/index.js';
import { type Action, Agent, type Environment, type MessageContext } from '../../mesh/index.js';
import type { Table } from '../../store/index.js';
import type { DeviceDriver } from '../drivers/device-driver.js';
import { InstrumentError } from '../errors.js';
import {
  ALL_DEVICES,
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
  type SpokenCommand,
} from '../grammar/index.js';
import { Call } from './call.js';
import { CommandLane, type RunningCommand } from './command-lane.js';
import { commonHandlers, type Handler } from './common-commands.js';
import { type ControlLock, ControlLocks } from './control-lock.js';
import { limitText } from './device-help.js';
import { DriverHost } from './driver-host.js';
import { onFastClockMs } from './fast-clock.js';
import { spokenAction } from './spoken-action.js';
import { checkSender, isFree, isSentence, spokenTo } from './spoken-to.js';
import { Voter } from './votes.js';

/** What a device is doing, for `GET STATE`. */
export interface DeviceReport {
  state: DeviceState;
  reason?: string | undefined;
  /** When that was known. */
  readMs?: number | undefined;
}

type Reply<R> = R | Promise<R>;

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
  readonly #locks: ControlLocks;

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
    this.#locks = new ControlLocks(this.clock, (lock) => this.keep('lock', lock));
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
    this.#handlers.set(key, run as unknown as Handler);
  }

  /** As {@link InstrumentAgent.handle}, of a command that answers nothing but `OK`. */
  protected perform<K extends CommandKey<D>>(
    key: K,
    run: (parameters: CommandParameters<D, K>, call: Call) => void | Promise<void>,
  ): void {
    this.#handlers.set(key, run as unknown as Handler);
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
    this.#locks.restore(this.#settings.get('lock') as ControlLock | null | undefined);
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
    if (known || !isSentence(message)) return known;
    return this.#action(message, 'A sentence of the instrument grammar');
  }

  /** A time span as it is waited for, in ms of observatory time: on a fast clock no shorter than real work takes. */
  protected patienceMs(ms: number): number {
    return Math.max(ms, onFastClockMs(this.config, LEAST_PATIENCE_MS));
  }

  /** What it is doing, whatever its driver does. */
  protected deviceReport(): DeviceReport {
    if (this.host.state !== 'READY') return { state: this.host.state, reason: this.host.reason };
    if (this.fault !== undefined) return { state: 'ERROR', reason: this.fault };
    return { readMs: this.host.driver.heardMs, ...this.report(this.host.driver) };
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

  #action(text: string, help: string): Action {
    return spokenAction(
      help,
      (data) => this.#spoken(text, data),
      (spoken, data, context) => this.#carryOut(spoken, data, context),
    );
  }

  #spoken(text: string, data: unknown): SpokenCommand {
    const [verb, , item] = text.split(' ');
    const key = `${verb} ${item}`;
    const parameters = data === undefined ? undefined : this.parametersOf(key, data);
    const command = this.#commands[key];
    if (parameters && command)
      return { device: this.device, key, command, item: item ?? '', parameters, owner: undefined };
    return spokenTo(this.device, this.#commands, text, this.config, this.clock.now());
  }

  #carryOut(spoken: SpokenCommand, data: unknown, context: MessageContext): unknown {
    const { key, command, parameters, owner } = spoken;
    const { runs } = command;
    checkSender(this.config, this.name, spoken, context.from);
    if (!isFree(key, command)) this.#locks.check({ from: context.from, owner });
    const handler = this.#handlers.get(key);
    if (!handler || !this.#isSupported(key, command))
      throw new InstrumentError(
        'NOT_IMPLEMENTED',
        `the ${this.driverName} driver of ${this.device} has no ${key}`,
      );
    if (!key.startsWith('GET '))
      this.log.info(`${key} ${JSON.stringify(parameters)}`, { from: context.from ?? 'by hand' });
    if (runs === 'now') return this.#run(spoken, handler, data, context);
    const deadlineMs = this.patienceMs(command.deadlineS * 1000);
    return this.lane.run({ name: key, runs, deadlineMs }, (running) =>
      this.#run(spoken, handler, data, context, running),
    );
  }

  async #run(
    { item, command, parameters, owner }: SpokenCommand,
    handler: Handler,
    data: unknown,
    context: MessageContext,
    running?: RunningCommand,
  ): Promise<unknown> {
    // Who made something safe may go: that is finished all the same.
    const stays = command.runs === 'stops';
    const client = { from: context.from, owner };
    const call = new Call(item, data, client, context, running, stays);
    try {
      return await handler(parameters, call);
    } finally {
      call.close();
    }
  }

  #isSupported(key: string, { simulated }: Command): boolean {
    if (simulated && this.driverName !== 'simulator') return false;
    return this.host.state !== 'READY' || this.supports(key, this.host.driver);
  }

  #handleCommon(): void {
    const handlers = commonHandlers({
      device: this.device,
      commands: this.#commands,
      host: this.host,
      locks: this.#locks,
      limits: this.limits,
      driverName: () => this.driverName,
      state: () => this.#state(),
      capabilities: () => this.#capabilities(),
      stop: () => this.stopDevice(),
      reset: () => this.#reset(),
      setLimit: (name, value) => this.#setLimit(name, value),
    });
    for (const [key, handler] of handlers) this.#handlers.set(key, handler);
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

  #capabilities(): string[] {
    return [...this.#handlers.keys()].filter((key) => {
      const command = this.#commands[key];
      return command !== undefined && this.#isSupported(key, command);
    });
  }

  async #setLimit(name: string, value: number): Promise<void> {
    // It holds at once, for what is said right after it, and is answered when it is on disk.
    this.limits.set(name, value);
    await this.keep(`limit ${name}`, value);
    this.log.info(`limit ${limitText(this.#commands, name, value)}`);
  }

  #tooLate(reason: InstrumentError): void {
    if (this.host.state === 'READY') this.host.fail(this.host.driver, reason);
  }

  /** Casts this device's votes to those of the agents that the INI file has. */
  protected voterTo(agents: readonly string[]): Voter {
    const receivers = agents.filter((agent) => this.config.agents.has(agent));
    return new Voter(this.clock, receivers, (receiver, error) => this.warn(`${receiver} is not told`, error));
  }

  /** An error of something that goes on by itself. */
  protected warn(what: string, error: unknown): void {
    this.log.warn(`${what}: ${error instanceof Error ? error.message : String(error)}`, {
      code: errorCode(error),
    });
  }
}
