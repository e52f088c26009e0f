import { lower } from '../../text/ascii.ts';
import { toAscii } from '../../text/idna.ts';
import { ParseError } from '../../text/parse-error.ts';
import { wireToUtf8 } from '../../text/wire.ts';
import { afterToken, byteAt, isWord, load, numberIn, word } from './bytes.ts';
import { isDigit, isHex, isHostCharacter, isSchemeCharacter, isUriCharacter, sameWord } from './grammar.ts';
import { faultIn } from './params.ts';

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

/** What a message can leave by. */
export type Transport = 'udp' | 'tcp' | 'tls';

/** Where SIP is heard if a URI or a Via says no port (RFC 3261 §18.1.1, §19.1.2). */
export const DEFAULT_PORT: Readonly<Record<Transport, number>> = { udp: 5060, tcp: 5060, tls: 5061 };

/** `sip`, `sips`: what can be routed by host. */
export const isSip = (uri: Uri): boolean => uri.scheme === 'sip' || uri.scheme === 'sips';

/**
 * Parses an addr-spec, which stands in `text` from `at` to `end`.
 *
 *     SIP-URI = "sip:" [ userinfo ] hostport uri-parameters [ headers ]
 *
 * @throws ParseError with the column of the first character that does not fit.
 */
export function parseUri(text: string, field = 'URI', at = 0, end = text.length): Uri {
  load(text, end);
  return uriIn(text, field, at, end);
}

/** The same for a text that is loaded. */
export function uriIn(text: string, field: string, at: number, end: number): Uri {
  let colon = at;
  while (colon < end && isSchemeCharacter(byteAt(colon))) colon++;
  if (colon === at || colon === end) throw faultIn(field, text, at, end, at, 'a URI with a scheme');
  if (byteAt(colon) !== 0x3a) throw faultIn(field, text, at, end, colon, 'the scheme of a URI');
  if (isWord(at, colon, SIP)) return parseSip('sip', field, text, at, colon + 1, end);
  if (isWord(at, colon, SIPS)) return parseSip('sips', field, text, at, colon + 1, end);
  const stop = afterUri(colon + 1, end, true);
  if (stop < end) throw faultIn(field, text, at, end, stop, NO_URI);
  return parseOther(text.slice(at, end), field, colon - at);
}

/** Parses a server as the configuration names it, perhaps without its scheme. @throws ParseError */
export function parseServer(text: string): Uri {
  return parseUri(/^sips?:/.test(text) ? text : `sip:${text}`);
}

const SIP = word('sip');
const SIPS = word('sips');
const NO_URI = 'a character of a URI, or an escape such as %20';

function parseOther(text: string, field: string, colon: number): Uri {
  const scheme = lower(text.slice(0, colon));
  const none = { password: undefined, host: '', port: undefined, headers: '' };
  if (scheme !== 'tel') return { text, scheme, user: undefined, params: '', ...none };
  const semicolon = text.indexOf(';', colon);
  const end = semicolon < 0 ? text.length : semicolon;
  if (end === colon + 1) throw new ParseError(field, text, end, 'a number');
  return { text, scheme, user: text.slice(colon + 1, end), params: text.slice(end), ...none };
}

/** Without userinfo, an `@` in the headers would make one: RFC 3261 §25.1 lets a user hold `?` and `;`, and an `@` must be escaped there. */
function parseSip(scheme: string, field: string, text: string, start: number, userAt: number, end: number): Uri {
  let user: string | undefined;
  let password: string | undefined;
  let at = userAt;
  let ampersat = userAt;
  while (ampersat < end && byteAt(ampersat) !== 0x40) ampersat++;
  if (ampersat < end) {
    at = afterUri(userAt, ampersat, false);
    if (at < ampersat) throw faultIn(field, text, start, end, at, NO_URI);
    let cut = userAt;
    while (cut < ampersat && byteAt(cut) !== 0x3a) cut++;
    if (cut === userAt) throw faultIn(field, text, start, end, userAt, 'a user before "@"');
    user = text.slice(userAt, cut);
    if (cut < ampersat) password = text.slice(cut + 1, ampersat);
    at = ampersat + 1;
  }
  const hostAt = at;
  const hostEnd = afterHost(field, text, hostAt, end, start);
  at = hostEnd;
  let port: number | undefined;
  if (at < end && byteAt(at) === 0x3a) {
    const digits = ++at;
    while (at < end && isDigit(byteAt(at))) at++;
    port = numberIn(digits, at, 65_535);
    if (port < 0) throw faultIn(field, text, start, end, digits, 'a port from 0 to 65535');
  }
  let params = '';
  let headers = '';
  if (at < end) {
    const tail = byteAt(at);
    if (tail !== 0x3b && tail !== 0x3f) throw faultIn(field, text, start, end, at, '":", ";", "?" or the end');
    const stop = afterUri(at, end, false);
    if (stop < end) throw faultIn(field, text, start, end, stop, NO_URI);
    let cut = at;
    while (cut < end && byteAt(cut) !== 0x3f) cut++;
    params = text.slice(at, cut);
    headers = text.slice(cut + 1, end);
  }
  const host = hostIn(field, text, hostAt, hostEnd, start, end);
  return { text: text.slice(start, end), scheme, user, password, host, port, params, headers };
}

