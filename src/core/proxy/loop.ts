import { Field } from '../../sip/message/fields.ts';
import type { Request } from '../../sip/message/message.ts';
import { parseVia } from '../../sip/message/via.ts';
import { ParseError } from '../../text/parse-error.ts';

/** Stands in a branch of ours before the loop mark; branches are hexadecimal otherwise. */
const SEPARATOR = '.';

/**
 * The second part of our branches: a hash of all that decides where the request goes, so that a loop is told from a spiral
 * (RFC 5393 §4.2.1). It must not depend on the method. `seed` keeps strangers from choosing requests that collide.
 */
export function loopMark(request: Request, seed: number): string {
  let hash = seed;
  hash = mix(hash, request.uriText);
  hash = mix(hash, request.from.tag ?? '');
  hash = mix(hash, request.to.tag ?? '');
  hash = mix(hash, request.callId);
  hash = Math.imul(hash ^ request.cseq.number, 0x01000193);
  for (const id of [Field.route, Field.proxyAuthorization])
    for (let i = request.find(id); i >= 0; i = request.find(id, i + 5)) hash = mix(hash, request.valueAt(i));
  return SEPARATOR + (hash >>> 0).toString(36);
}

function mix(hash: number, text: string): number {
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return Math.imul(hash ^ 0x1f, 0x01000193);
}

/** Whether one of the Via values is ours and bears this mark: the request came round unchanged (RFC 5393 §4.2.2). */
export function hasLooped(request: Request, mark: string, isOurs: (host: string, port: number) => boolean): boolean {
  const first = request.find(Field.via);
  const single = request.find(Field.via, first + 5) < 0 && request.topViaEnd(first) === request.index[first + 3];
  if (single) return oursWith(request.via, mark, isOurs);
  return request.list(Field.via).some((text) => {
    try {
      return oursWith(parseVia(text), mark, isOurs);
    } catch (error) {
      if (error instanceof ParseError) return false; // somebody else's Via need not please us
      throw error;
    }
  });
}

function oursWith(
  via: { host: string; port: number | undefined; branch: string },
  mark: string,
  isOurs: (host: string, port: number) => boolean,
): boolean {
  return via.branch.endsWith(mark) && isOurs(via.host, via.port ?? 5060);
}
