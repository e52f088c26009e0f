import { looksLikeIp } from '../../text/ip.ts';
import { DEFAULT_PORT } from '../message/uri.ts';
import type { Via } from '../message/via.ts';
import { stampVia } from '../message/via.ts';
import { type Flow, unzoned } from './flow.ts';

/** What of a Via says where its responses go. */
export type SentBy = Pick<Via, 'host' | 'port' | 'rport'>;

/**
 * Where the responses to a request go: back to the source port over UDP only if the client asked for it with rport, else to the port of
 * its sent-by (RFC 3261 §18.2.2, RFC 3581 §4); over a stream, back on the connection.
 *
 * Deviation: a sent-by of another address family than the packet is a port that nobody listens on in this one; the answer goes to the
 * source (RFC 5118 §4.7 shows such a Via, made by a translator between the families).
 *
 * Deviation: maddr is not followed. It would let a stranger aim our responses at any host, and no device that needs it is known.
 */
export function replyPort(via: SentBy, flow: Flow): number {
  const translated = via.host.includes(':') !== flow.remote.host.includes(':') && looksLikeIp(via.host);
  return flow.reliable || via.rport !== undefined || translated ? flow.remote.port : (via.port ?? DEFAULT_PORT[flow.transport]);
}

/** The topmost via-parm with the source that the packet really had (RFC 3261 §18.2.1). */
export function stamp(via: Via, flow: Flow): string {
  return stampVia(via, unzoned(flow.remote.host), flow.remote.port);
}

/** Whether a response's topmost Via is the one that we put there on this listening point (RFC 3261 §18.1.2). */
export function isOurVia(via: Via, flow: Flow): boolean {
  return via.port === flow.point.address.port && via.host === unzoned(flow.point.address.host);
}
