// An outgoing TCP connection, bare or by TLS.
import { connect as netConnect, type Socket } from 'node:net';
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { longTimer } from '../clock/index.js';
import { Connection } from './connection.js';
import { connectError, handshakeError, SocketError } from './errors.js';
import { contextOptions, proofMissing, SECRET_IDENTITY, type TlsCredentials } from './tls-credentials.js';

/** Where to connect, and for how long to try. */
export interface ConnectOptions {
  host: string;
  port: number;
  /** With these, by TLS: the peer must prove itself by the same kind. */
  tls?: TlsCredentials | undefined;
  /** For all of it, the handshake included. @defaultValue 5000 */
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 5_000;
/** How long an end that is not trusted may take to close. */
const FAREWELL_MS = 1_000;

/**
 * Opens a TCP connection.
 *
 * By TLS with a secret, it is there when both ends have proven themselves. With certificates, the peer has proven
 * itself; whether it takes our certificate is only known when it answers, or closes.
 * @throws SocketError `CONNECT_REFUSED`, `CONNECT_TIMEOUT`, `CONNECT_FAILED`, `HANDSHAKE_FAILED`
 */
export function connect(options: ConnectOptions): Promise<Connection> {
  const { host, port, tls, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  return new Promise((resolve, reject) => {
    const socket = tls ? openTls(host, port, tls) : netConnect({ host, port, allowHalfOpen: true });
    const timer = longTimer(timeoutMs, () => {
      const text = `no connection to ${host} port ${port} within ${timeoutMs} ms`;
      socket.destroy(new SocketError('CONNECT_TIMEOUT', text));
    });
    let connected = false;
    const onError = (error: Error) => {
      timer.cancel();
      if (error instanceof SocketError) reject(error);
      else reject(connected ? handshakeError(host, port, error) : connectError(host, port, error));
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      connected = true;
    });
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      timer.cancel();
      const missing = tls && proofMissing(socket as TLSSocket, tls);
      if (missing !== undefined) {
        reject(handshakeError(host, port, missing));
        turnAway(socket);
        return;
      }
      const connection = new Connection(socket);
      socket.removeListener('error', onError);
      resolve(connection);
    });
  });
}

/** Closes, but lets our own proof leave first: the other end can then tell in its log who came. */
function turnAway(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.resume();
  socket.end();
  const linger = setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
  socket.once('close', () => clearTimeout(linger));
}

function openTls(host: string, port: number, credentials: TlsCredentials): Socket {
  const secret = credentials.kind === 'secret' ? credentials.key : undefined;
  // node:tls documents allowHalfOpen; its types have forgotten it.
  const options: ConnectionOptions & { allowHalfOpen: boolean } = {
    host,
    port,
    allowHalfOpen: true,
    ...contextOptions(credentials),
    ...(secret && { pskCallback: () => ({ psk: secret, identity: SECRET_IDENTITY }) }),
    // node:tls would close before our certificate has left: the proof is looked at in `connect`, before a byte is sent.
    rejectUnauthorized: false,
    // Agents are called by address: every certificate of the observatory's authority is as good as any other.
    checkServerIdentity: () => undefined,
  };
  return tlsConnect(options);
}
