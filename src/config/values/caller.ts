import { Scanner } from '../../text/scanner.ts';
import { utf8ToWire } from '../../text/wire.ts';
import { canonicalHost } from './network.ts';
import { number } from './telephone.ts';
import type { ValueType } from './value.ts';

/** Somebody whose calls a user does not want, as From names them. */
export type BlockedCaller =
  /** `user` is wire text without escapes; `host` as a URI's is compared: in small letters, IPv6 without brackets. */
  | { readonly kind: 'address'; readonly user: string; readonly host: string }
  /** Everybody of a domain. */
  | { readonly kind: 'domain'; readonly host: string }
  /** Whatever domain it comes from. */
  | { readonly kind: 'number'; readonly number: string };

const EXPECTS = 'an address such as sip:spam@example.org, a domain such as @example.org, or a number';

/** `sip:NAME@DOMAIN`, whose `sip:` may be left out; `@DOMAIN`; or a number. */
export const blockedCaller: ValueType<BlockedCaller> = {
  form: 'sip:NAME@DOMAIN | @DOMAIN | NUMBER',
  read(text) {
    if (number.accepts(text)) return { kind: 'number', number: text };
    const s = new Scanner('CALLER', text);
    s.maybe(/sips?:/y);
    const user = s.take(/[^@\s<>"]*/y, EXPECTS);
    s.take(/@/y, EXPECTS);
    const column = s.at;
    const host = canonicalHost(s.rest)?.replace(/[[\]]/g, '') ?? s.fail('a domain such as example.org', column);
    return user === '' ? { kind: 'domain', host } : { kind: 'address', user: utf8ToWire(user), host };
  },
};
