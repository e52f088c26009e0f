import { type Destination, type Trunk, wordOf } from '../../config/values/telephone.ts';
import { sameUri } from '../../sip/message/same-uri.ts';
import { parseUri, type Uri } from '../../sip/message/uri.ts';
import { readable } from '../../text/parse-error.ts';
import { HOUSE } from './classes.ts';
import type { Principal } from './decision.ts';
import { toDestination } from './dialing.ts';
import { dialedBy } from './numbers.ts';
import { trunkKey } from './rules.ts';
import { type Found, ledHere, refusal, type Way } from './way.ts';

/**
 * A call that came in by a trunk, for the destination that its connector chose for the number that was called. It leads where the
 * configuration of the trunk leads and nowhere else: a telephone company does not dial in our house.
 */
export function toInbound(principal: Principal & { kind: 'provider' | 'line' }, way: Way): Found {
  const { uri } = way.facts;
  const trunk: Trunk = { kind: principal.kind === 'line' ? 'modem' : 'provider', name: principal.name };
  const title = `[${trunkKey(trunk)}]`;
  const destination = way.snapshot.rules.trunks.get(trunkKey(trunk))?.inbound.find((one) => isAt(one, uri, way));
  if (destination === undefined) return refusal(404, 'Not Found', `${title} leads to no ${dialedBy(uri).text}`, uri.text);
  way.steps.say(`${title} leads here`);
  if (way.facts.method !== 'INVITE' && !way.snapshot.domains.owns(uri))
    return refusal(
      404,
      'Not Found',
      `nothing but calls leaves the house by it: ${way.facts.method} is for phones here`,
      uri.text,
    );
  const on = ledHere(way, { name: title, called: '', class: HOUSE }, title);
  return 'kind' in on ? on : toDestination(destination, on);
}

function isAt(destination: Destination, uri: Uri, { snapshot }: Way): boolean {
  if (destination.kind === 'uri') {
    const written = readable(() => parseUri(destination.uri));
    return written !== undefined && sameUri(written, uri);
  }
  return dialedBy(uri).text === wordOf(destination) && (uri.scheme === 'tel' || snapshot.domains.owns(uri));
}
