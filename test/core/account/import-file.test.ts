import { assert, test } from 'vitest';
import { ImportFile } from '../../../src/core/account/import-file.ts';

test('each of many users is found by its own line, and nobody else is', () => {
  const names = Array.from({ length: 3000 }, (_, i) => `u${i}`);
  const file = new ImportFile(names.map((name) => `${name} v1 r MD5:${name}\n`).join(''));
  for (const name of names) assert.equal(file.line(name), `v1 r MD5:${name}`);
  for (let i = 3000; i < 6000; i++) assert.isFalse(file.has(`u${i}`));
  for (const name of ['', 'u', 'u1 v1', '0', ' ', '\n']) assert.equal(file.line(name), undefined, JSON.stringify(name));
});

test('names that begin alike are told apart, a last line may lack its end, and what is no line of a user is nobody', () => {
  const file = new ImportFile('\nal one\n space\nalice two\nnobody\nal. three');
  assert.deepEqual(
    ['al', 'alice', 'al.', 'ali', 'nobody', 'nobody\nal.', '', 'space'].map((name) => file.line(name)),
    ['one', 'two', 'three', undefined, undefined, undefined, undefined, undefined],
  );
});

test('of two lines of one user the last counts, and a text without users has none', () => {
  assert.equal(new ImportFile('al one\nbob x\nal two\n').line('al'), 'two');
  for (const text of ['', '\n', 'words']) assert.isFalse(new ImportFile(text).has('words'));
});
