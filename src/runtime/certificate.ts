import type { PeerCertificate } from './network.ts';

/**
 * The SIP domains that a certificate speaks for, in lower case: its `sip` URIs without a user part, else its DNS names,
 * else, where it has no subjectAltName at all, its common name (RFC 5922 §7.1).
 */
export function certifiedDomains(peer: PeerCertificate): readonly string[] {
  if (peer.names.length === 0) {
    const name = peer.commonName;
    return name !== undefined && /^[A-Za-z0-9._-]+$/.test(name) ? [name.toLowerCase()] : [];
  }
  const uris = peer.names.flatMap((name) => /^URI:sip:([^@:;?]+)(?![^@]*@)/i.exec(name)?.[1]?.toLowerCase() ?? []);
  if (uris.length > 0) return uris;
  return peer.names.filter((name) => name.startsWith('DNS:')).map((name) => name.slice('DNS:'.length).toLowerCase());
}

/**
 * Whether a certificate names `host`: a SIP domain compared without regard to case and without wildcards (RFC 5922 §7.2),
 * or an IP literal among its IP addresses, and nowhere else.
 */
export function certifies(peer: PeerCertificate, host: string): boolean {
  const wanted = canonical(host);
  if (!/:|^[0-9.]+$/.test(wanted)) return certifiedDomains(peer).includes(wanted);
  return peer.names.some((name) => name.startsWith('IP Address:') && canonical(name.slice('IP Address:'.length)) === wanted);
}

const SHOWN = 8;

/** What a certificate is for, in words for the operator: the names that count, and not a thousand of them. */
export function certifiedText(peer: PeerCertificate): string {
  const names = peer.names.length > 0 ? peer.names : peer.commonName === undefined ? [] : [`CN=${peer.commonName}`];
  if (names.length === 0) return 'nobody';
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  // The other side wrote them: nothing of it may steer a terminal.
  return (
    names
      .slice(0, SHOWN)
      .join(', ')
      .replace(/[^\x20-\x7e]/g, '?') + more
  );
}

/** Lower case, without the dot of the root; IPv6 literals as `::1`, for certificates are printed with `0:0:0:0:0:0:0:1`. */
function canonical(host: string): string {
  if (!host.includes(':')) return host.replace(/\.$/, '').toLowerCase();
  const url = `http://[${host}]`;
  try {
    return new URL(url).hostname.slice(1, -1);
  } catch {
    return host.toLowerCase();
  }
}
