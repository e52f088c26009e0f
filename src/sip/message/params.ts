import { ParseError } from '../../text/parse-error.ts';
import { isValueCharacter, sameWord, skipLws, skipLwsBack, skipQuoted, skipToken, unfold } from './grammar.ts';

/**
 * Walks `*( SEMI generic-param )` without making anything (RFC 3261 §25.1).
 *
 *     generic-param = token [ EQUAL gen-value ]     gen-value = token / host / quoted-string
 */
export class ParamCursor {
  private field = '';
  private text = '';
  private start = 0;
  private at = 0;
  private end = 0;
  nameAt = 0;
  nameEnd = 0;
  /** Equal to `nameEnd` where the parameter has no value. */
  valueAt = 0;
  valueEnd = 0;

  /** `start` is where the whole value begins: columns of faults are counted from there. */
  open(field: string, text: string, at: number, end: number, start = 0): void {
    this.field = field;
    this.text = text;
    this.start = start;
    this.end = end;
    this.at = skipLws(text, at, end);
  }

  /** Steps to the next parameter; false at the end. @throws ParseError at the first character that does not fit. */
  next(): boolean {
    const { text, end } = this;
    let { at } = this;
    if (at >= end) return false;
    if (text.charCodeAt(at) !== 0x3b) this.fail(at, '";"');
    at = skipLws(text, at + 1, end);
    this.nameAt = at;
    at = skipToken(text, at, end);
    if (at === this.nameAt) this.fail(at, 'the name of a parameter');
    this.nameEnd = this.valueAt = this.valueEnd = at;
    if (at < end && text.charCodeAt(at) !== 0x3d) at = skipLws(text, at, end);
    if (at < end && text.charCodeAt(at) === 0x3d) {
      this.valueAt = skipLws(text, at + 1, end);
      at = skipValue(text, this.valueAt, end);
      if (at <= this.valueAt) this.fail(this.valueAt, 'the value of a parameter');
      this.valueEnd = at;
      at = skipLws(text, at, end);
    }
    this.at = at;
    return true;
  }

  private fail(at: number, expected: string): never {
    throw faultIn(this.field, this.text, this.start, this.end, at, expected);
  }

  /** Whether the parameter's name is `word` (small letters). */
  is(word: string): boolean {
    return this.nameEnd - this.nameAt === word.length && sameWord(this.text, this.nameAt, this.nameEnd, word);
  }

  /** The value as it is written, a folded quoted string joined; `''` without one. */
  get value(): string {
    const { text, valueAt, valueEnd } = this;
    if (valueAt === valueEnd) return '';
    const value = text.slice(valueAt, valueEnd);
    return text.charCodeAt(valueAt) === 0x22 ? unfold(value) : value;
  }
}

/** The ParseError for a value that stands in a longer text from `start` to `end`; the fault is at `at`. */
export function faultIn(field: string, text: string, start: number, end: number, at: number, expected: string): ParseError {
  return new ParseError(field, text.slice(start, end), at - start, expected);
}

/** A token, a host (an IPv6 reference among them) or a quoted string; lenient towards other characters that end nothing. */
function skipValue(text: string, at: number, end: number): number {
  if (at < end && text.charCodeAt(at) === 0x22) return skipQuoted(text, at, end);
  while (at < end && isValueCharacter(text.charCodeAt(at))) at++;
  return at;
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

/** The position of the comma that ends the value which begins at `at`, or `end`. Within angle brackets a quote is no quote. */
export function endOfValue(text: string, at: number, end: number): number {
  const comma = text.indexOf(',', at);
  if (comma < 0 || comma >= end) return end;
  for (let i = at; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2c) return i;
    if (code === 0x22) {
      i = skipQuoted(text, i, end) - 1;
      if (i < 0) return end;
    } else if (code === 0x3c) {
      i = text.indexOf('>', i);
      if (i < 0) return end;
    }
  }
  return end;
}
