import { askSession, minSe } from '../../sip/dialog/session.ts';
import type { Request, Response } from '../../sip/message/message.ts';
import type { Originate, Originated, OriginateTerms } from '../connector.ts';
import type { Principal } from '../routing/decision.ts';
import { SESSION_EXPIRES } from './answering.ts';
import { type Calling, type CallingUser, Forks, printInvite } from './forks.ts';
import type { LegHome } from './leg.ts';
import { MOST_INTERVALS } from './session-timer.ts';
import { HouseWire, requestOf } from './wire.ts';

export interface OriginatingParts {
  readonly home: LegHome;
  readonly house: Originate;
  readonly principal: Principal;
  readonly terms: OriginateTerms;
  readonly uri: string;
  /** The values of From and To, without tags. */
  readonly from: string;
  readonly to: string;
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
  private request: Request | undefined = undefined;
  private cseq = 0;
  private least = 0;
  private intervals = 0;
  private done = false;

  constructor(parts: OriginatingParts, user: CallingUser) {
    this.parts = parts;
    this.user = user;
    this.forks = new Forks({ home: parts.home, user, trunk: undefined, provider: undefined, name: parts.to });
  }

  begin(): void {
    const { house, principal, terms, uri, from, tag, to, callId, contact, lines, body, hops } = this.parts;
    const session = askSession(SESSION_EXPIRES, 'uac', this.least);
    const text = printInvite({
      ...{ uri, via: house.via(), hops, routes: [], from: `${from};tag=${tag}`, to, callId, cseq: ++this.cseq, contact },
      ...{ lines: session + lines, body },
    });
    const request = requestOf(text);
    this.request = request;
    this.originated = house.request(
      request,
      principal,
      { response: (response) => this.heard(response, request), unanswered: (status) => this.fail(status, undefined) },
      terms,
    );
  }

  cancel(reason: string): void {
    if (this.done) return;
    this.done = true;
    this.forks.close(reason);
    this.originated?.cancel(reason);
  }

  private heard(response: Response, sent: Request): void {
    const { house, principal, contact } = this.parts;
    const { status } = response;
    if (status < 300) {
      if (status >= 200) this.done = true;
      return this.forks.response(response, { request: sent, contact, wire: () => new HouseWire(house, principal) });
    }
    if (this.done || sent !== this.request) return;
    if (status === 422 && minSe(response) > this.least && this.intervals++ < MOST_INTERVALS) {
      this.least = minSe(response);
      return this.begin();
    }
    this.fail(status, response);
  }

  private fail(status: number, response: Response | undefined): void {
    if (this.done) return;
    this.done = true;
    this.forks.close('');
    this.user.failed(status, response);
  }
}
