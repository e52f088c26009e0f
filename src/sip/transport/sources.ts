import type { Clock } from '../../runtime/clock.ts';
import { Source, type SourceHome, type Standing } from './source.ts';
import { sourceNetwork } from './source-network.ts';

/** Sources remembered, in each of two generations: whom a flood of new ones made us forget begins anew. */
const REMEMBERED = 1 << 14;
/** Sources remembered for what they proved, which no flood makes us forget. */
const PROVEN = 1 << 16;

/**
 * Who sends to us. A source address is easily invented, and whoever is called by it gets our answers: so a source that never showed valid
 * credentials gets in any minute at most 4 kB and one and a half times what it sent, and beyond that silence (security S14); and it may ask
 * for so many new things in a time (security S4). One of IPv6 is a /64, of which anybody has a whole one. The addresses of
 * providers and peers are known to anybody, so that they are bounded as well: 32 kB and 2 MB where others get 4 kB, and each as an address of its own.
 */
export class Sources implements SourceHome {
  readonly clock: Clock;
  silenced = 0;
  transactions = 0;
  /** Set once, by who knows the configuration. */
  standing: (host: string) => Standing = () => 'stranger';
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

  /** `standing` may say something else from now on: what it knew of those addresses is forgotten. */
  reconsider(): void {
    for (const table of [this.young, this.old])
      for (const [host, source] of table)
        if (!host.endsWith('/64') && source.standing !== this.standing(host)) table.delete(host);
    for (const [network, { standing }] of this.proven)
      if (standing !== 'stranger' && standing !== this.standing(network)) this.proven.delete(network);
  }

  proved(source: Source): void {
    this.proven.delete(source.network);
    this.proven.set(source.network, source);
    if (this.proven.size > PROVEN) this.proven.delete(this.proven.keys().next().value!);
  }

  private find(host: string): Source {
    const standing = this.standing(host);
    if (standing !== 'stranger') {
      const proven = this.proven.get(host);
      return proven?.standing === standing ? proven : new Source(this, host, standing);
    }
    const network = sourceNetwork(host);
    const known = this.proven.get(network) ?? this.young.get(network) ?? this.old.get(network);
    const source = known ?? new Source(this, network);
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
