import { assert, test } from 'vitest';
import { nearest } from '../../src/text/nearest.ts';

test.each([
  ['gms0', ['huawei', 'gsm0'], 'gsm0'],
  ['Alice', ['bob', 'alice'], 'alice'],
  ['extention', ['extension', 'display'], 'extension'],
  ['forward_no', ['dnd', 'forward_noanswer'], 'forward_noanswer'],
  ['regster', ['resister', 'register'], 'register'],
  ['kitchens', ['kit', 'kitchen'], 'kitchen'],
  ['transactons', ['transactions', 'transaction'], 'transactions'],
  ['eev', ['eva', 'eve'], 'eve'],
  ['listings', ['dial', 'list', 'listen'], 'list'],
])('%s was meant for one of %j: %s', (word, words, meant) => {
  assert.equal(nearest(word, words), meant);
});

test.each([
  ['bob', ['alice', 'tim']],
  ['x', ['alice', 'y1z']],
  ['a', ['alice']],
  ['lice', ['sipalice']],
  ['dave', ['cafe', 'dvea']],
  ['phones', ['display', 'class']],
  ['anything', []],
])('%s is near none of %j', (word, words) => {
  assert.equal(nearest(word, words), undefined);
});
