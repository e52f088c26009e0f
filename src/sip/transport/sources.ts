import type { Clock } from '../../runtime/clock.ts';
import { Source, type SourceHome } from './source.ts';
import { sourceNetwork } from './source-network.ts';

/** Sources remembered, in each of two generations: whom a flood of new ones made us forget begins anew. */
const REMEMBERED = 1 << 14;
/** Sources remembered for what they proved, which no flood makes us forget. */
const PROVEN = 1 << 16;

/**
 * Who sends to us. A source address is easily invented, and whoever is called by it gets our answers: so a source that never showed valid
 * credentials gets in any minute at most 4 kB and one and a half times what it sent, and beyond that silence (security S14); and it may ask
 * for so many new things in a time (security S4). One of IPv6 is a /64, of which anybody has a whole one. A provider's address is known to
 * anybody, so that it is bounded as well: 32 kB where others get 4, and as an address of its own.
 */
export class Sources implements SourceHome {
  readonly clock: Clock;
  silenced = 0;
  transactions = 0;
  /** Whether nothing that comes from an address is bounded. Set once, by who knows the configuration. */
  excepted: (host: string) => boolean = () => false;
  /** Whether an address is one that we deal with, a provider's. Set once, as well. */
  known: (host: string) => boolean = () => false;
  private young = new Map<string, Source>();
  private old = new Map<string, Source>();
  private readonly proven = new Map<string, Source>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The source that an address (an IP literal) belongs to. */
  at(host: string): Source {
    return this.young.get(host) ?? this.remember(host, this.old.get(host) ?? this.find(host));
  }

  /** `excepted` and `known` may say something else from now on: what it knew of those addresses is forgotten. */
  reconsider(): void {
    for (const table of [this.young, this.old])
      for (const [host, source] of table)
        if (!host.endsWith('/64') && (source.excepted !== this.excepted(host) || source.known !== this.known(host)))
          table.delete(host);
    for (const [network, { excepted }] of this.proven) if (excepted && !this.excepted(network)) this.proven.delete(network);
  }

  proved(source: Source): void {
    this.proven.delete(source.network);
    this.proven.set(source.network, source);
    if (this.proven.size > PROVEN) this.proven.delete(this.proven.keys().next().value!);
  }

  private find(host: string): Source {
    if (this.excepted(host)) return new Source(this, host, true);
    if (this.known(host)) return this.proven.get(host) ?? new Source(this, host, false, true);
    const network = sourceNetwork(host);
    const known = this.proven.get(network) ?? this.young.get(network) ?? this.old.get(network);
    const source = known ?? new Source(this, network, false);
    return network === host ? source : this.remember(network, source);
  }

  private remember(key: string, source: Source): Source {
    if (this.young.size >= REMEMBERED) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, source);
    return source;
  }
}
