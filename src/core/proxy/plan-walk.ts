import type { Diversion, Outcome, Plan, Target } from '../routing/decision.ts';
import { rank } from './best.ts';
import { sharesOf } from './breadth.ts';

/** A part of the plan that was reached. */
export interface PlanNode {
  readonly id: number;
  plan: Plan;
  parent: PlanNode | undefined;
  children: PlanNode[];
  readonly breadth: number;
  /** Children that were started, and those of them that are done. */
  started: number;
  ended: number;
  /** A member's turn has come, and there was no place for it (RFC 5393 §5.3.3.1), or he has no phone yet. */
  waits: boolean;
  /** Nothing of it counts any more: it is done, or its time is over. */
  over: boolean;
  /** A phone that had not said a word for so long that what comes next need not wait for it. */
  silent: boolean;
  /** The outcome of the best answer below it. */
  outcome: Outcome;
  rank: number;
  /** How often somebody led on below it, to number the next one; and of a `diverted` its own number. */
  diversions: number;
  place: number;
}

/** Somebody who led on to a branch, and where among others: `1.2` (RFC 7044 §10.3). */
export interface Led {
  readonly by: Diversion;
  readonly index: string;
}

/** Who walks a plan: it tries the targets that are reached, and keeps the timers. */
export interface Walker {
  /** Whether more may be started: nothing was decided yet. */
  readonly open: boolean;
  /** Numbers the nodes, and so their timers. */
  nextNode(): number;
  /** `followed`: another target is tried in the place of one that is silent. */
  try(node: PlanNode, target: Target, followed: boolean): void;
  /** Ends whatever rings below a node. True if anything of it ever said a word. */
  stop(node: PlanNode): boolean;
  /** Whether the target of a node is waited for, and has not said a word. */
  isSilent(node: PlanNode): boolean;
  diverted(): void;
  /** What is tried below a node, and has not ended. */
  trying(node: PlanNode): readonly { readonly node: PlanNode; readonly breadth: number }[];
  /** What was tried at a node is at another one from now on. */
  moved(from: PlanNode, to: PlanNode): void;
  arm(timer: string, after: number): void;
  disarm(timer: string): void;
}

export function planNode(walker: Walker, plan: Plan, parent: PlanNode | undefined, breadth: number): PlanNode {
  return {
    id: walker.nextNode(),
    plan,
    parent,
    children: [],
    breadth,
    started: 0,
    ended: 0,
    waits: false,
    over: false,
    silent: false,
    outcome: 'failed',
    rank: Number.POSITIVE_INFINITY,
    diversions: 0,
    place: 0,
  };
}

/** Starts a part of the plan: its target, or the first of its members. */
export function startNode(walker: Walker, node: PlanNode): void {
  startParts(walker, node);
  if (node.plan.ring !== undefined && !node.over) walker.arm(ringTimer(node), node.plan.ring);
}

function startParts(walker: Walker, node: PlanNode): void {
  const { plan } = node;
  switch (plan.kind) {
    case 'target':
      return walker.try(node, plan.target, isReplaced(node));
    case 'all':
    case 'order': {
      if (plan.of.length === 0) return endNode(walker, node, 'offline', rank(480));
      // What the breadth does not allow at once waits for a place (RFC 5393 §5.3.3.1).
      const shares = sharesOf(plan, node.breadth);
      plan.of.forEach((member, i) => {
        node.children.push(planNode(walker, member.plan, node, shares[i]!));
      });
      const at = plan.kind === 'all' ? Math.min(plan.of.length, node.breadth) : 1;
      while (node.started < at) startNext(walker, node);
      return;
    }
    case 'else':
      return startOnly(walker, node, plan.first);
    case 'diverted':
      node.place = node.parent === undefined ? 1 : ++leading(node.parent).diversions;
      walker.diverted();
      return startOnly(walker, node, plan.plan);
    default:
      plan satisfies never;
  }
}

function startOnly(walker: Walker, node: PlanNode, plan: Plan): void {
  const child = planNode(walker, plan, node, node.breadth);
  node.children.push(child);
  node.started++;
  startNode(walker, child);
}

