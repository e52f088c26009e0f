import { lower } from '../../text/ascii.ts';
import { ParseError } from '../../text/parse-error.ts';
import { isDigit, sameWord, skipLws, skipLwsBack, skipToken } from './grammar.ts';
import { ParamCursor } from './params.ts';
import { endOfHost } from './uri.ts';

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
  readonly maddr: string | undefined;
}

/** The cookie of a branch made by RFC 3261's rules; the case of its letters does not count in ours to read. */
export const BRANCH_COOKIE = 'z9hG4bK';

const params = new ParamCursor();

/**
 * Parses one via-parm; comma lists are cut before this is called.
 *
 *     via-parm = "SIP" SLASH "2.0" SLASH transport LWS sent-by *( SEMI via-params )
 *
 * @throws ParseError with the column of the first character that does not fit.
 */
export function parseVia(text: string): Via {
  const end = text.length;
  let at = skipWord(text, 0, 'sip', '"SIP"');
  at = slash(text, at);
  if (!text.startsWith('2.0', at)) throw new ParseError('Via', text, at, 'version "2.0"');
  at = slash(text, at + 3);
  const transportEnd = skipToken(text, at, end);
  if (transportEnd === at) throw new ParseError('Via', text, at, 'a transport');
  const hostAt = skipLws(text, transportEnd, end);
  if (hostAt === transportEnd) throw new ParseError('Via', text, hostAt, 'white space');
  const hostEnd = endOfHost(text, hostAt, 'Via');
  const bracket = text.charCodeAt(hostAt) === 0x5b;
  let port: number | undefined;
  let cursor = skipLws(text, hostEnd, end);
  if (text.charCodeAt(cursor) === 0x3a) {
    const digits = skipLws(text, cursor + 1, end);
    cursor = digits;
    port = 0;
    while (cursor < end && isDigit(text.charCodeAt(cursor)) && port < 65536) port = port * 10 + text.charCodeAt(cursor++) - 0x30;
    if (cursor === digits || port > 65535) throw new ParseError('Via', text, digits, 'a port from 0 to 65535');
  }
  let branch = '';
  let received: string | undefined;
  let rport: string | undefined;
  let maddr: string | undefined;
  params.open('Via', text, cursor, end);
  while (params.next()) {
    if (params.is('branch')) branch = params.value;
    else if (params.is('rport')) rport = params.value;
    else if (params.is('received')) received = params.value;
    else if (params.is('maddr')) maddr = params.value;
  }
  return {
    text,
    transport: text.slice(at, transportEnd),
    host: lower(bracket ? text.slice(hostAt + 1, hostEnd - 1) : text.slice(hostAt, hostEnd)),
    port,
    branch,
    received,
    rport,
    maddr,
  };
}

function skipWord(text: string, at: number, word: string, expected: string): number {
  const end = skipToken(text, at, text.length);
  if (!sameWord(text, at, end, word)) throw new ParseError('Via', text, at, expected);
  return end;
}

function slash(text: string, at: number): number {
  at = skipLws(text, at, text.length);
  if (text.charCodeAt(at) !== 0x2f) throw new ParseError('Via', text, at, '"/"');
  return skipLws(text, at + 1, text.length);
}

/**
 * The same via-parm with `received` and, if the client asked for it, `rport` as the packet's source says (RFC 3261 §18.2.1, RFC 3581 §4).
 * A `received` that the sender wrote itself is replaced; the result is the received text, not a copy, if nothing is to be added.
 */
export function stampVia(via: Via, host: string, port: number): string {
  const rport = via.rport !== undefined;
  if (!rport && via.host === host && via.received === undefined) return via.text;
  if (via.rport === '' && via.received === undefined && via.text.endsWith(';rport'))
    return `${via.text}=${port};received=${host}`;
  let text = via.text;
  if (via.received !== undefined) text = dropParam(text, 'received');
  if (rport) text = `${dropParam(text, 'rport')};rport=${port}`;
  return `${text};received=${host}`;
}

/** The value without one of its parameters; all others stay as they are written. */
function dropParam(text: string, name: string): string {
  for (let at = text.indexOf(';'); at >= 0; at = text.indexOf(';', at + 1)) {
    const start = skipLws(text, at + 1, text.length);
    const stop = skipToken(text, start, text.length);
    if (!sameWord(text, start, stop, name)) continue;
    const next = text.indexOf(';', stop);
    return next < 0 ? text.slice(0, skipLwsBack(text, 0, at)) : text.slice(0, at) + text.slice(next);
  }
  return text;
}
