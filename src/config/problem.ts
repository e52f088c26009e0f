import { HIDDEN } from '../text/hide.ts';

export type Severity = 'error' | 'warning' | 'note';

/** Something in the configuration that a person must or may want to mend. Lines and columns count from 1, as editors do. */
export interface Problem {
  readonly file: string;
  /** 0: the file as a whole. */
  readonly line: number;
  readonly column: number;
  /** How many characters the caret underlines. */
  readonly length: number;
  readonly severity: Severity;
  /** Section and key: `[dial pstn] to`. */
  readonly where: string;
  /** What is wrong, or what was expected instead. */
  readonly message: string;
  /** What was probably meant. */
  readonly hint: string | undefined;
  /** The line as it stands in the file, without its secret if it holds one. */
  readonly text: string;
  /** Whether the file could not be read by this user, and perhaps by another. */
  readonly denied?: boolean;
}

/** Those for which no configuration is taken. */
export function errorsIn(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ severity }) => severity === 'error');
}

/** A place in one line of a file. */
export interface Span {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** A file whose lines can be shown. */
export interface Source {
  /** As the operator finds it. */
  readonly path: string;
  /** The text of a line, counted from 1, without its line end. */
  line(number: number): string;
}

/** A key up to its value: behind what ends lines elsewhere another one may begin. */
const KEY = /^[^=\r\u2028\u2029]*=[ \t]*(?=[^ \t])/gm;
/** The same where somebody wrote a colon for the "=", or a blank alone. */
const SLIP = /^[ \t]*[^=:[ \t\r\u2028\u2029]+(?:[ \t]*:[ \t]*(?=[^ \t=])|[ \t]+(?=[^ \t=:]))/gm;
/** In keys whose value no report may show, with the slips that people make in typing them. */
const SECRET = /pas|pwd|secret|\bpin/i;

/** Whether what begins a line has a secret behind it. The path of a file with the secret is none. */
export function isSecret(key: string): boolean {
  return SECRET.test(key.slice(key.lastIndexOf('_file') + 1));
}

/** A line without its secret, which goes on to the end, whatever stands in it. */
function withoutSecret(text: string, keys: RegExp): string {
  for (const { 0: key, index } of text.matchAll(keys)) if (isSecret(key)) return text.slice(0, index + key.length) + HIDDEN;
  return text;
}

/** What is known to be wrong, before its line is looked up. */
export interface Complaint {
  readonly severity?: Severity;
  readonly where: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

export function problem(source: Source, span: Span, complaint: Complaint): Problem {
  const text = source.line(span.line);
  const shown = withoutSecret(withoutSecret(text, SLIP), KEY);
  const hidden = shown !== text;
  const secretAt = shown.length - HIDDEN.length + 1;
  return {
    file: source.path,
    line: span.line,
    column: hidden ? Math.min(span.column, secretAt) : span.column,
    // What stands before the secret may be pointed at as it is.
    length: hidden && span.column + span.length >= secretAt ? 1 : Math.max(1, span.length),
    severity: complaint.severity ?? 'error',
    where: complaint.where,
    message: complaint.message,
    hint: complaint.hint,
    text: shown,
  };
}
