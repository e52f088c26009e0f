import ipaddr from 'ipaddr.js';
import { type Ip, parseIp } from '../../text/ip.ts';

/**
 * Who can be behind an address. `private` is a network of one's own (RFC 1918, RFC 4193, RFC 6598), `link-local` holds the metadata services
 * of clouds as well (169.254.169.254), `reserved` is whatever else no server on the Internet has.
 */
export type AddressClass =
  | 'public'
  | 'private'
  | 'loopback'
  | 'link-local'
  | 'unspecified'
  | 'multicast'
  | 'broadcast'
  | 'reserved';

/** By the names that ipaddr.js gives to ranges; what is not here is reserved. */
const CLASSES: Readonly<Record<string, AddressClass | undefined>> = {
  unicast: 'public',
  as112: 'public',
  as112v6: 'public',
  private: 'private',
  carrierGradeNat: 'private',
  uniqueLocal: 'private',
  deprecatedSiteLocal: 'private',
  loopback: 'loopback',
  linkLocal: 'link-local',
  unspecified: 'unspecified',
  multicast: 'multicast',
  broadcast: 'broadcast',
};

/** Addresses of books and tests (RFC 5737, RFC 3849, RFC 9637): nothing of ours answers there, so they are like those of any stranger. */
const DOCUMENTATION = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'].map((range) =>
  ipaddr.parseCIDR(range),
);
/** IPv6 addresses that lead to the IPv4 address in their last 32 bits: mapped, translated, NAT64 (RFC 6052), compatible (RFC 4291 §2.5.5.1). */
const EMBEDDING = ['::ffff:0:0/96', '::ffff:0:0:0/96', '64:ff9b::/96', '::/96'].map((range) => ipaddr.parseCIDR(range));
/** NAT64 of one network, whose last bits may be an IPv4 address of that network (RFC 8215). */
const LOCAL_NAT64 = ipaddr.parseCIDR('64:ff9b:1::/48');

/** The class of an IP literal without brackets, with or without a zone; undefined if it is none. An IPv4 address inside IPv6 counts as itself. */
export function addressClass(host: string): AddressClass | undefined {
  const address = parseIp(host);
  return address === undefined ? undefined : classOf(address);
}

/**
 * Whether an address that somebody else named may be sent to: it is on the internet, or in the network of `beside`, where we send already
 * (security S21). A name never is.
 */
export function isPublicOrBeside(host: string, beside: string | undefined): boolean {
  const kind = addressClass(host);
  return kind === 'public' || (kind !== undefined && beside !== undefined && kind === addressClass(beside));
}

/**
 * An IP literal as it is written canonically, IPv4 inside `::ffff:` as IPv4; undefined if it is none. Only a link-local address keeps its zone:
 * any other one leads to the same host with every zone that somebody writes (RFC 4007 §11).
 */
export function literal(host: string): string | undefined {
  const address = parseIp(host);
  if (address === undefined || address instanceof ipaddr.IPv4) return address?.toString();
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  return (address.range() === 'linkLocal' ? address : new ipaddr.IPv6(address.toByteArray())).toString();
}

/** The same, but IPv4 for every IPv6 address that leads to it, or may, as one of NAT64 does; what is no literal as it is. */
export function leadsTo(host: string): string {
  const address = parseIp(host);
  if (!(address instanceof ipaddr.IPv6) || ![...EMBEDDING, LOCAL_NAT64].some((range) => within(address, range)))
    return literal(host) ?? host;
  return new ipaddr.IPv4(address.toByteArray().slice(12)).toString();
}

export const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);

function classOf(address: Ip): AddressClass {
  if (DOCUMENTATION.some((range) => within(address, range))) return 'public';
  if (address instanceof ipaddr.IPv4) return CLASSES[address.range()] ?? 'reserved';
  const own = CLASSES[address.range()];
  if (own === 'unspecified' || own === 'loopback') return own;
  const bytes = address.toByteArray();
  if (EMBEDDING.some((range) => within(address, range))) return classOf(new ipaddr.IPv4(bytes.slice(12)));
  if (within(address, LOCAL_NAT64)) return 'private';
  // 6to4 leads to the IPv4 address after its prefix (RFC 3056); a public one is still no place where a server is.
  if (address.range() === '6to4') {
    const inner = classOf(new ipaddr.IPv4(bytes.slice(2, 6)));
    return inner === 'public' ? 'reserved' : inner;
  }
  return own ?? 'reserved';
}

function within(address: Ip, [network, length]: [Ip, number]): boolean {
  return address.kind() === network.kind() && address.match(network, length);
}
