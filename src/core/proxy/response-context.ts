import type { Outcome, Plan, Target } from '../routing/decision.ts';
import { best, outcomeOf, rank } from './best.ts';

/** What a branch answered, or what stands for an answer that never came. */
export interface Answer {
  readonly branch: number;
  readonly status: number;
}

/** What the doer is told to do. Timers are named; `arm` starts one anew. */
export type Action =
  | { readonly do: 'try'; readonly branch: number; readonly target: Target; readonly breadth: number }
  /** CANCEL as soon as the branch may be cancelled (RFC 3261 §9.1); `answered`: because another branch took the call. */
  | { readonly do: 'cancel'; readonly branch: number; readonly answered: boolean }
  /** Send the branch's last response on. */
  | { readonly do: 'pass'; readonly branch: number }
  | { readonly do: 'arm'; readonly timer: string; readonly after: number }
  | { readonly do: 'disarm'; readonly timer: string }
  /** All branches are done: the chosen final answer (RFC 3261 §16.7 step 6). */
  | { readonly do: 'answer'; readonly branch: number; readonly status: number }
  /** No branch has work left. */
  | { readonly do: 'end' };

export type Event =
  | { readonly type: 'start' }
  | { readonly type: 'answer'; readonly branch: number; readonly status: number }
  /** The branch will never answer: 408 for a silent one, 503 for a lost one, 487 for a cancelled one (RFC 3261 §16.8, §16.9, §9.1). */
  | { readonly type: 'gone'; readonly branch: number; readonly status: number }
  /** Targets of a redirect that we follow take the branch's place (RFC 3261 §16.7 step 4). */
  | { readonly type: 'redirect'; readonly branch: number; readonly plan: Plan }
  | { readonly type: 'timer'; readonly timer: string }
  /** The caller gave up. */
  | { readonly type: 'cancel' };

interface Node {
  readonly id: number;
  readonly plan: Plan;
  readonly parent: Node | undefined;
  readonly children: Node[];
  readonly breadth: number;
  /** Children that were started, and those of them that are done. */
  started: number;
  ended: number;
  /** The outcome of the best answer below it. */
  outcome: Outcome;
  rank: number;
}

interface Branch {
  readonly node: Node;
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
}

/**
 * The response context of one request (RFC 3261 §16.7): walks the plan, one event in, a list of actions out. It knows neither messages
 * nor clocks nor sockets, so every fork can be played in a test.
 */
export class ResponseContext {
  private readonly rules: Rules;
  private readonly root: Node;
  private readonly branches: Branch[] = [];
  private nodes = 0;
  private actions: Action[] = [];
  /** What was decided: nothing yet, a 2xx went through, a 6xx ends the search, or the caller gave up. */
  private verdict: 'open' | 'accepted' | 'refused' | 'cancelled' = 'open';
  private answered = false;

  constructor(plan: Plan, rules: Rules) {
    this.rules = rules;
    this.root = this.node(plan, undefined, rules.breadth);
  }

