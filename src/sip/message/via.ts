import { ParseError } from '../../text/parse-error.ts';
import { afterLws, afterToken, byteAt, isWord, load, numberIn, word } from './bytes.ts';
import { isDigit } from './grammar.ts';
import { faultIn, ParamCursor } from './params.ts';
import { afterHost, hostIn } from './uri.ts';

/** One via-parm (RFC 3261 §20.42, RFC 3581). Read-only. */
export interface Via {
  readonly text: string;
  /** As written: `UDP`, `TCP`, `TLS`, `WS`, or unknown to us. */
  readonly transport: string;
  /** sent-by, in small letters; an IPv6 reference without brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** `''` where it is absent: RFC 2543. */
  readonly branch: string;
  readonly received: string | undefined;
  /** `''` where the client asks for it, digits where it was filled in, undefined where absent (RFC 3581). */
  readonly rport: string | undefined;
}

/** The cookie of a branch made by RFC 3261's rules; the case of its letters does not count in ours to read. */
export const BRANCH_COOKIE = 'z9hG4bK';

const params = new ParamCursor();

/**
 * Parses one via-parm, which stands in `text` from `at` to `end`; comma lists are cut before this is called.
 *
 *     via-parm = "SIP" SLASH "2.0" SLASH transport LWS sent-by *( SEMI via-params )
 *
 * With `lenient`, for a message that will be refused anyway, any version will do and parameters end at the first that does not fit.
 *
 * @throws ParseError with the column of the first character that does not fit.
 */
export function parseVia(text: string, at = 0, end = text.length, lenient = false): Via {
  load(text, end);
  return viaIn(text, at, end, lenient);
}

/** The same for a text that is loaded. */
export function viaIn(text: string, at: number, end: number, lenient = false): Via {
  const start = at;
  at = afterProtocol(text, at, end, lenient);
  const transportAt = at;
  const transportEnd = afterToken(at, end);
  if (transportEnd === at) throw fault(text, start, end, at, 'a transport');
  const hostAt = afterLws(transportEnd, end);
  if (hostAt === transportEnd) throw fault(text, start, end, hostAt, 'white space');
  const hostEnd = afterHost('Via', text, hostAt, end, start);
  at = afterLws(hostEnd, end);
  let port: number | undefined;
  if (at < end && byteAt(at) === 0x3a) {
    const digits = afterLws(at + 1, end);
    at = digits;
    while (at < end && isDigit(byteAt(at))) at++;
    port = numberIn(digits, at, 65_535);
    if (port < 0) throw fault(text, start, end, digits, 'a port from 0 to 65535');
  }
  let branch = '';
  let received: string | undefined;
  let rport: string | undefined;
  params.openLoaded('Via', text, at, lenient ? fittingEnd(text, at, end) : end, start);
  while (params.next()) {
    if (params.isWord(BRANCH)) branch = params.value;
    else if (params.isWord(RPORT)) rport = params.value;
    else if (params.isWord(RECEIVED)) received = params.value;
  }
  return {
    text: text.slice(start, end),
    transport: text.slice(transportAt, transportEnd),
    host: hostIn('Via', text, hostAt, hostEnd, start, end),
    port,
    branch,
    received,
    rport,
  };
}

const SIP = word('sip');
const VERSION = word('2.0');
const BRANCH = word('branch');
const RPORT = word('rport');
const RECEIVED = word('received');

function fault(text: string, start: number, end: number, at: number, expected: string): ParseError {
  return faultIn('Via', text, start, end, at, expected);
}

/** `SIP / 2.0 /` with white space in any of its places. */
function afterProtocol(text: string, start: number, end: number, lenient: boolean): number {
  let at = afterToken(start, end);
  if (!isWord(start, at, SIP)) throw fault(text, start, end, start, '"SIP"');
  at = afterSlash(text, start, at, end);
  const version = at;
  at = afterToken(at, end);
  if (lenient ? at === version : !isWord(version, at, VERSION)) throw fault(text, start, end, version, 'version "2.0"');
  return afterSlash(text, start, at, end);
}

function afterSlash(text: string, start: number, at: number, end: number): number {
  at = afterLws(at, end);
  if (at >= end || byteAt(at) !== 0x2f) throw fault(text, start, end, at, '"/"');
  return afterLws(at + 1, end);
}

/** Where the parameters from `at` end, or the first of them that does not fit begins. */
function fittingEnd(text: string, at: number, end: number): number {
  let fitting = at;
  params.openLoaded('Via', text, at, end, at);
  try {
    while (params.next()) fitting = Math.max(params.nameEnd, params.valueEnd);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return fitting;
  }
  return end;
}

/**
 * The same via-parm with `received` and, if the client asked for it, `rport` as the packet's source says (RFC 3261 §18.2.1, RFC 3581 §4).
 * A `received` that the sender wrote itself is replaced; the result is the received text, not a copy, if nothing is to be added.
 */
export function stampVia(via: Via, host: string, port: number): string {
  const { text, rport, received } = via;
  if (rport === undefined) {
    if (received === undefined) return via.host === host ? text : `${text};received=${host}`;
    return `${withoutSource(text)};received=${host}`;
  }
  if (rport === '' && received === undefined && text.endsWith(';rport')) return `${text}=${port};received=${host}`;
  return `${withoutSource(text)};rport=${port};received=${host}`;
}

/** The value without what says where it came from; all else stays as it is written. */
function withoutSource(text: string): string {
  load(text, text.length);
  let from = text.indexOf(';');
  let out = text.slice(0, from);
  params.openLoaded('Via', text, from, fittingEnd(text, from, text.length), 0);
  while (params.next()) {
    const end = Math.max(params.nameEnd, params.valueEnd);
    if (!params.is('received') && !params.is('rport')) out += text.slice(from, end);
    from = end;
  }
  return out + text.slice(from);
}
