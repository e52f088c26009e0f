import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';
import type { Response } from '../../sip/message/message.ts';
import { type ClientTransaction, nobody } from '../../sip/transaction/client.ts';
import type { TransactionLayer } from '../../sip/transaction/layer.ts';
import { T2, TIMEOUT, TIMER_C } from '../../sip/transaction/timers.ts';
import type { ClientTransactionUser } from '../../sip/transaction/user.ts';
import { type Flow, remoteText, type TransportError } from '../../sip/transport/flow.ts';
import { mayBeLarge, UDP_MOST } from '../../sip/transport/large.ts';
import { flowOrAgain } from '../location/reopen.ts';
import type { Outcome } from '../routing/decision.ts';
import type { Destination } from './destination.ts';
import type { ForkBranch } from './fork-branch.ts';
import type { BranchEvent } from './fork-event.ts';
import { leadsOn } from './forward.ts';
import type { Answered } from './late-answers.ts';

/** The request that is forked. */
export interface Forked {
  readonly clock: Clock;
  readonly transactions: TransactionLayer;
  readonly method: string;
  /** The characters of the request as it came, before our own lines are added. */
  readonly length: number;
  /** Who passes on the 2xx that come after the first. */
  lateAnswers(branch: Answered): ClientTransactionUser;
  newBranch(): string;
  /** The connection that a phone has registered by meanwhile, if it has. */
  connectionNow(to: Destination): Flow | undefined;
}

/** Who has made a branch, and hears of it. */
export interface BranchOwner {
  readonly forked: Forked;
  /** The request for the branch with this number, whose Via says `branch`. */
  print(id: number, branch: string, flow: Flow, to: Destination, breadth: number): string;
  event(event: BranchEvent): void;
  lost(error: TransportError): void;
}

/** One branch of a forwarded request: a client transaction, its CANCEL and timer C (RFC 3261 §16.6-8). */
export class Branch implements ForkBranch, ClientTransactionUser, Timed {
  readonly id: number;
  /** The last response that came, as the context may want it passed on. */
  last: Response | undefined = undefined;
  flow: Flow | undefined = undefined;
  private readonly owner: BranchOwner;
  private readonly destination: Destination;
  private readonly breadth: number;
  private client: ClientTransaction | undefined = undefined;
  private timer: Timer | undefined = undefined;
  private cancelReason: string | undefined = undefined;
  private cancelled = false;
  private cancelSince: Millis | undefined = undefined;
  /** The UDP flow to come back to if the TCP connection that the size asked for does not come up. */
  private small: Flow | undefined = undefined;
  /** Timer C has run out: nobody answered, whatever the phone says to our CANCEL. */
  private expired = false;
  private done = false;

  constructor(owner: BranchOwner, id: number, destination: Destination, breadth: number) {
    this.owner = owner;
    this.id = id;
    this.destination = destination;
    this.breadth = breadth;
  }

  private get forked(): Forked {
    return this.owner.forked;
  }

  /** As in our Record-Route: where the length of the INVITE alone made it TCP, the dialog is at UDP. */
  get callee(): Flow | undefined {
    const { flow } = this.destination;
    return flow.transport === 'udp' ? flow : this.flow;
  }

  get outside(): boolean {
    return this.destination.foreign === true;
  }

  get why(): undefined {
    return undefined;
  }

  begin(): void {
    const { flow, behindNat } = this.destination;
    const mayGrow = flow.transport === 'udp' && !behindNat && mayBeLarge(this.forked.length);
    const big = mayGrow ? this.forked.transactions.transport.large.bigFlow(flow) : undefined;
    if (big !== undefined) this.small = flow;
    this.send(big ?? flow);
  }

  private send(flow: Flow): void {
    const { forked, owner } = this;
    this.flow = flow;
    const branch = forked.newBranch();
    const text = owner.print(this.id, branch, flow, this.destination, this.breadth);
    if (this.small !== undefined && flow.reliable && text.length <= UDP_MOST) {
      const { small } = this;
      this.small = undefined;
      return this.send(small);
    }
    this.client = forked.transactions.send(branch, forked.method, text, flow, this);
    if (forked.method === 'INVITE') this.arm('C', TIMER_C);
  }

  /** CANCEL goes out after the first provisional response, and is remembered till then; only for an INVITE (RFC 3261 §9.1). */
  cancel(reason: string): void {
    if (this.cancelled || this.done || this.forked.method !== 'INVITE') return;
    this.cancelReason = reason;
    this.noteSilence();
    if (this.client?.withdraw() === true) return this.end(487);
    if (this.client?.provisional === true) this.sendCancel();
  }

  /** Takes a request back whose connection has not come up: that counts as one that was refused. False if it has left. */
  withdraw(): boolean {
    const { client } = this;
    if (this.done || client?.withdraw() !== true) return false;
    this.transportFailed({ why: 'the connection did not come up in time', hop: remoteText(client.flow) });
    return true;
  }

