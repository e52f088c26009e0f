import { sameWord } from '../../sip/message/grammar.ts';
import { isSip, unescapeUri } from '../../sip/message/uri.ts';
import type { Account } from '../account/users.ts';
import type { Binding } from '../location/binding.ts';
import { type Preferred, planByQ } from './by-q.ts';
import type { Decision, Outcome, Plan, RouteFacts, Target } from './decision.ts';
import type { Domain } from './domains.ts';
import { refuse } from './refuse.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Decides where a request goes: the one pure function that the daemon, `route explain` and the tests share (RFC 3261 §16.5).
 * A REGISTER and what belongs to a dialog of ours never come here.
 */
export function route(facts: RouteFacts, snapshot: Snapshot): Decision {
  const trace: string[] = [];
  const { uri, principal, method } = facts;
  const say = (sentence: string) => void trace.push(sentence);
  let callee = uri.text;
  const reject = (status: number, reason: string, why: string): Decision => {
    say(why);
    return { kind: 'reject', status, reason, callee, trace };
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
  callee = dialed;
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
  if (account === undefined) return toGuest(dialed, domain, facts, snapshot, trace);
  say(`${dialed} is the user ${account.name}`);
  callee = account.name;
  if (stranger && !reachableByStrangers(dialed, account))
    return reject(404, 'Not Found', `strangers reach published names only, and ${dialed} is none`);
  const unwanted = refuse(account, facts, snapshot);
  if (unwanted !== undefined) return reject(unwanted.status, unwanted.reason, unwanted.why);
  if (principal.kind === 'guest' && closedToStrangers.has(method))
    return reject(403, 'Forbidden', `${method} to a user of the house is not taken from guests`);
  if (account.dnd && method === 'INVITE') return reject(486, 'Busy Here', `${account.name} does not want to be disturbed`);
  return toBindings(account.name, snapshot.bindings(account.name), uri.scheme === 'sips', trace);
}

/** What could spy on, steer or transfer calls is not taken from strangers (security S23); to call, to write and to ask for abilities is. */
const closedToStrangers = new Set(['SUBSCRIBE', 'NOTIFY', 'PUBLISH', 'REFER', 'INFO', 'UPDATE', 'PRACK', 'BYE']);

/** A number is never callable without authentication, nor is a name that its user did not publish. */
function reachableByStrangers(dialed: string, account: Account): boolean {
  return account.published && dialed === account.name && !/^[0-9*#+]+$/.test(dialed);
}

/** An open domain holds guests beside the users of the house. */
function toGuest(dialed: string, domain: Domain, facts: RouteFacts, snapshot: Snapshot, trace: string[]): Decision {
  const aor = `${dialed}@${domain.name}`;
  const stranger = facts.principal.kind !== 'user';
  const bindings = domain.register === 'anonymous' && !(stranger && /^[0-9*#+]+$/.test(dialed)) ? snapshot.bindings(aor) : [];
  if (bindings.length === 0) {
    trace.push(`there is no user, extension or guest ${dialed}`);
    return { kind: 'reject', status: 404, reason: 'Not Found', callee: dialed, trace };
  }
  trace.push(`${dialed} is a guest of ${domain.name}`);
  return toBindings(aor, bindings, facts.uri.scheme === 'sips', trace);
}

/** `secure`: a sips URI was dialed, which leads to sips contacts alone (RFC 5630 §5.3). */
function toBindings(aor: string, all: readonly Binding[], secure: boolean, trace: string[]): Decision {
  const bindings = secure ? all.filter(({ uri }) => sameWord(uri, 0, 5, 'sips:')) : all;
  if (bindings.length === 0) {
    trace.push(`${aor} has no phone registered${all.length > 0 ? ' with a sips URI' : ''}`);
    return { kind: 'reject', status: 480, reason: 'Temporarily Unavailable', callee: aor, trace };
  }
  for (const { uri, q } of bindings) trace.push(`phone ${uri} (q=${q})`);
  return { kind: 'forward', plan: planOf(bindings), callee: aor, trace };
}

/**
 * Bindings of one q ring together, the groups one after the other. The bindings of one device never ring beside each other: the next flow
 * is tried where the one before is gone (RFC 5626 §7).
 */
export function planOf(bindings: readonly Binding[]): Plan {
  if (bindings.length === 1) return leaf(bindings[0]!);
  const devices = new Map<string, Preferred>();
  for (const binding of bindings) {
    const device = binding.instance ?? binding.uri;
    const before = devices.get(device);
    if (before === undefined) devices.set(device, { q: binding.q, plan: leaf(binding) });
    else devices.set(device, { ...before, plan: orElse(before.plan, leaf(binding)) });
  }
  return planByQ([...devices.values()]);
}

const FLOW_FAILED: readonly Outcome[] = ['flowFailed'];

function orElse(first: Plan, otherFlow: Plan): Plan {
  // biome-ignore lint/suspicious/noThenProperty: a plan is never awaited
  return { kind: 'else', first, on: FLOW_FAILED, then: otherFlow };
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
    case 'peer':
      return `the domain ${principal.domain}`;
    case 'provider':
      return `the provider ${principal.name}`;
    case 'unproved':
      return 'not proved';
    case 'anonymous':
      return 'anonymous';
    default:
      return principal satisfies never;
  }
}
