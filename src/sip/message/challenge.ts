import { ParseError } from '../../text/parse-error.ts';
import { sameWord, skipLws, skipQuoted, skipToken } from './grammar.ts';
import { quote, unquote } from './params.ts';

/** Parameters of one value at most: RFC 7616 knows a dozen. */
const MOST = 32;

const names = ['username', 'realm', 'nonce', 'uri', 'response', 'algorithm', 'cnonce', 'nc', 'qop', 'opaque', 'stale'] as const;

/**
 * The parameters of a Digest Authorization or WWW-Authenticate value that RFC 7616 §3.3 and §3.4 give a meaning to, quotes resolved. All
 * others are left out, as the RFC asks.
 */
export class DigestParams {
  username: string | undefined = undefined;
  realm: string | undefined = undefined;
  nonce: string | undefined = undefined;
  uri: string | undefined = undefined;
  response: string | undefined = undefined;
  algorithm: string | undefined = undefined;
  cnonce: string | undefined = undefined;
  nc: string | undefined = undefined;
  qop: string | undefined = undefined;
  opaque: string | undefined = undefined;
  stale: string | undefined = undefined;
}

/** Whether the value is of the Digest scheme; others (`NoOneKnowsThisScheme`) are not ours to judge (RFC 4475 §3.3.7). */
export function isDigestScheme(value: string): boolean {
  return sameWord(value, 0, skipToken(value, 0, value.length), 'digest');
}

/**
 * Parses `Digest` LWS name=value, ... of RFC 7616 §3.3 and §3.4. A name given twice keeps its first value.
 *
 * @throws ParseError
 */
export function parseDigest(field: string, value: string): DigestParams {
  const end = value.length;
  const params = new DigestParams();
  let at = skipToken(value, 0, end);
  for (let count = 1; ; count++) {
    at = skipLws(value, at, end);
    while (value.charCodeAt(at) === 0x2c) at = skipLws(value, at + 1, end);
    if (at >= end) return params;
    const stop = skipToken(value, at, end);
    const equal = skipLws(value, stop, end);
    if (stop === at || value.charCodeAt(equal) !== 0x3d)
      throw new ParseError(field, value, at, 'a parameter such as realm="..."');
    const start = skipLws(value, equal + 1, end);
    const quoted = value.charCodeAt(start) === 0x22;
    const last = quoted ? skipQuoted(value, start, end) : skipBare(value, start, end);
    if (last <= start) throw new ParseError(field, value, start, 'a value');
    if (count > MOST) throw new ParseError(field, value, at, `at most ${MOST} parameters`);
    const name = nameAt(value, at, stop);
    if (name !== undefined) params[name] ??= quoted ? unquoted(value, start, last) : value.slice(start, last);
    at = last;
  }
}

function nameAt(text: string, at: number, end: number): keyof DigestParams | undefined {
  for (const name of names) if (name.length === end - at && sameWord(text, at, end, name)) return name;
  return undefined;
}

function unquoted(text: string, at: number, end: number): string {
  const inner = text.slice(at + 1, end - 1);
  return inner.includes('\\') ? unquote(text.slice(at, end)) : inner;
}

function skipBare(text: string, at: number, end: number): number {
  while (at < end && text.charCodeAt(at) !== 0x2c && text.charCodeAt(at) > 0x20) at++;
  return at;
}

export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: 'MD5' | 'SHA-256';
  readonly stale: boolean;
}

/** Prints the value of a WWW-Authenticate or Proxy-Authenticate header (RFC 7616 §3.3, RFC 8760 §2.3). */
export function printChallenge(challenge: Challenge): string {
  const stale = challenge.stale ? ', stale=true' : '';
  return `Digest realm=${quote(challenge.realm)}, nonce="${challenge.nonce}", algorithm=${challenge.algorithm}, qop="auth"${stale}`;
}
