import { expect, test } from 'vitest';
import { readMutants } from '../support/any-bytes.ts';

test('100000 mutated messages are read, asked for everything and answered, and nothing is thrown', () => {
  const { read, p99 } = readMutants(100_000, 20_061);
  // The mutations are strong enough to break most messages and weak enough to leave some.
  expect(read.request).toBeGreaterThan(10_000);
  expect(read.response).toBeGreaterThan(10_000);
  expect(read.malformed).toBeGreaterThan(10_000);
  expect(read.silence).toBeGreaterThan(1_000);
  expect(p99).toBeLessThan(1_000);
}, 120_000);
