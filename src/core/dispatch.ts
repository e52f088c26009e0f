import { type Log, stackOf } from '../runtime/log.ts';
import { autoAnswers } from '../sip/message/auto-answer.ts';
import type { Request } from '../sip/message/message.ts';
import type { Uri } from '../sip/message/uri.ts';
import type { ServerTransaction, TransactionUser } from '../sip/transaction/user.ts';
import type { Flow } from '../sip/transport/flow.ts';
import { hidePasswords } from '../text/hide.ts';
import type { AccessControl } from './access/access-control.ts';
import type { Bridge } from './bridge/bridge.ts';
import type { OriginateTerms } from './connector.ts';
import type { ProviderRequests } from './provider-requests.ts';
import { admit } from './proxy/admit.ts';
import { ledBefore } from './proxy/diversions.ts';
import type { InDialog } from './proxy/in-dialog.ts';
import type { CallProgress, CallStart } from './proxy/observer.ts';
import { type OwnRoutes, ownRoutes } from './proxy/own-routes.ts';
import { callerKind, type Principals, principalName } from './proxy/principal.ts';
import type { StatefulProxy } from './proxy/proxy.ts';
import { refersWithin } from './proxy/refer.ts';
import { ALLOW, refuse, reject } from './proxy/refuse.ts';
import { SUPPORTED, unsupported } from './registrar/registrar.ts';
import type { Registration } from './registrar/registration.ts';
import { type CallKind, callKind } from './routing/call-kind.ts';
import type { Decision, Principal, RouteFacts, ServedAction } from './routing/decision.ts';
import { route } from './routing/route.ts';
import type { Snapshot } from './routing/snapshot.ts';
import { isTrusted } from './routing/way.ts';

export interface DispatchParts {
  readonly log: Log;
  readonly access: AccessControl;
  readonly principals: Principals;
  readonly registration: Registration;
  readonly inDialog: InDialog;
  readonly proxy: StatefulProxy;
  snapshot(): Snapshot;
  /** Told of every INVITE that is sent on, and of those of our users that are refused; what it returns hears the rest. */
  callStarted(start: CallStart): CallProgress | undefined;
  /** Told of every call that was decided on, by its kind. */
  counted(kind: CallKind): void;
  /** A call went to groups whose members take turns. */
  turned(groups: readonly string[]): void;
  /** Does what a user dialed a feature code for, and answers. */
  code(user: string, action: ServedAction, tx: ServerTransaction): Promise<void>;
  /**
   * The phone of a user that an INVITE with Replaces is for, and how that user is called: the one in the dialog that it names (RFC 3891 §3), however
   * it names the phone itself; else the one with a Contact like its Request-URI, by which phones name one another (RFC 5589 §7.3).
   */
  phoneFor(request: Request): MeantPhone | undefined;
  /** Whether a 603 of one phone leaves the others ringing. */
  declineIsLocal(callee: string): boolean;
}

interface MeantPhone {
  readonly of: Uri;
  readonly contact: string;
  /** It is in the dialog that is named. */
  readonly joins: boolean;
}

/** What happens to a request, in order: the spine of the server (RFC 3261 §16.3 to §16.6). */
export class Dispatch implements TransactionUser {
  /** Requests that a bug of ours cost. */
  bugs = 0;
  /** Set once, by the exchange: who has dialogs of our own, found by Call-ID and tags before any route set is looked at. */
  bridge: Bridge | undefined = undefined;
  /** Set once, by the exchange: what becomes of a provider's call and MESSAGE. */
  fromProviders: ProviderRequests | undefined = undefined;
  /** Set by the exchange: nobody would end a call that began now, nor write a binding down. */
  ends = false;
  private readonly parts: DispatchParts;

  constructor(parts: DispatchParts) {
    this.parts = parts;
  }

  request(request: Request, tx: ServerTransaction): void {
    try {
      this.dispatch(request, tx);
    } catch (error) {
      this.bug(error, request);
      // The 500 is kept for a while: who proved nothing may not have been put on an account for that yet (security S12).
      if (tx.account !== undefined || this.parts.access.keeps(tx)) tx.respond(500, 'Server Internal Error');
    }
  }

  /** A request of our own making, vouched for by `principal`: routed as any other, or by its Record-Route within a dialog. */
  originate(request: Request, principal: Principal, tx: ServerTransaction, terms: OriginateTerms): void {
    const { parts, bridge } = this;
    try {
      if (bridge?.owns(request) === true) return bridge.request(request, tx); // a call that left by one trunk and came by another
      const routes = ownRoutes(request, parts.snapshot().domains);
      if (request.to.tag !== undefined) parts.inDialog.forward(request, tx, routes);
      else if (request.maxForwards === 0)
        tx.respond(483, 'Too Many Hops'); // the call that it goes on with has come far: §16.3
      else {
        const joins = principal.kind === 'user' && request.other('replaces') !== undefined;
        const phone = joins ? parts.phoneFor(request) : undefined;
        this.route(request, tx, principal, routes.count, terms, phone?.of, phone);
      }
    } catch (error) {
      this.bug(error, request);
      tx.respond(500, 'Server Internal Error');
    }
  }

