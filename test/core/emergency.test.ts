import { assert, test } from 'vitest';
import { Desk, HOUSE } from '../support/desk.ts';

test('the operator hears of an emergency call, and of no other (security S30)', async () => {
  const config = HOUSE.replace('extensions =', 'emergency = 112\nextensions =');
  const desk = await Desk.open({
    config: `${config}[modem gsm0]\nport = /dev/ttyUSB0\n[class none]\nmay =\n[user dora]\nclass = none\n`,
  });
  const dora = await desk.phone('dora', '10.0.0.2');
  dora.call('INVITE', 'sip:201@home.example');
  dora.call('INVITE', 'sip:112@home.example');
  dora.call('INVITE', 'urn:service:sos');
  assert.deepEqual(desk.log.of('notice'), ['emergency: dora calls 112', 'emergency: dora calls 112']);
});
