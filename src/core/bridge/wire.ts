import { after, type Timed, type Timer } from '../../runtime/clock.ts';
import { Request, type Response } from '../../sip/message/message.ts';
import { read } from '../../sip/message/read.ts';
import { type ClientTransaction, nobody } from '../../sip/transaction/client.ts';
import type { TransactionLayer } from '../../sip/transaction/layer.ts';
import { T2, TIMEOUT } from '../../sip/transaction/timers.ts';
import type { ClientTransactionUser } from '../../sip/transaction/user.ts';
import { type Flow, viaLine } from '../../sip/transport/flow.ts';
import { UDP_MOST } from '../../sip/transport/large.ts';
import type { Originate } from '../connector.ts';
import { flowOrAgain } from '../location/reopen.ts';
import type { Principal } from '../routing/decision.ts';

/** Who sent a request and hears what comes of it. */
export interface Answers {
  response(response: Response): void;
  /** No answer will come: 408 of a silent side, 503 of one that cannot be reached. */
  unanswered(status: 408 | 503): void;
}

/** A request under way. */
export interface Sent {
  /** Only for an INVITE; goes out as soon as it may (RFC 3261 §9.1). */
  cancel(reason: string): void;
}

/**
 * Prints a request with our Via line. `home`: it goes to the host that the dialog began at, for no other is given what a password can be guessed
 * from (security S9).
 */
export type Print = (via: string, home: boolean) => string;

/** How requests of ours within a dialog get to its other side. */
export interface Wire {
  /** Where the other side reaches us now, as `host:port`; undefined: where it did when the dialog began. */
  readonly sentBy?: string | undefined;
  /** The way that the dialog has is closed, and the other side was told of no other. */
  readonly closed: boolean;
  send(method: string, print: Print, answers: Answers): Sent;
  ack(print: (via: string) => string): void;
  /** A request of the other side came by this flow. */
  heard(flow: Flow): void;
}

/** By a flow: to a phone that called out, or to a provider. */
export class FlowWire implements Wire {
  sentBy: string | undefined = undefined;
  private readonly transactions: TransactionLayer;
  private readonly way: (flow: Flow) => Flow | undefined;
  private readonly grows: (flow: Flow) => boolean;
  private readonly moves: boolean;
  private readonly home: string;
  private flow: Flow;
  /** By which the last Contact of ours went that was taken: the other side knows of it. */
  private told: Flow | undefined = undefined;

  /**
   * `flow`: by which the dialog came; `way`: the one that leads there when a request is sent. `grows`: whether one that is too long for UDP may
   * be tried by TCP there. `moves`: who speaks from elsewhere is there from then on, for the connection that he had may seem open long after he
   * is gone.
   */
  constructor(
    transactions: TransactionLayer,
    flow: Flow,
    way: (flow: Flow) => Flow | undefined,
    grows: (flow: Flow) => boolean,
    moves = false,
  ) {
    this.transactions = transactions;
    this.flow = flow;
    this.home = flow.remote.host;
    this.way = way;
    this.grows = grows;
    this.moves = moves;
  }

  get closed(): boolean {
    return !this.flow.open && this.told?.open !== true;
  }

  /** Who lost its connection and speaks again has the new one from then on, by whatever transport. */
  heard(flow: Flow): void {
    if (flow.transport === this.flow.transport) this.sentBy = flow.point.sentBy;
    if (!this.flow.open || (this.moves && this.flow.transport === flow.transport)) this.flow = flow;
  }

  send(method: string, print: Print, answers: Answers): Sent {
    const flow = this.way(this.flow);
    if (flow === undefined) {
      answers.unanswered(503);
      return unsent;
    }
    const home = flow.remote.host === this.home;
    this.sentBy = flow.point.sentBy;
    const told = method === 'INVITE' || method === 'UPDATE' ? this.telling(flow, answers) : answers;
    return sendBy(this.transactions, flow, this.grows(flow), method, (via) => print(via, home), told);
  }

  /** A request that says where we are may get nowhere, or be refused: only who takes it knows. */
  private telling(flow: Flow, answers: Answers): Answers {
    return {
      response: (response) => {
        if (response.status >= 200 && response.status < 300) this.told = flow;
        answers.response(response);
      },
      unanswered: (status) => answers.unanswered(status),
    };
  }

  ack(print: (via: string) => string): void {
    const flow = this.way(this.flow);
    flow?.send(print(viaLine(flow, this.transactions.branch())));
  }
}

