// A peer that sends much and need not read what comes back.
import { connect, type Socket } from 'node:net';

export class Stranger {
  /** Bytes that came back. */
  received = 0;
  /** The last of them. */
  tail = '';
  closed = false;
  #wake: () => void = () => undefined;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.length;
      this.tail = `${this.tail}${chunk.subarray(-200).toString('latin1')}`.slice(-200);
      this.#wake();
    });
    socket.on('drain', () => this.#wake());
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  /** Resolves when it is connected, or was refused and is `closed`. */
  static open(port: number): Promise<Stranger> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const stranger = new Stranger(socket);
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(stranger));
      socket.once('close', () => resolve(stranger));
    });
  }

  /** Reads nothing any more. */
  deafen(): this {
    this.socket.pause();
    return this;
  }

  /** Sends so many times the same, as fast as the other side takes it. @returns whether it took all */
  async flood(bytes: Buffer, times: number): Promise<boolean> {
    for (let n = 0; n < times && !this.closed; n += 1) {
      const isFull = !this.socket.write(bytes);
      while (isFull && this.socket.writableNeedDrain && !this.closed) await this.#next();
    }
    return !this.closed;
  }

  /** Resolves when so many bytes have come back, or it is over. */
  async replies(bytes: number): Promise<void> {
    while (this.received < bytes && !this.closed) await this.#next();
  }

  async end(): Promise<void> {
    while (!this.closed) await this.#next();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#wake;
      this.#wake = () => {
        before();
        this.#wake = () => undefined;
        resolve();
      };
    });
  }
}
