import {
  equalsIn,
  keyIn,
  Lines,
  spanOfKey,
  spanOfLine,
  spanOfValue,
  type Unprintable,
  unprintableIn,
  valueIn,
  wordOfKey,
} from './ini-lines.ts';
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

/** The beginning of a header, with its bracket if that is closed. */
const BEGUN = /^\[[\w. \t/-]*\]?/;

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
    const bad = unprintableIn(text);
    if (bad !== undefined) {
      this.unprintable(bad);
      return;
    }
    for (const lines = new Lines(text, 0, 0); lines.next(); ) {
      if (lines.isHeader) this.header(text.slice(lines.begin, lines.end), lines);
      else this.entry(lines);
    }
  }

  private header(content: string, { number, after }: Lines): void {
    const header = HEADER.exec(content) ?? this.broken(content, number);
    this.headers++;
    this.count = 0;
    if (header === null) return;
    const before = this.sections.at(-1)?.kind;
    const kind = header[1] === before ? before : header[1]!; // one text for all sections of a kind
    this.sections.push(new SectionOfText(this.source, kind!, header[2] ?? '', number, after));
  }

  /** Says so of a header that is none, and reads the one that was meant: whatever names its section would be wrong as well. */
  private broken(content: string, number: number): RegExpExecArray | null {
    const begun = BEGUN.exec(content)![0];
    const isClosed = begun.endsWith(']');
    const meant = HEADER.exec(isClosed ? begun : `${begun}]`);
    const fits = isClosed && meant !== null ? begun.length + content.slice(begun.length).search(/[^ \t]/) : 0;
    const { line, column, length } = spanOfLine(this.source, number);
    const message = 'expected a section header such as [user alice] and nothing behind it';
    this.complain({ line, column: column + fits, length: length - fits }, content, message);
    return isClosed || meant?.[2] ? meant : null;
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
  private unprintable({ at, line, message }: Unprintable): void {
    const column = at - this.source.text.lastIndexOf('\n', at - 1);
    this.complain({ line, column, length: 1 }, this.where(), message);
  }

  private where(key?: string): string {
    const section = this.sections.at(-1);
    if (section === undefined) return 'this file';
    return key === undefined ? titleOf(section) : `${titleOf(section)} ${wordOfKey(key)}`;
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

/** A section's header as a person writes it. */
export function titleOf(section: { readonly kind: string; readonly name: string }): string {
  return section.name === '' ? `[${section.kind}]` : `[${section.kind} ${section.name}]`;
}
