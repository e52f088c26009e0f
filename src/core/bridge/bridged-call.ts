import type { Millis, Timed, Timer } from '../../runtime/clock.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Request, Response } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import { parseSeconds } from '../../sip/message/seconds.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import { Answering, type OneSide } from './answering.ts';
import { carried, hasBody, isTooLarge, nothing, refusal } from './carried.ts';
import type { Calling, CallingUser } from './forks.ts';
import type { Leg } from './leg.ts';
import { offersBody, passRefusal, passSilence, Reinvite, update } from './modification.ts';

/** Who keeps the calls. */
export interface CallHome {
  ended(call: BridgedCall): void;
  /** A transfer asked for by one side. */
  refer(call: BridgedCall, leg: Leg, request: Request, tx: ServerTransaction): void;
}

/** Who is told what becomes of a call: its budget, the table of calls. */
export interface BridgedProgress {
  /** Absent where it was answered before. */
  answered?(): void;
  /** Once, however it went. `by`: whose side hung up; undefined for us. */
  ended(by: Leg | undefined): void;
}

/** A call that nobody ends is ended then, whatever it costs by now. */
const LONGEST: Millis = 12 * 3_600_000;
const TOO_LONG = 'SIP;cause=408;text="The call has reached its limit"';

/** A transfer under way. */
export interface PendingTransfer {
  /** Whether the call lives on without a leg that has left. */
  left(leg: Leg): boolean;
  /** The call ends. */
  stop(reason: string): void;
}

/** Two legs that are one call: the INVITE that we answer, the one that we send for it, and what comes after them (RFC 7092). */
export class BridgedCall implements CallingUser, Timed {
  readonly answering: Answering;
  private readonly home: CallHome;
  private readonly progress: BridgedProgress[];
  private limit: Timer | undefined = undefined;
  private calling: Calling | undefined = undefined;
  private isOver = false;
  private heir: BridgedCall | undefined = undefined;
  /** A transfer that one side has asked for. */
  pending: PendingTransfer | undefined = undefined;
  /** The two sides of an answered call. */
  legs: readonly [Leg, Leg] | undefined = undefined;

  constructor(home: CallHome, parts: OneSide, progress?: BridgedProgress) {
    this.home = home;
    this.progress = progress === undefined ? [] : [progress];
    this.answering = new Answering(parts, this, () => this.fail(504, 'Server Time-out (no PRACK)'));
  }

  /** The other side is called from now on. */
  begin(calling: Calling, start: () => void): void {
    this.calling = calling;
    const { request, clock } = this.answering;
    // An invitation that has expired is over, and what rings for it too (RFC 3261 §13.3.1).
    const seconds = parseSeconds(request.get(Field.expires));
    if (seconds !== undefined) this.limit = clock.start('invitation expires', Math.min(seconds * 1_000, LONGEST), this);
    try {
      start();
    } catch (error) {
      this.hangup(''); // a bug costs this one call, and not its place in the budget for ever
      throw error;
    }
  }

  provisional(leg: Leg, response: Response, rack: string | undefined): void {
    const near = this.joined(leg);
    // Nobody asked for it: our own PRACK keeps it from being repeated (RFC 3262 §4).
    const relayed = rack !== undefined && this.answering.reliable;
    if (rack !== undefined && !relayed) leg.prack(rack);
    this.answering.provisional(near, response, relayed ? rack : undefined);
  }

  answered(leg: Leg, response: Response): void {
    const near = this.joined(leg);
    this.legs = [near, leg];
    const answer = carried(response);
    // An offer in the 2xx is answered in the ACK, which is the caller's to write (RFC 3261 §13.2.2.4).
    const offered = !hasBody(this.answering.request) && answer.body !== '';
    for (const one of this.progress) one.answered?.();
    this.limit?.cancel();
    this.limit = leg.clock.start('call limit', LONGEST, this);
    this.answering.accept(near, response, answer, (ack) => {
      if (offered) leg.acknowledge(ack);
    });
    if (!offered) leg.acknowledge();
  }

  failed(status: number, response: Response | undefined): void {
    this.close();
    if (response === undefined) return this.answering.refuse(status, 'Not Reached', nothing);
    const told = refusal(response);
    this.answering.refuse(told.status, told.reason, told.carried);
  }

  /** The caller gives up (RFC 3261 §9.2). */
  cancelled(reason: string): void {
    if (this.legs === undefined) this.fail(487, 'Request Terminated', reason);
  }

  /** `cause`: the value of a Reason header for whoever rings, empty for none. */
  private fail(status: number, reason: string, cause = ''): void {
    if (this.isOver) return;
    this.calling?.cancel(cause);
    this.close();
    this.answering.refuse(status, reason, nothing);
  }

