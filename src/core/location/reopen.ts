import type { Address } from '../../runtime/network.ts';
import { contactUri, type Dialog, nextHopUri } from '../../sip/dialog/dialog.ts';
import type { Message } from '../../sip/message/message.ts';
import { isSip, parseUri, type Uri, uriParam } from '../../sip/message/uri.ts';
import type { Flow, FlowName, Hop } from '../../sip/transport/flow.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import { readable } from '../../text/parse-error.ts';
import { type Binding, hopOf, isAt, isSameFlow, RECONNECT } from './binding.ts';
import type { LocationService } from './service.ts';

/**
 * The way to the other side of a dialog: the flow that it was heard by or, where that was a connection that has closed meanwhile, a new one
 * to its Contact, or to the proxy before it (RFC 3261 §12.2.1.1, §18.1.1); undefined if there is none. Only the host that the old one led to is
 * sent to, so that no Contact aims us at anybody else. One with `ob` asks for its flow alone (RFC 5626 §5.3.1).
 *
 * `contact`: the URI that the next request goes to; undefined where none may be tried. `house`: it is a phone of the house, whose datagrams go
 * where `datagramsTo` says.
 */
export function flowOrNew(
  transport: TransportLayer,
  name: FlowName,
  contact: string | undefined,
  house = false,
): Flow | undefined {
  const flow = transport.flowNamed(name);
  const udp = name.transport === 'udp';
  if (contact === undefined || (udp ? !house : flow !== undefined)) return flow;
  const uri = readable(() => parseUri(contact));
  if (uri === undefined || !isSip(uri)) return flow;
  if (udp) return transport.flowNamed(datagramsTo(name, uri, transport));
  if (uriParam(uri, 'ob') !== undefined || !isAt(uri, name.remote.host)) return undefined;
  const again = transport.flowTo(hopOf(uri, name), name.local, RECONNECT);
  return 'send' in again ? again : undefined;
}

/**
 * What `flowOrNew` may try within a dialog: the Contact or, where another proxy stands before it, that proxy, if it is one before a phone of the
 * house; undefined where none of this may be tried.
 */
export function nextToTry(dialog: Pick<Dialog, 'routes' | 'target'>, house: boolean): string | undefined {
  return house || dialog.routes.length === 0 ? nextHopUri(dialog) : undefined;
}

/**
 * Where datagrams for a phone of the house, or for a provider, go that was heard by this flow: to the port of its Contact, where that names the
 * host it was heard from (RFC 3261 §12.2.1.1), as for a registration; one may send from another port than it listens on. Else, and with `ob`
 * (RFC 5626 §5.3.1), back to where it was heard: then it is the same flow. So too where the port is ours: a phone on this machine may give its
 * address-of-record as its Contact (GNOME Calls with sofia-sip 1.13), and nothing is sent to ourselves (sip-correctness rule 9).
 */
export function datagramsTo(name: FlowName, contact: Uri, transport: Pick<TransportLayer, 'isOurs'>): FlowName {
  const { host, port } = name.remote;
  if (!isAt(contact, host) || uriParam(contact, 'ob') !== undefined) return name;
  const hop = hopOf(contact, name);
  if (hop.transport !== 'udp' || hop.port === port || transport.isOurs(host, hop.port)) return name;
  return { transport: 'udp', local: name.local, remote: { host, port: hop.port }, connection: '' };
}

/**
 * Whether a URI to send to names the very address and port that a UDP flow leads to: then no NAT is between, and what is too long for
 * UDP may be tried by TCP (RFC 3261 §18.1.1).
 */
export function listensAt(uri: Uri, { host, port }: Address): boolean {
  return (
    isSip(uri) && uri.scheme === 'sip' && uriParam(uri, 'ob') === undefined && isAt(uri, host) && (uri.port ?? 5060) === port
  );
}

/**
 * Whether a user speaks from another place than before, where he has registered: by datagrams from that host, or by that very connection, for the
 * former one need not have closed when a phone is gone from there. Nobody else moves a side of a call.
 */
export function hasMoved(last: FlowName, now: FlowName, aor: string, location: Pick<LocationService, 'bindings'>): boolean {
  if (last.transport !== now.transport || isSameFlow(last, now)) return false;
  return location
    .bindings(aor)
    .some(({ flow }) => (now.connection === '' ? flow.remote.host === now.remote.host : flow.connection === now.connection));
}

/**
 * The connection of a side of a dialog: `last` or, once no binding of its user is left on that, a newer one by which he has registered the same
 * Contact. A phone that has a new one need not say so within the dialog, and the former one may seem open long after it is dead (RFC 5626 §7).
 *
 * `said`: the newest Contact of the dialog, or the message that says it.
 */
export function connectionNow(
  last: Flow,
  aor: string,
  said: string | Message,
  location: Pick<LocationService, 'bindings'>,
  transport: Pick<TransportLayer, 'flowNamed'>,
): Flow {
  if (last.heardAt === undefined) return last;
  const bindings = location.bindings(aor);
  if (bindings.length === 0 || bindings.some(({ flow }) => isSameFlow(flow, last))) return last;
  const contact = typeof said === 'string' ? said : contactUri(said);
  const binding = bindings.find(({ uri, flow }) => uri === contact && flow.transport === last.transport);
  const now = binding && transport.flowNamed(binding.flow);
  return now?.heardAt !== undefined && now.heardAt > last.heardAt ? now : last;
}

/**
 * The connection by which a phone has registered since it was reached by `last`, by the same transport: it may be back there, and still ring,
 * where it cannot be called back (RFC 5626 §7).
 */
export function connectionOf(
  phone: Binding,
  last: FlowName,
  bindings: readonly Binding[],
  transport: Pick<TransportLayer, 'flowNamed'>,
): Flow | undefined {
  const { instance, regId, uri } = phone;
  const isPhone = (one: Binding) => (instance === undefined ? one.uri === uri : one.instance === instance && one.regId === regId);
  const now = bindings.find((one) => isPhone(one) && one.flow.connection !== '' && one.flow.transport === last.transport);
  return now && transport.flowNamed(now.flow);
}

/**
 * The way of a CANCEL: that of its INVITE or, where that was a connection that has closed meanwhile, a new one to the same next hop, for which
 * the Via stays as it is (RFC 3261 §9.1, §18.1.1); where it was a UDP socket, the one that is there now; undefined if there is none. `hop`: that
 * of a connection which we did not open ourselves.
 */
export function flowOrAgain(transport: TransportLayer, flow: Flow, hop: Hop | undefined): Flow | undefined {
  if (flow.open) return flow;
  if (flow.transport === 'udp') return transport.flowNamed(flow);
  const to = flow.openedTo ?? hop;
  if (to?.transport !== flow.transport) return undefined;
  const again = transport.flowTo(to, flow.local, RECONNECT);
  return 'send' in again ? again : undefined;
}
