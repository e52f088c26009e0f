import { ParseError } from '../../text/parse-error.ts';
import { afterLws, afterQuoted, afterToken, byteAt, isWord, load, type Word } from './bytes.ts';
import { isValueCharacter, sameWord, skipLws, skipLwsBack, skipQuoted, unfold } from './grammar.ts';

/**
 * Walks `*( SEMI generic-param )` without making anything (RFC 3261 §25.1). It reads `bytes`, so nothing else may be parsed before the
 * walk has ended.
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

  /** Opens the parameters of a text. `start` is where the whole value begins: columns of faults are counted from there. */
  open(field: string, text: string, at: number, end: number, start = 0): void {
    load(text, end);
    this.openLoaded(field, text, at, end, start);
  }

  /** The same where the text is loaded already. */
  openLoaded(field: string, text: string, at: number, end: number, start: number): void {
    this.field = field;
    this.text = text;
    this.start = start;
    this.end = end;
    this.at = afterLws(at, end);
  }

  /** Steps to the next parameter; false at the end. @throws ParseError at the first character that does not fit. */
  next(): boolean {
    const { at: from, end } = this;
    if (from >= end) return false;
    if (byteAt(from) !== 0x3b) this.fail(from, '";"');
    const nameAt = afterLws(from + 1, end);
    const nameEnd = afterToken(nameAt, end);
    if (nameEnd === nameAt) this.fail(nameAt, 'the name of a parameter');
    let at = nameEnd;
    let valueAt = nameEnd;
    let valueEnd = nameEnd;
    if (at < end && byteAt(at) !== 0x3d && byteAt(at) !== 0x3b) at = afterLws(at, end);
    if (at < end && byteAt(at) === 0x3d) {
      valueAt = afterLws(at + 1, end);
      valueEnd = afterValue(valueAt, end);
      if (valueEnd <= valueAt) this.fail(valueAt, 'the value of a parameter');
      at = afterLws(valueEnd, end);
    }
    this.nameAt = nameAt;
    this.nameEnd = nameEnd;
    this.valueAt = valueAt;
    this.valueEnd = valueEnd;
    this.at = at;
    return true;
  }

  private fail(at: number, expected: string): never {
    throw faultIn(this.field, this.text, this.start, this.end, at, expected);
  }

  /** Whether the parameter's name is `name` (small letters). */
  is(name: string): boolean {
    return this.nameEnd - this.nameAt === name.length && sameWord(this.text, this.nameAt, this.nameEnd, name);
  }

  /** The same for a word that is asked for often. */
  isWord(name: Word): boolean {
    return isWord(this.nameAt, this.nameEnd, name);
  }

  /** The value as it is written, a folded quoted string joined; `''` without one. */
  get value(): string {
    const { text, valueAt, valueEnd } = this;
    if (valueAt === valueEnd) return '';
    const value = text.slice(valueAt, valueEnd);
    return value.charCodeAt(0) === 0x22 ? unfold(value) : value;
  }
}

/** The ParseError for a value that stands in a longer text from `start` to `end`; the fault is at `at`. */
export function faultIn(field: string, text: string, start: number, end: number, at: number, expected: string): ParseError {
  return new ParseError(field, text.slice(start, end), at - start, expected);
}

/** A token, a host (an IPv6 reference among them) or a quoted string; lenient towards other characters that end nothing. */
function afterValue(at: number, end: number): number {
  if (at < end && byteAt(at) === 0x22) return afterQuoted(at, end);
  while (at < end && isValueCharacter(byteAt(at))) at++;
  return at;
}

/** The text within the quotes of a quoted string, escapes resolved; any other text as it is. */
export function unquote(text: string): string {
  if (text.charCodeAt(0) !== 0x22) return text;
  const inside = text.slice(1, -1);
  return inside.includes('\\') ? inside.replace(/\\(.)/gs, '$1') : inside;
}

/** A quoted string that says `text`. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Cuts a comma list into its values, without the white space around them; commas in quotes and angle brackets do not count. */
export function splitList(text: string): string[] {
  const values: string[] = [];
  const end = text.length;
  for (let at = 0; ; ) {
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