  /** The early dialog to the caller that belongs to one of the other side. */
  private joined(leg: Leg): Leg {
    leg.peer ??= this.answering.early(leg);
    return leg.peer;
  }

  over(leg: Leg, reason: string): void {
    if (this.isOver) return;
    // A BYE within an early dialog of the caller gives the call up (RFC 3261 §15).
    if (this.legs === undefined) return leg.role === 'uas' ? this.cancelled(reason) : undefined;
    if (!this.legs.includes(leg) || this.pending?.left(leg) === true) return;
    this.finish(reason, leg);
  }

  /** Another leg takes the place of one, which is no part of the call any more. */
  exchange(old: Leg, by: Leg): void {
    const other = old.peer;
    if (this.isOver || other === undefined) return by.end('');
    old.detach();
    by.user = this;
    by.peer = other;
    other.peer = by;
    this.legs = [other, by];
  }

  /** Somebody else is told of it from now on. */
  tell(progress: BridgedProgress): void {
    this.progress.push(progress);
  }

  /** The legs of another call are this one's from now on: what it cost is counted on, and whoever ends it ends this one. */
  absorb(other: BridgedCall): void {
    other.limit?.cancel();
    other.isOver = true;
    other.heir = this;
    this.progress.push(...other.progress);
    this.home.ended(other);
  }

  /** Ends both sides. `reason`: values of a Reason header, empty for none. */
  hangup(reason: string): void {
    if (this.heir !== undefined) return this.heir.hangup(reason);
    if (this.isOver) return;
    if (this.legs === undefined) return this.fail(487, 'Request Terminated');
    this.finish(reason, undefined);
  }

  /** It has lasted as long as it may, or as there was money for. */
  timeout(): void {
    this.hangup(TOO_LONG);
  }

  private finish(reason: string, by: Leg | undefined): void {
    this.close(by); // first, for what is pending may end it as well
    this.pending?.stop(reason);
    for (const leg of this.legs ?? []) {
      leg.end(reason);
      leg.detach();
    }
  }

  private close(by?: Leg): void {
    this.isOver = true;
    this.limit?.cancel();
    for (const one of this.progress) one.ended(by);
    this.home.ended(this);
  }

  request(leg: Leg, request: Request, tx: ServerTransaction): void {
    const { peer } = leg;
    if (isTooLarge(request)) return tx.respond(513, 'Message Too Large');
    if (
      (request.method === 'INVITE' || offersBody(request)) &&
      (leg.refusesClear(request.body) || peer?.refusesClear(request.body) === true)
    )
      return tx.respond(488, 'Not Acceptable Here (the provider wants encrypted media)');
    switch (request.method) {
      case 'PRACK':
        return this.prack(leg, request, tx);
      case 'UPDATE':
        return update(leg, request, tx);
      case 'INVITE':
        // The one before is not acknowledged yet, and its ACK may hold an answer (RFC 3261 §14.2).
        if (peer === undefined || leg.state !== 'confirmed') return leg.putOff(tx);
        return Reinvite.begin(leg, peer, request, tx);
      case 'REFER':
        return this.home.refer(this, leg, request, tx);
      // Nobody has subscribed to anything through us, but phones do what a NOTIFY of `talk` or `check-sync` says (security S23).
      case 'NOTIFY':
      case 'SUBSCRIBE':
        return tx.respond(489, 'Bad Event');
      default:
        // It has not acknowledged the call yet, and perhaps not even heard that it was answered: a 481 would end it (RFC 3261 §12.2.1.2).
        return peer?.state === 'accepted' ? leg.putOff(tx) : relay(leg, peer, request, tx, '');
    }
  }

  private prack(leg: Leg, request: Request, tx: ServerTransaction): void {
    const rack = this.answering.acknowledged(leg, request);
    if (rack === undefined) return tx.respond(481, 'Call/Transaction Does Not Exist');
    leg.hear(request);
    relay(leg, leg.peer, request, tx, line('RAck', rack));
  }
}

/** A request of one side that is the other side's to answer: INFO, MESSAGE, PRACK, and what nobody has thought of yet. */
function relay(from: Leg, to: Leg | undefined, request: Request, tx: ServerTransaction, lines: string): void {
  // It has left, and a transfer is to find another one: a 481 would end what waits for that (RFC 3261 §12.2.1.2).
  if (to === undefined || to.state === 'end') return from.putOff(tx);
  const body = carried(request);
  to.say(body);
  to.send(request.method, lines + body.lines, body.body, {
    response(response) {
      if (response.status < 200) return;
      if (response.status >= 300) return passRefusal(response, tx);
      const answer = carried(response);
      to.hear(response);
      from.say(answer);
      tx.respond(response.status, response.reason, answer.lines, answer.body);
    },
    unanswered: (status) => passSilence(status, tx),
  });
}
