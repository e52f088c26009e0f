import { afterLws, afterQuoted, afterToken, byteAt, isWord, load, word } from './bytes.ts';
import { isBeforeHeaders, isLws, isToken, isUriCharacter, skipLwsBack, unfold } from './grammar.ts';
import { faultIn, ParamCursor, unquote } from './params.ts';
import { parseUri, type Uri } from './uri.ts';

/** A name-addr or addr-spec with its parameters, as From, To, Contact, Route and others carry it (RFC 3261 §20). */
export class Address {
  private readonly field: string;
  private readonly source: string;
  private readonly start: number;
  private readonly end: number;
  private readonly uriAt: number;
  private readonly uriEnd: number;
  private readonly paramsAt: number;
  readonly tag: string | undefined;
  private parsed: Uri | undefined = undefined;

  constructor(
    field: string,
    source: string,
    start: number,
    end: number,
    uriAt: number,
    uriEnd: number,
    paramsAt: number,
    tag: string | undefined,
  ) {
    this.field = field;
    this.source = source;
    this.start = start;
    this.end = end;
    this.uriAt = uriAt;
    this.uriEnd = uriEnd;
    this.paramsAt = paramsAt;
    this.tag = tag;
  }

  /** The whole value, as it was written. */
  get text(): string {
    return this.source.slice(this.start, this.end);
  }

  /** @throws ParseError */
  get uri(): Uri {
    this.parsed ??= parseUri(this.source, this.field, this.uriAt, this.uriEnd);
    return this.parsed;
  }

  get uriText(): string {
    return this.source.slice(this.uriAt, this.uriEnd);
  }

  /** The display name, quotes and escapes resolved; empty if there is none. */
  get display(): string {
    if (this.uriAt === this.start) return '';
    return unfold(unquote(this.source.slice(this.start, skipLwsBack(this.source, this.start, this.uriAt - 1))));
  }

  /** Everything from the first `;` after the URI. */
  get paramsText(): string {
    return this.source.slice(this.paramsAt, this.end);
  }

  /** The value of a header parameter (`name` in small letters): `''` without a value, undefined if absent. */
  param(name: string): string | undefined {
    if (this.paramsAt >= this.end) return undefined;
    params.open(this.field, this.source, this.paramsAt, this.end, this.start);
    while (params.next()) if (params.is(name)) return params.value;
    return undefined;
  }
}

const params = new ParamCursor();
const TAG = word('tag');

/**
 * Parses one name-addr or addr-spec and checks its parameters; it stands in `text` from `at` to `end`, comma lists are cut before this is
 * called.
 *
 *     ( name-addr / addr-spec ) *( SEMI generic-param )
 *
 * Without angle brackets everything from the first `;` belongs to the header (RFC 3261 §20), and `?` or `,` may not stand in the URI.
 *
 * @throws ParseError with the column of the first character that does not fit.
 */
export function parseAddress(field: string, text: string, at = 0, end = text.length): Address {
  load(text, end);
  return addressIn(field, text, at, end);
}

