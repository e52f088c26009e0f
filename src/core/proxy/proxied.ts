import type { Clock, Timer } from '../../runtime/clock.ts';
import { requires } from '../../sip/dialog/option-tags.ts';
import type { Request } from '../../sip/message/message.ts';
import type { TransactionLayer } from '../../sip/transaction/layer.ts';
import type { ClientTransactionUser, ServerTransaction } from '../../sip/transaction/user.ts';
import type { Flow, TransportError } from '../../sip/transport/flow.ts';
import { sourceNetwork } from '../../sip/transport/source-network.ts';
import { ANSWERED_ELSEWHERE, type BranchAnswers, STOPS } from '../connector.ts';
import type { Binding } from '../location/binding.ts';
import { connectionOf } from '../location/reopen.ts';
import type { Outcome, Plan } from '../routing/decision.ts';
import { Branch, type BranchOwner, type Forked } from './branch.ts';
import { isSecure, printBranch } from './branch-request.ts';
import { challengesBeside } from './challenges.ts';
import { type Destination, destination } from './destination.ts';
import { EnumBranch } from './enum-branch.ts';
import { asksForPassword, type ForkBranch, isFromOutside, stillbornBranch } from './fork-branch.ts';
import type { Action, Event } from './fork-event.ts';
import { printBackward } from './forward.ts';
import { type Answered, LateAnswers } from './late-answers.ts';
import type { CallProgress } from './observer.ts';
import type { ForwardOrder, ProxyHome, RingingCall } from './order.ts';
import { ownAnswer, ownStatus } from './own-answer.ts';
import { PeerBranch } from './peer-branch.ts';
import { type PeerWay, wayBack, wayToPeer } from './peer-way.ts';
import type { Led } from './plan-walk.ts';
import { dialogLines } from './record-route.ts';
import { Recursing } from './recursing.ts';
import { ResponseContext } from './response-context.ts';
import { TrunkBranch } from './trunk-branch.ts';

const UNREACHED = 'nobody could be reached';

/** One request on its way through us: does what the response context says (RFC 3261 §16.6, §16.7). */
export class Proxied implements BranchOwner, Forked, RingingCall {
  readonly clock: Clock;
  readonly transactions: TransactionLayer;
  readonly method: string;
  readonly length: number;
  readonly forked: Forked = this;
  private readonly proxy: ProxyHome;
  readonly order: ForwardOrder;
  private readonly request: Request;
  private readonly tx: ServerTransaction;
  private readonly context: ResponseContext;
  private readonly mark: string;
  readonly progress: CallProgress | undefined;
  private readonly branches: ForkBranch[] = [];
  /** Who led on to which branch. */
  private led: Map<number, readonly Led[]> | undefined = undefined;
  /** Whose phone each branch of a call is at. */
  private rings: (string | undefined)[] | undefined = undefined;
  /** The first branch of who picked the call up. */
  private pickedUp = Number.POSITIVE_INFINITY;
  /** Most requests need none. */
  private timers: Map<string, Timer> | undefined = undefined;
  /** Few requests are led on. */
  private recursion: Recursing | undefined = undefined;
  private cancelReason = '';
  private ended = false;

  constructor(proxy: ProxyHome, order: ForwardOrder, tx: ServerTransaction, mark: string, breadth: number) {
    this.proxy = proxy;
    this.clock = proxy.parts.clock;
    this.transactions = proxy.parts.transactions;
    this.order = order;
    this.request = order.request;
    this.method = order.request.method;
    this.length = order.request.text.length;
    this.tx = tx;
    this.mark = mark;
    this.progress = order.progress;
    const { plan, declineIsLocal } = order;
    this.context = new ResponseContext(plan, { breadth, declineIsLocal, call: this.method === 'INVITE' });
  }

  begin(): void {
    if (this.method === 'INVITE') this.tx.cancelled = (reason) => this.cancel(reason);
    this.proxy.began(this.order);
    this.event({ type: 'start' });
  }

  private cancel(reason: readonly string[]): void {
    this.cancelReason = reason.join(', ');
    this.progress?.cancelled();
    this.event({ type: 'cancel' });
  }

  stop(): void {
    this.tx.respond(503, 'Service Unavailable', 'Retry-After: 10\r\n'); // there is no time to hear from the phones
    this.cancel([STOPS]);
  }

