import { assert, test } from 'vitest';
import { load } from '../../src/config/load.ts';
import type { Problem } from '../../src/config/problem.ts';
import { problemLine, report } from '../../src/config/report.ts';
import { filesOf, setting } from './memory-files.ts';

test('a wrong name in a drop-in is shown with its place, a caret, what was meant, and that nothing changed', () => {
  const { config, problems } = load(
    filesOf({
      '/etc/sipwitch/sipwitch.conf': '[class family]\nmay = internal\n',
      '/etc/sipwitch/sipwitch.conf.d/50-pstn.conf': '; the line outside\n[dial pstn]\nmatch = 0X!\nto = modem gms0\n',
      '/etc/sipwitch/sipwitch.conf.d/gsm0.conf': '[modem gsm0]\nport = /dev/ttyUSB2\n',
    }),
    setting,
  );
  assert.equal(config, undefined);
  assert.equal(
    report(
      problems.filter((problem) => problem.severity === 'error'),
      'The running daemon keeps the configuration it loaded at 09:14:02.',
    ),
    `/etc/sipwitch/sipwitch.conf.d/50-pstn.conf:4:12: error: [dial pstn] to
    4 | to = modem gms0
      |            ^^^^ there is no [modem gms0]; did you mean gsm0 (sipwitch.conf.d/gsm0.conf:1)?
1 error. The running daemon keeps the configuration it loaded at 09:14:02.`,
  );
});

const some: Problem = {
  file: 'F',
  line: 12,
  column: 3,
  length: 1,
  severity: 'warning',
  where: '[user a] b',
  message: 'm',
  hint: undefined,
  text: '\tb = c',
};

test('the gutter is as wide as the line number, and a tab before the caret stays a tab', () => {
  assert.equal(report([some]), 'F:12:3: warning: [user a] b\n    12 | \tb = c\n       | \t ^ m\n1 warning.');
});

test('of a line without end so much is shown as stands around the place', () => {
  const shown = (change: Partial<Problem>) =>
    report([{ ...some, ...change }])
      .split('\n')
      .slice(1, 3);
  const [a, b] = ['a'.repeat(100), 'b'.repeat(100_000)];
  assert.deepEqual(shown({ text: b, column: 1, length: 100_000 }), [
    `    12 | ${b.slice(0, 200)}…`,
    `       | ${'^'.repeat(200)} m`,
  ]);
  assert.deepEqual(shown({ text: `${b}${a}x${a}${b}`, column: 100_101, length: 1 }), [
    `    12 | …${a}x${a.slice(1)}…`,
    `       |  ${' '.repeat(100)}^ m`,
  ]);
  assert.deepEqual(shown({ text: b, column: 100_001, length: 1 }), [
    `    12 | …${b.slice(0, 100)}`,
    `       |  ${' '.repeat(100)}^ m`,
  ]);
});

test('errors, warnings and notes are counted apart', () => {
  const problems = [some, { ...some, severity: 'error' }, { ...some, severity: 'error' }, { ...some, severity: 'note' }] as const;
  assert.equal(report(problems).split('\n').at(-1), '2 errors, 1 warning, 1 note.');
  assert.equal(report([]), 'No problems.');
});

test('in one line a colon stands before the message and the hint behind it; one of a file as a whole has no line number', () => {
  assert.equal(problemLine(some), 'F:12: [user a] b: m');
  assert.equal(problemLine({ ...some, hint: 'did you mean n?' }), 'F:12: [user a] b: m; did you mean n?');
  assert.equal(
    problemLine({ ...some, line: 0, where: '', message: 'cannot be read: permission denied' }),
    'F: cannot be read: permission denied',
  );
});
