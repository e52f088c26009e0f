import { Field } from '../../sip/message/fields.ts';
import { END, type Request, STRIDE } from '../../sip/message/message.ts';
import { BRANCH_COOKIE, parseVia, type Via } from '../../sip/message/via.ts';
import { fnv1a } from '../../text/fnv.ts';
import { hex32 } from '../../text/hex.ts';
import { readable } from '../../text/parse-error.ts';

/** Stands in a branch of ours before the loop mark; branches are hexadecimal otherwise. */
const SEPARATOR = '.';

/** Where it stands in ours: after the cookie and sixteen digits. */
const MARK_AT = BRANCH_COOKIE.length + 16;

/**
 * The second part of our branches: a hash of all that decides where the request goes, so that a loop is told from a spiral
 * (RFC 5393 §4.2.1). It must not depend on the method, nor on the credentials for us, which stay here (`drop`) and which the request has no
 * more when it comes round; a Route counts as it came, even where strict routing puts another in its place. `seed` keeps strangers from
 * choosing requests that collide.
 */
export function loopMark(request: Request, seed: number, drop: readonly number[]): string {
  let hash = seed;
  hash = mix(hash, request.uriText);
  hash = mix(hash, request.from.tag ?? '');
  hash = mix(hash, request.to.tag ?? '');
  hash = mix(hash, request.callId);
  hash = Math.imul(hash ^ request.cseq.number, 0x01000193);
  for (const id of [Field.route, Field.proxyAuthorization])
    for (let i = request.find(id); i >= 0; i = request.find(id, i + STRIDE))
      if (id === Field.route || !drop.includes(i)) hash = mix(hash, request.valueAt(i));
  return SEPARATOR + hex32(hash);
}

function mix(hash: number, text: string): number {
  return Math.imul(fnv1a(hash, text) ^ 0x1f, 0x01000193);
}

/** What tells our own Vias from others'. */
export interface OwnVias {
  isOurs(host: string, port: number): boolean;
  /** The mark that the request would get now. */
  mark(request: Request): string;
}

/**
 * Whether one of the Via values is ours and bears the mark that the request would get now: it came round unchanged (RFC 5393 §4.2.2).
 * The mark is asked for only if a Via looks like ours.
 */
export function hasLooped(request: Request, vias: OwnVias): boolean {
  const first = request.find(Field.via);
  const single = request.find(Field.via, first + STRIDE) < 0 && request.topViaEnd(first) === request.index[first + END];
  if (single) return bears(request.via, request, vias);
  return request.list(Field.via).some((text) => {
    const via = readable(() => parseVia(text)); // somebody else's Via need not please us
    return via !== undefined && bears(via, request, vias);
  });
}

function bears({ branch, host, port }: Via, request: Request, vias: OwnVias): boolean {
  return branch.startsWith(SEPARATOR, MARK_AT) && vias.isOurs(host, port ?? 5060) && branch.endsWith(vias.mark(request));
}
