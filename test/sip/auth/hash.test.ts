import { createHash } from 'node:crypto';
import { assert, test } from 'vitest';
import { keyedHex, keyedWholeHex, md5Hex, sha256Hex } from '../../../src/sip/auth/hash.ts';

test('MD5 and SHA-256 agree with the published values of "abc" (RFC 1321 §A.5, FIPS 180-4)', () => {
  assert.equal(md5Hex('abc'), '900150983cd24fb0d6963f7d28e17f72');
  assert.equal(sha256Hex('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('a character is one byte: "ä" in latin1 dress is 0xE4, not its UTF-8', () => {
  assert.equal(md5Hex('\xe4'), 'c15bcc5577f9fade4b4a3256190a59b0');
});

test('a keyed hash is half of SHA-256 over key and text, and another under another key', () => {
  assert.equal(keyedHex('key', 'text'), sha256Hex('key\ntext').slice(0, 32));
  assert.notEqual(keyedHex('other', 'text'), keyedHex('key', 'text'));
});

test('a keyed hash for texts of one length is the whole of SHA-512 over key and text', () => {
  const known = createHash('sha512').update('key\ntext').digest('hex');
  assert.equal(keyedWholeHex('key', 'text'), known);
  assert.notEqual(keyedWholeHex('other', 'text'), known);
});
