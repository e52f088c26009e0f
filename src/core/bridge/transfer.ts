import type { Request, Response } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import { escapeUser } from '../../sip/message/uri.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import type { Originate } from '../connector.ts';
import type { Principal } from '../routing/decision.ts';
import type { BridgedCall } from './bridged-call.ts';
import { allowLine, type Carried, carried, content, nothing, SUPPORTED } from './carried.ts';
import type { CallingUser } from './forks.ts';
import type { HandOver } from './hand-over.ts';
import type { Leg, LegHome } from './leg.ts';
import { afresh, join } from './offer.ts';
import { Originating } from './originating.ts';
import type { ReferTo } from './refer-to.ts';
import type { Referral } from './referral.ts';
import { ourContact } from './sides.ts';

export interface TransferParts {
  readonly home: LegHome;
  readonly house: Originate;
  readonly call: BridgedCall;
  /** Who transfers, and who is transferred. */
  readonly from: Leg;
  readonly who: Leg;
  /** Whose word it is: the target is routed for it, and nobody pays. */
  readonly principal: Principal;
  readonly to: ReferTo;
  /** The URI in the house that stands for the target. */
  readonly uri: string;
  readonly referredBy: string;
  readonly referral: Referral;
  readonly handOver: HandOver;
  word(): string;
}

/**
 * One REFER (RFC 3515, RFC 5589): the target is called with what the transferred side last said of its media; once it answers, both are
 * joined and the transferor leaves. If it fails the call goes on as it was; a transferor that has hung up by then is rung back.
 */
export class Transfer implements CallingUser {
  private readonly parts: TransferParts;
  private calling: Originating | undefined = undefined;
  /** What the one who is called now was offered. */
  private offered: Carried = nothing;
  /** The transferor is called, who was told how its transfer went. */
  private recalling = false;

  constructor(parts: TransferParts) {
    this.parts = parts;
  }

  begin(): void {
    const { call, to, uri } = this.parts;
    call.pending = this;
    this.parts.referral.notify(100, 'Trying', false);
    const replaces = to.replaces === undefined ? '' : line('Replaces', to.replaces.text) + line('Require', 'replaces');
    this.call(uri, line('Referred-By', this.parts.referredBy) + replaces);
  }

  private call(uri: string, lines: string): void {
    const { home, house, call, who, principal, handOver, word } = this.parts;
    const offer = afresh(who.heard);
    this.offered = offer;
    const bridged = { hangUp: (reason: string) => call.hangup(reason) };
    const terms = { unpaid: true, caller: handOver.userOf(who), talks: who.principal, bridged };
    this.calling = new Originating(
      {
        ...{ home, house, principal, terms, uri, from: who.name, callId: word(), tag: word() },
        ...{ contact: ourContact(word(), house.contactHost), body: offer.body, hops: 70 },
        lines: allowLine(who.facts) + SUPPORTED + lines + offer.lines,
      },
      this,
    );
    this.calling.begin();
  }

  provisional(leg: Leg, response: Response, rack: string | undefined): void {
    if (rack !== undefined) leg.prack(rack);
    if (!this.recalling) this.parts.referral.notify(response.status, response.reason, false);
  }

  answered(leg: Leg, response: Response): void {
    const { call, from, who, handOver } = this.parts;
    const { offered } = this;
    const offer = content(carried(response));
    // Who was called without an offer has made one, and its ACK holds the answer (RFC 3261 §13.2.2.4).
    const made =
      offered.body === '' && offer.body !== '' ? { offer, acknowledge: (body: Carried) => leg.acknowledge(body) } : undefined;
    if (made === undefined) leg.acknowledge();
    if (!this.recalling) this.parts.referral.succeeded();
    this.done();
    handOver.left(from, who);
    call.exchange(from, leg);
    join(who, leg, offered, () => call.hangup('SIP;cause=488'), made);
  }

  failed(status: number, response: Response | undefined): void {
    const { call, from } = this.parts;
    if (!this.recalling) this.parts.referral.notify(status, response?.reason ?? 'Not Reached', true);
    if (!from.ended) return this.done();
    if (!this.recalling && this.recall()) return;
    this.done();
    call.hangup(`SIP;cause=${status};text="The transfer failed"`);
  }

  /** The transferor is gone, and whom it wanted is not there: it is rung back. */
  private recall(): boolean {
    const { principal, house } = this.parts;
    if (principal.kind !== 'user') return false;
    this.recalling = true;
    this.call(`sip:${escapeUser(principal.name)}@${house.contactHost}`, line('Alert-Info', '<urn:alert:service:recall:calling>'));
    return true;
  }

  /** A side of the call has left meanwhile; false where that ends it. */
  left(leg: Leg): boolean {
    return leg === this.parts.from;
  }

  /** The call ends. */
  stop(reason: string): void {
    if (!this.recalling) this.parts.referral.notify(487, 'Request Terminated', true);
    this.done();
    this.calling?.cancel(reason);
  }

  private done(): void {
    this.parts.call.pending = undefined;
  }

  // What the new leg says before it is part of the call.

  request(leg: Leg, _request: Request, tx: ServerTransaction): void {
    leg.putOff(tx);
  }

  over(): void {}
}
