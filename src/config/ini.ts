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
}

export interface IniFile extends Source {
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
  const reading = new Reading(path, text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  reading.read();
  return reading;
}

class Reading implements IniFile {
  readonly path: string;
  readonly sections: IniSection[] = [];
  readonly problems: Problem[] = [];
  private readonly text: string;
  /** Where each line begins; found when one is asked for, because a file without problems is never shown. */
  private begins: readonly number[] | undefined;
  /** The words of headers and keys, each held once however often it is written: a large configuration is loaded in half the time. */
  private readonly words = new Map<string, string>();
  /** Where keys go now; undefined before the first header. */
  private entries: IniEntry[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  line(number: number): string {
    this.begins ??= lineBegins(this.text);
    const line = this.text.slice(this.begins[number - 1], this.begins[number] ?? this.text.length);
    return line.replace(/\r?\n$/, '');
  }

  read(): void {
    const { text } = this;
    const bad = UNPRINTABLE.exec(text);
    if (bad !== null) {
      this.unprintable(bad[0], bad.index);
      return;
    }
    let line = 0;
    for (let at = 0; at < text.length; ) {
      const newline = text.indexOf('\n', at);
      let end = newline < 0 ? text.length : newline;
      const next = end + 1;
      while (at < end && isBlank(text.charCodeAt(at))) at++;
      while (end > at && isBlank(text.charCodeAt(end - 1))) end--;
      line++;
      if (at < end) this.content(at, end, line);
      at = next;
    }
  }

  private content(begin: number, end: number, line: number): void {
    const first = this.text.charCodeAt(begin);
    if (first === 0x3b || first === 0x23) return; // ; #
    if (first === 0x5b) this.header(this.text.slice(begin, end), line);
    else this.entry(begin, end, line);
  }

  private header(content: string, line: number): void {
    const header = HEADER.exec(content);
    this.entries = [];
    if (header === null) {
      this.complain(spanOfLine(this, line), content, 'expected a section header such as [user alice] and nothing behind it');
      return;
    }
    this.sections.push({ source: this, kind: this.word(header[1]!), name: header[2] ?? '', line, entries: this.entries });
  }

  private entry(begin: number, end: number, line: number): void {
    const { text, entries } = this;
    let equals = begin;
    while (equals < end && text.charCodeAt(equals) !== 0x3d) equals++;
    if (equals === begin || equals === end) {
      this.complain(
        spanOfLine(this, line),
        this.where(),
        'expected key = value, a [section], or a comment beginning with ; or #',
      );
      return;
    }
    if (entries === undefined) {
      this.complain(spanOfKey(this, line), this.where(), 'expected a section header such as [daemon] before the first key');
      return;
    }
    const key = this.word(trimLws(text.slice(begin, equals)));
    for (const twin of entries) {
      if (twin.key !== key) continue;
      this.complain(spanOfKey(this, line), this.where(key), `is given twice in this section; the first is in line ${twin.line}`);
    }
    const value = unquote(trimLws(text.slice(equals + 1, end)));
    if (value === undefined) {
      this.complain(spanOfValue(this, line), this.where(key), 'expected a text in quotes that ends with the same quote');
    }
    entries.push({ key, value: value ?? '', line });
  }

  private word(text: string): string {
    const known = this.words.get(text);
    if (known === undefined) this.words.set(text, text);
    return known ?? text;
  }

  /** A file with such a character is probably no configuration at all: nothing else is said about it. */
  private unprintable(character: string, at: number): void {
    const line = this.text.slice(0, at).split('\n').length;
    const column = at - this.text.lastIndexOf('\n', at - 1);
    const message = character === '\ufffd' ? 'expected UTF-8 text' : 'expected no control characters';
    this.complain({ line, column, length: 1 }, this.where(), message);
  }

  private where(key?: string): string {
    const section = this.sections.at(-1);
    if (section === undefined) return 'this file';
    return key === undefined ? titleOf(section) : `${titleOf(section)} ${key}`;
  }

  private complain(span: Span, where: string, message: string): void {
    this.problems.push(problem(this, span, { where, message }));
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