/** The position of the first character from `at` that may not stand in a URI, or `end`. */
function afterUri(at: number, end: number, ampersat: boolean): number {
  for (; at < end; at++) {
    const code = byteAt(at);
    if (!isUriCharacter(code) && !(ampersat && code === 0x40)) return at;
    if (code === 0x25 && !(at + 2 < end && isHex(byteAt(at + 1)) && isHex(byteAt(at + 2)))) return at;
  }
  return end;
}

/**
 * The position after the host that begins at `at` (RFC 3261 §25.1: hostname, IPv4address or IPv6reference).
 *
 * Deviation: a name may have letters that are not ASCII, which is how people type it into phones, and phones send it.
 *
 * @throws ParseError
 */
export function afterHost(field: string, text: string, at: number, end: number, start: number): number {
  let stop = at;
  if (at < end && byteAt(at) === 0x5b) {
    stop++;
    while (stop < end && isAddressCharacter(byteAt(stop))) stop++;
    // A zone means nothing to anyone else, but phones with only a link-local address write it (RFC 6874).
    if (stop < end && byteAt(stop) === 0x25) stop = afterToken(stop, end);
    if (stop < at + 3 || stop >= end || byteAt(stop) !== 0x5d)
      throw faultIn(field, text, start, end, stop, 'an IPv6 address and "]"');
    return stop + 1;
  }
  while (stop < end && (isHostCharacter(byteAt(stop)) || byteAt(stop) >= 0x80)) stop++;
  if (stop === at) throw faultIn(field, text, start, end, at, 'a host');
  return stop;
}

/**
 * The host that stands there, in small letters, without brackets, and as the A-labels that it is known by (RFC 5890 §2.3.2.1).
 *
 * @throws ParseError for what no name can be
 */
export function hostIn(field: string, text: string, at: number, hostEnd: number, start: number, end: number): string {
  if (byteAt(at) === 0x5b) return lower(text.slice(at + 1, hostEnd - 1));
  let plain = true;
  for (let i = at; i < hostEnd; i++) {
    const code = byteAt(i);
    if (code >= 0x80) {
      const name = toAscii(wireToUtf8(text.slice(at, hostEnd)));
      if (name === undefined) throw faultIn(field, text, start, end, i, 'a host');
      return name;
    }
    if (code >= 0x41 && code <= 0x5a) plain = false;
  }
  return plain ? text.slice(at, hostEnd) : lower(text.slice(at, hostEnd));
}

const isAddressCharacter = (code: number): boolean => isHex(code) || code === 0x3a || code === 0x2e;

/** The value of a URI parameter (`name` in small letters): `''` without a value, undefined if it is absent. */
export function uriParam(uri: Uri, name: string): string | undefined {
  const text = uri.params;
  for (let at = 0; at < text.length; ) {
    const start = at + 1;
    const next = text.indexOf(';', start);
    const end = next < 0 ? text.length : next;
    let stop = start;
    while (stop < end && text.charCodeAt(stop) !== 0x3d) stop++;
    if (sameWord(text, start, stop, name)) return stop < end ? text.slice(stop + 1, end) : '';
    at = end;
  }
  return undefined;
}

/** A URI without headers as it may stand in a start line, where no `method` may (RFC 3261 §16.6 step 2, §19.1.1 table 1). */
export function requestUri(uri: Uri): string {
  if (uri.params === '' || uriParam(uri, 'method') === undefined) return uri.text;
  const left = uri.params.split(';').filter((param) => {
    const equal = param.indexOf('=');
    return !sameWord(param, 0, equal < 0 ? param.length : equal, 'method');
  });
  return uri.text.slice(0, uri.text.length - uri.params.length) + left.join(';');
}

/** A host as it stands in a URI, a Via or a Record-Route: IPv6 in brackets. */
export const hostText = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** `host:port` as it stands in a URI or a Via. */
export const hostPort = (host: string, port: number): string => `${hostText(host)}:${port}`;

/** A next hop for people, and as a key: `udp:192.0.2.1:5060`, `udp:[2001:db8::1]:5060` (RFC 5952 §6). */
export function hopText(hop: { readonly transport: Transport; readonly host: string; readonly port: number }): string {
  return `${hop.transport}:${hostPort(hop.host, hop.port)}`;
}

/** Resolves every escape: `%41` is `A`. For comparing and looking up, never for printing. */
export function unescapeUri(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Escapes what may not stand in the user part of a URI (RFC 3261 §25.1, `user`); `text` is wire text, one character a byte. */
export function escapeUser(text: string): string {
  return text.replace(/[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/g, (c) => {
    const code = c.charCodeAt(0);
    if (code > 0xff) throw new RangeError('the user part of a URI must be bytes');
    return `%${HEX_DIGITS[code >> 4]}${HEX_DIGITS[code & 15]}`;
  });
}

const HEX_DIGITS = '0123456789ABCDEF';
