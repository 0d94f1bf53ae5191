// The Agent: a process of the observatory that listens on its port and does what its messages say.
import { join } from 'node:path';
import { type AgentEntry, version } from '../config/index.js';
import { errorCode, errorText, shorten } from '../errors/index.js';
import type { Connection } from '../socket/index.js';
import { Store } from '../store/index.js';
import { Access } from './access.js';
import { ActionDesk } from './action-desk.js';
import { AgentConstants, notPostable } from './agent-constants.js';
import { agentEntry } from './agent-entry.js';
import { AgentRecord } from './agent-record.js';
import { Doors } from './doors.js';
import type { Envelope } from './envelope.js';
import type { Environment } from './environment.js';
import { MeshError } from './errors.js';
import type { Action } from './message.js';
import { outboxActions } from './outbox-messages.js';
import { PostOffice } from './post-office.js';
import { Reception, type ReceptionOwner } from './reception.js';
import { Sender } from './sender.js';
import { withPatience } from './with-patience.js';

/** States of an agent, as `Status` shows them. */
export type AgentState = 'STARTING' | 'READY' | 'BUSY' | 'ERROR' | 'STOPPING' | 'STOPPED';

/** A `work()` that takes longer is worth a warning: the agent's actions do not run before it has returned. */
const WORK_WARNING_MS = 10_000;

/**
 * Base of every agent. A subclass fills {@link Agent.actionsByMessage} in its constructor, and overrides
 * `work`, `shutdown` and `status` where it has something to do there.
 */
