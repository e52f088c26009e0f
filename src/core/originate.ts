import type { Random } from '../runtime/random.ts';
import { type Request, Response } from '../sip/message/message.ts';
import { printResponse } from '../sip/message/print.ts';
import { read } from '../sip/message/read.ts';
import type { ServerTransaction } from '../sip/transaction/user.ts';
import { type Flow, type ListeningPoint, transportParam } from '../sip/transport/flow.ts';
import type { Originate, Originated, OriginateTerms, Originator } from './connector.ts';
import type { Dispatch } from './dispatch.ts';
import { pointToName } from './point-to-name.ts';
import type { Principal } from './routing/decision.ts';

export interface OriginationParts {
  readonly random: Random;
  readonly dispatch: Dispatch;
  /** Our listening points as they are now. */
  points(): readonly ListeningPoint[];
}

/** Puts requests of our own making on their way as if a phone had sent them. */
export class Origination implements Originate {
  private readonly parts: OriginationParts;

  constructor(parts: OriginationParts) {
    this.parts = parts;
  }

  via(): string {
    return `Via: SIP/2.0/TCP house.invalid;branch=z9hG4bK${this.parts.random.hex(8)}\r\n`;
  }

  get contactHost(): string {
    const { sentBy, transport } = pointToName(this.parts.points()) ?? this.point;
    return sentBy + transportParam(transport);
  }

  request(request: Request, principal: Principal, originator: Originator, terms: OriginateTerms = {}): Originated {
    const tx = new OwnTransaction(request, new HouseFlow(this.point), originator, this.parts.random.hex(6));
    this.parts.dispatch.originate(request, principal, tx, terms);
    return { cancel: (reason) => tx.cancelled?.(reason === '' ? [] : [reason]) };
  }

  ack(request: Request): void {
    this.parts.dispatch.ack(request, new HouseFlow(this.point));
  }

  made(flow: Flow): boolean {
    return flow instanceof HouseFlow;
  }

  /** Over UDP if we can: a name and no way, for phones are led by the proxy's Record-Route. */
  private get point(): ListeningPoint {
    const points = this.parts.points();
    const point = points.find(({ transport }) => transport === 'udp') ?? points[0];
    if (point === undefined) throw new Error('nothing listens: no request of our own can be made');
    return point;
  }
}

/** Where requests of our own come from: nowhere. Nothing can be sent there, and no name of a flow leads there. */
class HouseFlow implements Flow {
  readonly transport = 'tcp';
  readonly point: ListeningPoint;
  readonly remote = { host: 'house.invalid', port: 0 };
  readonly connection = 'house';
  readonly reliable = true;
  readonly open = true;
  readonly peer = undefined;

  constructor(point: ListeningPoint) {
    this.point = point;
  }

  get local() {
    return this.point.address;
  }

  trust(): void {}

  send(): void {}
}

/** The server transaction of a request that no wire brought: its responses go to who made it. */
class OwnTransaction implements ServerTransaction {
  readonly request: Request;
  readonly flow: Flow;
  completed = false;
  cancelled: ((reason: readonly string[]) => void) | undefined = undefined;
  ended: (() => void) | undefined = undefined;
  private readonly originator: Originator;
  private readonly toTag: string;
  private accepted = false;

  constructor(request: Request, flow: Flow, originator: Originator, toTag: string) {
    this.request = request;
    this.flow = flow;
    this.originator = originator;
    this.toTag = toTag;
  }

  respond(status: number, reason: string, extra = '', body = ''): void {
    const { request } = this;
    if (this.completed) return;
    const tag = status > 100 && request.to.tag === undefined ? this.toTag : '';
    this.relay(status, printResponse(request, request.via.text, status, reason, tag, extra, body));
  }

  respondStateless(status: number, reason: string, extra = ''): void {
    this.respond(status, reason, extra);
  }

  relay(status: number, text: string): void {
    // Further 2xx pass: those of a fork, and what a phone repeats (RFC 6026 §7.1).
    if (this.completed && !(this.accepted && status >= 200 && status < 300)) return;
    if (status >= 200) {
      this.accepted = status < 300;
      this.finish();
    }
    if (status === 100) return;
    const response = read(text);
    if (response instanceof Response) this.originator.response(response);
    else if (status >= 300) this.originator.unanswered(503); // the challenges of many phones in one may be too much to read
  }

  abandon(): void {
    if (this.completed) return;
    this.finish();
    this.originator.unanswered(408);
  }

  private finish(): void {
    this.completed = true;
    this.cancelled = undefined;
    this.ended?.();
    this.ended = undefined;
  }
}
