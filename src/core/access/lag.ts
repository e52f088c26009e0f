import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';

/** How often the lag is measured while there is something to do. */
const EVERY: Millis = 100;
/** A measure that is older says nothing any more. */
const FRESH: Millis = 1_000;

/**
 * How far the event loop is behind: how much later than it was due a timer fires. The timer is armed by what comes in, so that an idle
 * daemon sleeps.
 */
export class LoopLag implements Timed {
  private readonly clock: Clock;
  private timer: Timer | undefined = undefined;
  private measured: Millis = Number.NEGATIVE_INFINITY;
  private last: Millis = 0;
  private before: Millis = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Something came in. */
  stir(): void {
    if (this.timer !== undefined) return;
    this.timer = this.clock.start('loop lag', EVERY, this);
    if (this.clock.now() - this.measured < FRESH) return;
    this.last = 0;
    this.before = 0;
  }

  timeout(): void {
    const now = this.clock.now();
    this.before = this.last;
    this.last = Math.max(0, now - (this.timer?.due ?? now));
    this.measured = now;
    this.timer = undefined;
  }

  /** Behind at the last measure, or already now. */
  get now(): Millis {
    return Math.max(this.last, this.clock.now() - (this.timer?.due ?? Number.POSITIVE_INFINITY));
  }

  /** Behind at the last two measures: it is no single pause. */
  get lasting(): Millis {
    return Math.min(this.last, this.before);
  }
}
