import { assert, test } from 'vitest';
import { Strangers } from '../../../src/core/proxy/strangers.ts';
import { house } from '../../rules/house.ts';

test('strangers have two thousand requests under way at most, whomever they want (security S12)', () => {
  const strangers = new Strangers();
  for (let i = 0; i < 1_999; i++) strangers.enter(`user${i}`);
  assert.equal(strangers.crowd('alice'), false);
  strangers.enter('alice');
  assert.equal(strangers.crowd('bob'), true);
  strangers.leave('user7');
  assert.equal(strangers.crowd('bob'), false);
});

test('a call of a user takes no place of a stranger, and gives none back (security S12)', async () => {
  const { desk, alice, bob } = await house();
  const { strangers } = desk.exchange.proxy;
  const call = () => {
    alice.authenticated(alice.request('INVITE', 'sip:bob@home.example'), alice.response(407));
    bob.answer(bob.take('INVITE'), 486);
    desk.run(1_000);
  };
  for (let i = 0; i < 2_000; i++) strangers.enter(`user${i}`);
  call();
  assert.equal(strangers.crowd('bob'), true);
  strangers.leave('user7');
  call();
  assert.equal(strangers.crowd('bob'), false);
});
