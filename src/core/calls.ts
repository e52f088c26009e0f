import { ahead, type Clock, type Millis, type Timed, type Timer } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
import type { Storage } from '../runtime/storage.ts';
import { contactUri, toTag } from '../sip/dialog/dialog.ts';
import type { Request, Response } from '../sip/message/message.ts';
import type { TransactionLayer } from '../sip/transaction/layer.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { TransportLayer } from '../sip/transport/layer.ts';
import { readable } from '../text/parse-error.ts';
import type { Replaces } from './bridge/refer-to.ts';
import { Call, type CallUser } from './call/call.ts';
import { type End, type HangupOutcome, reasonOf, type Side } from './call/end.ts';
import { handedOver } from './call/handed-over.ts';
import { HangUp } from './call/hang-up.ts';
import { History } from './call/history.ts';
import { type PastCall, printCall } from './call/record.ts';
import { Refresh } from './call/refresh.ts';
import { Room } from './call/room.ts';
import { CallTable } from './call/table.ts';
import { CallView } from './call/view.ts';
import type { Bridged, Callee, CallListing, Leaving, Listed, Party } from './connector.ts';
import { isGuest } from './location/aor.ts';
import type { LocationService } from './location/service.ts';
import type { DialogObserver } from './proxy/in-dialog.ts';
import type { CallProgress, CallStart } from './proxy/observer.ts';
import { isTrusted } from './routing/way.ts';

/** How often the table is looked through for calls that nobody will end. */
const SWEEP: Millis = 10_000;
/** How soon after a connection closed: many close at once, and a phone may be back with a new one. */
const SWEEP_SOON: Millis = 1_000;
/** Odd, so that multiples of it visit every number below 2**32 before one comes again. */
const STEP = 0x9e3779b1;

export interface CallsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly storage: Storage;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly location: Pick<LocationService, 'bindings'>;
}

export type CallEvent = 'started' | 'changed' | 'ended';

/** The table of calls that run through us, and the history of those that did. */
export class Calls implements CallListing, DialogObserver, CallUser, Timed {
  /** How calls went since the start, for `status`. `unseen`: those beyond what the table holds. */
  readonly counts: Record<'started' | 'answered' | 'unseen' | End['how'], number> = {
    ...{ started: 0, answered: 0, unseen: 0 },
    ...{ bye: 0, hangup: 0, transferred: 0, cancelled: 0, failed: 0, session: 0, lost: 0, limit: 0, stopped: 0 },
  };
  private readonly parts: CallsParts;
  private readonly past: History;
  private readonly table: CallTable;
  private readonly listeners = new Set<(event: CallEvent, call: CallView) => void>();
  private sweep: Timer | undefined = undefined;
  private number: number;
  private readonly room: Room;

  constructor(parts: CallsParts) {
    this.parts = parts;
    this.past = new History(parts);
    this.room = new Room(parts.log);
    this.number = parts.random.below(2 ** 32);
    this.table = new CallTable(parts.random.below(2 ** 32));
  }

  /** Calls in the table. */
  get size(): number {
    return this.table.size;
  }

  /** Takes in an INVITE that is sent on; what it returns hears the rest. */
  started(start: CallStart): CallProgress | undefined {
    this.counts.started++;
    const { request, principal, transaction } = start;
    const foreign = !isTrusted(principal) && isGuest(start.callee);
    if (!this.room.isFor(foreign, request.text.length, this.table.size)) {
      this.counts.unseen++;
      return undefined;
    }
    const call = new Call(
      this,
      {
        number: this.nextNumber(),
        request,
        user: start.caller ?? (principal.kind === 'user' ? principal.name : ''),
        principal: principal.kind,
        aor: start.callee,
        trace: start.trace,
        since: this.parts.clock.wall(),
        bridged: start.bridged,
        foreign,
      },
      transaction,
      transaction.flow,
    );
    this.add(call);
    return call;
  }

  private nextNumber(): number {
    this.number = (this.number + STEP) >>> 0;
    return this.number;
  }

  private add(call: Call): void {
    this.table.add(call);
    this.room.enter(call.parts.foreign);
    if (this.sweep === undefined) this.arm(SWEEP);
    if (this.listeners.size > 0) this.tell('started', call);
  }

  handedOver({ callId, near, far, left }: Leaving, party?: Party, bridged?: Bridged): Listed | undefined {
    const call = this.table.find(callId, near, far);
    if (call === undefined || call.state !== 'answered') return undefined;
    this.ended(call, { how: 'transferred', by: left });
    if (party === undefined || bridged === undefined) return undefined;
    const now = { number: this.nextNumber(), since: this.parts.clock.wall() };
    const next = new Call(this, handedOver(call, left, party, bridged, now), undefined, call.caller);
    next.goOn(call, bridged);
    this.add(next);
    return { ended: (by) => this.ended(next, { how: 'bye', by }) };
  }

  /** What one side of a dialog has spoken by since the connection that it began with closed, or since it moved. */
  flowOf(request: Request, side: Side): Flow | undefined {
    const [near, far] = side === 'callee' ? [request.from.tag, request.to.tag] : [request.to.tag, request.from.tag];
    const call = this.table.find(request.callId, near ?? '', far ?? '');
    call?.locate(this.parts.location, this.parts.transport);
    const flow = side === 'caller' ? call?.caller : call?.dialog(far ?? '')?.callee;
    return flow !== undefined && 'open' in flow && flow.open ? flow : undefined;
  }

