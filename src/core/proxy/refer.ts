import { parseAddress } from '../../sip/message/address.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Request } from '../../sip/message/message.ts';
import { isSip, type Uri, unescapeUri } from '../../sip/message/uri.ts';
import { lower } from '../../text/ascii.ts';
import { ParseError } from '../../text/parse-error.ts';
import { route } from '../routing/route.ts';
import type { Snapshot } from '../routing/snapshot.ts';

/** What a phone may have asked a caller for within his call: how its REFER goes, and who is in his conference (RFC 3515, RFC 4575). */
const ASKED = new Set(['refer', 'conference']);
/** What is no news but a command, to phones that know it: to answer, to hold, to begin anew. Nobody asks for it. */
const COMMANDS = new Set(['talk', 'hold', 'check-sync']);

/**
 * Whether a REFER of a user may reach a phone, which dials what it says for its own user: nothing that his own class forbids him, and no
 * feature code (security S1). That nobody is there is for the phone to find out.
 */
export function refersWithin(request: Request, name: string, snapshot: Snapshot): boolean {
  return request.list(Field.referTo).every((value) => {
    const uri = uriIn(value);
    if (uri === undefined || (isSip(uri) && !snapshot.domains.owns(uri))) return true;
    const decision = route({ method: 'INVITE', uri, principal: { kind: 'user', name } }, snapshot);
    return decision.kind === 'reject' ? decision.status !== 403 : decision.kind === 'forward';
  });
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
  return route({ method: 'INVITE', uri, principal: { kind: 'anonymous' } }, snapshot).kind === 'forward';
}

/**
 * Whether a NOTIFY of a stranger only tells what his side was asked for (security S23). One who called may be asked for little: with `talk` he
 * would have a phone that rings answered, and hear the room. Who is called may have been so by a SUBSCRIBE, for anything.
 */
export function notifiesOnly(request: Request, towards: 'caller' | 'callee'): boolean {
  // Of two lines nobody knows which one a phone goes by.
  const events = request.list(Field.event).map((value) => lower(value.split(/[ \t;]/)[0]!));
  return towards === 'callee'
    ? events.length > 0 && events.every((event) => ASKED.has(event))
    : !events.some((event) => COMMANDS.has(event));
}

function uriIn(value: string): Uri | undefined {
  try {
    return parseAddress('Refer-To', value).uri;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
