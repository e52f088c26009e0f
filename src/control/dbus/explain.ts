import type { Decision, Plan, Principal, Target } from '../../core/routing/decision.ts';
import { route } from '../../core/routing/route.ts';
import type { Snapshot } from '../../core/routing/snapshot.ts';
import { parseUri, type Uri } from '../../sip/message/uri.ts';
import { ParseError } from '../../text/parse-error.ts';
import { utf8ToWire, wireToUtf8 } from '../../text/wire.ts';
import { ControlError, noSuchUser } from './errors.ts';
import type { ExplainQuery, Explanation } from './reports.ts';

const UNRESERVED = /[^A-Za-z0-9\-_.!~*'()&=+$,;?/%#]/g;

/**
 * Asks the routing decision what would become of a request, and says why. A target without a scheme is a name or a number of the home
 * domain, or NAME@DOMAIN. Nothing is sent.
 *
 * @throws ControlError for a target that is no URI and a caller who is no user.
 */
export function explain(query: ExplainQuery, snapshot: Snapshot): Explanation {
  const decision = route(
    { method: query.method, uri: targetUri(query.target, snapshot), principal: caller(query, snapshot) },
    snapshot,
    true,
  );
  return {
    decision: decision.kind,
    summary: summary(decision),
    status: statusOf(decision),
    trace: decision.trace.map(wireToUtf8),
  };
}

function caller({ from }: ExplainQuery, snapshot: Snapshot): Principal {
  if (from === '') return { kind: 'anonymous' };
  const account = snapshot.byName(from) ?? snapshot.byExtension(from);
  if (account === undefined) throw noSuchUser(from);
  return { kind: 'user', name: account.name };
}

function targetUri(target: string, snapshot: Snapshot): Uri {
  const wire = utf8ToWire(target);
  const escaped = wire.replace(UNRESERVED, (c) =>
    c === '@' ? c : `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  const text = /^[A-Za-z][A-Za-z0-9+.-]*:/.test(wire)
    ? wire
    : `sip:${escaped}${escaped.includes('@') ? '' : `@${snapshot.domains.home.name}`}`;
  try {
    return parseUri(text, 'target');
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const form = 'a name, a number, NAME@DOMAIN or a URI such as sip:bob@example.org';
    throw new ControlError('InvalidArgument', `"${target}" cannot be called: expected ${form}`);
  }
}

function statusOf(decision: Decision): number {
  switch (decision.kind) {
    case 'forward':
      return 0;
    case 'serve':
      return 200;
    case 'challenge':
      return 407;
    case 'reject':
      return decision.status;
    default:
      return decision satisfies never;
  }
}

function summary(decision: Decision): string {
  switch (decision.kind) {
    case 'forward':
      return `forward to ${wireToUtf8(decision.callee)}: ${counted(targets(decision.plan))}${decision.emergency ? ' (emergency)' : ''}`;
    case 'serve':
      return 'answered by sipwitch itself: 200 OK';
    case 'challenge':
      return 'challenge: the caller has to prove who it is (407)';
    case 'reject':
      return `reject: ${decision.status} ${decision.reason}`;
    default:
      return decision satisfies never;
  }
}

/** `2 phones, 1 trunk` */
function counted(found: readonly Target[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of found) counts.set(WORDS[kind], (counts.get(WORDS[kind]) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${count} ${what}${count === 1 ? '' : 's'}`).join(', ');
}

const WORDS: Readonly<Record<Target['kind'], string>> = {
  binding: 'phone',
  flow: 'phone',
  peer: 'other domain',
  enum: 'ENUM look-up',
  trunk: 'trunk',
};

function targets(plan: Plan): readonly Target[] {
  switch (plan.kind) {
    case 'target':
      return [plan.target];
    case 'all':
    case 'order':
      return plan.of.flatMap((part) => targets(part.plan));
    case 'else':
      return [...targets(plan.first), ...targets(plan.then)];
    default:
      return plan satisfies never;
  }
}
