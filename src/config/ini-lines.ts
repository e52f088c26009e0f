import { unsafe } from 'ini';
import { trimLws } from '../text/ascii.ts';
import { isSecret, type Source, type Span } from './problem.ts';

/** What no value may hold, however it was written. */
export const UNWRITABLE = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/;

/** Why no file can hold a value, which would be read as another one or not at all; undefined where one can. */
export function unwritable(value: string): string | undefined {
  if (UNWRITABLE.test(value)) return 'holds a control character';
  return value.includes('\ufffd') ? 'is no UTF-8 text' : undefined;
}

/** Control characters and U+FFFD, which the decoder leaves where a file is no UTF-8. A CR belongs before an LF only. */
const UNPRINTABLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]|\r(?!\n)/;

/** The first character that no text of a person holds. */
export interface Unprintable {
  /** Counted in UTF-16 units from 0. */
  readonly at: number;
  /** Counted from 1. */
  readonly line: number;
  /** `expected UTF-8 text`, or what else it should have been. */
  readonly message: string;
}

/** Finds what shows that a text, of a file or of standard input, is none; undefined where nothing does. */
export function unprintableIn(text: string): Unprintable | undefined {
  const bad = UNPRINTABLE.exec(text);
  if (bad === null) return undefined;
  const line = text.slice(0, bad.index).split('\n').length;
  const message = bad[0] === '\ufffd' ? 'expected UTF-8 text' : 'expected no control characters';
  return { at: bad.index, line, message };
}

/** The lines of a text that are neither empty nor a comment, one after the other. */
export class Lines {
  /** The line, without the blanks around it. */
  begin = 0;
  end = 0;
  number: number;
  /** Where the next line begins. */
  after: number;
  private readonly text: string;

  constructor(text: string, after: number, number: number) {
    this.text = text;
    this.after = after;
    this.number = number;
  }

  next(): boolean {
    const { text } = this;
    while (this.after < text.length) {
      const newline = text.indexOf('\n', this.after);
      this.begin = this.after;
      this.end = newline < 0 ? text.length : newline;
      this.after = this.end + 1;
      this.number++;
      while (this.begin < this.end && isBlank(text.charCodeAt(this.begin))) this.begin++;
      while (this.end > this.begin && isBlank(text.charCodeAt(this.end - 1))) this.end--;
      if (this.begin < this.end && !isComment(text.charCodeAt(this.begin))) return true;
    }
    return false;
  }

  get isHeader(): boolean {
    return this.text.charCodeAt(this.begin) === 0x5b; // [
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d;
}

function isComment(code: number): boolean {
  return code === 0x3b || code === 0x23; // ; #
}

/** Where the `=` of a line stands; -1 where there is none, or no key before it. */
export function equalsIn(text: string, begin: number, end: number): number {
  for (let at = begin; at < end; at++) if (text.charCodeAt(at) === 0x3d) return at > begin ? at : -1;
  return -1;
}

export function keyIn(text: string, begin: number, equals: number): string {
  return trimLws(text.slice(begin, equals));
}

/** What was meant as the key: behind a colon stands what was meant as the value, and behind the blank after a secret's key a part of that. */
export function wordOfKey(key: string): string {
  const word = key.split(':', 1)[0]!;
  const first = word.split(/[ \t]/, 1)[0]!;
  return isSecret(first) ? first : trimLws(word);
}

/** Undefined where quotes do not match. */
export function valueIn(text: string, equals: number, end: number): string | undefined {
  return unquote(trimLws(text.slice(equals + 1, end)));
}

/** Takes the quotes off; undefined if they do not match. Only double quotes know escapes, those of JSON. */
function unquote(written: string): string | undefined {
  const quote = written.charCodeAt(0);
  if (quote !== 0x22 && quote !== 0x27) return written;
  if (written.length < 2 || written.charCodeAt(written.length - 1) !== quote) return undefined;
  // Single quotes are taken off here: ini would read what is inside as JSON and turn '12' and 'true' into something else.
  if (quote === 0x27) return written.slice(1, -1);
  const value: unknown = unsafe(written);
  return value === written || UNWRITABLE.test(String(value)) ? undefined : String(value);
}

/** Everything in a line but its indentation. */
export function spanOfLine(source: Source, line: number): Span {
  const text = source.line(line);
  const content = trimLws(text);
  return { line, column: text.indexOf(content) + 1, length: content.length };
}

/** The key of a `key = value` line. */
export function spanOfKey(source: Source, line: number): Span {
  return { ...spanOfLine(source, line), length: trimLws(source.line(line).split('=')[0]!).length };
}

/** The value of a `key = value` line, without its quotes; `offset` and `length` narrow it to a part. */
export function spanOfValue(source: Source, line: number, offset = 0, length?: number): Span {
  const text = source.line(line);
  const written = text.slice(text.indexOf('=') + 1);
  const value = trimLws(written);
  const begin = text.indexOf('=') + 1 + written.indexOf(value);
  const quoted = value.startsWith('"') || value.startsWith("'") ? 1 : 0;
  return { line, column: begin + quoted + offset + 1, length: length ?? Math.max(1, value.length - 2 * quoted - offset) };
}
