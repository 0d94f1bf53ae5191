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
  isAscii,
  sendFrame,
} from './frame.js';
import { type FrameLimits, FrameReader } from './frame-reader.js';

/** Options of one message. */
export interface SendOptions {
  /** How long to wait for the answer, in ms. @defaultValue `[mesh] request_timeout` */
  timeoutMs?: number;
  /** Gives up the wait. */
  signal?: AbortSignal;
  /** Called with each `PROGRESS` of the action. */
  onProgress?: (data: unknown) => void;
}

/** Fields of a posted message. */
export interface PostedFields {
  /** `<outbox>.<number>` */
  seq: string;
  /** Number of the message before it, when that is not the one just below. */
  after: number | undefined;
  /** All up to this number were handled or given up; said by the first after a pause. */
  settled: number | undefined;
  /** It was sent before. */
  again: boolean;
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

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  deadlineMs: number;
  onProgress: ((data: unknown) => void) | undefined;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** An idle connection is asked for a sign of life this often, and is dead after {@link DEAD_AFTER_MS} without a byte. */
const HEARTBEAT_MS = 5_000;
const DEAD_AFTER_MS = 15_000;
/** How often deadlines are looked at; shorter waits have a timer of their own. */
const SWEEP_MS = 250;

export class OutgoingPeer {
  #connection: Connection | undefined;
  #connecting: Promise<void> | undefined;
  /** Frames for the connection that is being opened. */
  #early: EncodedFrame[] = [];
  #earlyBytes = 0;
  #pending = new Map<number, Pending>();
  #lastId = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #heartbeatDueMs = 0;
  #closed = false;

  readonly #fromField: string;
  readonly #fromIsAscii: boolean;

  constructor(private readonly options: OutgoingPeerOptions) {
    this.#fromField = `\tfrom=${options.from}`;
    this.#fromIsAscii = isAscii(options.from);
  }

  /** Messages whose answer has not come. */
  get pending(): number {
    return this.#pending.size;
  }

  /**
   * Sends a message and waits for its answer.
   * @returns the action's reply
   * @throws MeshError, AnswerError
   */
  send(message: string, data: unknown, options: SendOptions = {}): Promise<unknown> {
    const { timeoutMs = this.options.requestTimeoutMs, signal, onProgress } = options;
    if (signal?.aborted) return Promise.reject(cancelled(this.options.agent, signal));
    const buffered = this.#earlyBytes + (this.#connection?.bufferedBytes ?? 0);
    if (buffered > this.options.sendLimitBytes) {
      const text = `${this.options.agent} takes messages too slowly: ${buffered} bytes wait to be sent to it`;
      return Promise.reject(new MeshError('SENDER_FULL', text));
    }
    const waiting = this.#await(timeoutMs, onProgress);
    const id = this.#lastId;
    // The receiver reads the same INI file, and knows how long a sender waits that does not say.
    const usual = timeoutMs === this.options.requestTimeoutMs;
    const fields = `\tid=${id}${this.#fromField}${usual ? '' : `\tdeadline=${Math.ceil(timeoutMs)}`}`;
    this.#write(encodeFrame(message, fields, data, this.#fromIsAscii && isAscii(message)));
    return signal || timeoutMs < 2 * SWEEP_MS ? this.#guarded(waiting, id, timeoutMs, signal) : waiting;
  }

  /** Sends a posted message. @throws as {@link OutgoingPeer.send} */
  sendPosted(
    posted: { message: string; payload: Uint8Array | undefined },
    place: PostedFields,
    timeoutMs: number,
  ): Promise<unknown> {
    const waiting = this.#await(timeoutMs, undefined);
    const bytes = posted.payload ? `\tbytes=${posted.payload.length}` : '';
    const header = `${posted.message}\tid=${this.#lastId}${this.#fromField}${postedFields(place)}${bytes}\n`;
    this.#write({ header, ascii: this.#fromIsAscii && isAscii(posted.message), payload: posted.payload });
    return waiting;
  }

  /** Closes; waits that are under way are rejected. */
  close(): void {
    this.#closed = true;
    this.#connection?.destroy();
    this.#lost(new MeshError('CONNECTION_LOST', 'the sender was closed'));
  }

