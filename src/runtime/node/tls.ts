import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { NetworkFailure, type PeerCertificate, type TlsCredentials } from '../network.ts';

/** Where Linux distributions keep the authorities that their operator trusts. */
const SYSTEM_AUTHORITIES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];

/**
 * No second handshake on a connection that is up: whoever asks for them all the time costs as much as a flood of connections, and none of the
 * bounds for those holds. Nothing needs them, and TLS 1.3 has none.
 */
const OPTIONS = { minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION } as const;

const clients = new WeakMap<TlsCredentials, SecureContext>();
let anonymousClient: SecureContext | undefined;

/** What a TLS server is made of. Throws NetworkError (`tls`) that names the part that is bad. */
export function serverOptions(credentials: TlsCredentials): SecureContextOptions {
  check(credentials);
  const { certificate, key, authorities } = credentials;
  // Without authorities of its own it knows Node's: naming the system's would send the whole list in every handshake.
  return { cert: certificate, key, ...OPTIONS, ...(authorities !== undefined && { ca: authorities }) };
}

/** What a TLS client shows and trusts; made once for each credentials, for reading the authorities takes a while. */
export function clientContext(credentials: TlsCredentials | undefined): SecureContext {
  if (credentials === undefined) {
    anonymousClient ??= createSecureContext({ ...OPTIONS, ...trusted(undefined) });
    return anonymousClient;
  }
  let context = clients.get(credentials);
  if (context === undefined) {
    context = createSecureContext({ ...serverOptions(credentials), ...trusted(credentials.authorities) });
    clients.set(credentials, context);
  }
  return context;
}

/** What the other side proved; to be asked when the handshake is done. */
export function peerOf(socket: TLSSocket): PeerCertificate {
  const certificate = socket.getPeerCertificate();
  const name: unknown = certificate.subject?.CN;
  const fingerprint: string | undefined = certificate.fingerprint256;
  return {
    // A resumed session counts as authorized even where no certificate was ever shown.
    verified: socket.authorized && fingerprint !== undefined,
    names: alternativeNames(certificate.subjectaltname ?? ''),
    commonName: typeof name === 'string' ? name : undefined,
    fingerprint,
  };
}

/**
 * Splits Node's line of subjectAltName entries. A value with odd characters in it stands in quotes there, and keeps them:
 * it is no domain.
 */
export function alternativeNames(line: string): readonly string[] {
  return line.match(/(?:"(?:[^"\\]|\\.)*"|[^",])+/g)?.map((entry) => entry.trim()) ?? [];
}

function trusted(authorities: string | undefined): { ca?: string } {
  const ca = authorities ?? systemAuthorities();
  return ca === undefined ? {} : { ca };
}

function systemAuthorities(): string | undefined {
  for (const path of SYSTEM_AUTHORITIES) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      // The next one; Node's own where there is none.
    }
  }
  return undefined;
}

function check({ certificate, key, authorities }: TlsCredentials): void {
  const shown = readable('certificate', () => new X509Certificate(certificate));
  const secret = readable('key', () => createPrivateKey(key));
  if (!shown.checkPrivateKey(secret)) throw new NetworkFailure('tls', 'the key does not belong to the certificate');
  if (authorities !== undefined) readable('file of authorities', () => new X509Certificate(authorities));
  try {
    createSecureContext({ cert: certificate, key });
  } catch (cause) {
    // Its `reason` is from a list of OpenSSL's: too short a key, too weak a signature.
    const { reason } = cause as { readonly reason?: string };
    throw new NetworkFailure(
      'tls',
      `the TLS certificate and its key are of no use: ${reason ?? 'OpenSSL does not say why'}`,
      cause,
    );
  }
}

function readable<T>(part: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    // OpenSSL's own words may quote the file, and the file may be the key.
    throw new NetworkFailure(
      'tls',
      `the TLS ${part} cannot be read: it is not PEM, or damaged`,
      part === 'key' ? undefined : cause,
    );
  }
}
