import { assert, test } from 'vitest';
import { hidePasswords } from '../../src/text/hide.ts';
import { cpuTime } from '../support/cpu-time.ts';

test('passwords of URIs are hidden, wherever they stand, and nothing else is (RFC 3261 §19.1.1)', () => {
  const shown: [string, string][] = [
    ['sip:alice:secret@example.org', 'sip:alice:(hidden)@example.org'],
    ['SIPS:alice;x=1:se%20cret&=+$,@example.org:5061;lr', 'SIPS:alice;x=1:(hidden)@example.org:5061;lr'],
    ['sip:alice:se:cret@example.org', 'sip:alice:(hidden)@example.org'],
    ['sip:alice:s@cret@example.org', 'sip:alice:(hidden)@example.org'],
    ['<sip:10.0.0.2:5060>, <sip:alice:se:cret@example.org>', '<sip:10.0.0.2:5060>, <sip:alice:(hidden)@example.org>'],
    ['sip::secret@example.org', 'sip::(hidden)@example.org'],
    ['a sip:a@b and <sip:c:secret@d>', 'a sip:a@b and <sip:c:(hidden)@d>'],
    ['a: sip:c:secret@d', 'a: sip:c:(hidden)@d'],
    ['phone sip:alice@10.0.0.2:5060 (q=1)', 'phone sip:alice@10.0.0.2:5060 (q=1)'],
    ['sip:10.0.0.2:5060', 'sip:10.0.0.2:5060'],
    ['sip:alice@[2001:db8::1]:5060', 'sip:alice@[2001:db8::1]:5060'],
    ['tel:+1:2', 'tel:+1:2'],
    ['', ''],
  ];
  for (const [text, expected] of shown) assert.equal(hidePasswords(text), expected);
});

test('a text of many schemes is looked at in no time, whatever its "@"', () => {
  const text = `@ ${'sip:a:'.repeat(100_000)}`;
  assert.isBelow(
    cpuTime(() => assert.equal(hidePasswords(text), text)),
    1_000,
  );
});
