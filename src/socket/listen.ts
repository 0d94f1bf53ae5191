// A listening TCP port.
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Connection } from './connection.js';
import { listenError } from './errors.js';

/** Where and how to listen. */
export interface ListenOptions {
  /** Address to bind to. */
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Connections beyond this number are closed at once. @defaultValue 1024 */
  maxConnections?: number;
  /** Says whether a peer may connect; others are closed unheard. @defaultValue all may */
  admit?: (remoteAddress: string) => boolean;
}

const DEFAULT_MAX_CONNECTIONS = 1024;

/** A listening port and the connections that came in by it. */
export class Listener {
  readonly connections = new Set<Connection>();
  /** Connections closed since the start because there were too many. */
  refused = 0;
  #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  /** The port that is listened on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no new connections; those that are open stay. */
  stopAccepting(): void {
    this.#server.close();
  }

  /** Takes no new connections and closes those that are open. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.connections) connection.destroy();
    await closed;
  }
}

/**
 * Listens on a TCP port, and hands each connection to `onConnection`, which must call its `start`.
 * @throws SocketError `PORT_IN_USE`, `LISTEN_FAILED`
 */
export function listen(
  options: ListenOptions,
  onConnection: (connection: Connection) => void,
): Promise<Listener> {
  const { host, port, maxConnections = DEFAULT_MAX_CONNECTIONS, admit } = options;
  const server = createServer({ allowHalfOpen: true });
  const listener = new Listener(server);
  server.on('connection', (socket) => {
    const connection = new Connection(socket);
    if (admit && !admit(connection.remoteAddress)) return void socket.destroy();
    if (listener.connections.size >= maxConnections) {
      listener.refused += 1;
      return void socket.destroy();
    }
    listener.connections.add(connection);
    socket.once('close', () => listener.connections.delete(connection));
    return onConnection(connection);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(host, port, error)));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      // A failing accept (too many open files) must not end the agent; the peer sees a closed connection.
      server.on('error', () => {
        listener.refused += 1;
      });
      resolve(listener);
    });
  });
}
