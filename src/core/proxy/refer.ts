import { parseAddress } from '../../sip/message/address.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Request } from '../../sip/message/message.ts';
import { isSip, type Uri, unescapeUri } from '../../sip/message/uri.ts';
import { ParseError } from '../../text/parse-error.ts';
import { route } from '../routing/route.ts';
import type { Snapshot } from '../routing/snapshot.ts';

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

function uriIn(value: string): Uri | undefined {
  try {
    return parseAddress('Refer-To', value).uri;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
