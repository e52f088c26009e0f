import { assert, test } from 'vitest';
import { crowded } from '../../../src/core/bridge/arrivals.ts';

const call = (key: string, provider = 'a') => ({ key, provider });

test('each provider has its share of the places, and one at least, however many there are (security S12)', () => {
  const came = Array.from({ length: 500 }, (_, i) => call(`${i}`));
  assert.strictEqual(crowded([...came, undefined], call('new'), 1), undefined);
  assert.strictEqual(crowded(came, call('new'), 2), 'full');
  assert.strictEqual(crowded(came, call('new', 'b'), 2), undefined);
  assert.strictEqual(crowded([], call('new'), 2_000), undefined);
  assert.strictEqual(crowded([call('one')], call('new'), 2_000), 'full');
});

test('an INVITE that came by another way already is told so, whether there is room or not (RFC 3261 §8.2.2.2)', () => {
  assert.strictEqual(crowded([call('1')], call('1'), 1), 'merged');
  assert.strictEqual(crowded([call('2'), call('1')], call('1'), 1_000), 'merged');
});
