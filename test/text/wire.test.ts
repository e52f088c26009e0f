import { assert, test } from 'vitest';
import { utf8ToWire, wireToUtf8 } from '../../src/text/wire.ts';

test('a letter beyond ASCII becomes its UTF-8 bytes, none of which is a CR', () => {
  assert.equal(utf8ToWire('č'), '\u00c4\u008d');
  assert.equal(utf8ToWire('Zoë 📞'), 'Zo\u00c3\u00ab \u00f0\u009f\u0093\u009e');
  assert.equal(wireToUtf8('Zo\u00c3\u00ab \u00f0\u009f\u0093\u009e'), 'Zoë 📞');
});

test('what is no UTF-8, or no byte at all, is read as U+FFFD', () => {
  assert.equal(wireToUtf8('caf\u00e9'), 'caf\ufffd');
  assert.equal(wireToUtf8('a\u2028b'), 'a\ufffdb');
  assert.equal(utf8ToWire('\ud800'), '\u00ef\u00bf\u00bd');
});

test('nothing is lost: a byte order mark stays, and a text longer than one chunk comes back whole', () => {
  assert.equal(wireToUtf8(utf8ToWire('\ufeffa')), '\ufeffa');
  const long = 'ä€'.repeat(5000);
  assert.equal(wireToUtf8(utf8ToWire(long)), long);
});