  event(event: Event): void {
    const what = event.type === 'answer' && event.status >= 300 ? this.refused(event) : event;
    for (const action of this.context.step(what)) this.act(action);
  }

  private refused(event: Event & { type: 'answer' }): Event {
    const { branch, status } = event;
    const from = this.branches[branch]!;
    if (status < 400) return this.recursing?.redirected(event, from, this.rings?.[branch], this.context.targets) ?? event;
    if ((status !== 401 && status !== 407) || !isFromOutside(this.order, from)) return event;
    this.branches[branch] = stillbornBranch(asksForPassword('who is called'));
    return { type: 'gone', branch, status: 403 };
  }

  /** Who finds where the request is led on to; undefined within a dialog, which leads to one place. */
  private get recursing(): Recursing | undefined {
    const { order, proxy } = this;
    if (order.facts !== undefined) this.recursion ??= new Recursing(order, order.facts, proxy.parts);
    return this.recursion;
  }

  private act(action: Action): void {
    switch (action.do) {
      case 'try':
        return this.try(action);
      case 'cancel':
        return this.branches[action.branch]?.cancel(action.answered ? ANSWERED_ELSEWHERE : this.cancelReason);
      case 'pass':
        return this.pass(action.branch);
      case 'answer':
        return this.answer(this.branches[action.branch], action.status);
      case 'diverted':
        // Who wants all of them reliably would have to send a PRACK for it to nobody (RFC 3262 §3).
        if (this.method === 'INVITE' && !requires(this.request, '100rel'))
          this.tx.respond(181, 'Call Is Being Forwarded', dialogLines(this.request, this.tx.flow));
        return;
      case 'arm':
        if (this.ended) return;
        this.timers ??= new Map();
        this.timers.get(action.timer)?.cancel();
        this.timers.set(action.timer, this.clock.start(action.timer, action.after, this));
        return;
      case 'disarm':
        this.timers?.get(action.timer)?.cancel();
        this.timers?.delete(action.timer);
        return;
      case 'end':
        return this.end();
      default:
        action satisfies never;
    }
  }

  timeout(timer: string): void {
    this.timers?.delete(timer);
    this.event({ type: 'timer', timer });
  }

  private try(action: Action & { do: 'try' }): void {
    const { target, branch: id, breadth, led, followed } = action;
    const { parts } = this.proxy;
    if (led.length > 0) {
      this.led ??= new Map();
      this.led.set(id, led);
    }
    switch (target.kind) {
      case 'binding':
      case 'flow': {
        if (target.kind === 'binding') this.called(id, target.binding.aor);
        const found = destination(target, parts.transport, parts.snapshot());
        if (!('why' in found)) return this.begun(id, new Branch(this, id, found, breadth)).begin();
        if (target.kind === 'flow' && target.otherwise !== undefined) {
          return this.elsewhere(id, wayBack(target.otherwise, target.flow.remote.host, isSecure(this.order)), breadth);
        }
        this.lost(found);
        return this.stillborn(id, target.kind === 'flow' ? 430 : 503);
      }
      case 'peer':
        return this.elsewhere(id, wayToPeer(target, isSecure(this.order)), breadth);
      case 'trunk': {
        const { gateway } = this.proxy;
        if (gateway === undefined) return this.stillborn(id, 503, 'unreachable');
        const again = this.branches.some((before) => before instanceof TrunkBranch && before.began(target));
        const terms = { diversions: led.map(({ by }) => by), followed, again };
        const caller = { flow: this.tx.flow, principal: this.order.facts?.principal };
        const call = (answers: BranchAnswers) => gateway.call(this.request, caller, target, answers, terms);
        return this.begun(id, new TrunkBranch(this, id, target)).begin(call);
      }
      case 'enum':
        return this.begun(id, new EnumBranch(this, id, parts.locator.resolverFor(this.asker))).begin(
          target,
          parts.snapshot().rules.enum,
        );
      default:
        target satisfies never;
    }
  }

  private elsewhere(id: number, way: PeerWay, breadth: number): void {
    const known = { ...way, wanted: { ...way.wanted, asker: this.asker } };
    this.begun(id, new PeerBranch(this, id, known, breadth, this.proxy.parts)).begin();
  }

  /** Whom DNS is asked for: a user, whatever phone of his it is; of all others no more is known than where they are. */
  private get asker(): string {
    const { principal } = this.order;
    return principal.startsWith('u.') ? principal : sourceNetwork(this.tx.flow.remote.host);
  }

