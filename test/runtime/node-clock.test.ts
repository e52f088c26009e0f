import { afterEach, assert, beforeEach, test, vi } from 'vitest';
import { NodeClock } from '../../src/runtime/node/clock.ts';

const begin = 1_000_003.25;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'], now: 0 });
  vi.advanceTimersByTime(begin);
});

afterEach(() => {
  vi.useRealTimers();
});

test('timers from 1 ms to ten days fire within 17 ms of their due and never before', () => {
  const clock = new NodeClock();
  const late: number[] = [];
  const waits = [
    1, 500, 4000, 31_999, 32_000, 32_760, 32_768, 32_769, 40_000, 180_000, 3_600_000, 16_000_000, 17_000_000, 864_000_000,
  ];
  for (const wait of waits) {
    const due = clock.now() + wait;
    clock.start('t', wait, { timeout: () => late.push(clock.now() - due) });
  }
  vi.advanceTimersByTime(864_000_100);
  assert.equal(late.length, waits.length);
  for (const ms of late) assert.isTrue(ms >= 0 && ms <= 17, `${ms} ms late`);
});

test('two thousand random timers, half of them cancelled, fire in time', () => {
  const clock = new NodeClock();
  let seed = 11;
  let wrong = 0;
  let fired = 0;
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  for (let i = 0; i < 2000; i++) {
    const due = clock.now() + random(100_000);
    const timer = clock.start('t', due - clock.now(), {
      timeout() {
        fired++;
        if (clock.now() < due || clock.now() > due + 17) wrong++;
      },
    });
    if (i % 2 === 0) timer.cancel();
    if (i % 10 === 0) vi.advanceTimersByTime(random(300));
  }
  vi.advanceTimersByTime(100_100);
  assert.deepEqual([fired, wrong], [1000, 0]);
  assert.deepEqual(clock.armed(), []);
});

test('an idle process sleeps: nothing is waited for without a timer, and one wait serves a far one', () => {
  const clock = new NodeClock();
  assert.equal(vi.getTimerCount(), 0);
  let fired = 0;
  clock.start('hour', 3_600_000, { timeout: () => fired++ });
  let wakes = 0;
  while (fired === 0) {
    vi.advanceTimersToNextTimer();
    wakes++;
  }
  assert.isAtMost(wakes, 3);
  assert.equal(vi.getTimerCount(), 0);
});

test('after a long sleep a short timer is still in time', () => {
  const clock = new NodeClock();
  clock.start('hour', 3_600_000, { timeout: () => undefined });
  vi.advanceTimersByTime(1_800_000);
  const started = clock.now();
  let waited = 0;
  clock.start('T1', 500, {
    timeout: () => {
      waited = clock.now() - started;
    },
  });
  vi.advanceTimersByTime(600);
  assert.isTrue(waited >= 500 && waited <= 517, `${waited}`);
});

test('a user that throws does not stop the other timers', () => {
  const clock = new NodeClock();
  const fired: string[] = [];
  clock.start('a', 10, {
    timeout: () => {
      throw new Error('bug');
    },
  });
  clock.start('b', 10, { timeout: (name) => fired.push(name) });
  clock.start('c', 100, { timeout: (name) => fired.push(name) });
  assert.throws(() => vi.advanceTimersByTime(20), 'bug');
  vi.advanceTimersByTime(200);
  assert.deepEqual(fired, ['b', 'c']);
});

test('a clock that is set is told from a sleep, and from a hundred nights of it, at the next wake (house 5)', () => {
  const clock = new NodeClock();
  const set = (by: number) => vi.setSystemTime(Date.now() + by);
  for (let night = 0; night < 100; night++) {
    set(8 * 3_600_000);
    clock.start('t', 10, { timeout: () => {} });
    vi.advanceTimersByTime(20);
  }
  set(-9_000);
  assert.equal(clock.corrected(), 0);
  set(-3_600_000);
  assert.equal(clock.corrected(), -3_600_000);
  set(56 * 365 * 86_400_000);
  clock.start('t', 10, { timeout: () => {} });
  vi.advanceTimersByTime(20);
  set(8 * 3_600_000);
  assert.equal(clock.corrected(), 56 * 365 * 86_400_000 - 3_600_000);
});
