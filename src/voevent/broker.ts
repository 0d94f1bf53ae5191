// A VOEvent broker: takes events from authors and remote brokers, stores them, acknowledges them, and hands them on.
import { type Clock, isoTime, RealClock, type Timer } from '../clock/index.js';
import { errorText } from '../errors/index.js';
import { AddressList } from '../socket/index.js';
import type { Store, Table } from '../store/index.js';
import { BROKER_DEFAULTS, type BrokerSettings, type Endpoint } from './broker-settings.js';
import { parseSimpleFilter } from './filters/simple.js';
import { XPathDesk } from './filters/xpath-desk.js';
import { jsonNoticeToVOEvent } from './gcn/json-notice.js';
import { commandHandler } from './handlers/command.js';
import type { Handler } from './handlers/handler.js';
import { printHandler } from './handlers/print.js';
import { saveHandler } from './handlers/save.js';
import { WorkList, type WorkPlace } from './handlers/work-list.js';
import { SILENT, type VoeventLog } from './log.js';
import type { VOEvent } from './model.js';
import { readVOEvent } from './parse.js';
import { type Added, EventStore, type Origin } from './store.js';
import type { StoredEvent } from './stored-event.js';
import { Broadcaster, type History } from './vtp/broadcaster.js';
import { Outgoing } from './vtp/outgoing.js';
import { type Receiver, startReceiver } from './vtp/receiver.js';
import { RemoteSubscriber } from './vtp/subscriber.js';
import { writeVOEvent } from './write.js';

/** What a broker works with. */
export interface BrokerPlace {
  readonly store: Store;
  /** For time stamps. */
  readonly clock: Clock;
  /** For waiting. @defaultValue real time */
  readonly timers?: Clock;
  readonly log?: VoeventLog;
  /** Called inside of the transaction that keeps an event: what it adds to the store is kept with it or not at all. */
  onFresh?(event: StoredEvent): void;
}

const OPENING_BRACE = 0x7b;
const CLEAR_INTERVAL_MS = 10 * 60_000;
const FIRST_RETRY_MS = 1_000;
/** What a remote is asked for once more when it is back: its clock is not ours. */
const OVERLAP_MS = 60_000;

export class Broker {
  readonly events: EventStore;
  readonly #settings: BrokerSettings;
  readonly #clock: Clock;
  readonly #timers: Clock;
  readonly #log: VoeventLog;
  readonly #work: WorkList[];
  /** When the last event of each remote came. */
  readonly #remoteTimes: Table<string, number>;
  /** How far subscribers were. */
  readonly #served: Table<string, number>;
  #receivers: Receiver[] = [];
  #broadcasters: Broadcaster[] = [];
  #remotes: RemoteSubscriber[] = [];
  #timersRunning = new Set<Timer>();
  #counters = { fresh: 0, duplicates: 0, marked: 0, cleared: 0, untold: 0 };
  /** The last event that could not be handed on, and why. */
  #lastUntold: string | undefined;
  #closed = false;

  constructor(
    settings: Partial<BrokerSettings>,
    private readonly place: BrokerPlace,
  ) {
    this.#settings = { ...BROKER_DEFAULTS, ...settings };
    this.#clock = place.clock;
    this.#timers = place.timers ?? new RealClock();
    this.#log = place.log ?? SILENT;
    this.events = new EventStore(place.store, place.clock);
    this.events.onUntold = (event, error) => this.#untold(event, error);
    this.#remoteTimes = place.store.table('vo_remotes');
    this.#served = place.store.table('vo_served');
    this.#work = this.#handlers().map((handler) => new WorkList(handler, this.#workPlace()));
  }