  /** A bug: this request gets a 500, the others go on (house, 8). */
  private bug(error: unknown, request: Request): void {
    this.parts.log.error(`bug: ${request.method} ${request.callId}: ${stackOf(error)}`);
    this.bugs++;
  }

  private dispatch(request: Request, tx: ServerTransaction): void {
    const { parts } = this;
    const snapshot = parts.snapshot();
    if (request.method !== 'REGISTER' && this.bridge?.owns(request) === true) return this.bridge.request(request, tx); // §12.2
    if ((request.to.tag === undefined || request.method === 'REGISTER') && parts.access.turnsAway(request, tx)) return; // security S12
    const routes = ownRoutes(request, snapshot.domains); // §16.4
    const within = this.isWithin(request, routes);
    const refusal = admit(request, parts.proxy, snapshot.domains); // §16.3, RFC 5393
    if (refusal !== undefined) {
      if (parts.access.admit(request, tx, 'anonymous') !== 'gone')
        tx.respondStateless(refusal.status, refusal.reason, refusal.extra);
      return;
    }
    if (within) return parts.inDialog.forward(request, tx, routes); // §12.2, §16.4
    const principal = parts.principals.of(request, tx.flow, snapshot); // §22
    const admission = parts.access.admit(request, tx, callerKind(principal)); // security S4, S14
    if (admission === 'gone') return;
    // Challenged, a phone with the right password would take it for a wrong one, and ask its user.
    if (principal.kind === 'unread') return tx.respondStateless(503, 'Service Unavailable', 'Retry-After: 10\r\n');
    // Only users are served where it comes from.
    if (admission === 'challenge') return this.challenge(request, tx, principal.kind === 'unproved' && principal.stale);
    if (principal.kind === 'forged') return tx.respond(403, 'Forbidden (From names another user)');
    if (request.method === 'REGISTER')
      return this.ends ? tx.abandon() : parts.registration.register(request, principal, tx, snapshot); // §10.3
    const joins = request.method === 'INVITE' && principal.kind === 'user' && request.other('replaces') !== undefined;
    if (joins && this.bridge?.replaces(request) === true) return this.bridge.replace(tx, principal);
    if (principal.kind === 'provider') {
      if (request.method === 'INVITE' && this.fromProviders !== undefined) return this.fromProviders.call(principal, tx);
      // Whatever its Route says: it asks our Contact there whether we live.
      if (request.method === 'OPTIONS') return this.route(request, tx, principal, routes.count, undefined);
    }
    if (routes.foreign) return refuse(tx, principal, 403, 'Forbidden (the Route leads to another domain)');
    if (principal.kind === 'user' && request.method === 'REFER' && !this.refersWithin(request, principal.name))
      return tx.respond(403, 'Forbidden (that is not for its sender to dial)');
    if (principal.kind === 'provider' && request.method === 'MESSAGE' && this.fromProviders !== undefined) {
      const to = this.fromProviders.messageTo(principal, request);
      if ('status' in to) return refuse(tx, principal, to.status, to.reason);
      return this.route(request, tx, principal, routes.count, undefined, to);
    }
    const phone = joins ? parts.phoneFor(request) : undefined;
    this.route(request, tx, principal, routes.count, undefined, phone?.of, phone);
  }

  /** Whether a REFER of a user may reach a phone of the house. */
  refersWithin(request: Request, user: string): boolean {
    return refersWithin(request, user, this.parts.snapshot(), (uri) => this.bridge?.joins(uri, user) === true);
  }

  /** Whether it belongs to a dialog, or says that it does (§12.2). */
  private isWithin(request: Request, routes: OwnRoutes): boolean {
    return request.method !== 'REGISTER' && (request.to.tag !== undefined || this.parts.inDialog.isToUntagged(request, routes));
  }

