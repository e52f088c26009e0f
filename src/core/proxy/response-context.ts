import { type Binding, refreshes } from '../location/binding.ts';
import type { Outcome, Plan, Target } from '../routing/decision.ts';
import { MAX_BREADTH } from '../routing/way.ts';
import { best, outcomeOf, rank } from './best.ts';
import type { Action, Event } from './fork-event.ts';
import { joinPlan } from './plan-join.ts';
import {
  abandonNode,
  endNode,
  isFollowed,
  isWithin,
  ledTo,
  type PlanNode,
  passOver,
  planNode,
  replaceNode,
  startNode,
  timeOver,
  type Walker,
} from './plan-walk.ts';

interface Branch {
  node: PlanNode;
  readonly breadth: number;
  /** It has said something. */
  heard: boolean;
  rang: boolean;
  done: boolean;
  cancelled: boolean;
  status: number;
}

/** The settings of a fork. */
export interface Rules {
  /** Max-Breadth as it came (RFC 5393 §5.3): at most so many branches at once. */
  readonly breadth: number;
  /** A 603 of one phone is that phone's, and the others go on ringing. */
  readonly declineIsLocal: boolean;
  /** Somebody waits, and phones that register meanwhile may join. */
  readonly call: boolean;
}

/**
 * How long a phone may be silent before what comes next is tried beside it: five requests have been sent, the last 7.5 s after the first, and 100
 * is due within 200 ms (RFC 3261 §17.1.1.2, §17.2.1), to what is no INVITE after 3.5 s (RFC 4320 §4.1). Whoever sent that waits no longer
 * than we do for one phone, and would not hear of what is tried after that.
 */
const SILENT = 8_000;

/**
 * The response context of one request (RFC 3261 §16.7): walks the plan, one event in, a list of actions out. It knows neither messages
 * nor clocks nor sockets, so every fork can be played in a test.
 */
export class ResponseContext implements Walker {
  private readonly rules: Rules;
  private root: PlanNode;
  private readonly branches: Branch[] = [];
  private nodes = 0;
  private actions: Action[] = [];
  /** What was decided: nothing yet, a 2xx went through, a 6xx ends the search, or the caller gave up. */
  private verdict: 'open' | 'accepted' | 'refused' | 'cancelled' = 'open';
  private answered = false;
  /** A redirect was followed: the plan may lead to the same phone once more. */
  private recursed = false;

  constructor(plan: Plan, rules: Rules) {
    this.rules = rules;
    this.root = planNode(this, plan, undefined, rules.breadth);
  }

  step(event: Event): readonly Action[] {
    this.actions = [];
    switch (event.type) {
      case 'start':
        startNode(this, this.root);
        this.settle();
        break;
      case 'answer':
        this.answer(event.branch, event.status);
        break;
      case 'gone':
        this.gone(event.branch, event.status, event.outcome ?? (event.status === 503 ? 'flowFailed' : outcomeOf(event.status)));
        break;
      case 'redirect':
        this.redirect(event.branch, event.status, event.plan);
        break;
      case 'timer':
        if (!this.open) break;
        timeOver(this, this.root, event.timer);
        this.settle();
        break;
      case 'pickUp':
        if (this.open) this.pickUp(event.plan);
        break;
      case 'join':
        if (this.open) this.join(event.phone);
        break;
      case 'cancel':
        if (this.verdict === 'open') this.verdict = 'cancelled';
        this.cancelOthers(undefined, false);
        this.settle();
        break;
      default:
        event satisfies never;
    }
    return this.actions;
  }

  private answer(id: number, status: number): void {
    const branch = this.branches[id]!;
    branch.heard = true;
    if (status < 200) {
      branch.rang ||= status === 180;
      if (!branch.done && !branch.cancelled && status > 100) this.actions.push({ do: 'pass', branch: id });
      return;
    }
    if (status < 300) {
      // Every 2xx goes through, also a late one and one that crossed a 6xx or a CANCEL (RFC 3261 §16.7 step 5, §9.1).
      if (!branch.done) this.leave(branch, status);
      this.verdict = 'accepted';
      this.answered = true;
      this.actions.push({ do: 'pass', branch: id });
      this.cancelOthers(branch, true);
      this.settle();
      return;
    }
    // A phone that has rung for as long as it does is there: Twinkle says 480 after half a minute (RFC 3261 §21.4.18).
    this.gone(id, status, status === 480 && branch.rang ? 'noAnswer' : outcomeOf(status));
  }

  private gone(id: number, status: number, outcome: Outcome): void {
    const branch = this.branches[id]!;
    if (branch.done) return;
    // The caller did not cancel: a phone that we stopped after its ring time is one that nobody answered.
    const unanswered = status === 487 && branch.cancelled && this.open;
    this.leave(branch, unanswered ? 480 : status);
    const local = status === 603 && this.rules.declineIsLocal;
    if (status >= 600 && !local && !branch.cancelled) {
      this.verdict = 'refused';
      this.cancelOthers(branch, false);
    }
    const place = branch.status === 0 ? Number.POSITIVE_INFINITY : rank(branch.status);
    endNode(this, branch.node, outcome, place);
    if (this.open) this.passOverSilent();
    this.settle();
  }

  /** Phones that have been silent for long enough while another one rang are waited for no more once that one takes the call no more either. */
  private passOverSilent(): void {
    for (const { node, heard, done } of this.branches) if (node.silent && !heard && !done) passOver(this, node);
  }

  private leave(branch: Branch, status: number): void {
    branch.done = true;
    branch.status = status;
  }

