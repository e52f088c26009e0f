import { assert, test } from 'vitest';
import { lower, trimLws } from '../../src/text/ascii.ts';

test('lower changes A to Z only and leaves the bytes of UTF-8 alone', () => {
  assert.equal(lower('Call-ID'), 'call-id');
  assert.equal(lower('\u00c3\u0089A'), '\u00c3\u0089a');
  assert.equal(lower('@AZ['), '@az[');
  assert.equal(lower('z'), 'z');
  assert.equal(lower('Z'), 'z');
  assert.equal(lower('\u00c3Z\u0089AZ'), '\u00c3z\u0089az');
});

test('trimLws removes SP, HTAB, CR and LF and keeps a no-break space, which is half a UTF-8 letter', () => {
  assert.equal(trimLws(' \t\r\na b\r\n '), 'a b');
  assert.equal(trimLws('\u00a0a\u0085'), '\u00a0a\u0085');
  assert.equal(trimLws(' \t '), '');
});
