import { assert, test } from 'vitest';
import { after, type Clock } from '../../src/runtime/clock.ts';
import { SimClock } from '../support/sim-clock.ts';

function note(clock: Clock, log: string[], name: string, delay: number) {
  return after(clock, name, delay, () => log.push(`${clock.now()} ${name}`));
}

test('timers fire in order of due, then of start, and see the time they are due', () => {
  const clock = new SimClock();
  const log: string[] = [];
  note(clock, log, 'c', 20);
  note(clock, log, 'a', 10);
  note(clock, log, 'b', 10);
  clock.advance(15);
  assert.deepEqual(log, ['10 a', '10 b']);
  assert.equal(clock.now(), 15);
  clock.advance(5);
  assert.deepEqual(log, ['10 a', '10 b', '20 c']);
  assert.deepEqual(clock.armed(), []);
});

test('a timer that a timer starts fires in the same advance', () => {
  const clock = new SimClock();
  const log: string[] = [];
  after(clock, 'outer', 10, () => note(clock, log, 'inner', 0));
  clock.advance(10);
  assert.deepEqual(log, ['10 inner']);
});

test('an endless chain of timers is stopped and named', () => {
  const clock = new SimClock(0, 1000);
  const again = () => {
    after(clock, 'again', 0, again);
  };
  again();
  assert.throws(() => clock.advance(1), '1000 timers fired in one advance, at 0 ms: a timer starts itself? (armed: again)');
});

test('ten thousand random starts and cancels fire as sorting says', () => {
  const clock = new SimClock();
  const expected: number[] = [];
  const fired: number[] = [];
  let seed = 7;
  for (let i = 0; i < 10_000; i++) {
    seed = (seed * 48271) % 2147483647;
    const due = seed % 32_000;
    const timer = after(clock, 't', due, () => fired.push(clock.now()));
    if (i % 3 === 0) expected.push(due);
    else timer.cancel();
  }
  assert.equal(clock.armed().length, expected.length);
  clock.advance(32_000);
  assert.deepEqual(
    fired,
    expected.sort((a, b) => a - b),
  );
});

test('wall time steps when the operator sets the clock; monotonic time does not', () => {
  const clock = new SimClock(1000);
  clock.step(500);
  clock.advance(1);
  assert.deepEqual([clock.now(), clock.wall()], [1, 1501]);
});
