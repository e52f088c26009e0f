import { assert, test } from 'vitest';
import { isDigits, lower, sameIgnoringCase, trimLws, upper } from '../../src/text/ascii.ts';

test('lower and upper change A to Z only and leave the bytes of UTF-8 alone', () => {
  assert.equal(lower('Call-ID'), 'call-id');
  assert.equal(lower('\u00c3\u0089A'), '\u00c3\u0089a');
  assert.equal(upper('sip\u00e9z'), 'SIP\u00e9Z');
  assert.equal(upper('\u00dfa'), '\u00dfA');
});

test('tokens compare without case, and only letters have one (RFC 3261 §7.3.1)', () => {
  assert.isTrue(sameIgnoringCase('CSeq', 'cSEQ'));
  assert.isFalse(sameIgnoringCase('a@', 'a`'));
  assert.isFalse(sameIgnoringCase('[', '{'));
  assert.isFalse(sameIgnoringCase('\u00c9', '\u00e9'));
  assert.isFalse(sameIgnoringCase('Via', 'Viaa'));
});

test('trimLws removes SP, HTAB, CR and LF and keeps a no-break space, which is half a UTF-8 letter', () => {
  assert.equal(trimLws(' \t\r\na b\r\n '), 'a b');
  assert.equal(trimLws('\u00a0a\u0085'), '\u00a0a\u0085');
  assert.equal(trimLws(' \t '), '');
});

test('digits are 0 to 9, at least one', () => {
  assert.isTrue(isDigits('0201'));
  assert.isFalse(isDigits(''));
  assert.isFalse(isDigits('20a'));
  assert.isFalse(isDigits('\u0661'));
});
