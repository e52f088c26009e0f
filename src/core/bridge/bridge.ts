import type { Trunk } from '../../config/values/telephone.ts';
import { after, type Clock, type Millis } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';
import { type Dialog, tidy } from '../../sip/dialog/dialog.ts';
import { own } from '../../sip/message/grammar.ts';
import { type Request, Response } from '../../sip/message/message.ts';
import { read } from '../../sip/message/read.ts';
import type { Uri } from '../../sip/message/uri.ts';
import type { TransactionLayer } from '../../sip/transaction/layer.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import {
  type BranchAnswers,
  type Caller,
  type CallListing,
  type Gateway,
  type GatewayBranch,
  type GatewayTerms,
  type IncomingLeg,
  type Originate,
  type OutgoingLeg,
  type SipTrunk,
  STOPS,
} from '../connector.ts';
import type { LocationService } from '../location/service.ts';
import type { Diversion, Principal } from '../routing/decision.ts';
import type { TrunkTarget } from '../routing/payer.ts';
import { Answering } from './answering.ts';
import { type Arrived, arrivedBy, crowded } from './arrivals.ts';
import { BridgedCall, type CallHome } from './bridged-call.ts';
import { allowLine, carried, ledOn, optionLines } from './carried.ts';
import { HandOver } from './hand-over.ts';
import { full, inspect, merged, type Refusal, replacesNothing } from './inspect.ts';
import { type Leg, nobody } from './leg.ts';
import { LegTable } from './leg-table.ts';
import { Originating } from './originating.ts';
import { Outgoing } from './outgoing.ts';
import { isOurContact, Sides } from './sides.ts';
import { Transfers } from './transfers.ts';

/** Bridged calls at most; `arrivals.ts` says how many of them may have come in. */
const MOST = 2_000;
/** How long a provider may ring, whatever it says meanwhile: telephone networks give up sooner (timer T9 of ITU-T Q.764 is three minutes). */
const MOST_RINGING: Millis = 300_000;

export interface BridgeParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly location: LocationService;
  /** The trunk with this name; undefined if there is none any more. */
  trunk(name: Trunk): SipTrunk | undefined;
  /** How many providers there are. */
  providers(): number;
  house(): Originate;
  /** A phone that was called by us says something within its dialog, past the proxy: the table of calls hears of it. */
  heard(request: Request, flow: Flow): void;
  readonly listing: CallListing;
  /** The user whose phone our INVITE that made a dialog went to; undefined where that is none of the house. */
  userCalled(dialog: Dialog): string | undefined;
  /** Whether a request of no dialog of ours is answered; if not, it is dealt with (security S4). */
  admits(request: Request, tx: ServerTransaction): boolean;
  /** Counts what a call costs; undefined: it may not be made. */
  readonly spending: {
    start(target: TrunkTarget, stop: () => void, again: boolean): { answered(): void; ended(): void } | undefined;
  };
}

/** A user agent on each side of every call that must end here: towards a provider, and from one (RFC 7092). */
export class Bridge implements Gateway, CallHome {
  private readonly parts: BridgeParts;
  private readonly legs: LegTable;
  /** undefined for a call that goes out. */
  private readonly calls = new Map<BridgedCall, Arrived | undefined>();
  private readonly transfers: Transfers;
  private readonly sides: Sides;

  constructor(parts: BridgeParts) {
    this.parts = parts;
    const { clock, random, location, userCalled } = parts;
    const legs = new LegTable(clock, random);
    this.legs = legs;
    this.sides = new Sides(parts, legs);
    this.transfers = new Transfers({
      ...{ legs, random, location, userCalled },
      house: () => parts.house(),
      handOver: new HandOver(parts.listing, location),
    });
  }

  /** Bridged calls, and dialogs of ours, now. */
  get size(): { readonly calls: number; readonly legs: number } {
    return { calls: this.calls.size, legs: this.legs.size };
  }

