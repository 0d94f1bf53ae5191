// One subscriber's connection to a broadcaster: events out, acknowledgements and `iamalive` in.
import { isoTime } from '../../clock/index.js';
import { errorCode, errorText } from '../../errors/index.js';
import type { Connection } from '../../socket/index.js';
import { VtpError, type VtpErrorCode } from '../errors.js';
import { type Wishes, wishesOf } from '../filters/wishes.js';
import type { Broadcast } from './broadcast.js';
import { encodeFrame, FrameReader } from './frame.js';
import type { Outgoing } from './outgoing.js';
import { looksLikeAck } from './sniff.js';
import { parseTransport, type TransportMessage, writeTransport } from './transport.js';

/** Longest transport message of a subscriber: its filters must fit. */
const MAX_MESSAGE_BYTES = 128 * 1024;
/** Messages of one arrival that wait to be read. */
const MAX_MESSAGES = 64;
/** Bytes that are given to the system for one subscriber before events wait in its queue. */
const MAX_UNREAD_BYTES = 256 * 1024;
/** How many events of the store are read at once for who catches up. */
const CATCH_UP_BATCH = 64;
/** Arrivals that were acknowledged are forgotten by so many. */
const UNACKED_PIECE = 256;
const NO_WISHES: Wishes = { xpath: [], simple: [] };
const NO_VERDICTS: ReadonlySet<string> = new Set();

/** Serves one subscriber from its connection to its end. */
export class SubscriberSession {
  wishes: Wishes = NO_WISHES;
  /** Its IVORN, when it has told. */
  name: string | undefined;
  /** Something came from it. */
  hasSpoken = false;
  sent = 0;
  acked = 0;
  /** The queue; it holds what is shared with the others. */
  #queue: Outgoing[] = [];
  #queuedBytes = 0;
  #reader = new FrameReader(MAX_MESSAGE_BYTES);
  #heard = true;
  #asked = false;
  #ackedAtTick = 0;
  #sentAtTick = 0;
  #strangeMessages = 0;
  /** Nothing leaves before its filters are known, or it has been waited for. */
  #greeting: NodeJS.Timeout | undefined;
  /** Where it catches up from the store: all up to this arrival are behind it. */
  #cursor: number | undefined;
  /** Everything up to here came out of the store. */
  #caughtUpTo = 0;
  /** The last arrival that was offered. */
  #offeredTo = 0;
  /** Arrivals that were sent and not acknowledged yet, from `#firstUnacked` on. */
  #unacked: number[] = [];
  #firstUnacked = 0;
  #pumping = false;
  #messages = Promise.resolve();
  #waitingMessages = 0;
  /** It is not listened to until its turn comes. */
  #resting = false;
  #over = false;

  constructor(
    readonly connection: Connection,
    private readonly broadcast: Broadcast,
    private readonly onOver: () => void,
  ) {
    this.#greeting = setTimeout(() => this.#welcome(), broadcast.greetingMs).unref();
    // What comes before its filters are known is read from the store then.
    this.#cursor = broadcast.published();
    connection.start({
      onData: (chunk) => this.#read(chunk),
      onDrain: () => this.#pump(),
      onClose: () => this.#close(),
    });
    this.#say({ role: 'authenticate', params: [] });
  }

