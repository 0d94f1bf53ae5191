// Errors of the TCP layer.
import { errorCode, errorText, PyrosError } from '../errors/index.js';
import { handshakeReason } from './handshake-reason.js';

/** Codes of a {@link SocketError}. */
export type SocketErrorCode =
  | 'PORT_IN_USE'
  | 'LISTEN_FAILED'
  | 'CONNECT_REFUSED'
  | 'CONNECT_TIMEOUT'
  | 'CONNECT_FAILED'
  | 'HANDSHAKE_FAILED'
  | 'CONNECTION_LOST'
  | 'ADDRESS_INVALID';

/** Something went wrong with a TCP port or connection. */
export class SocketError extends PyrosError {
  declare readonly code: SocketErrorCode;

  constructor(code: SocketErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause });
  }
}

/** The error for a `listen` that failed. */
export function listenError(host: string, port: number, cause: unknown): SocketError {
  if (errorCode(cause) === 'EADDRINUSE') {
    return new SocketError('PORT_IN_USE', `port ${port} of ${host} is in use by another process`, cause);
  }
  return new SocketError(
    'LISTEN_FAILED',
    `cannot listen on ${host} port ${port}: ${errorText(cause)}`,
    cause,
  );
}

/** The error for a `connect` that failed. */
export function connectError(host: string, port: number, cause: unknown): SocketError {
  if (errorCode(cause) === 'ECONNREFUSED') {
    return new SocketError('CONNECT_REFUSED', `nothing listens on ${host} port ${port}`, cause);
  }
  return new SocketError(
    'CONNECT_FAILED',
    `cannot connect to ${host} port ${port}: ${errorText(cause)}`,
    cause,
  );
}

/** The error for a connection that was there, and then not by TLS. `reason` is an error, or a code of node:tls. */
export function handshakeError(host: string, port: number, reason: unknown): SocketError {
  const text = `no TLS with ${host} port ${port}: ${handshakeReason(reason)}`;
  return new SocketError('HANDSHAKE_FAILED', text, reason);
}
