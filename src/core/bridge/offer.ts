import type { Millis, Timed } from '../../runtime/clock.ts';
import type { Response } from '../../sip/message/message.ts';
import { type Carried, carried, content, nothing, SUPPORTED } from './carried.ts';
import type { Leg } from './leg.ts';
import type { Answers } from './wire.ts';

/** Who makes an offer of its own to a leg. */
export interface Offering {
  /** Whether it was asked for an offer, and has the answer to it: then `acknowledge` is its to call. */
  readonly asks?: boolean;
  answered(answer: Carried, acknowledge: (body: Carried) => void): void;
  refused(status: number, reason: string): void;
}

/** How often it is tried while other modifications are under way. */
const MOST = 6;

/** A re-INVITE of our own making: joins two legs that were not set up for each other (RFC 3725 §4). */
export class Offer implements Answers, Timed {
  private readonly leg: Leg;
  private readonly body: Carried;
  private readonly offering: Offering;
  private readonly wait: (owner: boolean) => Millis;
  private asked: { readonly cseq: number } | undefined = undefined;
  /** What was last said to it, and holds if it refuses this. */
  private before: Carried = nothing;
  private tries = 0;
  private done = false;

  /** `body`: empty to ask for an offer. `wait`: how long after a 491 (RFC 3261 §14.1). */
  constructor(leg: Leg, body: Carried, wait: (owner: boolean) => Millis, offering: Offering) {
    this.leg = leg;
    this.body = body;
    this.wait = wait;
    this.offering = offering;
  }

  begin(): void {
    const { leg, body } = this;
    if (leg.ended) return this.offering.refused(481, 'Call/Transaction Does Not Exist');
    if (leg.modifying !== undefined) return this.later();
    leg.modifying = 'ours';
    this.before = leg.said;
    leg.say(body);
    this.asked = leg.send('INVITE', SUPPORTED + body.lines, body.body, this);
  }

  timeout(): void {
    this.begin();
  }

  private later(): void {
    if (++this.tries >= MOST) return this.offering.refused(491, 'Request Pending');
    this.leg.clock.start('glare', this.wait(this.leg.role === 'uac'), this);
  }

  response(response: Response): void {
    const { leg } = this;
    const { status } = response;
    if (status < 200) return;
    const cseq = this.asked?.cseq ?? response.cseq.number;
    if (this.done) return leg.ackAgain(cseq);
    leg.modifying = undefined;
    if (status >= 300) leg.said = this.before;
    if (status === 491) return this.later();
    if (status >= 300) return this.offering.refused(status, response.reason);
    this.done = true;
    leg.session.refreshed(response);
    if (this.offering.asks !== true) leg.ackModification(cseq, nothing);
    this.offering.answered(carried(response), (body) => leg.ackModification(cseq, body));
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

/**
 * Lets two legs know each other's media: what the second one said is offered to the first. Where its answer is other than what the second
 * was offered before (`before`), that one is offered the answer in its turn.
 */
export function join(first: Leg, second: Leg, before: Carried, wait: (owner: boolean) => Millis, failed: () => void): void {
  new Offer(first, afresh(second.heard), wait, {
    answered(answer) {
      if (sameMedia(answer, before)) return;
      new Offer(second, afresh(answer), wait, { answered() {}, refused: failed }).begin();
    },
    refused: failed,
  }).begin();
}

/** But for the line that says who wrote it and how often. */
function sameMedia(a: Carried, b: Carried): boolean {
  const media = ({ body }: Carried) => body.replace(/^o=.*\r?\n/m, '');
  return media(a) === media(b);
}
