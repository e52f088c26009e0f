import { assert, test } from 'vitest';
import { Strangers } from '../../../src/core/proxy/strangers.ts';

test('strangers have two thousand requests under way at most, whomever they want (security S12)', () => {
  const strangers = new Strangers();
  for (let i = 0; i < 1_999; i++) strangers.enter(`user${i}`);
  assert.equal(strangers.crowd('alice'), false);
  strangers.enter('alice');
  assert.equal(strangers.crowd('bob'), true);
  strangers.leave('user7');
  assert.equal(strangers.crowd('bob'), false);
});
