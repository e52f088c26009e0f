import { readdirSync, readFileSync } from 'node:fs';

/** A message that nobody here wrote (test/data/README.md says who did), in latin1 dress. */
export interface Printed {
  readonly name: string;
  readonly text: string;
}

const data = new URL('../data/', import.meta.url);
const readText = (path: string): string => readFileSync(new URL(path, data), 'latin1');
const files = (folder: string): string[] => readdirSync(new URL(folder, data)).sort();

/** The torture messages of RFC 4475 and RFC 5118, bit by bit. */
export function torture(): Printed[] {
  return ['rfc4475/', 'rfc5118/'].flatMap((folder) =>
    files(folder).map((file) => ({ name: folder + file, text: readText(folder + file) })),
  );
}

/** The messages printed in RFCs, each with the Content-Length it should have. */
export function flows(): Printed[] {
  return files('flows/').flatMap((file) =>
    readText(`flows/${file}`)
      .split(/^=== /m)
      .slice(1)
      .map((piece) => {
        const end = piece.indexOf('\n');
        return { name: piece.slice(0, end), text: measured(mended(piece.slice(end + 1))) };
      }),
  );
}

/** What phones sent in the lab. */
export function samples(): Printed[] {
  return files('samples/').flatMap((file) =>
    readText(`samples/${file}`)
      .split(/^--- /m)
      .slice(1)
      .map((piece) => {
        const end = piece.indexOf('\n');
        return { name: `${file} ${piece.slice(0, end)}`, text: measured(piece.slice(end + 1).replace(/\n/g, '\r\n')) };
      })
      .filter((sample) => sample.text.trim() !== ''),
  );
}

/**
 * Undoes what printing did: `<allOneLine>` is one line, a body begins after an empty line though the page may have lost it, and headers
 * end where the prose or the next figure begins.
 */
function mended(text: string): string {
  const lines = text
    .replace(/<allOneLine>\r\n(.*?)<\/allOneLine>\r\n/gs, (_, long: string) => `${long.replace(/\r\n */g, '')}\r\n`)
    .split('\r\n');
  const end = lines.findIndex((line, i) => i > 0 && !/^(?:[-A-Za-z]+[ \t]*:|[ \t]+[^ ])/.test(line));
  if (end < 0 || lines[end] === '') return lines.join('\r\n');
  const body = /^(?:v=0|<\?xml|<pidf|\[)/.test(lines[end]!) ? lines.slice(end) : [''];
  return [...lines.slice(0, end), '', ...body].join('\r\n');
}

/** The message with the Content-Length that its body has, if it has one at all. */
function measured(text: string): string {
  const whole = text.includes('\r\n\r\n') ? text : `${text}\r\n`;
  const head = whole.indexOf('\r\n\r\n') + 2;
  return whole.slice(0, head).replace(/^(Content-Length|l)[ \t]*:.*$/im, `$1: ${whole.length - head - 2}`) + whole.slice(head);
}
