// One agent as a sender sees it: a connection that is opened when it is needed and shared by all messages to it.
import { errorCode, errorText } from '../errors/index.js';
import { type Connection, connect, type TlsCredentials } from '../socket/index.js';
import { AnswerError, MeshError } from './errors.js';
import {
  ANSWER_OK,
  ANSWER_PROGRESS,
  type EncodedFrame,
  encodeFrame,
  type Frame,
  frameData,
  sendFrame,
} from './frame.js';
import { FrameBounds } from './frame-bounds.js';
import { type FrameLimits, FrameReader } from './frame-reader.js';
import { type HeaderShape, headerShape, NUMBERS_BYTES, writeFrame } from './frame-writer.js';
import { type PostedFields, postedHeader } from './posted-header.js';
import { Waits } from './waits.js';

/** Options of one message. */
export interface SendOptions {
  /** How long to wait for the answer, in ms. @defaultValue `[mesh] request_timeout` */
  timeoutMs?: number;
  /** Gives up the wait. */
  signal?: AbortSignal;
  /** Called with each `PROGRESS` of the action. */
  onProgress?: (data: unknown) => void;
}

/** What a peer needs to know. */
export interface OutgoingPeerOptions extends FrameLimits {
  /** The agent's name, for messages. */
  agent: string;
  host: string;
  port: number;
  /** What the next connection is made with, if by TLS. Must not throw. */
  tls: () => TlsCredentials | undefined;
  /** Name of the sending agent. */
  from: string;
  requestTimeoutMs: number;
  /** What may wait to be written; beyond it a message is refused, since its sender does not wait for answers. */
  sendLimitBytes: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** An idle connection is asked for a sign of life this often, and is dead after {@link DEAD_AFTER_MS} without a byte. */
const HEARTBEAT_MS = 5_000;
const DEAD_AFTER_MS = 15_000;
/** How often deadlines are looked at; shorter waits have a timer of their own. */
const SWEEP_MS = 250;
/** How many messages have their headers kept, and the longest message that has. */
const MOST_SHAPES = 256;
const LONGEST_SHAPED = 256;

export class OutgoingPeer {
  #connection: Connection | undefined;
  #connecting: Promise<void> | undefined;
  /** Frames for the connection that is being opened, by their ids. */
  readonly #early = new Map<number, EncodedFrame>();
  #earlyBytes = 0;
  readonly #waits = new Waits();
  /** Headers by their messages. */
  readonly #shapes = new Map<string, HeaderShape>();
  #lastId = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #heartbeatDueMs = 0;
  #closed = false;

  readonly #fromField: string;
  readonly #bounds: FrameBounds;
  /** Headers of longer messages are not kept, and are measured. */
  readonly #longestShaped: number;

