import { assert, test } from 'vitest';
import { hours } from '../../src/config/values/hours.ts';
import { isWithinHours, minuteOfWeek } from '../../src/core/routing/states.ts';
import { ParseError } from '../../src/text/parse-error.ts';

const at = (day: string, time: string): number => {
  const [hour, minute] = time.split(':').map(Number) as [number, number];
  return ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].indexOf(day) * 1_440 + hour * 60 + minute;
};

test.each([
  [
    'mon-fri 18:00-08:00',
    ['mon 18:00', 'tue 7:59', 'sat 7:59', 'fri 23:00'],
    ['mon 7:59', 'mon 17:59', 'tue 8:00', 'sat 18:00', 'sun 3:00'],
  ],
  ['sat', ['sat 0:00', 'sat 23:59'], ['fri 23:59', 'sun 0:00']],
  ['sat-mon', ['sat 12:00', 'sun 12:00', 'mon 12:00'], ['fri 12:00', 'tue 0:00']],
  ['sun 22:00-06:00', ['sun 23:00', 'mon 5:59'], ['mon 6:00', 'sun 21:59', 'sun 5:00']],
  ['12:00-13:59', ['mon 12:00', 'sun 13:58'], ['wed 11:59', 'wed 13:59']],
  ['wed 0:00-24:00', ['wed 0:00', 'wed 23:59'], ['tue 23:59', 'thu 0:00']],
  ['8:00-8:00', ['mon 7:59', 'thu 8:00'], []],
])('%s is on and off by the clock on the wall', (text, on, off) => {
  const span = [hours.read(text)];
  const lies = (when: string) => isWithinHours(span, at(...(when.split(' ') as [string, string])));
  assert.deepEqual(
    on.map(lies),
    on.map(() => true),
  );
  assert.deepEqual(
    off.map(lies),
    off.map(() => false),
  );
});

test('the week begins on Monday, and its minutes are those of the clock on the wall', () => {
  const minute = (day: number, hour: number, minutes: number) =>
    minuteOfWeek(new Date(2026, 10, day, hour, minutes, 59).getTime());
  assert.deepEqual([minute(16, 0, 0), minute(17, 0, 1), minute(21, 8, 30), minute(22, 23, 59)], [0, 1_441, 7_710, 10_079]);
});

test.each([
  ['mo', 0, 'a day such as mon'],
  ['mon-', 4, 'the last day'],
  ['mon 18:00', 9, '"-" and when it ends'],
  ['mon 18:00-', 10, 'a time such as 08:00'],
  ['25:00-08:00', 0, 'a time from 0:00 to 24:00'],
  ['18:60-08:00', 0, 'a time from 0:00 to 24:00'],
  ['mon 18:00-08:00 x', 16, 'the end'],
])('%s is no time of the week, and where is told', (text, column, expected) => {
  try {
    hours.read(text);
    assert.fail('it was read');
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    assert.equal(error.column, column);
    assert.include(error.expected, expected);
  }
});
