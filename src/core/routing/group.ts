import { HOUSE } from './classes.ts';
import type { Plan } from './decision.ts';
import type { Group } from './groups.ts';
import { type Found, ledOn, refusal, type Way } from './way.ts';

/** Rings the members of a group; those that cannot be reached are left out. */
export function toGroup(group: Group, way: Way): Found {
  const title = `[group ${group.name}]`;
  const on = ledOn(way, { name: title, class: HOUSE }, title, false);
  if ('kind' in on) return on;
  const plans: Plan[] = [];
  for (const member of group.members) {
    const found = way.onward.toDestination(member, on);
    if (found.kind === 'plan') plans.push(found.plan);
    else way.steps.say(`${title}: ${found.why}`);
  }
  if (plans.length === 0) return refusal(480, 'Temporarily Unavailable', `${title}: nobody can be reached`, group.name);
  const plan: Plan = plans.length === 1 ? plans[0]! : { kind: 'all', of: plans.map((one) => ({ plan: one })) };
  return { kind: 'plan', plan, callee: group.name };
}
