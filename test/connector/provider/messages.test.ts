import { expect, test } from 'vitest';
import { MOBILE, PROVIDED, provided } from './provided.ts';

test('a MESSAGE of a provider comes to the phones of whoever has its number: no forward, no trunk and no other domain (RFC 3428)', async () => {
  const { itsp, alice, bob, contact } = await provided(MOBILE);
  const write = (to: string) =>
    itsp.request('MESSAGE', contact, { from: '<sip:+331@itsp.example>', to: `<${to}>`, body: 'hello' });
  write('sip:+49305551@itsp.example');
  const read = alice.take('MESSAGE');
  expect([read.body, read.uriText]).toEqual(['hello', 'sip:alice@10.0.0.2:5060']);
  alice.answer(read, 202, 'Accepted');
  itsp.response(202);
  write('sip:+49305559@itsp.example');
  bob.answer(bob.take('MESSAGE'), 200);
  itsp.response(200);
  bob.register(['Contact: *', 'Expires: 0']);
  write('sip:+49305559@itsp.example');
  itsp.response(480);
  expect(itsp.waiting).not.toContain('MESSAGE');
});

test.each([
  ['that nobody has', PROVIDED.replace('inbound = bob\n', '')],
  ['that leads to another domain', PROVIDED.replace('inbound = bob', 'inbound = sip:x@itsp.example')],
])('a MESSAGE of a provider to a number %s gets 404', async (_, config) => {
  const { itsp, contact } = await provided(config);
  itsp.request('MESSAGE', contact, { from: '<sip:+331@itsp.example>', to: '<sip:+49305559@itsp.example>', body: 'hello' });
  itsp.response(404);
  expect(itsp.waiting).not.toContain('MESSAGE');
});

test('nobody out there writes in the name of one of ours, whatever proves the MESSAGE to be the provider’s', async () => {
  const { itsp, bob, contact } = await provided();
  const write = (from: string) => itsp.request('MESSAGE', contact, { from, to: '<sip:+49305559@itsp.example>', body: 'hello' });
  for (const from of [
    ...['<sip:alice@home.example>', '<sip:201@10.0.0.1>', '"Alice" <sip:alice@HOME.example:5070>'],
    ...['<tel:201>', '<tel:2-01;phone-context=itsp.example>', '<im:alice@home.example>', '<mailto:alice@home.example?x=y>'],
  ]) {
    write(from);
    expect([from, itsp.response(403).status, bob.waiting]).toEqual([from, 403, []]);
  }
  for (const from of ['<sip:+4940123@home.example>', '<tel:+4940123>', '<sip:201@itsp.example>']) {
    write(from);
    bob.take('MESSAGE');
  }
});
