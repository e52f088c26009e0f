import { getSystemErrorMap } from 'node:util';
import { NetworkError, type NetworkErrorKind } from '../network.ts';

/** What the system's error names mean to us, and to the operator. */
const KINDS: { readonly [code: string]: readonly [NetworkErrorKind, string] | undefined } = {
  EADDRINUSE: ['in-use', 'the address is taken'],
  EACCES: ['other', 'no permission (ports below 1024 are for root)'],
  EPERM: ['unreachable', 'the firewall of this machine forbids it'],
  EADDRNOTAVAIL: ['no-address', 'this machine has no such address'],
  EAFNOSUPPORT: ['no-address', 'this machine has no addresses of that family'],
  ENODEV: ['no-address', 'this machine has no such interface'],
  EINVAL: ['no-address', 'that is not an address'],
  ERR_SOCKET_BAD_PORT: ['no-address', 'that is not a port'],
  ECONNREFUSED: ['refused', 'nothing listens there'],
  ENETUNREACH: ['unreachable', 'there is no route to it'],
  EHOSTUNREACH: ['unreachable', 'it cannot be reached'],
  EHOSTDOWN: ['unreachable', 'it is down'],
  ENETDOWN: ['unreachable', 'the network is down'],
  ENONET: ['unreachable', 'the network is down'],
  EMSGSIZE: ['too-big', 'it does not fit in a datagram'],
  ETIMEDOUT: ['timeout', 'it does not answer'],
  ECONNRESET: ['closed', 'the other side closed the connection'],
  ECONNABORTED: ['closed', 'the connection was given up'],
  EPIPE: ['closed', 'the other side closed the connection'],
  ERR_SOCKET_DGRAM_NOT_RUNNING: ['closed', 'the socket is closed'],
  ERR_SOCKET_CLOSED: ['closed', 'the socket is closed'],
  ENOBUFS: ['other', 'the system has no memory for it'],
  EMFILE: ['other', 'this process has too many files open'],
  ENFILE: ['other', 'this machine has too many files open'],
};

/** OpenSSL and certificate errors have no common shape but these beginnings. */
const TLS = /^(?:ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$)/;

/** Says in our terms what the system refused; `doing`, where others do not say it, begins the sentence: `cannot send to 192.0.2.1 port 5060`. */
export function failure(cause: unknown, doing?: string): NetworkError {
  if (cause instanceof NetworkError) return cause;
  const code = codeOf(cause);
  const [kind, why] = KINDS[code] ?? [TLS.test(code) ? 'tls' : 'other', messageOf(cause)];
  return new NetworkError(kind, doing === undefined ? why : `${doing}: ${why}`, cause);
}

/** The errno name or Node's own error code; empty if there is none. */
export function codeOf(cause: unknown): string {
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : '';
}

function messageOf(cause: unknown): string {
  // OpenSSL's message is its file and line, and ends in a line end: the words of it are here.
  if (cause instanceof Error && 'reason' in cause && typeof cause.reason === 'string') return cause.reason;
  return cause instanceof Error ? cause.message : String(cause);
}

/** What a person needs of "EACCES: permission denied, open '/etc/...'", and in place of "connect ENOENT /run/...". */
export function wordsOf(cause: unknown): string {
  const errno: unknown = typeof cause === 'object' && cause !== null && 'errno' in cause ? cause.errno : undefined;
  const [, words] = (typeof errno === 'number' ? getSystemErrorMap().get(errno) : undefined) ?? [];
  if (words !== undefined) return words;
  const message = messageOf(cause);
  return /^\w+: ([^,]*)/.exec(message)?.[1] ?? message;
}