export abstract class Agent extends AgentConstants {
  /** What is done on which message, by the message's text. */
  readonly actionsByMessage = new Map<string, Action>();
  /** `serial`: one action at a time, in order of arrival. `concurrent`: each when it arrives. */
  protected readonly mailboxKind: 'serial' | 'concurrent' = 'serial';
  /** How long it waits when it stops for the action in hand, and then for `shutdown()`. */
  protected readonly stopPatienceMs: number = 10_000;
  /** What keeps this agent from doing its work, for people; while it is set, the agent's state is ERROR. */
  protected fault: string | undefined;
  readonly #record = new AgentRecord(
    () => this.log,
    (message) => this.#isListed(message),
  );
  readonly #builtIn: Map<string, Action>;
  readonly #entry: AgentEntry;
  readonly #startedMs = performance.now();
  #desk: ActionDesk | undefined;
  #store: Store | undefined;
  #postOffice: PostOffice | undefined;
  #access: Access | undefined;
  #doors: Doors | undefined;
  #reception: Reception | undefined;
  #state: AgentState = 'STARTING';
  #stopping: Promise<void> | undefined;
  #stopped: (() => void)[] = [];

  /**
   * @param name - as in the INI file
   * @throws MeshError `UNKNOWN_AGENT` when the file has no such section
   */
  constructor(
    readonly name: string,
    protected readonly environment: Environment,
  ) {
    super();
    this.#entry = agentEntry(environment.config, name);
    this.#builtIn = new Map<string, Action>([
      [Agent.SHUTDOWN, { help: 'Finish the action in hand and stop', run: () => this.#stopSoon() }],
      [Agent.PING, { help: 'Answer OK', run: () => undefined }],
      [
        Agent.STATUS,
        { help: 'State, counters, memory, and what this agent adds', run: () => this.#fullStatus() },
      ],
      [Agent.HELP, { help: 'Each message with its one-line description', run: () => this.#help() }],
      ...outboxActions(name, () => this.#postOffice?.outbox),
    ]);
  }

  protected get log() {
    return this.environment.log;
  }

  protected get config() {
    return this.environment.config;
  }

  protected get clock() {
    return this.environment.clock;
  }

  /** The agent's own store; there from `work` on. Its tables are the agent's to name, but for those of the mesh. */
  protected get store(): Store {
    if (!this.#store) throw new Error(`agent ${this.name} has no store before it starts`);
    return this.#store;
  }

  /** The state that `Status` shows. */
  get state(): AgentState {
    if (this.#state !== 'READY') return this.#state;
    if (this.fault !== undefined) return 'ERROR';
    return this.isBusy ? 'BUSY' : 'READY';
  }

  /** Whether an action runs that others should know of. */
  protected get isBusy(): boolean {
    return (this.#desk?.running ?? 0) > 0;
  }

  /** Entry of the agent's work: called once, after the port is bound and before the first action runs. No loop. */
  protected work(): void | Promise<void> {}

  /** Called when the agent stops: end what `work` began. */
  protected shutdown(): void | Promise<void> {}

  /** What this agent adds to `Status`. Plain data. */
  protected status(): Record<string, unknown> {
    return {};
  }

  /** The action for a message, or `undefined` when it is no message of this agent. */
  protected analyzeMessage(message: string): Action | undefined {
    return this.actionsByMessage.get(message);
  }

  /** The generic reading of each message that came in. */
  protected receive(envelope: Envelope): void {
    this.#record.received();
    const denial = this.#access?.denial(envelope.message, envelope.from);
    if (denial !== undefined) {
      this.#deny(envelope, denial);
      return;
    }
    const refusal = envelope.frame.seq === undefined ? undefined : notPostable(envelope.message);
    if (refusal) {
      this.#record.refused(envelope, refusal.message);
      envelope.error(refusal.code, refusal.message);
      return;
    }
    const builtIn = this.#builtIn.get(envelope.message);
    envelope.action = builtIn ?? this.analyzeMessage(envelope.message);
    if (builtIn) this.#desk?.runNow(envelope);
    else if (!envelope.action) this.#unknown(envelope);
    else if (this.#state === 'STOPPING') this.#refuseStopping(envelope);
    else this.#desk?.push(envelope);
  }

  /** Notes an error that is not the answer to a message: it is logged and shown by `Status`. */
  protected reportError(what: string, error: unknown): void {
    this.#record.error(what, error);
  }

  /**
   * Binds the port, runs `work`, and then lets the actions run.
   * @throws MeshError `AGENT_ALREADY_RUNNING` when the port is taken; ConfigError when `[security]` names bad files;
   * what `work` throws
   */
  async start(): Promise<void> {
    // The port first: who has it is the only process that may open the store.
    const early: Connection[] = [];
    const messages = [...this.actionsByMessage.keys(), ...this.#builtIn.keys()];
    const access = new Access(this.config, this.name, messages, this.log);
    this.#access = access;
    this.#doors = await this.#open(access, (connection) =>
      this.#reception ? this.#reception.admit(connection) : early.push(connection),
    );
    const { ip, receivePort } = this.#entry;
    this.#store = new Store(join(this.config.dataDirectory, 'store', `${this.name}.lmdb`));
    this.#desk = new ActionDesk(this.#record, this.#store, {
      concurrent: this.mailboxKind === 'concurrent',
      limit: this.config.mesh.mailboxLimit,
      limitBytes: this.config.mesh.mailboxBytes,
    });
    this.#postOffice = new PostOffice(this.#store, this.config, this.name, this.log, Date.now);
    Sender.usePostOffice(this.#postOffice);
    this.#reception = new Reception(this.#desk, this.#receptionOwner(), this.config);
    for (const connection of early) this.#reception.admit(connection);
    const warning = setTimeout(() => {
      this.log.warn(`work() has not returned after ${WORK_WARNING_MS / 1000} s: messages wait until it does`);
    }, WORK_WARNING_MS).unref();
    try {
      await this.work();
    } catch (error) {
      await this.#doors.close();
      await this.#closeStore();
      throw error;
    } finally {
      clearTimeout(warning);
    }
    if (this.#state !== 'STARTING') return;
    this.#state = 'READY';
    this.log.info(`listening on ${ip} port ${receivePort}`);
    access.logProtection();
    this.#desk.open();
    this.#postOffice.start();
  }

  /** Stops: no new messages, the action in hand is finished, `shutdown()` runs, connections close. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Resolves when the agent has stopped. */
  stopped(): Promise<void> {
    if (this.#state === 'STOPPED') return Promise.resolve();
    return new Promise((resolve) => this.#stopped.push(resolve));
  }

  async #stop(): Promise<void> {
    this.#state = 'STOPPING';
    this.log.info('stopping');
    this.#doors?.stopAccepting();
    for (const waiting of this.#desk?.clear() ?? []) this.#refuseStopping(waiting);
    this.#reception?.abortActions(new MeshError('STOPPING', `${this.name} is stopping`));
    await this.#within('the action in hand', this.#desk?.idle());
    await this.#within('shutdown()', (async () => this.shutdown())());
    await this.#reception?.farewell();
    await this.#doors?.close();
    await this.#closeStore();
    this.#record.close();
    this.#state = 'STOPPED';
    this.log.info('stopped');
    for (const resolve of this.#stopped.splice(0)) resolve();
  }

  /** A part of the stopping that hangs or fails must not keep the agent from stopping. */
  async #within(what: string, work: Promise<void> | undefined): Promise<void> {
    try {
      await withPatience(work, this.stopPatienceMs);
    } catch (error) {
      this.reportError(what, error);
    }
  }

  #stopSoon(): void {
    // The answer leaves first.
    setImmediate(() => void this.stop());
  }

  async #open(access: Access, onConnection: (connection: Connection) => void): Promise<Doors> {
    try {
      return await Doors.open(access, this.#entry, this.config.mesh.maxConnections, onConnection);
    } catch (error) {
      if (errorCode(error) !== 'PORT_IN_USE') throw error;
      const text = `agent ${this.name} is already running, or another program has its port: ${errorText(error)}`;
      throw new MeshError('AGENT_ALREADY_RUNNING', text, error);
    }
  }

  #receptionOwner(): ReceptionOwner {
    return {
      receive: (envelope) => this.receive(envelope),
      isMessage: (text) => this.#isListed(text),
      onBadPeer: (name, reason) => this.#record.badPeer(name, reason),
    };
  }

  async #closeStore(): Promise<void> {
    this.#postOffice?.stop();
    // What was not acknowledged is sent again; what was is on the disk.
    if (this.#desk && this.#desk.running > 0) {
      this.log.warn('an action still runs: the store stays open until the process ends');
      return;
    }
    await this.#store?.close();
  }

  #unknown(envelope: Envelope): void {
    const text = `"${shorten(envelope.message)}" is no message of ${this.name}; Help lists them`;
    this.#record.refused(envelope, text);
    envelope.error('UNKNOWN_MESSAGE', text);
  }

  #deny(envelope: Envelope, text: string): void {
    this.#record.denied();
    this.#access?.refused(shorten(envelope.from ?? 'a message by hand'), text);
    envelope.error('DENIED', text);
  }

  #refuseStopping(envelope: Envelope): void {
    envelope.error('STOPPING', `${this.name} is stopping`);
  }

  #isListed(message: string): boolean {
    return this.#builtIn.has(message) || this.actionsByMessage.has(message);
  }

  #help(): Record<string, string> {
    const all = [...this.actionsByMessage, ...this.#builtIn];
    return Object.fromEntries(all.map(([message, { help }]) => [message, help]));
  }

  #fullStatus(): Record<string, unknown> {
    return {
      name: this.name,
      state: this.state,
      pid: process.pid,
      version,
      uptimeS: Math.round((performance.now() - this.#startedMs) / 100) / 10,
      time: new Date(this.clock.now()).toISOString(),
      counters: this.#record.counters,
      mailbox: {
        kind: this.mailboxKind,
        waiting: this.#desk?.waiting ?? 0,
        running: this.#desk?.running ?? 0,
      },
      connections: this.#reception?.size ?? 0,
      access: this.#access?.status(),
      posted: this.#postOffice?.status(),
      memoryMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
      fault: this.fault,
      lastError: this.#record.lastError,
      ...this.status(),
    };
  }
}
