import { assert, test } from 'vitest';
import { parseIni } from '../../src/config/ini.ts';
import { report } from '../../src/config/report.ts';
import { cpuTime } from '../support/cpu-time.ts';
import { complaints } from './memory-files.ts';

function values(text: string): string[] {
  const { sections, problems } = parseIni('F', text);
  assert.deepEqual(problems, []);
  return sections.flatMap(({ kind, name, entries }) => [
    name === '' ? kind : `${kind} ${name}`,
    ...entries.map(({ key, value, line }) => `${line} ${key}=${value}`),
  ]);
}

function faults(text: string): string {
  return report(parseIni('F', text).problems);
}

test('a comment stands on a line of its own; behind a value ; and # belong to it', () => {
  assert.deepEqual(values('# one\n  ; two\n[peer a.b]\nvia = sip:a@b;transport=tcp\nto = a#b ; c\n'), [
    'peer a.b',
    '4 via=sip:a@b;transport=tcp',
    '5 to=a#b ; c',
  ]);
});

test('blanks around keys and values, CRLF and a byte order mark are tolerated', () => {
  assert.deepEqual(values('\ufeff[ user   alice ]\r\n\textension\t=\t201 \r\n display=Zoë  B\r\n\r\nclass ='), [
    'user alice',
    '2 extension=201',
    '3 display=Zoë  B',
    '5 class=',
  ]);
});

test('quotes keep blanks, double ones know the escapes of JSON, and nothing in quotes becomes a number or a truth', () => {
  assert.deepEqual(values(`[a]\nb = " x;y "\nc = ' "0123" '\nd = "\\"č\\u010d"\ne = 'true'\nf = "true"\ng = '12'\nh = ''`), [
    'a',
    '2 b= x;y ',
    '3 c= "0123" ',
    '4 d="čč',
    '5 e=true',
    '6 f=true',
    '7 g=12',
    '8 h=',
  ]);
});

test.each(['[a]\nb = "x', '[a]\nb = \'x"', '[a]\nb = "', '[a]\nb = "\\q"', '[a]\nb = "x\\ny"', '[a]\nb = "x" y'])(
  'a quote that does not end, or hides a control character, is an error: %j',
  (text) => {
    assert.include(faults(text), 'F:2:5: error: [a] b\n');
    assert.include(faults(text), 'expected a text in quotes that ends with the same quote\n1 error.');
  },
);

test('a value may hold = and brackets', () => {
  assert.deepEqual(values('[domain [2001:db8::1]]\na = b=[c]\n'), ['domain [2001:db8::1]', '2 a=b=[c]']);
});

test('a key given twice in a section names both lines', () => {
  assert.equal(
    faults('[user a]\nclass = x\n\n class = y\n'),
    `F:4:2: error: [user a] class
    4 |  class = y
      |  ^^^^^ is given twice in this section; the first is in line 2
1 error.`,
  );
});

test('what is neither section, key nor comment is said so, all of it at once', () => {
  assert.equal(
    faults('a = b\n[user x] ; no\n[user y]\nwords\n= 1\n'),
    `F:1:1: error: this file
    1 | a = b
      | ^ expected a section header such as [daemon] before the first key
F:2:10: error: [user x] ; no
    2 | [user x] ; no
      |          ^^^^ expected a section header such as [user alice] and nothing behind it
F:4:1: error: [user y]
    4 | words
      | ^^^^^ expected key = value, a [section], or a comment beginning with ; or #
F:5:1: error: [user y]
    5 | = 1
      | ^^^ expected key = value, a [section], or a comment beginning with ; or #
4 errors.`,
  );
});

test('who is named by a header that is not quite one is there, so that it is one error and not many', () => {
  const errors = (text: string) => complaints(text).filter((line) => line.includes(': error: '));
  const broken = ['[user bob] ; me', '[user bob', '[user bob}', '[user bob]extension = 1', ' [ user  bob ]x'];
  for (const header of broken) {
    const text = `[group a]\nextension = 600\nmembers = bob\n${header}\nextension = 200\n`;
    assert.match(complaints(text).join('\n'), /:4:[0-9]+: error: .*\n.*\n.*expected a section header/, header);
    assert.lengthOf(errors(text), 1, header);
  }
  assert.lengthOf(errors('[user "x"] y\nextension = 200\n'), 1);
});

test.each([
  ['[a]\nb = x\u0000y\n', 'F:2:6', 'no control characters'],
  ['[a]\nb = caf\ufffd\n', 'F:2:8', 'UTF-8 text'],
  ['[a]\rb = c', 'F:1:4', 'no control characters'],
])('a file that is no text is one error and nothing more: %j', (text, place, expected) => {
  const said = faults(text);
  assert.include(said, `${place}: error: this file\n`);
  assert.include(said, `^ expected ${expected}\n1 error.`);
});

