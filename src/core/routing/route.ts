import { isSip, unescapeUri } from '../../sip/message/uri.ts';
import type { Account } from '../account/users.ts';
import type { Binding } from '../location/binding.ts';
import { planByQ } from './by-q.ts';
import type { Decision, Plan, RouteFacts, Target } from './decision.ts';
import type { Domain } from './domains.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Decides where a request goes: the one pure function that the daemon, `route explain` and the tests share (RFC 3261 §16.5).
 * A REGISTER and what belongs to a dialog of ours never come here.
 */
export function route(facts: RouteFacts, snapshot: Snapshot): Decision {
  const trace: string[] = [];
  const { uri, principal, method } = facts;
  const say = (sentence: string) => void trace.push(sentence);
  const reject = (status: number, reason: string, why: string): Decision => {
    say(why);
    return { kind: 'reject', status, reason, trace };
  };

  say(`caller: ${principalText(facts)}`);
  if (!isSip(uri) && uri.scheme !== 'tel')
    return reject(416, 'Unsupported URI Scheme', `the scheme "${uri.scheme}" cannot be routed`);
  const domain = uri.scheme === 'tel' ? snapshot.domains.home : snapshot.domains.of(uri.host, uri.port);
  if (domain !== undefined)
    say(`${uri.host === '' ? 'a number' : uri.host} is our domain ${domain.name}: inbound = ${domain.inbound}`);

  if (domain !== undefined && uri.user === undefined) {
    if (method === 'OPTIONS') {
      say('OPTIONS to the domain itself: we answer');
      return { kind: 'serve', by: 'options', trace };
    }
  }
  if (domain !== undefined && method === 'PUBLISH') return reject(405, 'Method Not Allowed', 'there is no presence service');
  if (principal.kind === 'unproved') {
    say('the caller says to be one of our users: a challenge');
    return { kind: 'challenge', stale: principal.stale, trace };
  }
  if (domain === undefined)
    return reject(403, 'Forbidden', `${uri.host} is no domain of ours, and calls to other domains are not routed yet`);
  if (uri.user === undefined) return reject(404, 'Not Found', `${method} to a domain without a user`);

  const dialed = unescapeUri(uri.user);
  const stranger = principal.kind !== 'user';
  if (stranger && domain.inbound === 'authenticated') {
    // A guest's own address-of-record is open to the guests of its domain.
    say(`${domain.name} takes calls from authenticated callers only: a challenge`);
    return { kind: 'challenge', stale: false, trace };
  }
  if (principal.kind === 'anonymous' && closedToStrangers.has(method))
    return reject(403, 'Forbidden', `${method} is not taken from strangers`);
  if (stranger && domain.inbound === 'off') return reject(403, 'Forbidden', `${domain.name} takes no calls from outside`);

  const account = snapshot.byName(dialed) ?? snapshot.byExtension(dialed);
  if (account === undefined) return toGuest(dialed, domain, stranger, snapshot, trace);
  say(`${dialed} is the user ${account.name}`);
  if (stranger && !reachableByStrangers(dialed, account))
    return reject(404, 'Not Found', `strangers reach published names only, and ${dialed} is none`);
  if (principal.kind === 'guest' && closedToStrangers.has(method))
    return reject(403, 'Forbidden', `${method} to a user of the house is not taken from guests`);
  if (account.dnd && method === 'INVITE') return reject(486, 'Busy Here', `${account.name} does not want to be disturbed`);
  return toBindings(account.name, snapshot.bindings(account.name), trace);
}

/** What could spy on, steer or transfer calls is not taken from strangers (security S23); to call, to write and to ask for abilities is. */
const closedToStrangers = new Set(['SUBSCRIBE', 'NOTIFY', 'PUBLISH', 'REFER', 'INFO', 'UPDATE', 'PRACK', 'BYE']);

/** A number is never callable without authentication, nor is a name that its user did not publish. */
function reachableByStrangers(dialed: string, account: Account): boolean {
  return account.published && dialed === account.name && !/^[0-9*#+]+$/.test(dialed);
}

/** An open domain holds guests beside the users of the house. */
function toGuest(dialed: string, domain: Domain, stranger: boolean, snapshot: Snapshot, trace: string[]): Decision {
  const aor = `${dialed}@${domain.name}`;
  const bindings = domain.register === 'anonymous' && !(stranger && /^[0-9*#+]+$/.test(dialed)) ? snapshot.bindings(aor) : [];
  if (bindings.length === 0) {
    trace.push(`there is no user, extension or guest ${dialed}`);
    return { kind: 'reject', status: 404, reason: 'Not Found', trace };
  }
  trace.push(`${dialed} is a guest of ${domain.name}`);
  return toBindings(aor, bindings, trace);
}

function toBindings(aor: string, bindings: readonly Binding[], trace: string[]): Decision {
  if (bindings.length === 0) {
    trace.push(`${aor} has no phone registered`);
    return { kind: 'reject', status: 480, reason: 'Temporarily Unavailable', trace };
  }
  for (const { uri, q } of bindings) trace.push(`phone ${uri} (q=${q})`);
  return { kind: 'forward', plan: planOf(bindings), callee: aor, trace };
}

/** Bindings of one q ring together, the groups one after the other. */
export function planOf(bindings: readonly Binding[]): Plan {
  if (bindings.length === 1) return leaf(bindings[0]!);
  return planByQ(bindings.map((binding) => ({ q: binding.q, plan: leaf(binding) })));
}

function leaf(binding: Binding): Plan {
  const target: Target = { kind: 'binding', binding };
  return { kind: 'target', target };
}

function principalText({ principal }: RouteFacts): string {
  switch (principal.kind) {
    case 'user':
      return `the user ${principal.name}`;
    case 'guest':
      return `the guest ${principal.aor}`;
    case 'unproved':
      return 'not proved';
    case 'anonymous':
      return 'anonymous';
    default:
      return principal satisfies never;
  }
}