/** `grows`: as `FlowWire` says. */
export function sendBy(
  transactions: TransactionLayer,
  flow: Flow,
  grows: boolean,
  method: string,
  print: (via: string) => string,
  answers: Answers,
): Sent {
  const sent = new SentByFlow(transactions, method, answers);
  const branch = transactions.branch();
  const via = viaLine(flow, branch);
  const text = print(via);
  const { large } = transactions.transport;
  const big = grows && flow.transport === 'udp' && text.length > UDP_MOST ? large.bigFlow(flow) : undefined;
  if (big === undefined) sent.send(flow, branch, text);
  else sent.sendLarge({ flow, via, text }, big);
  return sent;
}

/** A request as it would leave by UDP, with our Via in it. */
interface Small {
  readonly flow: Flow;
  readonly via: string;
  readonly text: string;
}

const unsent: Sent = { cancel() {} };

/** A client transaction; its CANCEL waits for the first provisional response. */
class SentByFlow implements Sent, ClientTransactionUser, Timed {
  client: ClientTransaction | undefined = undefined;
  private timer: Timer | undefined = undefined;
  private cancelled = false;
  private readonly transactions: TransactionLayer;
  private readonly method: string;
  private readonly answers: Answers;
  private reason: string | undefined = undefined;
  /** What to come back to if the TCP connection that the size asked for does not come up (RFC 3261 §18.1.1). */
  private small: Small | undefined = undefined;

  constructor(transactions: TransactionLayer, method: string, answers: Answers) {
    this.transactions = transactions;
    this.method = method;
    this.answers = answers;
  }

  send(flow: Flow, branch: string, text: string): void {
    this.client = this.transactions.send(branch, this.method, text, flow, this);
  }

  /** The size alone asks for TCP: all but the Via stays as it was, for the dialog is one by UDP. */
  sendLarge(small: Small, big: Flow): void {
    this.small = small;
    this.sendAgain(small, big);
  }

  private sendAgain({ text, via }: Small, flow: Flow): void {
    const branch = this.transactions.branch();
    this.send(
      flow,
      branch,
      text.replace(via, () => viaLine(flow, branch)),
    );
  }

  cancel(reason: string): void {
    this.reason ??= reason;
    this.noteSilence();
    this.cancelNow();
  }

  /** The next request shall not go by TCP for its size where this one found nobody who speaks SIP by it. */
  private noteSilence(): void {
    if (this.small !== undefined) this.transactions.transport.large.rememberSilent(this.small.flow, this.client!.since);
  }

  private cancelNow(): void {
    if (this.reason === undefined || this.cancelled || this.client?.provisional !== true) return;
    this.cancelled = true;
    // A callee that never ends its INVITE after a CANCEL is not waited for (RFC 3261 §9.1).
    this.timer = this.transactions.clock.start('gave-up', TIMEOUT, this);
    this.sendCancel(this.client, this.reason);
  }

  /** A way that is gone for a moment leaves nobody ringing: it is tried anew until the INVITE ends, as that of a BYE is. */
  private sendCancel(client: ClientTransaction, reason: string): void {
    if (!client.provisional) return;
    const { transactions } = this;
    const again = () => this.sendCancel(client, reason);
    const transportFailed = () => void after(transactions.clock, 'CANCEL again', T2, again);
    const way = flowOrAgain(transactions.transport, client.flow, undefined) ?? client.flow;
    transactions.sendCancel(client, reason, way, { ...nobody, transportFailed });
  }

  timeout(): void {
    this.client?.abandon();
    this.answers.unanswered(408);
  }

  response(response: Response): void {
    if (response.status >= 200) this.timer?.cancel();
    this.small = undefined;
    this.cancelNow();
    this.answers.response(response);
  }

  timedOut(): void {
    this.noteSilence();
    this.answers.unanswered(408);
  }

  transportFailed(): void {
    const { small } = this;
    this.small = undefined;
    if (small === undefined || this.reason !== undefined) return this.answers.unanswered(503);
    this.transactions.transport.large.rememberSmall(small.flow);
    this.sendAgain(small, small.flow);
  }
}

/** Through dispatch: to a phone that was called by `Originate`, by the Record-Route of our own proxy. */
export class HouseWire implements Wire {
  readonly closed = false;
  private readonly house: Originate;
  private readonly principal: Principal;

  constructor(house: Originate, principal: Principal) {
    this.house = house;
    this.principal = principal;
  }

  heard(): void {}

  send(_method: string, print: Print, answers: Answers): Sent {
    const request = read(print(this.house.via(), true));
    if (request instanceof Request) return this.house.request(request, this.principal, answers);
    // What a dialog says of itself, such as its route, may be too much for anybody to read.
    answers.unanswered(503);
    return unsent;
  }

  ack(print: (via: string) => string): void {
    const request = read(print(this.house.via()));
    if (request instanceof Request) this.house.ack(request);
  }
}
