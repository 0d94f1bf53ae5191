// The files that [security] names: read, and looked at before anything depends on them.
import { randomBytes, X509Certificate } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { ConfigError, type ConfigErrorCode } from '../config/index.js';
import { errorCode, errorText } from '../errors/index.js';
import { type Certificate, checkCredentials, type SharedSecret } from '../socket/index.js';

/** A secret has so many bytes: what can be guessed can be tried out on a recorded handshake. */
const SECRET_BYTES = 32;
const LONGEST_SECRET_BYTES = 256;
const OWNER = '; run this as the user who owns it, for example sudo -u pyros';

/** A new secret, as it stands in its file. */
export function newSecret(): string {
  return `${randomBytes(SECRET_BYTES).toString('hex')}\n`;
}

/**
 * Reads a shared secret. Only its owner, who must be the user, may be able to read it.
 * @throws ConfigError `SECRET_INVALID`
 */
export function readSecret(file: string): SharedSecret {
  const place = `[security] secret_file ${file}`;
  const text = readText(file, 'SECRET_INVALID', place, ownerOnly).trim();
  const isHex = /^([0-9a-f]{2})+$/i.test(text);
  const bytes = text.length / 2;
  if (isHex && bytes >= SECRET_BYTES && bytes <= LONGEST_SECRET_BYTES)
    return { kind: 'secret', key: Buffer.from(text, 'hex') };
  const expected = `at least ${2 * SECRET_BYTES} hexadecimal digits and nothing else`;
  throw new ConfigError('SECRET_INVALID', `${place}: expected ${expected}; \`pyros secret\` makes one`);
}

/** The three files of a certificate. */
export interface CertificateFiles {
  cert: string;
  key: string;
  ca: string;
}

/**
 * Reads a certificate with its key and authority, and holds them against each other and the system's time.
 * @throws ConfigError `CERTIFICATE_INVALID`
 */
export function readCertificate(files: CertificateFiles): Certificate {
  const read = (name: keyof CertificateFiles, complaint?: (stats: Stats) => string | undefined) =>
    readText(files[name], 'CERTIFICATE_INVALID', `[security] tls_${name} ${files[name]}`, complaint);
  const certificate = {
    kind: 'certificate',
    cert: read('cert'),
    key: read('key', notForAll),
    ca: read('ca'),
  } as const;
  const place = `[security] tls_cert ${files.cert}`;
  const complaint = wrongWith(certificate, place, files.ca);
  if (complaint !== undefined) throw new ConfigError('CERTIFICATE_INVALID', complaint);
  return certificate;
}

/** The first certificate of a text in PEM. */
export function firstCertificate(pem: string): X509Certificate {
  return new X509Certificate(pem);
}

function wrongWith(certificate: Certificate, place: string, caFile: string): string | undefined {
  try {
    checkCredentials(certificate);
    const own = firstCertificate(certificate.cert);
    if (Date.parse(own.validTo) <= Date.now()) return `${place}: it has expired on ${own.validTo}`;
    if (Date.parse(own.validFrom) > Date.now()) return `${place}: it is not valid before ${own.validFrom}`;
    const isForeign = !comesFrom(certificatesOf(certificate.cert), certificatesOf(certificate.ca));
    return isForeign ? `${place}: it was not issued by the authority in tls_ca ${caFile}` : undefined;
  } catch (error) {
    return `${place}: it cannot be used with its tls_key and tls_ca: ${errorText(error)}`;
  }
}

/** Whether the last of a chain was signed by one of the authorities. */
function comesFrom(chain: X509Certificate[], authorities: X509Certificate[]): boolean {
  const last = chain.at(-1);
  return authorities.some((ca) => last?.checkIssued(ca) && last.verify(ca.publicKey));
}

function certificatesOf(pem: string): X509Certificate[] {
  const parts = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return parts.map((part) => new X509Certificate(part));
}

/** The rights are those of the file that is read, whatever happens to its name meanwhile. */
function readText(
  file: string,
  code: ConfigErrorCode,
  place: string,
  complaint: (stats: Stats) => string | undefined = () => undefined,
): string {
  let descriptor: number | undefined;
  let wrong: string | undefined;
  try {
    descriptor = openSync(file, 'r');
    wrong = complaint(fstatSync(descriptor));
    if (wrong === undefined) return readFileSync(descriptor, 'utf8');
  } catch (error) {
    const way = errorCode(error) === 'EACCES' ? OWNER : '';
    throw new ConfigError(code, `${place}: it cannot be read: ${errorText(error)}${way}`, [], error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
  throw new ConfigError(code, `${place}: ${wrong}`);
}

function ownerOnly({ mode, uid }: Stats): string | undefined {
  const user = process.getuid?.();
  if (user !== undefined && uid !== user) return `it belongs to user ${uid}, not to ${user} who runs this`;
  return (mode & 0o077) === 0 ? undefined : `others may read it (mode ${octal(mode)}); chmod 600 it`;
}

/** Keys of certificates are often shared with a group of the system. */
function notForAll({ mode }: Stats): string | undefined {
  return (mode & 0o007) === 0 ? undefined : `everybody may read it (mode ${octal(mode)}); chmod 600 it`;
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