/** The next member of an `all` or `order`. */
export function startNext(walker: Walker, node: PlanNode): void {
  const { plan } = node;
  if (plan.kind !== 'all' && plan.kind !== 'order') return;
  node.waits = false;
  const at = node.started++;
  startNode(walker, node.children[at]!);
  if (plan.kind !== 'order' || node.started > at + 1 || node.over) return;
  // The turn after the last is that of a member who is awaited.
  const next = (plan.of[at + 1] ?? (plan.awaits && plan.of[at]))?.after;
  if (next !== undefined) walker.arm(`next ${node.id}`, next);
}

/** A part of the plan is done without a 2xx; `place`: the rank of its best answer. */
export function endNode(walker: Walker, node: PlanNode, outcome: Outcome, place: number): void {
  if (node.over) return;
  node.over = true;
  if (node.plan.ring !== undefined) walker.disarm(ringTimer(node));
  const { parent } = node;
  if (parent === undefined) return;
  parent.ended++;
  if (place < parent.rank) {
    parent.rank = place;
    parent.outcome = outcome;
  }
  if (!walker.open) return;
  const { plan } = parent;
  if (plan.kind === 'all' || plan.kind === 'order') {
    if (parent.started < parent.children.length && (plan.kind === 'all' || parent.waits || parent.ended >= parent.started)) {
      walker.disarm(`next ${parent.id}`);
      return startNext(walker, parent);
    }
    if (parent.ended === parent.children.length) endNode(walker, parent, parent.outcome, parent.rank);
  } else if (plan.kind === 'else' && parent.started === 1 && plan.on.includes(outcome)) startOnly(walker, parent, plan.then);
  else endNode(walker, parent, plan.kind === 'diverted' ? 'failed' : outcome, place);
}

/** A redirect that is followed takes the place of the target that gave it (RFC 3261 §16.7 step 4). */
export function replaceNode(walker: Walker, node: PlanNode, plan: Plan, breadth: number): void {
  const child = planNode(walker, plan, node, breadth);
  node.children.push(child);
  startNode(walker, child);
}

/** A delay, or the time that something may ring, is over. */
export function timeOver(walker: Walker, root: PlanNode, timer: string): void {
  const [what, id] = timer.split(' ');
  let node = find(root, Number(id));
  // It may have the number of what it was widened to.
  while (what === 'silent' && node !== undefined && node.plan.kind !== 'target') node = node.children[0];
  if (node === undefined || node.over) return;
  if (what === 'silent') passOver(walker, node);
  else if (what === 'ring') ringOver(walker, node);
  else if (hasPlace(node)) startNext(walker, node);
  else node.waits = true;
}

/** Whether there is a next member, and his part of the breadth beside those who ring. */
function hasPlace(node: PlanNode): boolean {
  const next = node.children[node.started];
  return next !== undefined && breadthBeside(node, node.children.slice(0, node.started)) >= next.breadth;
}

/** What of the breadth of a node is left beside the parts of some of its members; who has ended needs his no more. */
export function breadthBeside({ breadth }: PlanNode, members: readonly PlanNode[]): number {
  return members.reduce((left, one) => (one.over ? left : left - one.breadth), breadth);
}

/** Whoever said a word and did not answer may be there; who never did counts as silent, unless somebody else was reached. */
function ringOver(walker: Walker, node: PlanNode): void {
  const silent = node.rank === Number.POSITIVE_INFINITY ? 'silent' : node.outcome;
  const outcome = walker.stop(node) ? 'noAnswer' : silent;
  node.children.forEach(abandonNode);
  endNode(walker, node, outcome, rank(480));
}

/** Whether anything may be tried after a node. */
export function isFollowed(node: PlanNode): boolean {
  let at = node.parent;
  while (at?.plan.kind === 'all' || at?.plan.kind === 'diverted') at = at.parent;
  return at !== undefined;
}

