import { addressClass, familyOf } from '../../sip/locate/address-class.ts';
import { domainName } from '../../sip/locate/name.ts';
import type { ListenAddress } from '../../sip/transport/listen.ts';
import { looksLikeIp } from '../../text/ip.ts';
import type { DnsRecord } from './reports.ts';

/** What records are made from. */
export interface Published {
  /** The domains to be found, as hosts of URIs. */
  readonly domains: readonly string[];
  /** The name of this machine. */
  readonly hostName: string;
  /** The addresses that we really listen on, without wildcards. */
  readonly points: readonly ListenAddress[];
  /** `public_address` of [daemon]. */
  readonly publicAddress: string | undefined;
}

/** Records to publish, and why they may not do. */
export interface ToPublish {
  readonly records: readonly DnsRecord[];
  readonly warnings: readonly string[];
}

/** The most secure first, as who asks for NAPTR takes them in this order (RFC 3263 §4.1). */
const SERVICES = [
  { transport: 'tls', order: 10, service: 'SIPS+D2T', srv: '_sips._tcp' },
  { transport: 'tcp', order: 20, service: 'SIP+D2T', srv: '_sip._tcp' },
  { transport: 'udp', order: 30, service: 'SIP+D2U', srv: '_sip._udp' },
] as const;

/** The NAPTR, SRV, A and AAAA records by which others find these domains here (RFC 3263, RFC 2782). */
export function recordsToPublish({ domains, hostName, points, publicAddress }: Published): ToPublish {
  const open = points.filter(({ host }) => addressClass(host) !== 'loopback' && addressClass(host) !== 'link-local');
  const { addresses, warnings } = addressesOf(
    open.map(({ host }) => host),
    publicAddress,
  );
  const all = [...warnings];
  if (!open.some(({ transport }) => transport === 'tls'))
    all.push('there is no TLS: set tls_certificate and tls_key in [daemon], so that others need not call in clear');
  const records = new Map<string, DnsRecord>();
  for (const domain of domains) {
    const why = unpublishable(domain);
    if (why !== undefined) {
      all.push(why);
      continue;
    }
    for (const one of recordsOf(domain, targetOf(domain, hostName), open, addresses))
      records.set(`${one.name} ${one.type} ${one.data}`, one);
  }
  return { records: [...records.values()], warnings: all };
}

function* recordsOf(
  domain: string,
  target: string,
  points: Published['points'],
  addresses: readonly string[],
): Generator<DnsRecord> {
  const offered = SERVICES.filter(({ transport }) => points.some((point) => point.transport === transport));
  for (const { order, service, srv } of offered)
    yield { name: domain, type: 'NAPTR', data: `${order} 50 "s" "${service}" "" ${srv}.${domain}.` };
  for (const { transport, srv } of offered) {
    const ports = new Set(points.filter((point) => point.transport === transport).map(({ port }) => port));
    // Clients take the lowest first: the port of the standard before one that was added.
    let priority = 0;
    for (const port of [...ports].sort((a, b) => Number(isUsual(b)) - Number(isUsual(a))))
      yield { name: `${srv}.${domain}`, type: 'SRV', data: `${priority++ * 10} 0 ${port} ${target}.` };
  }
  for (const address of addresses) yield { name: target, type: familyOf(address) === 6 ? 'AAAA' : 'A', data: address };
}

const isUsual = (port: number) => port === 5060 || port === 5061;

/** Where the domain is served: this machine where its name lies there, else a name of its own, for the domain may be a web site's. */
function targetOf(domain: string, hostName: string): string {
  const host = domainName(hostName) ?? '';
  return host === domain || host.endsWith(`.${domain}`) ? host : `sip.${domain}`;
}

function unpublishable(domain: string): string | undefined {
  if (looksLikeIp(domain)) return `${domain} is an address: it is called without DNS, and nothing is published for it`;
  if (!domain.includes('.') || /\.(?:local|localhost|internal|test|invalid)$/.test(domain))
    return `${domain} is no domain of the internet: set "domain" in [daemon] to one that is yours`;
  return undefined;
}

/** The addresses that others reach us by, and what is wrong with them. */
function addressesOf(
  hosts: readonly string[],
  publicAddress: string | undefined,
): { readonly addresses: readonly string[]; readonly warnings: readonly string[] } {
  const here = [...new Set(hosts)];
  const open = here.filter((host) => addressClass(host) === 'public');
  if (publicAddress !== undefined) {
    // Behind a NAT the other addresses of its family are not what the internet sees.
    const others = open.filter((host) => familyOf(host) !== familyOf(publicAddress));
    const addresses = [publicAddress, ...others];
    if (addressClass(publicAddress) === 'public') return { addresses, warnings: [] };
    return { addresses, warnings: [`public_address ${publicAddress} is none that the internet reaches`] };
  }
  if (open.length > 0) return { addresses: open, warnings: [] };
  if (here.length === 0)
    return { addresses: [], warnings: ['it listens on no address that others could reach: see "listen" in [daemon]'] };
  const warning = `only private addresses are known (${here.join(', ')}): set public_address in [daemon] to the one that the internet reaches, and forward its ports to this host`;
  return { addresses: here, warnings: [warning] };
}
