import { assert, test } from 'vitest';
import { Backoff } from '../../../src/sip/auth/backoff.ts';
import { SimClock } from '../../support/sim-clock.ts';

function setup() {
  const clock = new SimClock();
  const passwords = new Map([['alice', 'old']]);
  return { clock, passwords, backoff: new Backoff(clock, (account) => passwords.get(account) ?? '') };
}

test('five failures of an account from one source begin a wait of 1 s that doubles up to 60 s (security S6)', () => {
  const { clock, backoff } = setup();
  const waits: number[] = [];
  for (let i = 0; i < 13; i++) {
    waits.push(backoff.failed('alice', '192.0.2.9'));
    clock.advance(60_000);
  }
  assert.deepEqual(waits, [0, 0, 0, 0, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000]);
});

test('twenty further failures are nobody who mistypes: each costs five minutes from there, so that of 10,000 guesses at four a second 30 are looked at', () => {
  const { clock, backoff } = setup();
  let looks = 0;
  for (let guess = 0; guess < 10_000; guess++) {
    if (!backoff.delays('alice', '192.0.2.9')) {
      looks++;
      backoff.failed('alice', '192.0.2.9');
    }
    clock.advance(250);
  }
  assert.equal(looks, 30);
});

test('the wait holds for that account from that source and ends on time (security S6)', () => {
  const { clock, backoff } = setup();
  for (let i = 0; i < 5; i++) backoff.failed('alice', '192.0.2.9');
  assert.isTrue(backoff.delays('alice', '192.0.2.9'));
  assert.isFalse(backoff.delays('alice', '192.0.2.10'));
  assert.isFalse(backoff.delays('bob', '192.0.2.9'));
  clock.advance(999);
  assert.isTrue(backoff.delays('alice', '192.0.2.9'));
  clock.advance(1);
  assert.isFalse(backoff.delays('alice', '192.0.2.9'));
});

test('twenty failures over many accounts make the whole source wait, no other (security S6)', () => {
  const { backoff } = setup();
  for (let i = 0; i < 19; i++) assert.equal(backoff.failed(`u${i}`, '192.0.2.9'), 0);
  assert.equal(backoff.failed('u19', '192.0.2.9'), 1000);
  assert.isTrue(backoff.delays('alice', '192.0.2.9'));
  assert.isFalse(backoff.delays('alice', '192.0.2.10'));
});

test('one phone with an old password never makes its whole source wait (security S6)', () => {
  const { clock, backoff } = setup();
  for (let i = 0; i < 100; i++) {
    backoff.failed('alice', '127.0.0.1');
    clock.advance(60_000);
  }
  backoff.failed('alice', '127.0.0.1');
  assert.isTrue(backoff.delays('alice', '127.0.0.1'));
  assert.isFalse(backoff.delays('bob', '127.0.0.1'));
});

test('a success clears its account and source', () => {
  const { backoff } = setup();
  for (let i = 0; i < 5; i++) backoff.failed('alice', '192.0.2.9');
  backoff.succeeded('alice', '192.0.2.9');
  assert.isFalse(backoff.delays('alice', '192.0.2.9'));
  assert.equal(backoff.failed('alice', '192.0.2.9'), 0);
});

test('a new password ends the wait of its account, not that of others or of the source', () => {
  const { backoff, passwords } = setup();
  for (let i = 0; i < 5; i++) backoff.failed('alice', '192.0.2.9');
  for (let i = 0; i < 5; i++) backoff.failed('bob', '192.0.2.9');
  passwords.set('alice', 'new');
  assert.isFalse(backoff.delays('alice', '192.0.2.9'));
  assert.isTrue(backoff.delays('bob', '192.0.2.9'));
  assert.equal(backoff.failed('alice', '192.0.2.9'), 0);
  for (let i = 0; i < 20; i++) backoff.failed(`u${i}`, '192.0.2.9');
  passwords.set('alice', 'newer');
  assert.isTrue(backoff.delays('alice', '192.0.2.9'));
});

test('failures are forgotten after a quarter of an hour without one', () => {
  const { clock, backoff } = setup();
  for (let i = 0; i < 4; i++) backoff.failed('alice', '192.0.2.9');
  clock.advance(900_001);
  assert.equal(backoff.failed('alice', '192.0.2.9'), 0);
  assert.equal(backoff.size, 2);
});

test('the table holds 10000 rows at most, the oldest give way (security S12)', () => {
  const { backoff } = setup();
  for (let i = 0; i < 5; i++) backoff.failed('alice', '192.0.2.9');
  for (let i = 0; i < 12_000; i++) backoff.failed('alice', `10.0.${i >> 8}.${i & 255}`);
  assert.equal(backoff.size, 10_000);
  assert.isFalse(backoff.delays('alice', '192.0.2.9'));
});

test('a password that cannot be read now is no new one: the wait goes on', () => {
  const clock = new SimClock();
  let password: string | undefined = 'old';
  const backoff = new Backoff(clock, () => password);
  for (let i = 0; i < 5; i++) backoff.failed('alice', '192.0.2.9');
  password = undefined;
  assert.isTrue(backoff.delays('alice', '192.0.2.9'));
  password = 'old';
  assert.isTrue(backoff.delays('alice', '192.0.2.9'));
});
