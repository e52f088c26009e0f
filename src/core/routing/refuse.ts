import type { BlockedCaller } from '../../config/values/caller.ts';
import { namesNobody } from '../../sip/message/privacy.ts';
import { isSip, type Uri, unescapeUri } from '../../sip/message/uri.ts';
import type { Account } from '../account/users.ts';
import type { RouteFacts } from './decision.ts';
import type { Snapshot } from './snapshot.ts';

/** Why a user does not take a call, and what the caller is told. */
export interface Unwanted {
  readonly status: number;
  readonly reason: string;
  readonly why: string;
}

/**
 * Whether a user refuses this caller: those who give no name, where `anonymous = no`, and those on the user's own list. Strangers hear
 * what they hear of a name that is not published, so that nobody learns to be blocked; all others that they are not wanted, by the answer
 * to callers without a name of RFC 5079, or a 603 (RFC 3261 §21.6.2).
 */
export function refuse(account: Account, facts: RouteFacts, snapshot: Snapshot): Unwanted | undefined {
  const stranger = facts.principal.kind === 'anonymous' || facts.principal.kind === 'guest';
  const refusal = (status: number, reason: string, why: string): Unwanted =>
    stranger ? { status: 404, reason: 'Not Found', why } : { status, reason, why };
  if (!account.anonymous && isNameless(facts))
    return refusal(433, 'Anonymity Disallowed', `${account.name} takes no calls from callers who do not prove who they are`);
  if (account.blocked.length > 0 && account.blocked.some((entry) => fits(entry, facts, snapshot)))
    return refusal(603, 'Decline', `${account.name} has blocked ${facts.from?.text ?? 'this caller'}`);
  return undefined;
}

/** Nobody vouches for the caller, or a gateway brings one whose number is withheld (RFC 3323 §4.1.1.3). A user is known to us, if not to the callee. */
function isNameless({ principal, from }: RouteFacts): boolean {
  if (principal.kind === 'user') return false;
  // A guest is known by its own name alone.
  if (principal.kind === 'guest') return from === undefined || `${nameIn(from)}@${from.host}` !== principal.aor;
  return principal.kind === 'anonymous' || from === undefined || namesNobody(from);
}

function fits(entry: BlockedCaller, facts: RouteFacts, snapshot: Snapshot): boolean {
  const { from, principal } = facts;
  // What a user proved counts as well as what From says: by an extension nobody slips through.
  const names = principal.kind === 'user' ? [principal.name, snapshot.byName(principal.name)?.extension] : [];
  if (from !== undefined) names.push(nameIn(from));
  const host = from?.host.replace(/\.$/, '') ?? '';
  switch (entry.kind) {
    case 'number':
      return names.includes(entry.number);
    case 'domain':
      return host === entry.host;
    case 'address':
      return (
        names.includes(entry.user) &&
        (host === entry.host || (principal.kind === 'user' && snapshot.domains.of(entry.host) !== undefined))
      );
    default:
      return entry satisfies never;
  }
}

/** The user part without escapes; of a number without what only parts its digits (RFC 3966 §3). */
function nameIn(uri: Uri): string {
  const name = unescapeUri(uri.user ?? '');
  return !isSip(uri) || /^\+[0-9().-]+$/.test(name) ? name.replace(/[-.()]/g, '') : name;
}
