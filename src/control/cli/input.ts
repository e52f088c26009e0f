import { unprintableIn } from '../../config/ini-lines.ts';
import type { Entry } from '../../core/account/drop-in.ts';
import { FileError } from '../../runtime/files.ts';
import type { Terminal } from '../../runtime/terminal.ts';
import { IMPORT_MOST } from '../dbus/interfaces.ts';
import type { Context } from './context.ts';
import { Failure } from './control.ts';

// Where a command takes text that is no argument. Every such text is checked here, as the configuration is where it is loaded: what a bus
// cannot carry, and what would be another text for the phone that it is typed into, goes no further.

/** Bytes of a line that could be a password: more than any may have. */
const LINE_MOST = 1 << 16;

/** The password on the first line of standard input. @throws Failure where there is none */
export async function passwordLine(terminal: Terminal): Promise<string> {
  const line = await terminal.inputLine(LINE_MOST);
  if (line === undefined) throw new Failure(1, 'the first line of standard input is too long for a password');
  if (line === '') throw new Failure(1, 'standard input holds no password on its first line');
  return printed(line, () => 'the password');
}

/** Asks for a password, which is not shown. @throws Failure where nothing is typed, it is no text, or the person gives up */
export async function typedPassword(terminal: Terminal, question: string): Promise<string> {
  const typed = await terminal.askHidden(question);
  if (typed === undefined) throw new Failure(1, 'nothing is changed');
  if (typed === '') throw new Failure(1, 'nothing was typed, and nothing is changed');
  return printed(typed, () => 'the password');
}

const TOO_LONG = `is longer than ${IMPORT_MOST >> 20} MB; import it in parts`;

/** The whole text of a file, or of standard input where it is called "-". @throws Failure */
export async function fileText(file: string, { terminal, surroundings, files }: Context): Promise<string> {
  if (file === '-') {
    const text = await terminal.input(IMPORT_MOST);
    if (text === undefined) throw new Failure(1, `standard input ${TOO_LONG}`);
    return printed(text, (line) => `line ${line} of standard input`);
  }
  const path = surroundings.absolute(file);
  try {
    const text = files.read(path, true); // as of a process substitution
    if (text === undefined) throw new Failure(1, `there is no file ${path}`);
    if (text.length > IMPORT_MOST) throw new Failure(1, `${path} ${TOO_LONG}`);
    return printed(text, (line) => `line ${line} of ${path}`);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const instead = error.denied ? '; "-" is standard input' : ''; // as root, where it is read as the user of the service
    throw new Failure(1, `${path} cannot be read: ${error.message}${instead}`);
  }
}

function printed(text: string, place: (line: number) => string): string {
  const bad = unprintableIn(text);
  if (bad === undefined) return text;
  throw new Failure(1, `${place(bad.line)}: ${bad.message}; nothing is changed`);
}

/** What `--set KEY=VALUE` adds to those `before` it. */
export function collect(written: string, before: readonly Entry[] = []): readonly Entry[] {
  const equals = written.indexOf('=');
  if (equals < 1) throw new Failure(2, `--set ${written}: expected KEY=VALUE`);
  return [...before, [written.slice(0, equals), written.slice(equals + 1)]];
}
