import { after, type Clock, type Millis } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';
import { type Dialog, tidy } from '../../sip/dialog/dialog.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Message, Request } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import { T2, TIMEOUT } from '../../sip/transaction/timers.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import type { TrunkLeg } from '../connector.ts';
import type { Principal } from '../routing/decision.ts';
import { Acks } from './acks.ts';
import { Ask } from './ask.ts';
import { allowLine, type Carried, carried, content, nothing, unsupported } from './carried.ts';
import { SessionTimer } from './session-timer.ts';
import { type LegEvent, type LegState, uacLeg, uasLeg } from './tables.ts';
import type { Answers, Sent, Wire } from './wire.ts';

/** Who keeps the legs, by Call-ID and tags. */
export interface LegHome {
  readonly clock: Clock;
  readonly random: Pick<Random, 'below'>;
  add(leg: Leg): void;
  remove(leg: Leg): void;
}

/** The call that a leg belongs to. */
export interface LegUser {
  /** A request within the dialog that is not the leg's own business. */
  request(leg: Leg, request: Request, tx: ServerTransaction): void;
  /** The other side has left. `reason`: of its BYE. */
  over(leg: Leg, reason: string): void;
}

export interface LegParts {
  readonly role: 'uac' | 'uas';
  readonly dialog: Dialog;
  readonly wire: Wire;
  /** Our Contact, in angle brackets. */
  readonly contact: string;
  /** What a provider wants of every request; undefined on the side of the house. */
  readonly trunk: TrunkLeg | undefined;
  /** The name of that provider. */
  readonly provider: string | undefined;
  /** Who called, by what he proved; undefined where we did. */
  readonly principal: Principal | undefined;
  /** Who is there, as the house says it: a name-addr. */
  readonly name: string;
}

const REASON_481 = 'SIP;cause=481;text="Call/Transaction Does Not Exist"';

/** One side of a bridged call: a dialog of ours with one user agent, early or confirmed (RFC 7092 §3). */
export class Leg {
  readonly role: 'uac' | 'uas';
  readonly dialog: Dialog;
  readonly wire: Wire;
  readonly trunk: TrunkLeg | undefined;
  readonly provider: string | undefined;
  readonly principal: Principal | undefined;
  readonly name: string;
  readonly session: SessionTimer;
  readonly acks = new Acks(this);
  user: LegUser;
  /** The leg that it is joined to. */
  peer: Leg | undefined = undefined;
  state: LegState | 'end' = 'early';
  /** A re-INVITE or an UPDATE with an offer is under way: theirs, or ours (RFC 3261 §14, RFC 3311 §5). */
  modifying: 'theirs' | 'ours' | undefined = undefined;
  /** The session descriptions that were last sent to and heard from the other side. */
  said: Carried = nothing;
  heard: Carried = nothing;
  /** What the other side said of itself in the message that made the dialog: its Allow and Supported. */
  facts: Message | undefined;
  private inviteCseq = 0;
  private reason = '';
  private readonly home: LegHome;
  private readonly firstContact: string;

  constructor(home: LegHome, user: LegUser, parts: LegParts, facts: Message) {
    this.home = home;
    this.user = user;
    this.role = parts.role;
    this.dialog = parts.dialog;
    this.wire = parts.wire;
    this.firstContact = parts.contact;
    this.trunk = parts.trunk;
    this.provider = parts.provider;
    this.principal = parts.principal;
    this.name = parts.name;
    this.facts = facts;
    this.session = new SessionTimer(home.clock, this);
    this.hear(facts);
    home.add(this);
  }

  get clock(): Clock {
    return this.home.clock;
  }

  /** How long after a 491: from 2.1 to 4 seconds for whoever made the Call-ID, below 2 for the other, in steps of 10 ms (RFC 3261 §14.1). */
  get pause(): Millis {
    const { random } = this.home;
    return this.role === 'uac' ? 2_100 + random.below(191) * 10 : random.below(201) * 10;
  }

  /** What comes while something else is under way shall come again when chance says (RFC 3261 §14.2, RFC 3311 §5.2). `why`: in brackets. */
  putOff(tx: ServerTransaction, why = ''): void {
    tx.respond(500, `Server Internal Error${why}`, line('Retry-After', `${this.home.random.below(11)}`));
  }

  get ended(): boolean {
    return this.state === 'end' || this.state === 'leaving';
  }

  /** Our Contact as it is now: the address of this machine may be another one than when the dialog began (RFC 3261 §12.2). */
  get contact(): string {
    const { sentBy } = this.wire;
    return sentBy === undefined ? this.firstContact : this.firstContact.replace(/@[^;>]*/, () => `@${sentBy}`);
  }

  /** Whether there ever was a 2xx. */
  get answered(): boolean {
    return this.inviteCseq > 0;
  }

  /** Whether the other side takes requests of a method, as far as it said so. */
  allows(method: string): boolean {
    return this.facts?.list(Field.allow).includes(method) === true;
  }

  /** Whether the provider here takes no offer whose media may go in clear, such as this one. */
  refusesClear(offer: string): boolean {
    return this.trunk?.refusesClear(offer) === true;
  }

  /** Keeps the session description of what came, if there is one. */
  hear(message: Message): void {
    const body = carried(message);
    if (isSession(body)) this.heard = content(body);
  }

