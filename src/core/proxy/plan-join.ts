import { type Binding, refreshes } from '../location/binding.ts';
import type { Plan } from '../routing/decision.ts';
import { planOf } from '../routing/inside.ts';
import { orElse } from '../routing/or-else.ts';
import { MAX_BREADTH } from '../routing/way.ts';
import { breadthBeside, type PlanNode, planNode, startNext, type Walker } from './plan-walk.ts';

/**
 * Takes a phone in that has registered since the plan was made (RFC 3261 §16.5): it rings where other phones of its user do, and is one of those
 * whose turn is still to come. Where their time is over, or another place was led on to, nobody rings them any more, nor it.
 */
export function joinPlan(walker: Walker, node: PlanNode, phone: Binding): void {
  if (node.over) return;
  const { plan } = node;
  if (isOf(plan, phone.aor)) return joinPhones(walker, node, phone);
  if (isAwaited(plan, phone.aor)) return joinMember(walker, node, phone);
  const inTurn = plan.kind === 'all' || plan.kind === 'order';
  node.children.forEach((child, i) => {
    if (!inTurn || i < node.started) joinPlan(walker, child, phone);
    else child.plan = joined(child.plan, phone);
  });
  if (plan.kind === 'else' && node.started === 1) node.plan = joined(plan, phone);
}

/** A part of the plan whose turn is still to come, with a phone among those of its user. */
function joined(plan: Plan, phone: Binding): Plan {
  if (isOf(plan, phone.aor)) return timed(planOf(withPhone(bindingsOf(plan), phone)), plan.ring);
  switch (plan.kind) {
    case 'target':
      return plan;
    case 'all':
    case 'order':
      if (isAwaited(plan, phone.aor)) return withMember(plan, phone);
      return { ...plan, of: plan.of.map((member) => ({ ...member, plan: joined(member.plan, phone) })) };
    case 'else':
      return timed(orElse(joined(plan.first, phone), plan.on, joined(plan.then, phone)), plan.ring);
    case 'diverted':
      return { ...plan, plan: joined(plan.plan, phone) };
    default:
      return plan satisfies never;
  }
}

/** Some of the phones of its user ring. One whose q is less than theirs has its turn after them. */
function joinPhones(walker: Walker, node: PlanNode, phone: Binding): void {
  const known = bindingsOf(node.plan);
  if (withPhone(known, phone) === known) return;
  const trying = walker.trying(node);
  const tried = trying.flatMap(({ node: { plan } }) => bindingsOf(plan)).filter(({ aor }) => aor === phone.aor);
  // The flows of a device never ring beside each other (RFC 5626 §7): where another one has its turn still to come, it is that of both.
  const isFlow = ({ instance, regId }: Binding) =>
    phone.regId !== undefined && regId !== undefined && regId !== phone.regId && instance === phone.instance;
  if (tried.length === 0 || tried.some(isFlow)) return;
  const waiting = node.children.slice(node.started).find(({ plan }) => bindingsOf(plan).some(isFlow));
  if (waiting === undefined && node.plan.kind !== 'order' && phone.q < levelOf(node)) widen(walker, node, 'order');
  if (waiting !== undefined) waiting.plan = joined(waiting.plan, phone);
  else if (node.plan.kind === 'order') {
    const now = node.children[node.started - 1]!;
    if (phone.q >= levelOf(now)) joinPhones(walker, now, phone);
    else {
      const later = planOf([phone, ...node.children.slice(node.started).flatMap(({ plan }) => bindingsOf(plan))]);
      const levels = later.kind === 'order' ? later.of : [{ plan: later }];
      node.children.splice(node.started, Infinity, ...levels.map(({ plan }) => planNode(walker, plan, node, node.breadth)));
    }
  } else {
    if (node.plan.kind !== 'all') widen(walker, node, 'all');
    const free = node.breadth - trying.reduce((sum, { breadth }) => sum + breadth, 0);
    // A part of it: where the power was gone, all phones of a user come back while the first rings.
    node.children.push(planNode(walker, planOf([phone]), node, Math.max(1, Math.ceil(free / 4))));
    // Else it waits for a place (RFC 5393 §5.3.3.1).
    if (free > 0 && node.started === node.children.length - 1) startNext(walker, node);
  }
  if ('of' in node.plan) node.plan = { ...node.plan, of: node.children.map(({ plan }) => ({ plan })) };
}

