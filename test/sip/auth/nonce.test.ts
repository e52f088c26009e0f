import { assert, test } from 'vitest';
import { Nonces } from '../../../src/sip/auth/nonce.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimRandom } from '../../support/sim-random.ts';

function setup(seed = 1) {
  const clock = new SimClock();
  return { clock, nonces: new Nonces(clock, new SimRandom(seed)) };
}

test('a nonce is good for its first count and no second time (RFC 7616 §3.4.6)', () => {
  const { nonces } = setup();
  const nonce = nonces.issue();
  assert.match(nonce, /^[0-9a-f]{32}$/);
  assert.equal(nonces.check(nonce, 1), 'fresh');
  assert.equal(nonces.check(nonce, 1), 'replayed');
  assert.equal(nonces.check(nonce, 2), 'fresh');
  assert.equal(nonces.check(nonce, 0), 'replayed');
});

test('no two nonces are the same, and each keeps its own count (RFC 7616 §3.3)', () => {
  const { nonces } = setup();
  const issued = Array.from({ length: 100 }, () => nonces.issue());
  assert.equal(new Set(issued).size, 100);
  for (const nonce of issued) assert.equal(nonces.check(nonce, 1), 'fresh');
  for (const nonce of issued) assert.equal(nonces.check(nonce, 1), 'replayed');
});

test('counts may overtake each other by 31, what lies lower is a replay (RFC 7616 §3.4.6)', () => {
  const { nonces } = setup();
  const nonce = nonces.issue();
  assert.equal(nonces.check(nonce, 40), 'fresh');
  assert.equal(nonces.check(nonce, 39), 'fresh');
  assert.equal(nonces.check(nonce, 39), 'replayed');
  assert.equal(nonces.check(nonce, 9), 'fresh');
  assert.equal(nonces.check(nonce, 8), 'replayed');
  assert.equal(nonces.check(nonce, 41), 'fresh');
  assert.equal(nonces.check(nonce, 40), 'replayed');
  assert.equal(nonces.check(nonce, 10), 'fresh');
  assert.equal(nonces.check(nonce, 0xffffffff), 'fresh');
  assert.equal(nonces.check(nonce, 41), 'replayed');
});

test('a nonce is stale when its time is over (RFC 7616 §3.3)', () => {
  const { clock, nonces } = setup();
  const nonce = nonces.issue();
  clock.advance(300_000);
  assert.equal(nonces.check(nonce, 1), 'fresh');
  clock.advance(1_000);
  assert.equal(nonces.check(nonce, 2), 'stale');
});

test('a nonce is stale, never fresh, once its counts had to be forgotten (security S7)', () => {
  const { nonces } = setup();
  const nonce = nonces.issue();
  assert.equal(nonces.check(nonce, 1), 'fresh');
  for (let i = 0; i < (1 << 17) - 8; i++) nonces.issue();
  assert.equal(nonces.check(nonce, 1), 'replayed');
  for (let i = 0; i < 8; i++) nonces.issue();
  assert.equal(nonces.check(nonce, 1), 'stale');
  assert.equal(nonces.check(nonces.issue(), 1), 'fresh');
});

test('a nonce begins with no count of the one whose place it takes', () => {
  const { nonces } = setup();
  for (let i = 0; i < 8; i++) for (let nc = 1, nonce = nonces.issue(); nc < 9; nc++) nonces.check(nonce, nc);
  for (let i = 8; i < 1 << 17; i++) nonces.issue();
  for (let i = 0; i < 8; i++) {
    const nonce = nonces.issue();
    for (const count of [3, 9, 1, 20, 8]) assert.equal(nonces.check(nonce, count), 'fresh');
  }
});

test('nothing but our own secret makes a nonce, whichever digit is changed (RFC 7616 §5.12)', () => {
  const { nonces } = setup();
  const nonce = nonces.issue();
  for (let i = 0; i < nonce.length; i++) {
    const other = nonce[i] === '7' ? '6' : '7';
    assert.equal(nonces.check(nonce.slice(0, i) + other + nonce.slice(i + 1), 1), 'invalid', `digit ${i}`);
  }
  for (const text of [
    '',
    'x'.repeat(32),
    nonce.slice(1),
    `${nonce}0`,
    `-${nonce.slice(1)}`,
    nonce.toUpperCase().replace('0', 'O'),
  ])
    assert.equal(nonces.check(text, 1), 'invalid', text);
  assert.equal(nonces.check(setup(2).nonces.issue(), 1), 'invalid');
  assert.equal(nonces.check(nonce, 1), 'fresh');
});

test('a nonce is known again long after its block was kept', () => {
  const { clock, nonces } = setup();
  const nonce = nonces.issue();
  for (let i = 0; i < 280; i++) {
    clock.advance(1_000);
    nonces.issue();
  }
  assert.equal(nonces.check(nonce, 1), 'fresh');
  assert.deepEqual(clock.armed(), []);
});
