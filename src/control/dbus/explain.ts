import { codeText } from '../../config/codes.ts';
import { codeRefusal } from '../../core/routing/code-refusal.ts';
import type { Decision, Principal, RouteFacts } from '../../core/routing/decision.ts';
import { dialedBy } from '../../core/routing/numbers.ts';
import { principalText, route } from '../../core/routing/route.ts';
import type { Snapshot } from '../../core/routing/snapshot.ts';
import { literal } from '../../sip/locate/address-class.ts';
import { escapeUser, parseUri, type Uri } from '../../sip/message/uri.ts';
import type { FlowName } from '../../sip/transport/flow.ts';
import { nearest } from '../../text/nearest.ts';
import { readable } from '../../text/parse-error.ts';
import { utf8ToWire, wireToUtf8 } from '../../text/wire.ts';
import { ControlError, noSuchUser } from './errors.ts';
import { costOf } from './explain-cost.ts';
import { type Live, targetsOf } from './explain-targets.ts';
import type { ExplainQuery, Explanation, TargetReport } from './reports.ts';

const UNRESERVED = /[^A-Za-z0-9\-_.!~*'()&=+$,;?/%#]/g;
const NOTHING = { dns: [], cost: [], targets: [] } as const;

/**
 * Asks the routing decision what would become of a request, and says why. A target without a scheme is a name or a number of the home
 * domain, or NAME@DOMAIN. Nothing is sent but questions to DNS, and those by the running daemon alone (`live`).
 *
 * @throws ControlError for a target that is no URI, a caller who is no user, a source that is no address.
 */
export async function explain(query: ExplainQuery, snapshot: Snapshot, live?: Live): Promise<Explanation> {
  const source = sourceOf(query);
  const { principal, because } = callerOf(query, source, snapshot, live);
  const asked = targetUri(query.target, snapshot);
  const caller = `${principalText(principal)}${because}`;
  const admitted = source === '' ? undefined : live?.exchange.access.explain(source, principal.kind, asked);
  const access = admitted?.words ?? (source === '' ? [] : ['no daemon runs: what it does by addresses is not known']);
  const told = { caller, access };
  if (admitted?.admission === 'gone') return { ...told, ...gone(admitted.answer), trace: [], ...NOTHING };
  if (admitted?.admission === 'challenge')
    return { ...told, decision: 'challenge', summary: CHALLENGE, status: 407, trace: [], ...NOTHING };
  const leads = query.method === 'INVITE' || query.method === 'MESSAGE';
  const provider = principal.kind === 'provider' && leads ? principal.name : undefined;
  const uri = provider === undefined ? asked : ledByProvider(provider, asked, live);
  if (uri === undefined) {
    const why = `leads nowhere for ${dialedBy(asked).text}: no number_* names it, and it has no inbound`;
    return { ...told, ...gone('404 Not Found'), trace: [`[provider ${provider}] ${why}`], ...NOTHING };
  }
  const flow = flowOf(principal, source, snapshot);
  const facts: RouteFacts = { method: query.method, uri, principal, from: fromOf(principal, snapshot), flow };
  const decision = route(facts, snapshot, true);
  const trace = [...(uri === asked ? [] : [`its section leads to ${uri.text}`]), ...decision.trace].map(wireToUtf8);
  if (decision.kind === 'reject' && decision.status === 404 && principal.kind === 'user') trace.push(...meantBy(asked, live));
  const refused =
    decision.kind === 'serve' && decision.by === 'code' ? codeRefusal(decision.user, decision.action, snapshot) : undefined;
  if (refused !== undefined) return { ...told, ...gone(`403 Forbidden (${wireToUtf8(refused)})`), trace, ...NOTHING };
  const found = decision.kind === 'forward' ? await targetsOf(decision.plan, facts, snapshot, live) : undefined;
  return {
    ...told,
    decision: decision.kind,
    summary: summary(decision, found?.rows ?? [], live !== undefined),
    status: statusOf(decision),
    trace,
    dns: found?.dns ?? [],
    cost: found === undefined ? [] : costOf(found.trunks, snapshot),
    targets: found?.rows ?? [],
  };
}

const CHALLENGE = 'challenge: the caller has to prove who it is (407)';

/** It is turned away, or gets no answer at all, before anybody looks who is called. */
function gone(answer: string): Pick<Explanation, 'decision' | 'summary' | 'status'> {
  if (answer === '') return { decision: 'ignore', summary: 'no answer at all', status: 0 };
  return { decision: 'reject', summary: `reject: ${answer}`, status: Number(answer.slice(0, 3)) };
}

function sourceOf({ source }: ExplainQuery): string {
  if (source === '') return '';
  const address = literal(source.replace(/^\[|\]$/g, ''));
  if (address !== undefined) return address;
  throw new ControlError('InvalidArgument', `"${source}" is no address: expected an IP address such as 192.0.2.7`);
}

/** Who it is, in the order of the house: a user as asked for, a provider by its servers, a peer by its addresses, anybody. */
function callerOf(
  { from }: ExplainQuery,
  source: string,
  snapshot: Snapshot,
  live: Live | undefined,
): { readonly principal: Principal; readonly because: string } {
  if (from !== '') {
    const account = snapshot.byName(utf8ToWire(from)) ?? snapshot.byExtension(from);
    if (account === undefined) throw noSuchUser(from, live && nearest(from, live.exchange.config.users.keys()));
    return { principal: { kind: 'user', name: account.name }, because: '' };
  }
  if (source === '' || live === undefined) return { principal: { kind: 'anonymous' }, because: '' };
  const provider = live.providers.at(source);
  if (provider !== undefined)
    return {
      principal: { kind: 'provider', name: provider },
      because: `, a server of which is ${source}, by what our Contact there says`,
    };
  const domain = live.exchange.peers.at(source, undefined);
  if (domain !== undefined) return { principal: { kind: 'peer', domain }, because: `, whose [peer] section lists ${source}` };
  return { principal: { kind: 'anonymous' }, because: `: ${source} is that of no provider and no [peer]` };
}

/** Of the phone that a user would call by, where there is one, or one at that source. */
function flowOf(principal: Principal, source: string, snapshot: Snapshot): FlowName | undefined {
  if (principal.kind !== 'user') return undefined;
  const phones = snapshot.bindings(principal.name).filter(({ flow }) => source === '' || flow.remote.host === source);
  return phones.length === 1 ? phones[0]!.flow : undefined;
}

/** What their From would say: users of the home domain, everybody else under some name. */
function fromOf(principal: Principal, { domains }: Snapshot): Uri | undefined {
  switch (principal.kind) {
    case 'user':
      return parseUri(`sip:${escapeUser(principal.name)}@${domains.home.name}`);
    case 'peer':
      return parseUri(`sip:caller@${principal.domain}`);
    case 'provider':
    case 'line':
      return parseUri(`sip:caller@${domains.home.name}`);
    default:
      return undefined;
  }
}

/** Names are told apart by their capitals (RFC 3261 §19.1.4), with which keyboards of phones like to begin. */
function meantBy(asked: Uri, live: Live | undefined): readonly string[] {
  const { users, groups } = live?.exchange.config ?? {};
  const dialed = wireToUtf8(dialedBy(asked).text);
  const meant = /[A-Za-z]/.test(dialed) ? nearest(dialed, [...(users?.keys() ?? []), ...(groups?.keys() ?? [])]) : undefined;
  return meant === undefined || meant === dialed ? [] : [`did you mean ${meant}?`];
}

function ledByProvider(name: string, asked: Uri, live: Live | undefined): Uri | undefined {
  const led = live?.providers.leads(name, dialedBy(asked).text);
  return led === undefined ? undefined : parseUri(led);
}

function targetUri(target: string, snapshot: Snapshot): Uri {
  const wire = utf8ToWire(target);
  const at = wire.lastIndexOf('@');
  const user = (at < 0 ? wire : wire.slice(0, at)).replace(
    UNRESERVED,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  const domain = at < 0 ? snapshot.domains.home.name : wire.slice(at + 1);
  const text = /^[A-Za-z][A-Za-z0-9+.-]*:/.test(wire) ? wire : `sip:${user}@${domain}`;
  const uri = readable(() => parseUri(text, 'target'));
  if (uri === undefined) {
    const form = 'a name, a number, NAME@DOMAIN or a URI such as sip:bob@example.org';
    throw new ControlError('InvalidArgument', `"${target}" cannot be called: expected ${form}`);
  }
  // What a phone makes of a link is a request without them: with them it is answered 400 (RFC 3261 §19.1.1 table 1).
  if (uri.headers !== '')
    throw new ControlError(
      'InvalidArgument',
      `"${target}" cannot be called: expected a URI without headers; leave out "?" and what follows`,
    );
  return uri;
}

function statusOf(decision: Decision): number {
  switch (decision.kind) {
    case 'forward':
      return 0;
    case 'serve':
      return decision.by === 'code' ? 480 : 200;
    case 'challenge':
      return 407;
    case 'reject':
      return decision.status;
    default:
      return decision satisfies never;
  }
}

/** `asked`: whether somebody looked where the targets are. */
function summary(decision: Decision, targets: readonly TargetReport[], asked: boolean): string {
  switch (decision.kind) {
    case 'forward': {
      const gone = asked && targets.every(({ why, hops }) => why !== '' && hops.length === 0);
      const down = decision.emergency ? ', tried although nothing of it is up' : ', and nothing of it can be reached now';
      const lost = gone ? down : '';
      return `forward to ${wireToUtf8(decision.callee)}: ${counted(targets)}${decision.emergency ? ' (emergency)' : ''}${lost}`;
    }
    case 'serve':
      return decision.by === 'code'
        ? `answered by sipwitch itself: ${codeText(decision.action)}`
        : 'answered by sipwitch itself: 200 OK';
    case 'challenge':
      return CHALLENGE;
    case 'reject':
      return `reject: ${decision.status} ${decision.reason}`;
    default:
      return decision satisfies never;
  }
}

/** `2 phones, 1 trunk` */
function counted(targets: readonly TargetReport[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of targets) {
    const what = WORDS[kind] ?? kind;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, count]) => `${count} ${what}${count === 1 ? '' : 's'}`).join(', ');
}

const WORDS: Readonly<Record<string, string>> = {
  ...{ phone: 'phone', domain: 'other domain', enum: 'ENUM look-up', provider: 'trunk', modem: 'trunk' },
};
