import { ParseError } from '../../text/parse-error.ts';
import { isDigit, isLws, isToken } from './grammar.ts';

// The text that is being parsed, as numbers. Looking at a character of a string costs three times what an element of this array costs,
// and takes ten times the machine code, so the parsers read here and cut their results from the text. What they get is a position in both.

/** What can be loaded: the headers of the longest message. */
export const LENGTH = 65_536;

const bytes = new Uint8Array(LENGTH + 2);
const encoder = new TextEncoder();

/** What stands at a position. A constant of a function is one to the compiler also after bundling, which makes variables of a module's. */
export const byteAt = reader();

function reader(): (at: number) => number {
  const array = bytes;
  return (at) => array[at]!;
}

let owner: object | undefined;
/** The text whose bytes are here, as far as `until`. */
let here = '';
let until = 0;
/** Where a line end stands instead of a byte of the text, and that byte. */
let cut = LENGTH + 1;
let under = 0;

/** For a socket that reads into memory: it puts what it hears there, and says so, before it hands the text on. */
export const landing = {
  bytes,
  landed(text: string): void {
    owner = undefined;
    here = text;
    until = text.length;
    cut = LENGTH + 1;
  },
};

/**
 * Makes `bytes` those of the text from its beginning to `end`; nothing is done if they are still those of the same `of`. Every parser that
 * is called from elsewhere begins with this.
 *
 * @throws ParseError for a text that no message could hold.
 */
export function load(text: string, end: number, of?: object): void {
  if (of !== undefined && of === owner) return;
  if (end > LENGTH) throw new ParseError('text', '', 0, `at most ${LENGTH} bytes`);
  owner = of;
  if (text === here && end <= until) bytes[cut] = under;
  else {
    encode(text, end);
    here = text;
    until = end;
  }
  cut = end;
  under = bytes[end]!;
  bytes[end] = 0x0a; // what stands behind must not look like the next line
}

function encode(text: string, end: number): void {
  const { written } = encoder.encodeInto(end === text.length ? text : text.slice(0, end), bytes);
  // As many bytes as characters: all were ASCII. Else each is its own byte, and what is none becomes NUL, which stands nowhere.
  if (written !== end) {
    for (let i = 0; i < end; i++) {
      const code = text.charCodeAt(i);
      bytes[i] = code > 0xff ? 0 : code;
    }
  }
}

/** What is loaded belongs to `of` from now on. */
export function adopt(of: object): void {
  owner = of;
}

/** The position of the first byte at or after `at` that is not white space. */
export function afterLws(at: number, end: number): number {
  while (at < end && isLws(byteAt(at))) at++;
  return at;
}

/** The position after the last byte before `end` that is not white space. */
export function beforeLws(start: number, end: number): number {
  while (end > start && isLws(byteAt(end - 1))) end--;
  return end;
}

/** The position after the token that begins at `at`. */
export function afterToken(at: number, end: number): number {
  while (at < end && isToken(byteAt(at))) at++;
  return at;
}

/** The position after the quoted string that begins at `at` (on its quote), or -1 if it does not end. */
export function afterQuoted(at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    const code = byteAt(i);
    if (code === 0x22) return i + 1;
    if (code === 0x5c) i++;
  }
  return -1;
}

/** The number that the digits from `at` to `end` write; -1 if there is none, another character, or more than `most`. */
export function numberIn(at: number, end: number, most: number): number {
  if (at >= end) return -1;
  let number = 0;
  for (; at < end; at++) {
    const code = byteAt(at);
    if (!isDigit(code)) return -1;
    number = number * 10 + code - 0x30;
    if (number > most) return -1;
  }
  return number;
}

/** A word to be looked for without case, in small letters. */
export type Word = readonly number[];

export function word(letters: string): Word {
  return Array.from(letters, (letter) => letter.charCodeAt(0));
}

/** Whether the bytes from `at` to `end` are the word, letters compared without case. */
export function isWord(at: number, end: number, of: Word): boolean {
  if (end - at !== of.length) return false;
  for (let i = 0; i < of.length; i++) {
    const code = byteAt(at + i);
    if (code !== of[i] && !(code >= 0x41 && code <= 0x5a && code + 32 === of[i])) return false;
  }
  return true;
}
