import type { ListeningPoint } from './flow.ts';

/** The point at the address the kernel chose; the only one of its family if there is just one. */
export function pointFor<Point extends ListeningPoint>(
  points: readonly Point[],
  host: string,
  from: string | undefined,
): Point | undefined {
  const v6 = host.includes(':');
  const family = points.filter((point) => point.address.host.includes(':') === v6);
  return family.find((point) => point.address.host === from) ?? (family.length === 1 ? family[0] : undefined);
}
