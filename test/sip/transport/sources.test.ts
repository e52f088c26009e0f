import { assert, test } from 'vitest';
import { Sources } from '../../../src/sip/transport/sources.ts';
import { SimClock } from '../../support/sim-clock.ts';

/** How many of so many packets of 100 bytes a source may be sent. */
const taken = (source: { takes(bytes: number): boolean }, packets: number) =>
  Array.from({ length: packets }, () => source.takes(100)).filter((yes) => yes).length;
const tokens = (source: { takesToken(): boolean }, requests: number) =>
  Array.from({ length: requests }, () => source.takesToken()).filter((yes) => yes).length;

test('who sent nothing gets 4 kB in any minute, and no more for having got less before (security S14)', () => {
  const clock = new SimClock();
  const sources = new Sources(clock);
  const source = sources.at('192.0.2.1');
  clock.advance(600_000);
  assert.equal(taken(source, 100), 30);
  const got: number[] = [];
  for (let second = 0; second < 60; second++) {
    clock.advance(1_000);
    got.push(taken(source, 100));
  }
  assert.equal(
    got.reduce((sum, one) => sum + one),
    10,
  );
  clock.advance(3_600_000);
  assert.equal(taken(source, 100), 30);
  assert.equal(sources.silenced, 70 + 60 * 100 - 10 + 70);
});

test('provisional responses leave 2 kB for the answer, of what was earned too (security S14)', () => {
  const source = new Sources(new SimClock()).at('192.0.2.1');
  source.heard(400);
  const got = Array.from({ length: 20 }, () => source.takes(300, true));
  assert.equal(got.filter((yes) => yes).length, 5);
  assert.equal(source.takes(2_100), true);
  assert.equal(source.takes(300), false);
  source.heard(2_000);
  assert.deepEqual([source.takes(1_400, true), source.takes(3_000)], [false, true]);
});

test('each byte that came is worth one and a half, of which 64 kB are saved (security S14)', () => {
  const source = new Sources(new SimClock()).at('192.0.2.1');
  for (let i = 0; i < 10; i++) source.heard(1_000);
  assert.equal(taken(source, 1_000), 180);
  for (let i = 0; i < 100_000; i++) source.heard(1_000);
  assert.equal(taken(source, 10_000), 660);
});

test('who proved it is sent whatever it asks for, for an hour (security S14)', () => {
  const clock = new SimClock();
  const source = new Sources(clock).at('192.0.2.1');
  assert.isFalse(source.proven);
  source.prove();
  clock.advance(3_600_000);
  assert.isTrue(source.proven);
  assert.equal(taken(source, 100_000), 100_000);
  clock.advance(60_000);
  assert.isFalse(source.proven);
});

test('a source may ask for thirty new things at once and four a second (security S4)', () => {
  const clock = new SimClock();
  const source = new Sources(clock).at('192.0.2.1');
  assert.equal(tokens(source, 100), 30);
  clock.advance(1_000);
  assert.equal(tokens(source, 100), 4);
  clock.advance(250);
  assert.equal(tokens(source, 100), 1);
  clock.advance(3_600_000);
  assert.equal(tokens(source, 100), 30);
});

test('all of a /64 are one source, whatever address they come from; of IPv4 each address is one (security S4)', () => {
  const sources = new Sources(new SimClock());
  const source = sources.at('2001:db8:1:2::1');
  for (let i = 2; i < 40_000; i++) assert.equal(sources.at(`2001:db8:1:2::${i.toString(16)}`), source);
  assert.notEqual(sources.at('2001:db8:1:3::1'), source);
  assert.notEqual(sources.at('192.0.2.1'), sources.at('192.0.2.2'));
});

