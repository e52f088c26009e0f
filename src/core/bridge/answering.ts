import type { Clock } from '../../runtime/clock.ts';
import { type Dialog, dialogOfUas, tidy } from '../../sip/dialog/dialog.ts';
import { answerSession, supports } from '../../sip/dialog/session.ts';
import { Field } from '../../sip/message/fields.ts';
import { own } from '../../sip/message/grammar.ts';
import type { Request, Response } from '../../sip/message/message.ts';
import { line, printResponse } from '../../sip/message/print.ts';
import { T2 } from '../../sip/transaction/timers.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import { stamp } from '../../sip/transport/received.ts';
import type { TrunkLeg } from '../connector.ts';
import type { Principal } from '../routing/decision.ts';
import { type Carried, carried, content, SUPPORTED } from './carried.ts';
import { Leg, type LegHome, type LegUser } from './leg.ts';
import { Repeat } from './repeat.ts';
import type { Wire } from './wire.ts';

/** Seconds that a session of ours lasts without a refresh (RFC 4028 §4). */
export const SESSION_EXPIRES = 1_800;

/**
 * A phone that is gone would leave a call that costs money, so that it is asked even where it knows no session timer; a provider that knows
 * none is left in peace.
 */
export function sessionWanted(trunk: TrunkLeg | undefined, request: Request): number | undefined {
  if (trunk === undefined) return SESSION_EXPIRES;
  return supports(request, 'timer') ? trunk.sessionExpires : undefined;
}

/** Reliable provisional responses that wait for the PRACK of one before, at most: who sends more hears of no PRACK, and gives up. */
const MOST_WAITING = 16;

/** The side that an INVITE comes from. */
export interface OneSide {
  readonly home: LegHome;
  readonly request: Request;
  /** By which the request came. */
  readonly flow: Flow;
  /** How requests of ours to a dialog get there. */
  wire(dialog: Dialog): Wire;
  readonly contact: string;
  readonly trunk: TrunkLeg | undefined;
  readonly provider: string | undefined;
  readonly principal: Principal | undefined;
  /** Who calls, as the house says it: a name-addr. */
  readonly name: string;
  /** An unpredictable tag. */
  tag(): string;
  /** Sends a response, printed as the UAS prints it. */
  send(status: number, text: string): void;
}

/** The UAS of one INVITE that may become several dialogs: one early dialog to the caller for each early dialog of the other side. */
export class Answering {
  readonly request: Request;
  private readonly parts: OneSide;
  private readonly user: LegUser;
  /** Nobody acknowledges a reliable provisional response (RFC 3262 §3). */
  private readonly unreliable: (() => void) | undefined;
  private readonly legs: Leg[] = [];
  private readonly unacknowledged = new Map<Leg, Unacknowledged>();

  constructor(parts: OneSide, user: LegUser, unreliable?: () => void) {
    this.parts = parts;
    this.request = parts.request;
    this.user = user;
    this.unreliable = unreliable;
  }

  get clock(): Clock {
    return this.parts.home.clock;
  }

  /** Whether the caller takes reliable provisional responses. */
  get reliable(): boolean {
    return supports(this.request, '100rel');
  }

  /** An early dialog with a tag of its own (RFC 3261 §12.1.1), for one of the other side. */
  early(other: Leg): Leg {
    const { home, request, contact, trunk, provider, principal, name } = this.parts;
    const dialog = dialogOfUas(request, this.parts.tag());
    const leg = new Leg(
      home,
      this.user,
      { role: 'uas', dialog, wire: this.parts.wire(dialog), contact, trunk, provider, principal, name },
      request,
    );
    leg.peer = other;
    this.legs.push(leg);
    return leg;
  }

  /** Sends on a provisional response of the other side. `rack`: what acknowledges it there, if it was sent reliably. */
  provisional(leg: Leg, response: Response, rack: string | undefined): void {
    const body = carried(response);
    const { status, reason } = response;
    if (rack === undefined) {
      leg.say(body);
      return this.parts.send(status, this.print(leg, status, reason, '', body));
    }
    const before = this.unacknowledged.get(leg);
    if (before === undefined || before.rack === '') this.reliably(leg, { status, reason, body, rack }, before);
    else if (before.waiting.length < MOST_WAITING) before.waiting.push({ status, reason, body, rack });
  }

  /** Repeats it until its PRACK; the next one waits for that, too (RFC 3262 §3). */
  private reliably(leg: Leg, { status, reason, body, rack }: Reliable, before: Unacknowledged | undefined): void {
    leg.say(body);
    const rseq = (before?.rseq ?? 0) + 1;
    const text = this.print(leg, status, reason, line('Require', '100rel') + line('RSeq', `${rseq}`), body);
    const again = () => this.parts.send(status, text);
    const repeat = new Repeat(leg.clock, 'PRACK', Number.POSITIVE_INFINITY, { again, unheard: () => this.unreliable?.() });
    this.unacknowledged.set(leg, { rseq, rack, repeat, waiting: before?.waiting ?? [] });
    again();
  }

