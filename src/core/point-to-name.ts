import { addressClass, familyOf } from '../sip/locate/address-class.ts';
import type { ListeningPoint } from '../sip/transport/flow.ts';

/** Which listening point is said where only one can be: one that the most others reach, and over UDP if there is one. */
export function pointToName(points: readonly ListeningPoint[]): ListeningPoint | undefined {
  return [...points].sort((a, b) => rankOf(a) - rankOf(b))[0];
}

const rankOf = ({ transport, address: { host } }: ListeningPoint): number => 2 * narrowness(host) + Number(transport !== 'udp');

/** How few reach us at an address: not every phone speaks IPv6. */
function narrowness(host: string): number {
  const six = familyOf(host) === 6;
  switch (addressClass(host)) {
    case 'public':
    case 'private':
      return six ? 1 : 0;
    case 'loopback':
      return 3;
    case 'link-local':
      return six ? 4 : 2; // each machine writes it with a zone of its own (RFC 4007 §11), and few phones let it be written
    default:
      return 2; // that of a translator beside an IPv6 network, 192.0.0.1, which nobody else has a way to (RFC 7335)
  }
}
