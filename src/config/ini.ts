import { unsafe } from 'ini';
import { trimLws } from '../text/ascii.ts';
import { lineOf, type Problem, problem, type Source, type Span } from './problem.ts';

export interface IniEntry {
  readonly key: string;
  /** Trimmed and unquoted; empty if nothing stands behind the `=`. */
  readonly value: string;
  readonly line: number;
}

export interface IniSection {
  readonly kind: string;
  /** What follows the kind in the brackets; empty for `[daemon]`. */
  readonly name: string;
  readonly line: number;
  readonly entries: readonly IniEntry[];
}

export interface IniFile extends Source {
  readonly sections: readonly IniSection[];
  /** What does not have the shape of a configuration, or stands in it twice. */
  readonly problems: readonly Problem[];
}

const HEADER = /^\[[ \t]*([^\][ \t]+)(?:[ \t]+(.*?))?[ \t]*\]$/;
/** Control characters and U+FFFD, which the decoder leaves where a file is no UTF-8. A CR belongs before an LF only. */
const UNPRINTABLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]|\r(?!\n)/;
const HASH = 0x23;
const SEMICOLON = 0x3b;
const BRACKET = 0x5b;

/**
 * Reads the shape of one file: `[kind name]`, `key = value`, and comments, which stand on lines of their own beginning with `;` or `#`.
 * There are no continuation lines. A value in quotes keeps its blanks. CRLF and a byte order mark are tolerated.
 */
export function parseIni(path: string, text: string): IniFile {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const reading = new Reading({ path, lines });
  const bad = UNPRINTABLE.test(text) ? lines.findIndex((line) => UNPRINTABLE.test(line)) : -1;
  if (bad >= 0) reading.unprintable(bad + 1);
  else for (let i = 0; i < lines.length; i++) reading.line(trimLws(lines[i]!), i + 1);
  return { path, lines, sections: reading.sections, problems: reading.problems };
}

/** The state while the lines of a file go by. */
class Reading {
  readonly sections: IniSection[] = [];
  readonly problems: Problem[] = [];
  private readonly source: Source;
  private readonly seen = new Map<string, number>();
  /** Where keys go now; undefined before the first header. */
  private entries: IniEntry[] | undefined;
  private where = 'this file';

  constructor(source: Source) {
    this.source = source;
  }

  /** A file with such a character is probably no configuration at all: nothing else is said about it. */
  unprintable(line: number): void {
    const [bad] = UNPRINTABLE.exec(lineOf(this.source, line))!;
    const column = lineOf(this.source, line).indexOf(bad) + 1;
    const message = bad === '\ufffd' ? 'expected UTF-8 text' : 'expected no control characters';
    this.complain({ line, column, length: 1 }, message);
  }

  line(content: string, line: number): void {
    const first = content.charCodeAt(0);
    if (content === '' || first === SEMICOLON || first === HASH) return;
    if (first === BRACKET) this.header(content, line);
    else this.entry(content, line);
  }

  private header(content: string, line: number): void {
    const header = HEADER.exec(content);
    this.entries = [];
    if (header === null) {
      this.where = content;
      this.complain(spanOfLine(this.source, line), 'expected a section header such as [user alice] and nothing behind it');
      return;
    }
    const section: IniSection = { kind: header[1]!, name: header[2] ?? '', line, entries: this.entries };
    this.where = titleOf(section);
    const twin = this.seen.get(this.where);
    if (twin === undefined) this.seen.set(this.where, line);
    else this.complain(spanOfLine(this.source, line), `is given twice in this file; the first is in line ${twin}`);
    this.sections.push(section);
  }

  private entry(content: string, line: number): void {
    const equals = content.indexOf('=');
    if (equals <= 0) {
      this.complain(spanOfLine(this.source, line), 'expected key = value, a [section], or a comment beginning with ; or #');
      return;
    }
    if (this.entries === undefined) {
      this.complain(spanOfKey(this.source, line), 'expected a section header such as [daemon] before the first key');
      return;
    }
    const key = trimLws(content.slice(0, equals));
    const twin = this.entries.find((entry) => entry.key === key);
    if (twin !== undefined) {
      this.complain(spanOfKey(this.source, line), `is given twice in this section; the first is in line ${twin.line}`, key);
    }
    const value = unquote(trimLws(content.slice(equals + 1)));
    this.entries.push({ key, value: value ?? '', line });
    if (value === undefined) {
      this.complain(spanOfValue(this.source, line), 'expected a text in quotes that ends with the same quote', key);
    }
  }

  private complain(span: Span, message: string, key?: string): void {
    const where = key === undefined ? this.where : `${this.where} ${key}`;
    this.problems.push(problem(this.source, span, { where, message }));
  }
}

/** A section's header as a person writes it. */
export function titleOf(section: { readonly kind: string; readonly name: string }): string {
  return section.name === '' ? `[${section.kind}]` : `[${section.kind} ${section.name}]`;
}

/** Everything in a line but its indentation. */
export function spanOfLine(source: Source, line: number): Span {
  const text = lineOf(source, line);
  const content = trimLws(text);
  return { line, column: text.indexOf(content) + 1, length: content.length };
}

/** The key of a `key = value` line. */
export function spanOfKey(source: Source, line: number): Span {
  const span = spanOfLine(source, line);
  return { ...span, length: trimLws(lineOf(source, line).split('=')[0]!).length };
}

/** The value of a `key = value` line, without its quotes; `offset` and `length` narrow it to a part. */
export function spanOfValue(source: Source, line: number, offset = 0, length?: number): Span {
  const text = lineOf(source, line);
  const written = text.slice(text.indexOf('=') + 1);
  const value = trimLws(written);
  const begin = text.indexOf('=') + 1 + written.indexOf(value);
  const quoted = value.startsWith('"') || value.startsWith("'") ? 1 : 0;
  return { line, column: begin + quoted + offset + 1, length: length ?? Math.max(1, value.length - 2 * quoted - offset) };
}

/** Takes the quotes off; undefined if they do not match. Only double quotes know escapes, those of JSON. */
function unquote(written: string): string | undefined {
  const quote = written[0];
  if (quote !== '"' && quote !== "'") return written;
  if (written.length < 2 || !written.endsWith(quote)) return undefined;
  // Single quotes are taken off here: ini would read what is inside as JSON and turn '0123' and 'true' into something else.
  if (quote === "'") return written.slice(1, -1);
  const value: unknown = unsafe(written);
  return value === written || UNPRINTABLE.test(String(value)) ? undefined : String(value);
}
