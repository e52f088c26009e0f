import { tidy } from '../../sip/dialog/dialog.ts';
import { answerSession } from '../../sip/dialog/session.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Request, Response } from '../../sip/message/message.ts';
import { printResponse } from '../../sip/message/print.ts';
import { T2 } from '../../sip/transaction/timers.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import { stamp } from '../../sip/transport/received.ts';
import { sessionWanted } from './answering.ts';
import { type Carried, carried, hasBody, nothing, optionLines, refusal, SUPPORTED } from './carried.ts';
import type { Leg } from './leg.ts';
import { Repeat } from './repeat.ts';
import type { Answers } from './wire.ts';

/**
 * A request that would change what a leg is changing already is refused (RFC 3261 §14.2, RFC 3311 §5.2). So is one for who has not acknowledged
 * the call yet, and perhaps has not even heard that it was answered (RFC 3261 §14.1); and one for who has left, for a transfer is to find
 * another one, who makes an offer then. True if it was.
 */
function refusedForGlare(leg: Leg, tx: ServerTransaction): boolean {
  const { modifying, peer } = leg;
  if (modifying === 'theirs') leg.putOff(tx, ' (another modification is under way)');
  else if (modifying === 'ours' || peer?.modifying !== undefined || peer?.state === 'accepted' || peer?.state === 'end')
    tx.respond(491, 'Request Pending');
  else return false;
  return true;
}

/** The session timer that the 2xx to a re-INVITE or UPDATE of the other side names; undefined: the interval is too small, and refused. */
function sessionLines(leg: Leg, request: Request, tx: ServerTransaction): { lines: string; agree(): void } | undefined {
  const answer = answerSession(request, leg.session.session?.seconds ?? sessionWanted(leg.trunk, request));
  if (answer.kind === 'session') return { lines: answer.lines, agree: () => leg.session.agree(answer.session, 'uas') };
  tx.respond(422, 'Session Interval Too Small', answer.lines);
  return undefined;
}

/** Tells one leg how the other one has refused its request. */
export function passRefusal(response: Response, tx: ServerTransaction): void {
  const { status, reason, carried: why } = refusal(response);
  tx.respond(status, reason, why.lines, why.body);
}

/** Tells one leg that the other one does not answer its request; but for an INVITE a 408 would come after its client gave up (RFC 4320 §4.2). */
export function passSilence(status: 408 | 503, tx: ServerTransaction): void {
  if (status === 408) tx.abandon();
  else tx.respond(503, 'The other side cannot be reached');
}

/** Whether an UPDATE or PRACK makes an offer. */
export const offersBody = (request: Request): boolean =>
  (request.method === 'UPDATE' || request.method === 'PRACK') && request.find(Field.contentType) >= 0 && hasBody(request);

/** An UPDATE; one without an offer says only where the other side is and that it lives, which is our own business (RFC 4028 §7.4). */
export function update(leg: Leg, request: Request, tx: ServerTransaction): void {
  const offers = offersBody(request);
  if (offers && refusedForGlare(leg, tx)) return;
  const session = sessionLines(leg, request, tx);
  if (session === undefined) return;
  const { peer } = leg;
  if (!offers || peer === undefined) {
    leg.dialog.refreshTarget(request);
    session.agree();
    return tx.respond(200, 'OK', leg.abilities(peer?.facts) + session.lines);
  }
  const body = carried(request);
  const before = peer.said;
  leg.modifying = 'theirs';
  peer.modifying = 'ours';
  peer.say(body);
  const done = () => {
    leg.modifying = undefined;
    peer.modifying = undefined;
  };
  peer.send('UPDATE', body.lines, body.body, {
    response(response) {
      if (response.status < 200) return;
      done();
      peer.session.refreshed(response);
      if (response.status >= 300) {
        peer.said = before;
        return passRefusal(response, tx);
      }
      const answer = carried(response);
      leg.dialog.refreshTarget(request);
      leg.hear(request);
      leg.say(answer);
      session.agree();
      tx.respond(response.status, response.reason, leg.abilities(peer.facts) + session.lines + answer.lines, answer.body);
    },
    unanswered(status) {
      done();
      peer.said = before;
      passSilence(status, tx);
    },
  });
}

