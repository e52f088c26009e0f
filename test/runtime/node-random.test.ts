import { assert, test } from 'vitest';
import { NodeRandom } from '../../src/runtime/node/random.ts';

test('hexadecimal text has two characters a byte and does not repeat, across blocks and beyond', () => {
  const random = new NodeRandom();
  const seen = new Set<string>();
  for (let i = 0; i < 2000; i++) seen.add(random.hex(8));
  assert.equal(seen.size, 2000);
  for (const text of seen) assert.match(text, /^[0-9a-f]{16}$/);
  assert.deepEqual(
    [0, 1, 512, 513, 4096, 5000].map((length) => random.hex(length).length),
    [0, 2, 1024, 1026, 8192, 10_000],
  );
});

test('integers are from 0 to below the bound, each about as often', () => {
  const random = new NodeRandom();
  const counts = [0, 0, 0];
  for (let i = 0; i < 30_000; i++) counts[random.below(3)]!++;
  for (const count of counts) assert.isTrue(count > 9500 && count < 10_500, `${counts}`);
  assert.equal(random.below(1), 0);
  assert.isBelow(random.below(2 ** 32), 2 ** 32);
  for (const bad of [0, -1, 2 ** 33, Number.NaN]) assert.throws(() => random.below(bad), RangeError);
});
