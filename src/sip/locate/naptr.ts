import type { NaptrRecord } from '../../runtime/resolver.ts';
import { lower } from '../../text/ascii.ts';
import type { Transport } from '../message/uri.ts';

/** A transport that a domain offers, and the name of its SRV records. */
export interface Service {
  readonly transport: Transport;
  readonly srv: string;
}

const SERVICES: Readonly<Record<string, Transport | undefined>> = { 'sips+d2t': 'tls', 'sip+d2t': 'tcp', 'sip+d2u': 'udp' };
/** Services of one domain that are looked at. */
const MOST = 6;

/**
 * The services that NAPTR records offer and we can use, best first: by order, TLS before others of the same order (RFC 3403 §4.1 lets a client
 * choose among those), then by preference (RFC 3263 §4.1).
 */
export function servicesOf(records: readonly NaptrRecord[], usable: (transport: Transport) => boolean): Service[] {
  return records
    .flatMap((record) => {
      const transport = SERVICES[lower(record.service)];
      if (transport === undefined || !usable(transport)) return [];
      if (lower(record.flags) !== 's' || record.regexp !== '' || record.replacement === '') return [];
      return [{ transport, srv: record.replacement, order: record.order, preference: record.preference }];
    })
    .sort((a, b) => a.order - b.order || rank(a) - rank(b) || a.preference - b.preference)
    .slice(0, MOST)
    .map(({ transport, srv }) => ({ transport, srv }));
}

const rank = ({ transport }: { readonly transport: Transport }): number => (transport === 'tls' ? 0 : 1);

/** The SRV names of a domain that publishes no NAPTR: TLS, then TCP, which carries long requests, then UDP (RFC 3263 §4.1 leaves the choice to us). */
export function servicesWithoutNaptr(domain: string, usable: (transport: Transport) => boolean): Service[] {
  return (['tls', 'tcp', 'udp'] as const).filter(usable).map((transport) => service(domain, transport));
}

/** The SRV name for one transport (RFC 3263 §4.2). */
export function service(domain: string, transport: Transport): Service {
  return { transport, srv: transport === 'tls' ? `_sips._tcp.${domain}` : `_sip._${transport}.${domain}` };
}
