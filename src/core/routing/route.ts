import { type CodeAction, codeText } from '../../config/codes.ts';
import { sameWord } from '../../sip/message/grammar.ts';
import { isSip, type Uri } from '../../sip/message/uri.ts';
import type { Account } from '../account/users.ts';
import type { Decision, Principal, RouteFacts } from './decision.ts';
import { toDestination, toDialed, toUri } from './dialing.ts';
import type { Domain } from './domains.ts';
import { toInbound } from './inbound.ts';
import { toGuest, toUser } from './inside.ts';
import { dialedBy } from './numbers.ts';
import { toEmergency } from './outside.ts';
import { callerPays } from './payer.ts';
import type { Snapshot } from './snapshot.ts';
import { Steps } from './steps.ts';
import { type Found, forbid, MAX_BREADTH, type Refusal, refusal, type Way } from './way.ts';

/**
 * Decides where a request goes: the one pure function that the daemon, `route explain` and the tests share (RFC 3261 §16.5).
 * A REGISTER and what belongs to a dialog of ours never come here.
 *
 * @param every whether the trace tells also what did not fit
 */
export function route(facts: RouteFacts, snapshot: Snapshot, every = false): Decision {
  const steps = new Steps(every);
  const { uri, principal, method } = facts;
  const trace = steps.taken;
  steps.say(`caller: ${principalText(principal)}`);
  const sos = isSos(uri);
  if (!isSip(uri) && uri.scheme !== 'tel' && !sos)
    return rejected(refusal(416, 'Unsupported URI Scheme', `the scheme "${uri.scheme}" cannot be routed`, uri.text), steps);
  const domain = isSip(uri) ? snapshot.domains.of(uri.host, uri.port) : snapshot.domains.home;
  if (domain !== undefined)
    steps.say(
      `${uri.host === '' ? 'a number belongs to' : `${uri.host} is`} our domain ${domain.name}: inbound = ${domain.inbound}`,
    );

  if (domain !== undefined && uri.user === undefined && method === 'OPTIONS') {
    steps.say('OPTIONS to the domain itself: we answer');
    return { kind: 'serve', by: 'options', trace };
  }
  if (principal.kind === 'provider' && method === 'OPTIONS') {
    steps.say('it asks our Contact there whether we live: we answer');
    return { kind: 'serve', by: 'options', trace };
  }
  if (domain !== undefined && method === 'PUBLISH')
    return rejected(refusal(405, 'Method Not Allowed', 'there is no presence service', uri.text), steps);
  if (principal.kind === 'unproved') {
    steps.say('the caller says to be one of our users: a challenge');
    return { kind: 'challenge', stale: principal.stale, trace };
  }
  if (domain?.inbound === 'authenticated' && (principal.kind === 'anonymous' || principal.kind === 'guest')) {
    // A guest's own address-of-record is open to the guests of its domain.
    if (uri.user === undefined)
      return rejected(refusal(404, 'Not Found', `${method} to a domain without a user`, uri.text), steps);
    steps.say(`${domain.name} takes calls from authenticated callers only: a challenge`);
    return { kind: 'challenge', stale: false, trace };
  }
  const way = wayOf(facts, domain, snapshot, steps);
  const action = sos ? undefined : codeDialed(way, domain);
  if (action !== undefined && action.do !== 'lastCaller' && principal.kind === 'user')
    return { kind: 'serve', by: 'code', user: principal.name, action, trace };
  const found = action === undefined ? find(way, domain, sos) : toLastCaller(way);
  if (found.kind === 'refusal') return rejected(found, steps);
  return {
    kind: 'forward',
    plan: found.plan,
    callee: found.callee,
    trace,
    emergency: found.emergency === true,
    turns: way.turns,
  };
}

function wayOf(facts: RouteFacts, dialed: Domain | undefined, snapshot: Snapshot, steps: Steps): Way {
  const { principal, from } = facts;
  const account = principal.kind === 'user' ? snapshot.byName(principal.name) : undefined;
  const spender = account && snapshot.rules.spender(account);
  const domain = dialed ?? (from && snapshot.domains.of(from.host)) ?? snapshot.domains.home;
  const secure = facts.uri.scheme === 'sips';
  const payer = spender === undefined || facts.unpaid === true ? undefined : callerPays(spender);
  // One plain literal: a tenth of the time that spreads would take.
  return {
    facts,
    snapshot,
    steps,
    onward: toDestination,
    domain,
    secure,
    spender,
    payer,
    trail: nobody,
    grouped: undefined,
    rewrites: 0,
    room: { targets: MAX_BREADTH },
    turns: [],
  };
}

/** What a user dials a feature code for. Nothing that leads on dials one for him: no forward, no 302, no transfer. */
function codeDialed(way: Way, domain: Domain | undefined): CodeAction | undefined {
  const { facts, snapshot, steps, spender } = way;
  const { uri, method, unpaid, principal } = facts;
  if (method !== 'INVITE' || unpaid === true || domain === undefined || uri.user === undefined) return undefined;
  if (spender === undefined || principal.kind !== 'user') return undefined;
  const dialed = dialedBy(uri).text;
  const action = snapshot.code(dialed);
  if (action !== undefined) steps.say(`${dialed} is a feature code: ${codeText(action)}`);
  return action;
}

