import { assert, expect, test } from 'vitest';
import { ParseError, readable } from '../../src/text/parse-error.ts';
import { Scanner } from '../../src/text/scanner.ts';

function failure(run: () => void): ParseError {
  try {
    run();
  } catch (error) {
    assert.instanceOf(error, ParseError);
    return error as ParseError;
  }
  throw new Error('it should have thrown');
}

test('take steps over what fits and names what it expected where it does not', () => {
  const s = new Scanner('Via', 'SIP / 3.0');
  assert.equal(s.take(/SIP/y, '"SIP"'), 'SIP');
  s.skipLws();
  assert.isTrue(s.skip(0x2f));
  s.skipLws();
  const error = failure(() => s.take(/2\.0/y, 'version "2.0"'));
  assert.equal(error.message, 'Via: expected version "2.0" at column 7');
  assert.equal(error.column, 6);
  assert.equal(error.status, 400);
  assert.equal(error.caret(), 'Via: expected version "2.0" at column 7\n    SIP / 3.0\n          ^');
});

test('maybe takes what fits and leaves the cursor where nothing does', () => {
  const s = new Scanner('x', 'ab1');
  assert.equal(s.maybe(/[a-z]+/y), 'ab');
  assert.equal(s.maybe(/[a-z]+/y), undefined);
  assert.equal(s.at, 2);
  assert.equal(s.rest, '1');
});

test('linear white space is SP, HTAB and a fold; a no-break space is a byte like any other (RFC 3261 §25.1)', () => {
  const s = new Scanner('x', ' \t\r\n \u00a0');
  s.skipLws();
  assert.equal(s.peek(), 0xa0);
});

test('finish allows trailing white space and names the first character left over', () => {
  const fine = new Scanner('x', 'a  ');
  fine.take(/a/y, 'a');
  fine.finish();
  const s = new Scanner('x', 'a b');
  s.take(/a/y, 'a');
  assert.equal(failure(() => s.finish()).message, 'x: expected the end at column 3');
});

test('a caret writes no control character of a hostile text, of 7 or 8 bits, to a terminal', () => {
  assert.equal(
    new ParseError('To', 'a\u001b[2J\u009bb', 6, 'a tag').caret(),
    'To: expected a tag at column 7\n    a?[2J?b\n          ^',
  );
});

test('a caret in a long line shows the place and not the whole line', () => {
  const shown = new ParseError('To', `${'a'.repeat(5000)}!${'b'.repeat(5000)}`, 5000, 'a').caret().split('\n');
  assert.equal(shown[1], `    ${'a'.repeat(60)}!${'b'.repeat(59)}`);
  assert.equal(shown[2], `    ${' '.repeat(60)}^`);
});

test.each([
  ['Authorization', 'Digest response="6629fae4"', 'xxxxxx xxxxxxxx="xxxxxxxx"'],
  ['WWW-Authenticate', 'Digest nonce="ab1"', 'xxxxxx xxxxx="xxx"'],
  ['To', '<sip:alice:pa55@a.example>', '<sip:alice:xxxx@a.example>'],
  ['To', '<SIP:alice;x=1:pa55@a.example>', '<SIP:alice;x=1:xxxx@a.example>'],
  ['SDP', 'a=crypto:1 AES inline:d0RmdmcmVCspe', 'x=xxxxxx:x xxx xxxxxx:xxxxxxxxxxxxx'],
])('a caret in %s keeps the shape and hides the letters', (field, text, shown) => {
  assert.equal(new ParseError(field, text, 3, 'x').caret().split('\n')[1], `    ${shown}`);
});

test('a caret hides a password that is longer than what is shown of its line', () => {
  const text = `<sip:alice:${'s'.repeat(200)}@a.example>`;
  for (const column of [10, 110, text.length]) {
    const [, shown = ''] = new ParseError('To', text, column, 'x').caret().split('\n');
    expect(shown).not.toContain('sss');
    expect(shown).toContain('xxx');
  }
});

test('a caret in a text of many lines shows the one that does not fit', () => {
  expect(new ParseError('SDP', 'v=0\r\no=x\r\ns=-\r\n', 7, 'six words').caret()).toBe(
    'SDP: expected six words at column 8\n    o=x\n      ^',
  );
});

test('a caret at a line end is behind its line, not before the next one', () => {
  const shown = (column: number) => new ParseError('SDP', 'v=0\no\r=x\ns=-', column, 'a').caret().split('\n').slice(1);
  expect(shown(3)).toEqual(['    v=0', '       ^']);
  expect(shown(8)).toEqual(['    o?=x', '        ^']);
  expect(shown(12)).toEqual(['    s=-', '       ^']);
});

test('a caret at the first column of a text that begins with a line end is shown', () => {
  assert.equal(
    new ParseError('header', '\nSubject: a', 0, 'CR and LF together only').caret(),
    'header: expected CR and LF together only at column 1\n    \n    ^',
  );
});

test('what cannot be read is undefined, and a bug is thrown on', () => {
  assert.equal(
    readable(() => 'read'),
    'read',
  );
  assert.equal(
    readable(() => new Scanner('a', 'b').fail('a')),
    undefined,
  );
  const bug = () => {
    throw new TypeError('bug');
  };
  expect(() => readable(bug)).toThrow('bug');
});
