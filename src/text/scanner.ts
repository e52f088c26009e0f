import { ParseError } from './parse-error.ts';

/**
 * A cursor over one value. Patterns are sticky (`/.../y`) and are matched at the cursor.
 *
 *     const s = new Scanner('IP:PORT', text);
 *     s.take(/[0-9]{1,5}/y, 'a port');
 */
export class Scanner {
  /** Index of the next character. */
  at = 0;
  private readonly field: string;
  private readonly text: string;

  constructor(field: string, text: string) {
    this.field = field;
    this.text = text;
  }

  /**
   * Takes what the sticky pattern matches at the cursor.
   *
   * @throws ParseError saying that `what` was expected here.
   */
  take(pattern: RegExp, what: string): string {
    const begin = this.at;
    pattern.lastIndex = begin;
    if (!pattern.test(this.text)) this.fail(what);
    this.at = pattern.lastIndex;
    return this.text.slice(begin, this.at);
  }

  /** Takes what the sticky pattern matches at the cursor, or nothing. */
  maybe(pattern: RegExp): string | undefined {
    const begin = this.at;
    pattern.lastIndex = begin;
    if (!pattern.test(this.text)) return undefined;
    this.at = pattern.lastIndex;
    return this.text.slice(begin, this.at);
  }

  /** Steps over one character if it is `code`. */
  skip(code: number): boolean {
    if (this.peek() !== code) return false;
    this.at++;
    return true;
  }

  /** The code of the next character, -1 at the end. */
  peek(): number {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }

  /** Skips linear white space: SP, HTAB, CR and LF. */
  skipLws(): void {
    for (;;) {
      const code = this.peek();
      if (code !== 0x20 && code !== 0x09 && code !== 0x0d && code !== 0x0a) return;
      this.at++;
    }
  }

  /** Nothing is left. */
  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** What is left; the cursor stays. */
  get rest(): string {
    return this.text.slice(this.at);
  }

  /**
   * Skips trailing white space and makes sure that nothing is left.
   *
   * @throws ParseError at the first character that is left over.
   */
  finish(what = 'the end'): void {
    this.skipLws();
    if (!this.done) this.fail(what);
  }

  /** Throws the ParseError for the cursor, or for another column of the text. */
  fail(expected: string, column = this.at): never {
    throw new ParseError(this.field, this.text, column, expected);
  }
}
