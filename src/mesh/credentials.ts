// What this process proves itself with to others, by [security]: read once, and again when somebody asks for it.
import type { Config } from '../config/index.js';
import type { TlsCredentials } from '../socket/index.js';
import { firstCertificate, readCertificate, readSecret } from './security-files.js';

const byConfig = new WeakMap<Config, Credentials>();

/**
 * The credentials of a configuration: one for all who listen and send by it.
 * @throws ConfigError `SECRET_INVALID`, `CERTIFICATE_INVALID`
 */
export function credentialsOf(config: Config): Credentials {
  const known = byConfig.get(config);
  if (known) return known;
  const credentials = new Credentials(config.security);
  byConfig.set(config, credentials);
  return credentials;
}

export class Credentials {
  #tls: TlsCredentials | undefined;
  readonly #listeners = new Set<(tls: TlsCredentials) => void>();

  /** @throws ConfigError */
  constructor(private readonly security: Config['security']) {
    this.#tls = read(security);
  }

  /** What links are made with; `undefined` when they are in the clear. */
  get tls(): TlsCredentials | undefined {
    return this.#tls;
  }

  /** For people. */
  get text(): string {
    if (!this.#tls) return 'no TLS';
    if (this.#tls.kind === 'secret') return 'TLS with a shared secret';
    const { subject, validTo } = firstCertificate(this.#tls.cert);
    return `TLS with certificates (${subject.replace(/\n/g, ', ')}, valid to ${validTo})`;
  }

  /**
   * Reads the files again. Links that are open stay as they are.
   * @throws ConfigError when the new ones are no good; the old ones stay
   */
  reload(): void {
    const tls = read(this.security);
    if (!tls) return;
    for (const tell of this.#listeners) tell(tls);
    this.#tls = tls;
  }

  /** Calls back with what was read again. @returns how to end that */
  onRenewed(listener: (tls: TlsCredentials) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function read({ secretFile, tlsCert, tlsKey, tlsCa }: Config['security']): TlsCredentials | undefined {
  if (secretFile !== undefined) return readSecret(secretFile);
  if (tlsCert === undefined || tlsKey === undefined || tlsCa === undefined) return undefined;
  return readCertificate({ cert: tlsCert, key: tlsKey, ca: tlsCa });
}
