import { lower } from '../../text/ascii.ts';
import { ParseError } from '../../text/parse-error.ts';
import { isDigit, isHex, isHostCharacter, isUriCharacter, sameWord } from './grammar.ts';

/** A SIP or SIPS URI (RFC 3261 §19.1) or any other, whose scheme alone is known. Read-only. */
export interface Uri {
  /** As it was written. */
  readonly text: string;
  /** In small letters: `sip`, `sips`, `tel`, ... */
  readonly scheme: string;
  /** Escaped as written, without the password; undefined where there is no `@`, always for other schemes but `tel`. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** In small letters; an IPv6 reference without its brackets. Empty for other schemes. */
  readonly host: string;
  readonly port: number | undefined;
  /** Everything after host and port that begins with `;`, without the headers. */
  readonly params: string;
  /** Everything after `?`. */
  readonly headers: string;
}

/** `sip`, `sips`: what can be routed by host. */
export const isSip = (uri: Uri): boolean => uri.scheme === 'sip' || uri.scheme === 'sips';

/**
 * Parses an addr-spec.
 *
 *     SIP-URI = "sip:" [ userinfo ] hostport uri-parameters [ headers ]
 *
 * @throws ParseError with the column of the first character that does not fit.
 */
export function parseUri(text: string, field = 'URI'): Uri {
  const colon = text.indexOf(':');
  if (colon <= 0) throw new ParseError(field, text, 0, 'a URI with a scheme');
  for (let i = 0; i < colon; i++)
    if (!isSchemeCharacter(text.charCodeAt(i))) throw new ParseError(field, text, i, 'the scheme of a URI');
  for (let i = colon + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x40) continue;
    if (!isUriCharacter(code)) throw new ParseError(field, text, i, 'a character of a URI');
    if (code === 0x25 && !(isHex(text.charCodeAt(i + 1)) && isHex(text.charCodeAt(i + 2))))
      throw new ParseError(field, text, i, 'an escape such as %20');
  }
  if (sameWord(text, 0, colon, 'sip') || sameWord(text, 0, colon, 'sips')) return parseSip(text, field, colon);
  const scheme = lower(text.slice(0, colon));
  if (scheme === 'tel') {
    const semicolon = text.indexOf(';', colon);
    const end = semicolon < 0 ? text.length : semicolon;
    if (end === colon + 1) throw new ParseError(field, text, end, 'a number');
    return {
      text,
      scheme,
      user: text.slice(colon + 1, end),
      password: undefined,
      host: '',
      port: undefined,
      params: text.slice(end),
      headers: '',
    };
  }
  return { text, scheme, user: undefined, password: undefined, host: '', port: undefined, params: '', headers: '' };
}

function parseSip(text: string, field: string, colon: number): Uri {
  const scheme = colon === 3 ? 'sip' : 'sips';
  const at = text.indexOf('@', colon);
  let user: string | undefined;
  let password: string | undefined;
  let cursor = colon + 1;
  if (at >= 0) {
    if (at === cursor) throw new ParseError(field, text, at, 'a user before "@"');
    if (text.indexOf('@', at + 1) >= 0) throw new ParseError(field, text, text.indexOf('@', at + 1), 'no second "@"');
    const secret = text.indexOf(':', cursor);
    const cut = secret >= 0 && secret < at ? secret : at;
    user = text.slice(cursor, cut);
    if (cut < at) password = text.slice(cut + 1, at);
    cursor = at + 1;
  }
  const hostEnd = endOfHost(text, cursor, field);
  const host = text.charCodeAt(cursor) === 0x5b ? lower(text.slice(cursor + 1, hostEnd - 1)) : lower(text.slice(cursor, hostEnd));
  cursor = hostEnd;
  let port: number | undefined;
  if (text.charCodeAt(cursor) === 0x3a) {
    const digits = ++cursor;
    port = 0;
    while (isDigit(text.charCodeAt(cursor)) && port < 65536) port = port * 10 + text.charCodeAt(cursor++) - 0x30;
    if (cursor === digits || port > 65535) throw new ParseError(field, text, digits, 'a port from 0 to 65535');
  }
  if (cursor === text.length) return { text, scheme, user, password, host, port, params: '', headers: '' };
  const question = text.indexOf('?', cursor);
  const end = question < 0 ? text.length : question;
  if (cursor < end && text.charCodeAt(cursor) !== 0x3b) throw new ParseError(field, text, cursor, '":", ";" or the end');
  return {
    text,
    scheme,
    user,
    password,
    host,
    port,
    params: text.slice(cursor, end),
    headers: question < 0 ? '' : text.slice(question + 1),
  };
}

/** The position after the host that begins at `at` (RFC 3261 §25.1: hostname, IPv4address or IPv6reference). @throws ParseError */
export function endOfHost(text: string, at: number, field: string): number {
  let end = at;
  if (text.charCodeAt(at) === 0x5b) {
    end++;
    while (isHex(text.charCodeAt(end)) || text.charCodeAt(end) === 0x3a || text.charCodeAt(end) === 0x2e) end++;
    if (end < at + 3 || text.charCodeAt(end) !== 0x5d) throw new ParseError(field, text, end, 'an IPv6 address and "]"');
    return end + 1;
  }
  while (end < text.length && isHostCharacter(text.charCodeAt(end))) end++;
  if (end === at) throw new ParseError(field, text, at, 'a host');
  return end;
}

function isSchemeCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2b ||
    code === 0x2d ||
    code === 0x2e
  );
}

/** The value of a URI parameter (`name` in small letters): `''` without a value, undefined if it is absent. */
export function uriParam(uri: Uri, name: string): string | undefined {
  const text = uri.params;
  for (let at = 0; at < text.length; ) {
    const start = at + 1;
    const next = text.indexOf(';', start);
    const end = next < 0 ? text.length : next;
    const equal = text.indexOf('=', start);
    const stop = equal >= 0 && equal < end ? equal : end;
    if (sameWord(text, start, stop, name)) return stop < end ? text.slice(stop + 1, end) : '';
    at = end;
  }
  return undefined;
}

/** A host as it stands in a URI, a Via or a Record-Route: IPv6 in brackets. */
export const hostText = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** `host:port` as it stands in a URI or a Via. */
export const hostPort = (host: string, port: number): string => `${hostText(host)}:${port}`;

/** Resolves every escape: `%41` is `A`. For comparing and looking up, never for printing. */
export function unescapeUri(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Escapes what may not stand in the user part of a URI (RFC 3261 §25.1, `user`). */
export function escapeUser(text: string): string {
  return text.replace(
    /[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/g,
    (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
}
