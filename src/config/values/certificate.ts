import { lower } from '../../text/ascii.ts';
import { Scanner } from '../../text/scanner.ts';
import type { ValueType } from './value.ts';

const EXPECTS = 'sip:NAME@DOMAIN, another URI, NAME@DOMAIN, or sha256: and 32 bytes in hexadecimal';
const BYTE = /[0-9A-Fa-f]{2}/y;

/**
 * Whose certificate it is: a URI or a mail address among its alternative names, or the fingerprint of the very one. The value has one
 * spelling, that of `canonicalName`.
 */
export const certificateName: ValueType<string> = {
  form: 'sip:NAME@DOMAIN | NAME@DOMAIN | sha256:AB:CD:...',
  read(text) {
    const s = new Scanner('CERTIFICATE', text);
    if (s.maybe(/sha256:/iy) !== undefined) return `sha256:${fingerprint(s)}`;
    if (/^(?:[0-9A-Fa-f]{2}:){2}/.test(text)) s.fail('sha256: before a fingerprint');
    // What names a domain is for those of the domain, not for one user.
    const uri = s.maybe(/(?!sips?:)[A-Za-z][A-Za-z0-9+.-]*:(?=[^\s",])/iy);
    if (uri === undefined) {
      s.maybe(/sips?:/iy);
      s.take(/[^@:\s",]+@/y, EXPECTS);
    }
    s.take(/[^\s",@]+/y, EXPECTS);
    return s.rest === '' ? canonicalName(text) : s.fail(EXPECTS);
  },
};

/** SHA-256, written as openssl does or without its colons. */
function fingerprint(s: Scanner): string {
  const bytes: string[] = [];
  while (bytes.length < 32) {
    if (bytes.length > 0) s.maybe(/:/y);
    bytes.push(s.take(BYTE, EXPECTS).toUpperCase());
  }
  return s.rest === '' ? bytes.join(':') : s.fail(EXPECTS);
}

/** A URI or a mail address in the spelling that it is compared in: scheme and domain in small letters (RFC 3261 §19.1.4, RFC 5280 §7.5). */
export function canonicalName(name: string): string {
  const parts = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?([^@]*@)?(.*)$/.exec(name)!;
  const [, scheme, user = '', rest = ''] = parts;
  const prefix = scheme === undefined ? '' : `${lower(scheme)}:`;
  return user === '' ? prefix + rest : `${prefix}${user}${lower(rest)}`;
}
