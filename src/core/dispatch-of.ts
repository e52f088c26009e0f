import type { Log } from '../runtime/log.ts';
import type { Authenticator } from '../sip/auth/verify.ts';
import type { Request } from '../sip/message/message.ts';
import { escapeUser, isSip, parseUri } from '../sip/message/uri.ts';
import type { ServerTransaction } from '../sip/transaction/user.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { TransportLayer } from '../sip/transport/layer.ts';
import type { AccessControl } from './access/access-control.ts';
import type { Accounts } from './account/users.ts';
import { replacesOf } from './bridge/refer-to.ts';
import type { Traffic } from './call/traffic.ts';
import type { Calls } from './calls.ts';
import type { ProviderTrunks } from './connector.ts';
import { Dispatch } from './dispatch.ts';
import type { Features } from './features.ts';
import { isGuest } from './location/aor.ts';
import type { GuestFlows } from './location/guests.ts';
import type { LocationService } from './location/service.ts';
import { phoneAt, phoneWithin } from './location/whose.ts';
import { namesOfUser } from './proxy/certificate-identity.ts';
import { InDialog } from './proxy/in-dialog.ts';
import type { PeerAddresses } from './proxy/peer-addresses.ts';
import { Principals } from './proxy/principal.ts';
import type { StatefulProxy } from './proxy/proxy.ts';
import type { RouteTokens } from './proxy/record-route.ts';
import { refersOpenly } from './proxy/refer.ts';
import { Registrar } from './registrar/registrar.ts';
import { Registration } from './registrar/registration.ts';
import { isEmergency } from './routing/route.ts';
import type { Snapshot } from './routing/snapshot.ts';

/** What of an exchange its spine needs; what a reload replaces is asked for each time. */
export interface SpineParts {
  readonly log: Log;
  readonly authenticator: Authenticator;
  readonly access: AccessControl;
  readonly location: LocationService;
  readonly guests: GuestFlows;
  readonly peers: PeerAddresses;
  readonly transport: TransportLayer;
  readonly proxy: StatefulProxy;
  readonly tokens: RouteTokens;
  readonly calls: Calls;
  readonly features: Features;
  readonly traffic: Traffic;
  snapshot(): Snapshot;
  accounts(): Accounts;
  providers(): ProviderTrunks | undefined;
  /** Whether a flow is one of requests of our own making. */
  made(flow: Flow): boolean;
}

/** Who is calling, by all that this exchange believes. */
export function principalsOf({ authenticator, guests, peers, accounts, providers, snapshot }: SpineParts): Principals {
  return new Principals({
    authenticator,
    guestAt: (flow, from) => guests.at(flow, from),
    userOf: (peer) => accounts().byCertificate(namesOfUser(peer)),
    providerAt: (request, flow) => providers()?.callerOf(request, flow),
    peerAt: (host, from) => peers.at(host, from),
    believes: (domain) => peers.believes(domain),
    isOurs: (uri) => snapshot().domains.of(uri.host) !== undefined, // whatever the port: a phone shows none
  });
}

/** The spine of an exchange, joined with what a request comes by in its order. */
export function dispatchOf(parts: SpineParts, principals: Principals): Dispatch {
  const { log, access, location, guests, transport, proxy, tokens, calls, features, traffic, snapshot, accounts, made } = parts;
  const registrar = new Registrar({
    ...{ location, log },
    isOurs: (uri) => snapshot().domains.owns(uri),
    isOpen: (flow) => transport.flowNamed(flow) !== undefined,
    registered: (aor) => proxy.registered(aor),
  });
  const dispatch: Dispatch = new Dispatch({
    ...{ log, access, principals, proxy, snapshot },
    registration: new Registration({
      registrar,
      challenge: (request, flow, stale) => principals.challenge(request, flow, stale),
      guests: () => guests.count,
      isProvider: (host) => parts.providers()?.at(host) !== undefined,
      guestsFrom: (flow) => (transport.answered.at(flow.remote.host).excepted ? 0 : guests.countFrom(flow)),
    }),
    inDialog: new InDialog({
      ...{ proxy, tokens, transport, principals, access, location, snapshot },
      observer: calls,
      admits: (request, tx) => admitsUnknown(parts, request, tx),
      made,
      refersOpenly: (request, user) =>
        user === undefined ? refersOpenly(request, snapshot()) : dispatch.refersWithin(request, user),
    }),
    callStarted: (start) => calls.started(start),
    code: (user, action, tx) => features.codes.serve(user, action, tx),
    turned: (groups) => features.turns.pass(groups),
    counted: (kind) => traffic.count(kind),
    phoneFor: (request) => {
      const { uri } = request;
      const { domains } = snapshot();
      const replaces = replacesOf(request);
      const party = replaces && !isEmergency(uri, snapshot()) ? calls.partyOf(replaces) : undefined;
      const inCall = party?.contact === undefined ? undefined : phoneWithin(location, party.contact, party.user);
      const phone = inCall ?? (isSip(uri) && !domains.owns(uri) ? phoneAt(location, uri) : undefined);
      if (phone === undefined || isGuest(phone.aor)) return undefined;
      const scheme = uri.scheme === 'sips' ? 'sips' : 'sip';
      const of = parseUri(`${scheme}:${escapeUser(phone.aor)}@${domains.home.name}`);
      return { of, contact: phone.uri, joins: inCall !== undefined };
    },
    declineIsLocal: (callee) => accounts().byName(callee)?.decline !== 'everywhere',
  });
  return dispatch;
}

/** Whether a request of a dialog that nobody knows is answered; if not, it is dealt with. What we say ourselves is always answered. */
export function admitsUnknown(
  { access, made }: Pick<SpineParts, 'access' | 'made'>,
  request: Request,
  tx: ServerTransaction,
): boolean {
  return made(tx.flow) || access.admit(request, tx, 'anonymous') !== 'gone';
}
