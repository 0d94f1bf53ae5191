// The subscriber's side of VTP: follows a remote broker, acknowledges what is taken over, and comes back when it is gone.
import { type Clock, isoTime, RealClock, type Timer } from '../../clock/index.js';
import { errorCode, errorText } from '../../errors/index.js';
import { type Connection, connect } from '../../socket/index.js';
import { VOEventError, VtpError } from '../errors.js';
import { CATCH_UP_SINCE, SIMPLE_FILTER, XPATH_FILTER } from '../filters/wishes.js';
import { DEFAULT_LIMITS } from '../limits.js';
import { SILENT, type VoeventLog } from '../log.js';
import { Backoff } from './backoff.js';
import { encodeFrame, FrameReader } from './frame.js';
import { looksLikeTransport } from './sniff.js';
import { parseTransport, type TransportMessage, type TransportParam, writeTransport } from './transport.js';

/**
 * Takes an event over: its bytes are on the disk when this resolves, and the remote is told so. A VOEventError refuses
 * the event: that is counted, and the remote is told that it came, since a refusal would end the subscription there.
 * Any other error is a passing trouble of ours: the connection is closed, and the event comes again when it is back.
 * @returns the event's IVORN
 */
export type OnRemoteEvent = (bytes: Uint8Array, remote: string) => Promise<string>;

/** Which remote is followed, and how. */
export interface SubscriberOptions {
  host: string;
  /** By custom 8099. */
  port: number;
  localIvorn: string;
  /** XPath filters, sent to the remote. */
  xpath?: readonly string[];
  /** Simple filters, which only a broker of PyROS knows. */
  simple?: readonly string[];
  /** Since when what was missed is wanted, in ms UTC. Others than PyROS do not heed it. @defaultValue not at all */
  since?: () => number | undefined;
  /** Largest event. @defaultValue {@link DEFAULT_LIMITS} */
  maxBytes?: number;
  /** A remote that is silent for so long is given up. @defaultValue 120000 */
  silenceMs?: number;
  /** For time stamps. */
  clock: Clock;
  /** For waiting. @defaultValue real time */
  timers?: Clock;
  /** From 0 to 1. @defaultValue Math.random */
  chance?: () => number;
}

/** What is known of one remote, for `Status`. */
export interface RemoteReport {
  remote: string;
  state: 'CONNECTING' | 'CONNECTED' | 'WAITING' | 'STOPPED';
  /** Last time that anything came from it: also `iamalive`, so silence of the sky is told from that of the remote. */
  heardMs?: number;
  /** Last time that an event came. */
  eventMs?: number;
  events: number;
  refused: number;
  failed: number;
  attempts: number;
  connections: number;
  /** Why it is not connected. */
  reason?: string;
}

const NONE = { attempts: 0, connections: 0 };
const SILENCE_MS = 120_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Frames that wait to be taken over, and their bytes, before the remote is slowed down. */
const MAX_WAITING = 64;
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** One connection to the remote, and what came by it. */
interface Feed {
  readonly connection: Connection;
  readonly reader: FrameReader;
  /** In the order in which they came; of one that was passed over, why. */
  readonly frames: (Uint8Array | VtpError)[];
  isServed: boolean;
}

/** Follows one remote until it is closed. */
export class RemoteSubscriber {
  readonly report: RemoteReport;
  readonly #timers: Clock;
  readonly #backoff: Backoff;
  #connection: Connection | undefined;
  #retry: Timer | undefined;
  #silence: Timer | undefined;
  /** The frames in hand, of the last connection that had some. */
  #serving: Promise<void> | undefined;
  #stopped = false;

  constructor(
    private readonly options: SubscriberOptions,
    private readonly onEvent: OnRemoteEvent,
    private readonly log: VoeventLog = SILENT,
  ) {
    this.#timers = options.timers ?? new RealClock();
    this.#backoff = new Backoff(options.chance);
    const remote = `${options.host}:${options.port}`;
    this.report = { remote, state: 'CONNECTING', events: 0, refused: 0, failed: 0, ...NONE };
    void this.#connect();
  }