/** The same for a text that is loaded. */
export function addressIn(field: string, text: string, at: number, end: number): Address {
  const start = afterLws(at, end);
  const bracket = endOfDisplay(field, text, start, end);
  let uriAt = start;
  let uriEnd: number;
  let paramsAt: number;
  if (bracket < 0) {
    uriEnd = endOfBare(field, text, start, end);
    paramsAt = afterLws(uriEnd, end);
  } else {
    uriAt = bracket + 1;
    uriEnd = uriAt;
    while (uriEnd < end && isBeforeHeaders(byteAt(uriEnd))) uriEnd++;
    if (uriEnd < end && byteAt(uriEnd) === 0x3f) {
      const headersAt = uriEnd;
      while (uriEnd < end && (isBeforeHeaders(byteAt(uriEnd)) || byteAt(uriEnd) === 0x3f)) uriEnd++;
      if (hidesTag(headersAt, uriEnd)) throw faultIn(field, text, start, end, headersAt, 'no tag in the headers of a URI');
    }
    if (uriEnd >= end || byteAt(uriEnd) !== 0x3e) throw faultIn(field, text, start, end, uriEnd, 'a character of a URI or ">"');
    paramsAt = afterLws(uriEnd + 1, end);
  }
  let colon = uriAt;
  while (colon < uriEnd && byteAt(colon) !== 0x3a) colon++;
  if (colon === uriAt || colon === uriEnd) throw faultIn(field, text, start, end, uriAt, 'a URI with a scheme');
  let tag: string | undefined;
  if (paramsAt < end) {
    params.openLoaded(field, text, paramsAt, end, start);
    while (params.next()) {
      if (!params.isWord(TAG)) {
        if (byteAt(params.valueAt) === 0x22 && hidesTag(params.valueAt, params.valueEnd))
          throw faultIn(field, text, start, end, params.valueAt, 'no tag in a quoted string');
        continue;
      }
      // A token (RFC 3261 §25.1): some would know it without its quotes, and speak of another dialog.
      if (byteAt(params.valueAt) === 0x22) throw faultIn(field, text, start, end, params.valueAt, 'a tag without quotes');
      // Of two some readers take the first, some the last (RFC 3261 §7.3.1).
      if (tag !== undefined && tag !== params.value) throw faultIn(field, text, start, end, params.nameAt, 'no second tag');
      tag = params.value;
    }
  }
  return new Address(field, text, start, end, uriAt, uriEnd, paramsAt, tag);
}

/**
 * Whether some find a tag from `at` to `end` where there is none: libre in the quoted string of another parameter, belle-sip in the headers of the URI. A
 * request without a tag to us would be one of a dialog to them, with nothing that proves it.
 */
export function hidesTag(at: number, end: number): boolean {
  for (; at < end; at++) {
    if (byteAt(at) !== 0x3b) continue;
    const name = afterLws(at + 1, end);
    if (isWord(name, afterToken(name, end), TAG)) return true;
  }
  return false;
}

/**
 * The position of the `<`, or -1 if there is none. A display name without quotes is `*(token LWS)`; a UTF-8 letter or a stray sign in it
 * hurts nobody, but `,`, `:` and `;` would give the value another meaning. Some phones put `user@host` there.
 */
function endOfDisplay(field: string, text: string, start: number, end: number): number {
  let at = start;
  if (at < end && byteAt(at) === 0x22) {
    at = afterQuoted(at, end);
    if (at < 0) throw faultIn(field, text, start, end, end, 'the closing quote of the display name');
    at = afterLws(at, end);
    if (at >= end || byteAt(at) !== 0x3c) throw faultIn(field, text, start, end, at, '"<"');
    return at;
  }
  let odd = -1;
  for (; at < end; at++) {
    const code = byteAt(at);
    if (code === 0x3c) break;
    if (code === 0x3b) return -1;
    if (odd < 0 && !isToken(code) && isDelimiter(code)) odd = at;
  }
  if (at >= end) return -1;
  if (odd >= 0) throw faultIn(field, text, start, end, odd, 'a display name in quotes');
  return at;
}

const isDelimiter = (code: number): boolean =>
  code === 0x2c || code === 0x3a || code === 0x22 || code === 0x3e || (code < 0x20 && !isLws(code));

/** Where an addr-spec without angle brackets ends. */
function endOfBare(field: string, text: string, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const code = byteAt(at);
    if (code === 0x3b) return at;
    if (isLws(code)) {
      const next = afterLws(at, end);
      if (next < end && byteAt(next) !== 0x3b) throw faultIn(field, text, start, end, at, 'a URI in angle brackets');
      return at;
    }
    if (code === 0x3f || code === 0x2c || (code !== 0x40 && !isUriCharacter(code)))
      throw faultIn(field, text, start, end, at, 'a URI in angle brackets');
  }
  return end;
}
