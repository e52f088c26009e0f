import { addressClass, leadsTo } from '../../sip/locate/address-class.ts';
import type { NextHop } from '../../sip/locate/hop.ts';

/** Where clouds tell a machine or a container of theirs its secrets: those with an address that looks like one of the own network. */
const METADATA = new Set(['169.254.169.254', '169.254.170.2', '100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254']);

/** By what right a request goes somewhere. */
export interface Reaching {
  /** A person wrote the next hop into the configuration. */
  readonly pinned: boolean;
  /** The address that its messages came from, which may be anywhere. */
  readonly known?: string;
  /** Who sends the request may reach addresses of the own network. */
  readonly trusted: boolean;
  /** A name led there: whoever owns it says where that is. */
  readonly named: boolean;
}

/** What is known of addresses. */
export interface AddressFacts {
  /** Whether a server of one of our providers is at an address. */
  isProvider(host: string): boolean;
  /** Whether an address is one of this machine. */
  readonly transport: { isHere(host: string): boolean };
}

/** Next hops of one request. */
const MOST_HOPS = 8;

/** Of what a URI was located at the next hops that a request of this caller may go to; `why`: it may go to none of them. */
export function reachable(
  located: readonly NextHop[],
  by: Reaching,
  facts: AddressFacts,
): { readonly hops: readonly NextHop[]; readonly why: string | undefined } {
  const hops = located.filter(({ host }) => mayReach(host, by, facts)).slice(0, MOST_HOPS);
  return { hops, why: hops.length > 0 ? undefined : `nothing is sent to ${located[0]!.host} for this caller` };
}

/**
 * Whether a request of this caller may go to this address (security S1, S21). A person who wrote the next hop into the configuration knows
 * what is there; a user of the house may have neighbours, and may dial an address of this machine, but no name of others leads back to it;
 * nobody else reaches what only we can reach.
 */
function mayReach(host: string, { pinned, known, trusted, named }: Reaching, facts: AddressFacts): boolean {
  if (pinned || host === known) return true;
  // It may take whatever comes from our address for a call of its customer: what goes there goes by a trunk, where somebody pays.
  const there = leadsTo(host);
  if (facts.isProvider(host) || facts.isProvider(there)) return false;
  if ((named || !trusted) && (facts.transport.isHere(host) || facts.transport.isHere(there))) return false;
  const kind = addressClass(host);
  if (kind === 'public') return true;
  if (!trusted || METADATA.has(there)) return false;
  return kind === 'private' || (kind === 'link-local' && /^(?:fe[89ab]|169\.254\.)/.test(host));
}
