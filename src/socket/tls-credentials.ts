// What one end of a TLS connection proves itself with, and the options of node:tls that follow from it.
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { NOTHING_COMMON } from './handshake-reason.js';

/** A secret that both ends know. */
export interface SharedSecret {
  readonly kind: 'secret';
  readonly key: Uint8Array;
}

/** A certificate of the authority that both ends trust. Texts in PEM. */
export interface Certificate {
  readonly kind: 'certificate';
  /** The certificate, and after it those between it and the authority, if any. */
  readonly cert: string;
  readonly key: string;
  /** The authority's own certificate, or several. */
  readonly ca: string;
}

/** Either way of proving who belongs together. */
export type TlsCredentials = SharedSecret | Certificate;

/** Name by which the shared secret is asked for. */
export const SECRET_IDENTITY = 'pyros';

/** A PSK of TLS 1.3 is bound to SHA-256, so these are the ciphers that go with it; all of TLS 1.3 is forward secret. */
const SECRET_CIPHERS = 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256';

/** The part that is a secure context: the same for both ends, and what changes when files are read again. */
export function contextOptions(credentials: TlsCredentials): SecureContextOptions {
  const common: SecureContextOptions = {
    minVersion: 'TLSv1.3',
    // A resumed session would pass without a look at the certificate.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
  // No authority: a certificate, even one that the whole world trusts, is no substitute for the secret.
  if (credentials.kind === 'secret') return { ...common, ca: [], ciphers: SECRET_CIPHERS };
  const { cert, key, ca } = credentials;
  return { ...common, cert, key, ca };
}

/**
 * Tries credentials out.
 * @throws Error of OpenSSL when a text is not PEM, or key and certificate do not belong together
 */
export function checkCredentials(credentials: TlsCredentials): void {
  createSecureContext(contextOptions(credentials));
}

/**
 * Why the other end of an established connection has not proven itself, in words; `undefined` when it has.
 * node:tls takes a resumed session for authorized, hence the second look.
 */
export function proofMissing(socket: TLSSocket, { kind }: TlsCredentials): string | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (kind === 'secret') {
    if (certificate) return NOTHING_COMMON;
    return socket.isSessionReused() ? undefined : 'it did not prove that it knows the secret';
  }
  if (!certificate || socket.isSessionReused()) return 'it showed no certificate';
  return socket.authorized ? undefined : String(socket.authorizationError);
}
