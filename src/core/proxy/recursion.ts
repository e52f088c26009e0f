import { parseContact } from '../../sip/message/contact.ts';
import { Field } from '../../sip/message/fields.ts';
import { unfold } from '../../sip/message/grammar.ts';
import { type Edit, END, LINE, NEXT, type Response, STRIDE, VALUE } from '../../sip/message/message.ts';
import { splitList } from '../../sip/message/params.ts';
import { splice } from '../../sip/message/print.ts';
import { read } from '../../sip/message/read.ts';
import { sameUri } from '../../sip/message/same-uri.ts';
import { isSip, parseUri, type Uri } from '../../sip/message/uri.ts';
import { readable } from '../../text/parse-error.ts';
import { type Preferred, planByQ } from '../routing/by-q.ts';
import type { Plan, RouteFacts, Target } from '../routing/decision.ts';
import { route } from '../routing/route.ts';
import type { Snapshot } from '../routing/snapshot.ts';
import { MAX_BREADTH } from '../routing/way.ts';
import { leadsOpenly, leadsWithin } from './refer.ts';
import { withSips } from './sips.ts';

/** A 3xx as it is decided upon. */
export interface Redirect {
  readonly status: number;
  /** The values of its Contact header. */
  readonly contacts: readonly string[];
  /** Of the request that was redirected: its own Request-URI and caller, whoever redirects it. */
  readonly facts: RouteFacts;
  /** The URIs that the request went to, or goes to unless somebody takes it before. */
  readonly tried: readonly string[];
  /** Who redirects it is none of the house. */
  readonly outside: boolean;
  /** Of the house: the user whose phone redirects it. */
  readonly user: string | undefined;
}

/** What becomes of a 3xx. */
export interface Recursion {
  /** Where the request goes in its place; undefined: nowhere. */
  readonly plan: Plan | undefined;
  /** The contacts that are the caller's to try. */
  readonly left: readonly string[];
}

/**
 * Decides which contacts of a redirect are followed (RFC 3261 §16.7 step 4): those in our own domains, as if the caller had dialed them, so
 * that a redirect opens to nobody what was closed to him; of a telephone company's call, which dials nobody here, as if who redirects had. What
 * was tried already, or will be, is dropped, all others left to the caller: but for those that cannot be read, or that who redirects may not
 * dial himself, for many a phone follows by itself, with the password of its user (security S1).
 */
export function recurse(redirect: Redirect, snapshot: Snapshot): Recursion {
  const tried = [...redirect.tried];
  const left: string[] = [];
  const followed: Preferred[] = [];
  for (const value of redirect.contacts) {
    const contact = readable(() => parseContact(value));
    if (contact !== undefined && tried.some((uri) => sameUri(parseUri(uri), contact.address.uri))) continue;
    const found = contact && planFor(contact.address.uri, redirect, snapshot);
    const plan = found && untried(found, tried);
    if (found !== undefined && plan === undefined) continue;
    const targets = plan === undefined ? [] : urisOf(plan);
    if (plan === undefined || tried.length + targets.length > MAX_BREADTH) {
      if (contact !== undefined && mayLead(contact.address.uri, redirect, snapshot)) left.push(value);
    } else {
      tried.push(...targets);
      followed.push({ q: contact?.q ?? 1, plan });
    }
  }
  return { plan: followed.length === 0 ? undefined : planByQ(followed), left };
}

function mayLead(uri: Uri, { outside, user }: Redirect, snapshot: Snapshot): boolean {
  if (outside) return leadsOpenly(uri, snapshot);
  return user === undefined || leadsWithin(uri, user, snapshot);
}

/** Where the caller would have come by dialing this. 380 offers another service, not another place (RFC 3261 §21.3.5). */
function planFor(uri: Uri, { status, facts, user }: Redirect, snapshot: Snapshot): Plan | undefined {
  // Header parts would be headers of the request: a phone has none to put into somebody else's (RFC 3261 §19.1.5).
  if (status === 380 || !isSip(uri) || uri.headers !== '') return undefined;
  if ((facts.uri.scheme === 'sips') !== (uri.scheme === 'sips')) return undefined; // RFC 5630 §5.3
  const decision = route({ ...facts, uri, redirectedBy: user, unpaid: true }, snapshot);
  return decision.kind === 'forward' && staysHere(decision.plan) ? decision.plan : undefined;
}