  step(event: Event): readonly Action[] {
    this.actions = [];
    switch (event.type) {
      case 'start':
        this.start(this.root);
        this.settle();
        break;
      case 'answer':
        this.answer(event.branch, event.status);
        break;
      case 'gone':
        this.gone(event.branch, event.status);
        break;
      case 'redirect':
        this.redirect(event.branch, event.plan);
        break;
      case 'timer':
        this.timer(event.timer);
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
    if (status < 200) {
      if (this.verdict === 'open' && !branch.done && status > 100) this.actions.push({ do: 'pass', branch: id });
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
    this.gone(id, status);
  }

  private gone(id: number, status: number): void {
    const branch = this.branches[id]!;
    if (branch.done) return;
    // The caller did not cancel: a phone that we stopped after its ring time is one that nobody answered.
    const unanswered = status === 487 && branch.cancelled;
    this.leave(branch, unanswered && this.verdict === 'open' ? 480 : status);
    const local = status === 603 && this.rules.declineIsLocal;
    if (status >= 600 && !local && this.verdict === 'open') {
      this.verdict = 'refused';
      this.cancelOthers(branch, false);
    }
    this.ended(branch.node, unanswered ? 'noAnswer' : outcomeOf(status), rank(branch.status));
    this.settle();
  }

  private leave(branch: Branch, status: number): void {
    branch.done = true;
    branch.status = status;
    const { plan, id } = branch.node;
    if (plan.kind === 'target' && plan.ring !== undefined) this.actions.push({ do: 'disarm', timer: `ring ${id}` });
  }

  private redirect(id: number, plan: Plan): void {
    const branch = this.branches[id]!;
    if (branch.done) return;
    this.leave(branch, 0);
    if (this.verdict !== 'open') return this.settle();
    const child = this.node(plan, branch.node, branch.node.breadth);
    branch.node.children.push(child);
    this.start(child);
    this.settle();
  }

  private cancelOthers(winner: Branch | undefined, answered: boolean): void {
    this.branches.forEach((branch, id) => {
      if (branch === winner || branch.done || branch.cancelled) return;
      branch.cancelled = true;
      this.actions.push({ do: 'cancel', branch: id, answered });
    });
  }

  private node(plan: Plan, parent: Node | undefined, breadth: number): Node {
    return {
      id: this.nodes++,
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

  private start(node: Node): void {
    const { plan } = node;
    switch (plan.kind) {
      case 'target': {
        const branch = this.branches.length;
        this.branches.push({ node, done: false, cancelled: false, status: 0 });
        this.actions.push({ do: 'try', branch, target: plan.target, breadth: node.breadth });
        if (plan.ring !== undefined) this.actions.push({ do: 'arm', timer: `ring ${node.id}`, after: plan.ring });
        return;
      }
      case 'all': {
        if (plan.of.length === 0) return this.ended(node, 'offline', rank(480));
        // What the breadth does not allow at once waits for a place (RFC 5393 §5.3.3.1).
        const share = Math.max(1, Math.floor(node.breadth / plan.of.length));
        for (const { plan: child } of plan.of) node.children.push(this.node(child, node, share));
        const at = Math.min(plan.of.length, node.breadth);
        while (node.started < at) this.startNext(node);
        return;
      }
      case 'order':
        if (plan.of.length === 0) return this.ended(node, 'offline', rank(480));
        for (const { plan: child } of plan.of) node.children.push(this.node(child, node, node.breadth));
        return this.startNext(node);
      case 'else':
        node.children.push(this.node(plan.first, node, node.breadth));
        node.started = 1;
        return this.start(node.children[0]!);
      default:
        plan satisfies never;
    }
  }

  /** The next member of an `all` or `order`, now or after its delay. */
  private startNext(node: Node): void {
    const { plan } = node;
    if (plan.kind !== 'all' && plan.kind !== 'order') return;
    const at = node.started++;
    const child = node.children[at]!;
    const delay = plan.of[at]!.after;
    if (plan.kind === 'all' && delay !== undefined && delay > 0)
      this.actions.push({ do: 'arm', timer: `start ${child.id}`, after: delay });
    else this.start(child);
    const next = plan.kind === 'order' && node.started === at + 1 ? plan.of[at + 1]?.after : undefined;
    if (next !== undefined) this.actions.push({ do: 'arm', timer: `next ${node.id}`, after: next });
  }

  /** A part of the plan is done without a 2xx. */
  private ended(node: Node, outcome: Outcome, place: number): void {
    const { parent } = node;
    if (parent === undefined) return;
    parent.ended++;
    if (place < parent.rank) {
      parent.rank = place;
      parent.outcome = outcome;
    }
    if (this.verdict !== 'open') return;
    const { plan } = parent;
    if (plan.kind === 'all' || plan.kind === 'order') {
      if (parent.started < parent.children.length && (plan.kind === 'all' || parent.ended >= parent.started)) {
        this.actions.push({ do: 'disarm', timer: `next ${parent.id}` });
        return this.startNext(parent);
      }
      if (parent.ended === parent.children.length) this.ended(parent, parent.outcome, parent.rank);
    } else if (plan.kind === 'else' && parent.started === 1 && plan.on.includes(outcome)) {
      const then = this.node(plan.then, parent, parent.breadth);
      parent.children.push(then);
      parent.started = 2;
      this.start(then);
    } else this.ended(parent, outcome, place);
  }

  private timer(name: string): void {
    const [what, id] = name.split(' ');
    if (this.verdict !== 'open') return;
    if (what === 'ring') {
      const at = this.branches.findIndex((branch) => branch.node.id === Number(id));
      const branch = this.branches[at];
      if (branch === undefined || branch.done || branch.cancelled) return;
      branch.cancelled = true;
      this.actions.push({ do: 'cancel', branch: at, answered: false });
      return;
    }
    const node = this.find(this.root, Number(id));
    if (node === undefined) return;
    if (what === 'start') this.start(node);
    else if (node.started < node.children.length) this.startNext(node);
  }

  private find(node: Node, id: number): Node | undefined {
    if (node.id === id) return node;
    for (const child of node.children) {
      const found = this.find(child, id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** When nothing is outstanding the answer is due, once (RFC 3261 §16.7 step 6), and the context ends. */
  private settle(): void {
    if (this.branches.some((branch) => !branch.done)) return;
    if (this.verdict === 'open' && this.waiting(this.root)) return;
    if (!this.answered) {
      this.answered = true;
      const answers = this.branches
        .map((branch, id): Answer => ({ branch: id, status: branch.status }))
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

  /** Whether a member still waits for its delay. */
  private waiting(node: Node): boolean {
    const armed = (node.plan.kind === 'all' || node.plan.kind === 'order') && node.ended < node.children.length;
    return armed || node.children.some((child) => this.waiting(child));
  }
}
