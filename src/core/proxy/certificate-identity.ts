import { canonicalName } from '../../config/values/certificate.ts';
import { certifies } from '../../runtime/certificate.ts';
import type { PeerCertificate } from '../../runtime/network.ts';
import { isSip, type Uri } from '../../sip/message/uri.ts';

/**
 * By which names a user may have listed the certificate of a connection: its fingerprint, whoever made it, for only one key can be behind
 * it; its URIs and mail addresses only where an authority that we trust vouches for them.
 */
export function namesOfUser(peer: PeerCertificate): readonly string[] {
  const names = peer.fingerprint === undefined ? [] : [`sha256:${peer.fingerprint}`];
  if (!peer.verified) return names;
  for (const name of peer.names) {
    const found = /^(?:URI|email):([^"].*)$/.exec(name);
    if (found !== null) names.push(canonicalName(found[1]!));
  }
  return names;
}

/** The domain that From names, if the certificate of the connection speaks for it (RFC 5922 §7.4). */
export function domainProved(peer: PeerCertificate | undefined, from: Uri | undefined): string | undefined {
  if (peer?.verified !== true || from === undefined || !isSip(from)) return undefined;
  return certifies(peer, from.host) ? from.host : undefined;
}
