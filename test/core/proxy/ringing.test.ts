import { expect, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
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

test('what rings while the daemon ends falls silent: another one knows nothing of it, and passes on neither answer nor CANCEL (RFC 6026 §7.3)', async () => {
  const house = await RingHouse.open();
  const { desk, itsp } = house;
  const { alice, bob, carol } = house.phones;
  house.call('bob');
  house.rings('bob');
  const out = carol.call('INVITE', 'sip:030123456@home.example', { headers: [`Contact: ${carol.contact}`] });
  const far = itsp.take('INVITE');
  itsp.answer(far, 180, 'Ringing', [], 'far');
  desk.run();
  for (const phone of [alice, bob, carol]) phone.inbox.length = 0;
  const ended = desk.exchange.stop();
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  desk.run(0);
  expect(alice.waiting).toEqual(['503 INVITE']);
  expect(alice.response(503).text).toContain('\r\nRetry-After: 10\r\n');
  expect(bob.take('CANCEL').get(Field.reason)).toBe('SIP;cause=503;text="The exchange stops"');
  // What a bridge answers itself is over before.
  expect([carol.response(487).callId, itsp.take('CANCEL').callId]).toEqual([out.callId, far.callId]);
  desk.run(2_000);
  await ended;
  const past = desk.exchange.calls.history(0, 9).map(({ from, to, reason }) => `${from} to ${to}: ${reason}`);
  expect(past.sort()).toEqual([
    'alice to sip:bob@home.example: the daemon stopped',
    'carol to sip:030123456@home.example: the daemon stopped',
  ]);
});
