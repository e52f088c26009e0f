import { expect, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import { NONE, RingHouse } from '../../support/ring-house.ts';

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
  expect([carol.response(503).callId, itsp.take('CANCEL').callId]).toEqual([out.callId, far.callId]);
  desk.run(2_000);
  await ended;
  const past = desk.exchange.calls.history(0, 9).map(({ from, to, reason }) => `${from} to ${to}: ${reason}`);
  expect(past.sort()).toEqual([
    'alice to sip:bob@home.example: the daemon stopped',
    'carol to sip:030123456@home.example: the daemon stopped',
  ]);
});

test('what rings at a telephone company while the daemon ends leads nowhere else: whom it rang now it would leave ringing (RFC 3261 §9.1)', async () => {
  const house = await RingHouse.open({ more: '[group outside]\nextension = 600\nmembers = 030123456\nthen = bob\n' });
  const { desk, itsp } = house;
  const { alice, bob, carol } = house.phones;
  carol.call('INVITE', 'sip:600@home.example', { headers: [`Contact: ${carol.contact}`] });
  itsp.answer(itsp.take('INVITE'), 180, 'Ringing', [], 'far');
  itsp.request('INVITE', house.called, { from: '<sip:+33123456789@itsp.example>', headers: [`Contact: ${itsp.contact}`] });
  house.rings('alice');
  desk.run();
  for (const phone of [itsp, carol]) phone.inbox.length = 0;
  const ended = desk.exchange.stop();
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  desk.run(0);
  expect(bob.waiting).toEqual([]);
  for (const rung of [itsp, alice]) expect(rung.take('CANCEL').get(Field.reason)).toBe('SIP;cause=503;text="The exchange stops"');
  for (const caller of [carol, itsp]) expect(caller.response(503).text).toContain('\r\nRetry-After: 10\r\n');
  desk.run(2_000);
  await ended;
});

test('a call that comes while the daemon waits for the farewell of a telephone company rings nowhere, and may be tried again', async () => {
  const house = await RingHouse.open();
  const { desk, itsp } = house;
  const { alice, bob } = house.phones;
  const ended = desk.exchange.stop();
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  desk.run(200);
  itsp.request('INVITE', house.called, { from: '<sip:+33123456789@itsp.example>', headers: [`Contact: ${itsp.contact}`] });
  expect([itsp.response(503).get(Field.retryAfter), alice.waiting]).toEqual(['10', []]);
  house.call('bob');
  expect([alice.response(503).get(Field.retryAfter), bob.waiting]).toEqual(['10', []]);
  desk.run(2_000);
  await ended;
  expect(desk.log.of('error')).toEqual([]);
});

test.each([
  ['that stays', '10.0.0.1'],
  ['that goes with it', '0.0.0.0'],
])(
  'a phone whose link is gone when its CANCEL is due hears it within half a minute, by a socket %s (RFC 3261 §9.1, §17.1.2.2)',
  async (_, listen) => {
    for (const [seconds, hears] of [
      [5, true],
      [25, true],
      [60, false],
    ] as const) {
      const house = await RingHouse.open({ listen, keys: { bob: 'forward_noanswer = carol\nno_answer = 20' } });
      const { desk } = house;
      const { bob } = house.phones;
      const wait = async (seconds: number) => {
        for (let n = 0; n < seconds; n++) {
          desk.run(1_000);
          await Promise.resolve();
        }
      };
      house.call('bob');
      const invite = house.rings('bob');
      await wait(10);
      desk.host.removeAddress('10.0.0.1');
      await wait(10 + seconds);
      desk.host.addAddress('10.0.0.1');
      await wait(9);
      expect(bob.waiting.includes('CANCEL'), `${seconds} s`).toBe(hears);
      if (hears) house.loses('bob', invite);
      expect(house.left).toEqual(NONE);
    }
  },
);
