import { assert, test } from 'vitest';
import { Sources } from '../../../src/sip/transport/sources.ts';
import { SimClock } from '../../support/sim-clock.ts';

/** How many of so many packets of 100 bytes a source may be sent. */
const taken = (source: { takes(bytes: number): boolean }, packets: number) =>
  Array.from({ length: packets }, () => source.takes(100)).filter((yes) => yes).length;

test('who sent nothing gets 4 kB a minute, and no more for having got less before (security S14)', () => {
  const clock = new SimClock();
  const sources = new Sources(clock);
  const source = sources.at('192.0.2.1');
  assert.equal(taken(source, 100), 40);
  clock.advance(59_000);
  assert.equal(taken(source, 100), 0);
  clock.advance(1_000);
  assert.equal(taken(source, 100), 41);
  clock.advance(600_000);
  assert.equal(taken(source, 100), 41);
  assert.equal(sources.silenced, 60 + 100 + 59 + 59);
});

test('each byte that came is worth one and a half (security S14)', () => {
  const source = new Sources(new SimClock()).at('192.0.2.1');
  for (let i = 0; i < 10; i++) source.heard(1_000);
  assert.equal(taken(source, 1_000), 190);
});

test('who proved it is sent whatever it asks for, for an hour (security S14)', () => {
  const clock = new SimClock();
  const source = new Sources(clock).at('192.0.2.1');
  source.prove();
  clock.advance(3_600_000);
  assert.equal(taken(source, 100_000), 100_000);
});

test('a host is one source, until 16,384 others came twice', () => {
  const sources = new Sources(new SimClock());
  const source = sources.at('192.0.2.1');
  assert.equal(sources.at('192.0.2.1'), source);
  for (let i = 0; i < 16_384; i++) sources.at(`a${i}`);
  assert.equal(sources.at('192.0.2.1'), source);
  for (let i = 0; i < 3 * 16_384; i++) sources.at(`b${i}`);
  assert.notEqual(sources.at('192.0.2.1'), source);
});
