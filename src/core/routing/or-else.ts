import type { Outcome, Plan } from './decision.ts';

/** The second plan where the first came to one of these outcomes. */
export function orElse(first: Plan, on: readonly Outcome[], other: Plan): Plan {
  // biome-ignore lint/suspicious/noThenProperty: a plan is never awaited
  return { kind: 'else', first, on, then: other };
}

/** Each plan where the one before it came to one of these outcomes; undefined where there is none. */
export function eachOrElse(plans: readonly Plan[], on: readonly Outcome[]): Plan | undefined {
  return plans.reduceRight<Plan | undefined>((rest, one) => (rest === undefined ? one : orElse(one, on, rest)), undefined);
}
