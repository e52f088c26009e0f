import type { Outcome, Plan, Target } from '../routing/decision.ts';
import { rank } from './best.ts';

/** A part of the plan that was reached. */
export interface PlanNode {
  readonly id: number;
  readonly plan: Plan;
  readonly parent: PlanNode | undefined;
  readonly children: PlanNode[];
  readonly breadth: number;
  /** Children that were started, and those of them that are done. */
  started: number;
  ended: number;
  /** The outcome of the best answer below it. */
  outcome: Outcome;
  rank: number;
}

/** Who walks a plan: it tries the targets that are reached, and keeps the timers. */
export interface Walker {
  /** Whether more may be started: nothing was decided yet. */
  readonly open: boolean;
  /** Numbers the nodes, and so their timers. */
  nextNode(): number;
  try(node: PlanNode, target: Target): void;
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
    outcome: 'failed',
    rank: Number.POSITIVE_INFINITY,
  };
}

/** Starts a part of the plan: its target, or the first of its members. */
export function startNode(walker: Walker, node: PlanNode): void {
  const { plan } = node;
  switch (plan.kind) {
    case 'target':
      walker.try(node, plan.target);
      if (plan.ring !== undefined) walker.arm(ringTimer(node), plan.ring);
      return;
    case 'all': {
      if (plan.of.length === 0) return endNode(walker, node, 'offline', rank(480));
      // What the breadth does not allow at once waits for a place (RFC 5393 §5.3.3.1).
      const share = Math.max(1, Math.floor(node.breadth / plan.of.length));
      for (const { plan: child } of plan.of) node.children.push(planNode(walker, child, node, share));
      const at = Math.min(plan.of.length, node.breadth);
      while (node.started < at) startNext(walker, node);
      return;
    }
    case 'order':
      if (plan.of.length === 0) return endNode(walker, node, 'offline', rank(480));
      for (const { plan: child } of plan.of) node.children.push(planNode(walker, child, node, node.breadth));
      return startNext(walker, node);
    case 'else':
      node.children.push(planNode(walker, plan.first, node, node.breadth));
      node.started = 1;
      return startNode(walker, node.children[0]!);
    default:
      plan satisfies never;
  }
}

/** The next member of an `all` or `order`, now or after its delay. */
function startNext(walker: Walker, node: PlanNode): void {
  const { plan } = node;
  if (plan.kind !== 'all' && plan.kind !== 'order') return;
  const at = node.started++;
  const child = node.children[at]!;
  const delay = plan.of[at]!.after;
  if (plan.kind === 'all' && delay !== undefined && delay > 0) walker.arm(`start ${child.id}`, delay);
  else startNode(walker, child);
  const next = plan.kind === 'order' && node.started === at + 1 ? plan.of[at + 1]?.after : undefined;
  if (next !== undefined) walker.arm(`next ${node.id}`, next);
}

/** A part of the plan is done without a 2xx; `place`: the rank of its best answer. */
export function endNode(walker: Walker, node: PlanNode, outcome: Outcome, place: number): void {
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
    if (parent.started < parent.children.length && (plan.kind === 'all' || parent.ended >= parent.started)) {
      walker.disarm(`next ${parent.id}`);
      return startNext(walker, parent);
    }
    if (parent.ended === parent.children.length) endNode(walker, parent, parent.outcome, parent.rank);
  } else if (plan.kind === 'else' && parent.started === 1 && plan.on.includes(outcome)) {
    const then = planNode(walker, plan.then, parent, parent.breadth);
    parent.children.push(then);
    parent.started = 2;
    startNode(walker, then);
  } else endNode(walker, parent, outcome, place);
}

/** A redirect that is followed takes the place of the target that gave it (RFC 3261 §16.7 step 4). */
export function replaceNode(walker: Walker, node: PlanNode, plan: Plan): void {
  const child = planNode(walker, plan, node, node.breadth);
  node.children.push(child);
  startNode(walker, child);
}

/** A member's delay is over. */
export function delayOver(walker: Walker, root: PlanNode, timer: string): void {
  const [what, id] = timer.split(' ');
  const node = find(root, Number(id));
  if (node === undefined) return;
  if (what === 'start') startNode(walker, node);
  else if (node.started < node.children.length) startNext(walker, node);
}

function find(node: PlanNode, id: number): PlanNode | undefined {
  if (node.id === id) return node;
  for (const child of node.children) {
    const found = find(child, id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a member still waits for its delay. */
export function isWaiting(node: PlanNode): boolean {
  const armed = (node.plan.kind === 'all' || node.plan.kind === 'order') && node.ended < node.children.length;
  return armed || node.children.some(isWaiting);
}

/** The timer that ends the ringing of a target. */
export const ringTimer = (node: PlanNode): string => `ring ${node.id}`;
