// Text inside sip/ is bytes in latin1 dress: the language's own toLowerCase, trim and \s would change or drop bytes above 0x7F,
// which belong to UTF-8 sequences. These touch ASCII only.

const NOT_ASCII = /[^\x00-\x7f]/;

/** Lower-cases A to Z; returns the very same string if there is nothing to do. */
export function lower(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x41 && code <= 0x5a) {
      return NOT_ASCII.test(text) ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text.toLowerCase();
    }
  }
  return text;
}

/** Upper-cases a to z; returns the very same string if there is nothing to do. */
export function upper(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x61 && code <= 0x7a) {
      return NOT_ASCII.test(text) ? text.replace(/[a-z]/g, (letter) => letter.toUpperCase()) : text.toUpperCase();
    }
  }
  return text;
}

/** Compares as RFC 3261 §7.3.1 compares tokens: A and a are the same, nothing else is. Allocates nothing. */
export function sameIgnoringCase(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const folded = x | 0x20;
    if (folded !== (y | 0x20) || folded < 0x61 || folded > 0x7a) return false;
  }
  return true;
}

function isLws(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}

/** Removes SP, HTAB, CR and LF from both ends. */
export function trimLws(text: string): string {
  let begin = 0;
  let end = text.length;
  while (begin < end && isLws(text.charCodeAt(begin))) begin++;
  while (end > begin && isLws(text.charCodeAt(end - 1))) end--;
  return begin === 0 && end === text.length ? text : text.slice(begin, end);
}

/** One or more of 0 to 9 and nothing else. */
export function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return text.length > 0;
}
