import { expect, test } from 'vitest';
import { readMutants } from '../support/any-bytes.ts';

const MILLION = 1_000_000;

/** SOAK_SCALE=0.1 is a tenth of it. */
const count = Math.round(MILLION * Number(process.env.SOAK_SCALE ?? 1));

test('a million mutated messages: nothing is thrown, nothing is kept, and 99 of 100 are read within a millisecond', () => {
  const { read, p50, p99, slowest, heap } = readMutants(count, 4475);
  console.log(JSON.stringify({ count, ...read, p50, p99, slowest, heap }));
  expect(read.request + read.response + read.malformed + read.silence).toBe(count);
  expect(p99).toBeLessThan(1_000);
  expect(heap).toBeDefined();
  expect(heap!.end - heap!.tenth).toBeLessThan(5 * 1024 * 1024);
});
