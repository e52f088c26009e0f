import { afterLws, afterQuoted, afterToken, byteAt, isWord, word } from './bytes.ts';
import { unfold } from './grammar.ts';
import { faultIn, quote, unquote } from './params.ts';

/** Parameters of one value at most: RFC 7616 knows a dozen. */
const MOST = 32;

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

/**
 * Parses `Digest` LWS name=value, ... of RFC 7616 §3.3 and §3.4, which stands in a text that is loaded from `start` to `end`. A name given
 * twice keeps its first value. Undefined for another scheme: those (`NoOneKnowsThisScheme`) are not ours to judge (RFC 4475 §3.3.7).
 *
 * @throws ParseError
 */
export function digestIn(field: string, text: string, start: number, end: number): DigestParams | undefined {
  let at = afterToken(start, end);
  if (!isWord(start, at, DIGEST)) return undefined;
  const params = new DigestParams();
  for (let count = 1; ; count++) {
    at = afterLws(at, end);
    while (at < end && byteAt(at) === 0x2c) at = afterLws(at + 1, end);
    if (at >= end) return params;
    const nameEnd = afterToken(at, end);
    const equal = afterLws(nameEnd, end);
    if (nameEnd === at || equal >= end || byteAt(equal) !== 0x3d)
      throw faultIn(field, text, start, end, at, 'a parameter such as realm="..."');
    const valueAt = afterLws(equal + 1, end);
    const quoted = valueAt < end && byteAt(valueAt) === 0x22;
    const valueEnd = quoted ? afterQuoted(valueAt, end) : afterBare(valueAt, end);
    if (valueEnd <= valueAt) throw faultIn(field, text, start, end, valueAt, 'a value');
    if (count > MOST) throw faultIn(field, text, start, end, at, `at most ${MOST} parameters`);
    const name = nameAt(at, nameEnd);
    if (name !== undefined)
      params[name] ??= quoted ? unquote(unfold(text.slice(valueAt, valueEnd))) : text.slice(valueAt, valueEnd);
    at = valueEnd;
  }
}

const DIGEST = word('digest');
const words = (Object.keys(new DigestParams()) as (keyof DigestParams)[]).map((name) => ({ name, word: word(name) }));

function nameAt(at: number, end: number): keyof DigestParams | undefined {
  for (const { name, word } of words) if (isWord(at, end, word)) return name;
  return undefined;
}

function afterBare(at: number, end: number): number {
  while (at < end && byteAt(at) !== 0x2c && byteAt(at) > 0x20) at++;
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
