import type { Clock, Millis } from '../../runtime/clock.ts';
import { sourceNetwork } from '../transport/source-network.ts';

/** The failure of one account from one source, and of one source in all, that is the first to cost a wait. */
const FIRST_OF_ACCOUNT = 5;
const FIRST_OF_SOURCE = 20;
/** The first wait; every further failure doubles it up to the longest. */
const FIRST: Millis = 1_000;
const LONGEST: Millis = 60_000;
/** From so many failures on nobody is mistyping, and the wait is this one. */
const STUBBORN = 20;
const STUBBORN_WAIT: Millis = 300_000;
/** Failures are forgotten when nothing failed for so long. */
const FORGOTTEN: Millis = 900_000;
/** Rows of the table; the one that failed longest ago gives way. */
const MOST = 10_000;

interface Row {
  failures: number;
  /** What the last failure began. */
  wait: Millis;
  /** Credentials are not evaluated before this moment of the monotonic clock. */
  until: Millis;
  last: Millis;
  /** What would have proved the account when the wait began; a new password ends the wait for the old one. */
  secret: string;
}

/**
 * How long credentials go unevaluated after failures: per account and source after 5, per source after 20, for 1, 2, 4 and up to 60 seconds,
 * and 5 minutes each from 20 further ones on (security S6). An account that already waits adds nothing to its source, so that one phone with
 * an old password does not lock out the others behind the same address. A success clears its account and source, not the source; so does a
 * new password, which is often set because nobody knew the old one.
 */
export class Backoff {
  readonly #clock: Clock;
  readonly #secretOf: (account: string) => string | undefined;
  readonly #rows = new Map<string, Row>();

  /** `secretOf`: what proves an account now, compared only; empty for one without a password, undefined where it cannot be told. */
  constructor(clock: Clock, secretOf: (account: string) => string | undefined) {
    this.#clock = clock;
    this.#secretOf = secretOf;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Whether credentials of this account from this host are not to be evaluated now. */
  delays(account: string, host: string): boolean {
    if (this.#rows.size === 0) return false;
    const source = sourceNetwork(host);
    const now = this.#clock.now();
    return this.#waits(`${source} ${account}`, now, account) || this.#waits(source, now);
  }

  /** Notes a failure; the wait that it began in milliseconds, 0 if none. */
  failed(account: string, host: string): Millis {
    const source = sourceNetwork(host);
    const key = `${source} ${account}`;
    const known = (this.#rows.get(key)?.failures ?? 0) >= FIRST_OF_ACCOUNT;
    const row = this.#note(key, FIRST_OF_ACCOUNT);
    if (row.wait > 0) row.secret = this.#secretOf(account) ?? row.secret; // only now: it may be read from a file
    return known ? row.wait : Math.max(row.wait, this.#note(source, FIRST_OF_SOURCE).wait);
  }

  succeeded(account: string, host: string): void {
    if (this.#rows.size > 0) this.#rows.delete(`${sourceNetwork(host)} ${account}`);
  }

  #waits(key: string, now: Millis, account?: string): boolean {
    const row = this.#rows.get(key);
    if (row === undefined || now >= row.until) return false;
    if (account === undefined || row.secret === (this.#secretOf(account) ?? row.secret)) return true;
    this.#rows.delete(key);
    return false;
  }

  /** `first`: the failure that is the first to cost a wait. */
  #note(key: string, first: number): Row {
    const now = this.#clock.now();
    let row = this.#rows.get(key);
    // Taken out and put back, the table is in order of the last failure.
    if (row !== undefined) this.#rows.delete(key);
    if (row === undefined || now - row.last > FORGOTTEN) row = { failures: 0, wait: 0, until: 0, last: now, secret: '' };
    row.failures++;
    row.last = now;
    row.wait = row.failures < first ? 0 : waitAfter(row.failures - first);
    row.until = now + row.wait;
    this.#rows.set(key, row);
    for (const [oldest, { last }] of this.#rows) {
      if (this.#rows.size <= MOST && now - last <= FORGOTTEN) break;
      this.#rows.delete(oldest);
    }
    return row;
  }
}

/** The wait after so many failures beyond the first that cost one. */
function waitAfter(further: number): Millis {
  return further < STUBBORN ? Math.min(LONGEST, FIRST * 2 ** further) : STUBBORN_WAIT;
}
