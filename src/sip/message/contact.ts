import { type Address, parseAddress } from './address.ts';
import { unquote } from './params.ts';
import { parseSeconds } from './seconds.ts';

/** One value of a Contact header in a REGISTER (RFC 3261 §10.2.1, RFC 5626 §4.1). */
export interface Contact {
  readonly address: Address;
  /** From 0 to 1; undefined if absent or not such a number. More than three digits and a bare `.5` are what some phones write. */
  readonly q: number | undefined;
  /** Seconds; undefined if absent or no number below 2**32 (then the default counts: RFC 3261 §10.2.1.1). */
  readonly expires: number | undefined;
  /** `<urn:uuid:...>` of +sip.instance, without its quotes. */
  readonly instance: string | undefined;
  readonly regId: number | undefined;
}

/** Parses one contact-param. @throws ParseError */
export function parseContact(text: string): Contact {
  const address = parseAddress('Contact', text);
  address.uri;
  const q = address.param('q');
  const instance = address.param('+sip.instance');
  return {
    address,
    q: q !== undefined && /^(?:0?\.[0-9]+|0\.?|1(?:\.0*)?)$/.test(q) ? Number(q) : undefined,
    expires: parseSeconds(address.param('expires')),
    instance: instance === undefined ? undefined : unquote(instance),
    regId: parseSeconds(address.param('reg-id')),
  };
}
