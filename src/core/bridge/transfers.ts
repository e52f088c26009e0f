import type { Random } from '../../runtime/random.ts';
import { type Dialog, tidy } from '../../sip/dialog/dialog.ts';
import { Request } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import { escapeUser, isSip, type Uri } from '../../sip/message/uri.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import type { Originate } from '../connector.ts';
import { isGuest } from '../location/aor.ts';
import type { LocationService } from '../location/service.ts';
import { guestAt, phoneAt } from '../location/whose.ts';
import type { Principal } from '../routing/decision.ts';
import { dialedBy } from '../routing/numbers.ts';
import type { OneSide } from './answering.ts';
import { Attended } from './attended.ts';
import { BridgedCall } from './bridged-call.ts';
import type { HandOver } from './hand-over.ts';
import type { Leg } from './leg.ts';
import type { LegTable } from './leg-table.ts';
import { type Replaces, referTo, replacesIn, replacesOf } from './refer-to.ts';
import { Referral } from './referral.ts';
import { Replacement } from './replacement.ts';
import { Transfer } from './transfer.ts';

export interface TransfersParts {
  readonly legs: LegTable;
  readonly random: Random;
  readonly location: LocationService;
  house(): Originate;
  readonly handOver: HandOver;
  /** The user whose phone our INVITE that made a dialog went to; undefined where that is none of the house. */
  userCalled(dialog: Dialog): string | undefined;
}

/** Transfers of bridged calls, whichever side asks: REFER, and INVITE with Replaces (RFC 3515, RFC 3891, RFC 5589). */
export class Transfers {
  private readonly parts: TransfersParts;
  /** Legs that have asked before: the id of further subscriptions (RFC 3515 §2.4.6). */
  private readonly asked = new WeakSet<Leg>();

  constructor(parts: TransfersParts) {
    this.parts = parts;
  }

  refer(call: BridgedCall, leg: Leg, request: Request, tx: ServerTransaction): void {
    const who = leg.peer;
    if (leg.state !== 'confirmed' || who?.state !== 'confirmed')
      return tx.respond(403, 'Forbidden (there is no call to transfer yet)');
    if (call.pending !== undefined) return tx.respond(491, 'Request Pending');
    const to = referTo(request);
    if (to === undefined) return tx.respond(400, 'Bad Request (Refer-To names nobody whom we could call)');
    const principal = this.principal(leg, tx);
    if (principal === undefined) return tx.respond(403, 'Forbidden (nobody is registered there)');
    const named = to.replaces === undefined ? undefined : this.named(to.replaces);
    const second = named?.user instanceof BridgedCall ? named.user : undefined;
    if (named !== undefined && (second === undefined || second === call || named.provider !== leg.provider))
      return tx.respond(403, 'Forbidden (Replaces names no call of its sender)');
    const { house, legs, random, handOver } = this.parts;
    const quiet = request.other('refer-sub') === 'false';
    tx.respond(202, 'Accepted', line('Contact', leg.contact) + (quiet ? line('Refer-Sub', 'false') : ''));
    const referral = new Referral(leg, this.asked.has(leg) ? `refer;id=${request.cseq.number}` : 'refer', quiet);
    this.asked.add(leg);
    if (named !== undefined && second !== undefined) {
      const target = named.peer;
      if (target?.state !== 'confirmed' || named.state !== 'confirmed' || second.pending !== undefined)
        return referral.notify(481, 'Call/Transaction Does Not Exist', true);
      return new Attended({ call, from: leg, second, replaced: named, referral, handOver }, who, target).begin();
    }
    const referredBy = tidy(request.other('referred-by') ?? leg.name);
    new Transfer({
      ...{ call, from: leg, who, principal, to, uri: this.inHouse(to.uri), referredBy, referral },
      ...{ home: legs, house: house(), handOver, word: () => random.hex(8) },
    }).begin();
  }

  /** The leg that an INVITE is to replace; undefined where it names none of ours. */
  replaced(request: Request): Leg | undefined {
    const replaces = replacesOf(request);
    return replaces && this.named(replaces);
  }

  /** The same for an INVITE of a provider, which may replace its own legs alone. */
  replacedAt(request: Request, provider: string): Leg | undefined {
    const leg = this.replaced(request);
    return leg?.provider === provider ? leg : undefined;
  }

  /**
   * Whether a Refer-To names whom a user has dialed and talks with, and Replaces for that call: whoever follows it is joined to it. A phone that
   * knows no Replaces calls what he was allowed to call himself (RFC 5589 §7, security S1).
   */
  joins(uri: Uri, user: string): boolean {
    const replaces = replacesIn(uri);
    const leg = replaces && this.named(replaces);
    if (leg?.principal?.kind !== 'user' || leg.principal.name !== user || leg.state !== 'confirmed') return false;
    const { facts: invite } = leg;
    // One that took a place itself dialed nobody, whatever its Request-URI says.
    if (!(invite instanceof Request) || invite.other('replaces') !== undefined) return false;
    return invite.uri.host === uri.host && dialedBy(invite.uri).text === dialedBy(uri).text;
  }

  /** `answering`: what answers the INVITE that replaces the leg. */
  replace(old: Leg, tx: ServerTransaction, answering: OneSide): void {
    const call = old.user instanceof BridgedCall ? old.user : undefined;
    const other = old.peer;
    if (call === undefined || other?.state !== 'confirmed' || old.state !== 'confirmed' || call.pending !== undefined)
      return tx.respond(481, 'Call/Transaction Does Not Exist');
    if (replacesOf(tx.request)?.earlyOnly === true) return tx.respond(486, 'Busy Here');
    const { handOver } = this.parts;
    new Replacement({ answering, call, old, other, handOver }).begin(tx);
  }

  private named({ callId, to, from }: Replaces): Leg | undefined {
    return this.parts.legs.find(callId, to, from);
  }

  /**
   * A provider speaks for itself, and who called for who he proved to be. A phone that was called speaks for the user whom our Record-Route
   * names, for anybody may write the address of a phone as his own (security S1); or for the guest who is there.
   */
  private principal({ provider, principal, dialog }: Leg, tx: ServerTransaction): Principal | undefined {
    if (provider !== undefined) return { kind: 'provider', name: provider };
    if (principal !== undefined) return principal.kind === 'user' || principal.kind === 'guest' ? principal : undefined;
    const name = this.parts.userCalled(dialog);
    if (name !== undefined) return { kind: 'user', name };
    const aor = guestAt(this.parts.location, tx.flow, dialog.target);
    return aor === undefined ? undefined : { kind: 'guest', aor };
  }

  /** A phone names another one by its Contact: the user of the house whose phone that is (RFC 5589 §7.3). */
  private inHouse(uri: Uri): string {
    const holder = isSip(uri) ? phoneAt(this.parts.location, uri)?.aor : undefined;
    if (holder === undefined) return uri.text;
    const at = holder.lastIndexOf('@'); // the name of a guest may hold one
    if (isGuest(holder)) return `sip:${escapeUser(holder.slice(0, at))}${holder.slice(at)}`;
    return `sip:${escapeUser(holder)}@${this.parts.house().contactHost}`;
  }
}
