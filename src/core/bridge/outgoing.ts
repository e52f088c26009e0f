import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';
import type { Dialog } from '../../sip/dialog/dialog.ts';
import { askSession, minSe } from '../../sip/dialog/session.ts';
import { Request, type Response } from '../../sip/message/message.ts';
import { read } from '../../sip/message/read.ts';
import { retryAfter } from '../../sip/message/seconds.ts';
import type { TransactionLayer } from '../../sip/transaction/layer.ts';
import { TIMER_C } from '../../sip/transaction/timers.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import { ANSWERED_ELSEWHERE, type OutgoingLeg, type Way } from '../connector.ts';
import { MOST_CREDENTIALS } from './ask.ts';
import { type Calling, type CallingUser, Forks, type Inviting, printInvite } from './forks.ts';
import type { LegHome } from './leg.ts';
import { flowTowards, listens } from './next-hop.ts';
import { MOST_INTERVALS } from './session-timer.ts';
import { type Answers, FlowWire, type Sent, sendBy } from './wire.ts';

/** A server that says nothing for so long has its chance no more while there is another one, or another trunk (RFC 3263 §4.3). */
const NEXT_SERVER: Millis = 5_000;

export interface OutgoingParts {
  readonly home: LegHome;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly leg: OutgoingLeg;
  readonly provider: string;
  /** Who is called, as the house says it: a name-addr. */
  readonly name: string;
  readonly callId: string;
  readonly tag: string;
  /** What the INVITE says besides what the provider wants: abilities, content. */
  readonly lines: string;
  readonly body: string;
  readonly hops: number;
  /** Somebody else is called where the servers are silent. */
  readonly followed: boolean;
}

/** An INVITE of ours to a provider: its servers in their order, its challenges, and the forks beyond it. */
export class Outgoing implements Calling, Timed {
  readonly parts: OutgoingParts;
  private readonly user: CallingUser;
  private readonly forks: Forks;
  private readonly attempts: Attempt[] = [];
  private ways: readonly Way[] = [];
  private way = -1;
  private cseq = 0;
  private least = 0;
  private intervals = 0;
  private timer: Timer | undefined = undefined;
  private last: { readonly status: number; readonly response: Response | undefined } = { status: 503, response: undefined };
  private done = false;

  constructor(parts: OutgoingParts, user: CallingUser) {
    this.parts = parts;
    this.user = user;
    this.forks = new Forks({ home: parts.home, user, trunk: parts.leg, provider: parts.provider, name: parts.name });
  }

  begin(): void {
    this.parts.leg.ways((ways) => {
      this.ways = ways;
      if (!this.done) this.nextWay();
    });
  }

  get clock(): Clock {
    return this.parts.home.clock;
  }

  /** The next server that can be reached, else the end. */
  nextWay(): void {
    const way = this.ways[++this.way];
    if (way === undefined) return this.fail(this.last.status, this.last.response);
    const flow = way.open();
    if ('why' in flow) {
      way.failed(flow.why);
      return this.nextWay();
    }
    this.try(way, flow, '', 0);
  }

  private try(way: Way, flow: Flow, credentials: string, tries: number): void {
    this.arm('next server', NEXT_SERVER);
    const attempt = new Attempt(this, this.forks, way, flow, tries);
    this.attempts.push(attempt);
    attempt.sent = sendBy(this.parts.transactions, flow, true, 'INVITE', (via) => this.print(attempt, via, credentials), attempt);
  }

  private print(attempt: Attempt, via: string, credentials: string): string {
    const { leg, callId, tag, hops, lines, body } = this.parts;
    const { requestUri: uri, routes, sessionExpires } = leg;
    const cseq = ++this.cseq;
    const session = sessionExpires === undefined ? '' : askSession(sessionExpires, undefined, this.least);
    const contact = leg.contact(attempt.flow);
    const all = leg.headers + leg.inviteHeaders + credentials + session + lines;
    const text = printInvite({
      uri,
      via,
      hops,
      routes,
      from: `${leg.from};tag=${tag}`,
      callId,
      cseq,
      contact,
      lines: all,
      body,
    });
    attempt.text = text;
    attempt.contact = contact;
    return text;
  }

  timeout(timer: string): void {
    this.timer = undefined;
    if (timer === 'no answer') {
      this.cancel('');
      return this.user.failed(408, undefined);
    }
    // The server may still be at work: what it says later ends there.
    if (this.way + 1 < this.ways.length || this.parts.followed) {
      this.ways[this.way]?.failed('no answer');
      this.last = { status: 408, response: undefined };
      this.attempts.at(-1)!.late = true;
      this.nextWay();
    }
  }

