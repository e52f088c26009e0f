import type { Plan } from '../routing/decision.ts';

/**
 * How much of the breadth each member of a plan has (RFC 5393 §5.3.3). Those that may ring beside each other share it by how many branches
 * each needs, so that none of these waits where there is enough for all; as much as one needs is for those who are awaited, if it is there.
 */
export function sharesOf(plan: Plan & { readonly kind: 'all' | 'order' }, breadth: number): readonly number[] {
  if (!isBeside(plan)) return plan.of.map(() => breadth);
  const needs = plan.of.map((member) => atOnce(member.plan));
  const all = needs.reduce((sum, need) => sum + need, 0);
  const parts = Math.min(breadth, plan.awaits === undefined ? all : all + 1);
  return needs.map((need) => Math.max(1, Math.floor(all > breadth ? breadth / needs.length : (breadth * need) / parts)));
}

/** Whether members may ring beside each other. */
function isBeside(plan: Plan & { readonly kind: 'all' | 'order' }): boolean {
  return plan.kind === 'all' || plan.of.some(({ after }) => after !== undefined);
}

/** How many branches a plan may have at once. */
function atOnce(plan: Plan): number {
  switch (plan.kind) {
    case 'target':
      return 1;
    case 'all':
    case 'order': {
      const needs = plan.of.map((member) => atOnce(member.plan));
      return isBeside(plan) ? needs.reduce((sum, need) => sum + need, 0) : Math.max(0, ...needs);
    }
    case 'else':
      return Math.max(atOnce(plan.first), atOnce(plan.then));
    case 'diverted':
      return atOnce(plan.plan);
    default:
      return plan satisfies never;
  }
}
