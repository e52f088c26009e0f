import { Field } from '../../sip/message/fields.ts';
import { type Request, STRIDE } from '../../sip/message/message.ts';
import { DEFAULT_PORT, isSip, parseUri, type Uri } from '../../sip/message/uri.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import type { Flow, FlowName } from '../../sip/transport/flow.ts';
import { mayBeLarge } from '../../sip/transport/large.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import type { AccessControl } from '../access/access-control.ts';
import { isAt } from '../location/binding.ts';
import { datagramsTo, flowOrNew, listensAt } from '../location/reopen.ts';
import type { LocationService } from '../location/service.ts';
import { flowNow, phoneOf } from '../location/whose.ts';
import type { Plan } from '../routing/decision.ts';
import type { Snapshot } from '../routing/snapshot.ts';
import type { CallProgress } from './observer.ts';
import type { ForwardOrder, Within } from './order.ts';
import { nextHop, type OwnRoutes } from './own-routes.ts';
import { claimed, otherName, type Principals } from './principal.ts';
import type { StatefulProxy } from './proxy.ts';
import { OUTSIDE, type RouteTokens, userOf } from './record-route.ts';
import { eventsOf, isOfCall } from './refer.ts';

/** Told of requests within a call, so that the table of calls knows what goes on in it. */
export interface DialogObserver {
  /** What it returns hears of the answers. */
  request(request: Request, towards: 'caller' | 'callee', from: Flow): CallProgress | undefined;
  /** What one side has spoken by since the connection that it began with closed, or since it moved, if it has. */
  flowOf(request: Request, side: 'caller' | 'callee'): Flow | undefined;
}

/** Where a request goes that bears a token of ours, and who sends it. */
interface Opened extends Within {
  readonly flow: FlowName;
  /** The user who sends it; undefined: none of the house, or a callee whom an old token does not name. */
  readonly user: string | undefined;
  /** Who sends it is none of the house, and not ourselves either. */
  readonly stranger: boolean;
}

export interface InDialogParts {
  readonly proxy: StatefulProxy;
  readonly tokens: RouteTokens;
  readonly transport: TransportLayer;
  readonly observer: DialogObserver;
  readonly principals: Principals;
  readonly access: AccessControl;
  readonly location: LocationService;
  snapshot(): Snapshot;
  /** Whether a REFER leads nowhere that its sender may not go himself; `user`: who he is of the house. */
  refersOpenly(request: Request, user: string | undefined): boolean;
  /** Whether a flow is one of requests of our own making. */
  made(flow: Flow): boolean;
  /** Whether a request of no dialog of ours is answered; if not, it is dealt with. */
  admits(request: Request, tx: ServerTransaction): boolean;
}

/**
 * Requests within a dialog (RFC 3261 §12.2, §16.4): those that prove by our signed Record-Route that the dialog runs through us follow
 * the flow of the other side. All others get 481, such an ACK silence: an invented To tag leads nowhere.
 */
export class InDialog {
  private readonly parts: InDialogParts;

  constructor(parts: InDialogParts) {
    this.parts = parts;
  }