  private arm(name: string, after: Millis): void {
    this.timer?.cancel();
    this.timer = this.clock.start(name, after, this);
  }

  cancel(reason: string): void {
    if (this.done) return;
    this.close(reason);
    for (const attempt of this.attempts) attempt.sent?.cancel(reason);
  }

  private close(reason: string): void {
    this.done = true;
    this.timer?.cancel();
    this.timer = undefined;
    this.forks.close(reason);
  }

  heard(attempt: Attempt, response: Response): void {
    const { status } = response;
    if (attempt.late && status < 200) return attempt.sent?.cancel('');
    if (status < 200) {
      if (this.done) return;
      this.arm('no answer', TIMER_C);
      if (status > 100) this.forks.response(response, attempt);
      return;
    }
    if (status < 300) {
      attempt.way.succeeded();
      this.done = true;
      this.timer?.cancel();
      this.forks.response(response, attempt);
      // A server that was silent too long has answered after all: the one that was tried in its place rings for nothing.
      for (const other of this.attempts) if (other !== attempt) other.sent?.cancel(ANSWERED_ELSEWHERE);
      return attempt.settle();
    }
    if (this.done || attempt.late) return;
    this.refused(attempt, response);
  }

  private refused(attempt: Attempt, response: Response): void {
    const { status } = response;
    const { way, flow, tries } = attempt;
    if ((status === 401 || status === 407) && tries < MOST_CREDENTIALS) {
      const credentials = this.parts.leg.authorize(response, 'INVITE', this.parts.leg.requestUri);
      if (credentials !== undefined) return this.try(way, flow, credentials, tries + 1);
    }
    if (status === 422 && minSe(response) > this.least && this.intervals++ < MOST_INTERVALS) {
      this.least = minSe(response);
      return this.try(way, flow, '', tries);
    }
    if (status === 503) {
      way.failed('503', retryAfter(response));
      this.last = { status, response };
      return this.nextWay();
    }
    way.succeeded();
    this.fail(status, response);
  }

  silent(attempt: Attempt, status: 408 | 503): void {
    if (this.done || attempt.late) return;
    attempt.way.failed(status === 408 ? 'no answer' : 'cannot be reached');
    this.last = { status, response: undefined };
    this.nextWay();
  }

  private fail(status: number, response: Response | undefined): void {
    if (this.done) return;
    this.close('');
    this.user.failed(status, response);
  }
}

/** One try at one server. Its transaction waits 32 seconds for further 2xx (RFC 6026 §7.2), and so keeps little by then. */
class Attempt implements Answers, Inviting {
  readonly way: Way;
  readonly flow: Flow;
  readonly tries: number;
  /** The INVITE as it was sent. */
  text = '';
  contact = '';
  sent: Sent | undefined = undefined;
  /** Another server was tried meanwhile. */
  late = false;
  private owner: Outgoing | undefined;
  private readonly forks: Forks;
  private readonly transport: TransportLayer;
  private readonly transactions: TransactionLayer;
  private read: Request | undefined = undefined;

  constructor(owner: Outgoing, forks: Forks, way: Way, flow: Flow, tries: number) {
    this.owner = owner;
    this.forks = forks;
    this.transport = owner.parts.transport;
    this.transactions = owner.parts.transactions;
    this.way = way;
    this.flow = flow;
    this.tries = tries;
  }

  get request(): Request {
    this.read ??= requestOf(this.text);
    return this.read;
  }

  /** It was answered. */
  settle(): void {
    this.owner = undefined;
    this.read = undefined;
  }

  wire(dialog: Dialog): FlowWire {
    const { transport, transactions, way } = this;
    return new FlowWire(
      transactions,
      this.flow,
      (flow) => flowTowards(dialog, flow, transport, () => opened(way)),
      (flow) => flow === this.flow || listens(dialog, flow), // the first is a server's by its name, behind no NAT
    );
  }

  response(response: Response): void {
    if (this.owner !== undefined) this.owner.heard(this, response);
    else if (response.status >= 200 && response.status < 300) this.forks.response(response, this);
  }

  unanswered(status: 408 | 503): void {
    this.owner?.silent(this, status);
  }
}

function opened(way: Way): Flow | undefined {
  const flow = way.open();
  return 'send' in flow ? flow : undefined;
}

/** A request of our own making, read as if it had come from a wire. */
function requestOf(text: string): Request {
  const request = read(text);
  if (!(request instanceof Request)) throw new Error('a request of our own making cannot be read');
  return request;
}
