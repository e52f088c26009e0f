import type { Network } from '../../runtime/network.ts';

/** Hosts remembered at most. */
const MOST = 10_000;

/** Which of our addresses packets to a host leave from, as the kernel's routing table says: remembered, for to ask costs a socket. */
export class OwnAddresses {
  private readonly network: Pick<Network, 'sourceFor'>;
  private readonly known = new Map<string, string | undefined>();

  constructor(network: Pick<Network, 'sourceFor'>) {
    this.network = network;
  }

  /** The address for an IP literal; undefined if there is no way to it. */
  towards(host: string): string | undefined {
    const known = this.known.get(host);
    if (known !== undefined) return known;
    if (this.known.size >= MOST) this.known.clear();
    const source = this.network.sourceFor(host);
    this.known.set(host, source);
    return source;
  }

  /** The network is another one. */
  forget(): void {
    this.known.clear();
  }
}
