import type { Outcome, Plan } from './decision.ts';

/** The second plan where the first came to one of these outcomes. */
export function orElse(first: Plan, on: readonly Outcome[], other: Plan): Plan {
  // biome-ignore lint/suspicious/noThenProperty: a plan is never awaited
  return { kind: 'else', first, on, then: other };
}
