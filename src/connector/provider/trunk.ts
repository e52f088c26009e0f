import type { Section } from '../../config/config.ts';
import type { ProviderSettings } from '../../config/sections/provider.ts';
import type { IncomingLeg, OutgoingLeg, SipTrunk, TrunkLeg, TrunkRefusal, Way } from '../../core/connector.ts';
import type { Diversion, ProviderCaller } from '../../core/routing/decision.ts';
import { houseUri } from '../../core/routing/domains.ts';
import { formatNumber } from '../../core/routing/numbers.ts';
import type { TrunkTarget } from '../../core/routing/payer.ts';
import type { TrunkState } from '../../core/routing/snapshot.ts';
import { type Millis, moment, type Timed, type Timer } from '../../runtime/clock.ts';
import type { Address } from '../../runtime/network.ts';
import { ClientDigest } from '../../sip/auth/client.ts';
import { isPublicOrBeside } from '../../sip/locate/address-class.ts';
import type { NextHop } from '../../sip/locate/hop.ts';
import { wantedOf } from '../../sip/locate/wanted.ts';
import { parseAddress } from '../../sip/message/address.ts';
import type { Request } from '../../sip/message/message.ts';
import { escapeUser, hopText } from '../../sip/message/uri.ts';
import { readable } from '../../text/parse-error.ts';
import type { ProviderAccount } from './account.ts';
import { calledIn, inboundOf, numberOfCaller } from './called.ts';
import { Credentials } from './credentials.ts';
import { diversionLine, incomingIdentity, isWithheld, outgoingIdentity } from './identity.ts';
import { asClient, type House } from './locating.ts';
import { tokenContact, USER_AGENT } from './own-request.ts';
import { Qualify } from './qualify.ts';
import { Realms } from './realms.ts';
import { FLAP, Registration, type RegistrationParts } from './registration.ts';

/** Seconds after which a call whose other side says nothing any more is over (RFC 4028). */
const SESSION = 1_800;
/**
 * Media of SDP that is encrypted, and media that is not, a fax among them (ITU-T T.38); port 0 is none. Lines may end in
 * CR or LF alone (RFC 8866 §5) and hold tabs, for phones read such ones too.
 */
const ENCRYPTED = /^m=[^\r\n]*\/SAVPF?[ \t]/m;
const CLEAR = /^m=[^ \t\r\n]*[ \t](?!0[ \t/])[^\r\n]*(?:\/AVPF?|[ \t](?:udp|tcp)tl)[ \t]/im;

/** Whether SRTP is not offered, or not alone: of several media the answer may take those in clear (RFC 3264 §6). */
const inClear = (offer: string): boolean => !ENCRYPTED.test(offer) || CLEAR.test(offer);
/** Nobody minds. */
const never = (): boolean => false;

export interface TrunkParts extends Omit<RegistrationParts, 'changed'> {
  /** What our Contact there says instead of a name: nobody can guess it, and it outlives a restart. */
  readonly token: string;
  /** What it says within calls, which whoever calls or is called may read: it proves nothing. */
  readonly callToken: string;
  house(): House;
  changed(trunk: ProviderTrunk): void;
}

/** What a test of a provider found: sentences, and what to do about it if it failed. */
export interface TestOutcome {
  readonly up: boolean;
  readonly steps: readonly string[];
  readonly advice: string;
}

/** One account at a provider: registered, asked whether it is there, and the trunk that calls go through. */
export class ProviderTrunk implements SipTrunk, Timed {
  readonly account: ProviderAccount;
  readonly registration: Registration;
  /** Since when it is up, or down; milliseconds since 1970. */
  since: () => number;
  private readonly parts: TrunkParts;
  /** Where calls go, and what they show: a reload may change it without a new registration. */
  section: Section<ProviderSettings>;
  private readonly realms: Realms;
  private readonly qualify: Qualify;
  private wasUp = false;
  /** When it came up last, on the monotonic clock. */
  private upAt: Millis = 0;
  /** Whether it is worth a word that it is up: of one that comes and goes all night, only once it has stayed. */
  stays = true;
  private settling: Timer | undefined = undefined;
  private tests: ((outcome: TestOutcome) => void)[] = [];

