import { setTimeout as sleep } from 'node:timers/promises';
import { assert, describe, test } from 'vitest';
import { type Clock, after as startTimer } from '../../src/runtime/clock.ts';
import { NodeClock } from '../../src/runtime/node/clock.ts';
import { OwnTime } from '../support/own-time.ts';
import { SimClock } from '../support/sim-clock.ts';

interface Subject {
  readonly clock: Clock;
  pass(ms: number): Promise<void>;
  /** How late a timer of this clock may be, by the time that the process was given. */
  readonly late: number;
  /** Milliseconds that the process was given since it was asked for. */
  given(): { now(): number; stop(): void };
}

function sim(): Subject {
  const clock = new SimClock();
  return { clock, pass: async (ms) => clock.advance(ms), late: 0, given: () => ({ now: () => clock.now(), stop() {} }) };
}

function node(): Subject {
  // Slots are 16 ms; the rest is a busy machine.
  return { clock: new NodeClock(), pass: (ms) => sleep(ms + 38).then(() => undefined), late: 33, given: () => new OwnTime() };
}

describe.each([
  ['sim', sim],
  ['node', node],
])('%s clock', (_name, subject) => {
  test('a timer fires once, with its name, not before it is due and soon after', async () => {
    const { clock, pass, late, given } = subject();
    const fired: { readonly name: string; readonly after: number; readonly given: number }[] = [];
    const started = clock.now();
    const own = given();
    const whom = { timeout: (name: string) => fired.push({ name, after: clock.now() - started, given: own.now() }) };
    for (const ms of [0, 1, 7, 8, 9, 15, 16, 17, 50, 100]) clock.start(`T${ms}`, ms, whom);
    await pass(100);
    own.stop();
    assert.deepEqual(
      fired.map(({ name }) => name),
      ['T0', 'T1', 'T7', 'T8', 'T9', 'T15', 'T16', 'T17', 'T50', 'T100'],
    );
    for (const one of fired) {
      assert.isAtLeast(one.after, Number(one.name.slice(1)));
      assert.isAtMost(one.given, Number(one.name.slice(1)) + late);
    }
  });

  test('a cancelled timer does not fire, and cancelling twice or too late is harmless', async () => {
    const { clock, pass } = subject();
    const fired: string[] = [];
    const whom = { timeout: (name: string) => fired.push(name) };
    const [a, b, c] = [clock.start('a', 10, whom), clock.start('b', 10, whom), clock.start('c', 10, whom)];
    b.cancel();
    b.cancel();
    await pass(10);
    a.cancel();
    c.cancel();
    assert.deepEqual(fired, ['a', 'c']);
    assert.deepEqual(clock.armed(), []);
  });

  test('a timer may cancel another that is due in the same moment', async () => {
    const { clock, pass } = subject();
    const fired: string[] = [];
    startTimer(clock, 'first', 10, () => {
      fired.push('first');
      second.cancel();
    });
    const second = startTimer(clock, 'second', 10, () => fired.push('second'));
    startTimer(clock, 'third', 10, () => fired.push('third'));
    await pass(10);
    assert.deepEqual(fired, ['first', 'third']);
  });

  test('a timer may start timers, also for now', async () => {
    const { clock, pass } = subject();
    const fired: number[] = [];
    let left = 5;
    const whom = {
      timeout() {
        fired.push(clock.now());
        if (--left > 0) clock.start('again', 0, whom);
      },
    };
    clock.start('again', 0, whom);
    for (let tries = 0; fired.length < 5 && tries < 40; tries++) await pass(50); // a busy machine takes its time
    assert.equal(fired.length, 5);
  });

  test('armed timers are listed soonest first, with their name and due', () => {
    const { clock } = subject();
    const nobody = { timeout: () => assert.fail('nothing is due') };
    const started = clock.now();
    const timers = [clock.start('hour', 3_600_000, nobody), clock.start('T1', 500, nobody), clock.start('64*T1', 32_000, nobody)];
    clock.start('gone', 600, nobody).cancel();
    const armed = clock.armed();
    assert.deepEqual(
      armed.map((timer) => timer.name),
      ['T1', '64*T1', 'hour'],
    );
    assert.isAtLeast(armed[2]!.due, started + 3_600_000);
    assert.isAtMost(armed[2]!.due, clock.now() + 3_600_001);
    for (const timer of timers) timer.cancel();
    assert.deepEqual(clock.armed(), []);
  });

  test('now never steps back and wall is the time of day', async () => {
    const { clock, pass } = subject();
    const [now, wall] = [clock.now(), clock.wall()];
    await pass(20);
    assert.isAtLeast(clock.now() - now, 20);
    assert.isAtLeast(clock.wall() - wall, 19);
    assert.isAbove(wall, Date.UTC(2025, 0, 1));
  });
});
