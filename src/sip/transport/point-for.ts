import type { ListeningPoint } from './flow.ts';

/**
 * The point at the address the kernel chose, at the port if one is given and held there; the only one of a family that has just one. Where
 * we do not listen at that address, the one most like it: whoever wrote a lasting address of IPv6 has temporary ones too, which the kernel
 * chooses (RFC 8981), and a new one is heard a second after that at most.
 */
export function pointFor<Point extends ListeningPoint>(
  points: readonly Point[],
  host: string,
  from: string | undefined,
  port?: number,
): Point | undefined {
  const v6 = host.includes(':');
  const family = points.filter((point) => point.address.host.includes(':') === v6);
  const near = port === undefined ? undefined : family.find(({ address }) => address.port === port && address.host === from);
  const there = near ?? family.find((point) => point.address.host === from);
  if (there !== undefined) return there;
  if (family.length === 1) return leadsTo(family[0]!, host, from) ? family[0] : undefined;
  return from === undefined ? undefined : likest(family, from);
}

/** Of the points that lead as far as an address the one whose own begins most like it. */
function likest<Point extends ListeningPoint>(points: readonly Point[], from: string): Point | undefined {
  let best: Point | undefined;
  let most = 0;
  for (const point of points) {
    const { host } = point.address;
    if (zoneOf(host) !== zoneOf(from) || isLoopback(host) !== isLoopback(from)) continue;
    let same = 0;
    while (same < host.length && host[same] === from[same]) same++;
    if (same <= most) continue;
    most = same;
    best = point;
  }
  return best;
}

/** Nothing leaves this machine from a loopback address, the only one that there is without a network (RFC 1122 §3.2.1.3). */
const leadsTo = ({ address }: ListeningPoint, host: string, from: string | undefined): boolean =>
  !isLoopback(address.host) || isLoopback(host) || host === from;

const isLoopback = (host: string): boolean => host === '::1' || host.startsWith('127.');

/** With its percent sign: only a link-local address has one, which leads nowhere but there. */
const zoneOf = (host: string): string => (host.includes('%') ? host.slice(host.indexOf('%')) : '');
