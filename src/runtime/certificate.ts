import type { PeerCertificate } from './network.ts';

/**
 * The SIP domains that a certificate speaks for, in lower case: its `sip` URIs without a user part, else its DNS names,
 * else, where it has no subjectAltName at all, its common name (RFC 5922 §7.1).
 */
export function certifiedDomains(peer: PeerCertificate): readonly string[] {
  if (peer.names.length === 0) return peer.commonName === undefined ? [] : [peer.commonName.toLowerCase()];
  const uris = peer.names.flatMap((name) => /^URI:sip:([^@:;?]+)(?![^@]*@)/i.exec(name)?.[1]?.toLowerCase() ?? []);
  if (uris.length > 0) return uris;
  return peer.names.filter((name) => name.startsWith('DNS:')).map((name) => name.slice('DNS:'.length).toLowerCase());
}

/**
 * Whether a certificate names `host`: a SIP domain compared without regard to case and without wildcards (RFC 5922 §7.2),
 * or an IP literal among its IP addresses.
 */
export function certifies(peer: PeerCertificate, host: string): boolean {
  const wanted = canonical(host);
  return (
    certifiedDomains(peer).includes(wanted) ||
    peer.names.some((name) => name.startsWith('IP Address:') && canonical(name.slice('IP Address:'.length)) === wanted)
  );
}

/** Lower case; IPv6 literals as `::1`, for certificates are printed with `0:0:0:0:0:0:0:1`. */
function canonical(host: string): string {
  if (!host.includes(':')) return host.toLowerCase();
  const url = `http://[${host}]`;
  try {
    return new URL(url).hostname.slice(1, -1);
  } catch {
    return host.toLowerCase();
  }
}
