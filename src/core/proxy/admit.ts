import { tidy } from '../../sip/dialog/dialog.ts';
import { Field } from '../../sip/message/fields.ts';
import { sameWord } from '../../sip/message/grammar.ts';
import type { Request } from '../../sip/message/message.ts';
import { line } from '../../sip/message/print.ts';
import type { Domains } from '../routing/domains.ts';

export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly extra?: string;
}

/** Extensions that this proxy must understand where Proxy-Require names them: none. */
const known: readonly string[] = [];
/** Schemes that can be routed at all; `tel` means a number of ours. */
/** A urn is a service, of which the routing decision knows one: help (RFC 5031). */
const schemes = new Set(['sip', 'sips', 'tel', 'urn']);

/** The checks that every request passes before anything is looked up or proved, in the order of RFC 3261 §16.3. */
export function admit(
  request: Request,
  proxy: { looped(request: Request): boolean },
  domains: Pick<Domains, 'owns'>,
): Refusal | undefined {
  if (!schemes.has(request.uri.scheme)) return { status: 416, reason: 'Unsupported URI Scheme' };
  if (request.maxForwards === 0 && !endsHere(request, domains)) return { status: 483, reason: 'Too Many Hops' };
  if (proxy.looped(request)) return { status: 482, reason: 'Loop Detected' };
  return badExtension(request, Field.proxyRequire, known);
}

/** An OPTIONS that asks ourselves; within a dialog it is for the other side, whose address looks like that too. */
function endsHere({ method, uri, to }: Request, domains: Pick<Domains, 'owns'>): boolean {
  return method === 'OPTIONS' && uri.user === undefined && to.tag === undefined && domains.owns(uri);
}

/** A 420 with the option tags of Require or Proxy-Require that are none of `known`; undefined if all are (RFC 3261 §8.2.2.3, §16.3 step 5). */
export function badExtension(request: Request, field: number, known: readonly string[]): Refusal | undefined {
  if (request.find(field) < 0) return undefined;
  const unknown = request.list(field).filter((tag) => !known.some((one) => sameWord(tag, 0, tag.length, one)));
  if (unknown.length === 0) return undefined;
  return { status: 420, reason: 'Bad Extension', extra: line('Unsupported', tidy(unknown.join(', '))) };
}
