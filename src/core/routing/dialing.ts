import { MOST_REWRITES, speedOf } from '../../config/dial-loops.ts';
import { type Destination, type DialTarget, isTrunk, rewritten } from '../../config/values/telephone.ts';
import { hostText, isSip, parseUri, type Uri, uriParam } from '../../sip/message/uri.ts';
import { lower } from '../../text/ascii.ts';
import { readable } from '../../text/parse-error.ts';
import { findRule } from './dial.ts';
import { toGroup } from './group.ts';
import { toGuest, toUser } from './inside.ts';
import { dialedBy, readNumber } from './numbers.ts';
import { eachOrElse } from './or-else.ts';
import { byEnum, NEXT_TRUNK, toEmergency, toPeer, toTrunks } from './outside.ts';
import type { DialRule } from './rules.ts';
import { type Found, forbid, MOST_DIALED, type Refusal, refusal, type Way } from './way.ts';

/** What a user of the house dials, or what was written down to be dialed. */
export function toDialed(text: string, way: Way): Found {
  const { snapshot, steps } = way;
  if (snapshot.rules.emergency.has(text)) return toEmergency(text, way);
  const account = snapshot.byName(text) ?? snapshot.byExtension(text);
  if (account !== undefined) {
    steps.say(`${text} is the user ${account.name}`);
    return toUser(account, way);
  }
  const group = snapshot.group(text);
  if (group !== undefined) {
    steps.say(`${text} is the group ${group.name}`);
    return toGroup(group, way);
  }
  const speed = speedOf(snapshot.rules.speeds, way.spender?.name, text);
  if (speed !== undefined) {
    steps.say(`${text} is a speed dial`);
    return toRewritten(text, way, (on) => toDestination(speed, on));
  }
  return toGuest(text, way) ?? toNumber(text, way);
}

/** A number outside: the first dial rule whose every part fits says how. */
function toNumber(text: string, way: Way): Found {
  const found = text.length > MOST_DIALED ? undefined : findRule(text, way);
  if (found === undefined) {
    const why = `there is no user, extension or guest ${text}${withoutRule(text, way)}`;
    return byEnum(readNumber(text, way.snapshot.rules.numbers), refusal(404, 'Not Found', why, text), way);
  }
  const { rule, dialed } = found;
  const written = dialed === text ? text : `${text}, dialed ${dialed} here,`;
  way.steps.say(`${written} fits [dial ${rule.name}] ${rule.match.written}`);
  if (rule.refuse !== undefined) return forbid(403, 'Forbidden', rule.refuse, text, way);
  // A number that is whole needs nothing taken away or put before it.
  const changed = dialed === text ? rewritten(rule, text) : text;
  if (changed !== text) way.steps.say(`it becomes ${changed}`);
  if (rule.to.length === 0) return toRewritten(text, way, (on) => toDialed(changed, on));
  if (rule.to.some(isTrunk) && way.snapshot.rules.emergency.has(changed)) return toEmergency(changed, way);
  return toTargets(rule, changed, way);
}

/** What is missing besides; who dials a number with its area or country means nobody of the house. */
function withoutRule(text: string, { snapshot: { rules } }: Way): string {
  if (rules.dial.length > 0) return ', and no dial rule fits';
  if (rules.trunks.size > 0) return ', and there is no dial rule to go out by';
  return text.startsWith('+') || text.startsWith('0') ? ', and there is no provider and no modem' : '';
}

/** The targets of a rule, and before those that cost money the number's own address, if ENUM knows one. */
function toTargets({ to }: DialRule, changed: string, way: Way): Found {
  const number = readNumber(changed, way.snapshot.rules.numbers);
  const found = inOrder(to, number, changed, way);
  return to.some(isTrunk) ? byEnum(number, found, way) : found;
}