  /** The 2xx to the INVITE that made the dialog went out or came in; `cseq`: of that INVITE. */
  accept(cseq: number): void {
    this.inviteCseq = cseq;
    this.run('accept');
  }

  /** The ACK may go to the other side, with what the other leg's ACK held. */
  acknowledge(body: Carried = nothing): void {
    if (this.role === 'uac' && this.state === 'accepted') this.acks.keep(this.inviteCseq, body);
    this.say(body);
    this.run('acknowledge');
  }

  unheard(): void {
    this.reason = 'SIP;cause=408;text="No ACK"';
    this.run('unheard');
  }

  /** It is part of no call any more. */
  detach(): void {
    this.user = nobody;
    this.peer = undefined;
  }

  /** Ends the dialog, with a BYE if it is confirmed. `reason`: values of a Reason header, empty for none (RFC 3326). */
  end(reason: string): void {
    this.reason ||= reason;
    this.run('end');
  }

  /** Another leg has taken its place: it ends, and nobody else with it. */
  leave(reason: string): void {
    this.detach();
    this.end(reason);
  }

  /** The other side has left. */
  gone(reason: string): void {
    this.reason = reason;
    this.run('gone');
  }

  /** It says that there is no such dialog, or nothing at all (RFC 3261 §12.2.1.2): our BYE is for what it may still hold. */
  lost(status: number): void {
    const reason = status === 481 ? REASON_481 : `SIP;cause=${status}`;
    if (this.ended || this.state === 'early') return;
    this.end(reason);
    this.user.over(this, reason);
  }

  private run(event: LegEvent): void {
    if (this.state === 'end') return;
    const cell = (this.role === 'uas' ? uasLeg : uacLeg)[this.state][event];
    if (cell === undefined) return;
    this.state = cell[0];
    if (this.state === 'end') this.finish();
    for (let i = 1; i < cell.length; i++)
      if (cell[i] === 'ack') this.acks.sendFirst(this.inviteCseq);
      else if (cell[i] === 'bye') this.insist('BYE', this.reason === '' ? '' : line('Reason', this.reason));
      else this.user.over(this, this.reason);
  }

  /** A 2xx may come again for 32 seconds, and finds what it needs; the rest is let go of. */
  private finish(): void {
    this.session.stop();
    this.acks.stop();
    this.said = nothing;
    this.heard = nothing;
    this.facts = undefined;
    this.home.remove(this);
  }

  /** The ACK to the 2xx of a re-INVITE of ours. */
  ackModification(cseq: number, body: Carried): void {
    this.acks.keep(cseq, body);
    this.say(body);
    this.acks.send(cseq);
  }

  /** Our own PRACK, for who sends reliably and nobody asked for that (RFC 3262 §4). `rack`: of the response that it acknowledges. */
  prack(rack: string): void {
    this.insist('PRACK', line('RAck', rack));
  }

  /** A way that is gone for a moment costs no such request: it is tried anew for as long as one is repeated that is merely lost (timer F). */
  private insist(method: 'BYE' | 'PRACK', lines: string, until = this.clock.now() + TIMEOUT): void {
    const again = () => {
      if (method === 'BYE' || this.state === 'early') this.insist(method, lines, until);
    };
    const unanswered = () => void (this.clock.now() < until && after(this.clock, `${method} again`, T2, again));
    this.send(method, lines, '', { response() {}, unanswered });
  }

  /** Sends a request within the dialog. `lines`: whole header lines. Challenges of the provider are answered on the way. */
  send(method: string, lines: string, body: string, answers: Answers): Sent & { readonly cseq: number } {
    return new Ask(this, method, lines, body, answers);
  }

  /** Keeps what was sent, if it is a session description: a refresh may have to say it again. */
  say(body: Carried): void {
    if (isSession(body)) this.said = content(body);
  }

  /** The lines that every INVITE, UPDATE and 2xx to them says of us; `other`: what speaks for the other end. */
  abilities(other: Message | undefined): string {
    return line('Contact', this.contact) + (other === undefined ? '' : allowLine(other));
  }

  /** A request within the dialog arrived. */
  request(request: Request, tx: ServerTransaction): void {
    if (!this.dialog.inOrder(request.cseq.number))
      return tx.respond(500, 'Server Internal Error (CSeq is too low)', line('Retry-After', '1'));
    this.wire.heard(tx.flow);
    if (request.method === 'BYE') {
      tx.respond(200, 'OK'); // whatever it requires besides, the call is over
      return this.gone(tidy(request.list(Field.reason).join(', ')));
    }
    const unknown = unsupported(request);
    if (unknown !== undefined) return tx.respond(420, 'Bad Extension', unknown);
    if (request.method === 'OPTIONS') return tx.respond(200, 'OK', this.abilities(this.peer?.facts ?? this.facts));
    this.user.request(this, request, tx);
  }
}

/** Of a leg that is part of no call any more: only its BYE is still to come. */
export const nobody: LegUser = {
  request: (_leg, _request, tx) => tx.respond(481, 'Call/Transaction Does Not Exist'),
  over() {},
};

/** Whether it is, or may hold, a session description. The line may be folded before its value (RFC 3261 §7.3.1). */
const isSession = ({ lines, body }: Carried): boolean =>
  body !== '' && /^c(?:ontent-type)?[ \t]*:(?:\r\n)?[ \t]*(?:application\/sdp|multipart\/)/im.test(lines);