  /** The user who is in the dialog that Replaces names, which is said as he sees it (RFC 3891 §3), and his newest Contact there. */
  partyOf({ callId, to, from }: Replaces): { readonly user: string; readonly contact: string | undefined } | undefined {
    const called = this.table.find(callId, from, to);
    const theirs = called?.dialog(to);
    if (called !== undefined && theirs !== undefined)
      return { user: called.answeredBy, contact: theirs.target ?? contactUri(theirs.answer) };
    const calling = this.table.find(callId, to, from);
    // Before it is answered we keep no dialogs of it: its caller is in all of them.
    if (calling === undefined || (calling.state === 'answered' && calling.dialog(from) === undefined)) return undefined;
    const { parts, callerTarget } = calling;
    return { user: parts.user, contact: callerTarget ?? contactUri(parts.request) };
  }

  /** A request within a dialog goes through us; what is returned hears of its answers. */
  request(request: Request, towards: Side, from: Flow): CallProgress | undefined {
    const near = (towards === 'callee' ? request.from : request.to).tag;
    const far = (towards === 'callee' ? request.to : request.from).tag ?? '';
    const call = this.table.find(request.callId, near ?? '', far);
    if (call === undefined) return undefined;
    const dialog = call.dialog(far);
    const { location } = this.parts;
    if (towards === 'callee') call.callerSpoke(request.cseq.number, from, location);
    else call.calleeSpoke(dialog, request.cseq.number, from, location);
    switch (request.method) {
      case 'ACK':
        if (dialog !== undefined) dialog.late = false;
        if (call.acknowledged) return undefined;
        call.acknowledged = true;
        call.ending?.proceed();
        return undefined;
      case 'BYE':
        this.table.leave(request.callId, near ?? '', far, towards === 'callee' ? 'caller' : 'callee');
        return undefined;
      case 'INVITE':
      case 'UPDATE':
        return new Refresh(call, dialog, towards, request);
      default:
        return undefined;
    }
  }

  /** A 2xx came after the first one, and may be of another dialog. */
  answeredAgain(response: Response, callee: Callee): void {
    const near = readable(() => response.from.tag) ?? '';
    const call = this.table.find(response.callId, near, toTag(response));
    if (call?.state === 'answered') call.answered(response, callee);
  }

  /** A connection closed: a call that lost both its flows by that leaves the table soon. */
  connectionClosed(): void {
    if (this.table.size === 0 || (this.sweep !== undefined && this.sweep.due <= this.now() + SWEEP_SOON)) return;
    this.sweep?.cancel();
    this.arm(SWEEP_SOON);
  }

  /** Every call, in no order. */
  list(): readonly CallView[] {
    return [...this.table].map((call) => new CallView(call));
  }

  /**
   * Ends a call on both sides: what nobody answered yet by CANCEL and a 487, the rest by BYE made from the observed dialog.
   * False if there is no such call. `told` hears once how that went; a side that stays silent is waited for as RFC 3261 says.
   */
  hangup(id: string, told?: (outcome: HangupOutcome) => void): boolean {
    const call = this.find(id);
    if (call === undefined) return false;
    const { location, transport, transactions } = this.parts;
    call.locate(location, transport);
    const ended = () => this.ended(call, { how: 'hangup', status: 200 });
    const ending = call.ending ?? new HangUp(call, { transport, transactions, ended });
    if (told !== undefined) ending.tell(told);
    if (call.ending !== undefined) return true;
    call.ending = ending;
    ending.proceed();
    return true;
  }

  private find(id: string): Call | undefined {
    for (const call of this.table) if (call.id === id) return call;
    return undefined;
  }

  /**
   * Calls that ended at `since` (milliseconds since 1970) or later, the newest first, `most` at most.
   *
   * @throws StorageError if the file cannot be read.
   */
  history(since: number, most: number): readonly PastCall[] {
    return this.past.since(since, most);
  }

  /** What is wrong now, a sentence each. */
  get problems(): readonly string[] {
    return this.past.problems;
  }

  /** Hears when a call begins, when a phone rings or answers, and when it ends. Returns how to stop. */
  subscribe(listener: (event: CallEvent, call: CallView) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The daemon stops: what still goes on is written down as far as it went. */
  async close(): Promise<void> {
    for (const call of [...this.table]) this.ended(call, { how: 'stopped' });
    this.sweep?.cancel();
    await this.past.close();
  }

  now(): Millis {
    return this.parts.clock.now();
  }

  ahead(): Millis {
    return ahead(this.parts.clock);
  }

  changed(call: Call): void {
    if (call.state === 'answered') this.counts.answered++;
    if (this.listeners.size > 0) this.tell('changed', call);
  }

  ended(call: Call, end: End): void {
    if (call.ended) return;
    call.ended = true;
    this.table.delete(call);
    this.room.leave(call.parts.foreign);
    this.counts[end.how]++;
    const { clock, log } = this.parts;
    const [now, wall] = [clock.now(), clock.wall()];
    this.past.add(() => printCall(call, end, now, wall));
    if (log.wants('info')) {
      const { from, to } = new CallView(call);
      log.info(`call ${call.id} from ${from} to ${to}: ${reasonOf(end)}`);
    }
    if (this.listeners.size > 0) this.tell('ended', call);
    call.ending?.over(end);
  }

  /** Calls that nobody will end: the session expired, both connections closed, our address gone, silence for half a day. */
  timeout(): void {
    const now = this.now();
    this.sweep = undefined;
    for (const call of [...this.table]) {
      call.follow(this.parts.location);
      const end = call.lapsed(now, this.parts.transport);
      if (end !== undefined) this.ended(call, end);
    }
    if (this.table.size > 0) this.arm(SWEEP);
  }

  private arm(wait: Millis): void {
    this.sweep = this.parts.clock.start('sweep calls', wait, this);
  }

  private tell(event: CallEvent, call: Call): void {
    const view = new CallView(call);
    for (const listener of this.listeners) listener(event, view);
  }
}
