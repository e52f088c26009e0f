import type { Millis } from '../../runtime/clock.ts';
import { toTag } from '../../sip/dialog/dialog.ts';
import { sessionExpires } from '../../sip/dialog/session.ts';
import type { Request, Response } from '../../sip/message/message.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import type { Flow, ListeningPoint } from '../../sip/transport/flow.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import { hex32 } from '../../text/hex.ts';
import type { Bridged, Callee, Party } from '../connector.ts';
import { aorKey } from '../location/aor.ts';
import { connectionNow, hasMoved } from '../location/reopen.ts';
import type { LocationService } from '../location/service.ts';
import { MAX_BREADTH } from '../routing/way.ts';
import type { End, Ending, Side } from './end.ts';

type Bindings = Pick<LocationService, 'bindings'>;

/** One dialog of an answered call, as it is seen from between its two sides (RFC 3261 §12). */
export interface Dialog {
  readonly tag: string;
  /** The 2xx that made it: its Contact and Record-Route say where requests to the callee go. */
  readonly answer: Response;
  callee: Callee;
  /** What the callee has spoken by last, once it has. */
  spoke: Flow | undefined;
  /** The newest Contact of the callee; undefined until a target refresh (RFC 3261 §12.2). */
  target: string | undefined;
  /** It came after another one, and its caller has not acknowledged it: he may never, for many a phone takes one only (RFC 3261 §13.2.2.4). */
  late: boolean;
}

/** Who is told what becomes of a call: the table of calls. */
export interface CallUser {
  now(): Millis;
  /** How far the wall clock is ahead of `now`. */
  ahead(): Millis;
  changed(call: Call): void;
  ended(call: Call, end: End): void;
}

/** What a call begins with. */
export interface CallParts {
  /** Of no other call in the table; below 2**32. */
  readonly number: number;
  readonly request: Request;
  /** The local user who vouches for the caller, as wire text; empty if there is none. */
  readonly user: string;
  /** `user`, `guest`, `anonymous`, ... */
  readonly principal: string;
  /** The address-of-record that was dialed. */
  readonly aor: string;
  readonly trace: readonly string[];
  /** Milliseconds since 1970, by the wall clock as it was then. */
  readonly since: number;
  /** The caller's side, where a gateway made the call. */
  readonly bridged?: Bridged | undefined;
  /** Nobody of the house takes part: no more than its first dialog is kept. */
  readonly foreign: boolean;
  /** Who talks in the place of whoever the INVITE is from, or was for. */
  readonly from?: Party | undefined;
  readonly to?: Party | undefined;
}

/** A call of which nothing was heard for so long is none. */
const SILENT: Millis = 12 * 3_600_000;
/** How long after its caller gave up a call stays: phones that are there say so at once, and a silent one is waited for until timer B. */
const GIVEN_UP: Millis = 2_000;
/** How long a call is waited for that was heard by datagrams, at an address that has left the machine: a link is often back in a moment. */
const AWAY: Millis = 60_000;
/** How long after its session expired a call stays: the BYE of the side that noticed may be under way (RFC 4028 §10). */
const SESSION_GRACE: Millis = 32_000;

/**
 * One INVITE that was sent on, and what became of it. It keeps the INVITE and each 2xx as they came; what people or a hang-up want to know
 * is read from them when it is asked for (`CallView`, `bye.ts`).
 */
export class Call {
  readonly callId: string;
  /** The From tag of the INVITE. */
  readonly callerTag: string;
  readonly parts: CallParts;
  /** The next call of its bucket in the table. */
  older: Call | undefined = undefined;
  /** When the INVITE came, on the monotonic clock. */
  readonly born: Millis;
  /** When anything was last heard of it, on the monotonic clock. */
  heard: Millis;
  /** When it was answered, on the monotonic clock; -1 before that. */
  answeredAt: Millis = -1;
  /** Whose phone answered first, an address-of-record; empty where nobody did, or nobody knows. */
  answeredBy = '';
  state: 'calling' | 'ringing' | 'answered' = 'calling';
  ended = false;
  /** The INVITE's, until it is answered. */
  transaction: ServerTransaction | undefined;
  /** Where the INVITE came to us. */
  readonly point: ListeningPoint;
  caller: Flow;
  /** What the caller has spoken by last. */
  private callerSpokeBy: Flow;
  /** The newest Contact of the caller; undefined until a target refresh. */
  callerTarget: string | undefined = undefined;
  /** The highest CSeq that each side used; a fork's dialogs share it, for numbers may be left out (RFC 3261 §12.2.2). */
  callerCseq: number;
  calleeCseq = 0;
  dialogs: Dialog[] = none;
  /** The tags of those that are over while another goes on: a 2xx that comes again makes no new one of them. */
  private left: readonly string[] = nothing;
  /** An ACK to a 2xx was seen. */
  acknowledged = false;
  ending: Ending | undefined = undefined;
  /** When one of its sides could be reached last, on the monotonic clock. */
  private reached: Millis;
  /** The caller gave up: on the monotonic clock. */
  private gaveUp: Millis = Number.POSITIVE_INFINITY;
  /** When the session is taken for dead, on the monotonic clock. */
  expires: Millis = Number.POSITIVE_INFINITY;
  readonly table: CallUser;

