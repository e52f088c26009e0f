import ipaddr from 'ipaddr.js';
import type { Millis } from '../../runtime/clock.ts';
import type { Address } from '../../runtime/network.ts';
import { parseAddress } from '../../sip/message/address.ts';
import { DEFAULT_PORT, parseUri, type Uri, uriParam } from '../../sip/message/uri.ts';
import type { FlowName, Hop } from '../../sip/transport/flow.ts';
import { lower } from '../../text/ascii.ts';
import { isGuest } from './aor.ts';

/** The longest that a registration is granted, in seconds: what a former run stored lasts no longer either. */
export const LONGEST_EXPIRES = 3_600;

/** A contact of an address-of-record, for a time (RFC 3261 §10). Read-only: a refresh is a new one. Its texts pin no packet. */
export interface Binding {
  readonly aor: string;
  /** The Contact value as the client wrote it, display name and parameters of its own included; only `expires` is taken out. */
  readonly contact: string;
  /** The addr-spec within it. */
  readonly uri: string;
  /** From 0 to 1; 1 where the client gave none. */
  readonly q: number;
  /** When it ends, in milliseconds since 1970. */
  readonly expires: number;
  readonly callId: string;
  readonly cseq: number;
  /** Values of the Path header, the next hop first (RFC 3327 §5.3). */
  readonly path: readonly string[];
  /** `<urn:uuid:...>` of +sip.instance. */
  readonly instance?: string | undefined;
  /** Only where there is an instance too (RFC 5626 §6). */
  readonly regId?: number | undefined;
  /** User-Agent. */
  readonly agent?: string | undefined;
  /** When the device first bound it, in milliseconds since 1970; a refresh keeps it. */
  readonly since: number;
  /** Where the REGISTER came from, and which of our sockets heard it. */
  readonly flow: FlowName;
  /** The next hop names another host than the one that the REGISTER came from: only the source is ever sent to. */
  readonly routeToSource: boolean;
}

/** How long a new connection to the contact of a closed one may take. */
export const RECONNECT: Millis = 500;

/** Where requests for a binding go. `uri` is the Request-URI, `route` the values of the Route header. */
export type Reach =
  | {
      /** The connection of the REGISTER while it is open; after that `otherwise`, a new one that may take `within` milliseconds. */
      readonly via: 'connection';
      readonly uri: string;
      readonly route: readonly string[];
      readonly flow: FlowName;
      readonly otherwise: Hop | undefined;
      readonly within: Millis;
    }
  | {
      /**
       * The contact, or the source address where the contact names another host, or is a flow of RFC 5626; from our address that heard the
       * phone. By `source` it is UDP alone.
       */
      readonly via: 'contact' | 'source';
      readonly uri: string;
      readonly route: readonly string[];
      readonly hop: Hop;
      readonly local: Address;
    };

/**
 * Decides how a binding is reached: RFC 5626 §5.3 for what came over a connection, else by contact or source. No name is ever looked up.
 *
 * Deviation: a guest that registered over UDP is reached by UDP, whatever its Contact says of a transport (RFC 3261 §16.6), and on account.
 * Nobody vouches for the address, and a forged one would have our connections aimed at another (security S2, S14, S21).
 */
export function reach(binding: Binding): Reach {
  const { uri, path: route, flow, routeToSource } = binding;
  if (flow.transport !== 'udp') {
    const otherwise = endsWithConnection(binding) ? undefined : hopOf(nextHop(uri, route), flow);
    return { via: 'connection', uri, route, flow, otherwise, within: RECONNECT };
  }
  const { host, port } = flow.remote;
  // A flow of RFC 5626 is where its REGISTER came from, whatever port the contact names: a NAT may have changed that alone.
  const isFlow = binding.regId !== undefined && route.length === 0;
  if (routeToSource || isFlow) return { via: 'source', uri, route, hop: { transport: 'udp', host, port }, local: flow.local };
  const hop = hopOf(nextHop(uri, route), flow);
  if (!isGuest(binding.aor)) return { via: 'contact', uri, route, hop, local: flow.local };
  return { via: 'source', uri, route, hop: { transport: 'udp', host, port: hop.port }, local: flow.local };
}

