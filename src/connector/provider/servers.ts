import type { Located, NextHop } from '../../sip/locate/hop.ts';
import { wantedOf } from '../../sip/locate/wanted.ts';
import { hopText } from '../../sip/message/uri.ts';
import type { ProviderAccount } from './account.ts';
import { asClient, type Locating } from './locating.ts';

/** The servers of one account as DNS gave them last, and which of them it is the turn of (RFC 3263 §4.3). */
export class Servers {
  /** In the order to be tried. */
  hops: readonly NextHop[] = [];
  private readonly locating: Locating;
  private readonly account: ProviderAccount;
  private readonly addresses = new Set<string>();
  private at = 0;
  /** Whether the newest search led to one server alone, which is the one that was asked before. */
  unchanged = false;
  /** Counts the searches: an answer that comes too late belongs to none. */
  private search = 0;

  constructor(locating: Locating, account: ProviderAccount) {
    this.locating = locating;
    this.account = account;
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

  /** What they were once may be somebody else's by now. */
  private take(hops: readonly NextHop[], kept: NextHop | undefined): void {
    const { current } = this;
    this.unchanged = hops.length === 1 && current !== undefined && hopText(hops[0]!) === hopText(current);
    this.hops = hops;
    this.at = 0;
    this.addresses.clear();
    for (const { host } of kept === undefined ? hops : [...hops, kept]) this.addresses.add(host);
  }

  get current(): NextHop | undefined {
    return this.hops[this.at];
  }

  /** Whether there is another one behind it. */
  get more(): boolean {
    return this.at + 1 < this.hops.length;
  }

  next(): void {
    this.at++;
  }

  /** Whether an address (an IP literal) is one of theirs: where their requests may come from (house, "Who is calling" 3). */
  has(host: string): boolean {
    return this.addresses.has(host);
  }

  succeeded(): void {
    if (this.current !== undefined) this.locating.succeeded(this.current);
  }

  /** `seconds`: of a Retry-After. */
  failed(seconds?: number): void {
    if (this.current !== undefined) this.locating.failed(this.current, seconds);
  }
}
