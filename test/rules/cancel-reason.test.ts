import { assert, test } from 'vitest';
import { Field } from '../../src/sip/message/fields.ts';
import { Desk } from '../support/desk.ts';

test('a Reason that nobody may write keeps no CANCEL from its phones (RFC 3261 §16.10, RFC 3326)', async () => {
  const desk = await Desk.open();
  const alice = await desk.phone('alice', '10.0.0.2');
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  const invite = alice.call('INVITE', 'sip:202@home.example', { headers: [`Contact: ${alice.contact}`] });
  const arrived = bob.take('INVITE');
  bob.answer(arrived, 180);
  alice.cancel(invite, ['Reason: SIP;cause=200', 'Reason: x\0y']);
  assert.equal(bob.take('CANCEL').get(Field.reason), 'SIP;cause=200');
  bob.answer(arrived, 487);
  alice.response(487);
  assert.equal(desk.exchange.bugs, 0);
});
