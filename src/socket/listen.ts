// A listening TCP port, bare or by TLS.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { getDefaultHighWaterMark } from 'node:stream';
import { plainAddress } from './address-list.js';
import { Connection } from './connection.js';
import { listenError } from './errors.js';
import type { TlsCredentials } from './tls-credentials.js';
import { TlsGate } from './tls-gate.js';

/** Where and how to listen. */
export interface ListenOptions {
  /** Address to bind to. */
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Connections beyond this number are closed at once; unfinished handshakes count. @defaultValue 1024 */
  maxConnections?: number;
  /**
   * With as many connections as may be, whoever comes gets the place of the one that has been silent the longest, if
   * that is at least so long, in ms. @defaultValue nobody has to go
   */
  silentMs?: number;
  /** The same by the judgement of the owner, who closes one of them. @returns whether there was one to be closed */
  makeRoom?: () => boolean;
  /**
   * Bytes that are read of a connection that is paused, and that may be buffered before `send` asks to wait.
   * @defaultValue 16 KiB
   */
  readAheadBytes?: number;
  /** Says whether a peer may connect; others are closed unheard. @defaultValue all may */
  admit?: (remoteAddress: string) => boolean;
  /** With these, by TLS: peers must prove themselves by the same kind. */
  tls?: TlsCredentials | undefined;
  /** A peer must have proven itself within this time. @defaultValue 5000 */
  handshakeTimeoutMs?: number;
  /** Called for each peer that was not let in, with the reason for people. */
  onRefused?: (remoteAddress: string, reason: string) => void;
}

const DEFAULT_MAX_CONNECTIONS = 1024;
const DEFAULT_HANDSHAKE_TIMEOUT_MS = 5_000;
const NOT_LISTED = 'its address is not on the list';

/** A listening port and the connections that came in by it. */
export class Listener {
  readonly connections = new Set<Connection>();
  /** Connections closed since the start because there were too many. */
  refused = 0;
  readonly #server: Server;
  readonly #gate: TlsGate | undefined;

  constructor(server: Server, gate?: TlsGate) {
    this.#server = server;
    this.#gate = gate;
  }

  /** The port that is listened on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections, with those whose handshake is under way. */
  get load(): number {
    return this.connections.size + (this.#gate?.waiting ?? 0);
  }

  /** Closes the connection that has been silent the longest. @returns whether there was one that may be closed */
  makeRoom(silentMs: number): boolean {
    let longest: Connection | undefined;
    for (const connection of this.connections) {
      if (!connection.closed && connection.heardMs < (longest?.heardMs ?? Number.POSITIVE_INFINITY))
        longest = connection;
    }
    if (!longest || performance.now() - longest.heardMs < silentMs) return false;
    longest.destroy(new Error('silent, and its place was wanted'));
    return true;
  }

  /**
   * Lets new peers prove themselves by these; connections that are open stay.
   * @throws Error of OpenSSL when they are no good; the old ones stay
   */
  renewTls(credentials: TlsCredentials): void {
    this.#gate?.renew(credentials);
  }

  /** Takes no new connections; those that are open stay. */
  stopAccepting(): void {
    this.#server.close();
    this.#gate?.close();
  }

  /** Takes no new connections and closes those that are open. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#gate?.close();
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
  const { host, port, maxConnections = DEFAULT_MAX_CONNECTIONS, admit, onRefused } = options;
  const { silentMs = Number.POSITIVE_INFINITY } = options;
  const makeRoom = options.makeRoom ?? (() => listener.makeRoom(silentMs));
  const server = createServer({
    allowHalfOpen: true,
    highWaterMark: options.readAheadBytes ?? getDefaultHighWaterMark(false),
  });
  const welcome = (socket: Socket) => {
    const connection = new Connection(socket);
    listener.connections.add(connection);
    socket.once('close', () => listener.connections.delete(connection));
    onConnection(connection);
  };
  const gate = makeGate(options, welcome);
  const listener = new Listener(server, gate);
  server.on('connection', (socket) => {
    // Until somebody looks after it: a peer that has gone already is no error.
    socket.on('error', () => undefined);
    const address = plainAddress(socket.remoteAddress ?? 'unknown');
    const isListed = admit?.(address) ?? true;
    if (!isListed || (listener.load >= maxConnections && !makeRoom())) {
      if (isListed) listener.refused += 1;
      socket.destroy();
      onRefused?.(address, isListed ? `there are ${maxConnections} connections already` : NOT_LISTED);
    } else if (gate) gate.take(socket, address);
    else welcome(socket);
  });
  return opened(server, listener, host, port);
}

function makeGate(options: ListenOptions, onSecure: (socket: Socket) => void): TlsGate | undefined {
  const { tls, handshakeTimeoutMs = DEFAULT_HANDSHAKE_TIMEOUT_MS, onRefused = () => undefined } = options;
  return tls && new TlsGate(tls, handshakeTimeoutMs, { onSecure, onRefused });
}

function opened(server: Server, listener: Listener, host: string, port: number): Promise<Listener> {
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
