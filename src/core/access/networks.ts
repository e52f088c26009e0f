import ipaddr from 'ipaddr.js';
import type { AccessSettings } from '../../config/sections/access.ts';
import type { Network } from '../../config/values/network.ts';
import { unzoned } from '../../sip/transport/flow.ts';
import type { Ip } from '../../text/ip.ts';

/** What requests from a network may do. */
export type Policy = AccessSettings['policy'];

/** Addresses whose policy is remembered; then all are looked up anew. */
const REMEMBERED = 10_000;
/** What comes from this machine itself, unless a section says otherwise of just these networks. */
const LOOPBACK = [
  { network: { address: ipaddr.parse('127.0.0.0'), prefix: 8 }, policy: 'loopback' },
  { network: { address: ipaddr.parse('::1'), prefix: 128 }, policy: 'loopback' },
] as const;

/** Which policy an address falls under: that of the smallest network that holds it, among equal ones of the last section. */
export class AccessNetworks {
  /** The smallest first. */
  private readonly rules: readonly { readonly network: Network; readonly policy: Policy | 'loopback' }[];
  private readonly known = new Map<string, Policy | 'loopback' | undefined>();

  constructor(sections: Iterable<AccessSettings>) {
    const written = [...sections].flatMap(({ network, policy }) => network.map((one) => ({ network: unmapped(one), policy })));
    this.rules = [...LOOPBACK, ...written].reverse().sort((a, b) => b.network.prefix - a.network.prefix);
  }

  /** The policy for an IP literal as a socket tells it; undefined where no section names its network. */
  of(host: string): Policy | 'loopback' | undefined {
    const known = this.known.get(host);
    if (known !== undefined || this.known.has(host)) return known;
    if (this.known.size >= REMEMBERED) this.known.clear();
    const ip = addressOf(host);
    const policy = ip && this.rules.find(({ network }) => holds(network, ip))?.policy;
    this.known.set(host, policy);
    return policy;
  }
}

/** Without its zone, which is no part of the address, and an IPv4 address that is written as IPv6 as what it is (security S31). */
export function addressOf(host: string): Ip | undefined {
  const bare = unzoned(host);
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
}

/** Whether an address lies in a network of its own family. */
export function holds({ address, prefix }: Network, ip: Ip): boolean {
  return ip.kind() === address.kind() && ip.match(address, prefix);
}

function unmapped({ address, prefix }: Network): Network {
  const mapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && prefix >= 96;
  return mapped ? { address: address.toIPv4Address(), prefix: prefix - 96 } : { address, prefix };
}
