import { assert, test } from 'vitest';
import type { Desk } from '../support/desk.ts';
import { HOUSE } from '../support/desk.ts';
import { house } from './house.ts';

// A sips URI never leaves TLS (RFC 5630 §5.3, sip-correctness 12), whoever wrote where the call goes on to.

const A = '192.0.2.10';
const ZONE = `
_sips._tcp.d.test 60 SRV 10 0 5061 host.d.test
_sip._udp.d.test 60 SRV 10 0 5060 host.d.test
host.d.test 60 A ${A}
6.5.4.3.2.1.0.3.9.4.e164.test 60 NAPTR 10 10 u E2U+sip !^.*$!sip:u@d.test! .
7.5.4.3.2.1.0.3.9.4.e164.test 60 NAPTR 10 10 u E2U+sip !^.*$!sip:bob@home.example! .
`;
const CONFIG = HOUSE.replace(
  'tcp:10.0.0.1:5060',
  'tcp:10.0.0.1:5060\ntls_listen = tls:10.0.0.1:5061\ntls_certificate = /c\ntls_key = /k\ncountry = DE\narea_code = 30\nenum = e164.test',
).concat('[speed 88]\nto = sip:u@d.test\n');
const credentials = { certificate: 'DNS:home.example', key: 'k', authorities: undefined };

/** A house, and the server of d.test, which is there by UDP and by TLS. */
async function setup() {
  const { desk, alice } = await house({ config: CONFIG, zone: ZONE, credentials });
  const plain = await desk.phone('plain', A, 5060, 'udp');
  const secret = await desk.phone('secret', A, 5061, 'tls');
  await secret.listen({ certificate: 'DNS:d.test', key: 'k', authorities: undefined });
  return { desk, alice, plain, secret };
}

test.each([
  ['dialed', 'u@d.test'],
  ['that a speed dial leads to by a sip URI', '88@home.example'],
  ['that ENUM finds as a sip URI', '030123456@home.example'],
])('the domain of a sips call %s is reached by TLS, and by a sips URI (RFC 5630 §5.3)', async (_what, dialed) => {
  const { alice, plain, secret } = await setup();
  alice.call('INVITE', `sips:${dialed}`);
  assert.deepEqual([secret.take('INVITE').uriText, plain.waiting], ['sips:u@d.test', []]);
});

test('a sips call that is too long for UDP goes by the same TLS, and nothing of it in clear (RFC 3261 §18.1.1, RFC 5630 §5.3)', async () => {
  const { desk, alice, secret } = await setup();
  alice.call('INVITE', 'sips:u@d.test', { body: 'x'.repeat(2_000) });
  secret.take('INVITE');
  const transports = desk.net.wire.filter(({ to }) => to.host === A).map(({ transport }) => transport);
  assert.deepEqual([...new Set(transports)], ['tls']);
});

test('the next hop that is written for a domain is spoken to in clear for a sip call alone (RFC 5630 §5.3)', async () => {
  const { desk, alice } = await house({ config: `${CONFIG}[peer d.test]\nvia = ${A}\n`, zone: ZONE, credentials });
  const plain = await desk.phone('plain', A);
  alice.call('INVITE', 'sips:u@d.test');
  assert.deepEqual(plain.waiting, []);
  alice.call('INVITE', 'sip:u@d.test');
  assert.deepEqual(plain.waiting, ['INVITE']);
});

/** What went to bob's phone by UDP. */
const byUdp = (desk: Desk): string[] =>
  desk.net.wire
    .filter(({ to, transport }) => to.host === '10.0.0.30' && transport === 'udp')
    .map(({ text }) => text.split(' ')[0]!);

test.each([
  ['its own address', '10.0.0.30'],
  ['an address behind a NAT', '192.168.1.5'],
])('a phone that registered a sips contact of %s by UDP is not called by UDP (RFC 5630 §5.3)', async (_what, host) => {
  const { desk, alice } = await setup();
  const bob = await desk.phone('bob', '10.0.0.30');
  bob.register([`Contact: <sips:bob@${host}:5060>`, 'Expires: 3600'], 'sips:home.example');
  desk.ladder();
  for (const scheme of ['sips', 'sip']) {
    alice.call('MESSAGE', `${scheme}:bob@home.example`);
    desk.run(6_000);
  }
  assert.deepEqual(byUdp(desk), []);
});

test('a sips call of somebody whose phones have none is 480, and says which scheme stands in its way (RFC 5630 §5.3)', async () => {
  const { alice } = await setup();
  alice.call('INVITE', 'sips:bob@home.example');
  const refused = alice.response(480);
  assert.equal(refused.reason, 'Temporarily Unavailable (bob has no phone registered with a sips URI)');
  assert.equal(refused.other('warning'), '380 home.example "SIPS Not Allowed"');
  alice.call('INVITE', 'sips:carol@home.example');
  assert.equal(alice.response(480).other('warning'), undefined);
});

test('nor is a guest that registered one by UDP (RFC 5630 §5.3)', async () => {
  const guests = '[domain open.example]\ninbound = anonymous\nregister = anonymous\n';
  const { desk, alice } = await house({ config: CONFIG + guests, zone: ZONE, credentials });
  const gus = await desk.phone('gus', '10.0.0.30');
  const aor = '<sip:gus@open.example>';
  const headers = ['Contact: <sips:gus@10.0.0.30:5060>'];
  gus.request('REGISTER', 'sips:open.example', { to: aor, from: aor, headers });
  gus.response(200);
  desk.ladder();
  for (const scheme of ['sips', 'sip']) {
    alice.call('MESSAGE', `${scheme}:gus@open.example`);
    desk.run(6_000);
  }
  assert.deepEqual(byUdp(desk), []);
});

test('a sips call of a number that ENUM leads back to us by a sip URI rings no phone without TLS (RFC 5630 §5.3)', async () => {
  const { desk, alice } = await setup();
  desk.ladder();
  alice.call('INVITE', 'sips:030123457@home.example');
  desk.run(6_000);
  assert.deepEqual(
    desk.net.wire.filter(({ to }) => to.host === '10.0.0.3'),
    [],
  );
  alice.call('INVITE', 'sip:030123457@home.example');
  assert.match(desk.net.wire.find(({ to }) => to.host === '10.0.0.3')?.text ?? '', /^INVITE sip:bob@10/);
});
