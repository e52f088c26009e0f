import { expect, test } from 'vitest';
import { RingHouse } from '../../support/ring-house.ts';

test('a call rings until it is answered, refused or given up, and is not kept after that', async () => {
  const house = await RingHouse.open();
  const { proxy } = house.desk.exchange;
  const { alice, bob, carol } = house.phones;
  const ringing = () => [...proxy.ringing].map(({ ringingAt }) => ringingAt.join());
  alice.call('INVITE', 'sip:bob@home.example');
  carol.call('INVITE', 'sip:dave@home.example');
  house.desk.run();
  expect(ringing()).toEqual(['bob', 'dave']);
  bob.answer(bob.take('INVITE'), 486, 'Busy Here');
  house.desk.run();
  expect(ringing()).toEqual(['dave']);
});
