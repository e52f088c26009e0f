// Text inside sip/ is bytes in latin1 dress: the language's own toLowerCase, trim and \s would change or drop bytes above 0x7F,
// which belong to UTF-8 sequences. These touch ASCII only.

export const NOT_ASCII = /[^\x00-\x7f]/;

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
