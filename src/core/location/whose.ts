import { sameUri } from '../../sip/message/same-uri.ts';
import { DEFAULT_PORT, parseUri, type Uri } from '../../sip/message/uri.ts';
import type { FlowName } from '../../sip/transport/flow.ts';
import { readable } from '../../text/parse-error.ts';
import { isGuest } from './aor.ts';
import { type Binding, isAt, isSameFlow } from './binding.ts';
import type { LocationService } from './service.ts';

// Whose phone it is that speaks within a dialog: nobody asks it for credentials there, and it registered. Every binding is looked at, for a
// transfer is rare.

/** The guest who registered a phone by this flow; of several behind one proxy the one with the Contact that the dialog says. */
export function guestAt(location: LocationService, flow: FlowName, contact: string): string | undefined {
  const uri = readable(() => parseUri(contact));
  const isHere = (binding: Binding) => isGuest(binding.aor) && isSameFlow(binding.flow, flow);
  return ((uri && search(location, (binding) => isHere(binding) && isContact(binding, uri))) ?? search(location, isHere))?.aor;
}

/** The same for the Contact that a dialog says. */
export function holderOfContact(location: LocationService, contact: string): string | undefined {
  const uri = readable(() => parseUri(contact));
  return uri && phoneAt(location, uri)?.aor;
}

/** The phone that has a contact. */
export function phoneAt(location: LocationService, contact: Uri): Binding | undefined {
  return search(location, (binding) => isContact(binding, contact));
}

/** The phone of a user that says this Contact within a dialog. */
export function phoneWithin(location: LocationService, contact: string, user: string): Binding | undefined {
  const uri = readable(() => parseUri(contact));
  return uri && location.bindings(user).find((binding) => isContact(binding, uri));
}

/** The phone of a user that registered to be reached at the host and port of a URI. */
export function phoneOf(location: LocationService, uri: Uri, user: string): Binding | undefined {
  return location.bindings(user).find((binding) => {
    const contact = readable(() => parseUri(binding.uri));
    return (
      contact !== undefined && isAt(uri, contact.host) && (contact.port ?? DEFAULT_PORT.udp) === (uri.port ?? DEFAULT_PORT.udp)
    );
  });
}

/**
 * Where the phone of a user that was at a flow is now: where it has registered the Contact that a dialog says. One that names the address which it
 * is truly at is believed at once; a private one behind a NAT, which two phones may have, once no phone of his is registered by the former flow.
 */
export function flowNow(location: LocationService, last: FlowName, contact: Uri, user: string): FlowName {
  const now = phoneOf(location, contact, user)?.flow;
  if (now?.transport !== last.transport) return last;
  if (now.remote.host !== last.remote.host && isAt(contact, now.remote.host)) return now;
  return location.bindings(user).some(({ flow }) => isSameFlow(flow, last)) ? last : now;
}

/** baresip registers where it listens, and says within a dialog over TCP or TLS where its connection comes from. */
function isContact({ uri: registered, flow: { remote } }: Binding, contact: Uri): boolean {
  const uri = readable(() => parseUri(registered));
  if (uri === undefined) return false;
  if (sameUri(uri, contact)) return true;
  if (uri.user !== contact.user) return false;
  return (uri.host === contact.host && uri.port === contact.port) || (contact.port === remote.port && isAt(contact, remote.host));
}

/**
 * Of several the likeliest: whose Contact is where he registered from, before who wrote down another's, and users before guests, who may have
 * forged even that (security S2).
 */
function search(location: LocationService, fits: (binding: Binding) => boolean): Binding | undefined {
  let best: Binding | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const aor of location.aors)
    for (const binding of location.bindings(aor)) {
      const doubt = isGuest(aor) ? 2 : binding.routeToSource ? 1 : 0;
      if (doubt >= least || !fits(binding)) continue;
      if (doubt === 0) return binding;
      best = binding;
      least = doubt;
    }
  return best;
}