  constructor(table: CallUser, parts: CallParts, transaction: ServerTransaction | undefined, caller: Flow) {
    this.table = table;
    this.parts = parts;
    this.callId = parts.request.callId;
    this.callerTag = parts.request.from.tag ?? '';
    this.transaction = transaction;
    this.caller = caller;
    this.callerSpokeBy = caller;
    this.point = caller.point;
    this.born = table.now();
    this.heard = this.born;
    this.reached = this.born;
    this.callerCseq = parts.request.cseq.number;
  }

  /** A provisional response went to the caller. */
  ringing(): void {
    if (this.state !== 'calling' || this.ended) return;
    this.state = 'ringing';
    this.table.changed(this);
  }

  /** A 2xx went to the caller; retransmissions come here too. */
  answered(response: Response, callee: Callee, aor = ''): void {
    if (this.ended) return;
    const tag = toTag(response);
    const { dialogs, left } = this;
    if (this.dialog(tag) !== undefined || left.includes(tag)) return;
    // Each branch of a fork may answer, but no callee makes up dialogs without end.
    if (dialogs.length + left.length >= (this.parts.foreign ? 1 : MAX_BREADTH)) return;
    const late = this.state === 'answered' && 'send' in callee; // a gateway has its ACKs itself
    const dialog: Dialog = { tag, answer: response, callee, spoke: undefined, target: undefined, late };
    if (this.state === 'answered') {
      this.dialogs.push(dialog);
      return;
    }
    this.dialogs = [dialog];
    this.answeredBy = aor;
    this.state = 'answered';
    this.transaction = undefined;
    this.answeredAt = this.table.now();
    this.heard = this.answeredAt;
    if ('send' in callee) this.refreshed(response); // a gateway watches over its sessions itself
    this.table.changed(this);
    this.ending?.proceed();
  }

  /** It goes on from one that was answered, at a gateway alone. */
  goOn(before: Call, gateway: Bridged): void {
    const [dialog] = before.dialogs;
    if (dialog !== undefined) this.dialogs = [{ ...dialog, tag: '', callee: gateway }];
    this.answeredBy = this.parts.to === undefined ? before.answeredBy : this.parts.to.user;
    this.state = 'answered';
    this.answeredAt = this.born;
    this.acknowledged = true;
  }

  cancelled(): void {
    this.gaveUp = this.table.now();
  }

  failed(status: number, why?: string, said?: string): void {
    if (this.ended || this.state === 'answered') return;
    if (this.ending !== undefined) this.table.ended(this, { how: 'hangup', status });
    else if (status === 487) this.table.ended(this, { how: 'cancelled' });
    else this.table.ended(this, { how: 'failed', status, rang: this.state === 'ringing', why, said });
  }

  /** A gateway says that the dialog behind it is over. */
  over(callee: Bridged, by: Side): void {
    const dialog = this.dialogs.find((one) => one.callee === callee);
    if (dialog !== undefined && !this.ended) this.leave(dialog, by);
  }

  /** Who ends a dialog of it on both sides; undefined: we do, from between them. */
  gateway({ callee }: Dialog): Bridged | undefined {
    return this.parts.bridged ?? ('send' in callee ? undefined : callee);
  }

  /** The dialog with this tag of the callee. */
  dialog(tag: string): Dialog | undefined {
    for (const dialog of this.dialogs) if (dialog.tag === tag) return dialog;
    return undefined;
  }

