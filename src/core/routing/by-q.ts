import type { Plan } from './decision.ts';

/** A plan and how much it is preferred, from 0 to 1. */
export interface Preferred {
  readonly q: number;
  readonly plan: Plan;
}

/** Plans of one q together, the groups one after the other (RFC 3261 §16.6, features row 25). */
export function planByQ(of: readonly Preferred[]): Plan {
  const groups = new Map<number, Plan[]>();
  for (const { q, plan } of of) {
    const group = groups.get(q);
    if (group === undefined) groups.set(q, [plan]);
    else group.push(plan);
  }
  const plans = [...groups]
    .sort(([a], [b]) => b - a)
    .map(([, group]): Plan => (group.length === 1 ? group[0]! : { kind: 'all', of: group.map((plan) => ({ plan })) }));
  return plans.length === 1 ? plans[0]! : { kind: 'order', of: plans.map((plan) => ({ plan })) };
}
