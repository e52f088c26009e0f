import type { ListeningPoint } from './flow.ts';

/** The point at the address the kernel chose, at the port if one is given and held there; the only one of a family that has just one. */
export function pointFor<Point extends ListeningPoint>(
  points: readonly Point[],
  host: string,
  from: string | undefined,
  port?: number,
): Point | undefined {
  const v6 = host.includes(':');
  const family = points.filter((point) => point.address.host.includes(':') === v6);
  const near = port === undefined ? undefined : family.find(({ address }) => address.port === port && address.host === from);
  return near ?? family.find((point) => point.address.host === from) ?? (family.length === 1 ? family[0] : undefined);
}