/** Whether another target is tried in the place of one that is silent. */
function isReplaced(node: PlanNode): boolean {
  let outcome: Outcome = 'silent';
  for (let at = node.parent; at !== undefined; at = at.parent) {
    const { plan } = at;
    const beside = plan.kind === 'all' ? at.children.length > 1 : at.ended + 1 < at.started;
    if (beside) return false; // the others may take the call
    if (plan.kind === 'order' && at.started < at.children.length) return true;
    if (plan.kind === 'else' && at.started === 1 && plan.on.includes(outcome)) return true;
    if (plan.kind === 'diverted') outcome = 'failed';
  }
  return false;
}

/**
 * What comes next where a phone cannot be reached is tried beside a silent one already: a proxy tries its targets in what order it likes (RFC 3261
 * §16.6), and the phone has the call if it answers after all.
 *
 * Deviation: the breadth of the silent one counts as free (RFC 5393 §5.3.3). Whatever forks says 100 at once.
 */
export function passOver(walker: Walker, phone: PlanNode): void {
  phone.silent = true;
  for (let at = phone.parent; at !== undefined && !at.over; at = at.parent) {
    const { plan } = at;
    const outcome = presumed(walker, at)?.outcome;
    if (outcome === undefined) return;
    if (plan.kind === 'order' && at.started < at.children.length) {
      leaveBehind(at);
      walker.disarm(`next ${at.id}`);
      return startNext(walker, at);
    }
    if (plan.kind === 'else' && at.started === 1 && plan.on.includes(outcome)) {
      leaveBehind(at);
      return startOnly(walker, at, plan.then);
    }
  }
}

/** How what was started of a node ends if silent phones cannot be reached; undefined while anything else of it may take the call. */
function presumed(walker: Walker, node: PlanNode): Pick<PlanNode, 'outcome' | 'rank'> | undefined {
  if (node.silent && walker.isSilent(node)) return { outcome: 'unreachable', rank: rank(408) };
  if (node.started === 0 || (node.plan.kind === 'all' && node.started < node.children.length)) return undefined;
  if (node.plan.kind === 'else') return presumed(walker, node.children.at(-1)!); // what came last is how it ends
  let best: Pick<PlanNode, 'outcome' | 'rank'> = node;
  for (const child of node.children.slice(0, node.started)) {
    const one = child.over ? node : presumed(walker, child);
    if (one === undefined) return undefined;
    if (one.rank < best.rank) best = one;
  }
  return node.plan.kind === 'diverted' ? { outcome: 'failed', rank: best.rank } : best;
}

/** A node goes on without what was started of it, which may still answer. */
function leaveBehind(node: PlanNode): void {
  node.children.slice(0, node.started).forEach(abandonNode);
  node.ended = node.started;
}

/** Nothing of it counts any more, and nothing more of it is started. */
export function abandonNode(node: PlanNode): void {
  node.over = true;
  node.children.forEach(abandonNode);
}

/** Whether a node is another one, or somewhere below it. */
export function isWithin(node: PlanNode | undefined, whole: PlanNode): boolean {
  for (let at = node; at !== undefined; at = at.parent) if (at === whole) return true;
  return false;
}

/** Whoever led on to a node, the first of them first. */
export function ledTo(node: PlanNode | undefined): readonly Led[] {
  let at = node;
  while (at !== undefined && at.plan.kind !== 'diverted') at = at.parent;
  if (at === undefined || at.plan.kind !== 'diverted') return nobody;
  const before = ledTo(at.parent);
  const above = before.at(-1)?.index;
  return [...before, { by: at.plan.by, index: above === undefined ? String(at.place) : `${above}.${at.place}` }];
}

const nobody: readonly Led[] = [];

/** The node that counts who leads on below it: the `diverted` above, or the root. */
function leading(node: PlanNode): PlanNode {
  let at = node;
  while (at.plan.kind !== 'diverted' && at.parent !== undefined) at = at.parent;
  return at;
}

function find(node: PlanNode, id: number): PlanNode | undefined {
  if (node.id === id) return node;
  for (const child of node.children) {
    const found = find(child, id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The timer that ends the ringing of a part of the plan. */
const ringTimer = (node: PlanNode): string => `ring ${node.id}`;