  /** A wait for the answer to the message with the next id. */
  #await(timeoutMs: number, onProgress: Pending['onProgress']): Promise<unknown> {
    this.#lastId += 1;
    return new Promise<unknown>((resolve, reject) => {
      if (this.#pending.size === 0) this.#connection?.keepProcessAlive(true);
      this.#pending.set(this.#lastId, {
        resolve,
        reject,
        deadlineMs: performance.now() + timeoutMs,
        onProgress,
      });
    });
  }

  /** Waits that need more than the sweep: a signal, or a short time. */
  async #guarded(
    waiting: Promise<unknown>,
    id: number,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const onAbort = () => signal && this.#settle(id)?.reject(cancelled(this.options.agent, signal));
    const timer = timeoutMs < 2 * SWEEP_MS ? setTimeout(() => this.#expire(id), timeoutMs) : undefined;
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await waiting;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #write(frame: EncodedFrame): void {
    const connection = this.#connection;
    if (connection && !connection.closed) {
      sendFrame(connection, frame);
      return;
    }
    this.#early.push(frame);
    this.#earlyBytes += frame.header.length + (frame.payload?.length ?? 0);
    if (!this.#connecting) this.#connecting = this.#connect();
  }

  async #connect(): Promise<void> {
    const { agent, host, port, tls } = this.options;
    try {
      const connection = await connect({ host, port, tls: tls(), timeoutMs: CONNECT_TIMEOUT_MS });
      this.#connecting = undefined;
      if (this.#closed) connection.destroy();
      else this.#open(connection);
    } catch (error) {
      this.#connecting = undefined;
      this.#early = [];
      this.#earlyBytes = 0;
      const hint = errorCode(error) === 'HANDSHAKE_FAILED' ? '' : '; is it running?';
      const text = `agent ${agent} cannot be reached: ${errorText(error)}${hint}`;
      this.#rejectAll(new MeshError('UNREACHABLE', text, error));
    }
  }

  #open(connection: Connection): void {
    const reader = new FrameReader(
      this.options,
      (frame) => this.#onFrame(frame),
      (id) => this.#settle(id)?.resolve(undefined),
    );
    this.#connection = connection;
    this.#heartbeatDueMs = performance.now() + HEARTBEAT_MS;
    this.#sweeper = setInterval(() => this.#sweep(connection), SWEEP_MS).unref();
    connection.start({
      onData: (chunk) => {
        try {
          reader.push(chunk);
        } catch (error) {
          connection.destroy(error instanceof Error ? error : undefined);
        }
      },
      onClose: (error) => {
        if (this.#connection !== connection) return;
        const reason = error ? `: ${errorText(error)}` : '';
        const text = `the connection to ${this.options.agent} was lost before the answer came${reason}`;
        this.#lost(new MeshError('CONNECTION_LOST', text, error));
      },
    });
    const early = this.#early;
    this.#early = [];
    this.#earlyBytes = 0;
    for (const frame of early) sendFrame(connection, frame);
    if (this.#pending.size === 0) connection.keepProcessAlive(false);
  }

  #onFrame(frame: Frame): void {
    const id = Number(frame.id ?? Number.NaN);
    const pending = this.#pending.get(id);
    if (!pending) return;
    if (frame.message === ANSWER_PROGRESS) {
      // Whoever reports progress is alive, and may take its time.
      pending.deadlineMs = Math.max(pending.deadlineMs, performance.now() + this.options.requestTimeoutMs);
      pending.onProgress?.(frameData(frame));
      return;
    }
    this.#settle(id);
    if (frame.message !== ANSWER_OK) {
      pending.reject(
        new AnswerError(frame.code ?? 'ACTION_FAILED', frame.text ?? `${frame.message} without a reason`),
      );
      return;
    }
    try {
      pending.resolve(frameData(frame));
    } catch (error) {
      pending.reject(error as Error);
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (this.#pending.delete(id) && this.#pending.size === 0) this.#connection?.keepProcessAlive(false);
    return pending;
  }

  #expire(id: number): void {
    const text = `${this.options.agent} has not answered in time; whether it acted is not known`;
    this.#settle(id)?.reject(new MeshError('REQUEST_TIMEOUT', text));
  }

  #sweep(connection: Connection): void {
    const nowMs = performance.now();
    for (const [id, { deadlineMs }] of this.#pending) if (nowMs > deadlineMs) this.#expire(id);
    if (nowMs < this.#heartbeatDueMs) return;
    this.#heartbeatDueMs = nowMs + HEARTBEAT_MS;
    const silentMs = nowMs - connection.lastReadMs;
    if (silentMs > DEAD_AFTER_MS)
      connection.destroy(new Error(`not a byte for ${Math.round(silentMs / 1000)} s`));
    else if (silentMs > HEARTBEAT_MS) connection.send('Ping\tid=heartbeat\n');
  }

  #lost(error: MeshError): void {
    clearInterval(this.#sweeper);
    this.#connection = undefined;
    this.#rejectAll(error);
  }

  #rejectAll(error: Error): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of all) pending.reject(error);
  }
}

function postedFields({ seq, after, settled, again }: PostedFields): string {
  let fields = `\tseq=${seq}`;
  if (after !== undefined) fields += `\tafter=${after}`;
  if (settled !== undefined) fields += `\tsettled=${settled}`;
  return again ? `${fields}\tagain=1` : fields;
}

function cancelled(agent: string, signal: AbortSignal): MeshError {
  const text = `the wait for ${agent} was given up: ${errorText(signal.reason)}`;
  return new MeshError(
    errorCode(signal.reason) === 'REQUEST_TIMEOUT' ? 'REQUEST_TIMEOUT' : 'CANCELLED',
    text,
    signal.reason,
  );
}