  constructor(parts: TrunkParts, section: Section<ProviderSettings>, account: ProviderAccount) {
    this.parts = parts;
    this.section = section;
    this.account = account;
    this.since = moment(parts.clock);
    this.realms = new Realms(account);
    const { clock, random, transactions } = parts;
    this.registration = new Registration(
      { ...parts, changed: () => this.changed() },
      account,
      this.digest((realm) => this.realms.learn(realm)),
      parts.token,
    );
    this.qualify = new Qualify(
      { clock, random, transactions, moved: () => this.moved, silent: (why) => this.registration.lost(why) },
      account,
    );
  }

  private digest(mayAsk: (realm: string) => boolean): ClientDigest {
    const { authUsername: username, password } = this.account;
    return new ClientDigest({ username, password, mayAsk }, this.parts.random);
  }

  private changed(): void {
    const { up, flow } = this.registration;
    this.qualify.over(up && this.account.registers ? flow : undefined);
    if (up !== this.wasUp) this.turned(up);
    this.wasUp = up;
    this.parts.changed(this);
    this.settle();
  }

  private turned(up: boolean): void {
    const { clock } = this.parts;
    this.since = moment(clock);
    this.settling?.cancel();
    if (!up) this.stays = clock.now() - this.upAt >= FLAP;
    else {
      this.upAt = clock.now();
      if (!this.stays) this.settling = clock.start('provider stays', FLAP, this);
    }
  }

  timeout(): void {
    this.stays = true;
    this.parts.changed(this);
  }

  /** The addresses of this machine are others, or it slept: where the provider reaches us as before, all stays, and calls go on to leave. */
  networkChanged(slept: boolean): void {
    if (slept || !this.registration.up || this.moved) this.registration.run('again');
  }

  /** Whether what is sent to its server leaves from elsewhere by now than what it knows of us. */
  private get moved(): boolean {
    const { flow, grant } = this.registration;
    if (flow?.open !== true || grant.hop === undefined) return true;
    const now = this.parts.transport.flowTo(grant.hop);
    return !('send' in now) || now.local.host !== flow.local.host || now.connection !== flow.connection;
  }

  /** Registers anew and tells how that went, step by step. */
  test(done: (outcome: TestOutcome) => void): void {
    this.tests.push(done);
    this.registration.run('again');
    this.settle();
  }

  private settle(): void {
    const { state, journal, fault } = this.registration;
    if (state !== 'registered' && state !== 'waiting' && state !== 'end') return;
    for (const done of this.tests.splice(0))
      done({ up: state === 'registered', steps: [...journal], advice: fault?.advice ?? '' });
  }

  get state(): TrunkState {
    const { up, fault } = this.registration;
    return up ? { up } : { up, why: fault?.why ?? 'it has not answered yet' };
  }

  /** Whether an address is one of its servers. */
  has(host: string): boolean {
    return this.registration.servers.has(host);
  }

  /** The same for a server on this very machine, where phones may run too: by its port. */
  hasPort({ host, port }: Address): boolean {
    return this.registration.servers.hops.some((hop) => hop.host === host && hop.port === port);
  }

