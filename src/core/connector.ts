import type { Config } from '../config/config.ts';
import type { Request, Response } from '../sip/message/message.ts';
import type { Flow, TransportError } from '../sip/transport/flow.ts';
import type { Diversion, Principal, ProviderCaller } from './routing/decision.ts';
import type { TrunkTarget } from './routing/payer.ts';
import type { TrunkState } from './routing/snapshot.ts';

// Why a CANCEL or BYE of ours is sent, on either side of a gateway: values of a Reason header (RFC 3326).

/** Another one has answered. */
export const ANSWERED_ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';
export const STOPS = 'SIP;cause=503;text="The exchange stops"';

// What a branch of the proxy needs of a gateway.

/** What a branch that ends at a gateway tells the proxy, as a phone would: the answers of the other side. */
export interface BranchAnswers {
  /**
   * A response to the caller's INVITE, as if it had come from the wire with our own Via on top. A 2xx comes again until it is acknowledged,
   * and so does a reliable provisional response (RFC 3261 §13.3.1.4, RFC 3262 §3).
   */
  response(response: Response): void;
  /** The call that a 2xx began is over: its BYE went past the proxy. Once, also after `hangUp`. */
  ended(by: 'caller' | 'callee'): void;
}

/** The callee's side of a call that ends at a gateway, which alone knows its dialogs. */
export interface Bridged {
  /** Ends an answered call towards both sides, with this Reason: an operator wants it. Nothing happens when it is over. */
  hangUp(reason: string): void;
}

/** Where the callee's side of a dialog is: a flow of ours, or a gateway. */
export type Callee = Flow | Bridged;

/** A branch that the bridge plays the callee of. */
export interface GatewayBranch extends Bridged {
  /** It is one of the calls of who pays. */
  readonly counted: boolean;
  /** The proxy's CANCEL; `reason`: the value of its Reason header, empty for none (RFC 3326). */
  cancel(reason: string): void;
}

/** Who sent the request that a branch is of. */
export interface Caller {
  /** By which the request came. */
  readonly flow: Flow;
  /** One of our users is spoken to at the port that his Contact names, everybody else where he spoke from. */
  readonly principal: Principal | undefined;
}

/** How a call has come to a gateway. */
export interface GatewayTerms {
  /** Who led it on to here, the first of them first. */
  readonly diversions: readonly Diversion[];
  /** Another target is tried where this one is silent. */
  readonly followed: boolean;
  /** It was counted at another trunk, which did not take it: for who pays it is the same call. */
  readonly again: boolean;
}

/** Plays the callee towards the proxy and the caller towards a provider or modem (house, "A gateway is a user agent behind the proxy"). */
export interface Gateway {
  /**
   * The first answer may come before this returns.
   * ACK, BYE and whatever else the caller sends within the dialog come to the gateway's own Contact, past the proxy.
   */
  call(request: Request, caller: Caller, target: TrunkTarget, answers: BranchAnswers, terms: GatewayTerms): GatewayBranch;
}

/** Who takes the place of a side that has left, as wire text. */
export interface Party {
  readonly uri: string;
  readonly display: string;
  /** The local user; empty for none. */
  readonly user: string;
}

/** A dialog that the table of calls has seen, by Call-ID and the tags of its caller and callee; and which of them leaves the call. */
export interface Leaving {
  readonly callId: string;
  readonly near: string;
  readonly far: string;
  readonly left: 'caller' | 'callee';
}

/** What a gateway has listed. */
export interface Listed {
  /** The call is over; once. */
  ended(by: 'caller' | 'callee'): void;
}

/** The table of calls: it says who talks with whom, also where a gateway has joined them. */
export interface CallListing {
  /**
   * One side of an answered call leaves it by a transfer: the call ends there, and another one begins with whoever takes its place, which
   * `bridged` can end. `party` undefined: an INVITE of its own has begun that one already. Nothing happens where there is no such call.
   */
  handedOver(leaving: Leaving, party?: Party, bridged?: Bridged): Listed | undefined;
}

// What a gateway needs to call the house.

/** Who made a request that did not come from the wire, and hears its answers. */
export interface Originator {
  /** Every response but 100; each 2xx of a fork, and each as often as it is retransmitted. The Via is that of the request. */
  response(response: Response): void;
  /** No answer will come: 408 of a silent side where the RFC allows no such response, 503 of one that cannot be reached. */
  unanswered(status: 408 | 503): void;
}

/** A request that was put on its way by `Originate`. */
export interface Originated {
  /** Gives an INVITE up (RFC 3261 §9.1). `reason`: the value of a Reason header, empty for none. */
  cancel(reason: string): void;
}

/** What the routing of a request of our own making may do. */
export interface OriginateTerms {
  /** Nobody pays for it: it reaches nothing that costs money (a REFER never makes a Payer). */
  readonly unpaid?: boolean;
  /** The local user who talks, empty for none; else it is the principal. */
  readonly caller?: string;
  /** Who talks, as far as he has proved it; undefined: the principal. */
  readonly talks?: Principal | undefined;
  /** Who ends an answered call on both sides, should an operator want it. */
  readonly bridged?: Bridged;
}