  /** The numbers of the branches that wait for an answer. */
  get waiting(): readonly number[] {
    return this.branches.flatMap(({ done, cancelled }, id) => (done || cancelled ? [] : [id]));
  }

  /** Who loses it missed no call. What the plan would have led on to counts no more. */
  private pickUp(plan: Plan): void {
    this.cancelOthers(undefined, true);
    abandonNode(this.root);
    this.recursed = false; // he may have been tried
    this.root = planNode(this, plan, undefined, this.rules.breadth);
    startNode(this, this.root);
    this.settle();
  }

  private join(phone: Binding): void {
    if (this.branches.length >= MAX_BREADTH) return; // whoever registers again and again
    const last = this.branches.filter(({ node, heard, done }) => !heard && !done && !isFollowed(node));
    joinPlan(this, this.root, phone);
    for (const { node } of last) if (isFollowed(node)) this.arm(`silent ${node.id}`, SILENT);
  }

  private redirect(id: number, status: number, plan: Plan): void {
    const branch = this.branches[id]!;
    if (branch.done) return;
    this.leave(branch, status);
    this.recursed = true;
    // Who was stopped, and said so on the way, is not asked where else to ring: that has been decided.
    if (this.open && !branch.cancelled) replaceNode(this, branch.node, plan, branch.breadth);
    this.settle();
  }

  private cancelOthers(winner: Branch | undefined, answered: boolean): void {
    this.branches.forEach((branch, id) => {
      if (branch !== winner) this.cancelBranch(branch, id, answered);
    });
  }

  private cancelBranch(branch: Branch, id: number, answered: boolean): void {
    if (branch.done || branch.cancelled) return;
    branch.cancelled = true;
    this.actions.push({ do: 'cancel', branch: id, answered });
  }

  get open(): boolean {
    return this.verdict === 'open';
  }

  nextNode(): number {
    return this.nodes++;
  }

  /** Where the request went. */
  get targets(): readonly Target[] {
    return this.branches.flatMap(({ node: { plan } }) => (plan.kind === 'target' ? [plan.target] : []));
  }

  try(node: PlanNode, target: Target, followed: boolean): void {
    const before = this.recursed ? this.branches.findIndex(({ node: { plan } }) => isSamePhone(plan, target)) : -1;
    if (before >= 0) return this.goOn(before, node);
    const branch = this.branches.length;
    // Half of it is kept back for phones that join (RFC 5393 §5.3.3: as we like, among the branches).
    const breadth = this.rules.call && target.kind === 'binding' ? Math.ceil(node.breadth / 2) : node.breadth;
    this.branches.push({ node, breadth, heard: false, rang: false, done: false, cancelled: false, status: 0 });
    this.actions.push({ do: 'try', branch, target, breadth, led: ledTo(node), followed });
    if (target.kind === 'binding' && isFollowed(node)) this.arm(`silent ${node.id}`, SILENT);
  }

  /**
   * A phone is tried once, whether a redirect leads there first or the plan (RFC 3261 §16.7 step 4). Where its time was up just now, and the plan
   * goes on to where it rings already, it is left ringing.
   */
  private goOn(id: number, node: PlanNode): void {
    const branch = this.branches[id]!;
    const cancel = this.actions.findIndex((action) => action.do === 'cancel' && action.branch === id);
    if (cancel < 0) return endNode(this, node, 'failed', Number.POSITIVE_INFINITY);
    this.actions.splice(cancel, 1);
    branch.cancelled = false;
    branch.node = node;
  }

  isSilent(node: PlanNode): boolean {
    return this.branches.some((branch) => branch.node === node && !branch.heard && !branch.done);
  }

  trying(node: PlanNode): readonly Branch[] {
    return this.branches.filter((branch) => !branch.done && isWithin(branch.node, node));
  }

  moved(from: PlanNode, to: PlanNode): void {
    for (const branch of this.branches) if (branch.node === from) branch.node = to;
  }

  /** The next plan does not wait for the 487 of what rang before: a 2xx that crosses it goes through all the same. */
  stop(node: PlanNode): boolean {
    let heard = false;
    this.branches.forEach((branch, id) => {
      if (branch.done || !isWithin(branch.node, node)) return;
      heard ||= branch.heard;
      this.cancelBranch(branch, id, false);
    });
    return heard;
  }

  diverted(): void {
    this.actions.push({ do: 'diverted' });
  }

  arm(timer: string, after: number): void {
    this.actions.push({ do: 'arm', timer, after });
  }

  disarm(timer: string): void {
    this.actions.push({ do: 'disarm', timer });
  }

  /** When nothing is outstanding the answer is due, once (RFC 3261 §16.7 step 6), and the context ends. */
  private settle(): void {
    if (this.branches.some((branch) => !branch.done)) return;
    if (!this.answered) {
      this.answered = true;
      const answers = this.branches
        .map((branch, id) => ({ branch: id, status: branch.status }))
        .filter(({ status }) => status > 0);
      const chosen =
        this.verdict === 'cancelled'
          ? (answers.find(({ status }) => status >= 600) ?? answers.find(({ status }) => status === 487))
          : best(answers);
      this.actions.push({
        do: 'answer',
        branch: chosen?.branch ?? -1,
        status: chosen?.status ?? (this.verdict === 'cancelled' ? 487 : 480),
      });
    }
    this.actions.push({ do: 'end' });
  }
}

function isSamePhone(plan: Plan, target: Target): boolean {
  return (
    plan.kind === 'target' && 'binding' in plan.target && 'binding' in target && refreshes(target.binding, plan.target.binding)
  );
}
