import type { Timer } from '../../runtime/clock.ts';

/** A call that is counted, from the moment that its trunk is asked. */
export interface Ticket {
  /** It was answered: talk costs from now on. */
  answered(): void;
  /** It is over, answered or not. Once; more often is harmless. */
  ended(): void;
}

/** One call that goes on, as its budget sees it; `changed` is told when talk begins and when it ends, `stop` ends it. */
export class Running implements Ticket {
  /** Since when it is talked on, on the monotonic clock; undefined before that. */
  since: number | undefined = undefined;
  over = false;
  readonly stop: () => void;
  private readonly changed: (call: Running) => void;

  constructor(changed: (call: Running) => void, stop: () => void) {
    this.changed = changed;
    this.stop = stop;
  }

  answered(): void {
    if (!this.over && this.since === undefined) this.changed(this);
  }

  ended(): void {
    if (this.over) return;
    this.over = true;
    this.changed(this);
  }
}

/** The calls of one user or trunk that go on. What they lasted together is known without asking each: it is asked several times a call. */
export class RunningCalls implements Iterable<Running> {
  /** How many are talked on. */
  talking = 0;
  /** When they have used up what is left. */
  end: Timer | undefined = undefined;
  private readonly calls = new Set<Running>();
  /** The sum of the times at which they were answered. */
  private sinces = 0;

  get size(): number {
    return this.calls.size;
  }

  [Symbol.iterator](): Iterator<Running> {
    return this.calls.values();
  }

  add(call: Running): void {
    this.calls.add(call);
  }

  /** One of them was answered then, on the monotonic clock. */
  answered(since: number): void {
    this.talking++;
    this.sinces += since;
  }

  delete(call: Running): boolean {
    if (!this.calls.delete(call)) return false;
    if (call.since !== undefined) {
      this.talking--;
      this.sinces = this.talking === 0 ? 0 : this.sinces - call.since; // no rounding is carried on for ever
    }
    return true;
  }

  /** What those lasted until now that are talked on, in milliseconds. */
  talk(now: number): number {
    return this.talking * now - this.sinces;
  }
}
