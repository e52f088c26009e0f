import { addressClass } from '../../sip/locate/address-class.ts';

/** Where clouds tell a machine its secrets. */
const METADATA = '169.254.169.254';

/** By what right a request goes somewhere. */
export interface Reaching {
  /** A person wrote the next hop into the configuration. */
  readonly pinned: boolean;
  /** The address that its messages came from, which may be anywhere. */
  readonly known?: string;
  /** Who sends the request may reach addresses of the own network. */
  readonly trusted: boolean;
}

/** What is known of addresses. */
export interface AddressFacts {
  /** Whether a server of one of our providers is at an address. */
  isProvider(host: string): boolean;
  /** Whether an address is one of this machine. */
  isOurs(host: string): boolean;
}

/**
 * Whether a name may lead a request of this caller to this address (security S1, S21). A person who wrote the next hop into the
 * configuration knows what is there; a user of the house may have neighbours; nobody else reaches what only we can reach.
 */
export function mayReach(host: string, { pinned, known, trusted }: Reaching, facts: AddressFacts): boolean {
  if (pinned || host === known) return true;
  // It may take whatever comes from our address for a call of its customer: what goes there goes by a trunk, where somebody pays.
  if (facts.isProvider(host)) return false;
  const kind = addressClass(host);
  if (kind === 'public') return trusted || !facts.isOurs(host);
  return trusted && (kind === 'private' || (kind === 'link-local' && /^(?:fe[89ab]|169\.254\.)/.test(host) && host !== METADATA));
}
