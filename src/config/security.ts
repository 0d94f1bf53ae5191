// What the single keys of [security] do not say: which of them go together, and where their files are.
import { resolve } from 'node:path';
import type { GENERAL_SECTIONS, Values } from './schema.js';

type Security = Values<typeof GENERAL_SECTIONS.security>;

/** Mistakes in the choice of keys. */
export function securityMistakes(security: Security): { key: string; found: string; expected: string }[] {
  const certificate = {
    tls_cert: security.tlsCert,
    tls_key: security.tlsKey,
    tls_ca: security.tlsCa,
  };
  const given = Object.entries(certificate).filter(([, file]) => file !== undefined);
  const missing = Object.entries(certificate).filter(([, file]) => file === undefined);
  if (given.length === 0) return [];
  if (security.secretFile !== undefined) {
    const found = `secret_file and ${given.map(([key]) => key).join(', ')}`;
    return [{ key: 'secret_file', found, expected: 'a secret or certificates, not both' }];
  }
  const expected = 'tls_cert, tls_key and tls_ca together';
  return missing.map(([key]) => ({ key, found: 'nothing', expected }));
}

/** The section with absolute files. */
export function atFolder(folder: string, security: Security): Security {
  const at = (file: string | undefined) => (file === undefined ? undefined : resolve(folder, file));
  const { secretFile, tlsCert, tlsKey, tlsCa } = security;
  return {
    ...security,
    secretFile: at(secretFile),
    tlsCert: at(tlsCert),
    tlsKey: at(tlsKey),
    tlsCa: at(tlsCa),
  };
}