  constructor(private readonly options: OutgoingPeerOptions) {
    this.#fromField = `\tfrom=${options.from}`;
    this.#bounds = new FrameBounds(options, 'MESSAGE_TOO_LARGE', `a message to ${options.agent}`);
    const roomBytes = options.headerLimit - Buffer.byteLength(this.#fromField) - NUMBERS_BYTES;
    // In UTF-8 a text takes at most three bytes for each of its units.
    this.#longestShaped = Math.min(LONGEST_SHAPED, roomBytes / 3);
  }

  /** Messages whose answer has not come. */
  get pending(): number {
    return this.#waits.size;
  }

  /**
   * Sends a message and waits for its answer.
   * @returns the action's reply
   * @throws MeshError, AnswerError
   */
  send(message: string, data: unknown, options?: SendOptions): Promise<unknown> {
    const connection = this.#connection;
    const buffered = this.#earlyBytes + (connection?.bufferedBytes ?? 0);
    if (buffered > this.options.sendLimitBytes) return this.#full(buffered);
    if (options !== undefined || !connection || connection.closed || message.length > this.#longestShaped)
      return this.#sendWith(message, data, options ?? {});
    const id = this.#newId();
    writeFrame(connection, this.#shape(message), id, data, this.#bounds);
    return this.#await(id, this.options.requestTimeoutMs, undefined);
  }

  /** Sends a posted message. @throws as {@link OutgoingPeer.send} */
  sendPosted(
    posted: { message: string; payload: Uint8Array | undefined },
    place: PostedFields,
    timeoutMs: number,
  ): Promise<unknown> {
    const id = this.#newId();
    const { message, payload } = posted;
    const header = postedHeader(message, id, this.options.from, place, payload?.length);
    const frame = { header, payload };
    const refusal = this.#bounds.refusal(frame);
    if (refusal) return Promise.reject(refusal);
    this.#write(id, frame);
    return this.#await(id, timeoutMs, undefined);
  }

  /** Closes; waits that are under way are rejected. */
  close(): void {
    this.#closed = true;
    this.#connection?.destroy();
    this.#lost(new MeshError('CONNECTION_LOST', 'the sender was closed'));
  }

  /** The general way: any message, any options, also before there is a connection. */
  #sendWith(message: string, data: unknown, options: SendOptions): Promise<unknown> {
    const { timeoutMs = this.options.requestTimeoutMs, signal, onProgress } = options;
    if (signal?.aborted) return Promise.reject(cancelled(this.options.agent, signal));
    const id = this.#newId();
    // The receiver reads the same INI file, and knows how long a sender waits that does not say.
    const usual = timeoutMs === this.options.requestTimeoutMs;
    const fields = `\tid=${id}${this.#fromField}${usual ? '' : `\tdeadline=${Math.ceil(timeoutMs)}`}`;
    this.#write(id, this.#bounds.checked(encodeFrame(message, fields, data)));
    const waiting = this.#await(id, timeoutMs, onProgress);
    return signal || timeoutMs < 2 * SWEEP_MS ? this.#guarded(waiting, id, timeoutMs, signal) : waiting;
  }

  #full(buffered: number): Promise<never> {
    const text = `${this.options.agent} takes messages too slowly: ${buffered} bytes wait to be sent to it`;
    return Promise.reject(new MeshError('SENDER_FULL', text));
  }

  #shape(message: string): HeaderShape {
    const known = this.#shapes.get(message);
    if (known) return known;
    const shape = headerShape(message, this.#fromField);
    if (this.#shapes.size === MOST_SHAPES) this.#shapes.clear();
    this.#shapes.set(message, shape);
    return shape;
  }

  #newId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** A wait for the answer to the message of an id. */
  #await(id: number, timeoutMs: number, onProgress: SendOptions['onProgress']): Promise<unknown> {
    const waits = this.#waits;
    if (waits.size === 0) this.#connection?.keepProcessAlive(true);
    return new Promise<unknown>((resolve, reject) => {
      waits.add(id, performance.now() + timeoutMs, resolve, reject, onProgress);
    });
  }

  /** Waits that need more than the sweep: a signal, or a short time. */
  async #guarded(
    waiting: Promise<unknown>,
    id: number,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const onAbort = () => signal && this.#reject(id, () => cancelled(this.options.agent, signal));
    const timer = timeoutMs < 2 * SWEEP_MS ? setTimeout(() => this.#expire(id), timeoutMs) : undefined;
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await waiting;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #write(id: number, frame: EncodedFrame): void {
    const connection = this.#connection;
    if (connection && !connection.closed) {
      sendFrame(connection, frame);
      return;
    }
    // It is over, though that was not told yet: its answers will not come by another.
    if (connection) this.#lost(this.#lossOf());
    this.#early.set(id, frame);
    this.#earlyBytes += sizeOf(frame);
    if (!this.#connecting) this.#connecting = this.#connect();
  }

  async #connect(): Promise<void> {
    const { agent, host, port, tls } = this.options;
    // Waits come to their end while it is being opened, too.
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
    try {
      const connection = await connect({ host, port, tls: tls(), timeoutMs: CONNECT_TIMEOUT_MS });
      this.#connecting = undefined;
      if (this.#closed) connection.destroy();
      else this.#open(connection);
    } catch (error) {
      this.#connecting = undefined;
      clearInterval(this.#sweeper);
      this.#early.clear();
      this.#earlyBytes = 0;
      const hint = errorCode(error) === 'CONNECT_REFUSED' ? '; is it running?' : '';
      const text = `agent ${agent} cannot be reached: ${errorText(error)}${hint}`;
      this.#waits.rejectAll(new MeshError('UNREACHABLE', text, error));
    }
  }

  #open(connection: Connection): void {
    const reader = new FrameReader(this.options, (frame) => this.#onFrame(frame));
    this.#connection = connection;
    this.#heartbeatDueMs = performance.now() + HEARTBEAT_MS;
    connection.start({
      onData: (chunk) => {
        try {
          reader.push(chunk);
        } catch (error) {
          connection.destroy(error instanceof Error ? error : undefined);
        }
      },
      // An agent that has closed its side answers no more.
      onEnd: () => connection.destroy(),
      onClose: (error) => {
        if (this.#connection !== connection) return;
        this.#lost(this.#lossOf(error));
      },
    });
    for (const frame of this.#early.values()) sendFrame(connection, frame);
    this.#early.clear();
    this.#earlyBytes = 0;
    if (this.#waits.size === 0) connection.keepProcessAlive(false);
  }

  #onFrame(frame: Frame): void {
    const { id, message } = frame;
    if (typeof id !== 'number') return;
    if (message === ANSWER_OK) this.#onOk(id, frame);
    else if (message === ANSWER_PROGRESS) this.#onProgress(id, frame);
    else {
      const { code = 'ACTION_FAILED', text = `${message} without a reason` } = frame;
      this.#reject(id, () => new AnswerError(code, text));
    }
  }

  /** What cannot be read, or a callback that throws, ends this wait and no other. */
  #onProgress(id: number, frame: Frame): void {
    // Whoever reports progress is alive, and may take its time.
    const tell = this.#waits.prolong(id, performance.now() + this.options.requestTimeoutMs);
    try {
      tell?.(frameData(frame));
    } catch (error) {
      this.#reject(id, () => error as Error);
    }
  }

  #onOk(id: number, frame: Frame): void {
    let reply: unknown;
    try {
      reply = frameData(frame);
    } catch (error) {
      this.#reject(id, () => error as Error);
      return;
    }
    this.#waits.resolve(id, reply);
    if (this.#waits.size === 0) this.#connection?.keepProcessAlive(false);
  }

  #reject(id: number, error: () => Error): void {
    this.#waits.reject(id, error);
    this.#withdraw(id);
    if (this.#waits.size === 0) this.#connection?.keepProcessAlive(false);
  }

  /** What nobody waits for any more, and has not left, is not sent. */
  #withdraw(id: number): void {
    const frame = this.#early.get(id);
    if (!frame) return;
    this.#early.delete(id);
    this.#earlyBytes -= sizeOf(frame);
  }

  #expire(id: number): void {
    const text = `${this.options.agent} has not answered in time; whether it acted is not known`;
    this.#reject(id, () => new MeshError('REQUEST_TIMEOUT', text));
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const id of this.#waits.overdue(nowMs)) this.#expire(id);
    const connection = this.#connection;
    if (!connection || nowMs < this.#heartbeatDueMs) return;
    this.#heartbeatDueMs = nowMs + HEARTBEAT_MS;
    const silentMs = nowMs - connection.lastReadMs;
    if (silentMs > DEAD_AFTER_MS)
      connection.destroy(new Error(`not a byte for ${Math.round(silentMs / 1000)} s`));
    else if (silentMs > HEARTBEAT_MS) connection.send(`Ping\tid=heartbeat${this.#fromField}\n`);
  }

  #lossOf(error?: Error): MeshError {
    const reason = error ? `: ${errorText(error)}` : '';
    const text = `the connection to ${this.options.agent} was lost before the answer came${reason}`;
    return new MeshError('CONNECTION_LOST', text, error);
  }

  #lost(error: MeshError): void {
    clearInterval(this.#sweeper);
    this.#connection = undefined;
    this.#waits.rejectAll(error);
  }
}

function sizeOf({ header, payload }: EncodedFrame): number {
  return header.length + (payload?.length ?? 0);
}

function cancelled(agent: string, signal: AbortSignal): MeshError {
  const text = `the wait for ${agent} was given up: ${errorText(signal.reason)}`;
  return new MeshError(
    errorCode(signal.reason) === 'REQUEST_TIMEOUT' ? 'REQUEST_TIMEOUT' : 'CANCELLED',
    text,
    signal.reason,
  );
}
