import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { NetworkError, type PeerCertificate, type TlsCredentials, type TlsFault, type TlsTexts } from '../network.ts';
import { codeOf } from './errno.ts';
import { tried } from './tried.ts';

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

/**
 * What the other side said of our certificate before it went, in the words of RFC 8446 §6.2; undefined where it went for another reason. What
 * OpenSSL calls SSLv3 is SSL/TLS from its version 3.2 on.
 */
export function refusalOf(error: unknown): string | undefined {
  const [, alert] =
    /^ERR_SSL_(?:TLSV1|SSLV3|SSL\/TLS)_ALERT_(UNKNOWN_CA|(?:BAD|UNSUPPORTED)_CERTIFICATE|CERTIFICATE_[A-Z]+)$/.exec(
      codeOf(error),
    ) ?? [];
  return alert?.toLowerCase().replace('_', ' ');
}

/** What the other side proved; to be asked when the handshake is done. */
export function peerOf(socket: TLSSocket): PeerCertificate {
  const certificate = socket.getPeerCertificate();
  const name: unknown = certificate.subject?.CN;
  const fingerprint: string | undefined = certificate.fingerprint256;
  return {
    // A resumed session counts as authorized even where no certificate was ever shown.
    verified: socket.authorized && fingerprint !== undefined,
    names: alternativeNames(certificate.subjectaltname),
    commonName: typeof name === 'string' ? name : undefined,
    fingerprint,
  };
}

/**
 * Splits Node's line of subjectAltName entries. A value with odd characters in it stands in quotes there, its commas escaped, and keeps them:
 * it is no domain.
 */
export function alternativeNames(line: string | undefined): readonly string[] {
  return line ? line.split(', ') : [];
}

function trusted(authorities: string | undefined): { ca?: string } {
  const ca = authorities ?? systemAuthorities();
  return ca === undefined ? {} : { ca };
}

function systemAuthorities(): string | undefined {
  for (const path of SYSTEM_AUTHORITIES) {
    const text = tried(() => readFileSync(path, 'utf8'), undefined);
    if (text !== undefined) return text;
  }
  return undefined; // Node's own
}

function check(credentials: TlsCredentials): void {
  const fault = tlsFault(credentials);
  if (fault === undefined) return;
  const name = fault.part === 'authorities' ? 'file of authorities' : fault.part;
  throw new NetworkError('tls', `the TLS ${name} ${fault.why}`);
}

/** Finds what no TLS server can be made of. A part that is not given is not looked at. */
export function tlsFault({ certificate, key, authorities }: TlsTexts): TlsFault | undefined {
  const shown = certificate === undefined ? undefined : tried(() => new X509Certificate(certificate), null);
  if (shown === null) return { part: 'certificate', why: UNREADABLE };
  const secret = key === undefined ? undefined : tried(() => createPrivateKey(key), null);
  if (secret === null) return { part: 'key', why: /\bENCRYPTED\b/.test(key!) ? ENCRYPTED : UNREADABLE };
  if (shown !== undefined && secret !== undefined && !shown.checkPrivateKey(secret))
    return { part: 'key', why: 'does not belong to the certificate' };
  if (authorities !== undefined && !isBundle(authorities)) return { part: 'authorities', why: UNREADABLE };
  if (certificate === undefined || key === undefined) return undefined;
  try {
    createSecureContext({ cert: certificate, key });
    return undefined;
  } catch (cause) {
    // Its `reason` is from a list of OpenSSL's: too short a key, too weak a signature.
    const { reason } = cause as { readonly reason?: string };
    return { part: 'certificate', why: `is of no use with its key: ${reason ?? 'OpenSSL does not say why'}` };
  }
}

/** Whether all certificates of a text can be read: OpenSSL passes over one that is damaged and over those after it, and says nothing of them. */
function isBundle(text: string): boolean {
  const blocks = text.split(/^(?=-----BEGIN )/m).filter((block) => /^\ufeff?-----BEGIN (?:\w+ )?CERTIFICATE-----/.test(block));
  return blocks.length > 0 && blocks.every((block) => tried(() => new X509Certificate(block), undefined) !== undefined);
}

/** OpenSSL's own words may quote the file, and the file may be the key. */
const UNREADABLE = 'cannot be read: it is not PEM, or damaged';
const ENCRYPTED = 'is encrypted: there is nobody to ask for its password';
