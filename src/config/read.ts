import { didYouMean, nearest } from '../text/nearest.ts';
import { ParseError } from '../text/parse-error.ts';
import type { Origin, Section } from './config.ts';
import { type IniEntry, type IniFile, type IniSection, titleOf } from './ini.ts';
import { spanOfKey, spanOfLine, spanOfValue, wordOfKey } from './ini-lines.ts';
import { type Problem, problem, type Span } from './problem.ts';
import type { Found, Kind, Settings, Table } from './schema.ts';

/** The sections of one kind by name, in the order of their first place. */
export type Origins = ReadonlyMap<string, Origin>;

/** A section of several places, or one whose name was written otherwise than names are compared. */
class Growing implements Origin {
  readonly kind: string;
  readonly name: string;
  readonly parts: IniSection[];

  constructor({ kind, parts }: Origin, name: string) {
    this.kind = kind;
    this.name = name;
    this.parts = [...parts];
  }
}

/** Brings the sections of all files together: later parts of a section follow the first one. Names are brought into their canonical form. */
export function merge(
  files: readonly IniFile[],
  kinds: readonly Kind<Table>[],
  problems: Problem[],
): ReadonlyMap<string, Origins> {
  const known = new Map(kinds.map((kind) => [kind.kind, kind]));
  const merged = new Map(kinds.map((kind) => [kind.kind, new Map<string, Origin>()]));
  for (const { sections } of files) {
    for (const section of sections) {
      const kind = known.get(section.kind);
      const name = kind === undefined ? complainOfKind(section, known.keys(), problems) : canonicalName(kind, section, problems);
      if (name === undefined) continue;
      const origins = merged.get(section.kind)!;
      const origin = origins.get(name);
      // Nearly every section stands in one place and is its own origin: there may be very many.
      if (origin === undefined) origins.set(name, section.name === name ? section : new Growing(section, name));
      else {
        const twin = origin.parts.at(-1)!;
        if (twin.source === section.source) complainOfTwin(section, twin, problems);
        const growing = origin instanceof Growing ? origin : new Growing(origin, name);
        growing.parts.push(section);
        origins.set(name, growing);
      }
    }
  }
  return merged;
}

function complainOfKind(section: IniSection, known: Iterable<string>, problems: Problem[]): undefined {
  const hint = didYouMean(nearest(section.kind, known));
  const span = spanOfLine(section.source, section.line);
  problems.push(problem(section.source, span, { where: titleOf(section), message: 'there is no such kind of section', hint }));
}

function complainOfTwin(section: IniSection, twin: IniSection, problems: Problem[]): void {
  const name = section.name === twin.name ? '' : ` as ${titleOf(twin)}`;
  const message = `is given twice in this file; the first is in line ${twin.line}${name}`;
  problems.push(problem(section.source, spanOfLine(section.source, section.line), { where: titleOf(section), message }));
}

/** The name of a section in the form in which names are compared; undefined, and a problem, if it cannot be one. */
function canonicalName(kind: Kind<Table>, section: IniSection, problems: Problem[]): string | undefined {
  const { source, line, name } = section;
  const complain = (span: Span, message: string) => {
    problems.push(problem(source, span, { where: titleOf(section), message }));
    return undefined;
  };
  if (kind.name === undefined)
    return name === '' ? '' : complain(spanOfLine(source, line), `expected [${kind.kind}], which has no name`);
  if (name === '') return complain(spanOfLine(source, line), `expected a name, as in [${kind.kind} NAME]`);
  try {
    return kind.name.read(name);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const column = source.line(line).indexOf(name, source.line(line).indexOf(kind.kind) + kind.kind.length) + error.column + 1;
    return complain({ line, column, length: lengthOfWord(name, error.column) }, `expected ${error.expected}`);
  }
}

/** Keys that were written although nothing uses them yet: the first place of each, and how often. A kind stands for all its keys. */
export type Unused = Map<object, { readonly problem: Problem; times: number }>;

/** Reads the keys of one section by its table. A value that does not fit is a problem and counts as not written. */
export function readSection<T extends Table>(
  kind: Kind<T>,
  origin: Origin,
  problems: Problem[],
  unused: Unused,
): Section<Settings<T>> {
  const settings = Object.create(kind.defaults) as Record<string, unknown> & { name: string; origin: Origin };
  settings.name = origin.name;
  settings.origin = origin;
  for (const section of origin.parts) {
    const { entries } = section;
    if (kind.later && entries.length > 0) noteUnused(kind, section, spanOfLine(section.source, section.line), '', unused);
    for (const entry of entries) {
      const found = kind.find(entry.key);
      if (found === undefined) {
        problems.push(unknownKey(kind, section, entry));
        continue;
      }
      if (found.key.later && !kind.later)
        noteUnused(found.key, section, spanOfKey(section.source, entry.line), ` ${entry.key}`, unused);
      try {
        set(settings, found, entry.value);
      } catch (error) {
        if (!(error instanceof ParseError)) throw error;
        problems.push(unfit(section, entry, error));
      }
    }
  }
  return settings as Section<Settings<T>>;
}

function set(settings: Record<string, unknown>, { key, field, star }: Found, written: string): void {
  const value = written === '' ? (key.type.empty ?? key.initial) : key.type.read(written);
  if (star === undefined) settings[field] = value;
  else settings[field] = new Map(settings[field] as ReadonlyMap<string, unknown>).set(star, value);
}

/** What was probably meant by a word that is no key of a kind; undefined where nobody can tell. */
export function meantByKey({ kind, table }: Kind<Table>, word: string): string | undefined {
  // What people look for in vain: passwords are in no file that others may read.
  if (kind === 'user' && /^(?:pass|secret)/.test(word)) return '"sipwitchctl passwd NAME" sets a password';
  return didYouMean(nearest(word, Object.keys(table)));
}

function unknownKey(kind: Kind<Table>, section: IniSection, entry: IniEntry): Problem {
  const title = titleOf({ kind: kind.kind, name: kind.name === undefined ? '' : 'NAME' });
  const word = wordOfKey(entry.key);
  return problem(section.source, spanOfKey(section.source, entry.line), {
    where: `${titleOf(section)} ${word}`,
    message: `there is no such key in ${title}`,
    hint: meantByKey(kind, word),
  });
}

function unfit(section: IniSection, entry: IniEntry, error: ParseError): Problem {
  const span = spanOfValue(section.source, entry.line, error.column, lengthOfWord(entry.value, error.column));
  return problem(section.source, span, {
    where: `${titleOf(section)} ${entry.key}`,
    message: `expected ${error.expected}`,
    hint: /[ \t][;#]/.test(entry.value) ? 'a comment stands on a line of its own' : undefined,
  });
}

/** Notes a section or a key once for all of its kind, and counts the others. */
function noteUnused(what: object, section: IniSection, span: Span, key: string, unused: Unused): void {
  const known = unused.get(what);
  if (known !== undefined) {
    known.times++;
    return;
  }
  const where = `${titleOf(section)}${key}`;
  unused.set(what, {
    problem: problem(section.source, span, { severity: 'note', where, message: 'is not yet in use' }),
    times: 1,
  });
}

/** From a column to the end of its word. */
function lengthOfWord(value: string, column: number): number {
  const rest = value.slice(column);
  const end = rest.search(/[ \t,]/);
  return Math.max(1, end < 0 ? rest.length : end);
}