  /** We are at other addresses: who knows of none that is left is told. */
  networkChanged(): void {
    for (const { wire, session } of this.legs) if (wire.closed) session.hasten();
  }

  /** The dialogs of ours, in no order: for `debug dialogs`. */
  dialogs(): Iterable<Leg> {
    return this.legs;
  }

  call(
    request: Request,
    caller: Caller,
    target: TrunkTarget,
    answers: BranchAnswers,
    { diversions, followed, again }: GatewayTerms,
  ): GatewayBranch {
    const leg = this.outgoing(request, target, diversions);
    const parts = this.sides.phone(request, caller, (_status, text) => answers.response(behindUs(text)));
    const refuse = (status: number, reason: string, lines: string): GatewayBranch => {
      new Answering(parts, nobody).refuse(status, reason, { lines, body: '' });
      return { counted: false, cancel() {}, hangUp() {} };
    };
    if ('status' in leg) return refuse(leg.status, leg.reason, leg.extra ?? '');
    const ticket = this.parts.spending.start(target, () => call.timeout(), again);
    if (ticket === undefined) return refuse(503, 'Service Unavailable (the budget is used up)', '');
    const ringing = after(this.parts.clock, 'ringing', MOST_RINGING, () => {
      outgoing.cancel('');
      call.failed(408, undefined);
    });
    const call = new BridgedCall(this, parts, {
      answered() {
        ringing.cancel();
        ticket.answered();
      },
      ended(by) {
        ringing.cancel();
        ticket.ended();
        if (call.legs !== undefined) answers.ended(by?.role === 'uas' ? 'caller' : 'callee');
      },
    });
    this.calls.set(call, undefined);
    const { lines, body } = carried(request);
    const { transport, transactions } = this.parts;
    const outgoing = new Outgoing(
      {
        home: this.legs,
        transport,
        transactions,
        leg,
        provider: target.trunk.name,
        name: own(`<${withoutWay(request.to.uriText)}>`),
        callId: this.parts.random.hex(16),
        tag: this.sides.tag(),
        lines: allowLine(request) + optionLines(request, true) + lines,
        body,
        hops: (request.maxForwards ?? 70) - 1,
        followed,
      },
      call,
    );
    call.begin(outgoing, () => outgoing.begin());
    return {
      counted: true,
      cancel: (reason) => call.cancelled(tidy(reason)),
      hangUp: (reason) => call.hangup(reason),
    };
  }

  private outgoing(request: Request, target: TrunkTarget, diversions: readonly Diversion[]): OutgoingLeg | Refusal {
    return (
      this.refusal(request, target.emergency ? Number.POSITIVE_INFINITY : MOST) ??
      (request.other('replaces') === undefined || target.emergency ? undefined : replacesNothing) ??
      this.parts.trunk(target.trunk)?.outgoing(target, request, diversions) ?? { status: 503, reason: 'No such trunk' }
    );
  }

  /** A call of a provider: an INVITE outside of any dialog, proved to be the provider's. It goes into the house as its plan says. */
  incoming(tx: ServerTransaction, leg: IncomingLeg): void {
    const { request } = tx;
    const arrived = arrivedBy(request, leg);
    const crowd = crowded(this.calls.values(), arrived, this.parts.providers());
    const replaced = this.transfers.replacedAt(request, leg.principal.name);
    const vain = replaced === undefined && request.other('replaces') !== undefined ? replacesNothing : undefined;
    const refusal = this.refusal(request, MOST) ?? vain ?? (crowd && { full, merged }[crowd]);
    // Repeated, it would flood an invented address.
    if (refusal !== undefined) return tx.respondStateless(refusal.status, refusal.reason, refusal.extra);
    if (replaced !== undefined) return this.transfers.replace(replaced, tx, this.sides.provider(tx, leg));
    const house = this.parts.house();
    const call = new BridgedCall(this, this.sides.provider(tx, leg));
    this.calls.set(call, arrived);
    tx.cancelled = (reason) => call.cancelled(tidy(reason.join(', ')));
    const { lines, body } = carried(request);
    const terms = { bridged: { hangUp: (reason: string) => call.hangup(reason) } };
    const originating = new Originating(
      {
        home: this.legs,
        house,
        principal: leg.principal,
        terms,
        uri: leg.requestUri,
        from: leg.from,
        callId: this.parts.random.hex(16),
        tag: this.sides.tag(),
        contact: this.sides.contact(house.contactHost),
        lines: allowLine(request) + optionLines(request, true) + leg.inviteHeaders + ledOn(request) + lines,
        body,
        hops: (request.maxForwards ?? 70) - 1,
      },
      call,
    );
    call.begin(originating, () => originating.begin());
  }