test('a report holds no control character: no terminal obeys a file, and no bus refuses what is said of one full of NUL', () => {
  const said = faults('[a]\n\tb = \u001b[2Jx\u0000y\u009b\n');
  assert.include(said, '    2 | \tb = ?[2Jx?y?\n      | \t    ^ expected no control characters');
});

test('a password is in no report', () => {
  const said = faults('[provider a]\npassword = "hunter2\npassword = hunter3\n');
  assert.notInclude(said, 'hunter');
  assert.include(said, '    2 | password = (hidden)\n      |            ^ expected');
});

test.each([
  ['hun\rter2', '    2 | password = (hidden)\n      |            ^ expected no control characters'],
  ['"hun\u2028ter2', '    2 | password = (hidden)\n      |            ^ expected a text in quotes'],
])('nor is one with what may end a line in it: %j', (password, place) => {
  const said = faults(`[provider a]\npassword = ${password}\n`);
  assert.notInclude(said, 'hun');
  assert.notInclude(said, 'ter2');
  assert.include(said, place);
});

test.each(['Password', 'PASSWORD', 'Secret'])('nor is one whose key has capitals: %s', (key) => {
  const said = complaints(`[provider a]\n${key} = hunter2\n`).join('\n');
  assert.notInclude(said, 'hunter');
  assert.include(said, `    2 | ${key} = (hidden)\n      | ${'^'.repeat(key.length)} there is no such key in [provider NAME]`);
});

test('nor is one in a file whose lines all end in CR', () => {
  assert.notInclude(faults('[provider a]\rusername = a\rpassword = hunter2\rregister = no\r'), 'hunter2');
});

test.each(['password: hunter2', 'password hunter2', 'password: hunt=er2', '  pasword :\thunter2'])(
  'nor is one behind a colon, or behind a blank alone: %s',
  (line) => {
    const said = complaints(`[provider a]\n${line}\npassword_file: hunter3\n`).join('\n');
    assert.notInclude(said.replace('hunter3', ''), 'hunt');
    assert.include(said, `    2 | ${line.replace(/hunt.*/, '(hidden)')}\n      | `);
    assert.include(said, '    3 | password_file: hunter3\n');
  },
);

test.each(['hunter2=', 'hunter2==', 'hunt=er2', 'hunt er2 = x'])('nor is one behind a blank with a "=" in it: %s', (password) => {
  const said = complaints(`[provider a]\npassword ${password}\n`).join('\n');
  assert.notInclude(said, 'hunt');
  assert.include(said, ' [provider a] password\n    2 | password (hidden)\n');
});

test.each(['password hunter=', 'password: hunter=', 'password hunter="'])(
  'nor is one in the name of a key given twice: %s',
  (line) => {
    const said = faults(`[provider a]\n${line}\n${line}\n`);
    assert.notInclude(said, 'hunter');
    assert.include(said, ' [provider a] password\n');
  },
);

test('a key with 100,000 blanks in it is read at once', () => {
  const begun = performance.now();
  complaints(`[provider a]\nx${' '.repeat(100_000)}y = z\n`);
  assert.isBelow(performance.now() - begun, 2_000);
});

test('nor is one whose key was mistyped, but a path is', () => {
  const said = complaints('[provider a]\npaswort = hunter2\npassword_file = hunter3\n').join('\n');
  assert.notInclude(said, 'hunter2');
  assert.include(said, '    2 | paswort = (hidden)\n      | ^^^^^^^ there is no such key in [provider NAME]');
  assert.include(said, '    3 | password_file = hunter3\n      |                 ^^^^^^^ expected a path');
});

test('a megabyte with ten thousand users is parsed in 25 ms (five times that here)', () => {
  let text = '';
  for (let i = 0; i < 10_000; i++) {
    text += `[user user${i}]\nextension = ${100_000 + i}\ndisplay = Number ${i} of ten thousand\nclass = family\npublished = yes\n; a comment\n\n`;
  }
  assert.isAbove(text.length, 1_000_000);
  parseIni('F', text.slice(0, 100_000));
  const took = cpuTime(() => assert.equal(parseIni('F', text).sections.length, 10_000));
  assert.isBelow(took, 125);
});

test('a line without "=" is looked at to its end, and not to that of the file', () => {
  const text = `[daemon]\n${'x\n'.repeat(20_000)}# ${' '.repeat(10_000_000)}\n`;
  const took = cpuTime(() => assert.equal(parseIni('x.conf', text).problems.length, 20_000));
  assert.isBelow(took, 1_500);
});