  private sendCancel(): void {
    const { client, forked } = this;
    if (client === undefined) return;
    const { transport } = forked.transactions;
    const { destination } = this;
    const way = this.flow?.open
      ? this.flow
      : (forked.connectionNow(destination) ?? flowOrAgain(transport, client.flow, destination.otherwise));
    this.cancelled = true;
    this.cancelSince ??= forked.clock.now();
    if (way === undefined) return this.cancelLost(client);
    const waits = way === client.flow && way.reliable; // its answer may come by a newer connection
    const hears = {
      ...nobody,
      transportFailed: () => waits || this.done || this.cancelLost(client),
      // Begun anew since, it knows nothing of the INVITE, and will not answer it (RFC 3261 §9.2).
      response: ({ status }: Response) => status !== 481 || way === client.flow || this.done || this.giveUp(),
    };
    this.arm('gave-up', TIMEOUT);
    forked.transactions.sendCancel(client, this.cancelReason ?? '', way, hears);
  }

  /**
   * Nothing leads there any more: the caller need not wait for a 487 that cannot be asked for. The link of datagrams may be back soon, and whoever
   * is called shall not ring on then: as if the CANCEL had been lost on its way, it is repeated (RFC 3261 §17.1.2.2).
   */
  private cancelLost(client: ClientTransaction): void {
    const { clock } = this.forked;
    if (client.flow.transport !== 'udp' || clock.now() - this.cancelSince! >= TIMEOUT) return this.giveUp();
    this.arm('E', T2);
  }

  timeout(timer: string): void {
    this.timer = undefined;
    if (timer === 'E') return this.sendCancel();
    // A callee that never ends its INVITE after a CANCEL is not waited for (RFC 3261 §9.1).
    if (timer !== 'C') return this.giveUp();
    this.cancelReason = '';
    this.expired = true;
    this.sendCancel();
  }

  private giveUp(): void {
    this.client?.abandon();
    this.end(this.expired ? 408 : 487);
  }

  private arm(name: string, after: number): void {
    this.timer?.cancel();
    this.timer = this.forked.clock.start(name, after, this);
  }

  private end(status: number, outcome?: Outcome): void {
    if (this.done) return;
    this.finish();
    this.owner.event({ type: 'gone', branch: this.id, status, outcome });
  }

  private finish(): void {
    this.done = true;
    this.timer?.cancel();
    this.timer = undefined;
  }

  timedOut(): void {
    if (this.cancelReason !== undefined) return this.end(487);
    const { small } = this;
    this.noteSilence();
    this.small = undefined;
    // Of anything but an INVITE nobody awaits the outcome any more (RFC 4320 §4.2).
    if (small !== undefined && this.forked.method === 'INVITE') return this.send(small); // RFC 3263 §4.3
    this.end(408, 'silent'); // nobody is there who could have answered
  }

  /** The next request shall not go by TCP for its size where this one found nobody who speaks SIP by it. */
  private noteSilence(): void {
    const { small, client } = this;
    if (small !== undefined && client !== undefined) this.forked.transactions.transport.large.rememberSilent(small, client.since);
  }

  transportFailed(error: TransportError): void {
    if (this.cancelReason !== undefined) return this.end(487);
    if (this.small !== undefined) {
      const { small } = this;
      this.small = undefined;
      this.forked.transactions.transport.large.rememberSmall(small);
      return this.send(small); // the size alone asked for TCP (RFC 3261 §18.1.1)
    }
    this.owner.lost(error);
    this.end(503);
  }

  response(response: Response, flow: Flow): void {
    const passes = leadsOn(response);
    const status = passes ? response.status : this.unusable(response);
    this.last = passes ? response : undefined;
    // Who lost its connection and answers by another one is reached by that from then on.
    if (this.flow?.open === false && this.flow.transport === flow.transport) this.flow = flow;
    this.small = undefined;
    if (status < 200) {
      if (status > 100 && this.timer?.name === 'C') this.arm('C', TIMER_C);
      if (this.cancelReason !== undefined && !this.cancelled) this.sendCancel();
    } else this.finish();
    if (status === 487 && this.expired) this.owner.event({ type: 'gone', branch: this.id, status: 408 });
    else this.owner.event({ type: 'answer', branch: this.id, status });
    if (status < 200 || status >= 300) return;
    this.last = undefined;
    this.client?.handOver(this.forked.lateAnswers(this));
  }

  /** What an answer counts as that is nobody's but ours: no more than a sign of life, or a failure (RFC 3261 §16.7 step 3). */
  private unusable({ status }: Response): number {
    if (status < 200) return 100;
    const why = `the ${status} bears no Via but ours, so that it is for nobody`;
    if (!this.done) this.owner.lost({ why, hop: remoteText(this.flow!) });
    return 502;
  }
}
