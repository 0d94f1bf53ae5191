// One TCP connection, bare or by TLS: batched writing, back-pressure, and three events.
import type { Socket } from 'node:net';
import { LONGEST_TIMEOUT_MS } from '../clock/index.js';
import { plainAddress } from './address-list.js';
import { BATCH_BYTES, giveBack, WriteBatch } from './write-batch.js';

/**
 * Small writes of one tick are joined until so many bytes wait, then twice as many, up to a whole batch: a peer can
 * begin with the first while more are written, and large numbers leave in few writes.
 */
const FIRST_FLUSH_BYTES = 2 * 1024;

/** Pieces of at least this size are written as they are, not copied into a batch. */
export const LARGE_BYTES = 16 * 1024;

/** A chunk that took longer to be handled lets other connections have their turn. */
const LONG_MS = 4;

/** How long a peer may take to close its side after we have closed ours. */
const LINGER_MS = 5_000;

/** What the owner of a {@link Connection} wants to know. */
export interface ConnectionEvents {
  /** Bytes came in. The buffer is the callee's to keep. */
  onData(chunk: Buffer): void;
  /** The peer has closed its side; ours stays open for answers until `end`. Without this, it is closed too. */
  onEnd?(): void;
  /** It is over; `error` tells why when it was not in peace. Called exactly once. */
  onClose?(error?: Error): void;
  /** What was sent has left for the system, after {@link Connection.send} had returned `false`. */
  onDrain?(): void;
}

