import { assert, test } from 'vitest';
import { moment } from '../../src/runtime/clock.ts';
import { SimClock } from '../support/sim-clock.ts';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

test.each([
  ['nothing', 0, 0],
  ['a correction', -9_000, 0],
  ['a sleep', 8 * HOUR, 0],
  ['an hour back', -HOUR, -HOUR],
  ['the year, learned minutes after the start', 56 * YEAR, 56 * YEAR],
])('a moment is told by the clock of today, after %s', (_, step, told) => {
  const clock = new SimClock(100_000);
  const started = moment(clock);
  clock.advance(60_000);
  clock.step(step);
  clock.advance(60_000);
  assert.equal(started(), 100_000 + told);
});

test('a moment before many sleeps, none of them long, is told as it was', () => {
  const clock = new SimClock(100_000);
  const started = moment(clock);
  for (let night = 0; night < 100; night++) clock.step(8 * HOUR);
  assert.equal(started(), 100_000);
});
