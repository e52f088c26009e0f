import type { Decision, Plan, Principal } from '../../core/routing/decision.ts';
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
    case 'forward': {
      const phones = targets(decision.plan);
      return `forward to ${wireToUtf8(decision.callee)}: ${phones === 1 ? '1 phone' : `${phones} phones`}`;
    }
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

function targets(plan: Plan): number {
  switch (plan.kind) {
    case 'target':
      return 1;
    case 'all':
    case 'order':
      return plan.of.reduce((sum, { plan: part }) => sum + targets(part), 0);
    case 'else':
      return targets(plan.first) + targets(plan.then);
    default:
      return plan satisfies never;
  }
}
