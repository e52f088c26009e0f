import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Network } from '../../runtime/network.ts';

/** Hosts remembered at most. */
const MOST = 10_000;
/** So long an answer is good: nobody tells us of another route, nor of an address that new messages shall leave from no more. */
const GOOD: Millis = 10_000;

export interface OwnAddressesParts {
  readonly clock: Clock;
  readonly network: Pick<Network, 'sourceFor'>;
}

/** Which of our addresses packets to a host leave from, as the kernel's routing table says: remembered, for to ask costs a socket. */
export class OwnAddresses {
  private readonly parts: OwnAddressesParts;
  private readonly known = new Map<string, string>();
  private since: Millis = 0;

  constructor(parts: OwnAddressesParts) {
    this.parts = parts;
  }

  /** The address for an IP literal, no deprecated one where there is another (RFC 6724 §5, rule 3); undefined if there is no way to it. */
  towards(host: string): string | undefined {
    const now = this.parts.clock.now();
    if (now - this.since >= GOOD || this.known.size >= MOST) {
      this.forget();
      this.since = now;
    }
    const known = this.known.get(host);
    if (known !== undefined) return known;
    const source = this.parts.network.sourceFor(host);
    if (source !== undefined) this.known.set(host, source);
    return source;
  }

  /** The network is another one. */
  forget(): void {
    this.known.clear();
  }
}
