import { expect, test } from 'vitest';
import { hex32 } from '../../src/text/hex.ts';

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
