import type { CodeAction } from '../../config/codes.ts';
import type { Uri } from '../../sip/message/uri.ts';
import type { FlowName } from '../../sip/transport/flow.ts';
import type { Binding } from '../location/binding.ts';
import type { TrunkTarget } from './payer.ts';

/** Who vouches for the caller; settled before any look-up (core/proxy/principal.ts). */
export type Principal =
  | { readonly kind: 'user'; readonly name: string }
  | { readonly kind: 'guest'; readonly aor: string }
  /** Another domain: a client certificate that names it, or an address listed in its `[peer]`. */
  | { readonly kind: 'peer'; readonly domain: string }
  | ProviderCaller
  /** A call that came in by one of our own lines: a modem. */
  | { readonly kind: 'line'; readonly name: string }
  /** Says to be one of ours and has not proved it. `stale`: the credentials were right once. */
  | { readonly kind: 'unproved'; readonly stale: boolean }
  | { readonly kind: 'anonymous' };

/**
 * A telephone company, by the token of our Contact there or by its addresses. `byAddress`: by a sender's address alone that may be invented,
 * so that it reaches phones and makes nobody pay. `forgeable`: by the source address of a datagram alone, which anybody could have written,
 * so that the limits of strangers hold; without a registration it is believed all the same, for there is no other evidence.
 */
export interface ProviderCaller {
  readonly kind: 'provider';
  readonly name: string;
  readonly byAddress?: boolean;
  readonly forgeable?: boolean;
}

/** One place to send a request to (RFC 3261 §16.5). */
export type Target =
  | { readonly kind: 'binding'; readonly binding: Binding }
  /**
   * The other side of a dialog that runs through us, by the flow that its requests come from; where that was a connection which has closed,
   * by `otherwise`, a URI of somebody who is none of the house, which leads to no address of our own network. `stranger`: that side called
   * and proved nothing, not even its address. `direct`: it says itself that it listens there.
   */
  | {
      readonly kind: 'flow';
      readonly flow: FlowName;
      readonly otherwise?: string | undefined;
      readonly stranger?: boolean;
      readonly direct?: boolean;
    }
  /**
   * Another domain, found by DNS or where `via`, a URI that a person wrote, says instead. `trusted`: who sends the request may reach
   * addresses of the own network by it (security S21).
   */
  | { readonly kind: 'peer'; readonly uri: string; readonly via: string | undefined; readonly trusted: boolean }
  /**
   * A number that may have an address of its own in DNS (RFC 6116); what is found is routed again, with nobody to pay. `refused`: what is
   * said where nothing is found, for there is no other way. `ledBy`: of a call that came in by a trunk, the user who leads it there.
   */
  | {
      readonly kind: 'enum';
      readonly number: string;
      readonly refused?: { readonly status: number; readonly why: string } | undefined;
      readonly ledBy?: string;
    }
  | TrunkTarget;

/**
 * How a target did not take the call: what an `else` waits for. `silent`: it never said a word in the time that it had; `flowFailed`: it was never
 * reached, for its flow is gone (RFC 5626 §11.5).
 */
export type Outcome = 'busy' | 'noAnswer' | 'offline' | 'declined' | 'unreachable' | 'silent' | 'flowFailed' | 'failed';

/** Why a call is led on, in the words of RFC 5806 §4. */
export type DiversionReason = 'unconditional' | 'user-busy' | 'no-answer' | 'unavailable' | 'do-not-disturb';

/** Who leads a call on, where to, and why: told to the caller, and to whom it reaches. URIs, wire text. */
export interface Diversion {
  readonly from: string;
  readonly to: string;
  readonly reason: DiversionReason;
  /** As History-Info says it (RFC 4458, RFC 6044 §5). */
  readonly cause: 302 | 404 | 408 | 486 | 503;
}

/**
 * What to do with a target set: one, all at once, one after the other, another if the first fails, or what somebody leads on to. Times in
 * milliseconds; `ring`: how long it may take at most, after which it counts as not answered. `awaits`: users who would be among them, had they
 * a phone.
 */
export type Plan = (
  | { readonly kind: 'target'; readonly target: Target }
  | { readonly kind: 'all'; readonly of: readonly { readonly plan: Plan }[]; readonly awaits?: readonly string[] }
  | {
      readonly kind: 'order';
      readonly of: readonly { readonly plan: Plan; readonly after?: number }[];
      readonly awaits?: readonly string[];
    }
  | { readonly kind: 'else'; readonly first: Plan; readonly on: readonly Outcome[]; readonly then: Plan }
  /** That it fails is no outcome of who leads on: it counts as `failed`. */
  | { readonly kind: 'diverted'; readonly by: Diversion; readonly plan: Plan }
) & { readonly ring?: number };

/** The steps that led to a decision, a sentence each: what `route explain` prints and the history keeps. */
export type Trace = readonly string[];

/** What a refusal tells a program beside its status (RFC 3261 §20.43). 380: sips leads nowhere where sip would (RFC 5630 §5.3). */
export type SipWarning = 380;

/** What a code is dialed for that we do ourselves: who called last is called. */
export type ServedAction = Exclude<CodeAction, { do: 'lastCaller' }>;

/** Where a request goes. Every kind says why. */
export type Decision =
  | {
      readonly kind: 'forward';
      readonly plan: Plan;
      readonly callee: string;
      readonly trace: Trace;
      /** A call for help: the operator hears of it. */
      readonly emergency: boolean;
      /** Groups whose next call begins with the next member. */
      readonly turns: readonly string[];
    }
  /** We answer it ourselves. */
  | { readonly kind: 'serve'; readonly by: 'options'; readonly trace: Trace }
  /** A user dialed a feature code. */
  | { readonly kind: 'serve'; readonly by: 'code'; readonly user: string; readonly action: ServedAction; readonly trace: Trace }
  | { readonly kind: 'challenge'; readonly stale: boolean; readonly trace: Trace }
  /** `callee`: who was meant, as far as that became clear. */
  | {
      readonly kind: 'reject';
      readonly status: number;
      readonly reason: string;
      readonly callee: string;
      readonly trace: Trace;
      readonly warning: SipWarning | undefined;
    };

/** What the decision is taken from, of one request. */
export interface RouteFacts {
  readonly method: string;
  readonly uri: Uri;
  readonly principal: Principal;
  /** Who From says is calling; undefined where it cannot be read. */
  readonly from?: Uri | undefined;
  /** Where it came from; undefined where nothing came. */
  readonly flow?: FlowName | undefined;
  /** A 302, a REFER or ENUM led here: it is routed for the same caller, who does not pay for where others lead. */
  readonly unpaid?: boolean | undefined;
  /** The user whose phone redirects it here. */
  readonly redirectedBy?: string | undefined;
  /** The user who leads it to a number that has this address. */
  readonly ledBy?: string | undefined;
  /** The one phone that is meant, by the URI of its binding; undefined: all of whoever is called. */
  readonly phone?: string | undefined;
  /** It is to take over a call that this phone has (RFC 3891), and no new one. */
  readonly joins?: boolean | undefined;
  /** URIs of those who led the call on before it came to us, as its headers tell: one for each time. */
  readonly led?: readonly string[] | undefined;
}
