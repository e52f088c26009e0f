import type { Clock } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';
import type { Resolver } from '../../runtime/resolver.ts';
import type { Transport } from '../message/uri.ts';
import { CachedResolver, type CacheLine } from './cache.ts';
import type { SourceFor } from './families.ts';
import { GreyList } from './grey-list.ts';
import type { Located, NextHop } from './hop.ts';
import { Lookup, type LookupParts } from './lookup.ts';
import type { Wanted } from './wanted.ts';

export interface LocatorParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly resolver: Resolver;
  /** What we can send by, to addresses of a family. */
  transports(family: 4 | 6): readonly Transport[];
  /** `Network.sourceFor`: addresses that there is no way to are tried last. */
  readonly sourceFor: SourceFor;
}

const FAMILIES: readonly (4 | 6)[] = [6, 4];

/** Finds where requests for a URI are sent (RFC 3263), and remembers what DNS said and which next hops failed. */
export class Locator {
  /** The name service with its memory: for other questions, such as ENUM. */
  readonly resolver: CachedResolver;
  private readonly greyList: GreyList;
  private readonly parts: LookupParts;

  constructor(parts: LocatorParts) {
    const { clock, random, sourceFor } = parts;
    this.greyList = new GreyList(clock);
    // Other name servers are the sign of another network.
    this.resolver = new CachedResolver(clock, parts.resolver, () => this.greyList.clear());
    this.parts = {
      clock,
      random,
      resolver: this.resolver,
      greyList: this.greyList,
      sourceFor,
      transports: (family) => parts.transports(family),
      families: () => FAMILIES.filter((family) => parts.transports(family).length > 0),
    };
  }

  /**
   * Finds the next hops for what is wanted, in the order to be tried. `done` is called once, within 5 s: at once, before this returns, for IP
   * literals and for what is still known. After `cancel` it is not called.
   */
  locate(wanted: Wanted, done: (located: Located) => void): { cancel(): void } {
    const { behalf = 'user', asker } = wanted;
    const plain = behalf === 'user' && asker === undefined;
    const parts = plain ? this.parts : { ...this.parts, resolver: this.resolver.on({ behalf, name: asker }) };
    const lookup = new Lookup(parts, wanted, done);
    lookup.begin();
    return lookup;
  }

  /**
   * A next hop did not take a request: it is tried last for 30 s, then for longer, up to 120 s (RFC 3263 §4.3).
   *
   * @param retryAfter what a 503 asked for, in seconds
   */
  failed(hop: NextHop, retryAfter?: number): void {
    this.greyList.failed(hop, retryAfter);
  }

  succeeded(hop: NextHop): void {
    this.greyList.succeeded(hop);
  }

  /** The name service with its memory, for a user, whom `asker` tells from others. */
  resolverFor(asker: string): Pick<Resolver, 'query'> {
    return this.resolver.on({ behalf: 'user', name: asker });
  }

  /** Whatever was known was known of another network. */
  networkChanged(): void {
    this.greyList.clear();
    this.resolver.flush();
  }

  /** What is remembered, for `debug dns`. */
  remembered(): { readonly answers: readonly CacheLine[]; readonly grey: ReturnType<GreyList['list']> } {
    return { answers: this.resolver.list(), grey: this.greyList.list() };
  }
}
