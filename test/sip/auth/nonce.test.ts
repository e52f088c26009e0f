import { assert, test } from 'vitest';
import { Nonces } from '../../../src/sip/auth/nonce.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { SimRandom } from '../../support/sim-random.ts';

const HOST = '192.0.2.7';

/** As a server uses them: what came back is looked for, and its count noted. */
function setup(seed = 1) {
  const clock = new SimClock();
  const nonces = new Nonces(clock, new SimRandom(seed));
  const issue = (host = HOST): string => nonces.issue(host);
  const check = (nonce: string, count: number, host = HOST): 'unknown' | 'fresh' | 'replayed' => {
    const slot = nonces.find(nonce, host);
    return slot < 0 ? 'unknown' : nonces.count(slot, count) ? 'fresh' : 'replayed';
  };
  return { clock, nonces: { issue, check } };
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
  assert.equal(nonces.check(nonce, 74), 'fresh');
  assert.equal(nonces.check(nonce, 73), 'fresh');
  assert.equal(nonces.check(nonce, 0xffffffff), 'fresh');
  assert.equal(nonces.check(nonce, 41), 'replayed');
});

test('a nonce is stale when its time is over (RFC 7616 §3.3)', () => {
  const { clock, nonces } = setup();
  const nonce = nonces.issue();
  clock.advance(300_000);
  assert.equal(nonces.check(nonce, 1), 'fresh');
  clock.advance(1_000);
  assert.equal(nonces.check(nonce, 2), 'unknown');
});

test('a nonce is stale, never fresh, once its counts had to be forgotten (security S7)', () => {
  const { nonces } = setup();
  const nonce = nonces.issue();
  assert.equal(nonces.check(nonce, 1), 'fresh');
  for (let i = 0; i < (1 << 17) - 8; i++) nonces.issue();
  assert.equal(nonces.check(nonce, 1), 'replayed');
  for (let i = 0; i < 8; i++) nonces.issue();
  assert.equal(nonces.check(nonce, 1), 'unknown');
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
    assert.equal(nonces.check(nonce.slice(0, i) + other + nonce.slice(i + 1), 1), 'unknown', `digit ${i}`);
  }
  for (const text of [
    '',
    'x'.repeat(32),
    nonce.slice(1),
    `${nonce}0`,
    `-${nonce.slice(1)}`,
    nonce.toUpperCase().replace('0', 'O'),
  ])
    assert.equal(nonces.check(text, 1), 'unknown', text);
  assert.equal(nonces.check(setup(2).nonces.issue(), 1), 'unknown');
  assert.equal(nonces.check(nonce, 1), 'fresh');
});

test('a nonce is known from the network that it was issued to, and from no other (security S6)', () => {
  const { nonces } = setup();
  const nonce = nonces.issue('192.0.2.7');
  assert.equal(nonces.check(nonce, 1, '192.0.2.8'), 'unknown');
  assert.equal(nonces.check(nonce, 1, '192.0.2.7'), 'fresh');
  const six = nonces.issue('2001:db8::7');
  assert.equal(nonces.check(six, 1, '2001:db8:0:1::7'), 'unknown');
  assert.equal(nonces.check(six, 1, '2001:db8::8'), 'fresh');
  const mapped = nonces.issue('::ffff:192.0.2.9');
  assert.equal(nonces.check(mapped, 1, '192.0.2.9'), 'fresh');
});

test('which network a nonce was issued to is known after ten thousand others', () => {
  const { nonces } = setup();
  const nonce = nonces.issue();
  for (let i = 0; i < 10_001; i++) nonces.issue(`10.0.${i >> 8}.${i & 255}`);
  assert.equal(nonces.check(nonce, 1, '10.0.0.1'), 'unknown');
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
