import { assert, test } from 'vitest';
import { Chaos, EXPECTED } from '../support/chaos.ts';

test('3,000 random calls through loss, duplication and reordering end in one final answer each, and nothing is left (100,000: test/soak)', async () => {
  const chaos = await Chaos.open(3);
  const { faults, left, timers, counts } = await chaos.batch(3_000);
  assert.deepEqual(faults, []);
  assert.deepEqual(left, { servers: 0, clients: 0, live: 0, calls: 0, bugs: 0 });
  assert.deepEqual(timers, []);
  assert.deepEqual(Object.keys(counts).sort(), EXPECTED);
});
