import type { ServerTransaction } from '../../sip/transaction/user.ts';
import { Answering, type OneSide } from './answering.ts';
import type { BridgedCall } from './bridged-call.ts';
import { type Carried, carried, content, nothing } from './carried.ts';
import type { HandOver } from './hand-over.ts';
import { type Leg, nobody } from './leg.ts';
import { type Acknowledge, afresh, Offer, type Offering } from './offer.ts';

const REPLACED = 'SIP;cause=200;text="Call replaced"';

export interface ReplacementParts {
  /** What answers the INVITE. */
  readonly answering: OneSide;
  readonly call: BridgedCall;
  /** The leg that it names, and the one that it will be joined to. */
  readonly old: Leg;
  readonly other: Leg;
  readonly handOver: HandOver;
}

/**
 * An INVITE with Replaces for a leg of a bridged call (RFC 3891 §3): what it offers is offered to the other leg, and with that one's answer it
 * takes the place of the leg that it names.
 */
export class Replacement implements Offering {
  private readonly parts: ReplacementParts;
  private readonly answering: Answering;
  private readonly by: Leg;
  private cancelled = false;

  constructor(parts: ReplacementParts) {
    this.parts = parts;
    this.answering = new Answering(parts.answering, nobody);
    this.by = this.answering.early(parts.other);
  }

  begin(tx: ServerTransaction): void {
    tx.cancelled = () => {
      this.cancelled = true;
      this.refused(487, 'Request Terminated');
    };
    const { other } = this.parts;
    new Offer(other, content(carried(this.answering.request)), this).begin();
  }

  /** `acknowledge`: it offers nothing, and has the answer to what is offered in its ACK. */
  answered(answer: Carried, acknowledge: Acknowledge | undefined): void {
    const { by } = this;
    const { call, old, other, handOver } = this.parts;
    // The caller gave up, the call is being transferred meanwhile, it ended, or somebody else has taken the place.
    if (this.cancelled || call.pending !== undefined || old.peer !== other) {
      acknowledge?.(nothing);
      this.refused(481, 'Call/Transaction Does Not Exist');
      // It heard of media that nobody sends: back to what it has.
      const { peer } = other;
      if (peer !== undefined)
        new Offer(other, afresh(peer.heard), { answered: (_, theirs) => theirs?.(nothing), refused() {} }).begin();
      return;
    }
    handOver.replaced(old, other, by, call);
    call.exchange(old, by);
    this.answering.accept(by, { status: 200, reason: 'OK' }, answer, (ack) => acknowledge?.(ack));
    old.leave(REPLACED);
  }

  refused(status: number, reason: string): void {
    this.answering.refuse(status, reason, nothing);
  }
}