  /** The RAck for the other leg's PRACK, if this one acknowledges what we sent; undefined if not: 481 (RFC 3262 §3). */
  acknowledged(leg: Leg, prack: Request): string | undefined {
    const known = this.unacknowledged.get(leg);
    const [rseq, cseq, method] = (prack.other('rack') ?? '').split(/[ \t]+/);
    if (known === undefined || Number(rseq) !== known.rseq || method !== 'INVITE') return undefined;
    if (Number(cseq) !== this.request.cseq.number) return undefined;
    known.repeat.stop();
    const { rack } = known;
    if (rack === '') return undefined;
    const acknowledged = { ...known, rack: '' };
    this.unacknowledged.set(leg, acknowledged);
    const next = acknowledged.waiting.shift();
    if (next !== undefined) this.reliably(leg, next, acknowledged);
    return rack;
  }

  /** A 2xx, repeated until its ACK (RFC 3261 §13.3.1.4); the other early dialogs are over. */
  accept(leg: Leg, response: Pick<Response, 'status' | 'reason'>, body: Carried, acknowledged: (ack: Carried) => void): void {
    const said = withWaiting(body, this.unacknowledged.get(leg)?.waiting ?? []);
    this.stop();
    for (const other of this.legs) if (other !== leg) other.end('');
    const session = answerSession(this.request, sessionWanted(this.parts.trunk, this.request));
    const lines = SUPPORTED + (session.kind === 'session' ? session.lines : '');
    leg.say(said);
    const { status, reason } = response;
    const text = this.print(leg, status, reason, lines, said);
    const cseq = this.request.cseq.number;
    const again = () => this.parts.send(status, text);
    const repeat = new Repeat(leg.clock, '2xx', T2, { again, unheard: () => leg.unheard() });
    leg.accept(cseq);
    leg.acks.await(cseq, repeat, (ack) => {
      acknowledged(ack);
      leg.acknowledge();
    });
    if (session.kind === 'session') leg.session.agree(session.session, 'uas');
    again();
  }

  /** Any other final answer ends all early dialogs. */
  refuse(status: number, reason: string, body: Carried): void {
    this.stop();
    for (const leg of this.legs) leg.end('');
    this.parts.send(status, this.printWith(this.tag, status, reason, body.lines, body.body));
  }

  /** No provisional response goes out any more. */
  private stop(): void {
    for (const { repeat, waiting } of this.unacknowledged.values()) {
      repeat.stop();
      waiting.length = 0;
    }
  }

  private get tag(): string {
    return this.legs[0]?.dialog.localTag ?? this.parts.tag();
  }

  private print(leg: Leg, status: number, reason: string, lines: string, body: Carried): string {
    const recorded = this.request
      .list(Field.recordRoute)
      .map((value) => line('Record-Route', tidy(value)))
      .join('');
    const abilities = leg.abilities(leg.peer?.facts);
    return this.printWith(leg.dialog.localTag, status, reason, recorded + abilities + lines + body.lines, body.body);
  }

  private printWith(tag: string, status: number, reason: string, lines: string, body: string): string {
    const { request, flow, trunk } = this.parts;
    return printResponse(request, stamp(request.via, flow), status, reason, tag, (trunk?.headers ?? '') + lines, body);
  }
}

/** A reliable provisional response; `rack`: what acknowledges its original on the other leg. */
interface Reliable {
  readonly status: number;
  readonly reason: string;
  readonly body: Carried;
  readonly rack: string;
}

/** The last one that was sent; `rack` is empty once that was done. `waiting`: those that came since, in their order. */
interface Unacknowledged {
  readonly rseq: number;
  readonly rack: string;
  readonly repeat: Repeat;
  readonly waiting: Reliable[];
}

/** What a 2xx says; what waits is not sent any more, and may hold the answer that the 2xx of the other side need not say again. */
function withWaiting(body: Carried, waiting: readonly Reliable[]): Carried {
  const held = body.body === '' ? waiting.filter((one) => one.body.body !== '').pop() : undefined;
  if (held === undefined) return body;
  const about = content(held.body);
  return { lines: body.lines.replace(content(body).lines, '') + about.lines, body: about.body };
}

/** The RAck of a reliable provisional response; undefined if it is none (RFC 3262 §7.2). */
export function rackOf(response: Response): string | undefined {
  const rseq = response.other('rseq');
  if (rseq === undefined || !/^[0-9]{1,10}$/.test(rseq) || !supports(response, '100rel')) return undefined;
  return own(`${rseq} ${response.cseq.number} ${response.cseq.method}`);
}
