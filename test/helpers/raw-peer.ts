// A bare TCP peer, as netcat or a script would be.
import { connect, type Socket } from 'node:net';

/** Sends bytes, gathers what comes back. */
export class RawPeer {
  received = '';
  readonly closed: Promise<void>;
  #waiting: (() => void)[] = [];

  private constructor(readonly socket: Socket) {
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      this.received += text;
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    void this.closed.then(() => this.#wake());
  }

  static open(port: number): Promise<RawPeer> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawPeer(socket)));
    });
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** Resolves when so many lines have come, or the peer has closed. */
  async lines(count: number): Promise<string[]> {
    while (
      this.received.split('\n').length <= count &&
      !this.socket.destroyed &&
      !this.socket.readableEnded
    ) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.received.split('\n').slice(0, count);
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
