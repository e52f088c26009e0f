/** Places in the index for each line: more make looking faster, fewer make it smaller. */
const PLACES_A_LINE = 2;

/**
 * The text of one import, `NAME v1 REALM MD5:hex SHA-256:hex` a line, with an index of where the line of each name begins. Of a hundred
 * thousand users it takes 1 MB beside the text, where a map of lines would take 10.
 */
export class ImportFile {
  readonly text: string;
  /** An open hash table of the places of lines, one more than they are: 0 is free. */
  readonly #index: Int32Array;

  constructor(text: string) {
    this.text = text;
    let lines = 1;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
    this.#index = new Int32Array(2 ** Math.ceil(Math.log2(PLACES_A_LINE * lines)));
    for (let at = 0; at < text.length; ) {
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? text.length : newline;
      const space = text.indexOf(' ', at);
      if (space > at && space < end) this.#index[this.#find(text, at, space)] = at + 1;
      at = end + 1;
    }
  }

  has(name: string): boolean {
    return this.#lineOf(name) >= 0;
  }

  /** What stands behind the name; undefined if it is not in the file. The last line of a name is the one that counts. */
  line(name: string): string | undefined {
    const at = this.#lineOf(name);
    if (at < 0) return undefined;
    const newline = this.text.indexOf('\n', at);
    return this.text.slice(at + name.length + 1, newline < 0 ? this.text.length : newline);
  }

  #lineOf(name: string): number {
    return this.#index[this.#find(name, 0, name.length)]! - 1;
  }

  /** The place in the index of the name that stands at `begin` to `end` of a text, or where it would be put. */
  #find(text: string, begin: number, end: number): number {
    const mask = this.#index.length - 1;
    let place = hash(text, begin, end) & mask;
    for (;;) {
      const at = this.#index[place]! - 1;
      if (at < 0 || this.#isAt(at, text, begin, end)) return place;
      place = (place + 1) & mask;
    }
  }

  #isAt(at: number, text: string, begin: number, end: number): boolean {
    if (this.text.charCodeAt(at + end - begin) !== 0x20) return false;
    for (let i = begin; i < end; i++) if (this.text.charCodeAt(at + i - begin) !== text.charCodeAt(i)) return false;
    return true;
  }
}

/** FNV-1a. Who can write this file has the passwords: nobody gains by names that collide. */
function hash(text: string, begin: number, end: number): number {
  let sum = 0x811c9dc5;
  for (let i = begin; i < end; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  return sum ^ (sum >>> 15);
}
