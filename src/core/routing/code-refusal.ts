import type { CodeAction } from '../../config/codes.ts';
import { escapeUser, parseUri } from '../../sip/message/uri.ts';
import { route } from './route.ts';
import type { Snapshot } from './snapshot.ts';

/** Why what a code asks for is refused to the user who dials it, in words without a full stop; undefined if it is not. */
export function codeRefusal(user: string, action: CodeAction, snapshot: Snapshot): string | undefined {
  if (action.do === 'pickup') {
    const { of } = action;
    const known = of === undefined || (snapshot.byName(of) ?? snapshot.byExtension(of) ?? snapshot.group(of)) !== undefined;
    return known ? undefined : `there is no user or group ${of}`;
  }
  return action.do === 'forward' && action.to !== undefined ? closed(user, action.to, snapshot) : undefined;
}

/** Why the user cannot call there, and so nobody can in his name; undefined where he can, even if nobody answers now. */
function closed(user: string, to: string, snapshot: Snapshot): string | undefined {
  const uri = parseUri(`sip:${escapeUser(to)}@${snapshot.domains.home.name}`);
  const decision = route({ method: 'INVITE', uri, principal: { kind: 'user', name: user } }, snapshot);
  if (decision.kind === 'forward') return decision.emergency ? `${to} is an emergency number` : undefined;
  if (decision.kind !== 'reject') return `${to} is nobody to call`;
  return decision.status === 403 || decision.status === 404 ? decision.trace.at(-1) : undefined;
}
