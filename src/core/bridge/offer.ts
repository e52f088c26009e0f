import type { Timed } from '../../runtime/clock.ts';
import type { Response } from '../../sip/message/message.ts';
import { type Carried, carried, content, nothing, SUPPORTED } from './carried.ts';
import type { Leg } from './leg.ts';
import type { Answers } from './wire.ts';

/** Sends the ACK that holds the answer to an offer in a 2xx (RFC 3261 §13.2.2.4). */
export type Acknowledge = (answer: Carried) => void;

/** Who makes an offer of its own to a leg. */
export interface Offering {
  /** `acknowledge`: the leg was asked for an offer and has made one, and nobody else answers it; undefined where it has answered. */
  answered(answer: Carried, acknowledge: Acknowledge | undefined): void;
  refused(status: number, reason: string): void;
}

/** How often it is tried while other modifications are under way. */
const MOST = 6;

/** A re-INVITE of our own making: joins two legs that were not set up for each other (RFC 3725 §4). */
export class Offer implements Answers, Timed {
  private readonly leg: Leg;
  private readonly body: Carried;
  private readonly offering: Offering;
  /** What was last said to it, and holds if it refuses this. */
  private before: Carried = nothing;
  private tries = 0;
  private done = false;

  /** `body`: empty to ask for an offer. */
  constructor(leg: Leg, body: Carried, offering: Offering) {
    this.leg = leg;
    this.body = body;
    this.offering = offering;
  }

  begin(): void {
    const { leg, body } = this;
    if (leg.ended) return this.offering.refused(481, 'Call/Transaction Does Not Exist');
    if (leg.refusesClear(body.body)) return this.offering.refused(488, 'Not Acceptable Here');
    if (leg.modifying !== undefined) return this.later();
    leg.modifying = 'ours';
    this.before = leg.said;
    leg.say(body);
    leg.send('INVITE', SUPPORTED + body.lines, body.body, this);
  }

  timeout(): void {
    this.begin();
  }

  private later(): void {
    if (++this.tries >= MOST) return this.offering.refused(491, 'Request Pending');
    this.leg.clock.start('glare', this.leg.pause, this);
  }

  response(response: Response): void {
    const { leg } = this;
    const { status } = response;
    if (status < 200) return;
    const cseq = response.cseq.number;
    if (this.done) return leg.acks.send(cseq);
    if (status >= 300) {
      leg.modifying = undefined;
      leg.said = this.before;
      return status === 491 ? this.later() : this.offering.refused(status, response.reason);
    }
    this.done = true;
    leg.session.refreshed(response);
    const acknowledge = (answer: Carried) => {
      leg.modifying = undefined;
      leg.ackModification(cseq, answer);
    };
    const said = carried(response);
    const offers = this.body.body === '' && said.body !== '';
    if (!offers) acknowledge(nothing);
    this.offering.answered(said, offers ? acknowledge : undefined);
  }

  unanswered(status: 408 | 503): void {
    this.leg.modifying = undefined;
    this.leg.said = this.before;
    this.offering.refused(status, 'Not Reached');
  }
}

/** What one side last said of its media, as an offer to another: without the hold that it was in with a third one. */
export function afresh(body: Carried): Carried {
  const { lines } = content(body);
  return { lines, body: body.body.replace(/^a=(?:sendonly|recvonly|inactive)\r?\n/gm, '') };
}

/** The offer of a leg that was called or asked without one. */
export interface Made {
  readonly offer: Carried;
  readonly acknowledge: Acknowledge;
}

/**
 * Lets two legs know each other's media: what the second one said is offered to the first. Where its answer is other than what the second
 * was offered before (`before`), that one is offered the answer in its turn; where it has `made` an offer itself, it is the answer to that.
 */
export function join(first: Leg, second: Leg, before: Carried, failed: () => void, made: Made | undefined): void {
  new Offer(first, made?.offer ?? afresh(second.heard), {
    answered(answer, acknowledge) {
      if (made !== undefined) return made.acknowledge(content(answer));
      if (answer.body === '' || sameMedia(answer, before)) return;
      // The first had nothing to answer, and has made an offer.
      new Offer(second, acknowledge === undefined ? afresh(answer) : content(answer), {
        answered: (theirs) => acknowledge?.(content(theirs)),
        refused() {
          acknowledge?.(nothing);
          failed();
        },
      }).begin();
    },
    refused() {
      made?.acknowledge(nothing); // there is no answer: a BYE follows
      failed();
    },
  }).begin();
}

/** But for the line that says who wrote it and how often. */
function sameMedia(a: Carried, b: Carried): boolean {
  const media = ({ body }: Carried) => body.replace(/^o=.*\r?\n/m, '');
  return media(a) === media(b);
}
