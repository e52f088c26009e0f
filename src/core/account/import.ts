import { UNWRITABLE } from '../../config/ini-lines.ts';
import { name as nameType } from '../../config/values/plain.ts';
import { digits } from '../../config/values/telephone.ts';
import { ParseError } from '../../text/parse-error.ts';
import { Scanner } from '../../text/scanner.ts';
import type { Imported } from './drop-in.ts';
import { PASSWORD_MOST } from './password.ts';

export interface ImportedUser extends Imported {
  readonly password: string;
}

/** What keeps a line from being a user. */
export interface ImportFault {
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/** All users of a file, or everything that is wrong with it. */
export type ImportResult =
  | { readonly users: readonly ImportedUser[]; readonly faults?: never }
  | { readonly users?: never; readonly faults: readonly ImportFault[] };

/**
 * Reads `name,password[,extension[,display]]`, a user a line; a field may stand in double quotes, doubled inside (RFC 4180, but no line ends
 * in fields). All or nothing.
 *
 * @param exists tells users that are there already
 */
export function parseImport(text: string, exists: (name: string) => boolean = () => false): ImportResult {
  const users: ImportedUser[] = [];
  const faults: ImportFault[] = [];
  const names = new Map<string, number>();
  const extensions = new Map<string, number>();
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  lines.forEach((content, index) => {
    const line = index + 1;
    if (content.trim() === '') return;
    const heading = line === 1 ? headingOf(content) : undefined;
    if (heading !== undefined) {
      if (!ORDER.test(heading)) faults.push({ line, message: DISORDER });
      return;
    }
    const user = readUser(content);
    if (typeof user === 'string') {
      faults.push({ line, message: user });
      return;
    }
    const clash = note(names, user.name, line) ?? (exists(user.name) ? 'there is such a user already' : undefined);
    if (clash !== undefined) faults.push({ line, message: `${user.name}: ${clash}` });
    const taken = user.extension === undefined ? undefined : note(extensions, user.extension, line);
    if (taken !== undefined) faults.push({ line, message: `extension ${user.extension}: ${taken}` });
    users.push(user);
  });
  if (faults.length === 0 && users.length === 0) faults.push({ line: 1, message: 'the file holds no users' });
  return faults.length === 0 ? { users } : { faults };
}

const ORDER = /^name,password(,extension(,display)?)?$/;
const DISORDER = 'expected the columns name,password[,extension[,display]]; a user of that name goes into another line';

/** What a spreadsheet writes above its columns; taken for a user, it would be one whose password is "Password". */
function headingOf(content: string): string | undefined {
  const words = content.replace(/[" ]/g, '').toLowerCase();
  return /^(user)?name,|^user,/.test(words) ? words.replace(/^user(name)?,/, 'name,') : undefined;
}

/** Says where the same was seen before. */
function note(seen: Map<string, number>, what: string, line: number): string | undefined {
  const before = seen.get(what);
  if (before === undefined) seen.set(what, line);
  return before === undefined ? undefined : `is in line ${before} too`;
}

/** The user of one line, or what is wrong with it. The password is never repeated. */
function readUser(content: string): ImportedUser | string {
  const fields = readFields(content);
  if (typeof fields === 'string') return fields;
  const [name = '', password, extension = '', display = '', ...more] = fields;
  if (password === undefined) return `expected name,password${content.includes(';') ? ', separated by commas' : ''}`;
  if (!nameType.accepts(name)) return `expected ${nameType.what}`;
  if (password === '') return `${name}: expected a password`;
  if (password.length > PASSWORD_MOST) return `${name}: expected a password of at most ${PASSWORD_MOST} characters`;
  if (UNWRITABLE.test(password) || UNWRITABLE.test(display)) return `${name}: expected no control characters`;
  if (extension !== '' && !digits.accepts(extension)) return `${name}: expected an extension of 1 to 15 digits`;
  if (more.length > 0) return `${name}: expected at most four fields`;
  return { name, password, extension: extension === '' ? undefined : extension, display: display === '' ? undefined : display };
}

const PLAIN = /[^,"]*(?=,|$)/y;
const QUOTED = /"(?:[^"]|"")*"/y;

function readFields(content: string): string[] | string {
  if (!content.includes('"')) return content.split(',');
  const s = new Scanner('line', content);
  const fields: string[] = [];
  try {
    do {
      const quoted = s.maybe(QUOTED);
      fields.push(quoted?.slice(1, -1).replaceAll('""', '"') ?? s.take(PLAIN, 'a field with a quote in it to stand in quotes'));
    } while (s.skip(0x2c));
    s.finish('a comma');
    return fields;
  } catch (error) {
    if (error instanceof ParseError) return `column ${error.column + 1}: expected ${error.expected}`;
    throw error;
  }
}
