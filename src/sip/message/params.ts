import { ParseError } from '../../text/parse-error.ts';
import { isLws, sameWord, skipLws, skipLwsBack, skipQuoted, skipToken } from './grammar.ts';

/** `;name=value` pairs as they were written, in order; a parameter without a value has `undefined`. */
export type Params = readonly (readonly [name: string, value: string | undefined])[];

/**
 * Walks `*( SEMI generic-param )` without making anything (RFC 3261 §25.1).
 *
 *     generic-param = token [ EQUAL gen-value ]     gen-value = token / host / quoted-string
 */
export class ParamCursor {
  private field = '';
  private text = '';
  private at = 0;
  private end = 0;
  nameAt = 0;
  nameEnd = 0;
  /** Equal to `valueEnd` where the parameter has no value. */
  valueAt = 0;
  valueEnd = 0;

  open(field: string, text: string, at: number, end: number): void {
    this.field = field;
    this.text = text;
    this.end = end;
    this.at = skipLws(text, at, end);
  }

  /** Steps to the next parameter; false at the end. @throws ParseError at the first character that does not fit. */
  next(): boolean {
    const { text, end } = this;
    let at = this.at;
    if (at >= end) return false;
    if (text.charCodeAt(at) !== 0x3b) throw new ParseError(this.field, text, at, '";"');
    at = skipLws(text, at + 1, end);
    const stop = skipToken(text, at, end);
    if (stop === at) throw new ParseError(this.field, text, at, 'the name of a parameter');
    this.nameAt = at;
    this.nameEnd = stop;
    this.valueAt = this.valueEnd = stop;
    at = skipLws(text, stop, end);
    if (at < end && text.charCodeAt(at) === 0x3d) {
      this.valueAt = skipLws(text, at + 1, end);
      at = this.valueEnd = skipValue(text, this.valueAt, end);
      if (at <= this.valueAt) throw new ParseError(this.field, text, this.valueAt, 'the value of a parameter');
      at = skipLws(text, at, end);
    }
    this.at = at;
    return true;
  }

  /** Whether the parameter's name is `word` (small letters). */
  is(word: string): boolean {
    return sameWord(this.text, this.nameAt, this.nameEnd, word);
  }

  /** The value as it is written, `''` without one. */
  get value(): string {
    return this.text.slice(this.valueAt, this.valueEnd);
  }
}

const cursor = new ParamCursor();

/** Checks the parameters from `at` to `end` of `text`. @throws ParseError at the first character that does not fit. */
export function checkParams(field: string, text: string, at: number, end: number): void {
  cursor.open(field, text, at, end);
  while (cursor.next());
}

/** The parameters of a header value, from `at` to `end` of `text`. @throws ParseError */
export function readParams(field: string, text: string, at: number, end: number): Params {
  const params: [string, string | undefined][] = [];
  cursor.open(field, text, at, end);
  while (cursor.next())
    params.push([text.slice(cursor.nameAt, cursor.nameEnd), cursor.valueAt === cursor.nameEnd ? undefined : cursor.value]);
  return params;
}

/** A token, a host (an IPv6 reference among them) or a quoted string; lenient towards other characters that end nothing. */
function skipValue(text: string, at: number, end: number): number {
  if (text.charCodeAt(at) === 0x22) return skipQuoted(text, at, end);
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code === 0x3b || code === 0x2c || code === 0x22 || code === 0x3c || code === 0x3e || isLws(code)) break;
    at++;
  }
  return at;
}

/**
 * Finds one parameter: the text after `=`, `''` if it has no value, undefined if it is absent. `name` in small letters.
 *
 * @throws ParseError if the parameters before it do not fit.
 */
export function findParam(field: string, text: string, at: number, end: number, name: string): string | undefined {
  cursor.open(field, text, at, end);
  while (cursor.next()) if (cursor.is(name)) return cursor.value;
  return undefined;
}

/** The value of `name` (small letters) in a parameter list: `''` without a value, undefined if absent. */
export function param(params: Params, name: string): string | undefined {
  for (const [key, value] of params) if (sameWord(key, 0, key.length, name)) return value ?? '';
  return undefined;
}

/** The text within the quotes of a quoted string, escapes resolved; any other text as it is. */
export function unquote(text: string): string {
  if (text.charCodeAt(0) !== 0x22) return text;
  return text.slice(1, -1).replace(/\\(.)/gs, '$1');
}

/** A quoted string that says `text`. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Cuts a comma list into its values, without the white space around them; commas in quotes and angle brackets do not count. */
export function splitList(text: string, at = 0, end = text.length): string[] {
  const values: string[] = [];
  for (;;) {
    const stop = endOfValue(text, at, end);
    const start = skipLws(text, at, stop);
    values.push(text.slice(start, skipLwsBack(text, start, stop)));
    if (stop >= end) return values;
    at = stop + 1;
  }
}

/** The position of the comma that ends the value which begins at `at`, or `end`. */
export function endOfValue(text: string, at: number, end: number): number {
  let bracket = false;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      const after = skipQuoted(text, at, end);
      if (after < 0) return end;
      at = after;
      continue;
    }
    if (code === 0x3c) bracket = true;
    else if (code === 0x3e) bracket = false;
    else if (code === 0x2c && !bracket) return at;
    at++;
  }
  return end;
}
