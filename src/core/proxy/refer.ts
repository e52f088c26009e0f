import { isNumber } from '../../config/values/telephone.ts';
import { parseAddress } from '../../sip/message/address.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Request } from '../../sip/message/message.ts';
import { isSip, parseUri, type Uri, unescapeUri } from '../../sip/message/uri.ts';
import { lower } from '../../text/ascii.ts';
import { readable } from '../../text/parse-error.ts';
import type { Plan } from '../routing/decision.ts';
import { dialedBy } from '../routing/numbers.ts';
import { route } from '../routing/route.ts';
import type { Snapshot } from '../routing/snapshot.ts';
import { MOST_DIALED } from '../routing/way.ts';

/** What phones may ask each other for within a call: how a REFER goes, who is in a conference, which keys are pressed (RFC 3515, 4575, 4730). */
const OF_CALL = new Set(['refer', 'conference', 'kpml']);

/**
 * Whether a REFER of a user may reach a phone, which dials what it says for its own user (security S1).
 *
 * @param joins whether a URI names a call of that user, which whoever follows it takes over and does not dial (RFC 5589 §7)
 */
export function refersWithin(request: Request, name: string, snapshot: Snapshot, joins: (uri: Uri) => boolean): boolean {
  return request.list(Field.referTo).every((value) => {
    const uri = uriIn(value);
    return uri !== undefined && (leadsWithin(uri, name, snapshot) || joins(uri));
  });
}

/**
 * Whether a user may have the phone of another one dial this: nothing that his own class forbids him, and no feature code (security S1). That
 * nobody is there is for the phone to find out, and addresses elsewhere cost nothing.
 */
export function leadsWithin(uri: Uri, name: string, snapshot: Snapshot): boolean {
  if (isSip(uri) && !snapshot.domains.owns(uri)) return true;
  if (mayBeNumber(uri, snapshot)) return false;
  // Where a number is of is lost on many a phone, which dials its digits alone.
  const dialed = uri.scheme === 'tel' ? parseUri(`tel:${uri.user}`) : uri;
  const decision = route({ method: 'INVITE', uri: dialed, principal: { kind: 'user', name } }, snapshot);
  if (decision.kind === 'reject') return decision.status !== 403;
  return decision.kind === 'forward' && !isForbidden(decision.plan);
}

/** Whether a number is in a plan for its address alone, if it has one (RFC 6116): where it has none it is forbidden. */
function isForbidden(plan: Plan): boolean {
  switch (plan.kind) {
    case 'target':
      return plan.target.kind === 'enum' && plan.target.refused?.status === 403;
    case 'all':
    case 'order':
      return plan.of.some((member) => isForbidden(member.plan));
    case 'else':
      return isForbidden(plan.first) || isForbidden(plan.then);
    case 'diverted':
      return false; // whoever leads on pays, whoever calls
    default:
      return plan satisfies never;
  }
}

/**
 * Whether a REFER of somebody who is none of the house may reach a phone within a call. The phone dials what it says with the password of its
 * own user: among our numbers and names it may say only what the stranger is free to dial himself (security S1), or the other side of a
 * call that it is to take the place of.
 */
export function refersOpenly(request: Request, snapshot: Snapshot): boolean {
  return request.list(Field.referTo).every((value) => {
    const uri = uriIn(value);
    if (uri === undefined) return false;
    if (isSip(uri) && /(?:^|&)replaces=/i.test(uri.headers) && snapshot.byName(unescapeUri(uri.user ?? '')) !== undefined)
      return true;
    return leadsOpenly(uri, snapshot);
  });
}

/** Whether it is elsewhere, or what a stranger is free to dial himself. */
export function leadsOpenly(uri: Uri, snapshot: Snapshot): boolean {
  if (isSip(uri) && !snapshot.domains.owns(uri)) return true;
  if (mayBeNumber(uri, snapshot)) return false;
  return route({ method: 'INVITE', uri, principal: { kind: 'anonymous' } }, snapshot).kind === 'forward';
}

/**
 * Whether a name, as a guest may have taken it, becomes a number on its way: linphone reads up to a NUL, and once the guest is gone a dial rule fits
 * what is called, of which telephone companies skip what is no digit.
 */
function mayBeNumber(uri: Uri, snapshot: Snapshot): boolean {
  if (uri.text.includes('%00')) return true;
  const { domains, rules } = snapshot;
  if (domains.of(uri.host, uri.port)?.register !== 'anonymous') return false;
  const { text } = dialedBy(uri);
  if (text.length > MOST_DIALED || isNumber(text)) return false; // of one with more characters no rule makes a number
  if (snapshot.byName(text) !== undefined || snapshot.group(text) !== undefined) return false;
  return /(?:[0-9][^0-9]*){3}/.test(text) && rules.dial.some(({ match }) => match.expression.test(text));
}

/**
 * Whether an event is one of a call itself: what a stranger subscribes to within it, and tells there unasked (security S23). By `dialog` he would
 * hear with whom a phone talks else, and all that a Replaces needs; with `talk` he would have a phone that rings answered, and hear the room, and
 * with others of its maker's a phone dials, or begins anew.
 */
export function isOfCall(request: Request): boolean {
  const events = eventsOf(request);
  return events.length > 0 && events.every((event) => OF_CALL.has(event));
}

/** Of two lines nobody knows which one a phone goes by. */
export function eventsOf(request: Request): readonly string[] {
  return request.list(Field.event).map((value) => lower(value.split(/[ \t;]/)[0]!));
}

/** Without the brackets that a URI with headers needs phones understand it all the same (RFC 3515 §2.1). */
function uriIn(value: string): Uri | undefined {
  return readable(() => parseAddress('Refer-To', value.includes('<') ? value : `<${value}>`).uri);
}
