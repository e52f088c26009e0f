import type { Clock, Millis } from '../../runtime/clock.ts';
import { hopText } from '../message/uri.ts';
import type { NextHop } from './hop.ts';

/** A next hop that failed is tried last for so long, twice as long when it fails the next time, and never longer than the most. */
const FIRST: Millis = 30_000;
const MOST: Millis = 120_000;
const LARGEST = 1_000;

interface Failure {
  readonly until: Millis;
  readonly penalty: Millis;
}

/** Next hops that failed lately (RFC 3263 §2: failed servers are not asked all the time, and the knowledge is forgotten in the end). */
export class GreyList {
  private readonly clock: Clock;
  private readonly failures = new Map<string, Failure>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Notes a failure; `retryAfter` is what the hop asked for, in seconds (RFC 3261 §21.5.4), and is honoured up to the most. */
  failed(hop: NextHop, retryAfter?: number): void {
    const key = hopText(hop);
    const now = this.clock.now();
    const before = this.failures.get(key);
    const penalty = retryAfter === undefined ? this.penalty(before, now) : Math.min(Math.max(retryAfter, 1) * 1000, MOST);
    this.failures.delete(key);
    if (this.failures.size >= LARGEST) this.failures.delete(this.failures.keys().next().value!);
    this.failures.set(key, { until: now + penalty, penalty });
  }

  /** Calls that fail together are one failure: only a hop that had another chance since is punished harder. */
  private penalty(before: Failure | undefined, now: Millis): Millis {
    if (before === undefined || now >= before.until + MOST) return FIRST;
    return now < before.until ? before.penalty : Math.min(before.penalty * 2, MOST);
  }

  succeeded(hop: NextHop): void {
    this.failures.delete(hopText(hop));
  }

  /** The same hops, those that failed lately last. */
  order<T extends NextHop>(hops: readonly T[]): T[] {
    return [...hops.filter((hop) => !this.holds(hop)), ...hops.filter((hop) => this.holds(hop))];
  }

  private holds(hop: NextHop): boolean {
    return (this.failures.get(hopText(hop))?.until ?? 0) > this.clock.now();
  }

  clear(): void {
    this.failures.clear();
  }

  /** What is tried last now, and for how many seconds more. */
  list(): readonly { readonly hop: string; readonly seconds: number }[] {
    const now = this.clock.now();
    return [...this.failures]
      .filter(([, { until }]) => until > now)
      .map(([hop, { until }]) => ({ hop, seconds: Math.ceil((until - now) / 1000) }));
  }
}
