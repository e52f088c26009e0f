import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { assert, test } from 'vitest';
import { Chaos, EXPECTED } from '../support/chaos.ts';

const BATCH = 10_000;
const BATCHES = Math.max(2, Math.round(10 * Number(process.env.SOAK_SCALE ?? 1)));
/** Bytes that the heap may differ by between the end of the first batch and the end of the last. */
const SLACK = 8_000_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test(`${BATCH * BATCHES} random calls through 5 % loss, duplication and reordering: one final answer each, no transaction, timer, branch or byte left`, async () => {
  const chaos = await Chaos.open(Number(process.env.SOAK_SEED ?? 1));
  const heaps: number[] = [];
  for (let n = 0; n < BATCHES; n++) {
    const { faults, left, timers, counts } = await chaos.batch(BATCH);
    assert.deepEqual(faults, [], `batch ${n}`);
    assert.deepEqual(left, { servers: 0, clients: 0, live: 0, calls: 0, bugs: 0 }, `batch ${n}`);
    assert.deepEqual(timers, [], `batch ${n}`);
    assert.deepEqual(Object.keys(counts).sort(), EXPECTED, `batch ${n}: ${JSON.stringify(counts)}`);
    collect();
    heaps.push(process.memoryUsage().heapUsed);
  }
  const growth = heaps.at(-1)! - heaps[0]!;
  console.log(`heap after each batch, MB: ${heaps.map((bytes) => (bytes / 1e6).toFixed(1)).join(' ')}`);
  assert.isBelow(growth, SLACK);
});
