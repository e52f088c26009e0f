import { assert, test } from 'vitest';
import { printSection, removeSection, setKey } from '../../src/config/edit.ts';
import { parseIni } from '../../src/config/ini.ts';

test('a section is printed as it will be read', () => {
  assert.equal(
    printSection('user', 'alice', [
      ['extension', '201'],
      ['display', ' "A" '],
      ['class', ''],
    ]),
    '[user alice]\nextension = 201\ndisplay = " \\"A\\" "\nclass =\n',
  );
});

test.each(['plain', 'a;b#c', '"quoted"', "'single'", ' blank', 'blank ', '=', '[x]', 'č\u00a0', '"', '\\', '"a\\'])(
  'the value %j comes back as it was',
  (value) => {
    const { sections, problems } = parseIni('F', printSection('a', '', [['b', value]]));
    assert.deepEqual(problems, []);
    assert.equal(sections[0]?.entries[0]?.value, value);
  },
);

test('a value with a line end or another control character is never written', () => {
  assert.throws(() => printSection('a', '', [['b', 'a\n[user root]']]), RangeError);
  assert.throws(() => printSection('a', '', [['b', 'a\u0085b']]), RangeError);
});

const text = '; by hand\n[user alice]\n; the desk\nextension = 201\n\n[user bob]\n; last\n';

test('a key is replaced in its place and comments stay', () => {
  assert.equal(
    setKey(text, 'user', 'alice', 'extension', '202'),
    '; by hand\n[user alice]\n; the desk\nextension = 202\n\n[user bob]\n; last\n',
  );
});

test('a new key follows the last of its section, or the header', () => {
  assert.equal(
    setKey(text, 'user', 'alice', 'dnd', 'yes'),
    '; by hand\n[user alice]\n; the desk\nextension = 201\ndnd = yes\n\n[user bob]\n; last\n',
  );
  assert.equal(
    setKey(text, 'user', 'bob', 'dnd', 'yes'),
    '; by hand\n[user alice]\n; the desk\nextension = 201\n\n[user bob]\ndnd = yes\n; last\n',
  );
});

test('a missing section is appended after an empty line', () => {
  assert.equal(setKey(text, 'user', 'tim', 'dnd', 'yes'), `${text}\n[user tim]\ndnd = yes\n`);
  assert.equal(setKey('[user a]', 'user', 'tim', 'dnd', 'yes'), '[user a]\n\n[user tim]\ndnd = yes\n');
  assert.equal(setKey('', 'user', 'tim', 'dnd', 'yes'), '[user tim]\ndnd = yes\n');
});

test('a section is taken out with its comments, and the others stay', () => {
  assert.equal(removeSection(text, 'user', 'alice'), '; by hand\n[user bob]\n; last\n');
  assert.equal(removeSection(text, 'user', 'bob'), '; by hand\n[user alice]\n; the desk\nextension = 201\n');
  assert.equal(removeSection(text, 'user', 'tim'), text);
  const crlf = '[user alice]\r\nextension = 201\r\n\r\n[user bob]\r\n';
  assert.equal(removeSection(crlf, 'user', 'bob'), '[user alice]\r\nextension = 201\r\n\r\n');
  assert.equal(removeSection('[user bob]\r\n', 'user', 'bob'), '');
});
