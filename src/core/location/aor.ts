import { own } from '../../sip/message/grammar.ts';
import { unescapeUri } from '../../sip/message/uri.ts';

/**
 * The key of an address-of-record in the location service: the canonical form of RFC 3261 §10.3 step 5, without parameters, escapes
 * resolved, any byte allowed; it pins no packet. Users of the house share one name space over all its domains, a guest belongs to its domain.
 *
 * `user`: the user part of a URI as it is written, or the name of an account as wire text. `guestOf`: the open domain of a guest.
 */
export function aorKey(user: string, guestOf?: string): string {
  const name = unescapeUri(user);
  return guestOf === undefined ? own(name) : `${name}@${guestOf}`;
}

/** Whether a key is a guest's; names of users hold no `@`. */
export const isGuest = (aor: string): boolean => aor.includes('@');
