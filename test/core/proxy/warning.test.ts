import { assert, test } from 'vitest';
import { warning } from '../../../src/core/proxy/warning.ts';

test('a Warning says why in one line that a quoted string may hold (RFC 3261 §20.43)', () => {
  assert.equal(warning('home.example', 'there is no x'), 'Warning: 399 home.example "there is no x"\r\n');
  assert.equal(warning('[fd00::1]', 'a "b\\c"\r\nEvil: 1'), 'Warning: 399 [fd00::1] "a \\"b\\\\c\\" Evil: 1"\r\n');
  assert.equal(warning('h', 'x'.repeat(1_000)).length, 'Warning: 399 h ""\r\n'.length + 300);
});
