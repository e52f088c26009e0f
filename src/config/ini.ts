import { unsafe } from 'ini';
import { trimLws } from '../text/ascii.ts';
import { type Problem, problem, type Source, type Span } from './problem.ts';

export interface IniEntry {
  readonly key: string;
  /** Trimmed and unquoted; empty if nothing stands behind the `=`. */
  readonly value: string;
  readonly line: number;
}

export interface IniSection {
  readonly source: Source;
  readonly kind: string;
  /** What follows the kind in the brackets; empty for `[daemon]`. */
  readonly name: string;
  readonly line: number;
  readonly entries: readonly IniEntry[];
  /** The section alone, where it is asked for all places of its kind and name. */
  readonly parts: readonly IniSection[];
}

export interface IniFile {
  readonly source: Source;
  /** In the order of the file; whether one stands there twice is for whoever knows what their names mean. */
  readonly sections: readonly IniSection[];
  /** What does not have the shape of a configuration, and keys that a section holds twice. */
  readonly problems: readonly Problem[];
}

const HEADER = /^\[[ \t]*([^\][ \t]+)(?:[ \t]+(.*?))?[ \t]*\]$/;
/** Control characters and U+FFFD, which the decoder leaves where a file is no UTF-8. A CR belongs before an LF only. */
const UNPRINTABLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]|\r(?!\n)/;
/** What no value may hold, however it was written. */
export const UNWRITABLE = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/;

/**
 * Reads the shape of one file: `[kind name]`, `key = value`, and comments, which stand on lines of their own beginning with `;` or `#`.
 * There are no continuation lines. A value in quotes keeps its blanks. CRLF and a byte order mark are tolerated.
 */
export function parseIni(path: string, text: string): IniFile {
  const source = new IniText(path, text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  const reading = new Reading(source);
  reading.read();
  return { source, sections: reading.sections, problems: reading.problems };
}

/** The text of one file, which is all that stays of it: entries are read again when somebody asks, so that a large configuration is small. */
class IniText implements Source {
  readonly path: string;
  readonly text: string;
  /** Where each line begins; found when one is asked for, because a file without problems is never shown. */
  private begins: readonly number[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  line(number: number): string {
    this.begins ??= lineBegins(this.text);
    const line = this.text.slice(this.begins[number - 1], this.begins[number] ?? this.text.length);
    return line.replace(/\r?\n$/, '');
  }
}

class SectionOfText implements IniSection {
  readonly source: IniText;
  readonly kind: string;
  readonly name: string;
  readonly line: number;
  /** Where the line behind the header begins. */
  private readonly at: number;

  constructor(source: IniText, kind: string, name: string, line: number, at: number) {
    this.source = source;
    this.kind = kind;
    this.name = name;
    this.line = line;
    this.at = at;
  }

  get parts(): readonly IniSection[] {
    return [this];
  }

  get entries(): readonly IniEntry[] {
    const { text } = this.source;
    const entries: IniEntry[] = [];
    for (const lines = new Lines(text, this.at, this.line); lines.next() && !lines.isHeader; ) {
      const { begin, end, number } = lines;
      const equals = equalsIn(text, begin, end);
      if (equals < 0) continue;
      entries.push({ key: keyIn(text, begin, equals), value: valueIn(text, equals, end) ?? '', line: number });
    }
    return entries;
  }
}

/** The lines of a text that are neither empty nor a comment, one after the other. */
class Lines {
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

/** Finds the sections of a file and everything that is wrong with its shape. */
class Reading {
  readonly source: IniText;
  readonly sections: SectionOfText[] = [];
  readonly problems: Problem[] = [];
  /** The keys of the section so far, and their lines. Both are used again for the next one: what lies behind `count` is of another. */
  private readonly keys: string[] = [];
  private readonly lines: number[] = [];
  private count = 0;
  private headers = 0;

  constructor(source: IniText) {
    this.source = source;
  }

  read(): void {
    const { text } = this.source;
    const bad = UNPRINTABLE.exec(text);
    if (bad !== null) {
      this.unprintable(bad[0], bad.index);
      return;
    }
    for (const lines = new Lines(text, 0, 0); lines.next(); ) {
      if (lines.isHeader) this.header(text.slice(lines.begin, lines.end), lines);
      else this.entry(lines);
    }
  }

  private header(content: string, { number, after }: Lines): void {
    const header = HEADER.exec(content);
    this.headers++;
    this.count = 0;
    if (header === null) {
      const message = 'expected a section header such as [user alice] and nothing behind it';
      this.complain(spanOfLine(this.source, number), content, message);
      return;
    }
    const before = this.sections.at(-1)?.kind;
    const kind = header[1] === before ? before : header[1]!; // one text for all sections of a kind
    this.sections.push(new SectionOfText(this.source, kind!, header[2] ?? '', number, after));
  }

  private entry({ begin, end, number }: Lines): void {
    const { source, keys, count } = this;
    const equals = equalsIn(source.text, begin, end);
    if (equals < 0) {
      const message = 'expected key = value, a [section], or a comment beginning with ; or #';
      this.complain(spanOfLine(source, number), this.where(), message);
      return;
    }
    if (this.headers === 0) {
      const message = 'expected a section header such as [daemon] before the first key';
      this.complain(spanOfKey(source, number), this.where(), message);
      return;
    }
    const key = keyIn(source.text, begin, equals);
    let twin = 0;
    while (twin < count && keys[twin] !== key) twin++;
    if (twin < count) {
      const message = `is given twice in this section; the first is in line ${this.lines[twin]}`;
      this.complain(spanOfKey(source, number), this.where(key), message);
    } else {
      keys[count] = key;
      this.lines[count] = number;
      this.count++;
    }
    if (valueIn(source.text, equals, end) === undefined) {
      const { column, length } = spanOfValue(source, number); // without one quote at each end
      this.complain(
        { line: number, column: column - 1, length: length + 2 },
        this.where(key),
        'expected a text in quotes that ends with the same quote',
      );
    }
  }

  /** A file with such a character is probably no configuration at all: nothing else is said about it. */
  private unprintable(character: string, at: number): void {
    const { text } = this.source;
    const line = text.slice(0, at).split('\n').length;
    const column = at - text.lastIndexOf('\n', at - 1);
    const message = character === '\ufffd' ? 'expected UTF-8 text' : 'expected no control characters';
    this.complain({ line, column, length: 1 }, this.where(), message);
  }

  private where(key?: string): string {
    const section = this.sections.at(-1);
    if (section === undefined) return 'this file';
    return key === undefined ? titleOf(section) : `${titleOf(section)} ${key}`;
  }

  private complain(span: Span, where: string, message: string): void {
    this.problems.push(problem(this.source, span, { where, message }));
  }
}

function lineBegins(text: string): number[] {
  const begins = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) begins.push(at + 1);
  return begins;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d;
}

function isComment(code: number): boolean {
  return code === 0x3b || code === 0x23; // ; #
}

/** Where the `=` of a line stands; -1 where there is none, or no key before it. */
function equalsIn(text: string, begin: number, end: number): number {
  const equals = text.indexOf('=', begin);
  return equals > begin && equals < end ? equals : -1;
}

function keyIn(text: string, begin: number, equals: number): string {
  return trimLws(text.slice(begin, equals));
}

/** Undefined where quotes do not match. */
function valueIn(text: string, equals: number, end: number): string | undefined {
  return unquote(trimLws(text.slice(equals + 1, end)));
}

/** A section's header as a person writes it. */
export function titleOf(section: { readonly kind: string; readonly name: string }): string {
  return section.name === '' ? `[${section.kind}]` : `[${section.kind} ${section.name}]`;
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