  /** For `Status`. */
  get report() {
    const { peer } = this.connection;
    const { sent, acked, name } = this;
    const filters = this.wishes.xpath.length + this.wishes.simple.length;
    const state = this.#greeting ? 'GREETING' : this.#cursor === undefined ? 'LIVE' : 'CATCHING_UP';
    return { peer, name, state, sent, acked, filters, queuedBytes: this.#queuedBytes };
  }

  /** The arrival up to which it has all that it wants, as far as it has said so. */
  get servedTo(): number {
    // What is not stored, such as a test event, has the arrival 0.
    const unacked = this.#unacked.slice(this.#firstUnacked).find((arrival) => arrival > 0);
    const first = unacked ?? this.#queue.find(({ arrival }) => arrival > 0)?.arrival;
    return first === undefined ? (this.#cursor ?? Math.max(this.#offeredTo, this.#caughtUpTo)) : first - 1;
  }

  /** Sends an event that passes the subscriber's filters; `verdicts` are those of the XPath filters. */
  offer(event: Outgoing, verdicts?: ReadonlySet<string>): void {
    if (this.#over || this.#cursor !== undefined) return;
    if (event.arrival !== 0 && event.arrival <= this.#caughtUpTo) return;
    this.#offeredTo = Math.max(this.#offeredTo, event.arrival);
    if (this.#wants(event, verdicts)) this.#enqueue(event);
  }

  /** The clock of `iamalive` has struck. A subscriber that has given no sign since the last time is cut. */
  tick(iamalive: Buffer): void {
    if (this.#asked && !this.#heard) {
      this.cut('VTP_SILENT', 'it has not answered iamalive');
      return;
    }
    if (this.acked === this.#ackedAtTick && this.#sentAtTick > this.acked) {
      this.cut('VTP_SILENT', `it has acknowledged none of ${this.#sentAtTick - this.acked} events`);
      return;
    }
    this.#heard = false;
    this.#asked = true;
    this.#ackedAtTick = this.acked;
    this.#sentAtTick = this.sent;
    this.#strangeMessages = 0;
    this.connection.sendShared(iamalive);
  }

  /** All that it has said by now is read, and what it says until the next event is sent to it. */
  listen(): void {
    this.#resting = false;
    this.connection.resume();
  }

  /** The broadcaster is behind: what comes after the last event that was offered is read from the store. */
  fallBack(arrival: number): void {
    const [queued] = this.#queue;
    this.catchUpAfter(queued ? queued.arrival - 1 : Math.max(arrival, this.#offeredTo));
  }

  /** From now on it gets what it missed from the store, and then what comes. */
  catchUpAfter(arrival: number): void {
    if (this.#over) return;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#cursor = Math.min(arrival, this.#cursor ?? arrival);
    this.#pump();
  }

  cut(code: VtpErrorCode, reason: string): void {
    if (this.#over || this.connection.closed) return;
    const { counters, log } = this.broadcast;
    counters.cut += 1;
    log.warn('subscriber cut', { code, reason, peer: this.connection.peer, name: this.name });
    this.connection.destroy();
  }

  /**
   * A subscriber whose filters cannot answer is cut: it would miss events without a word.
   * @param verdicts - `undefined` when too many events wait for the filters
   */
  isCutFor(verdicts: ReadonlySet<string> | undefined): boolean {
    const { desk } = this.broadcast;
    const fault = this.wishes.xpath.map((text) => desk.faultOf(text)).find(Boolean);
    if (fault !== undefined) this.cut('VTP_SLOW', `its filter is too costly: ${fault}`);
    else if (!verdicts) this.cut('VTP_SLOW', 'too many events wait for the filters');
    return fault !== undefined || !verdicts;
  }

  #wants(event: Outgoing, verdicts: ReadonlySet<string> | undefined): boolean {
    const { xpath, simple } = this.wishes;
    if (xpath.length + simple.length === 0) return true;
    return simple.some((filter) => event.passes(filter)) || xpath.some((text) => verdicts?.has(text));
  }

  #enqueue(event: Outgoing): void {
    if (!this.#greeting && this.#queue.length === 0 && this.connection.bufferedBytes < MAX_UNREAD_BYTES) {
      this.#send(event);
      return;
    }
    this.#queue.push(event);
    this.#queuedBytes += event.frame.length;
    const { queueBytes } = this.broadcast;
    if (this.#queuedBytes > queueBytes)
      this.cut('VTP_SLOW', `over ${queueBytes} bytes wait for it to read; it may catch up when it is back`);
  }

  #send(event: Outgoing): void {
    this.sent += 1;
    this.broadcast.counters.sent += 1;
    this.#unacked.push(event.arrival);
    this.connection.sendShared(event.frame);
    this.#rest();
  }

  /** Nothing is read before its turn comes: it has an event to acknowledge. */
  #rest(): void {
    if (this.#resting || this.#over) return;
    this.#resting = true;
    this.connection.pause();
    this.broadcast.turns.add(this);
  }

  #pump(): void {
    while (this.#hasRoom()) {
      const event = this.#queue.shift();
      if (!event) break;
      this.#queuedBytes -= event.frame.length;
      this.#send(event);
    }
    if (this.#cursor !== undefined && this.#queue.length === 0) void this.#catchUp();
  }

  #hasRoom(): boolean {
    return !this.#over && !this.#greeting && this.connection.bufferedBytes < MAX_UNREAD_BYTES;
  }

  /** Reads the store on, as fast as the subscriber reads. */
  async #catchUp(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#cursor !== undefined && this.#hasRoom()) {
        const events = this.broadcast.history(this.#cursor, CATCH_UP_BATCH);
        const last = events.at(-1);
        if (!last) {
          this.#caughtUpTo = this.#cursor;
          this.#cursor = undefined;
          break;
        }
        await this.#sendMissed(events);
        // Unless it was told to begin again meanwhile.
        if (this.#cursor !== undefined && this.#cursor < last.arrival) this.#cursor = last.arrival;
      }
    } finally {
      this.#pumping = false;
    }
  }

  async #sendMissed(events: readonly Outgoing[]): Promise<void> {
    for (const event of events) {
      const { xpath } = this.wishes;
      const verdicts =
        xpath.length > 0 ? await this.broadcast.desk.evaluate(event.bytes, xpath) : NO_VERDICTS;
      if (this.#over || this.isCutFor(verdicts)) return;
      if (this.#wants(event, verdicts)) this.#send(event);
    }
    // Others have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #read(chunk: Buffer): void {
    this.#heard = true;
    this.hasSpoken = true;
    try {
      for (const frame of this.#reader.push(chunk)) this.#hear(frame);
    } catch (error) {
      if (!(error instanceof VtpError)) throw error;
      this.cut(error.code, error.message);
    }
    if (this.acked < this.sent) this.#rest();
  }

  #hear(frame: Uint8Array): void {
    if (this.connection.closed) return;
    if (looksLikeAck(frame)) {
      this.#answered();
      return;
    }
    this.#countStrange();
    if (this.#over || this.#waitingMessages >= MAX_MESSAGES) return;
    this.#waitingMessages += 1;
    this.#messages = this.#messages
      .then(() => this.#understand(frame))
      .finally(() => {
        this.#waitingMessages -= 1;
      });
  }

  /** Events are answered in order. */
  #answered(): void {
    if (this.acked >= this.sent) {
      this.#countStrange();
      return;
    }
    this.acked += 1;
    this.#firstUnacked += 1;
    if (this.#firstUnacked < UNACKED_PIECE) return;
    this.#unacked = this.#unacked.slice(this.#firstUnacked);
    this.#firstUnacked = 0;
  }

  #countStrange(): void {
    this.#strangeMessages += 1;
    const { maxMessages } = this.broadcast;
    if (this.#strangeMessages > maxMessages)
      this.cut('VTP_FLOOD', `it has sent over ${maxMessages} messages that nobody asked for`);
  }

  /** Never rejects. */
  async #understand(frame: Uint8Array): Promise<void> {
    if (this.#over) return;
    try {
      const message = parseTransport(frame);
      if (message.role === 'authenticate') await this.#authenticated(message);
      else if (message.role === 'nak') this.#refused(message);
    } catch (error) {
      if (error instanceof VtpError) this.cut(error.code, error.message);
      else this.#sayNo(error);
    }
  }

  /** A subscriber that refuses an event has it; VTP wants it never to be sent again. */
  #refused({ origin, result }: TransportMessage): void {
    this.#answered();
    this.broadcast.counters.naks += 1;
    const { peer } = this.connection;
    this.broadcast.log.warn('a subscriber refuses an event', { ivorn: origin, reason: result, peer });
  }

  async #authenticated(message: TransportMessage): Promise<void> {
    this.name = message.response;
    const wishes = wishesOf(message);
    const { desk } = this.broadcast;
    const used: string[] = [];
    try {
      for (const text of new Set(wishes.xpath)) {
        await desk.use(text);
        used.push(text);
      }
    } catch (error) {
      for (const text of used) desk.release(text);
      throw error;
    }
    this.#change({ ...wishes, xpath: used });
    const { peer } = this.connection;
    const filters = used.length + wishes.simple.length;
    this.broadcast.log.info('subscriber has authenticated', { peer, name: this.name, filters });
    const missed = this.broadcast.missedSince(this, wishes.sinceMs);
    if (missed !== undefined) this.catchUpAfter(missed);
    this.#welcome();
  }

  #change(wishes: Wishes): void {
    const before = this.wishes;
    this.wishes = wishes;
    for (const text of before.xpath) this.broadcast.desk.release(text);
    if (this.#over) for (const text of wishes.xpath) this.broadcast.desk.release(text);
  }

  /** A bad filter passes nothing: its subscriber is told, and let go. */
  #sayNo(error: unknown): void {
    const { peer } = this.connection;
    this.broadcast.counters.badFilters += 1;
    const fields = { code: errorCode(error), reason: errorText(error), peer, name: this.name };
    this.broadcast.log.warn('filters of a subscriber refused', fields);
    this.#queue = [];
    this.#say({ role: 'nak', params: [], result: errorText(error) });
    this.connection.end();
  }

  #welcome(): void {
    clearTimeout(this.#greeting);
    this.#greeting = undefined;
    this.#pump();
  }

  #say(message: Omit<TransportMessage, 'origin' | 'timeStamp'>): void {
    const { localIvorn, clock } = this.broadcast;
    const whole = { ...message, origin: localIvorn, timeStamp: isoTime(clock.now()) };
    this.connection.send(encodeFrame(writeTransport(whole)));
  }

  #close(): void {
    this.#over = true;
    this.broadcast.turns.remove(this);
    clearTimeout(this.#greeting);
    this.#queue = [];
    this.#reader = new FrameReader(0);
    for (const text of this.wishes.xpath) this.broadcast.desk.release(text);
    this.onOver();
  }
}
