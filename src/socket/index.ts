// The one TCP layer: nothing else imports node:net or node:tls.
export * from './address-list.js';
export * from './connect.js';
export * from './connection.js';
export * from './errors.js';
export * from './free-ports.js';
export { handshakeAdvice } from './handshake-reason.js';
export * from './inherited-pipe.js';
export * from './listen.js';
export {
  type Certificate,
  checkCredentials,
  type SharedSecret,
  type TlsCredentials,
} from './tls-credentials.js';
export type { WriteBatch } from './write-batch.js';