/** Puts requests of our own making on their way as if a phone had sent them: through dispatch, so that forking, forwards and history apply. */
export interface Originate {
  /** A Via line for the request's top, with its CRLF; it leads nowhere, for the answers come back without a wire. */
  via(): string;
  /** The host and port that a Contact of ours says inside the house, where phones find us (RFC 3261 §8.1.1.8). */
  readonly contactHost: string;
  /** A request outside of any dialog, or one within a dialog by the Record-Route that its 2xx brought. Never an ACK or a CANCEL. */
  request(request: Request, principal: Principal, originator: Originator, terms?: OriginateTerms): Originated;
  /** The ACK to a 2xx. */
  ack(request: Request): void;
  /** Whether a request came by this interface, so that its flow leads nowhere: what is sent to its caller goes this way, too. */
  made(flow: Flow): boolean;
}

// What a provider must fulfil for the bridge.

/** One server of a provider: where an INVITE is sent, tried in their order (RFC 3263 §4.3). */
export interface Way {
  /** The flow there, at once; a stream may still be connecting. */
  open(): Flow | TransportError;
  /** It answered with anything but 503. */
  succeeded(): void;
  /** 503 (`retryAfter` in seconds, if it said so), silence, or no connection: the next way is taken. */
  failed(why: string, retryAfter?: number): void;
}

/** What both directions of a call at a provider have in common. */
export interface TrunkLeg {
  /**
   * Our Contact on this flow, in angle brackets. By its user part the provider's requests are known as the provider's; in-dialog ones are found
   * by Call-ID and tags.
   */
  contact(flow: Flow): string;
  /**
   * A whole Authorization or Proxy-Authorization line that answers a 401 or 407 of this provider (security S9: only for its realm);
   * undefined if there is none to give. Asked at most twice for a request.
   */
  authorize(challenge: Response, method: string, uri: string): string | undefined;
  /** Whole header lines for every request to it: User-Agent, identity. */
  readonly headers: string;
  /** Seconds that a session may last without refresh (RFC 4028); undefined: no timer is asked for. */
  readonly sessionExpires: number | undefined;
  /** Whether an offer, or that there is none, is refused because its media may go in clear. */
  refusesClear(offer: string): boolean;
}

/** How one call is made at a provider. All text is wire text. */
export interface OutgoingLeg extends TrunkLeg {
  /** The Request-URI, and that of To. */
  readonly requestUri: string;
  /** The value of From, without a tag. */
  readonly from: string;
  /** Whole lines for the INVITE alone: Privacy, P-Asserted-Identity, Diversion. */
  readonly inviteHeaders: string;
  /** Values of the Route header: its outbound proxy, its Service-Route. */
  readonly routes: readonly string[];
  /** The servers, the best first; found at once or later, once. None: the trunk cannot be reached. */
  ways(found: (ways: readonly Way[]) => void): void;
}

/** Why a trunk does not take a call: said to the caller; of a call out, the next trunk is tried. */
export interface TrunkRefusal {
  readonly status: number;
  readonly reason: string;
}

/** A trunk that is reached by SIP: a provider. */
export interface SipTrunk {
  /**
   * `request`: the INVITE as the caller sent it: its From and Privacy are what the provider is told of the caller. `diversions`: who led the
   * call on to here, the last of whom pays for it.
   */
  outgoing(target: TrunkTarget, request: Request, diversions: readonly Diversion[]): OutgoingLeg | TrunkRefusal;
}

/** A call that came from a provider: `Bridge.incoming` puts it into the house. All text is wire text. */
export interface IncomingLeg extends TrunkLeg {
  /** The Request-URI in the house, and that of To: the user, extension or group of `inbound`. */
  readonly requestUri: string;
  readonly principal: ProviderCaller;
  /** The value of From, without a tag: the caller as the phone shall see it. */
  readonly from: string;
  /** Whole lines for the INVITE in the house: P-Asserted-Identity, Privacy, History-Info. */
  readonly inviteHeaders: string;
}

// What the exchange asks of its providers.

/** Every provider of the configuration. */
export interface ProviderTrunks {
  trunk(name: string): SipTrunk | undefined;
  /** Whether it takes calls now. */
  state(name: string): TrunkState;
  /** The provider that a request is from: by the token of our Contact there, or by the address of one of its servers. */
  callerOf(request: Request, flow: Flow): ProviderCaller | undefined;
  /** Its call into the house, or why it is not taken; undefined for a number that nobody has. */
  incoming(caller: ProviderCaller, request: Request): IncomingLeg | TrunkRefusal | undefined;
  /** The provider that has a server at an address (an IP literal); of several accounts there the first. */
  at(host: string): string | undefined;
  /** Takes a configuration that was read anew. */
  configure(config: Config): void;
  /** Registers everywhere; what is configured later is registered at once. */
  start(): void;
  /** Takes every registration back, within a second. */
  stop(): Promise<void>;
  /** The addresses of this machine are others, or it `slept`. */
  networkChanged(slept: boolean): void;
  /** A stream has closed. */
  connectionClosed(connection: string): void;
  /** Hears the name of one that came up or went down, whose addresses may be others by then. Returns how to stop. */
  subscribe(listener: (name: string) => void): () => void;
}