/** Each where the one before did not take the call. */
function inOrder(to: readonly DialTarget[], number: string, changed: string, way: Way): Found {
  const found: Found[] = [];
  for (let at = 0; at < to.length; ) {
    const target = to[at]!;
    if (isTrunk(target)) {
      let end = at;
      while (end < to.length && isTrunk(to[end]!)) end++;
      found.push(toTrunks(to.slice(at, end).filter(isTrunk), number, changed, way));
      at = end;
    } else {
      found.push(toRewritten(changed, way, (on) => toDestination(target, on)));
      at++;
    }
  }
  const plans = found.flatMap((one) => (one.kind === 'plan' ? [one.plan] : []));
  const plan = eachOrElse(plans, NEXT_TRUNK);
  if (plan === undefined) return found[0]!;
  for (const one of found) if (one.kind === 'refusal') way.steps.say(one.why);
  return { kind: 'plan', plan, callee: found.find((one) => one.kind === 'plan')!.callee };
}

/** Dialing begins anew, but not without end. */
function toRewritten(text: string, way: Way, on: (way: Way) => Found): Found {
  if (way.rewrites < MOST_REWRITES) return on({ ...way, rewrites: way.rewrites + 1 });
  return refusal(404, 'Not Found', `${text}: rewritten ${MOST_REWRITES} times, and still no end`, text);
}

/** What the configuration names: a user, a group, an extension, a number outside, a URI. */
export function toDestination(destination: Destination, way: Way): Found {
  switch (destination.kind) {
    case 'name':
      return toDialed(destination.name, way);
    case 'number':
      return toDialed(destination.number, way);
    case 'uri': {
      const uri = readable(() => parseUri(destination.uri));
      return uri === undefined
        ? refusal(404, 'Not Found', `${destination.uri} cannot be read as a URI`, destination.uri)
        : toUri(uri, way);
    }
    default:
      return destination satisfies never;
  }
}

/** Another domain, or what one of ours dials. */
export function toUri(uri: Uri, way: Way): Found {
  const { domains } = way.snapshot;
  if (isSip(uri)) {
    const domain = domains.of(uri.host, uri.port);
    if (domain === undefined) return toPeer(beyondUs(uri, way), way);
    const secure = way.secure || uri.scheme === 'sips';
    return dialIn(uri, domain === way.domain && secure === way.secure ? way : { ...way, domain, secure });
  }
  if (uri.scheme === 'tel') return dialIn(uri, way.domain === domains.home ? way : { ...way, domain: domains.home });
  return refusal(416, 'Unsupported URI Scheme', `the scheme "${uri.scheme}" cannot be routed`, uri.text);
}

/** A maddr of ours led here and no further: the URI goes on without it, and without the port and transport that led here (RFC 3261 §16.4). */
function beyondUs(uri: Uri, { snapshot, steps }: Way): Uri {
  const maddr = lower(uriParam(uri, 'maddr') ?? '').replace(/^\[|\]$/g, '');
  if (maddr === '' || snapshot.domains.of(maddr, uri.port) === undefined) return uri;
  const left = uri.params.split(';').filter((param) => !LED_HERE.has(lower(param.replace(/=.*$/, ''))));
  const who = uri.text.slice(0, uri.text.indexOf(uri.user === undefined ? ':' : '@') + 1);
  const next = parseUri(`${who}${hostText(uri.host)}${left.join(';')}`);
  steps.say(`maddr=${maddr} is ourselves: on to ${next.text}`);
  return next;
}
const LED_HERE = new Set(['maddr', 'transport']);

function dialIn(uri: Uri, way: Way): Found {
  if (uri.user === undefined) return refusal(404, 'Not Found', `${uri.text} names nobody`, uri.text);
  const { text, context } = dialedBy(uri);
  return elsewhere(text, context, way) ?? toDialed(text, way);
}

/** A local number of some other place is not dialed here (RFC 3966 §5.1.5). */
function elsewhere(text: string, context: string | undefined, { snapshot, domain }: Way): Refusal | undefined {
  if (context === undefined || text.startsWith('+')) return undefined;
  const { countryCode } = snapshot.rules.numbers;
  const here = context.startsWith('+')
    ? countryCode !== undefined && context.replace(/[^0-9]/g, '').startsWith(countryCode)
    : context === domain.name || snapshot.domains.of(context) !== undefined;
  return here ? undefined : refusal(404, 'Not Found', `${text} is a number of ${context}, which is not here`, text);
}
