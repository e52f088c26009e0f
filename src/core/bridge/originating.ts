import { askSession, minSe } from '../../sip/dialog/session.ts';
import { Request, type Response } from '../../sip/message/message.ts';
import { read } from '../../sip/message/read.ts';
import type { Originate, Originated, OriginateTerms, Originator } from '../connector.ts';
import type { Principal } from '../routing/decision.ts';
import { SESSION_EXPIRES } from './answering.ts';
import { type Calling, type CallingUser, Forks, type Inviting, printInvite } from './forks.ts';
import type { LegHome } from './leg.ts';
import { MOST_INTERVALS } from './session-timer.ts';
import { HouseWire } from './wire.ts';

export interface OriginatingParts {
  readonly home: LegHome;
  readonly house: Originate;
  readonly principal: Principal;
  readonly terms: OriginateTerms;
  /** The Request-URI, and that of To. */
  readonly uri: string;
  /** The value of From, without a tag. */
  readonly from: string;
  readonly callId: string;
  readonly tag: string;
  readonly contact: string;
  /** Whole lines: abilities, content, what the house is told of the caller. */
  readonly lines: string;
  readonly body: string;
  readonly hops: number;
}

/** An INVITE of ours into the house: it finds its phones as any other call does, by dispatch. */
export class Originating implements Calling {
  private readonly parts: OriginatingParts;
  private readonly user: CallingUser;
  private readonly forks: Forks;
  private originated: Originated | undefined = undefined;
  private cseq = 0;
  private least = 0;
  private intervals = 0;
  private done = false;

  constructor(parts: OriginatingParts, user: CallingUser) {
    this.parts = parts;
    this.user = user;
    this.forks = new Forks({ home: parts.home, user, trunk: undefined, provider: undefined, name: `<${parts.uri}>` });
  }

  begin(): void {
    const { house, principal, terms, uri, from, tag, callId, contact, lines, body, hops } = this.parts;
    const session = askSession(SESSION_EXPIRES, 'uac', this.least);
    const text = printInvite({
      uri,
      via: house.via(),
      hops,
      routes: [],
      from: `${from};tag=${tag}`,
      callId,
      cseq: ++this.cseq,
      contact,
      lines: session + lines,
      body,
    });
    const request = read(text);
    // What others made us say, such as where a transfer leads, may be too much for anybody to read.
    if (!(request instanceof Request)) return this.fail(503, undefined);
    this.originated = house.request(request, principal, new Attempt(this, this.forks, request, this.parts), terms);
  }

  cancel(reason: string): void {
    this.done = true;
    this.forks.close(reason);
    this.originated?.cancel(reason);
  }

  heard(attempt: Attempt, response: Response): void {
    const { status } = response;
    if (status < 300) return this.forks.response(response, attempt);
    if (status === 422 && !this.done && minSe(response) > this.least && this.intervals++ < MOST_INTERVALS) {
      this.least = minSe(response);
      return this.begin();
    }
    this.fail(status, response);
  }

  fail(status: number, response: Response | undefined): void {
    if (this.done) return;
    this.done = true;
    this.forks.close('');
    this.user.failed(status, response);
  }
}

/** One INVITE into the house. What leads there waits 32 seconds for further 2xx (RFC 6026 §7.2), and so this keeps little by then. */
class Attempt implements Originator, Inviting {
  readonly request: Request;
  readonly contact: string;
  private owner: Originating | undefined;
  private readonly forks: Forks;
  private readonly house: Originate;
  private readonly principal: Principal;

  constructor(owner: Originating, forks: Forks, request: Request, { contact, house, principal }: OriginatingParts) {
    this.owner = owner;
    this.forks = forks;
    this.request = request;
    this.contact = contact;
    this.house = house;
    this.principal = principal;
  }

  wire(): HouseWire {
    return new HouseWire(this.house, this.principal);
  }

  response(response: Response): void {
    const { owner } = this;
    if (response.status >= 200) this.owner = undefined;
    if (owner !== undefined) owner.heard(this, response);
    else if (response.status >= 200 && response.status < 300) this.forks.response(response, this);
  }

  unanswered(status: 408 | 503): void {
    const { owner } = this;
    this.owner = undefined;
    owner?.fail(status, undefined);
  }
}
