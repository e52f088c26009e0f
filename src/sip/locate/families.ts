import { addressClass, familyOf } from './address-class.ts';

/** Our address that packets to an IP literal leave from, or undefined if there is no way to it: `Network.sourceFor`. */
export type SourceFor = (host: string) => string | undefined;

/**
 * Sorts the addresses of one name in the order to be tried: what we have an address of the same kind for first, IPv6 before IPv4 where
 * nothing speaks against it (the rules of RFC 6724 §6 that matter to a host, as RFC 7984 §4 wants), and the families in turn, so that a
 * dead one costs one attempt (RFC 8305 §4). What there is no way to is left out if there is a way to another.
 */
export function addressOrder(addresses: readonly string[], sourceFor: SourceFor): string[] {
  const judged = [...new Set(addresses)].map((address) => ({ address, rank: rankOf(address, sourceFor) }));
  const reachable = judged.filter(({ rank }) => rank < NO_WAY);
  const kept = (reachable.length > 0 ? reachable : judged).sort((a, b) => a.rank - b.rank);
  const six = kept.filter(({ address }) => familyOf(address) === 6);
  const four = kept.filter(({ address }) => familyOf(address) === 4);
  const [first, second] = (six[0]?.rank ?? NO_WAY) <= (four[0]?.rank ?? NO_WAY) ? [six, four] : [four, six];
  const turns = Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [first[i], second[i]]);
  return turns.flat().flatMap((one) => (one === undefined ? [] : [one.address]));
}

const NO_WAY = 2;

function rankOf(address: string, sourceFor: SourceFor): number {
  const source = sourceFor(address);
  if (source === undefined) return NO_WAY;
  // Behind NAT a private IPv4 address reaches the Internet, a unique local IPv6 address does not.
  return familyOf(address) === 4 || addressClass(source) === addressClass(address) ? 0 : 1;
}
