import type { Millis, Timed, Timer } from '../../runtime/clock.ts';
import type { Located, NextHop } from '../../sip/locate/hop.ts';
import type { Response } from '../../sip/message/message.ts';
import { retryAfter } from '../../sip/message/seconds.ts';
import type { Flow, TransportError } from '../../sip/transport/flow.ts';
import { ANSWERED_ELSEWHERE } from '../connector.ts';
import { Branch, type BranchOwner, type Forked } from './branch.ts';
import type { Destination } from './destination.ts';
import { asksForPassword, type ForkBranch } from './fork-branch.ts';
import type { BranchEvent } from './fork-event.ts';
import { type HopAction, type HopEvent, HopWalk } from './hop-walk.ts';
import { reachable } from './may-reach.ts';
import type { ProxyParts } from './order.ts';
import type { PeerWay } from './peer-way.ts';

/** What a branch that goes to another domain needs. */
export type PeerParts = Pick<ProxyParts, 'locator' | 'isProvider' | 'transport' | 'log'>;

/** How long a living server takes at most to say anything at all: 100 is due within 200 ms of an INVITE (RFC 3261 §17.2.1). */
const SILENT_INVITE: Millis = 1_200;
/** Of any other request the first sign may be a 100 after three retransmissions (RFC 4320 §4.1). */
const SILENT_OTHER: Millis = 4_000;
/** How long a connection takes at most to come up before the next hop is tried beside it (RFC 8305 §5); TLS takes two turns more. */
const CONNECTING: Readonly<Record<'tcp' | 'tls', Millis>> = { tcp: 300, tls: 1_000 };
/**
 * The same where nobody waits by the telephone: the request is taken back then, and only then goes elsewhere. Two connections that come up
 * late would deliver it twice, and a message is read twice where a call rings once.
 */
const CONNECTING_OTHER: Millis = 2_000;

/**
 * A branch that goes to another domain (RFC 3263 §4): its next hops are found, and tried as `HopWalk` says, each by a client transaction
 * with a Via branch of its own. The Request-URI stays as it was dialed, whatever host it leads to.
 */
export class PeerBranch implements ForkBranch, BranchOwner, Timed {
  readonly outside = true;
  last: Response | undefined = undefined;
  why: string | undefined = undefined;
  callee: Flow | undefined = undefined;
  private readonly id: number;
  private readonly owner: BranchOwner;
  private readonly way: PeerWay;
  private readonly breadth: number;
  private readonly parts: PeerParts;
  private readonly walk = new HopWalk();
  private hops: readonly NextHop[] = [];
  private readonly tries: (Branch | undefined)[] = [];
  private search: { cancel(): void } | undefined = undefined;
  private timer: Timer | undefined = undefined;
  private cancelReason: string | undefined = undefined;
  /** What happened in the middle of a step. */
  private pending: HopEvent[] | undefined = undefined;

  constructor(owner: BranchOwner, id: number, way: PeerWay, breadth: number, parts: PeerParts) {
    this.owner = owner;
    this.id = id;
    this.way = way;
    this.breadth = breadth;
    this.parts = parts;
  }

  begin(): void {
    this.search = this.parts.locator.locate(this.way.wanted, (located) => this.located(located));
  }

  cancel(reason: string): void {
    if (this.cancelReason !== undefined) return;
    this.cancelReason = reason;
    this.search?.cancel();
    this.step({ type: 'cancel' });
  }

  private located(located: Located): void {
    if (located.kind === 'failed') return this.unlocated(located.status, located.why);
    const { hops, why } = reachable(located.hops, this.way, this.parts);
    if (why !== undefined) return this.unlocated(403, why);
    this.hops = hops;
    this.step({ type: 'located', hops: hops.length });
  }

  private unlocated(status: number, why: string): void {
    const { log } = this.parts;
    this.why = why;
    if (log.wants('info')) log.info(`${this.way.wanted.host}: ${why}`);
    this.step({ type: 'unlocated', status });
  }

  private step(event: HopEvent): void {
    if (this.pending !== undefined) {
      this.pending.push(event);
      return;
    }
    const pending = [event];
    this.pending = pending;
    try {
      for (let next = pending.shift(); next !== undefined; next = pending.shift())
        for (const action of this.walk.step(next)) this.act(action);
    } finally {
      this.pending = undefined; // what comes after a bug in one step is still a step
    }
  }

