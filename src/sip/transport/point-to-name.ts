import type { ListeningPoint } from './flow.ts';

/** Which listening point is said where only one can be: one that other machines reach before a loopback one, and over UDP if there is one. */
export function pointToName(points: readonly ListeningPoint[]): ListeningPoint | undefined {
  const isOutside = ({ transport, address: { host } }: ListeningPoint) =>
    transport === 'udp' && !host.includes(':') && !host.startsWith('127.');
  return points.find(isOutside) ?? points.find(({ transport }) => transport === 'udp') ?? points[0];
}
