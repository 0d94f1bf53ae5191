// Why a TLS handshake failed, in words. "It" is the other end.
import { errorCode, errorText } from '../errors/index.js';

const NOT_TLS = 'it does not speak TLS';
const UNKNOWN_AUTHORITY = 'its certificate is by an authority that is not trusted here';
const OTHER_SECRET = 'it has another secret';
const NO_TRUST = 'it does not trust the certificate of this end';
const EXPIRED = 'its certificate has expired';
const NOT_YET = 'its certificate is not valid yet';
const CLOSED = 'it closed before the handshake was finished';

/** One end proves itself by a secret, the other has none. */
export const NOTHING_COMMON = 'it has no secret, or one end has a secret and the other certificates';

/** By the codes of node:tls: of errors seen here, of alerts that the other end sent, and of certificates. */
const REASONS: Record<string, string> = {
  ERR_SSL_BINDER_DOES_NOT_VERIFY: OTHER_SECRET,
  ERR_SSL_SSLV3_ALERT_ILLEGAL_PARAMETER: OTHER_SECRET,
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: NOTHING_COMMON,
  ERR_SSL_NO_SHARED_CIPHER: NOTHING_COMMON,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: NOTHING_COMMON,
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_HTTP_REQUEST: NOT_TLS,
  ERR_SSL_HTTPS_PROXY_REQUEST: NOT_TLS,
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'its TLS is older than 1.3',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'its TLS is older than 1.3',
  ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC: 'its bytes are damaged, or a replay of older ones',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a certificate',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: NO_TRUST,
  ERR_TLS_HANDSHAKE_TIMEOUT: 'it did not finish the handshake in time',
  ECONNRESET: CLOSED,
  CERT_HAS_EXPIRED: EXPIRED,
  CERT_NOT_YET_VALID: NOT_YET,
  CERT_REVOKED: 'its certificate was revoked',
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  INVALID_PURPOSE: 'its certificate is not for this use',
};

const SAME_SECURITY = 'give both INI files the same [security]';

/** What to do about it, at the end that is told the reason. */
const ADVICE: Record<string, string> = {
  [OTHER_SECRET]: 'the secret files of the two hosts differ: copy that of the other one here',
  [NOTHING_COMMON]: SAME_SECURITY,
  [NOT_TLS]: `its INI file has no [security], or another program has its port: ${SAME_SECURITY}`,
  [UNKNOWN_AUTHORITY]: 'is it issued by the authority in [security] tls_ca?',
  [NO_TRUST]: 'is tls_cert of this end issued by the authority in tls_ca of the other?',
  [EXPIRED]: 'have a new one issued there, and look at the clocks of both hosts',
  [NOT_YET]: 'look at the clocks of both hosts',
  [CLOSED]: 'its log tells why: an address that is not on its list, or too many connections',
};

/** What to do about a failed handshake, when that can be said. */
export function handshakeAdvice(error: unknown): string | undefined {
  return ADVICE[handshakeReason(error)];
}

/** The reason of a failed handshake: of the error, or of a code such as `CERT_HAS_EXPIRED`. */
export function handshakeReason(error: unknown): string {
  const code = typeof error === 'string' ? error : (errorCode(error) ?? '');
  if (code in REASONS) return REASONS[code] as string;
  // OpenSSL's whole messages begin with numbers and end with its source lines.
  const words = error instanceof Error && 'reason' in error ? String(error.reason) : errorText(error);
  return code && code !== words ? `${words} (${code})` : words;
}
