import type { ProviderSettings } from '../../config/sections/provider.ts';
import type { Destination } from '../../config/values/telephone.ts';
import { dialedBy, type NumberPlan, numberOfProvider } from '../../core/routing/numbers.ts';
import { parseAddress } from '../../sip/message/address.ts';
import type { Request } from '../../sip/message/message.ts';
import { uriParam } from '../../sip/message/uri.ts';
import { readable } from '../../text/parse-error.ts';
import type { ProviderAccount } from './account.ts';

/** The token of our Contact in a Request-URI: before the `@`, or in `line` where the number that was called took its place. */
export function tokensIn(request: Request): readonly (string | undefined)[] {
  const uri = readable(() => request.uri);
  return uri === undefined ? [] : [uri.user, uriParam(uri, 'line')];
}

/**
 * What was called, the surest first: the Request-URI, To, P-Called-Party-ID (RFC 7315 §4.2), as far as they can be read (features, pain 14).
 * Our own token may be among them, and is nobody's number.
 */
export function calledIn(request: Request): readonly string[] {
  const party = request.other('p-called-party-id');
  const uris = [
    readable(() => request.uri),
    readable(() => request.to.uri),
    party === undefined ? undefined : readable(() => parseAddress('P-Called-Party-ID', party).uri),
  ];
  return uris.flatMap((uri) => (uri?.user === undefined ? [] : [dialedBy(uri).text]));
}

/** Where the calls to these numbers go: the first that `number_*` names, else `inbound`; undefined for a number that nobody has. */
export function inboundOf(
  called: readonly string[],
  { numbers, inbound }: Pick<ProviderSettings, 'numbers' | 'inbound'>,
  { numberFormat }: ProviderAccount,
  plan: NumberPlan,
): Destination | undefined {
  if (numbers.size > 0) {
    const known = new Map([...numbers].map(([number, to]) => [numberOfProvider(number, numberFormat, plan), to]));
    for (const text of called) {
      const to = known.get(numberOfProvider(text, numberFormat, plan));
      if (to !== undefined) return to;
    }
  }
  return inbound;
}

/** The number by which a user or a group calls out: that of `number_*` which leads there, else `number`. */
export function numberOfCaller(
  name: string,
  extension: string | undefined,
  { numbers, number }: Pick<ProviderSettings, 'numbers' | 'number'>,
  { numberFormat }: ProviderAccount,
  plan: NumberPlan,
): string | undefined {
  for (const [own, to] of numbers) {
    const leads = to?.kind === 'name' ? to.name === name : to?.kind === 'number' && to.number === extension;
    if (leads) return numberOfProvider(own, numberFormat, plan);
  }
  return number;
}
