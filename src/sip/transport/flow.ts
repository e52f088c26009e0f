import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Address, Network, PeerCertificate } from '../../runtime/network.ts';
import type { Random } from '../../runtime/random.ts';
import { hopText, type Transport } from '../message/uri.ts';

/** One address, port and transport that we listen on: what our Via, Record-Route and Contact say to the side that reaches us there. */
export interface ListeningPoint {
  readonly transport: Transport;
  readonly address: Address;
  /** `host:port` for a Via or a URI, IPv6 in brackets. */
  readonly sentBy: string;
}

/**
 * Where a message came from and where its answer goes back (RFC 5626 §2.1): for UDP the socket that heard it and the source address,
 * for a stream the connection. Bindings and Record-Route tokens name flows by these.
 */
export interface FlowName {
  readonly transport: Transport;
  /** Where we were heard: for UDP the bound address, for a stream our side of the connection. */
  readonly local: Address;
  readonly remote: Address;
  /** Empty for UDP; for a stream a name that no other connection has, nor had before a restart. */
  readonly connection: string;
}

/** Sees every message that comes and goes, for `trace`. */
export interface Tap {
  message(direction: 'in' | 'out', text: string, flow: FlowName): void;
}

/** What transport is made of. */
export interface TransportParts {
  readonly clock: Clock;
  readonly network: Network;
  readonly random: Random;
  readonly log: Log;
  /** Undefined costs nothing. */
  readonly tap?: Tap;
}

export interface Flow extends FlowName {
  /** The listening point the other side knows us by, on this transport and this interface. */
  readonly point: ListeningPoint;
  /** Streams deliver or tell; UDP may lose. */
  readonly reliable: boolean;
  /** False once a stream has closed. */
  readonly open: boolean;
  /** When anything last came by a connection, on the monotonic clock. */
  readonly heardAt?: Millis;
  /** False while a connection comes up, for which all that is sent waits; absent where nothing ever waits. */
  readonly up?: boolean;
  /** What the other side of a TLS connection proved. */
  readonly peer: PeerCertificate | undefined;
  /** The same flow, by which a source that proved nothing is sent no more than it may be; absent where no source can be invented. */
  readonly onAccount?: Flow;
  /** We opened it to a domain that its certificate names, and take requests back on it: our Via says `;alias` (RFC 5923 §8.1). */
  readonly alias?: boolean;
  /** The next hop that we opened it to; undefined where the other side opened it, absent where nothing is opened. */
  readonly openedTo?: Hop | undefined;
  /** The other side proved who it is, so the connection may stay idle for long, and a UDP source be sent whatever it asks for. */
  trust(): void;
  /**
   * One transaction more, or one less, has no final answer yet: an idle connection is not closed under it. Absent where nothing is closed for
   * being idle.
   */
  waits?(more: 1 | -1): void;
  /** A request that was sent at this time had no answer: a connection by which nothing else came since is given up. Absent where there is none. */
  doubt?(since: Millis): void;
  /** Sends one printed message. `sender` hears, later, that it could not leave or arrive (RFC 3261 §18.4). */
  send(text: string, sender?: Sender): void;
  /** Takes back a message that still waits for its connection; false if it has left. */
  withdraw?(text: string): boolean;
}

/** Who sent a message and wants to know that it did not get there. */
export interface Sender {
  sendFailed(why: TransportError): void;
}

/** Why a message did not reach its next hop: counts as a 503 of that branch (RFC 3261 §16.9). */
export interface TransportError {
  readonly why: string;
  /** The next hop, `udp:192.0.2.1:5060`. */
  readonly hop: string;
}

/** A next hop: where and how a request leaves (RFC 3263 §4). */
export interface Hop {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
  /**
   * For TLS: the SIP domain or IP literal that was looked up, which the certificate there must name (RFC 5922 §7.3). Without it nothing is
   * verified: the contact of a phone, whose certificate is its own.
   */
  readonly domain?: string | undefined;
}

/** Our address as others write it: the zone of a link-local address is this machine's own affair (RFC 4007 §11). */
export function unzoned(host: string): string {
  const zone = host.indexOf('%');
  return zone < 0 ? host : host.slice(0, zone);
}

/** Where we listen, for the people of this machine: with the zone, for each interface has its own fe80::1. */
export const pointText = ({ transport, address }: ListeningPoint): string => hopText({ transport, ...address });

/** The other side of a flow, as a next hop is written. */
export const remoteText = ({ transport, remote }: FlowName): string => hopText({ transport, ...remote });

/** What a sip URI of ours says of the transport that leads there: nothing of UDP. */
export const transportParam = (transport: Transport): string => (transport === 'udp' ? '' : `;transport=${transport}`);

/** Our Via of a request that leaves by a flow, a whole line (RFC 3261 §18.1.1, RFC 3581 §3, RFC 5923 §8.1). */
export function viaLine(flow: Flow, branch: string): string {
  const name = flow.transport === 'udp' ? 'UDP' : flow.transport === 'tcp' ? 'TCP' : 'TLS';
  const more = flow.reliable ? (flow.alias === true ? ';alias' : '') : ';rport';
  return `Via: SIP/2.0/${name} ${flow.point.sentBy};branch=${branch}${more}\r\n`;
}
