import { expect, test } from 'vitest';
import type { SrvRecord } from '../../../src/runtime/resolver.ts';
import { srvOrder } from '../../../src/sip/locate/srv.ts';
import { SimRandom } from '../../support/sim-random.ts';

const record = (priority: number, weight: number, target: string): SrvRecord => ({ priority, weight, port: 5060, target });
const targets = (records: readonly SrvRecord[], below: (end: number) => number) =>
  srvOrder(records, below)
    .map(({ target }) => target)
    .join('');

test('a throw chooses the first whose running sum reaches it, and is thrown anew for what is left (RFC 2782)', () => {
  const records = [record(1, 1, 'a'), record(1, 2, 'b'), record(1, 3, 'c')];
  const ends: number[] = [];
  const throws = (...numbers: number[]) =>
    targets(records, (end) => {
      ends.push(end);
      return numbers.shift()!;
    });
  expect(throws(0, 0)).toBe('abc');
  expect(ends).toEqual([7, 6]);
  expect(throws(1, 2)).toBe('abc');
  expect(throws(1, 3)).toBe('acb');
  expect(throws(2, 1)).toBe('bac');
  expect(throws(3, 4)).toBe('bca');
  expect(throws(4, 0)).toBe('cab');
  expect(throws(6, 2)).toBe('cba');
});

test('priorities are in the order of their numbers, whatever the weights (RFC 2782)', () => {
  expect(targets([record(10, 0, 'c'), record(2, 65_535, 'b'), record(1, 0, 'a')], () => 0)).toBe('abc');
});

test('D11: weight 0 beside weight 1 is chosen by a throw of 0 alone, and beside 100 rarely (RFC 2782)', () => {
  const random = new SimRandom(7);
  const below = (end: number) => random.below(end);
  const first = (records: readonly SrvRecord[]) =>
    Array.from({ length: 2000 }, () => targets(records, below)[0]).filter((t) => t === 'z').length;
  expect(first([record(1, 1, 'a'), record(1, 0, 'z')])).toBeGreaterThan(900);
  expect(first([record(1, 1, 'a'), record(1, 0, 'z')])).toBeLessThan(1100);
  const rarely = first([record(1, 100, 'a'), record(1, 0, 'z')]);
  expect(rarely).toBeGreaterThan(5);
  expect(rarely).toBeLessThan(50);
});

test('weights of 0 alone, one record and none end as well', () => {
  expect(targets([record(1, 0, 'a'), record(1, 0, 'b')], (end) => end - 1)).toBe('ab');
  expect(targets([record(1, 5, 'a')], () => 0)).toBe('a');
  expect(targets([], () => 0)).toBe('');
});
