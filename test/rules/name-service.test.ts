import { expect, test } from 'vitest';
import { HOUSE } from '../support/desk.ts';
import { house } from './house.ts';

const ENUM = HOUSE.replace('extensions =', 'country = DE\narea_code = 30\nenum = e164.test\nextensions =').concat(
  '[provider acme]\nregistrar = sip:acme.example\nusername = u\npassword = p\n[dial out]\nmatch = 0!\nto = provider acme\n',
);

test('a phone gone bad that dials into silence leaves its housemates half of the questions to the name service (security S12)', async () => {
  const { desk, alice, bob } = await house({ config: ENUM, zone: '* SILENT' });
  for (let i = 10; i < 100; i++) {
    alice.call('MESSAGE', `sip:u@a${i}.test:5060`);
    alice.call('INVITE', `sip:030123456${i}@home.example`);
  }
  expect(desk.resolver.asked()).toHaveLength(75);
  bob.call('MESSAGE', 'sip:u@b.test:5060');
  bob.call('INVITE', 'sip:030123456@home.example');
  expect(desk.resolver.asked()).toEqual(['A b.test', 'NAPTR 6.5.4.3.2.1.0.3.9.4.e164.test']);
});
