import { Scanner } from '../../text/scanner.ts';
import { matching, type ValueType } from './value.ts';

export const yesNo: ValueType<boolean> = {
  form: 'yes | no',
  read(text) {
    if (text === 'yes') return true;
    if (text === 'no') return false;
    return new Scanner('yes | no', text).fail('yes or no');
  },
};

/** A whole number from `least` to `most`. */
export function integer(least: number, most: number): ValueType<number> {
  const form = `${least} to ${most}`;
  return {
    form,
    read(text) {
      const value = Number(text);
      if (!/^[0-9]{1,9}$/.test(text) || value < least || value > most)
        new Scanner(form, text).fail(`a number from ${least} to ${most}`);
      return value;
    },
  };
}

/** One of a closed list of words. */
export function oneOf<const T extends string>(...words: readonly T[]): ValueType<T> {
  const form = words.join(' | ');
  return {
    form,
    read: (text) =>
      words.find((word) => word === text) ??
      new Scanner(form, text).fail(words.length === 1 ? words[0]! : `one of ${words.join(', ')}`),
  };
}

/** Any text on one line. */
export const text: ValueType<string> = { form: 'TEXT', read: (value) => value };

const EXPECTS_NAME = 'a name of letters, digits, ".", "_" and "-" that does not begin with "." or "-"';

/** The name of a section of the configuration, of a file below the state directory and of a user part, and a word of a command: safe as each. */
export const name = matching('NAME', /(?![.-]|import-.*\.txt$)[A-Za-z0-9._-]{1,64}/y, EXPECTS_NAME);

export const path = matching('PATH', /\/.*/y, 'a path that begins with "/"');

/** A UNIX group, or one of the two words that stand for no group. */
export const group = matching(
  'GROUP | desktop | none',
  /[A-Za-z_][A-Za-z0-9_.-]*\$?/y,
  'the name of a UNIX group, desktop or none',
);

/** ISO 3166 alpha-2. */
export const country = matching('COUNTRY', /[A-Z]{2}/y, 'a country code of two capital letters such as DE');
