import type { Millis } from '../../runtime/clock.ts';

/** After the first failure, and at most (features, pain 6). */
const FIRST: Millis = 1_000;
const MOST: Millis = 60_000;
/** The same where we were refused: who guesses passwords is locked out. */
const FIRST_REFUSED: Millis = 300_000;
const MOST_REFUSED: Millis = 3_600_000;
/** How often a longer interval is asked for: a registrar that wants more each time would never come to an end. */
const MOST_INTERVALS = 3;

/** How long is waited before the next attempt: twice as long after each that fails. */
export class BackOff {
  private failures = 0;
  private refusals = 0;
  private intervals = 0;

  failed(): Millis {
    return Math.min(FIRST * 2 ** this.failures++, MOST);
  }

  refused(): Millis {
    return Math.min(FIRST_REFUSED * 2 ** this.refusals++, MOST_REFUSED);
  }

  /** Whether the interval that a 423 wants may be asked for at once. */
  lengthens(): boolean {
    return this.intervals++ < MOST_INTERVALS;
  }

  granted(): void {
    this.intervals = 0;
    this.refusals = 0;
  }

  /** What was granted has lasted, or the network is another one: the next failure is a first one. */
  lasted(): void {
    this.failures = 0;
  }
}
