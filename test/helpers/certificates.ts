// Authorities and certificates for tests, made by the command openssl.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from '../../src/socket/index.js';

/** An authority that issues certificates; all files are in one folder. */
export class TestAuthority {
  constructor(
    private readonly directory: string,
    readonly name = 'authority',
  ) {
    this.#key(name);
    openssl('req', '-x509', '-new', '-key', this.keyFile(name), '-out', this.file(name), ...subject(name));
  }

  /** The certificate's file. */
  file(name = this.name): string {
    return join(this.directory, `${name}.pem`);
  }

  keyFile(name: string): string {
    return join(this.directory, `${name}.key`);
  }

  /** Issues a certificate that is valid for so many days from now; less than none: it has expired. */
  issue(name: string, days = 30): Certificate {
    this.#key(name);
    const request = join(this.directory, `${name}.csr`);
    openssl('req', '-new', '-key', this.keyFile(name), '-out', request, ...subject(name));
    const by = ['-CA', this.file(), '-CAkey', this.keyFile(this.name), '-CAcreateserial'];
    openssl('x509', '-req', '-in', request, ...by, '-days', `${days}`, '-out', this.file(name));
    const read = (file: string) => readFileSync(file, 'utf8');
    return {
      kind: 'certificate',
      cert: read(this.file(name)),
      key: read(this.keyFile(name)),
      ca: read(this.file()),
    };
  }

  #key(name: string): void {
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', this.keyFile(name));
  }
}

function subject(name: string): string[] {
  return ['-subj', `/CN=${name}`];
}

function openssl(...words: string[]): void {
  execFileSync('openssl', words, { stdio: 'pipe' });
}
