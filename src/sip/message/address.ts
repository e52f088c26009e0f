import { ParseError } from '../../text/parse-error.ts';
import { isLws, isToken, skipLws, skipLwsBack, skipQuoted } from './grammar.ts';
import { checkParams, findParam, unquote } from './params.ts';
import { parseUri, type Uri } from './uri.ts';

/** A name-addr or addr-spec with its parameters, as From, To, Contact, Route and others carry it (RFC 3261 §20). */
export class Address {
  readonly text: string;
  private readonly field: string;
  private readonly uriStart: number;
  private readonly uriEnd: number;
  private readonly paramsAt: number;
  private parsed: Uri | undefined;

  constructor(field: string, text: string, uriStart: number, uriEnd: number, paramsAt: number) {
    this.field = field;
    this.text = text;
    this.uriStart = uriStart;
    this.uriEnd = uriEnd;
    this.paramsAt = paramsAt;
    this.parsed = undefined;
  }

  /** @throws ParseError */
  get uri(): Uri {
    this.parsed ??= parseUri(this.uriText, this.field);
    return this.parsed;
  }

  get uriText(): string {
    return this.text.slice(this.uriStart, this.uriEnd);
  }

  /** The display name, quotes and escapes resolved; empty if there is none. */
  get display(): string {
    if (this.text.charCodeAt(this.uriStart - 1) !== 0x3c) return '';
    return unquote(this.text.slice(0, skipLwsBack(this.text, 0, this.uriStart - 1)));
  }

  /** Everything from the first `;` after the URI. */
  get paramsText(): string {
    return this.text.slice(this.paramsAt);
  }

  /** The value of a header parameter (`name` in small letters): `''` without a value, undefined if absent. */
  param(name: string): string | undefined {
    return this.paramsAt === this.text.length
      ? undefined
      : findParam(this.field, this.text, this.paramsAt, this.text.length, name);
  }

  get tag(): string | undefined {
    return this.param('tag');
  }
}

/**
 * Parses one name-addr or addr-spec and checks its parameters; comma lists are cut before this is called.
 *
 *     ( name-addr / addr-spec ) *( SEMI generic-param )
 *
 * Without angle brackets everything from the first `;` belongs to the header (RFC 3261 §20), and `?` or `,` may not stand in the URI.
 *
 * @throws ParseError with the column of the first character that does not fit.
 */
export function parseAddress(field: string, text: string): Address {
  const end = text.length;
  let at = 0;
  if (text.charCodeAt(0) === 0x22) {
    at = skipQuoted(text, 0, end);
    if (at < 0) throw new ParseError(field, text, end, 'the closing quote of the display name');
    at = skipLws(text, at, end);
    if (text.charCodeAt(at) !== 0x3c) throw new ParseError(field, text, at, '"<"');
  } else {
    while (at < end && text.charCodeAt(at) !== 0x3c && text.charCodeAt(at) !== 0x3b && text.charCodeAt(at) !== 0x22) at++;
  }
  if (text.charCodeAt(at) !== 0x3c) return parseBare(field, text);
  checkDisplay(field, text, at);
  const close = text.indexOf('>', at);
  if (close < 0) throw new ParseError(field, text, end, '">"');
  const paramsAt = skipLws(text, close + 1, end);
  if (paramsAt < end) checkParams(field, text, paramsAt, end);
  if (close === at + 1) throw new ParseError(field, text, close, 'a URI');
  const address = new Address(field, text, at + 1, close, paramsAt);
  if (text.indexOf(':', at) < 0 || text.indexOf(':', at) > close)
    throw new ParseError(field, text, at + 1, 'a URI with a scheme');
  return address;
}

/** A display name without quotes is `*(token LWS)`; a UTF-8 letter or a stray sign in it hurts nobody, `,` and `@` change the meaning. */
function checkDisplay(field: string, text: string, bracket: number): void {
  if (text.charCodeAt(0) === 0x22) return;
  for (let i = 0; i < bracket; i++) {
    const code = text.charCodeAt(i);
    if (!isToken(code) && !isLws(code) && code < 0x80 && ',;:@"<>'.includes(text[i]!))
      throw new ParseError(field, text, i, 'a display name in quotes');
  }
}

function parseBare(field: string, text: string): Address {
  const semicolon = text.indexOf(';');
  const stop = semicolon < 0 ? text.length : semicolon;
  const uriEnd = skipLwsBack(text, 0, stop);
  if (uriEnd === 0) throw new ParseError(field, text, 0, 'a URI');
  if (text.indexOf(':') < 0 || text.indexOf(':') > uriEnd) throw new ParseError(field, text, 0, 'a URI with a scheme');
  for (let i = 0; i < uriEnd; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x3f || code === 0x2c || code === 0x22 || code === 0x3e || isLws(code))
      throw new ParseError(field, text, i, 'a URI in angle brackets');
  }
  if (stop < text.length) checkParams(field, text, stop, text.length);
  return new Address(field, text, 0, uriEnd, stop);
}