  forward(request: Request, tx: ServerTransaction, routes: OwnRoutes): void {
    const opened = this.open(request, tx.flow, routes);
    if (opened === undefined) {
      if (this.parts.admits(request, tx)) tx.respondStateless(481, 'Call/Transaction Does Not Exist');
      return;
    }
    if (opened.stranger && !this.parts.access.keeps(tx)) return;
    const known = opened.stranger || opened.user !== undefined;
    if (known && request.method !== 'BYE' && this.isForged(request, opened))
      return tx.respond(403, 'Forbidden (From names another user)');
    if (known && request.method === 'REFER' && !this.parts.refersOpenly(request, opened.user))
      return tx.respond(403, 'Forbidden (that is not for its sender to dial)');
    if (opened.stranger && request.method === 'NOTIFY' && !isOfCall(request) && !this.isAsked(request, opened))
      return tx.respond(489, 'Bad Event');
    if (opened.stranger && !opened.outside && request.method === 'SUBSCRIBE' && !isOfCall(request))
      return tx.respond(489, 'Bad Event');
    // The way is sought first: the table of calls forgets whom a BYE ends.
    const flow = this.wayTo(opened, request, routes) ?? opened.flow;
    const progress = this.parts.observer.request(request, opened.towards, tx.flow);
    const next = opened.outside && opened.flow.transport !== 'udp' ? nextHop(request, routes) : undefined;
    // Two strangers, one of them a guest whose phone closes its connection itself, would have us connect anywhere (security S14, S21).
    const otherwise = next !== undefined && opened.stranger && !leadsBack(next, opened.flow) ? undefined : next;
    const stranger = opened.outside && opened.towards === 'caller';
    const direct = !stranger && mayBeLarge(request.text.length) && isDirect(flow, request, routes);
    const plan = { kind: 'target', target: { kind: 'flow', flow, otherwise, stranger, direct } } as const;
    this.parts.proxy.forward(this.order(request, routes, opened, plan, progress), tx);
  }

  forwardAck(request: Request, from: Flow, routes: OwnRoutes): void {
    const opened = this.open(request, from, routes);
    if (opened === undefined) return;
    this.parts.observer.request(request, opened.towards, from);
    const flow = this.wayTo(opened, request, routes);
    if (flow !== undefined) this.parts.proxy.forwardAck(this.order(request, routes, opened, noPlan, undefined), from, flow);
  }

  /**
   * Whether a request without a To tag goes to a caller who gave no From tag, as RFC 2543 let him: its To is the same then (RFC 3261 §12.1.1,
   * §12.2.1.1). Nothing but a token of ours that was made for such a caller says so; all other requests without that tag are new.
   */
  isToUntagged(request: Request, { tokens }: OwnRoutes): boolean {
    const { callId, from } = request;
    return tokens.some((token) => this.parts.tokens.open(token, callId, from.tag ?? '', '')?.towards === 'caller');
  }

  /**
   * Each side stays who it was: no phone shows it as another one because of a new From (RFC 4916 §4.4.1, security S11). Who was called goes by
   * the name that was dialed, too (RFC 3261 §12.1.1).
   */
  private isForged(request: Request, { towards, user, route }: Opened): boolean {
    const name = otherName(claimed(request), user, this.parts.snapshot());
    if (name === undefined) return false;
    return towards === 'callee' || route.dialed === undefined || this.parts.tokens.mark(name) !== route.dialed;
  }

  /** Whether a NOTIFY of who was called tells what the caller subscribed to. */
  private isAsked(request: Request, { towards, route }: Opened): boolean {
    return towards === 'caller' && route.asked !== undefined && this.parts.tokens.mark(eventsOf(request).join()) === route.asked;
  }

  private wayTo(opened: Opened, request: Request, routes: OwnRoutes): Flow | undefined {
    const { flow, towards, outside, stranger } = opened;
    const { foreign, strict } = routes;
    const { transport, observer } = this.parts;
    if (flow.transport === 'udp') {
      const { uri } = request;
      // What is none of the house is answered where it spoke, and nowhere else.
      if (outside || foreign || strict !== undefined || !isSip(uri)) return transport.flowNamed(flow);
      const last = isAt(uri, flow.remote.host) ? flow : (observer.flowOf(request, towards) ?? this.flowNow(opened, uri));
      const named = datagramsTo(last, uri, transport);
      return transport.flowNamed(named === last || this.mayAim(opened, uri) ? named : last);
    }
    const away = outside || foreign || strict !== undefined;
    const there = observer.flowOf(request, towards) ?? transport.flowNamed(away ? flow : this.flowNow(opened, request.uri));
    if (there !== undefined) return there;
    // Whose certificate was checked before is not spoken to without that: its domain is located anew.
    const checked = outside && towards === 'callee' && flow.transport === 'tls';
    // The connection of a proxy before a phone is opened anew as well, but not for a stranger: where it listens no registration says.
    const aimed = foreign ? !outside && !stranger : this.mayAim(opened, request.uri);
    const next = aimed && strict === undefined && !checked ? nextHop(request, routes) : undefined;
    return flowOrNew(transport, flow, next);
  }