/**
 * Whether the binding ends when its connection closes: an outbound flow (RFC 5626 §7), or nowhere else to go. The flow of a phone behind a proxy
 * is between those two: our connection is the proxy's, for all of its phones, and another one serves as well (RFC 5626 §6).
 *
 * Deviation: by UDP none does, whatever ICMP says. Anybody may have written that, and a phone that was away for a moment would not be
 * called until it registers again.
 */
export function endsWithConnection({ flow, regId, path, routeToSource }: Binding): boolean {
  return flow.transport !== 'udp' && ((regId !== undefined && path.length === 0) || routeToSource);
}

/** Whether both are one binding, before and after its phone has registered again: it is reached by the same URI, or flow (RFC 5626 §6). */
export function refreshes(now: Binding, before: Binding): boolean {
  if (now === before) return true;
  return now.aor === before.aor && now.uri === before.uri && now.instance === before.instance && now.regId === before.regId;
}

/**
 * What tells a phone from the others of its record for as long as it is registered: the flow of a device, the device, or the contact of one that
 * does not say which it is (RFC 5626 §6). Of several contacts of a device without flows the oldest is the device.
 */
export function phoneOf(binding: Binding, record: readonly Binding[]): string {
  const { uri, instance, regId } = binding;
  if (instance === undefined) return uri;
  if (regId !== undefined) return `${instance} ${regId}`;
  const isOlder = (one: Binding) => one.since < binding.since || (one.since === binding.since && one.uri < uri);
  const others = record.some((one) => one.instance === instance && one.regId === undefined && isOlder(one));
  return others ? `${instance} ${uri}` : `${instance} `;
}

/** Whether a binding names the port that its connection came from, where nobody listens: closed, it leads nowhere. */
export function namesItsConnection({ uri, path, flow }: Binding): boolean {
  return flow.transport !== 'udp' && nextHop(uri, path).port === flow.remote.port;
}

/** The URI that the next hop is taken from: the first of the Path, else the contact. @throws ParseError */
export function nextHop(uri: string, path: readonly string[]): Uri {
  return path.length === 0 ? parseUri(uri, 'Contact') : parseAddress('Path', path[0]!).uri;
}

/** Whether a URI's host is that very address; `maddr` counts where it stands. A name never is. */
export function isAt(uri: Uri, address: string): boolean {
  const host = uri.params === '' ? uri.host : (uriParam(uri, 'maddr') ?? uri.host);
  return host === address || (address.includes(':') && host.includes(':') && canonical(host) === canonical(address));
}

/** IPv6 addresses in one spelling, without brackets and zone. */
function canonical(host: string): string {
  const bare = host.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  return ipaddr.IPv6.isValid(bare) ? ipaddr.IPv6.parse(bare).toString() : bare;
}

/** The hop of a URI whose host is the address of the flow's other side. */
export function hopOf(uri: Uri, flow: FlowName): Hop {
  const named = lower(uriParam(uri, 'transport') ?? '');
  const secure = uri.scheme === 'sips';
  const transport = secure ? 'tls' : named === 'udp' || named === 'tcp' || named === 'tls' ? named : flow.transport;
  return { transport, host: flow.remote.host, port: uri.port ?? DEFAULT_PORT[transport] };
}

/** Whether both lead to one phone, or proxy, by whichever of our sockets. */
export function isSameFlow(a: FlowName, b: FlowName): boolean {
  if (a.connection !== '' || b.connection !== '') return a.connection === b.connection;
  return a.transport === b.transport && a.remote.host === b.remote.host && a.remote.port === b.remote.port;
}