/** Who called last, as if the user had dialed him; whom only a stranger vouches for costs nobody money, and is in no network of ours. */
function toLastCaller(way: Way): Found {
  const { principal } = way.facts;
  const last = principal.kind === 'user' ? way.snapshot.lastCaller(principal.name) : undefined;
  if (last === undefined) return forbid(404, 'Not Found', 'nobody has called since the start', '', way);
  if ('withheld' in last) return forbid(404, 'Not Found', 'who called last gave no name', '', way);
  way.steps.say(`the last caller was ${'user' in last ? `the user ${last.user}` : last.uri.text}`);
  if ('user' in last) return toDialed(last.user, way);
  return toUri(last.uri, last.trusted ? way : { ...way, payer: undefined, facts: { ...way.facts, unpaid: true } });
}

const nobody: readonly string[] = [];

function find(way: Way, domain: Domain | undefined, sos: boolean): Found {
  const { snapshot, facts } = way;
  const { uri, principal, method, redirectedBy, ledBy } = facts;
  if (principal.kind === 'provider' || principal.kind === 'line') {
    // Whoever calls through it is a stranger: a phone that did what his REFER says would dial with its own user's password.
    if (closedToStrangers.has(method))
      return refusal(403, 'Forbidden', `${method} is not taken from telephone companies`, uri.text);
    const leads = snapshot.byName(redirectedBy ?? ledBy ?? '');
    // It has come to whom it was for; where he or his phone leads it he has to be allowed to call himself.
    return leads === undefined ? toInbound(principal, way) : toUri(uri, { ...way, spender: snapshot.rules.spender(leads) });
  }
  if (sos) return toEmergency([...snapshot.rules.emergency][0] ?? '112', way);
  if (domain !== undefined && uri.user === undefined)
    return refusal(404, 'Not Found', `${method} to a domain without a user`, uri.text);
  return way.spender === undefined ? toPublished(way, domain) : toUri(uri, way);
}

/** What could spy on, steer or transfer calls is not taken from strangers (security S23); to call, to write and to ask for abilities is. */
const closedToStrangers = new Set(['SUBSCRIBE', 'NOTIFY', 'PUBLISH', 'REFER', 'INFO', 'UPDATE', 'PRACK', 'BYE']);

/** Who is none of the house reaches published names, and the guests of open domains; nothing else of it is told or opened. */
function toPublished(way: Way, domain: Domain | undefined): Found {
  const { snapshot, steps } = way;
  const { uri, principal, method } = way.facts;
  if (domain === undefined)
    return refusal(403, 'Forbidden', `${uri.host} is no domain of ours, and only users leave the house`, uri.text);
  const dialed = dialedBy(uri).text;
  if (principal.kind !== 'guest' && closedToStrangers.has(method))
    return refusal(403, 'Forbidden', `${method} is not taken from strangers`, dialed);
  if (domain.inbound === 'off') return refusal(403, 'Forbidden', `${domain.name} takes no calls from outside`, dialed);
  const account = snapshot.byName(dialed) ?? snapshot.byExtension(dialed);
  if (account === undefined) {
    const guest = NUMBER.test(dialed) ? undefined : toGuest(dialed, way);
    return guest ?? refusal(404, 'Not Found', `there is no user, extension or guest ${dialed}`, dialed);
  }
  steps.say(`${dialed} is the user ${account.name}`);
  if (!isOpen(dialed, account))
    return refusal(404, 'Not Found', `strangers reach published names only, and ${dialed} is none`, account.name);
  if (closedToStrangers.has(method))
    return refusal(403, 'Forbidden', `${method} to a user of the house is not taken from guests`, account.name);
  return toUser(account, way);
}

const NUMBER = /^[0-9*#+]+$/;

/** A number is never callable without authentication, nor is a name that its user did not publish. */
function isOpen(dialed: string, account: Account): boolean {
  return account.published && dialed === account.name && !NUMBER.test(dialed);
}

/** Whatever a person dials in an emergency; where it goes is for `route` to say. */
export function isEmergency(uri: Uri, { rules, domains }: Snapshot): boolean {
  if (isSos(uri)) return true;
  return rules.emergency.has(dialedBy(uri).text) && (uri.scheme === 'tel' || domains.owns(uri));
}

/** A call for help by its service (RFC 5031 §4.2), whichever. */
function isSos({ scheme, text }: Uri): boolean {
  return scheme === 'urn' && sameWord(text, 0, SOS.length, SOS) && (text.length === SOS.length || text[SOS.length] === '.');
}
const SOS = 'urn:service:sos';

function rejected({ status, reason, why, callee, warning }: Refusal, steps: Steps): Decision {
  steps.say(why);
  return { kind: 'reject', status, reason, callee, trace: steps.taken, warning };
}

/** Who calls, in words: `the user alice`. */
export function principalText(principal: Principal): string {
  switch (principal.kind) {
    case 'user':
      return `the user ${principal.name}`;
    case 'guest':
      return `the guest ${principal.aor}`;
    case 'peer':
      return `the domain ${principal.domain}`;
    case 'provider':
      return `the provider ${principal.name}`;
    case 'line':
      return `the modem ${principal.name}`;
    case 'unproved':
      return 'not proved';
    case 'anonymous':
      return 'anonymous';
    default:
      return principal satisfies never;
  }
}