  /** Whether the Request-URI says at which port a phone of the house is: a stranger would have us try all of its host (security S21). */
  private mayAim(opened: Opened, uri: Uri): boolean {
    if (!opened.stranger) return true;
    const user = called(opened);
    return user !== undefined && phoneOf(this.parts.location, uri, user) !== undefined;
  }

  /** What is no call, as a subscription, is in no table: its phone is where it registered the Contact that is meant (RFC 6665 §3.1, RFC 3261 §12.2.1.1). */
  private flowNow(opened: Opened, uri: Uri): FlowName {
    const user = called(opened);
    return user === undefined ? opened.flow : flowNow(this.parts.location, opened.flow, uri, user);
  }

  private open(request: Request, from: Flow, routes: OwnRoutes): Opened | undefined {
    // The last: a dialog that came through us twice has two of them side by side, and what stood between says nothing (RFC 3261 §16.4).
    const ends = request.method === 'BYE';
    for (let i = routes.tokens.length - 1; i >= 0; i--) {
      const token = routes.tokens[i]!;
      const opened = this.parts.tokens.open(token, request.callId, request.from.tag ?? '', request.to.tag ?? '', ends);
      if (opened === undefined) continue;
      if (ends) this.parts.tokens.forget(token);
      const { towards, route } = opened;
      const caller = userOf(route.principal);
      const [out, away] = [caller === undefined, route.called === OUTSIDE];
      return towards === 'callee'
        ? { towards, route, flow: route.callee, user: caller, outside: away, stranger: out && !this.parts.made(from) }
        : { towards, route, flow: route.caller, user: userOf(route.called), outside: out, stranger: away };
    }
    return undefined;
  }

  private order(
    request: Request,
    routes: OwnRoutes,
    within: Opened,
    plan: Plan,
    progress: CallProgress | undefined,
  ): ForwardOrder {
    const { strict } = routes;
    const drop = this.parts.principals.staying(request);
    return {
      request,
      plan,
      routes: strict === undefined ? routes.count : 0,
      drop: strict === undefined ? drop : [...drop, ...routeLines(request)],
      uri: strict?.uri,
      path: strict?.route ?? nothing,
      principal: within.route.principal,
      facts: undefined,
      declineIsLocal: false,
      stranger: '',
      within,
      progress,
    };
  }
}

const nothing: readonly string[] = [];

/** The user whom a request goes to; undefined: none of the house. */
const called = ({ towards, route }: Opened): string | undefined => userOf(towards === 'callee' ? route.called : route.principal);

/** An ACK has one way, and nothing to walk. */
const noPlan: Plan = { kind: 'all', of: [] };

/** What is too long for UDP may go by TCP to where the flow leads, for the other side says itself that it listens there (RFC 3261 §18.1.1). */
function isDirect({ transport, remote }: FlowName, request: Request, routes: OwnRoutes): boolean {
  const next = transport === 'udp' ? nextHop(request, routes) : undefined;
  return next !== undefined && listensAt(parseUri(next), remote);
}

function routeLines(request: Request): number[] {
  const places: number[] = [];
  for (let i = request.find(Field.route); i >= 0; i = request.find(Field.route, i + STRIDE)) places.push(i);
  return places;
}

/** Whether a URI leads where a connection has led: to the host and port of its other end, without asking DNS. */
function leadsBack(next: string, { transport, remote }: FlowName): boolean {
  const uri = parseUri(next);
  return isSip(uri) && isAt(uri, remote.host) && (uri.port ?? DEFAULT_PORT[transport]) === remote.port;
}
