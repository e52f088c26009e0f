import { expect, test } from 'vitest';
import { TraceRing } from '../../../src/sip/transport/trace.ts';
import { udp } from '../../support/routing.ts';
import { SimClock } from '../../support/sim-clock.ts';

const padded = (n: number) => `message ${n}`.padEnd(16, '.');

test('messages are kept in the order in which they passed', () => {
  const ring = new TraceRing(new SimClock());
  for (let n = 0; n < 3; n++) ring.message(n === 1 ? 'out' : 'in', padded(n), udp);
  expect([...ring.messages()].map(({ direction, text }) => [direction, text])).toEqual([
    ['in', 'message 0.......'],
    ['out', 'message 1.......'],
    ['in', 'message 2.......'],
  ]);
});

test('only the last 256 messages are kept', () => {
  const ring = new TraceRing(new SimClock());
  for (let n = 0; n < 1000; n++) ring.message('in', padded(n), udp);
  const texts = [...ring.messages()].map(({ text }) => text);
  expect([texts.length, texts[0], texts.at(-1)]).toEqual([256, 'message 744.....', 'message 999.....']);
});

test('messages are kept up to a million characters, and the newest always', () => {
  const ring = new TraceRing(new SimClock());
  for (let n = 0; n < 100; n++) ring.message('in', String(n).padEnd(65_536, '.'), udp);
  expect([...ring.messages()].length).toBe(16);
  ring.message('in', 'x'.repeat(2_000_000), udp);
  expect([...ring.messages()].map(({ text }) => text.length)).toEqual([2_000_000]);
  ring.message('in', padded(1), udp);
  expect([...ring.messages()].map(({ text }) => text)).toEqual(['message 1.......']);
});

test('keep-alives are not kept (RFC 5626 §3.5)', () => {
  const ring = new TraceRing(new SimClock());
  ring.message('in', '\r\n\r\n', udp);
  ring.message('out', '\x01\x01\x00\x0c!\x12\xa4B0123456789ab\x00\x01', udp);
  expect([...ring.messages()]).toEqual([]);
});
