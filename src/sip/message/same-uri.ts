import { lower } from '../../text/ascii.ts';
import { isSip, type Uri, unescapeUri } from './uri.ts';

/** Parameters that make two URIs different even where only one of them has it (RFC 3261 §19.1.4). */
const significant = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** Whether two URIs are equivalent: RFC 3261 §19.1.4. User and password count case, the rest does not; an absent port is not 5060. */
export function sameUri(a: Uri, b: Uri): boolean {
  if (a.text === b.text) return true;
  if (a.scheme !== b.scheme) return false;
  if (!isSip(a)) return sameOther(a, b);
  if (a.host !== b.host || a.port !== b.port) return false;
  if (!sameEscaped(a.user, b.user) || !sameEscaped(a.password, b.password)) return false;
  return sameParams(a, b) && sameHeaders(a.headers, b.headers);
}

/** tel: visual separators do not count (RFC 3966 §5); other schemes compare as text. */
function sameOther(a: Uri, b: Uri): boolean {
  if (a.scheme !== 'tel') return a.text.slice(a.scheme.length) === b.text.slice(b.scheme.length);
  const digits = (uri: Uri) => lower((uri.user ?? '').replace(/[-.()]/g, ''));
  return digits(a) === digits(b) && sameParams(a, b);
}

/** Reserved characters are not the same as their escapes; all others are: `%41` is `A`, `%3B` is not `;`. */
function normal(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => {
    const c = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-_.!~*'()]/.test(c) ? c : `%${hex.replace(/[a-f]/g, (d) => String.fromCharCode(d.charCodeAt(0) - 32))}`;
  });
}

function sameEscaped(a: string | undefined, b: string | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && normal(a) === normal(b));
}

/** Names in small letters to values; those of parameters without case too. The first of a name counts. */
function list(text: string, separator: ';' | '&'): Map<string, string> {
  const map = new Map<string, string>();
  for (const piece of text.split(separator)) {
    if (piece === '') continue;
    const equal = piece.indexOf('=');
    const name = lower(unescapeUri(equal < 0 ? piece : piece.slice(0, equal)));
    const value = equal < 0 ? '' : normal(piece.slice(equal + 1));
    if (!map.has(name)) map.set(name, separator === ';' ? lower(value) : value);
  }
  return map;
}

/** One URI is compared with many, and each may have as many parameters as a line holds. */
const listed = new WeakMap<Uri, ReadonlyMap<string, string>>();

function paramsOf(uri: Uri): ReadonlyMap<string, string> {
  let params = listed.get(uri);
  if (params === undefined) {
    params = list(uri.params, ';');
    listed.set(uri, params);
  }
  return params;
}

function sameParams(a: Uri, b: Uri): boolean {
  if (a.params === b.params) return true;
  const left = paramsOf(a);
  const right = paramsOf(b);
  if (significant.some((name) => left.get(name) !== right.get(name))) return false;
  for (const [name, value] of left) if (right.has(name) && right.get(name) !== value) return false;
  return true;
}

function sameHeaders(a: string, b: string): boolean {
  if (a === b) return true;
  const left = list(a, '&');
  const right = list(b, '&');
  if (left.size !== right.size) return false;
  for (const [name, value] of left) if (right.get(name) !== value) return false;
  return true;
}