  outgoing(target: TrunkTarget, request: Request, diversions: readonly Diversion[]): OutgoingLeg | TrunkRefusal {
    const { account, parts, section, registration } = this;
    const { contact, authorize, headers, sessionExpires, refusesClear } = this.leg(target.emergency);
    if (refusesClear(request.body))
      return { status: 488, reason: `Not Acceptable Here (provider ${account.name} wants encrypted media)` };
    const { plan, extensionOf } = parts.house();
    const number = formatNumber(target.number, account.numberFormat, plan, target.dialed);
    const requestUri = `sip:${escapeUser(number)}@${account.domain}`;
    const { called } = target.payer;
    const own = numberOfCaller(called, extensionOf(called), section, account, plan);
    const withheld = isWithheld(request);
    const identity = outgoingIdentity(account, own, withheld, plan);
    const lines = identity.lines + diversionLine(account, own, diversions, withheld, plan);
    // One literal, for it lives as long as the last transaction of its call: put together by spreading it takes half as much room again.
    return {
      contact,
      authorize,
      headers,
      sessionExpires,
      refusesClear,
      requestUri,
      from: identity.from,
      inviteHeaders: lines,
      routes: [...(account.route === undefined ? [] : [account.route]), ...registration.grant.serviceRoute],
      ways: (found) => this.ways((hops) => found(hops.map((hop) => this.way(hop)))),
    };
  }

  /** A call of the provider to us, or another request; undefined for a number that nobody has. */
  incoming(principal: ProviderCaller, request: Request): IncomingLeg | TrunkRefusal | undefined {
    const { account, parts, section } = this;
    const house = parts.house();
    const to = inboundOf(calledIn(request), section, account, house.plan);
    if (to === undefined) return undefined;
    const { contact, authorize, headers, sessionExpires, refusesClear } = this.leg(false);
    if (request.method === 'INVITE' && refusesClear(request.body))
      return { status: 488, reason: 'Not Acceptable Here (encrypted media is wanted)' };
    const identity = incomingIdentity(request, account, house);
    const requestUri = houseUri(to, house.domain);
    return {
      contact,
      authorize,
      headers,
      sessionExpires,
      refusesClear,
      requestUri,
      principal,
      from: identity.from,
      inviteHeaders: identity.lines,
    };
  }

  private leg(emergency: boolean): TrunkLeg {
    const credentials = new Credentials(this.digest((realm) => this.realms.known(realm)));
    return {
      contact: (flow) => tokenContact(flow, this.parts.callToken),
      authorize: (challenge, method, uri) => credentials.answer(challenge, method, uri),
      headers: USER_AGENT,
      sessionExpires: SESSION,
      refusesClear: this.account.encryption === 'required' && !emergency ? inClear : never,
    };
  }

  /** The server that answered our REGISTER, then the others (features, pain 5). */
  private ways(found: (hops: readonly NextHop[]) => void): void {
    const { registration, account, parts } = this;
    const [wanted] = account.route === undefined ? registration.grant.serviceRoute : [];
    const next = wanted === undefined ? undefined : readable(() => parseAddress('Service-Route', wanted).uri);
    const current = registration.up ? registration.grant.hop : undefined;
    const first = (hops: readonly NextHop[]) =>
      current === undefined ? hops : [current, ...hops.filter((hop) => hopText(hop) !== hopText(current))];
    if (next === undefined && current !== undefined) return found(first(registration.servers.hops));
    parts.locating.locate(asClient(wantedOf(next ?? account.server), account), (located) => {
      const known = located.kind === 'failed' ? [] : located.hops;
      // A Service-Route is the word of whoever answered our REGISTER: it leads into no network but that one's own (security S21).
      const hops = next === undefined ? known : known.filter(({ host }) => isPublicOrBeside(host, current?.host));
      // Where it leads nowhere, or DNS is silent and the call is one for help, the servers of the last registration may still be there.
      if (hops.length === 0) return found(first(registration.servers.hops));
      const same = hops.some((hop) => current !== undefined && hopText(hop) === hopText(current));
      found(same ? first(hops) : hops);
    });
  }

  private way(hop: NextHop): Way {
    const { transport, locating } = this.parts;
    return {
      open: () => transport.flowTo(hop),
      succeeded: () => locating.succeeded(hop),
      failed: (why, retryAfter) => {
        locating.failed(hop, retryAfter);
        // A server that is full is there; one that is silent is not, and to register elsewhere now is to be reached.
        const { hop: current } = this.registration.grant;
        if (why !== '503' && current !== undefined && hopText(current) === hopText(hop)) this.registration.lost(why);
      },
    };
  }
}
