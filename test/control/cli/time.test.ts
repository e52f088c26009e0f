import { expect, test } from 'vitest';
import { callLength, dateTime, duration, parseSince } from '../../../src/control/cli/time.ts';

test.each([
  [0, '0 s'],
  [999, '0 s'],
  [62_000, '1 min 2 s'],
  [3_600_000, '1 h'],
  [90_061_000, '1 d 1 h'],
  [-5, '0 s'],
])('%i ms are %s', (span, text) => {
  expect(duration(span)).toBe(text);
});

test.each([
  [7_000, '0:07'],
  [62_000, '1:02'],
  [3_723_000, '1:02:03'],
])('a call of %i ms lasted %s', (span, text) => {
  expect(callLength(span)).toBe(text);
});

test('a person reads and writes times in the own zone', () => {
  const time = new Date(2026, 10, 3, 9, 14, 2).getTime();
  expect(dateTime(time)).toBe('2026-11-03 09:14:02');
  expect(parseSince('2026-11-03 09:14:02', 0)).toBe(time);
  expect(parseSince('2026-11-03', 0)).toBe(new Date(2026, 10, 3).getTime());
});

test('a time may be said as how long ago', () => {
  expect(['90s', '5min', '2h', '3d', '1w'].map((text) => parseSince(text, 1_000_000_000))).toEqual([
    999_910_000, 999_700_000, 992_800_000, 740_800_000, 395_200_000,
  ]);
});

test.each(['yesterday', '2026-02-30', '2026-11-03 24:00', '2026-11-03 09:60', '2026-11-03 09:14:60', '5', '2h ago', ''])(
  '"%s" is no time',
  (text) => {
    expect(parseSince(text, 0)).toBeUndefined();
  },
);
