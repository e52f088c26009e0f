import { expect, test } from 'vitest';
import { hex32, hexNumber } from '../../src/text/hex.ts';

test('32 bits are eight hexadecimal digits, whatever their sign', () => {
  expect([0, 1, 0x7fffffff, -1, 0x89abcdef | 0, 0x0a0b0c0d].map(hex32)).toEqual([
    '00000000',
    '00000001',
    '7fffffff',
    'ffffffff',
    '89abcdef',
    '0a0b0c0d',
  ]);
});

test('hexadecimal digits are read in either case, and what is none makes no number', () => {
  expect(['0', '0019afAF', 'fffffffffffff'].map((text) => hexNumber(text))).toEqual([0, 0x0019afaf, 2 ** 52 - 1]);
  expect(hexNumber('zz1Fzz', 2, 4)).toBe(31);
  for (const code of [0x20, 0x2f, 0x3a, 0x40, 0x47, 0x60, 0x67, 0xe1])
    expect(hexNumber(`1${String.fromCharCode(code)}`), code.toString(16)).toBeNaN();
  expect(hexNumber('ab', -2)).toBeNaN();
});
