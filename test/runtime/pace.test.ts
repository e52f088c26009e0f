import { constants } from 'node:perf_hooks';
import { assert, test } from 'vitest';
import { CALM, paceAfter } from '../../src/runtime/node/pace.ts';

test('work is in a hurry while the young generation is used up within a second, whatever else is collected meanwhile', () => {
  const { NODE_PERFORMANCE_GC_MINOR: minor, NODE_PERFORMANCE_GC_MAJOR: major } = constants;
  const collections = (kind: number, ...times: number[]) => times.map((startTime) => ({ startTime, detail: { kind } }));
  const calm = paceAfter(CALM, collections(minor, 5_000, 6_000));
  assert.equal(calm.hurries, 0);
  const hurried = paceAfter(calm, collections(minor, 6_999, 7_050));
  assert.equal(hurried.hurries, 2);
  // Full load goes on during a full collection, and what is left of it is to be given back afterwards.
  const marked = paceAfter(hurried, [
    ...collections(constants.NODE_PERFORMANCE_GC_INCREMENTAL, 7_100),
    ...collections(major, 7_200),
  ]);
  assert.deepEqual(marked, hurried);
  assert.equal(paceAfter(marked, collections(minor, 8_050)).hurries, 0);
});
