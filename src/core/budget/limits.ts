/** How much a user or a trunk may spend; Infinity where there is no limit. */
export interface Limits {
  /** At the same time. */
  readonly calls: number;
  readonly callsPerHour: number;
  readonly minutesPerDay: number;
}

/** What was spent of it, as of now. */
export interface Spent {
  /** Calls that go on now. */
  readonly calls: number;
  /** Calls that began within the last hour. */
  readonly hour: number;
  /** What calls lasted within the last 24 hours, those that go on included, in milliseconds. */
  readonly talk: number;
}

/** Read by the routing decision. */
export interface Usage {
  user(name: string): Spent;
  trunk(trunk: { readonly kind: string; readonly name: string }): Spent;
}

export const NOTHING_SPENT: Spent = { calls: 0, hour: 0, talk: 0 };
const MINUTE = 60_000;

/** Which limit leaves no room for one more call, in words; undefined if none does. */
export function overdrawn(spent: Spent, limits: Limits): string | undefined {
  if (spent.calls >= limits.calls) return `${limits.calls === 1 ? '1 call' : `${limits.calls} calls`} at the same time`;
  if (spent.hour >= limits.callsPerHour) return `${limits.callsPerHour} calls an hour`;
  if (spent.talk >= limits.minutesPerDay * MINUTE) return `${limits.minutesPerDay} minutes a day`;
  return undefined;
}

/** How long one more call may last, in milliseconds. */
export function timeLeft(spent: Spent, limits: Limits): number {
  return Math.max(0, limits.minutesPerDay * MINUTE - spent.talk);
}