/** A TCP connection, bare or by TLS. Nothing is read before {@link Connection.start}. */
export class Connection {
  /** `address:port` of the peer, for logs. */
  readonly peer: string;
  /** The peer's address, without an IPv6 prefix of a mapped IPv4 address. */
  readonly remoteAddress: string;
  /** When the last byte came in (`performance.now()`). */
  lastReadMs = performance.now();
  #socket: Socket;
  readonly #batch = new WriteBatch();
  #flushAt = FIRST_FLUSH_BYTES;
  #flushDue = false;
  #closed = false;
  #paused = false;
  #ending = false;
  #hasWritten = false;
  #isHurried = false;
  #error: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? 'unknown');
    this.peer = `${this.remoteAddress}:${socket.remotePort ?? '?'}`;
    // What a handshake has sent may be under way still.
    if ('encrypted' in socket) this.#hurry();
    socket.on('error', (error) => {
      this.#error = error;
    });
  }

  /** Begins to read. */
  start(events: ConnectionEvents): this {
    this.#socket.on('data', (chunk: Buffer) => {
      const nowMs = performance.now();
      this.lastReadMs = nowMs;
      events.onData(chunk);
      if (performance.now() - nowMs > LONG_MS) this.#giveWay();
    });
    this.#socket.on('end', () => (events.onEnd ? events.onEnd() : this.end()));
    this.#socket.on('drain', () => events.onDrain?.());
    this.#socket.on('close', () => {
      this.#closed = true;
      this.#batch.clear();
      events.onClose?.(this.#error);
    });
    return this;
  }

  /** Over, or not to be written to any more. */
  get closed(): boolean {
    return this.#closed || this.#ending || this.#socket.destroyed;
  }

  /** When it was last heard of; one that is not read is not silent. */
  get heardMs(): number {
    return this.#paused ? performance.now() : this.lastReadMs;
  }

  /** Bytes that were sent and have not left this process. */
  get bufferedBytes(): number {
    return this.#batch.length + this.#socket.writableLength;
  }

  /**
   * Sends text (UTF-8) or bytes. Small pieces of one tick leave in one write.
   * @returns `false` when more is buffered than is good: wait for `onDrain` before sending much more.
   */
  send(piece: string | Uint8Array): boolean {
    if (typeof piece === 'string') {
      if (piece.length * 3 >= LARGE_BYTES) return this.send(Buffer.from(piece));
      this.room(piece.length * 3)?.putText(piece);
    } else if (piece.length >= LARGE_BYTES) return this.#sendLarge(piece);
    else this.room(piece.length)?.put(piece);
    this.wrote();
    return !this.closed && !this.#socket.writableNeedDrain;
  }

  /** Sends bytes at once and as they are, without a copy: what many connections share. They must not change. */
  sendShared(piece: Uint8Array): boolean {
    return this.#sendLarge(piece);
  }

  /**
   * The cheapest way for many small messages: they are written where they will be sent from.
   * @param bytes - how many will be added at most, up to {@link LARGE_BYTES}
   * @returns where to add them, then call {@link Connection.wrote}; `undefined` when this is closed
   */
  room(bytes: number): WriteBatch | undefined {
    const batch = this.#batch;
    if (batch.length + bytes > BATCH_BYTES) this.#flush();
    if (batch.length > 0) return batch;
    if (this.closed) return undefined;
    batch.begin();
    if (!this.#flushDue) setImmediate(this.#flushTick);
    this.#flushDue = true;
    return batch;
  }

  /** What was added to the batch is to be sent. */
  wrote(): void {
    if (this.#batch.length >= this.#flushAt) this.#flush();
  }

  /** Sends what is left, then closes our side; a peer that does not close its own in time is cut. */
  end(): void {
    if (this.closed) return;
    this.#flush();
    this.#ending = true;
    // Who has closed its side, and has been sent all, has nothing more to wait for; TLS has a farewell of its own.
    if (this.#socket.readableEnded && this.#socket.writableLength === 0 && !('encrypted' in this.#socket)) {
      this.#socket.destroy();
      return;
    }
    this.#socket.end();
    const linger = setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
    this.#socket.once('close', () => clearTimeout(linger));
  }

  /** Closes at once; what was not sent yet is dropped. */
  destroy(error?: Error): void {
    this.#error ??= error;
    this.#socket.destroy();
  }

  /** Stops reading, so that the peer's writes fill up and it slows down. */
  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#paused = false;
    this.#socket.resume();
  }

  /** An idle connection shall not keep the process alive (or shall again). */
  keepProcessAlive(keep: boolean): void {
    if (keep) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Closes with an error when nothing is read or written for `ms`; 0 switches it off. */
  closeWhenIdle(ms: number, error: () => Error): void {
    this.#socket.removeAllListeners('timeout');
    this.#socket.setTimeout(Math.min(ms, LONGEST_TIMEOUT_MS));
    if (ms > 0) this.#socket.once('timeout', () => this.destroy(error()));
  }

  /** Libuv reads up to 32 chunks of one socket before it looks at another: not of one that keeps us busy. */
  #giveWay(): void {
    if (this.#paused || this.#socket.destroyed) return;
    this.#socket.pause();
    setImmediate(() => this.#paused || this.#socket.resume());
  }

  #sendLarge(piece: Uint8Array): boolean {
    this.#flush();
    return !this.closed && this.#write(piece);
  }

  #flushTick = (): void => {
    this.#flushDue = false;
    this.#flush();
    this.#flushAt = FIRST_FLUSH_BYTES;
  };

  #flush(): void {
    if (this.#batch.length === 0 || this.#closed || this.#ending) return;
    this.#flushAt = Math.min(2 * this.#flushAt, BATCH_BYTES);
    const { bytes, buffer } = this.#batch.take();
    this.#write(bytes, buffer && ((error) => error ?? giveBack(buffer)));
  }

  /** Only what follows something can be held back by the system: a connection of one message is spared the call. */
  #write(bytes: Uint8Array, done?: (error?: Error | null) => void): boolean {
    if (this.#hasWritten && !this.#isHurried) this.#hurry();
    this.#hasWritten = true;
    return this.#socket.write(bytes, done);
  }

  /** No small piece waits for the peer to acknowledge an earlier one. */
  #hurry(): void {
    this.#isHurried = true;
    this.#socket.setNoDelay(true);
  }
}
