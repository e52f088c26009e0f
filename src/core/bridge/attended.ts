import type { BridgedCall, PendingTransfer } from './bridged-call.ts';
import { type Carried, content, nothing } from './carried.ts';
import type { HandOver } from './hand-over.ts';
import type { Leg } from './leg.ts';
import { type Acknowledge, afresh, join, Offer, type Offering } from './offer.ts';
import { type Referral, TRANSFERRED } from './referral.ts';

export interface AttendedParts {
  /** The call whose transferor asks, with its leg there ... */
  readonly call: BridgedCall;
  readonly from: Leg;
  /** ... and its other call, with its leg in that one: the one that Replaces names. */
  readonly second: BridgedCall;
  readonly replaced: Leg;
  readonly referral: Referral;
  readonly handOver: HandOver;
}

/** An attended transfer between two bridged calls (RFC 5589 §7): the two far sides become one call, the transferor leaves both. */
export class Attended implements Offering, PendingTransfer {
  private readonly parts: AttendedParts;
  private readonly who: Leg;
  private readonly target: Leg;
  private readonly offered: Carried;

  constructor(parts: AttendedParts, who: Leg, target: Leg) {
    this.parts = parts;
    this.who = who;
    this.target = target;
    this.offered = afresh(who.heard);
  }

  begin(): void {
    const { call, second, referral } = this.parts;
    call.pending = this;
    second.pending = this;
    referral.notify(100, 'Trying', false);
    new Offer(this.target, this.offered, this).begin();
  }

  answered(answer: Carried, acknowledge: Acknowledge | undefined): void {
    const { call, from, second, replaced, referral, handOver } = this.parts;
    if (this.over) return acknowledge?.(nothing);
    this.done();
    call.absorb(second);
    handOver.left(replaced, this.target);
    handOver.replaced(from, this.who, this.target, call);
    call.exchange(from, this.target);
    replaced.leave(TRANSFERRED);
    referral.succeeded();
    const made = acknowledge && { offer: content(answer), acknowledge };
    join(this.who, this.target, this.offered, () => call.hangup('SIP;cause=488'), made);
  }

  /** The calls stay as they were. */
  refused(status: number, reason: string): void {
    if (this.over) return;
    this.done();
    const { call, from, second, replaced, referral } = this.parts;
    referral.notify(status, reason, true);
    // Where the transferor has left meanwhile, nobody is there to go on with.
    if (from.ended) call.hangup(`SIP;cause=${status};text="The transfer failed"`);
    if (replaced.ended) second.hangup(`SIP;cause=${status};text="The transfer failed"`);
  }

  /** The transferor may leave both calls before they are joined. */
  left(leg: Leg): boolean {
    return leg === this.parts.from || leg === this.parts.replaced;
  }

  /** One of the two calls ends for good, and with it the other one. */
  stop(reason: string): void {
    this.done();
    this.parts.referral.notify(487, 'Request Terminated', true);
    this.parts.second.hangup(reason);
    if (this.parts.from.ended) this.parts.call.hangup(reason);
  }

  /** It ended while the target was asked. */
  private get over(): boolean {
    return this.parts.call.pending !== this;
  }

  private done(): void {
    this.parts.call.pending = undefined;
    this.parts.second.pending = undefined;
  }
}