  /** Whether an INVITE with Replaces wants to take the place of a leg of ours (RFC 3891), or of one that is over. */
  replaces(request: Request): boolean {
    return isOurContact(request.uri) || this.transfers.replaced(request) !== undefined;
  }

  /** An INVITE of a user of the house that `replaces`. */
  replace(tx: ServerTransaction, principal: Principal): void {
    const { request } = tx;
    const old = this.transfers.replaced(request);
    const refusal = this.refusal(request, MOST);
    if (refusal !== undefined) return tx.respond(refusal.status, refusal.reason, refusal.extra);
    if (old === undefined || old.provider !== undefined) return tx.respond(481, 'Call/Transaction Does Not Exist');
    const parts = this.sides.phone(request, { flow: tx.flow, principal }, (status, text) => tx.relay(status, text));
    this.transfers.replace(old, tx, parts);
  }

  /** Whether a Refer-To of a user leads to a call of his own, as an attended transfer does. */
  joins(uri: Uri, user: string): boolean {
    return this.transfers.joins(uri, user);
  }

  private refusal(request: Request, most: number): Refusal | undefined {
    return this.calls.size >= most ? full : inspect(request);
  }

  /** Whether a request is for a dialog of ours, or for one that we had: by Call-ID and tags, before any route set is looked at. */
  owns(request: Request): boolean {
    if (request.to.tag === undefined) return false;
    return this.legs.of(request) !== undefined || isOurContact(request.uri);
  }

  request(request: Request, tx: ServerTransaction): void {
    const leg = this.legs.of(request);
    if (leg === undefined) {
      if (this.parts.admits(request, tx)) tx.respondStateless(481, 'Call/Transaction Does Not Exist');
      return;
    }
    if (leg.role === 'uac' && leg.trunk === undefined) this.parts.heard(request, tx.flow);
    leg.request(request, tx);
  }

  ack(request: Request): void {
    this.legs.of(request)?.acks.came(request);
  }

  /** The daemon stops: no provider goes on counting. What still rings is the proxy's to end: it would lead on from here. */
  close(): void {
    for (const call of [...this.calls.keys()]) if (call.legs !== undefined) call.hangup(STOPS);
  }

  ended(call: BridgedCall): void {
    this.calls.delete(call);
  }

  refer(call: BridgedCall, leg: Leg, request: Request, tx: ServerTransaction): void {
    this.transfers.refer(call, leg, request, tx);
  }
}

/** A response of ours as it looks to the proxy: with our own Via on top, as if it had come from the wire. */
function behindUs(text: string): Response {
  const start = text.indexOf('\r\n') + 2;
  const response = read(`${text.slice(0, start)}Via: SIP/2.0/UDP bridge.invalid;branch=z9hG4bK\r\n${text.slice(start)}`);
  if (!(response instanceof Response)) throw new Error('a response of our own making cannot be read');
  return response;
}

/** What a phone writes of the way into its To, as baresip does, has no place in a From, which it becomes where the callee is transferred. */
const withoutWay = (uri: string): string => uri.replace(/\?[^@]*$/, '').replace(WAY, '');

/** RFC 3261 §19.1.1 table 1; not what stands in a user part. */
const WAY = /;(?:transport|maddr|ttl|method|lr)(?:=[^;@]*)?(?=;|$)/gi;
