import { unsupportedLine } from '../../sip/dialog/option-tags.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Request } from '../../sip/message/message.ts';
import { mistakenFor } from '../../sip/message/method.ts';
import type { Domains } from '../routing/domains.ts';
import { hasLooped, type OwnVias } from './loop.ts';

export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly extra?: string;
}

/** Schemes that can be routed at all: `tel` means a number of ours; a urn is a service, of which the routing decision knows one: help (RFC 5031). */
const schemes = new Set(['sip', 'sips', 'tel', 'urn']);

/**
 * The checks that every request passes before anything is looked up or proved, in the order of RFC 3261 §16.3.
 *
 * Deviation: an unknown method that PJSIP takes for one that we know is not sent on (RFC 3261 §7.1, §16.3). A phone would ring, or answer by
 * itself, for whom we would have kept from it.
 */
export function admit(request: Request, vias: OwnVias, domains: Pick<Domains, 'owns'>): Refusal | undefined {
  const meant = mistakenFor(request.method);
  if (meant !== undefined) return { status: 400, reason: `Bad Request (Request-Line: expected the method ${meant})` };
  if (!schemes.has(request.uri.scheme)) return { status: 416, reason: 'Unsupported URI Scheme' };
  if (request.maxForwards === 0 && !endsHere(request, domains)) return { status: 483, reason: 'Too Many Hops' };
  if (hasLooped(request, vias)) return { status: 482, reason: 'Loop Detected' };
  const unsupported = unsupportedLine(request, Field.proxyRequire, () => false); // we know none
  return unsupported === undefined ? undefined : { status: 420, reason: 'Bad Extension', extra: unsupported };
}

/** An OPTIONS that asks ourselves; within a dialog it is for the other side, whose address looks like that too. */
function endsHere({ method, uri, to }: Request, domains: Pick<Domains, 'owns'>): boolean {
  return method === 'OPTIONS' && uri.user === undefined && to.tag === undefined && domains.owns(uri);
}
