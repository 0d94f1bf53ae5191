// The broker's side of VTP towards subscribers: every event to each of them that wants it.
import { hash } from 'node:crypto';
import { type Clock, isoTime, RealClock, type Timer } from '../../clock/index.js';
import { type Connection, type Listener, listen } from '../../socket/index.js';
import type { Table } from '../../store/index.js';
import { XPathDesk, type XPathLimits } from '../filters/xpath-desk.js';
import { SILENT, type VoeventLog } from '../log.js';
import type { Broadcast, BroadcastCounters } from './broadcast.js';
import { encodeFrame } from './frame.js';
import type { Outgoing } from './outgoing.js';
import { SubscriberSession } from './subscriber-session.js';
import { writeTransport } from './transport.js';
import { Turns } from './turns.js';

/** What a subscriber missed comes from here: the store. */
export interface History {
  /** Events behind an arrival, oldest first. */
  after(arrival: number, limit: number): Outgoing[];
  /** The last arrival before a time. */
  arrivalAt(timeMs: number): number;
  /** The last arrival. */
  readonly last: number;
  /** How far subscribers were, across restarts. */
  readonly served?: Table<string, number>;
}

/** Where to listen, and how subscribers are treated. */
export interface BroadcasterOptions {
  host: string;
  /** 0 takes any free port; by custom it is 8099. */
  port: number;
  localIvorn: string;
  /** With so many connections whoever comes gets the place of one that never said a word. @defaultValue 2048 */
  maxSubscribers?: number;
  /** Events that may wait for one subscriber, in bytes. @defaultValue 8 MiB */
  queueBytes?: number;
  /** From one `iamalive` to the next. @defaultValue 60000; VTP wants at most 90000 */
  iamaliveMs?: number;
  /** How long the answer to `authenticate` is waited for before events are sent. @defaultValue 2000 */
  greetingMs?: number;
  /** How far back a subscriber that returns is given what it missed; 0: not at all. @defaultValue one hour */
  catchUpMs?: number;
  admit?: (remoteAddress: string) => boolean;
  xpath?: Partial<XPathLimits>;
  history?: History;
  /** For time stamps. */
  clock: Clock;
  /** For waiting. @defaultValue real time */
  timers?: Clock;
}

const DEFAULTS = {
  maxSubscribers: 2048,
  queueBytes: 8 * 1024 * 1024,
  iamaliveMs: 60_000,
  greetingMs: 2_000,
  catchUpMs: 3_600_000,
};
/** Subscribers that are served before others have their turn. */
const SLICE = 64;
/** Events that the broadcaster itself is behind with; beyond it subscribers are served from the store. */
const MAX_BEHIND_BYTES = 32 * 1024 * 1024;
const MAX_MESSAGES = 1000;
/** A subscriber that is not listened to keeps what it says to itself. */
const READ_AHEAD_BYTES = 1;
/** Subscribers that have gone, of which it is remembered how far they were. */
const MAX_REMEMBERED = 4096;

export class Broadcaster {
  readonly counters: BroadcastCounters = { events: 0, sent: 0, naks: 0, cut: 0, badFilters: 0 };
  readonly #sessions = new Set<SubscriberSession>();
  readonly #desk: XPathDesk;
  readonly #shared: Broadcast;
  readonly #options: BroadcasterOptions & typeof DEFAULTS;
  readonly #timers: Clock;
  #listener: Listener | undefined;
  #tick: Timer | undefined;
  /** Events that are being given to the sessions. */
  #line: Outgoing[] = [];
  #lineBytes = 0;
  #serving = false;
  #isClosed = false;
  /** The last arrival that was published. */
  #published: number | undefined;
  /** The arrival up to which a subscriber that has gone was served, by its name and address. */
  #remembered = new Map<string, number>();

