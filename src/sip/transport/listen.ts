import type { InterfaceAddress } from '../../runtime/network.ts';
import type { Transport } from '../message/uri.ts';

/** An address to listen on; `0.0.0.0` and `::` are every local address of their family. */
export interface ListenAddress {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
  /** As `InterfaceAddress` has it. */
  readonly link?: number | undefined;
}

export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

/**
 * Which sockets the configured addresses mean on this machine: one for each local address, so that we know where a packet came in and
 * answer from there (RFC 3261 §18.2.2). A family that the host lacks is skipped.
 */
export function expandListen(wanted: readonly ListenAddress[], interfaces: readonly InterfaceAddress[]): ListenAddress[] {
  const points = new Map<string, ListenAddress>();
  const add = (point: ListenAddress) => points.set(`${point.transport} ${point.host} ${point.port}`, point);
  for (const { transport, host, port } of wanted) {
    if (!isWildcard(host)) {
      add({ transport, host, port });
      continue;
    }
    const family = host === '::' ? 6 : 4;
    for (const local of interfaces) if (local.family === family) add({ transport, host: local.host, port, link: local.link });
  }
  return [...points.values()];
}