  private called(id: number, aor: string): void {
    const { order, proxy } = this;
    const caller = order.facts?.principal;
    if (this.method !== 'INVITE' || caller === undefined) return;
    this.rings ??= [];
    const before = this.rings.includes(aor); // and since then others may have called him
    this.rings[id] = aor;
    if (!before && id < this.pickedUp) proxy.parts.called(aor, this.request, order.talks ?? caller);
  }

  get ringingAt(): readonly string[] {
    return this.context.waiting.flatMap((id) => this.rings?.[id] ?? []);
  }

  pickUp(plan: Plan): void {
    this.pickedUp = this.branches.length;
    this.event({ type: 'pickUp', plan });
  }

  join(phone: Binding): void {
    // What somebody picked up rings at his phone alone.
    if (this.pickedUp === Number.POSITIVE_INFINITY) this.event({ type: 'join', phone });
  }

  /** A branch is known before it does anything: its first answer may be there at once. */
  private begun<B extends ForkBranch>(id: number, branch: B): B {
    this.branches[id] = branch;
    return branch;
  }

  private stillborn(id: number, status: number, outcome?: Outcome): void {
    this.branches[id] = stillbornBranch(undefined);
    this.event({ type: 'gone', branch: id, status, outcome });
  }

  routed(uris: readonly string[], ledBy: string | undefined): Plan | undefined {
    return this.recursing?.routed(uris, ledBy);
  }

  newBranch(): string {
    return this.transactions.branch(this.mark);
  }

  connectionNow({ flow, binding }: Destination): Flow | undefined {
    const { parts } = this.proxy;
    return binding && connectionOf(binding, flow, parts.snapshot().bindings(binding.aor), parts.transport);
  }

  lateAnswers(branch: Answered): ClientTransactionUser {
    const callee = this.order.within === undefined ? branch.callee : undefined;
    return new LateAnswers(this.tx, isFromOutside(this.order, branch), callee, this.proxy.parts);
  }

  print(id: number, branch: string, flow: Flow, to: Destination, breadth: number): string {
    const terms = { branch, flow, to, breadth, led: this.led?.get(id), pickedUp: id >= this.pickedUp };
    return printBranch(this.order, this.tx.flow, this.proxy.parts, terms);
  }

  private pass(id: number): void {
    const branch = this.branches[id]!;
    const response = branch.last!;
    this.tx.relay(response.status, printBackward(response, this.tx.flow, '', isFromOutside(this.order, branch)));
    if (response.status < 200) this.progress?.ringing(response);
    else this.progress?.answered(response, branch.callee!, this.rings?.[id]);
  }

  private answer(branch: ForkBranch | undefined, answered: number): void {
    // That a flow is gone is for proxies to know: no endpoint is to get a 430, but for what it sends on that flow (RFC 5626 §11.5, §5.3.1).
    const status = answered === 430 && this.order.within === undefined ? 480 : answered;
    const response = branch?.last?.status === status ? branch.last : undefined;
    const whyNot = response === undefined ? (branch?.why ?? (status === 503 ? UNREACHED : undefined)) : undefined;
    this.progress?.failed(ownStatus(status), whyNot, response?.reason);
    // A 408 for anything but INVITE would come after its client gave up (RFC 4320 §4.2).
    if (status === 408 && this.method !== 'INVITE') return this.tx.abandon();
    if (response !== undefined && status !== 503) {
      const more = status === 401 || status === 407 ? challengesBeside(response, this.branches) : '';
      return this.tx.relay(status, printBackward(response, this.tx.flow, more, isFromOutside(this.order, branch!)));
    }
    // What stands in DNS and in our network is told to users of the house alone.
    const why = this.order.facts?.principal.kind === 'user' ? branch?.why : undefined;
    const own = ownAnswer(status, why, this.proxy.parts.snapshot().domains.home.name, response);
    this.tx.respond(own.status, own.reason, own.lines);
  }

  lost(error: TransportError): void {
    const { log } = this.proxy.parts;
    if (log.wants('info')) log.info(`${this.method} ${this.request.callId}: ${error.hop}: ${error.why}`);
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.proxy.over(this.order, this);
    if (this.timers === undefined) return;
    for (const timer of this.timers.values()) timer.cancel();
    this.timers = undefined;
  }
}