  private act(action: HopAction): void {
    const { locator } = this.parts;
    switch (action.do) {
      case 'try':
        return this.try(action.hop);
      case 'wait':
        return this.arm(this.patience);
      case 'stop waiting':
        this.timer?.cancel();
        return;
      case 'cancel':
        return this.tries[action.hop]?.cancel(this.cancelReason ?? ANSWERED_ELSEWHERE);
      case 'grey':
        return locator.failed(this.hops[action.hop]!, this.retryAfter(action.hop));
      case 'well':
        return locator.succeeded(this.hops[action.hop]!);
      case 'give':
        return this.give(action.hop, action.status);
      case 'gone':
        return this.gone(action.status);
      default:
        action satisfies never;
    }
  }

  /** What a hop that has no room asked for, in seconds. */
  private retryAfter(hop: number): number | undefined {
    const response = this.tries[hop]?.last;
    return response?.status === 503 ? retryAfter(response) : undefined;
  }

  private gone(status: number): void {
    if (status === 487) return this.owner.event({ type: 'gone', branch: this.id, status });
    const domain = this.hops[0]?.domain;
    if (domain !== undefined)
      this.why ??= status === 408 ? `no server of ${domain} answers` : `no server of ${domain} takes calls now`;
    this.owner.event({ type: 'gone', branch: this.id, status, outcome: 'unreachable' });
  }

  private try(at: number): void {
    const hop = this.hops[at]!;
    const flow = this.parts.transport.flowTo(hop);
    if (!('send' in flow)) {
      this.lost(flow);
      return this.step({ type: 'barred', hop: at });
    }
    const destination = { flow, uri: this.way.uri, path: nothing, behindNat: false, foreign: true, otherwise: hop };
    const branch = new Branch(this, at, destination, this.breadth);
    this.tries[at] = branch;
    branch.begin();
  }

  /** How long the newest hop may be silent: at first only as long as its connection may take to come up. */
  private get patience(): Millis {
    // A request that goes to a UDP server by TCP for its size comes back to UDP by itself.
    const hop = this.hops[this.tries.length - 1];
    if (hop === undefined || hop.transport === 'udp') return this.silence;
    return this.forked.method === 'INVITE' ? CONNECTING[hop.transport] : CONNECTING_OTHER;
  }

  private get silence(): Millis {
    return this.forked.method === 'INVITE' ? SILENT_INVITE : SILENT_OTHER;
  }

  private arm(wait: Millis): void {
    this.timer?.cancel();
    this.timer = this.forked.clock.start(wait === this.silence ? 'silent' : 'connecting', wait, this);
  }

  timeout(timer: string): void {
    const newest = this.tries.at(-1);
    const flow = newest?.flow;
    if (this.forked.method !== 'INVITE' && flow?.reliable === true) {
      // What a connection carries arrives once: its answer is waited for, or its end.
      if (newest?.withdraw() === true && newest.flow?.reliable === false) this.arm(this.silence);
    } else if (timer === 'connecting' && flow?.up !== false) this.arm(this.silence);
    else this.step({ type: 'silent' });
  }

  private give(hop: number, status: number): void {
    const branch = this.tries[hop]!;
    this.callee = branch.callee;
    if (status === 401 || status === 407) {
      this.why = asksForPassword(this.hops[hop]!.domain);
      return this.owner.event({ type: 'gone', branch: this.id, status: 403 });
    }
    this.last = branch.last;
    const accepted = status >= 200 && status < 300;
    // Where a call runs, silence is no sign that nobody is there.
    if (accepted && this.forked.method === 'INVITE' && branch.flow?.reliable === true) branch.flow.trust();
    this.owner.event({ type: 'answer', branch: this.id, status });
    if (accepted) this.last = undefined;
  }

  // What the branch of each hop needs of its owner.

  event({ type, branch, status }: BranchEvent): void {
    this.step({ type, hop: branch, status });
  }

  lost(error: TransportError): void {
    this.why = `${error.hop}: ${error.why}`;
    this.owner.lost(error);
  }

  get forked(): Forked {
    return this.owner.forked;
  }

  print(_hop: number, branch: string, flow: Flow, to: Destination, breadth: number): string {
    return this.owner.print(this.id, branch, flow, to, breadth);
  }
}

const nothing: readonly string[] = [];
