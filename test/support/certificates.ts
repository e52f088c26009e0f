import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsCredentials } from '../../src/runtime/network.ts';

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const WEAK = ['-newkey', 'rsa:512', '-nodes'];

export interface Wanted {
  readonly commonName?: string;
  /** As openssl writes it: `DNS:a.test, URI:sip:a.test, IP:127.0.0.1, email:alice@a.test`. */
  readonly names?: string;
  /** Until when it is valid; a negative number of days for one that has expired. */
  readonly days?: number;
  readonly usage?: string;
  /** With a key that OpenSSL reads and does not take. */
  readonly weak?: true;
}

/** A certificate authority of its own, made by openssl where the test runs; nothing of it is kept. */
export class Authority {
  readonly certificate: string;
  private readonly folder: string;
  private count = 0;

  constructor(name = 'authority') {
    this.folder = mkdtempSync(join(tmpdir(), 'sipwitch-authority-'));
    this.openssl('req', '-x509', ...EC, '-days', '30', '-subj', `/CN=${name}`, '-keyout', 'ca.key', '-out', 'ca.pem');
    this.certificate = this.text('ca.pem');
  }

  /** A certificate of this authority with a key of its own, which trusts nobody but this authority. */
  issue({ commonName = '', names, days = 30, usage, weak }: Wanted): TlsCredentials {
    const name = `c${++this.count}`;
    this.openssl(
      'req',
      ...(weak === true ? WEAK : EC),
      '-subj',
      commonName === '' ? '/O=test' : `/CN=${commonName}`,
      ...['-keyout', `${name}.key`, '-out', `${name}.csr`],
    );
    const extensions = [
      names === undefined ? '' : `subjectAltName=${names}`,
      usage === undefined ? '' : `extendedKeyUsage=${usage}`,
    ];
    writeFileSync(join(this.folder, 'extensions'), `${extensions.join('\n')}\n`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', String(days), '-extfile', 'extensions'];
    this.openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signed);
    return { certificate: this.text(`${name}.pem`), key: this.text(`${name}.key`), authorities: this.certificate };
  }

  /** One that nobody vouches for. */
  selfSigned(names: string): TlsCredentials {
    const name = `s${++this.count}`;
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
    this.openssl('req', '-x509', ...EC, '-days', '30', '-subj', '/O=test', '-addext', `subjectAltName=${names}`, ...files);
    return { certificate: this.text(`${name}.pem`), key: this.text(`${name}.key`), authorities: this.certificate };
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  private openssl(...words: string[]): void {
    execFileSync('openssl', words, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }

  private text(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }
}