  /** Opens the ports and follows the remotes. @throws SocketError or VOEventError, and nothing is open then */
  async start(): Promise<void> {
    await this.#checkFilters();
    await this.#openLog();
    try {
      for (const endpoint of this.#settings.receive) this.#receivers.push(await this.#receive(endpoint));
      for (const endpoint of this.#settings.broadcast)
        this.#broadcasters.push(await this.#broadcast(endpoint));
    } catch (error) {
      await this.close();
      throw error;
    }
    for (const work of this.#work) work.run();
    this.#remotes = this.#settings.remotes.map((endpoint) => this.#follow(endpoint));
    this.#every(CLEAR_INTERVAL_MS, () => this.clear());
    if (this.#broadcasters.length > 0) this.#every(this.#settings.broadcastTestMs, () => this.#sendTest());
    await this.clear();
  }

  /** The ports, in the order of the settings. */
  get ports() {
    return {
      receive: this.#receivers.map(({ port }) => port),
      broadcast: this.#broadcasters.map(({ port }) => port),
    };
  }

  /**
   * Takes an event over that is checked already. Resolves when it is on the disk; what hangs on it is begun then.
   */
  async take(bytes: Uint8Array, event: VOEvent, origin: Origin): Promise<Added> {
    const { ivorn, role } = event;
    const { from, marks = [] } = origin;
    const added = await this.events.add(bytes, event, origin, (stored) => this.#keep(stored));
    if (!added.fresh) {
      this.#counters.duplicates += 1;
      this.#log.info(`VOEvent ${ivorn} was received before; acknowledged again`, { from });
      return added;
    }
    this.#counters.fresh += 1;
    if (marks.length > 0) this.#counters.marked += 1;
    if (this.#broadcasters.length > 0) this.#publish(outgoingOf(added.event));
    const fields = { role, from, ...(marks.length > 0 && { marks }) };
    // Whoever waits for the acknowledgement has it before.
    setImmediate(() => this.#log.info(`VOEvent ${ivorn} received and stored`, fields));
    return added;
  }

  /** Takes a notice of GCN over: a VOEvent as it is, one in JSON as a VOEvent that is made of it. */
  async takeNotice(topic: string, bytes: Uint8Array): Promise<void> {
    const { limits, remotePolicy } = this.#settings;
    const isJson = bytes[0] === OPENING_BRACE;
    const document = isJson ? jsonNoticeToVOEvent(topic, bytes) : bytes;
    const { event, marks } = readVOEvent(document, limits, remotePolicy);
    const original = isJson ? { original: bytes } : {};
    await this.take(document, event, { from: topic, marks, ...original });
  }

  /** Clears away what is beyond the retention. */
  async clear(): Promise<void> {
    const { retention } = this.#settings;
    if (retention.maxAgeMs === undefined && retention.maxBytes === undefined) return;
    const isNeeded = (arrival: number) => this.#work.some((work) => work.needs(arrival));
    const cleared = await this.events.clear(retention, isNeeded);
    this.#counters.cleared += cleared;
    if (cleared > 0) this.#log.info('old VOEvents were cleared away', { count: cleared });
  }

  /** For `Status`. */
  report(): Record<string, unknown> {
    const { count, bytes } = this.events;
    return {
      stored: {
        count,
        bytes,
        ...this.#counters,
        ...(this.#lastUntold !== undefined && { lastUntold: this.#lastUntold }),
      },
      authors: this.#receivers.map(({ port, counters }) => ({ port, ...counters })),
      broadcast: this.#broadcasters.map((one) => one.report()),
      remotes: this.#remotes.map(({ report }) => ({
        ...report,
        ...(report.heardMs !== undefined && { heard: isoTime(report.heardMs) }),
        ...(report.eventMs !== undefined && { lastEvent: isoTime(report.eventMs) }),
      })),
      handlers: this.#work.map((work) => work.report()),
    };
  }

  /** Answers the events in hand, and ends. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timersRunning) timer.cancel();
    await Promise.all(this.#remotes.map((remote) => remote.close()));
    await Promise.all(this.#receivers.map((receiver) => receiver.close()));
    await this.events.close();
    await Promise.all(this.#work.map((work) => work.close()));
    await Promise.all(this.#broadcasters.map((broadcaster) => broadcaster.close()));
  }

  /** As in Comet, a filter for remotes that is none keeps the broker from starting. */
  async #checkFilters(): Promise<void> {
    const { xpath, simple } = this.#settings;
    for (const text of simple) parseSimpleFilter(text);
    if (xpath.length === 0) return;
    const desk = new XPathDesk();
    try {
      for (const text of xpath) await desk.use(text);
    } finally {
      await desk.close();
    }
  }

  /** Without its log the store is slower, and as safe. */
  async #openLog(): Promise<void> {
    try {
      await this.events.open((event) => this.#keep(event));
    } catch (error) {
      this.#log.warn('VOEvents are stored without a log', { reason: errorText(error) });
    }
  }

  /** Inside of the transaction that writes an event. */
  #keep(event: StoredEvent): void {
    for (const work of this.#work) work.add(event.arrival);
    this.place.store.afterCommit(() => {
      for (const work of this.#work) work.run();
    });
    this.place.onFresh?.(event);
  }

  /** Its author has the acknowledgement: it is kept, and people are told. */
  #untold({ ivorn, arrival }: StoredEvent, error: unknown): void {
    const reason = errorText(error);
    this.#counters.untold += 1;
    this.#lastUntold = `${ivorn}: ${reason}`;
    const text = 'a VOEvent is stored, but could not be handed on; pyros vo replay does so again';
    this.#log.warn(text, { ivorn, arrival, reason });
  }

  #publish(outgoing: Outgoing): void {
    for (const broadcaster of this.#broadcasters) broadcaster.publish(outgoing);
  }

  #receive({ host, port }: Endpoint): Promise<Receiver> {
    const { localIvorn, limits, receiveAllow, maxAuthors, authorPolicy } = this.#settings;
    const options = {
      host,
      port,
      localIvorn,
      limits,
      policy: authorPolicy,
      maxConnections: maxAuthors,
      clock: this.#clock,
      ...admission(receiveAllow),
    };
    return startReceiver(
      options,
      async (bytes, { event, marks }, from) => {
        await this.take(bytes, event, { from, marks });
      },
      this.#log,
    );
  }

  #broadcast({ host, port }: Endpoint): Promise<Broadcaster> {
    const { localIvorn, maxSubscribers, queueBytes, iamaliveMs, catchUpMs, broadcastAllow } = this.#settings;
    const options = {
      host,
      port,
      localIvorn,
      maxSubscribers,
      queueBytes,
      iamaliveMs,
      catchUpMs,
      clock: this.#clock,
      timers: this.#timers,
      history: this.#history(),
      ...admission(broadcastAllow),
    };
    return Broadcaster.start(options, this.#log);
  }

  #history(): History {
    const { events } = this;
    return {
      after: (arrival, limit) => events.after(arrival, limit).map(outgoingOf),
      arrivalAt: (timeMs) => events.arrivalAt(timeMs),
      served: this.#served,
      get last() {
        return events.last;
      },
    };
  }

  #follow({ host, port }: Endpoint): RemoteSubscriber {
    const { localIvorn, xpath, simple, limits, remotePolicy } = this.#settings;
    const remote = `${host}:${port}`;
    const since = () => {
      const lastMs = this.#remoteTimes.get(remote);
      return lastMs === undefined ? undefined : lastMs - OVERLAP_MS;
    };
    const size = limits.maxBytes === undefined ? {} : { maxBytes: limits.maxBytes };
    const options = { host, port, localIvorn, xpath, simple, since, ...size };
    return new RemoteSubscriber(
      { ...options, clock: this.#clock, timers: this.#timers },
      async (bytes, from) => {
        const { event, marks } = readVOEvent(bytes, limits, remotePolicy);
        await this.take(bytes, event, { from, marks });
        void this.#remoteTimes.write(remote, this.#clock.now()).catch(() => undefined);
        return event.ivorn;
      },
      this.#log,
    );
  }

  /** Shows subscribers that the way is open; it is neither stored nor recognised. */
  #sendTest(): void {
    const { localIvorn } = this.#settings;
    const now = isoTime(this.#clock.now());
    const ivorn = `${localIvorn}#TestEvent-${now}`;
    const bytes = writeVOEvent({
      ivorn,
      role: 'test',
      version: '2.0',
      who: { authorIvorn: localIvorn, date: now },
      what: { params: [], groups: [], tables: [], description: 'Broker test event' },
      citations: [],
    });
    this.#publish(new Outgoing(bytes, { ivorn, role: 'test' }, 0));
  }

  #handlers(): Handler[] {
    const { print, saveDirectory, commands, commandLimit, commandTimeoutMs } = this.#settings;
    const limits = { limit: commandLimit, timeoutMs: commandTimeoutMs };
    return [
      ...(print ? [printHandler()] : []),
      ...(saveDirectory === undefined ? [] : [saveHandler(saveDirectory)]),
      ...commands.map((file) => commandHandler(file, limits)),
    ];
  }

  #workPlace(): WorkPlace {
    return {
      store: this.place.store,
      clock: this.#clock,
      timers: this.#timers,
      log: this.#log,
      rule: { attempts: this.#settings.handlerAttempts, pauseMs: FIRST_RETRY_MS },
      load: (arrival) => this.events.at(arrival),
    };
  }

  #every(ms: number, action: () => void | Promise<void>): void {
    if (ms <= 0) return;
    const timer = this.#timers.after(ms, () => {
      this.#timersRunning.delete(timer);
      void Promise.resolve(action()).catch(() => undefined);
      if (!this.#closed) this.#every(ms, action);
    });
    this.#timersRunning.add(timer);
  }
}

function outgoingOf({ bytes, ivorn, role, position, arrival }: StoredEvent): Outgoing {
  return new Outgoing(bytes, { ivorn, role, ...(position && { position }) }, arrival);
}

function admission(allow: readonly string[]): { admit?: (address: string) => boolean } {
  if (allow.length === 0) return {};
  const list = new AddressList(allow);
  return { admit: (address) => list.has(address) };
}
