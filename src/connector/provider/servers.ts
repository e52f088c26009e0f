import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Located, NextHop } from '../../sip/locate/hop.ts';
import { wantedOf } from '../../sip/locate/wanted.ts';
import { hopText } from '../../sip/message/uri.ts';
import type { ProviderAccount } from './account.ts';
import { asClient, type Locating } from './locating.ts';

/** Nobody is left alone for longer, whatever its Retry-After says. */
const MOST: Millis = 3_600_000;
/** A server in use is left where DNS still does not name it after so long: one answer may be late, or name a few of many servers. */
const UNNAMED: Millis = 3_600_000;

/** The servers of one account as DNS gave them last, and which of them it is the turn of (RFC 3263 §4.3). */
export class Servers {
  /** In the order to be tried. */
  hops: readonly NextHop[] = [];
  private readonly locating: Locating;
  private readonly account: ProviderAccount;
  private readonly clock: Clock;
  /** Until when those rest that have asked for it, by their text. */
  private readonly resting = new Map<string, Millis>();
  private readonly addresses = new Set<string>();
  private at = 0;
  /** Since which answer DNS does not name the one in use; undefined: it does. */
  private unnamed: Millis | undefined = undefined;
  /** Counts the searches: an answer that comes too late belongs to none. */
  private search = 0;

  constructor(locating: Locating, account: ProviderAccount, clock: Clock) {
    this.locating = locating;
    this.account = account;
    this.clock = clock;
  }

  /** Looks them up. `kept`: one in use, whose requests are still its own. `done` hears of the newest search alone. */
  locate(kept: NextHop | undefined, done: (located: Located) => void): void {
    const search = ++this.search;
    this.locating.locate(asClient(wantedOf(this.account.server), this.account), (located) => {
      if (search !== this.search) return;
      if (located.kind === 'hops') this.take(located.hops, kept);
      done(located);
    });
  }

  /** The same while the current one is in use, which stays the first of them. */
  renew(done: () => void): void {
    const { current, unnamed } = this;
    this.locate(current, ({ kind }) => {
      if (kind === 'hops' && current !== undefined) this.keep(current, unnamed ?? this.clock.now());
      done();
    });
  }

  /** `since`: when it was unnamed first, if it is. */
  private keep(current: NextHop, since: Millis): void {
    const others = this.hops.filter((hop) => hopText(hop) !== hopText(current));
    if (others.length === this.hops.length) {
      if (this.current !== undefined && this.clock.now() - since >= UNNAMED) return;
      this.unnamed = since;
    }
    this.hops = [current, ...others];
    this.at = 0;
  }

  /** What they were once may be somebody else's by now. */
  private take(hops: readonly NextHop[], kept: NextHop | undefined): void {
    this.hops = hops;
    this.unnamed = undefined;
    for (const [hop, until] of this.resting) if (until <= this.clock.now()) this.resting.delete(hop);
    this.at = this.awake(0);
    this.addresses.clear();
    for (const { host } of kept === undefined ? hops : [...hops, kept]) this.addresses.add(host);
  }

  /** Undefined where none may be asked. */
  get current(): NextHop | undefined {
    return this.hops[this.at];
  }

  /** Whether there is another one behind it. */
  get more(): boolean {
    return this.awake(this.at + 1) < this.hops.length;
  }

  next(): void {
    this.at = this.awake(this.at + 1);
  }

  /** The place of the first, from `at` on, that does not rest. */
  private awake(at: number): number {
    while (at < this.hops.length && this.restOf(this.hops[at]!) > 0) at++;
    return at;
  }

  private restOf(hop: NextHop): Millis {
    return Math.max((this.resting.get(hopText(hop)) ?? 0) - this.clock.now(), 0);
  }

  /** How long all of them rest; 0 where one may be asked, or none is known. */
  get rest(): Millis {
    return this.hops.length === 0 ? 0 : Math.min(...this.hops.map((hop) => this.restOf(hop)));
  }

  /** What they asked for in another network is not asked for in this one. */
  wake(): void {
    this.resting.clear();
  }

  /** Whether an address (an IP literal) is one of theirs: where their requests may come from (house, "Who is calling" 3). */
  has(host: string): boolean {
    return this.addresses.has(host);
  }

  succeeded(): void {
    if (this.current !== undefined) this.locating.succeeded(this.current);
  }

  /** `seconds`: of a Retry-After, which is that one's own: the others are asked all the same (RFC 3261 §21.5.4, RFC 3263 §4.3). */
  failed(seconds?: number): void {
    const { current } = this;
    if (current === undefined) return;
    this.locating.failed(current, seconds);
    if (seconds !== undefined) this.resting.set(hopText(current), this.clock.now() + Math.min(seconds * 1_000, MOST));
  }
}