/**
 * Where the addresses of a number lead, one after the other (RFC 6116): routed as if the caller had dialed them, but that they make nobody
 * pay and lead to no address of our own network.
 */
export function planOfNumber(uris: readonly string[], facts: RouteFacts, snapshot: Snapshot): Plan | undefined {
  const secure = facts.uri.scheme === 'sips';
  const plans = uris.flatMap((uri) => {
    const decision = route({ ...facts, uri: parseUri(secure ? withSips(uri) : uri), unpaid: true }, snapshot);
    return decision.kind === 'forward' ? [{ plan: decision.plan }] : [];
  });
  return plans.length > 1 ? { kind: 'order', of: plans } : plans[0]?.plan;
}

/**
 * Whether a plan ends at phones of the house alone. Where a redirect leads to another domain, or to a place that costs money, the caller
 * shall dial that himself, if he wants to: a callee makes nobody pay, and aims us at no address (security S1, S21).
 */
function staysHere(plan: Plan): boolean {
  switch (plan.kind) {
    case 'target':
      return plan.target.kind === 'binding';
    case 'all':
    case 'order':
      return plan.of.every((member) => staysHere(member.plan));
    case 'else':
      return staysHere(plan.first) && staysHere(plan.then);
    case 'diverted':
      return staysHere(plan.plan);
    default:
      return plan satisfies never;
  }
}

/**
 * A plan without the phones that were tried, or will be: no URI is tried twice (RFC 3261 §16.7 step 4). Undefined where none of those that it
 * begins with is left; what comes of their failure is seen to when it is due.
 */
function untried(plan: Plan, tried: readonly string[]): Plan | undefined {
  switch (plan.kind) {
    case 'target':
      return urisOfTarget(plan.target).some((uri) => tried.includes(uri)) ? undefined : plan;
    case 'all':
    case 'order': {
      const of = plan.of.flatMap((member) => {
        const left = untried(member.plan, tried);
        return left === undefined ? [] : [{ ...member, plan: left }];
      });
      return of.length === 0 ? undefined : { ...plan, of };
    }
    case 'else': {
      const first = untried(plan.first, tried);
      return first === undefined ? undefined : { ...plan, first };
    }
    case 'diverted': {
      const left = untried(plan.plan, tried);
      return left === undefined ? undefined : { ...plan, plan: left };
    }
    default:
      return plan satisfies never;
  }
}

/** The URIs that a plan leads to unless somebody takes the request before, and so not what comes of this or that failure alone. */
export function urisOf(plan: Plan): readonly string[] {
  switch (plan.kind) {
    case 'target':
      return urisOfTarget(plan.target);
    case 'all':
    case 'order':
      return plan.of.flatMap((member) => urisOf(member.plan));
    case 'else':
      return urisOf(plan.first);
    case 'diverted':
      return urisOf(plan.plan);
    default:
      return plan satisfies never;
  }
}

export function urisOfTarget(target: Target): readonly string[] {
  switch (target.kind) {
    case 'binding':
      return [target.binding.uri];
    case 'peer':
      return [target.uri];
    case 'flow':
    case 'enum':
    case 'trunk':
      return [];
    default:
      // A target that costs money must not be followed to: a redirect makes nobody a Payer (house, "Capability by construction").
      return target satisfies never;
  }
}

/** The response with these contacts alone: the next hop shall not try again what we tried (RFC 3261 §16.7 step 4). No line of it grows. */
export function withContacts(response: Response, contacts: readonly string[]): Response {
  const { index } = response;
  const edits: Edit[] = [];
  const left = new Set(contacts);
  for (let i = response.find(Field.contact); i >= 0; i = response.find(Field.contact, i + STRIDE)) {
    const text = splitList(unfold(response.valueAt(i)))
      .filter((value) => left.has(value))
      .join(',');
    edits.push(
      text === '' ? { at: index[i + LINE]!, end: index[i + NEXT]!, text } : { at: index[i + VALUE]!, end: index[i + END]!, text },
    );
  }
  return read(splice(response.text, edits)) as Response;
}
