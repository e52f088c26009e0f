import { hidePasswords } from './hide.ts';

/** Longest piece of the offending line that `caret` shows; a 64 kB header must not fill a log. */
const WINDOW = 120;

/** Fields whose values prove an identity or carry keys: a caret shows their shape, never their letters. */
const SECRET = /[Aa]uth|^a=crypto|^k=|inline:/;

/** A text that does not fit its grammar. Thrown inside a parser, caught at the parser's one door. */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  /** What was being read, such as `Via`. */
  readonly field: string;
  readonly text: string;
  /** Index into `text` of the first character that does not fit; people are shown it counted from 1. */
  readonly column: number;
  /** What would have fitted, as a noun: `"SIP"`, `a port from 1 to 65535`. */
  readonly expected: string;
  /** The SIP status that a request with this fault deserves. */
  readonly status: number;

  constructor(field: string, text: string, column: number, expected: string, status = 400) {
    super(`${field}: expected ${expected} at column ${column + 1}`);
    this.field = field;
    this.text = text;
    this.column = column;
    this.expected = expected;
    this.status = status;
  }

  /**
   * Renders the message, the line that does not fit and a caret below the column, for a person.
   * Control characters become `?` so that hostile text cannot write to a terminal and columns stay true; secrets become `x`.
   */
  caret(): string {
    // Searching back from -1 would look at 0.
    const begin = this.column === 0 ? 0 : this.text.lastIndexOf('\n', this.column - 1) + 1;
    const newline = this.text.indexOf('\n', this.column);
    const line = this.text.slice(begin, newline < 0 ? this.text.length : newline).replace(/\r$/, '');
    const from = Math.max(0, this.column - begin - WINDOW / 2);
    const hide = (text: string) => text.replace(/[0-9A-Za-z+/]/g, 'x');
    const safe = SECRET.test(this.field) || SECRET.test(line) ? hide(line) : hidePasswords(line, hide);
    const shown = safe.slice(from, from + WINDOW).replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
    return `${this.message}\n    ${shown}\n    ${' '.repeat(this.column - begin - from)}^`;
  }
}

/** What a parser returns, or undefined where its text cannot be read. */
export function readable<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
