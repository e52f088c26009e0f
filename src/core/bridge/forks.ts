import { type Dialog, dialogOfUac, toTag } from '../../sip/dialog/dialog.ts';
import { agreedSession } from '../../sip/dialog/session.ts';
import type { Request, Response } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import { ANSWERED_ELSEWHERE, type TrunkLeg } from '../connector.ts';
import { rackOf } from './answering.ts';
import { carried } from './carried.ts';
import { Leg, type LegHome, type LegUser, nobody as noUser } from './leg.ts';
import type { Wire } from './wire.ts';

/** Early dialogs at most, of one INVITE of ours: no far side makes them up without end. */
const MOST = 16;

/** Who made a call of ours, and hears how it goes. */
export interface CallingUser extends LegUser {
  /** `rack`: what acknowledges the response, if it was sent reliably. */
  provisional(leg: Leg, response: Response, rack: string | undefined): void;
  answered(leg: Leg, response: Response): void;
  /** `response` undefined: nobody said why. */
  failed(status: number, response: Response | undefined): void;
}

/** A call of ours under way. */
export interface Calling {
  /** Its user hears no more of it; whoever answers all the same gets a BYE with this reason. */
  cancel(reason: string): void;
}

export interface ForksParts {
  readonly home: LegHome;
  readonly user: CallingUser;
  readonly trunk: TrunkLeg | undefined;
  readonly provider: string | undefined;
  /** Who is called, as the house says it: a name-addr. */
  readonly name: string;
}

/** The INVITE that was sent, and how further requests get to the dialogs that it makes. */
export interface Inviting {
  readonly request: Request;
  /** What it said of us. */
  readonly contact: string;
  wire(dialog: Dialog): Wire;
}

/** The dialogs that one INVITE of ours makes: early ones, the one that was answered, and those that answer after it (RFC 3261 §13.2.2.4). */
export class Forks {
  private readonly parts: Omit<ForksParts, 'user'>;
  private user: CallingUser;
  private legs: Leg[] = [];
  /** Of the newest reliable provisional response in each dialog. */
  private rseqs: Map<Leg, number> | undefined = undefined;
  private winner: Leg | undefined = undefined;
  /** Nobody waits for an answer any more: whoever answers now is told so, and why. */
  private closed: string | undefined = undefined;

  constructor({ user, ...parts }: ForksParts) {
    this.parts = parts;
    this.user = user;
  }

  /** A provisional response but 100, or a 2xx. */
  response(response: Response, sent: Inviting): void {
    const provisional = response.status < 200;
    if (provisional && (this.closed !== undefined || this.winner !== undefined)) return;
    const leg = this.leg(response, sent);
    if (leg === undefined) return;
    if (provisional) this.provisional(leg, response);
    else this.accepted(leg, response, sent.request);
  }

  private provisional(leg: Leg, response: Response): void {
    if (leg.state !== 'early') return;
    const rack = rackOf(response);
    if (rack !== undefined) {
      // In their order, each once (RFC 3262 §4).
      const rseq = Number(rack.slice(0, rack.indexOf(' ')));
      this.rseqs ??= new Map();
      const last = this.rseqs.get(leg);
      if (last !== undefined && rseq !== last + 1) return;
      this.rseqs.set(leg, rseq);
    }
    leg.hear(response);
    this.user.provisional(leg, response, rack);
  }

  private accepted(leg: Leg, response: Response, sent: Request): void {
    if (leg.state !== 'early') return leg.acks.send(sent.cseq.number);
    leg.dialog.confirm(response);
    leg.hear(response);
    leg.accept(sent.cseq.number);
    // Another one was faster, or nobody waits any more: its 2xx gets its ACK, and a BYE.
    if (this.winner !== undefined) return leg.end(ANSWERED_ELSEWHERE);
    if (this.closed !== undefined) return leg.end(this.closed);
    this.winner = leg;
    leg.session.agree(agreedSession(response), 'uac');
    for (const other of this.legs) if (other !== leg) other.end('');
    // Whoever of them answers all the same makes a dialog anew.
    this.legs = [leg];
    this.rseqs = undefined;
    const { user } = this;
    this.user = nobody;
    user.answered(leg, response);
  }

  /** The call failed, or was given up: the early dialogs are over. `reason`: of the BYE for whoever answers all the same. */
  close(reason: string): void {
    this.closed = reason;
    for (const leg of this.legs) if (leg.state === 'early') leg.end('');
  }

  /** The dialog of a response; what has ended stays known, so that its 2xx finds it. */
  private leg(response: Response, sent: Inviting): Leg | undefined {
    const tag = toTag(response);
    const at = this.legs.findIndex(({ dialog }) => dialog.remoteTag === tag);
    const known = this.legs[at];
    if (known !== undefined && (known.state !== 'end' || response.status < 200 || known.answered)) return known;
    // A 2xx that is the first is the call, however many rang before.
    if (this.legs.length >= MOST && (response.status < 200 || this.winner !== undefined)) return undefined;
    const { home, trunk, provider, name } = this.parts;
    const dialog = dialogOfUac(sent.request, response);
    const leg = new Leg(
      home,
      this.user,
      { role: 'uac', dialog, wire: sent.wire(dialog), contact: sent.contact, trunk, provider, principal: undefined, name },
      response,
    );
    leg.say(carried(sent.request));
    if (at < 0) this.legs.push(leg);
    else this.legs[at] = leg;
    return leg;
  }
}

/** Of dialogs that come too late: nothing waits for them but their end. The transaction lives on for 32 seconds, the call need not. */
const nobody: CallingUser = { ...noUser, provisional() {}, answered() {}, failed() {} };

/** What an INVITE of ours says. All values are wire text. */
export interface InviteParts {
  /** The Request-URI, and that of To. */
  readonly uri: string;
  readonly via: string;
  readonly hops: number;
  readonly routes: readonly string[];
  readonly from: string;
  readonly callId: string;
  readonly cseq: number;
  readonly contact: string;
  /** Whole lines. */
  readonly lines: string;
  readonly body: string;
}

/** Prints an INVITE outside of a dialog (RFC 3261 §8.1.1, §13.2.1). */
export function printInvite(parts: InviteParts): string {
  const { uri, via, hops, routes, from, callId, cseq, contact, lines, body } = parts;
  let out = `INVITE ${uri} SIP/2.0\r\n${via}${line('Max-Forwards', `${hops}`)}`;
  for (const route of routes) out += line('Route', route);
  out += line('From', from) + line('To', `<${uri}>`) + line('Call-ID', callId) + line('CSeq', `${cseq} INVITE`);
  return `${out}${line('Contact', contact)}${lines}Content-Length: ${body.length}\r\n\r\n${body}`;
}
