/** A duration, or a point on the monotonic clock, in milliseconds. */
export type Millis = number;

/** What a timer calls when it is due. One object may wait for several timers and tells them apart by name. */
export interface Timed {
  timeout(timer: string): void;
}

/** A started timer. It fires once; `cancel` after that is harmless. */
export interface Timer {
  readonly name: string;
  /** When it is due, on the monotonic clock. */
  readonly due: Millis;
  cancel(): void;
}

/** Time as the daemon sees it: every wait in the program is a named timer of the one clock it was given. */
export interface Clock {
  /** Monotonic, never steps back. */
  now(): Millis;
  /** Milliseconds since 1970-01-01 UTC; steps when the operator sets the clock. */
  wall(): Millis;
  /** By how much the wall clock was set since the start. What it goes on while the machine sleeps is no correction: that time did pass. */
  corrected(): Millis;
  /** Starts a timer that calls `whom.timeout(name)` once, not before `after` milliseconds have passed. */
  start(name: string, after: Millis, whom: Timed): Timer;
  /** Every timer that has neither fired nor been cancelled, soonest first: for `debug timers` and for tests. */
  armed(): readonly Timer[];
}

/** Starts a timer that calls a function: for the few waits that have no object of their own. */
export function after(clock: Clock, name: string, delay: Millis, run: () => void): Timer {
  return clock.start(name, delay, { timeout: run });
}

/** The wall clock goes on by so much more than the monotonic one: that is no correction of a second or two. */
const SLEPT: Millis = 10_000;

/** Longer than a machine sleeps: a wall clock that goes on by so much was wrong before. */
const LONGEST_SLEEP: Millis = 30 * 86_400_000;

/** How far the wall clock is ahead of the monotonic one, which stands still while the machine sleeps. */
export function ahead(clock: Pick<Clock, 'now' | 'wall'>): Millis {
  return clock.wall() - clock.now();
}

/** Whether the machine slept since the wall clock was `before` ahead. A clock that is set forward looks the same. */
export function sleptSince(before: Millis, clock: Clock): boolean {
  return ahead(clock) - before > SLEPT;
}

/** Whether a wall clock that goes on by so much more than the monotonic one was set: back, or on by more than any sleep. */
export function isCorrection(by: Millis): boolean {
  return by < -SLEPT || by > LONGEST_SLEEP;
}

/** Keeps this moment; what is returned tells it by the wall clock, as that is by then: a board learns minutes after its start what year it is. */
export function moment(clock: Clock): () => number {
  const wall = clock.wall() - clock.corrected();
  return () => wall + clock.corrected();
}
