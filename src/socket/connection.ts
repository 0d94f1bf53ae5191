// One TCP connection, bare or by TLS: batched writing, back-pressure, and three events.
import type { Socket } from 'node:net';
import { plainAddress } from './address-list.js';

/** Small writes are joined until this many bytes wait, or until the end of the tick, whichever comes first. */
const FLUSH_BYTES = 32 * 1024;

/** Pieces of at least this size are written as they are, not copied into a batch. */
const LARGE_BYTES = 16 * 1024;

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
  #pending: (string | Uint8Array)[] = [];
  /** Latin-1 text behind what is pending. */
  #text = '';
  #pendingBytes = 0;
  #closed = false;
  #paused = false;
  #ending = false;
  #error: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? 'unknown');
    this.peer = `${this.remoteAddress}:${socket.remotePort ?? '?'}`;
    socket.setNoDelay(true);
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
      this.#pending = [];
      this.#text = '';
      events.onClose?.(this.#error);
    });
    return this;
  }

  /** Over, or not to be written to any more. */
  get closed(): boolean {
    return this.#closed || this.#ending || this.#socket.destroyed;
  }

  /** Bytes that were sent and have not left this process. */
  get bufferedBytes(): number {
    return this.#pendingBytes + this.#socket.writableLength;
  }

  /**
   * Sends text (UTF-8) or bytes. Small pieces of one tick leave in one write.
   * @returns `false` when more is buffered than is good: wait for `onDrain` before sending much more.
   */
  send(piece: string | Uint8Array): boolean {
    if (this.closed || piece.length === 0) return false;
    if (this.#pendingBytes === 0) setImmediate(this.#flush);
    this.#closeText();
    this.#pending.push(piece);
    this.#pendingBytes += piece.length;
    if (this.#pendingBytes >= FLUSH_BYTES) this.#flush();
    return !this.#socket.writableNeedDrain;
  }

  /**
   * As {@link Connection.send}, of a text whose characters are bytes, each below 256: bytes may stand in it. The
   * cheapest way for many small messages: they grow to one string, which is written as it is.
   */
  sendLatin1(text: string): boolean {
    if (this.closed) return false;
    if (this.#pendingBytes === 0) setImmediate(this.#flush);
    this.#text += text;
    this.#pendingBytes += text.length;
    if (this.#pendingBytes >= FLUSH_BYTES) this.#flush();
    return !this.#socket.writableNeedDrain;
  }

  /** Sends what is left, then closes our side; a peer that does not close its own in time is cut. */
  end(): void {
    if (this.closed) return;
    this.#flush();
    this.#ending = true;
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
    this.#socket.setTimeout(ms);
    if (ms > 0) this.#socket.once('timeout', () => this.destroy(error()));
  }

  /** Libuv reads up to 32 chunks of one socket before it looks at another: not of one that keeps us busy. */
  #giveWay(): void {
    if (this.#paused || this.#socket.destroyed) return;
    this.#socket.pause();
    setImmediate(() => this.#paused || this.#socket.resume());
  }

  #closeText(): void {
    if (this.#text !== '') this.#pending.push(Buffer.from(this.#text, 'latin1'));
    this.#text = '';
  }

  #flush = (): void => {
    if (this.#pendingBytes === 0 || this.#closed || this.#ending) return;
    this.#pendingBytes = 0;
    if (this.#pending.length === 0) {
      const text = this.#text;
      this.#text = '';
      this.#socket.write(text, 'latin1');
      return;
    }
    this.#closeText();
    const pieces = this.#pending;
    this.#pending = [];
    for (const batch of joined(pieces)) this.#socket.write(batch);
  };
}

/** Where the pieces of a batch are put one behind the other: one for all connections, used within one call only. */
const scratch = Buffer.allocUnsafeSlow(2 * FLUSH_BYTES + 4 * LARGE_BYTES);

/** Joins neighbours: texts to one text, small pieces to one buffer; large ones stay as they are. */
function joined(pieces: (string | Uint8Array)[]): (string | Uint8Array)[] {
  if (pieces.length === 1) return pieces;
  if (pieces.every((piece) => typeof piece === 'string')) return [pieces.join('')];
  const batches: (string | Uint8Array)[] = [];
  let length = 0;
  const close = () => {
    // Copied out: the system may take its time, and the next batch comes into the same place.
    if (length > 0) batches.push(Buffer.from(scratch.subarray(0, length)));
    length = 0;
  };
  for (const piece of pieces) {
    // A character of text is at most three bytes.
    const longest = typeof piece === 'string' ? piece.length * 3 : piece.length;
    if (longest >= LARGE_BYTES) {
      close();
      batches.push(piece);
      continue;
    }
    if (length + longest > scratch.length) close();
    if (typeof piece === 'string') length += scratch.write(piece, length);
    else {
      scratch.set(piece, length);
      length += piece.length;
    }
  }
  close();
  return batches;
}