/** A member of a group that rings had no phone before: his turn is the last, and he has a part of what is left of the breadth. */
function joinMember(walker: Walker, node: PlanNode, phone: Binding): void {
  if (node.plan.kind !== 'all' && node.plan.kind !== 'order') return;
  const free = breadthBeside(node, node.children);
  node.plan = withMember(node.plan, phone);
  node.children.push(planNode(walker, planOf([phone]), node, Math.max(1, Math.ceil(free / 4))));
  const isDue = node.plan.kind === 'all' || node.waits;
  if (isDue && free > 0 && node.started === node.children.length - 1) startNext(walker, node);
}

/** A group with a member who has a phone now. */
function withMember(plan: Plan & { readonly kind: 'all' | 'order' }, phone: Binding): Plan {
  return { ...plan, of: [...plan.of, { ...plan.of.at(-1), plan: planOf([phone]) }] };
}

/** What a node was becomes the first member of what it is from now on. Its number goes with it, its time stays. */
function widen(walker: Walker, node: PlanNode, kind: 'all' | 'order'): void {
  const { ring, ...plan } = node.plan;
  const first: PlanNode = { ...node, plan, parent: node };
  for (const child of first.children) child.parent = first;
  const nothingYet = planNode(walker, timed({ kind, of: [{ plan }] }, ring), node.parent, node.breadth);
  const { id, diversions, place } = node;
  Object.assign(node, nothingYet, { id, diversions, place, children: [first], started: 1 });
  walker.moved(node, first);
}

const timed = (plan: Plan, ring: number | undefined): Plan => (ring === undefined ? plan : { ...plan, ring });

/** The very same list where it is one of them, or there are as many as may ring. */
function withPhone(phones: readonly Binding[], phone: Binding): readonly Binding[] {
  return phones.length >= MAX_BREADTH || phones.some((one) => refreshes(phone, one)) ? phones : [phone, ...phones];
}

/** The phones of a plan, those included that ring only where others fail. */
export function bindingsOf(plan: Plan): readonly Binding[] {
  return leavesOf(plan).filter((leaf) => leaf !== undefined);
}

/** Whether a plan rings a group of which this user is a member who has no phone in it yet, that which is led on to included. */
export function awaits(plan: Plan, aor: string): boolean {
  return isAwaited(plan, aor) || partsOf(plan).some((part) => awaits(part, aor));
}

function isAwaited(plan: Plan, aor: string): boolean {
  return 'awaits' in plan && plan.awaits?.includes(aor) === true && bindingsOf(plan).every((binding) => binding.aor !== aor);
}

/** Whether a plan is the phones of one user and nothing else. */
function isOf(plan: Plan, aor: string): boolean {
  return !('awaits' in plan) && leavesOf(plan).every((leaf) => leaf?.aor === aor);
}

/** undefined: a target that is no phone, or somebody who leads on. */
function leavesOf(plan: Plan): readonly (Binding | undefined)[] {
  if (plan.kind === 'target') return [plan.target.kind === 'binding' ? plan.target.binding : undefined];
  const leaves = partsOf(plan).flatMap(leavesOf);
  return plan.kind === 'diverted' ? [undefined, ...leaves] : leaves;
}

function partsOf(plan: Plan): readonly Plan[] {
  switch (plan.kind) {
    case 'target':
      return [];
    case 'all':
    case 'order':
      return plan.of.map((member) => member.plan);
    case 'else':
      return [plan.first, plan.then];
    case 'diverted':
      return [plan.plan];
    default:
      return plan satisfies never;
  }
}

const levelOf = ({ plan }: PlanNode): number => bindingsOf(plan)[0]!.q;