  private route(
    request: Request,
    tx: ServerTransaction,
    principal: Principal,
    routes: number,
    terms: OriginateTerms | undefined,
    uri: Uri = request.uri,
    phone?: MeantPhone,
  ): void {
    const { parts } = this;
    const unpaid = terms?.unpaid;
    const facts = {
      method: request.method,
      uri,
      principal,
      from: parts.principals.caller(request, principal),
      flow: tx.flow,
      unpaid,
      phone: phone?.contact,
      joins: phone?.joins,
      led: request.method === 'INVITE' ? ledBefore(request) : undefined,
    };
    const decision = route(facts, parts.snapshot()); // §16.5
    const kind = request.method === 'INVITE' ? callKind(principal, decision) : undefined;
    if (kind !== undefined) parts.counted(kind);
    switch (decision.kind) {
      case 'forward':
        if (decision.emergency && principal.kind === 'user')
          parts.log.notice(`emergency: ${principal.name} calls ${decision.callee}`);
        return this.forward(request, tx, decision, facts, routes, terms); // §16.6, §16.7
      case 'serve':
        if (decision.by === 'code') return this.code(decision, request, tx);
        return serveOptions(tx);
      case 'challenge':
        return this.challenge(request, tx, decision.stale); // §22.3
      case 'reject':
        if (parts.log.wants('info'))
          parts.log.info(hidePasswords(`${request.method} ${request.uriText}: ${decision.status} ${decision.trace.at(-1)}`));
        this.refused(request, tx, decision, principal);
        return reject(tx, principal, decision, parts.snapshot().domains.home.name); // §21
      default:
        decision satisfies never;
    }
  }

  private code({ user, action }: Decision & { kind: 'serve'; by: 'code' }, request: Request, tx: ServerTransaction): void {
    this.parts.code(user, action, tx).catch((error: unknown) => {
      this.bug(error, request);
      tx.respond(500, 'Server Internal Error');
    });
  }

  /** Asks who it is, as a registrar or as a proxy (RFC 3261 §22.2, §22.3). */
  private challenge(request: Request, tx: ServerTransaction, stale: boolean): void {
    const challenge = this.parts.principals.challenge(request, tx.flow, stale);
    if (request.method === 'REGISTER') tx.respondStateless(401, 'Unauthorized', challenge);
    else tx.respondStateless(407, 'Proxy Authentication Required', challenge);
  }

  /** A call of ours, or of a provider, that goes nowhere is a call all the same, to be found in the history; strangers could fill that. */
  private refused(request: Request, tx: ServerTransaction, decision: Decision & { kind: 'reject' }, principal: Principal): void {
    if (request.method !== 'INVITE' || !isTrusted(principal)) return;
    const { callee, trace, status } = decision;
    this.parts.callStarted({ request, transaction: tx, principal, callee, trace })?.failed(status, trace.at(-1));
  }

  private forward(
    request: Request,
    tx: ServerTransaction,
    decision: Decision & { kind: 'forward' },
    facts: RouteFacts,
    routes: number,
    terms: OriginateTerms | undefined,
  ): void {
    const { parts } = this;
    const { principal } = facts;
    const stranger = isTrusted(principal) ? '' : decision.callee;
    if (stranger !== '' && parts.proxy.strangers.crowd(stranger))
      return tx.respondStateless(503, 'Service Unavailable (too many callers at once)', 'Retry-After: 10\r\n');
    const isCall = request.method === 'INVITE';
    if (isCall && this.ends) return refuse(tx, principal, 503, 'Service Unavailable', 'Retry-After: 10\r\n');
    const { plan, callee, trace, turns } = decision;
    if (turns.length > 0) parts.turned(turns);
    const progress = isCall
      ? parts.callStarted({ request, transaction: tx, principal, callee, trace, caller: terms?.caller, bridged: terms?.bridged })
      : undefined;
    const staying = terms === undefined ? parts.principals.staying(request, principal) : []; // what we say ourselves is meant
    // Nobody but the users of the house opens a microphone in it.
    const drop = principal.kind === 'user' || !isCall ? staying : [...staying, ...autoAnswers(request)];
    parts.proxy.forward(
      {
        request,
        plan,
        routes,
        drop,
        uri: undefined,
        path: nothing,
        principal: principalName(principal),
        facts,
        talks: terms?.talks,
        declineIsLocal: parts.declineIsLocal(callee),
        stranger,
        progress,
      },
      tx,
    );
  }

  ack(request: Request, flow: Flow): void {
    if (this.bridge?.owns(request) === true) return this.bridge.ack(request);
    // Never answered, never challenged; without a signed route of ours it goes nowhere (RFC 3261 §13.2.2.4, §22.1).
    const { proxy, inDialog, snapshot } = this.parts;
    const { domains } = snapshot();
    const routes = ownRoutes(request, domains);
    if (this.isWithin(request, routes) && admit(request, proxy, domains) === undefined)
      inDialog.forwardAck(request, flow, routes);
  }
}

/** RFC 3261 §11.2: the answer is that of a user agent, with 420 for what it has to understand and does not (§8.2.2.3). */
function serveOptions(tx: ServerTransaction): void {
  const unknown = unsupported(tx.request);
  if (unknown !== undefined) return tx.respondStateless(420, 'Bad Extension', unknown);
  tx.respondStateless(200, 'OK', `${ALLOW}Accept: application/sdp, */*\r\n${SUPPORTED}`);
}

const nothing: readonly string[] = [];