/** A re-INVITE of one leg on its way through the other: offers and answers pass unread, also one in the ACK (RFC 3261 §14). */
export class Reinvite implements Answers {
  private readonly from: Leg;
  private readonly to: Leg;
  private readonly request: Request;
  private readonly tx: ServerTransaction;
  private readonly via: string;
  private readonly session: { readonly lines: string; agree(): void };
  /** What was last said to the other side, and holds if it refuses this. */
  private readonly before: Carried;
  private readonly asked: { readonly cseq: number; cancel(reason: string): void };
  /** The other side's 2xx holds an offer: its ACK waits for the answer. */
  private offered = false;
  private answered = false;

  static begin(from: Leg, to: Leg, request: Request, tx: ServerTransaction): void {
    if (refusedForGlare(from, tx)) return;
    const session = sessionLines(from, request, tx);
    if (session !== undefined) new Reinvite(from, to, request, tx, session);
  }

  private constructor(from: Leg, to: Leg, request: Request, tx: ServerTransaction, session: { lines: string; agree(): void }) {
    this.from = from;
    this.to = to;
    this.request = request;
    this.tx = tx;
    this.via = stamp(request.via, tx.flow);
    this.session = session;
    from.modifying = 'theirs';
    to.modifying = 'ours';
    const body = carried(request);
    this.before = to.said;
    to.say(body);
    this.asked = to.send('INVITE', optionLines(request, false) + body.lines, body.body, this);
    tx.cancelled = (reason) => this.asked.cancel(tidy(reason.join(', ')));
  }

  response(response: Response): void {
    const { status } = response;
    if (status < 200) return;
    if (status >= 300) return this.refused(response);
    if (this.answered) return this.to.acks.send(this.asked.cseq);
    this.answered = true;
    const { from, to } = this;
    const answer = carried(response);
    this.offered = !hasBody(this.request) && answer.body !== '';
    if (!this.offered) this.acknowledgeOther(nothing);
    to.session.refreshed(response);
    // Who has hung up meanwhile acknowledges nothing any more (RFC 3261 §15.1.2).
    if (from.ended) {
      if (this.offered) this.acknowledgeOther(nothing);
      return this.tx.respond(487, 'Request Terminated');
    }
    from.dialog.refreshTarget(this.request);
    from.hear(this.request);
    from.say(answer);
    this.session.agree();
    const lines = (from.trunk?.headers ?? '') + from.abilities(to.facts) + SUPPORTED;
    const text = printResponse(
      this.request,
      this.via,
      status,
      response.reason,
      '',
      lines + this.session.lines + answer.lines,
      answer.body,
    );
    const again = () => this.tx.relay(status, text);
    // No ACK: the caller of the re-INVITE is not there any more (RFC 3261 §13.3.1.4).
    const repeat = new Repeat(from.clock, '2xx', T2, { again, unheard: () => from.lost(408) });
    from.acks.await(this.request.cseq.number, repeat, (ack) => this.acknowledged(ack));
    again();
  }

  private acknowledged(ack: Carried): void {
    this.from.modifying = undefined;
    if (this.offered) this.acknowledgeOther(ack);
  }

  private acknowledgeOther(body: Carried): void {
    this.to.modifying = undefined;
    this.to.ackModification(this.asked.cseq, body);
  }

  private refused(response: Response): void {
    this.undo();
    passRefusal(response, this.tx);
  }

  unanswered(status: 408 | 503): void {
    this.undo();
    this.tx.respond(status === 408 ? 504 : 503, 'The other side does not answer');
  }

  private undo(): void {
    this.from.modifying = undefined;
    this.to.modifying = undefined;
    this.to.said = this.before;
  }
}