  /** Ends the subscription; the event in hand is finished. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.report.state = 'STOPPED';
    this.#retry?.cancel();
    await this.#serving;
    this.#connection?.end();
  }

  async #connect(): Promise<void> {
    const { host, port } = this.options;
    this.report.state = 'CONNECTING';
    this.report.attempts += 1;
    try {
      const connection = await connect({ host, port, timeoutMs: CONNECT_TIMEOUT_MS });
      if (this.#stopped) connection.destroy();
      else this.#follow(connection);
    } catch (error) {
      this.#again(0, errorText(error));
    }
  }

  #follow(connection: Connection): void {
    const begunMs = this.#timers.now();
    const frames: Feed['frames'] = [];
    const skipped = (error: VtpError) => void frames.push(error);
    const reader = new FrameReader(this.options.maxBytes ?? DEFAULT_LIMITS.maxBytes, skipped);
    const feed = { connection, reader, frames, isServed: false };
    this.#connection = connection;
    this.report.state = 'CONNECTED';
    this.report.connections += 1;
    this.log.info('following a remote broker', { remote: this.report.remote });
    this.#awaitSign();
    connection.start({
      onData: (chunk) => this.#read(feed, chunk),
      onClose: (error) => this.#lost(connection, begunMs, error),
    });
  }

  #read(feed: Feed, chunk: Buffer): void {
    const { connection, reader, frames } = feed;
    this.report.heardMs = this.options.clock.now();
    this.#awaitSign();
    try {
      reader.push(chunk, frames);
    } catch (error) {
      connection.destroy(error instanceof Error ? error : undefined);
      return;
    }
    if (isMuch(frames)) connection.pause();
    if (frames.length === 0 || feed.isServed) return;
    const before = this.#serving;
    this.#serving = this.#serveAll(feed).then(() => before);
  }

  /** Never rejects. The frames of a connection are its own: those of the next one wait for none of them. */
  async #serveAll(feed: Feed): Promise<void> {
    const { connection, frames } = feed;
    feed.isServed = true;
    for (let frame = frames.shift(); frame; frame = frames.shift()) {
      if (connection !== this.#connection || connection.closed) break;
      await this.#serve(connection, frame);
      if (!isMuch(frames)) connection.resume();
      if (this.#stopped) break;
    }
    feed.isServed = false;
    connection.resume();
  }

  async #serve(connection: Connection, frame: Uint8Array | VtpError): Promise<void> {
    if (frame instanceof VtpError) {
      this.#refused(connection, frame);
      return;
    }
    if (looksLikeTransport(frame)) {
      this.#understand(connection, frame);
      return;
    }
    const { report, log } = this;
    report.eventMs = this.options.clock.now();
    try {
      const ivorn = await this.onEvent(frame, report.remote);
      report.events += 1;
      this.#say(connection, { role: 'ack', origin: ivorn, params: [] });
    } catch (error) {
      if (error instanceof VOEventError) {
        this.#refused(connection, error, error.ivorn);
        return;
      }
      report.failed += 1;
      const fields = { code: errorCode(error), reason: errorText(error), remote: report.remote };
      log.warn('an event of a remote broker could not be taken over', fields);
      connection.destroy(new VtpError('VTP_BUSY', `an event could not be taken over: ${errorText(error)}`));
    }
  }

  /** It costs this event, not the subscription: the remote is told that it came. */
  #refused(connection: Connection, { code, message }: VOEventError | VtpError, ivorn?: string): void {
    this.report.refused += 1;
    const fields = { code, reason: message, ivorn, remote: this.report.remote };
    this.log.warn('an event of a remote broker is refused', fields);
    this.#say(connection, { role: 'ack', origin: ivorn ?? this.options.localIvorn, params: [] });
  }

  #understand(connection: Connection, frame: Uint8Array): void {
    try {
      const message = parseTransport(frame);
      const { origin, role } = message;
      if (role === 'iamalive') this.#say(connection, { role, origin, params: [] });
      else if (role === 'authenticate') this.#say(connection, { role, origin, params: this.#wishes() });
      else if (role === 'nak')
        this.log.warn('a remote broker refuses', { reason: message.result, remote: this.report.remote });
    } catch (error) {
      // It costs this message, not the subscription.
      const fields = { code: errorCode(error), reason: errorText(error), remote: this.report.remote };
      this.log.warn('a message of a remote broker is refused', fields);
    }
  }

  #wishes(): TransportParam[] {
    const { xpath = [], simple = [], since } = this.options;
    const sinceMs = since?.();
    return [
      ...xpath.map((value) => ({ name: XPATH_FILTER, value })),
      ...simple.map((value) => ({ name: SIMPLE_FILTER, value })),
      ...(sinceMs === undefined ? [] : [{ name: CATCH_UP_SINCE, value: isoTime(sinceMs) }]),
    ];
  }

  #say(connection: Connection, message: Omit<TransportMessage, 'response' | 'timeStamp'>): void {
    const { localIvorn, clock } = this.options;
    const whole = { ...message, response: localIvorn, timeStamp: isoTime(clock.now()) };
    connection.send(encodeFrame(writeTransport(whole)));
  }

  #awaitSign(): void {
    const silenceMs = this.options.silenceMs ?? SILENCE_MS;
    this.#silence?.cancel();
    this.#silence = this.#timers.after(silenceMs, () => {
      this.#connection?.destroy(new VtpError('VTP_SILENT', `nothing came for ${silenceMs / 1000} s`));
    });
  }

  #lost(connection: Connection, begunMs: number, error: Error | undefined): void {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    this.#silence?.cancel();
    this.#again(this.#timers.now() - begunMs, error ? errorText(error) : 'it has closed the connection');
  }

  #again(livedMs: number, reason: string): void {
    if (this.#stopped) return;
    const pauseMs = this.#backoff.next(livedMs);
    this.report.state = 'WAITING';
    this.report.reason = reason;
    const fields = { remote: this.report.remote, reason, againInS: Math.round(pauseMs / 1000) };
    this.log.warn('not connected to a remote broker', fields);
    this.#retry = this.#timers.after(pauseMs, () => void this.#connect());
  }
}

function isMuch(frames: Feed['frames']): boolean {
  if (frames.length > MAX_WAITING) return true;
  return (
    frames.reduce((sum, frame) => sum + (frame instanceof VtpError ? 0 : frame.length), 0) > MAX_WAITING_BYTES
  );
}
