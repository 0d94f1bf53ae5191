// A peer of the VTP ports that sends whatever bytes a test likes, and takes down what comes back.
import { EventEmitter, once } from 'node:events';
import { createServer, connect as netConnect, type Server, type Socket } from 'node:net';
import type { Test } from 'tap';
import { RealClock } from '../../src/clock/index.js';
import {
  FrameReader,
  type OnEvent,
  parseTransport,
  type ReceiverOptions,
  startReceiver,
  type TransportMessage,
} from '../../src/voevent/index.js';

export const LOCAL_IVORN = 'ivo://pyros.test/broker';

/** A receiver on a free port of this host, closed when the test ends. `logged` emits each line of its log. */
export async function receiver(t: Test, onEvent: OnEvent, options: Partial<ReceiverOptions> = {}) {
  const logged = new EventEmitter();
  const take = (text: string, fields?: Record<string, unknown>) => void logged.emit(text, fields);
  const clock = new RealClock();
  const where = { host: '127.0.0.1', port: 0, localIvorn: LOCAL_IVORN, timeoutMs: 10_000, clock };
  const started = await startReceiver({ ...where, ...options }, onEvent, { info: take, warn: take });
  t.teardown(() => started.close());
  return { ...started, logged };
}

/** A TCP server on a free port that does as told with each connection. */
export async function tcpServer(t: Test, onConnection: (socket: Socket) => void): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

/** One connection. */
export class RawPeer {
  readonly answers: TransportMessage[] = [];
  /** Resolves when the other side has closed. */
  readonly closed: Promise<void>;
  #wake: () => void = () => {};

  private constructor(
    readonly socket: Socket,
    onData?: (chunk: Buffer) => void,
  ) {
    const reader = new FrameReader(1024 * 1024);
    const takeDown = (chunk: Buffer) => {
      this.answers.push(...reader.push(chunk).map(parseTransport));
      this.#wake();
    };
    socket.on('data', onData ?? takeDown);
    this.closed = new Promise((resolve) => {
      socket.on('error', () => {});
      socket.on('end', () => resolve());
      socket.on('close', () => resolve());
    });
  }

  /** @param onData takes what comes, instead of taking it down as answers */
  static async to(t: Test, port: number, onData?: (chunk: Buffer) => void): Promise<RawPeer> {
    const socket = netConnect({ host: '127.0.0.1', port, allowHalfOpen: true });
    t.teardown(() => socket.destroy());
    await once(socket, 'connect');
    return new RawPeer(socket, onData);
  }

  send(...pieces: Uint8Array[]): this {
    for (const piece of pieces) this.socket.write(piece);
    return this;
  }

  /** Waits for that many answers, or for the end. */
  async answered(count: number): Promise<TransportMessage[]> {
    while (this.answers.length < count) {
      const more = new Promise<'more'>((resolve) => {
        this.#wake = () => resolve('more');
      });
      if ((await Promise.race([more, this.closed])) !== 'more') break;
    }
    return this.answers;
  }
}
