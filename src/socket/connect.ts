// An outgoing TCP connection.
import { connect as netConnect } from 'node:net';
import { Connection } from './connection.js';
import { connectError, SocketError } from './errors.js';

/** Where to connect, and for how long to try. */
export interface ConnectOptions {
  host: string;
  port: number;
  /** @defaultValue 5000 */
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 5_000;

/**
 * Opens a TCP connection.
 * @throws SocketError `CONNECT_REFUSED`, `CONNECT_TIMEOUT`, `CONNECT_FAILED`
 */
export function connect(options: ConnectOptions): Promise<Connection> {
  const { host, port, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  return new Promise((resolve, reject) => {
    const socket = netConnect({ host, port, allowHalfOpen: true });
    const timer = setTimeout(() => {
      const text = `no connection to ${host} port ${port} within ${timeoutMs} ms`;
      socket.destroy(new SocketError('CONNECT_TIMEOUT', text));
    }, timeoutMs);
    const onError = (error: Error) => {
      clearTimeout(timer);
      reject(error instanceof SocketError ? error : connectError(host, port, error));
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      const connection = new Connection(socket);
      socket.removeListener('error', onError);
      resolve(connection);
    });
  });
}
