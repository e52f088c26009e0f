import { expect, test } from 'vitest';
import { json, printableLines, table } from '../../../src/control/cli/table.ts';

interface Row {
  readonly name: string;
  readonly text: string;
}

const columns = [
  { title: 'NAME', cell: ({ name }: Row) => name },
  { title: 'TEXT', cell: ({ text }: Row) => text },
];

test('columns are as wide as what stands in them', () => {
  const rows = [
    { name: 'jürgen', text: 'x' },
    { name: 'a', text: 'long text' },
  ];
  expect(table(columns, rows)).toBe('NAME    TEXT\njürgen  x\na       long text\n');
});

test('a line ends where the terminal does', () => {
  expect(table(columns, [{ name: 'a', text: '0123456789' }], 12)).toBe('NAME  TEXT\na     01234…\n');
});

test('what a phone says cannot move the cursor', () => {
  expect(table(columns, [{ name: 'a', text: 'x\x1b[2J\ny\u202ez' }])).toBe('NAME  TEXT\na     x?[2J?y?z\n');
});

test('columns stand under each other where letters take two columns of the terminal, or none', () => {
  const rows = ['日本語テスト', 'ｶﾅ', '한국어', 'jose\u0301', '👩‍👩‍👧', '🇩🇪', '☎️', 'हिन्दी', 'ab'].map((name) => ({
    name,
    text: '|',
  }));
  expect(table(columns, rows).split('\n')).toEqual([
    'NAME          TEXT',
    '日本語テスト  |',
    'ｶﾅ            |',
    '한국어        |',
    'jose\u0301          |',
    '👩‍👩‍👧            |',
    '🇩🇪            |',
    '☎️            |',
    'हिन्दी         |',
    'ab            |',
    '',
  ]);
});

test('a line of wide letters ends where the terminal does', () => {
  expect(table(columns, [{ name: 'a', text: '日本語テスト' }], 12)).toBe('NAME  TEXT\na     日本…\n');
  expect(table(columns, [{ name: 'a', text: '日本語テスト' }], 13)).toBe('NAME  TEXT\na     日本語…\n');
});

test('a program reads what a phone said, and a terminal obeys none of it', () => {
  const rows = [{ text: '\x1b[2J\x9b2J\x7f\u202e\u2028é' }];
  expect(json(rows[0])).toBe('{\n  "text": "\\u001b[2J\\u009b2J\\u007f\\u202e\\u2028é"\n}\n');
  expect(JSON.parse(json(rows))).toEqual(rows);
});

test('a sentence of several lines keeps them, and the tabs of a file', () => {
  expect(printableLines('there is no \x1b[31m:\n\ta\u009b\u202eb\n')).toBe('there is no ?[31m:\n\ta??b\n');
});

test('a listing may have as many rows as there are users', () => {
  const rows = Array.from({ length: 150_000 }, (_, i) => ({ name: `u${i}`, text: 'x' }));
  expect(table(columns, rows).split('\n').at(-2)).toBe('u149999  x');
});
