import { ParseError } from '../../text/parse-error.ts';
import { Scanner } from '../../text/scanner.ts';

/** How the text behind a `=` becomes a value. The same forms are shown in the man page. */
export interface ValueType<T> {
  /** The form for a person: `yes | no`. */
  readonly form: string;
  /**
   * Reads a text that is not empty.
   *
   * @throws ParseError with the column of the first character that does not fit.
   */
  read(text: string): T;
  /** What `key =` gives, if that is not the default: the empty list. */
  readonly empty?: T;
}

/** A type whose value is the text itself, if that fits. */
export interface TextType extends ValueType<string> {
  /** What it must be, as a noun. */
  readonly what: string;
  accepts(text: string): boolean;
}

/** A type made of one sticky pattern, which must match the whole text. */
export function matching(form: string, pattern: RegExp, what: string): TextType {
  const whole = new RegExp(`^(?:${pattern.source})$`);
  return {
    form,
    what,
    accepts: (text) => whole.test(text),
    read(text) {
      if (whole.test(text)) return text;
      const s = new Scanner(form, text);
      s.maybe(pattern);
      return s.fail(what); // behind what fits
    },
  };
}

/** Comma-separated values. `key =` empties the list. */
export function list<T>(item: ValueType<T>): ValueType<readonly T[]> {
  return { ...fullList(item), empty: [] };
}

/** Comma-separated values of which there must be one: `key =` restores the default. */
export function fullList<T>(item: ValueType<T>, form = `${item.form}, ...`): ValueType<readonly T[]> {
  return { form, read: (text) => readItems(item, text) };
}

const ITEM = /[^,]*/y;

function readItems<T>(item: ValueType<T>, text: string): readonly T[] {
  const s = new Scanner(item.form, text);
  const items: T[] = [];
  const seen = new Set<string>();
  for (;;) {
    s.skipLws();
    const column = s.at;
    const written = s.take(ITEM, item.form).replace(/[ \t]+$/, '');
    if (written === '') s.fail(`${item.form} between commas`, column);
    if (seen.has(written)) s.fail(`${written} only once`, column);
    seen.add(written);
    items.push(shifted(item, written, column, text));
    if (!s.skip(0x2c)) return items;
  }
}

/** Reads a part of a text and reports its faults in columns of the whole. */
function shifted<T>(item: ValueType<T>, part: string, column: number, whole: string): T {
  try {
    return item.read(part);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const semicolon = part.includes(';');
    const between = semicolon ? /;[ \t]*/ : /[ \t]+/;
    const at = part.search(between);
    const single = semicolon || !/[a-z] [A-Z]/.test(item.form); // `provider NAME` is one value of two words
    if (single && at > 0 && error.column <= at + 1 && part.split(between).every((one) => fits(item, one))) {
      const comma = semicolon ? 'a comma instead of ";"' : 'a comma before the next value';
      throw new ParseError(error.field, whole, column + at, comma);
    }
    throw new ParseError(error.field, whole, column + error.column, error.expected);
  }
}

function fits(item: ValueType<unknown>, text: string): boolean {
  try {
    item.read(text);
    return true;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return false;
  }
}
