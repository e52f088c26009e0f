/** Character classes of RFC 3261 §25.1, as one table of bits a byte. */
const TOKEN = 1;
const HOST = 2;
const HEX = 4;
const URI = 8;
const VALUE = 16;
const DIGIT = 32;
const SCHEME = 64;
const BEFORE_HEADERS = 128;

const classes = new Uint8Array(256);

function mark(characters: string, bit: number): void {
  for (let i = 0; i < characters.length; i++) classes[characters.charCodeAt(i)]! |= bit;
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';
mark(`${letters}${digits}-.!%*_+\`'~`, TOKEN);
mark(`${letters}${digits}-._`, HOST); // "_" stands in host names of real networks
mark(`${digits}abcdefABCDEF`, HEX);
mark(digits, DIGIT);
mark(`${letters}${digits}+-.`, SCHEME);
for (let code = 0x21; code < 256; code++) {
  if (code === 0x7f) continue;
  // Everything that user, password, parameters and headers of a URI may hold, and what real phones put there unescaped.
  if (!'"<>@'.includes(String.fromCharCode(code))) classes[code]! |= URI;
  if (!'"<>?'.includes(String.fromCharCode(code))) classes[code]! |= BEFORE_HEADERS;
  // A token or a host as the value of a parameter, and whatever else does not end one.
  if (!';,"<>'.includes(String.fromCharCode(code))) classes[code]! |= VALUE;
}

/**
 * Makes the test of one class. Table and bit are constants of a function here, not of the module: bundlers turn those of a module into
 * variables, and then each character costs two more loads.
 */
function isIn(bit: number): (code: number) => boolean {
  const table = classes;
  const mask = bit;
  return (code) => (table[code]! & mask) !== 0;
}

export const isToken = isIn(TOKEN);
export const isHostCharacter = isIn(HOST);
export const isHex = isIn(HEX);
/** All that a URI may hold but `@`. */
export const isUriCharacter = isIn(URI);
/** All that a URI may hold but the `?` before its headers. */
export const isBeforeHeaders = isIn(BEFORE_HEADERS);
export const isValueCharacter = isIn(VALUE);
export const isSchemeCharacter = isIn(SCHEME);
export const isDigit = isIn(DIGIT);
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
  const quote = text.indexOf('"', at + 1); // nearly always the last one: looked for at once, and looked at only then
  if (quote < 0 || quote >= end) return -1;
  if (text.charCodeAt(quote - 1) !== 0x5c) return quote + 1;
  for (let i = at + 1; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code === 0x5c) i++;
  }
  return -1;
}

/** Whether `text` from `at` to `end` is `word` (given in small letters), letters compared without case. */
export function sameWord(text: string, at: number, end: number, word: string): boolean {
  if (end - at !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    const code = text.charCodeAt(at + i);
    const small = word.charCodeAt(i);
    if (code !== small && !(code >= 0x41 && code <= 0x5a && code + 32 === small)) return false;
  }
  return true;
}

/**
 * Whether a Content-Length begins in a line, behind white space perhaps. In a folded one it is none (RFC 3261 §7.3.1), but to Kamailio, which cuts
 * a stream by it: a body would be read as the next message there.
 */
export function beginsLength(text: string, at: number, end: number): boolean {
  const start = skipBlanks(text, at, end);
  const stop = skipToken(text, start, end);
  if (!sameWord(text, start, stop, 'l') && !sameWord(text, start, stop, 'content-length')) return false;
  return text.charCodeAt(skipBlanks(text, stop, end)) === 0x3a;
}

function skipBlanks(text: string, at: number, end: number): number {
  while (at < end && (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09)) at++;
  return at;
}

/** Joins folded lines by one space (RFC 3261 §7.3.1). */
export function unfold(value: string): string {
  return value.includes('\n') ? value.replace(/\r\n[ \t]+/g, ' ') : value;
}

/** A copy with a text of its own: what is kept must not keep the whole packet it was cut from. */
export function own(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}