test('a host is one source, until 16,384 others came twice; one that proved itself stays (security S12)', () => {
  const sources = new Sources(new SimClock());
  const source = sources.at('192.0.2.1');
  assert.equal(sources.at('192.0.2.1'), source);
  for (let i = 0; i < 16_384; i++) sources.at(`a${i}`);
  assert.equal(sources.at('192.0.2.1'), source);
  for (let i = 0; i < 3 * 16_384; i++) sources.at(`b${i}`);
  assert.notEqual(sources.at('192.0.2.1'), source);
  const phone = sources.at('192.0.2.1');
  phone.prove();
  for (let i = 0; i < 3 * 16_384; i++) sources.at(`c${i}`);
  assert.equal(sources.at('192.0.2.1'), phone);
});

test('an excepted address is bounded by nothing, apart from its network, and only as long as it is excepted', () => {
  const sources = new Sources(new SimClock());
  const before = sources.at('2001:db8::5');
  const excepted = new Set(['2001:db8::5']);
  sources.standing = (host) => (excepted.has(host) ? 'excepted' : 'stranger');
  sources.reconsider();
  const source = sources.at('2001:db8::5');
  assert.isTrue(source.excepted);
  assert.equal(taken(source, 100_000), 100_000);
  assert.equal(sources.at('2001:db8::6'), before);
  source.prove();
  excepted.clear();
  sources.reconsider();
  assert.equal(sources.at('2001:db8::5'), before);
  assert.equal(taken(before, 100), 30);
});

test('an address of IPv4 that proved itself while it was excepted, or a peer, is a stranger once it is that no more (security S14)', () => {
  const sources = new Sources(new SimClock());
  for (const standing of ['excepted', 'peer'] as const) {
    sources.standing = () => standing;
    sources.reconsider();
    sources.at('192.0.2.5').prove();
    sources.standing = () => 'stranger';
    sources.reconsider();
    assert.deepEqual([sources.at('192.0.2.5').standing, sources.at('192.0.2.5').proven], ['stranger', false]);
  }
});

test('an address of a provider gets eight times as much for nothing, apart from its network, and 64 kB once it has proved a request its own (security S14)', () => {
  const clock = new SimClock();
  const sources = new Sources(clock);
  sources.standing = (host) => (host === '2001:db8::5' ? 'provider' : 'stranger');
  const source = sources.at('2001:db8::5');
  assert.equal(taken(source, 1_000), 245);
  clock.advance(60_000);
  assert.equal(taken(source, 1_000), 82);
  source.vouch();
  assert.equal(taken(source, 1_000), 656); // and what was left
  assert.equal(taken(sources.at('2001:db8::6'), 1_000), 30);
  sources.standing = () => 'stranger';
  sources.reconsider();
  assert.equal(sources.at('2001:db8::5').standing, 'stranger');
});

test('an address of a peer gets 2 MB in any minute for nothing, asks ten times as often, and is counted apart from strangers (security S4, S14)', () => {
  const clock = new SimClock();
  const sources = new Sources(clock);
  sources.at('192.0.2.1').prove();
  sources.standing = (host) => (host === '192.0.2.1' ? 'peer' : 'stranger');
  sources.reconsider();
  clock.advance(3_660_000); // a user who was there has no part in it
  const source = sources.at('192.0.2.1');
  assert.equal(taken(source, 20_000), 15_728);
  assert.equal(tokens(source, 1_000), 300);
  clock.advance(1_000);
  assert.equal(tokens(source, 1_000), 40);
  clock.advance(59_000);
  assert.equal(taken(source, 20_000), 5_243);
  source.keeps(1);
  assert.deepEqual([source.transactions, sources.transactions], [1, 0]);
});

test('transactions are counted for their source and for all', () => {
  const sources = new Sources(new SimClock());
  const [one, two] = [sources.at('192.0.2.1'), sources.at('192.0.2.2')];
  one.keeps(1);
  one.keeps(1);
  two.keeps(1);
  one.keeps(-1);
  assert.deepEqual([one.transactions, two.transactions, sources.transactions], [1, 1, 2]);
});
