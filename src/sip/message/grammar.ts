/** Character classes of RFC 3261 §25.1, as one table of bits a byte. */
const TOKEN = 1;
const HOST = 2;
const HEX = 4;
const USER = 8;

const classes = new Uint8Array(256);

function mark(characters: string, bit: number): void {
  for (let i = 0; i < characters.length; i++) classes[characters.charCodeAt(i)]! |= bit;
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';
mark(`${letters}${digits}-.!%*_+\`'~`, TOKEN);
mark(`${letters}${digits}-._`, HOST); // "_" stands in host names of real networks
mark(`${digits}abcdefABCDEF`, HEX);
// Everything that user, password, parameters and headers of a URI may hold, and what real phones put there unescaped.
for (let code = 0x21; code < 256; code++)
  if (!'"<>@ '.includes(String.fromCharCode(code)) && code !== 0x7f) classes[code]! |= USER;

export const isToken = (code: number): boolean => (classes[code]! & TOKEN) !== 0;
export const isHostCharacter = (code: number): boolean => (classes[code]! & HOST) !== 0;
export const isHex = (code: number): boolean => (classes[code]! & HEX) !== 0;
export const isUriCharacter = (code: number): boolean => (classes[code]! & USER) !== 0;
export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
/** SP, HTAB, and CR or LF of a folded line (folding was checked when the lines were noted). */
export const isLws = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;

/** The position of the first character at or after `at` that is not white space. */
export function skipLws(text: string, at: number, end: number): number {
  while (at < end && isLws(text.charCodeAt(at))) at++;
  return at;
}

/** The position after the last character before `end` that is not white space. */
export function skipLwsBack(text: string, start: number, end: number): number {
  while (end > start && isLws(text.charCodeAt(end - 1))) end--;
  return end;
}

/** The position after the token that begins at `at`. */
export function skipToken(text: string, at: number, end: number): number {
  while (at < end && isToken(text.charCodeAt(at))) at++;
  return at;
}

/** The position after the quoted string that begins at `at` (on its quote), or -1 if it does not end. */
export function skipQuoted(text: string, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code === 0x5c) i++;
  }
  return -1;
}

/** Whether `text` from `at` is `word` (given in small letters), letters compared without case. */
export function sameWord(text: string, at: number, end: number, word: string): boolean {
  if (end - at !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    const code = text.charCodeAt(at + i);
    const small = word.charCodeAt(i);
    if (code !== small && !(code >= 0x41 && code <= 0x5a && code + 32 === small)) return false;
  }
  return true;
}

/** A copy with a text of its own: what is kept must not keep the whole packet it was cut from. */
export function own(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}
