import type { ValueType } from './values/value.ts';

/** One key of a section kind. The loader, the checker, the man page and `config show --defaults` all read this. */
export interface Key<T> {
  readonly type: ValueType<T>;
  /** What the key is without being set; undefined where there is nothing. */
  readonly initial: T;
  /** The default as a person writes it. */
  readonly written: string;
  /** One sentence. */
  readonly meaning: string;
  /** Such as `seconds`. */
  readonly unit: string | undefined;
  /** The form is checked, and no part of the program uses the value yet. */
  readonly later: boolean;
}

export type Table = Readonly<Record<string, Key<unknown>>>;

export interface Remark {
  readonly unit?: string;
  readonly later?: true;
}

/** A key that always has a value: `key =` restores the default (or empties a list). */
export function key<T>(type: ValueType<T>, written: string, meaning: string, remark: Remark = {}): Key<T> {
  const initial = written === '' && type.empty !== undefined ? type.empty : type.read(written);
  return { type, initial, written, meaning, unit: remark.unit, later: remark.later ?? false };
}

/** A key that may be absent. */
export function optional<T>(type: ValueType<T>, meaning: string, remark: Remark = {}): Key<T | undefined> {
  return { type, initial: undefined, written: '', meaning, unit: remark.unit, later: remark.later ?? false };
}

/** `forward_all` is written in files, `forwardAll` in the program. */
type Camel<S extends string> = S extends `${infer First}_${infer Rest}` ? `${First}${Capitalize<Camel<Rest>>}` : S;
/** `number_*` is a key for each number; they become one map, `numbers`. */
type Field<S extends string> = S extends `${infer Stem}_*` ? Camel<`${Stem}s`> : Camel<S>;
type Value<S, K> = K extends Key<infer T> ? (S extends `${string}_*` ? ReadonlyMap<string, T> : T) : never;

/** What a section is once it is read: one field for each key of its table. */
export type Settings<T extends Table> = { readonly [K in keyof T & string as Field<K>]: Value<K, T[K]> };

/** What one kind of section is. */
export interface Kind<T extends Table> {
  readonly kind: string;
  /** One sentence. */
  readonly meaning: string;
  /** What the name in the brackets must be; undefined where there is none. */
  readonly name: ValueType<string> | undefined;
  readonly table: T;
  /** Nothing of the kind is used yet. */
  readonly later: boolean;
  /**
   * Every key at its default. A section inherits from it what is not written: of a hundred thousand users who set one key each, each takes a
   * third of the room. So sections are not to be copied by `...`.
   */
  readonly defaults: Settings<T>;
  /** Finds the key that a word in a file stands for. */
  find(word: string): Found | undefined;
}

export interface Found {
  readonly key: Key<unknown>;
  readonly field: string;
  /** For `number_*`: what stands for the star. */
  readonly star: string | undefined;
}

export function kind<const T extends Table>(
  word: string,
  name: ValueType<string> | undefined,
  meaning: string,
  table: T,
): Kind<T> {
  const fields: [string, unknown][] = [];
  const found = new Map<string, Found>();
  const starred: { stem: string; key: Key<unknown>; field: string }[] = [];
  for (const [written, key] of Object.entries(table)) {
    const stem = written.endsWith('*') ? written.slice(0, -1) : undefined;
    const field = camel(stem === undefined ? written : `${stem.slice(0, -1)}s`);
    fields.push([field, stem === undefined ? key.initial : new Map()]);
    if (stem === undefined) found.set(written, { key, field, star: undefined });
    else starred.push({ stem, key, field });
  }
  const find = (word: string): Found | undefined => {
    const one = found.get(word);
    if (one !== undefined) return one;
    const wide = starred.find(({ stem }) => word.startsWith(stem) && word.length > stem.length);
    return wide === undefined ? undefined : { key: wide.key, field: wide.field, star: word.slice(wide.stem.length) };
  };
  const later = Object.values(table).every((key) => key.later);
  const defaults = Object.fromEntries(fields) as Settings<T>;
  return { kind: word, name, meaning, table, later, defaults, find };
}

function camel(written: string): string {
  return written.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
