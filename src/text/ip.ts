import ipaddr from 'ipaddr.js';

export type Ip = ipaddr.IPv4 | ipaddr.IPv6;

/** The name or number of an interface, in what URIs have for it (RFC 6874 §2): many are called br-lan, or eth0.100. */
const ZONE = /%([A-Za-z0-9._~-]+)$/;

/** Whether a host is written as an address, be it one that there is not, and as no name: digits and dots alone, or a colon somewhere. */
export const looksLikeIp = (host: string): boolean => /^[0-9.]+$|:/.test(host);

/** An IP literal without brackets, with or without a zone; undefined for what is none. */
export function parseIp(host: string): Ip | undefined {
  // Never 127.1 or 0177.0.0.1, which other programs take for addresses.
  if (!host.includes(':')) return ipaddr.IPv4.isValidFourPartDecimal(host) ? ipaddr.IPv4.parse(host) : undefined;
  // Of the name of a zone ipaddr.js takes letters and digits alone.
  const bare = host.replace(ZONE, '');
  if (!ipaddr.IPv6.isValid(bare)) return undefined;
  const address = ipaddr.IPv6.parse(bare);
  address.zoneId = host.slice(bare.length + 1);
  return address;
}
