import type { Destination } from '../../config/values/telephone.ts';
import { HOUSE, PHONES } from './classes.ts';
import type { Outcome, Plan } from './decision.ts';
import { type Cause, diverted } from './diversion.ts';
import { usersOf } from './group-users.ts';
import type { Group } from './groups.ts';
import { orElse } from './or-else.ts';
import { type Found, isNew, ledHere, ledOn, refusal, type Way } from './way.ts';

/** However it went with the members, nobody took the call. */
const NOBODY: readonly Outcome[] = ['busy', 'noAnswer', 'offline', 'declined', 'unreachable', 'silent', 'flowFailed', 'failed'];

/** Rings the members of a group as its strategy says, those that cannot be reached left out, and then where the group leads on. */
export function toGroup(group: Group, way: Way): Found {
  const title = `[group ${group.name}]`;
  const owner = { name: title, called: group.name, class: HOUSE };
  const further = ledOn(way, owner, title, false);
  // Led on to too often, it rings the phones of its members alone, for from elsewhere it may come back, and never end (security S13).
  const on = 'kind' in further ? ledHere(way, { ...owner, class: PHONES }, title) : further;
  if ('kind' in on) return on;
  if ('kind' in further) way.steps.say(further.why);
  const call = way.facts.method === 'INVITE';
  const leads = call && way.grouped === undefined && on === further;
  const away = leads ? elsewhere(group, on) : undefined;
  if (away !== undefined) return { kind: 'plan', plan: away, callee: group.name };
  const plan = members(group, title, call, { ...on, grouped: way.grouped ?? new Set() });
  const last = leads && group.then !== undefined ? onward(group.then, 'noAnswer', `${title} then`, group, on) : undefined;
  if (plan === undefined)
    return last === undefined
      ? refusal(480, 'Temporarily Unavailable', `${title}: nobody can be reached`, group.name)
      : { kind: 'plan', plan: last, callee: group.name };
  return { kind: 'plan', plan: last === undefined ? plan : orElse(plan, NOBODY, last), callee: group.name };
}

function members(group: Group, title: string, call: boolean, way: Way): Plan | undefined {
  const { snapshot } = way;
  const plans: Plan[] = [];
  const left: Destination[] = [];
  for (const member of group.members) {
    const found = way.onward(member, way);
    if (found.kind === 'plan') plans.push(found.plan);
    else {
      way.steps.say(`${title}: ${found.why}`);
      left.push(member);
    }
  }
  if (plans.length === 0) return undefined;
  if (!call) return together(plans);
  const awaits = [...usersOf({ ...group, members: left }, snapshot)].filter(
    (user) => snapshot.bindings(user).length === 0 && (way.grouped === undefined || isNew(`awaits ${user}`, way.grouped)),
  );
  const hunts = group.strategy !== 'all';
  if (hunts) way.steps.say(`${title}: ${plans.length} members, the next after ${group.delay} s`);
  const after = group.delay * 1_000;
  const of = hunts ? inTurn(plans, group, way).map((plan) => ({ plan, after })) : plans.map((plan) => ({ plan }));
  const kind = hunts ? 'order' : 'all';
  const plan: Plan = awaits.length > 0 ? { kind, of, awaits } : of.length === 1 ? of[0]!.plan : { kind, of };
  return within(plan, group.timeout);
}

const together = (plans: readonly Plan[]): Plan =>
  plans.length === 1 ? plans[0]! : { kind: 'all', of: plans.map((plan) => ({ plan })) };

/** `seconds` at most; a group within another may have less. */
function within(plan: Plan, seconds: number): Plan {
  return { ...plan, ring: Math.min(plan.ring ?? Number.POSITIVE_INFINITY, seconds * 1_000) };
}

/** The members in the order in which this call comes to them: of those who can be reached each begins once. */
function inTurn(plans: readonly Plan[], { name, strategy }: Group, way: Way): readonly Plan[] {
  if (strategy !== 'rotate') return plans;
  if (!way.turns.includes(name)) way.turns.push(name);
  const first = way.snapshot.turn(name) % plans.length;
  way.steps.say(`[group ${name}] begins with number ${first + 1} of ${plans.length}`);
  return [...plans.slice(first), ...plans.slice(0, first)];
}

/** Where the first state that is on and says so leads calls to the group. */
function elsewhere(group: Group, way: Way): Plan | undefined {
  const state = way.snapshot.active().find(({ groups, forwardAll }) => forwardAll !== undefined && groups.includes(group.name));
  if (state?.forwardAll === undefined) return undefined;
  way.steps.say(`[group ${group.name}] is led on by [state ${state.name}]`);
  return onward(state.forwardAll, 'all', `[state ${state.name}] forward_all`, group, way);
}

/** Where the group leads on; undefined where that is nowhere. */
function onward(to: Destination, cause: Cause, key: string, { name }: Group, way: Way): Plan | undefined {
  const found = way.onward(to, way);
  if (found.kind === 'plan') return diverted(found.plan, name, to, cause, way);
  way.steps.say(`${key}: ${found.why}`);
  return undefined;
}
