import { expect, test } from 'vitest';
import type { Call } from '../../../src/core/call/call.ts';
import { CallTable } from '../../../src/core/call/table.ts';

const call = (callId: string, callerTag: string, ...dialogs: string[]) =>
  ({
    callId,
    callerTag,
    older: undefined,
    dialog: (tag: string) => (dialogs.includes(tag) ? {} : undefined),
  }) as unknown as Call;

test('a call is found by its Call-ID and From tag, however many there are, until it is deleted', () => {
  const table = new CallTable(1);
  const calls = Array.from({ length: 2_000 }, (_, n) => call(`${n}@host`, `tag${n % 7}`));
  for (const one of calls) table.add(one);
  expect(table.size).toBe(2_000);
  expect(calls.every((one) => table.find(one.callId, one.callerTag, '') === one)).toBe(true);
  expect(table.find('0@host', 'tag1', '')).toBe(undefined);
  for (const one of calls.filter((_, n) => n % 3 > 0)) table.delete(one);
  expect(table.size).toBe(667);
  expect(calls.every((one, n) => table.find(one.callId, one.callerTag, '') === (n % 3 > 0 ? undefined : one))).toBe(true);
  expect(new Set(table)).toEqual(new Set(calls.filter((_, n) => n % 3 === 0)));
});

test('of calls with one Call-ID and From tag the one with the dialog is found, else the newest', () => {
  const table = new CallTable(1);
  const [first, second, third] = [call('id', 'tag', 'a'), call('id', 'tag', 'b'), call('id', 'tag')];
  for (const one of [first, second, third]) table.add(one);
  expect(table.find('id', 'tag', 'a')).toBe(first);
  expect(table.find('id', 'tag', 'b')).toBe(second);
  expect(table.find('id', 'tag', 'x')).toBe(third);
  table.delete(third);
  table.delete(third);
  expect(table.size).toBe(2);
  expect(table.find('id', 'tag', 'x')).toBe(second);
  for (let n = 0; n < 300; n++) table.add(call(`${n}`, 'tag'));
  expect(table.find('id', 'tag', 'x')).toBe(second);
});

test('calls with one Call-ID are told apart by their From tags, wherever they stand (RFC 3261 §12)', () => {
  const table = new CallTable(1);
  const calls = Array.from({ length: 256 }, (_, n) => call('id', `tag${n}`));
  for (const one of calls) table.add(one);
  expect(calls.every((one) => table.find('id', one.callerTag, '') === one)).toBe(true);
});