  private constructor(
    options: BroadcasterOptions,
    private readonly log: VoeventLog,
  ) {
    this.#options = { ...DEFAULTS, ...options };
    this.#timers = options.timers ?? new RealClock();
    this.#published = options.history?.last;
    for (const { key, value } of options.history?.served?.entries() ?? []) this.#remembered.set(key, value);
    this.#desk = new XPathDesk(options.xpath);
    const { localIvorn, clock, queueBytes, greetingMs } = this.#options;
    this.#shared = {
      localIvorn,
      clock,
      log,
      desk: this.#desk,
      counters: this.counters,
      turns: new Turns(),
      queueBytes,
      greetingMs,
      maxMessages: MAX_MESSAGES,
      published: () => this.#published,
      history: (after, limit) => this.#options.history?.after(after, limit) ?? [],
      missedSince: (session, sinceMs) => this.#missedSince(session, sinceMs),
    };
  }

  /** Listens for subscribers. @throws SocketError `PORT_IN_USE`, `LISTEN_FAILED` */
  static async start(options: BroadcasterOptions, log: VoeventLog = SILENT): Promise<Broadcaster> {
    const broadcaster = new Broadcaster(options, log);
    await broadcaster.#listen();
    return broadcaster;
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  get subscribers(): number {
    return this.#sessions.size;
  }

  /** For `Status`. */
  report(limit = 50): Record<string, unknown> {
    const subscribers = [...this.#sessions].slice(0, limit).map((session) => session.report);
    const { counters } = this;
    const filtersGivenUp = this.#desk.givenUp;
    return { port: this.port, connected: this.#sessions.size, ...counters, filtersGivenUp, subscribers };
  }

  /** Sends an event to all. Returns at once; subscribers are served in slices. */
  publish(event: Outgoing): void {
    this.counters.events += 1;
    if (this.#published !== undefined) this.#published = Math.max(this.#published, event.arrival);
    if (this.#sessions.size === 0) return;
    this.#line.push(event);
    this.#lineBytes += event.frame.length;
    if (this.#lineBytes > MAX_BEHIND_BYTES && event.arrival > 0) this.#fallBack();
    if (!this.#serving) void this.#serve();
  }

  async close(): Promise<void> {
    this.#tick?.cancel();
    for (const session of this.#sessions) {
      this.#keep(session);
      session.connection.end();
    }
    // The store may be closed before the last of them is gone.
    this.#isClosed = true;
    await this.#listener?.close();
    await this.#desk.close();
  }

  async #listen(): Promise<void> {
    const { host, port, maxSubscribers, admit, iamaliveMs } = this.#options;
    const makeRoom = () => this.#makeRoom();
    const where = {
      host,
      port,
      maxConnections: maxSubscribers,
      makeRoom,
      readAheadBytes: READ_AHEAD_BYTES,
      ...(admit ? { admit } : {}),
    };
    this.#listener = await listen(where, (connection) => this.#welcome(connection));
    const strike = () => {
      void this.#strike();
      this.#tick = this.#timers.after(iamaliveMs, strike);
    };
    this.#tick = this.#timers.after(iamaliveMs, strike);
  }

  #welcome(connection: Connection): void {
    const session: SubscriberSession = new SubscriberSession(connection, this.#shared, () => {
      this.#sessions.delete(session);
      this.#remember(session);
    });
    this.#sessions.add(session);
    this.log.info('subscriber connected', { peer: connection.peer });
  }

  /** The first of those that have not said a word: subscribers are silent for long, but none of them at first. */
  #makeRoom(): boolean {
    for (const session of this.#sessions)
      if (!session.hasSpoken && !session.connection.closed) {
        session.cut('VTP_SILENT', 'it has not said a word, and its place was wanted');
        return true;
      }
    return false;
  }

  async #strike(): Promise<void> {
    const { localIvorn, clock } = this.#options;
    const message = {
      role: 'iamalive',
      origin: localIvorn,
      timeStamp: isoTime(clock.now()),
      params: [],
    } as const;
    const frame = encodeFrame(writeTransport(message));
    await this.#inSlices([...this.#sessions], (session) => {
      session.tick(frame);
      this.#keep(session);
    });
  }

  /** A kill must not make a subscriber miss what comes before it is back. */
  #keep(session: SubscriberSession): void {
    const served = this.#options.history?.served;
    if (!served || this.#isClosed || session.name === undefined) return;
    const [key, arrival] = [keyOf(session), session.servedTo];
    if (served.get(key) !== arrival) served.write(key, arrival).catch(() => undefined);
  }

  async #serve(): Promise<void> {
    this.#serving = true;
    // Whoever waits for an acknowledgement has it before.
    await new Promise((resolve) => setImmediate(resolve));
    for (let event = this.#line[0]; event; event = this.#line[0]) {
      await this.#give(event);
      if (this.#line[0] !== event) continue;
      this.#line.shift();
      this.#lineBytes -= event.frame.length;
    }
    this.#serving = false;
  }

  async #give(event: Outgoing): Promise<void> {
    const sessions = [...this.#sessions];
    const picky = sessions.filter(({ wishes }) => wishes.xpath.length > 0);
    if (picky.length > 0) void this.#giveFiltered(event, picky);
    const others = picky.length > 0 ? sessions.filter(({ wishes }) => wishes.xpath.length === 0) : sessions;
    await this.#inSlices(others, (session) => session.offer(event));
  }

  /** Events come out of the thread of the filters in the order in which they went in. */
  async #giveFiltered(event: Outgoing, sessions: SubscriberSession[]): Promise<void> {
    const texts = new Set(sessions.flatMap(({ wishes }) => wishes.xpath));
    const verdicts = await this.#desk.evaluate(event.bytes, texts);
    for (const session of sessions) {
      if (!session.isCutFor(verdicts)) session.offer(event, verdicts);
    }
  }

  /** The broadcaster is behind: what waits is dropped here, and everybody gets it from the store. */
  #fallBack(): void {
    const [current, first] = this.#line;
    if (!current || !first || !this.#options.history) return;
    this.#line = [current];
    this.#lineBytes = current.frame.length;
    for (const session of this.#sessions) session.fallBack(current.arrival - 1);
  }

  async #inSlices(
    sessions: SubscriberSession[],
    action: (session: SubscriberSession) => void,
  ): Promise<void> {
    for (let from = 0; from < sessions.length; from += SLICE) {
      if (from > 0) await new Promise((resolve) => setImmediate(resolve));
      for (const session of sessions.slice(from, from + SLICE)) action(session);
    }
  }

  #missedSince(session: SubscriberSession, sinceMs: number | undefined): number | undefined {
    const { history, catchUpMs, clock } = this.#options;
    if (!history || catchUpMs === 0) return undefined;
    const remembered = this.#remembered.get(keyOf(session));
    this.#remembered.delete(keyOf(session));
    if (sinceMs === undefined && remembered === undefined) return undefined;
    const oldest = history.arrivalAt(clock.now() - catchUpMs);
    const asked = sinceMs === undefined ? (remembered ?? 0) : history.arrivalAt(sinceMs);
    const from = Math.max(oldest, asked);
    return from < history.last ? from : undefined;
  }

  /** How far it was: what it had not acknowledged may not have arrived. */
  #remember(session: SubscriberSession): void {
    const { history } = this.#options;
    if (session.name === undefined || !history || this.#isClosed) return;
    this.#remembered.set(keyOf(session), session.servedTo);
    this.#keep(session);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size <= MAX_REMEMBERED || oldest === undefined) return;
    this.#remembered.delete(oldest);
    history.served?.erase(oldest).catch(() => undefined);
  }
}

/** A stranger's name may be longer than a key. */
function keyOf({ name, connection }: SubscriberSession): string {
  return hash('sha256', `${name} ${connection.remoteAddress}`);
}