  /** One dialog is over; the last one that anybody talks in is the end of the call. */
  leave(dialog: Dialog, by: Side): void {
    this.dialogs.splice(this.dialogs.indexOf(dialog), 1);
    if (this.dialogs.some(({ late }) => !late)) {
      this.left = [...this.left, dialog.tag];
      return;
    }
    this.dialogs = [dialog]; // who answered stays known
    this.table.ended(this, { how: 'bye', by });
  }

  /** A 2xx says anew how long the session lives; one that says nothing ends the watch over it (RFC 4028 §7.2). */
  refreshed(response: Response): void {
    const seconds = sessionExpires(response)?.seconds;
    this.expires = seconds === undefined ? Number.POSITIVE_INFINITY : this.table.now() + seconds * 1_000 + SESSION_GRACE;
  }

  /** The caller sent a request within the call. */
  callerSpoke(cseq: number, from: Flow, location: Bindings): void {
    this.heard = this.table.now();
    if (cseq > this.callerCseq) this.callerCseq = cseq;
    this.callerSpokeBy = from;
    this.follow(location);
  }

  /** The same of the callee, in one of its dialogs. */
  calleeSpoke(dialog: Dialog | undefined, cseq: number, from: Flow, location: Bindings): void {
    this.heard = this.table.now();
    if (cseq > this.calleeCseq) this.calleeCseq = cseq;
    if (dialog === undefined) return;
    dialog.spoke = from;
    this.follow(location);
  }

  /**
   * Who lost its connection and spoke since has the new one from then on; a phone of the house may also go to another place, and say so within
   * the call before it has registered there.
   */
  follow(location: Bindings): void {
    const { caller, callerSpokeBy } = this;
    if (callerSpokeBy !== caller && isNewer(caller, callerSpokeBy, aorKey(this.parts.user), location))
      this.caller = callerSpokeBy;
    for (const dialog of this.dialogs) {
      const { callee, spoke } = dialog;
      if (spoke === undefined || spoke === callee || !('open' in callee)) continue;
      if (isNewer(callee, spoke, this.answeredBy, location)) dialog.callee = spoke;
    }
  }

  /** The same before something is sent to one of them, whose phone may have a new connection and not have spoken within the call since. */
  locate(location: Bindings, transport: Pick<TransportLayer, 'flowNamed'>): void {
    this.follow(location);
    const { request, user } = this.parts;
    this.caller = connectionNow(this.caller, aorKey(user), this.callerTarget ?? request, location, transport);
    for (const dialog of this.dialogs) {
      const { callee, target, answer } = dialog;
      if ('open' in callee) dialog.callee = connectionNow(callee, this.answeredBy, target ?? answer, location, transport);
    }
  }

  /** How it has ended if nobody will end it. */
  lapsed(now: Millis, transport: Pick<TransportLayer, 'isHere'>): End | undefined {
    if (this.expires <= now) return { how: 'session' };
    if (this.lost(now, transport)) return { how: 'lost' };
    if (now - this.heard >= SILENT) return { how: 'limit' };
    // Who ends it from here waits for a 2xx that crosses the CANCEL, and ends that call too.
    if (now - this.gaveUp >= GIVEN_UP && this.state !== 'answered' && this.ending === undefined) return { how: 'cancelled' };
    // Answered by ourselves before there was a branch: a loop, or a bug.
    return this.transaction?.completed === true ? { how: 'failed', status: 500, rang: false } : undefined;
  }

  /** Whether neither side can be reached any more, by the connection that it had or at our address that it spoke to. */
  private lost(now: Millis, transport: Pick<TransportLayer, 'isHere'>): boolean {
    const reaches = (side: Callee) => !('open' in side) || side.open || (isDatagrams(side) && transport.isHere(side.local.host));
    if (this.state !== 'answered' || reaches(this.caller) || this.dialogs.some(({ callee }) => reaches(callee))) {
      this.reached = now;
      return false;
    }
    const waits = isDatagrams(this.caller) || this.dialogs.some(({ callee }) => isDatagrams(callee));
    return !waits || now - this.reached >= AWAY;
  }

  /** Eight hexadecimal digits. */
  get id(): string {
    return hex32(this.parts.number);
  }
}

const isDatagrams = (side: Callee): boolean => 'open' in side && side.transport === 'udp';

const none: Dialog[] = [];
const nothing: readonly string[] = [];

const isNewer = (last: Flow, now: Flow, aor: string, location: Bindings): boolean =>
  !last.open || hasMoved(last, now, aor, location);
