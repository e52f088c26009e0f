import { assert, test } from 'vitest';
import { LoopLag } from '../../../src/core/access/lag.ts';
import { LateClock } from '../../support/late-clock.ts';

test('a timer that fires late tells how far the loop is behind, at once and until the next one', () => {
  const clock = new LateClock();
  const lag = new LoopLag(clock);
  assert.equal(lag.now, 0);
  lag.stir();
  clock.block(350);
  assert.equal(lag.now, 250);
  clock.turn();
  assert.equal(lag.now, 250);
  assert.equal(lag.lasting, 0);
  lag.stir();
  clock.block(100);
  clock.turn();
  assert.deepEqual([lag.now, lag.lasting], [0, 0]);
});

test('two late timers in a row are no single pause', () => {
  const clock = new LateClock();
  const lag = new LoopLag(clock);
  for (const late of [1_300, 1_200]) {
    lag.stir();
    clock.block(100 + late);
    clock.turn();
  }
  assert.deepEqual([lag.now, lag.lasting], [1_200, 1_200]);
});

test('an idle daemon measures nothing, and what was measured before it slept counts no more', () => {
  const clock = new LateClock();
  const lag = new LoopLag(clock);
  for (let i = 0; i < 2; i++) {
    lag.stir();
    clock.block(5_000);
    clock.turn();
  }
  assert.deepEqual(clock.armed(), []);
  clock.block(999);
  assert.equal(lag.lasting, 4_900);
  clock.block(1);
  lag.stir();
  assert.deepEqual([lag.now, lag.lasting], [0, 0]);
  assert.deepEqual(
    clock.armed().map(({ name }) => name),
    ['loop lag'],
  );
});
