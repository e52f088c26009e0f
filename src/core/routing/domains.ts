import type { Config } from '../../config/config.ts';
import { type Destination, wordOf } from '../../config/values/telephone.ts';
import { literal } from '../../sip/locate/address-class.ts';
import { escapeUser, type Uri } from '../../sip/message/uri.ts';
import { lower } from '../../text/ascii.ts';
import { looksLikeIp } from '../../text/ip.ts';

export type Openness = 'authenticated' | 'anonymous' | 'off';

/** What one of our domains lets whom do. */
export interface Domain {
  readonly name: string;
  readonly inbound: Openness;
  readonly register: Openness;
  /** Whether its users may leave the house. */
  readonly outbound: 'authenticated' | 'off';
}

export interface DomainFacts {
  /** The daemon's own domain; every local address, localhost and the host's names are the same one. */
  readonly home: Domain;
  /** The written `[domain]` sections. */
  readonly written: readonly Domain[];
  /** localhost, the host name and NAME.local. */
  readonly hostNames: readonly string[];
  /** Our listening points: IP literals with their ports. */
  readonly points: readonly { readonly host: string; readonly port: number }[];
}

/** By which names this machine is dialed besides the domains of its configuration. */
export const hostNamesOf = (hostName: string): readonly string[] => [
  'localhost',
  hostName,
  `${hostName.replace(/\..*/, '')}.local`,
];

/** The domains of a configuration, of which the daemon's own is one, whether it is written or not. */
export function domainsOf({ domains, daemon }: Config): { readonly home: Domain; readonly written: readonly Domain[] } {
  const written = [...domains.values()].map(({ name, inbound, register, outbound }) => ({ name, inbound, register, outbound }));
  return { home: written.find(({ name }) => name === daemon.domain)!, written };
}

/** Answers for a host whether it is one of our domains, and how open it is. Built when the configuration or the addresses change. */
export class Domains {
  readonly home: Domain;
  private readonly names = new Map<string, Domain>();
  private readonly addresses = new Map<string, Domain>();
  private readonly ports = new Set<number>();

  constructor(facts: DomainFacts) {
    this.home = facts.home;
    // The same domain for those who authenticate, but never open to strangers unless it is written as a domain.
    const { name: home, outbound } = facts.home;
    const closed: Domain = { name: home, inbound: 'authenticated', register: 'authenticated', outbound };
    for (const name of facts.hostNames) this.names.set(lower(name), closed);
    for (const { host, port } of facts.points) {
      this.addresses.set(host.includes(':') ? sameAddress(host) : host, closed);
      this.ports.add(port);
    }
    this.names.set(bare(facts.home.name), facts.home);
    for (const domain of facts.written) this.names.set(bare(domain.name), domain);
  }

  /** The domain of a host as a URI names it, in small letters; undefined if it is not ours, as with a port that is not ours. */
  of(host: string, port?: number): Domain | undefined {
    if (port !== undefined && port !== 5060 && !this.ports.has(port)) return undefined;
    const domain = this.address(host);
    if (domain !== undefined) return domain;
    if (host.includes(':')) return this.address(sameAddress(host));
    // The dot of the root may be written (RFC 1034 §3.1).
    return host.endsWith('.') ? this.names.get(host.slice(0, -1)) : undefined;
  }

  /** Whether a URI leads to a domain of ours. */
  owns(uri: Pick<Uri, 'host' | 'port'>): boolean {
    return this.of(uri.host, uri.port) !== undefined;
  }

  /** Whether a host is a domain of ours by its name: no mere address of this machine, which a scanner tries without knowing of us. */
  named(host: string, port?: number): boolean {
    const domain = this.of(host, port);
    if (domain === undefined) return false;
    return !looksLikeIp(host) || bare(domain.name) === (host.includes(':') ? sameAddress(host) : host);
  }

  private address(host: string): Domain | undefined {
    return this.names.get(host) ?? this.addresses.get(host);
  }
}

/** The URI by which a destination is called in the house. */
export function houseUri(to: Destination, home: string): string {
  return to.kind === 'uri' ? to.uri : `sip:${escapeUser(wordOf(to))}@${home}`;
}

/** A domain as hosts of URIs are compared: in small letters, an IPv6 address without its brackets. */
function bare(name: string): string {
  return name.startsWith('[') ? sameAddress(name.slice(1, -1)) : lower(name);
}

/**
 * An IPv6 address in its one spelling: `2001:db8::192.0.2.1` is `2001:db8::c000:201`, and `::ffff:192.0.2.1` the IPv4 address (security S31).
 * Without its zone, which is the caller's own, and with the third colon that the grammar of RFC 3261 had (RFC 5118 §4.10) taken for the slip
 * that it is.
 */
function sameAddress(host: string): string {
  return literal(host.replace(/%.*$/, '').replace(':::', '::')) ?? host;
}
