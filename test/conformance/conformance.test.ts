import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ParseError } from '../../src/text/parse-error.ts';
import { describe } from '../support/describe-message.ts';

// Each text file here is a list of cases:
//
//     == what is so (RFC and paragraph)
//     kind of wire, a key of `describe`; a file of test/data may follow it
//     the wire, unless it is that file; \xHH is a byte, lines of messages and answers end with CRLF, those of streams as written
//     --
//     what is read from it
//
// Lines that begin with # are for people.

interface Case {
  readonly title: string;
  readonly kind: string;
  readonly wire: string;
  readonly expected: string;
}

const here = new URL('./', import.meta.url);
const data = new URL('../data/', import.meta.url);

function cases(text: string): Case[] {
  const pieces = text
    .replace(/^#.*\n/gm, '')
    .split(/^== /m)
    .slice(1);
  return pieces.map((piece) => {
    const [input = '', expected = ''] = piece.split(/^--\n/m);
    const [title = '', head = '', ...lines] = input.split('\n');
    const [, kind = '', file] = /^([a-z ]+?)(?: ([a-z0-9]+\/.*))?$/.exec(head) ?? [];
    const written = lines.slice(0, -1).join(kind === 'message' || kind === 'answer' ? '\r\n' : '\n');
    const ended = kind === 'message' || kind === 'answer' ? `${written}\r\n` : written;
    const wire = file === undefined ? bytes(ended) : readFileSync(new URL(file, data), 'latin1');
    return { title, kind, wire, expected: expected.replace(/\n+$/, '') };
  });
}

const bytes = (text: string): string =>
  text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Bytes that a text file cannot show are written as in the wire. */
const shown = (line: string): string =>
  line.replace(/[\x00-\x1f\x7f-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);

function outcome({ kind, wire }: Case): string {
  try {
    return describe[kind]!(wire).map(shown).join('\n');
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return `fault: ${error.message}`;
  }
}

for (const file of readdirSync(here)
  .filter((name) => name.endsWith('.txt'))
  .sort()) {
  for (const one of cases(readFileSync(new URL(file, here), 'utf8'))) {
    test(`${file}: ${one.title}`, () => {
      expect(outcome(one)).toBe(one.expected);
    });
  }
}
