import { expect, test } from 'vitest';
import type { Stream } from '../../../src/runtime/network.ts';
import { Field } from '../../../src/sip/message/fields.ts';
import type { Request } from '../../../src/sip/message/message.ts';
import { Desk, HOUSE, readConfig } from '../../support/desk.ts';
import { Phone } from '../../support/phone.ts';
import { CHALLENGE, housed, MOBILE, PROVIDED, provided, ZONE } from './provided.ts';

const OWN = (port: number) => ({ host: '10.0.0.1', port });
const uri = (request: Request) => request.uriText;

test('a call out shows the number of its caller, is answered a challenge, and rings through (features, row 42)', async () => {
  const { desk, itsp, alice, contact } = await provided();
  const call = alice.call('INVITE', 'sip:0089123456@home.example');
  const first = itsp.take('INVITE');
  expect(uri(first)).toBe('sip:+4989123456@itsp.example');
  expect([first.from.uriText, first.to.uriText]).toEqual(['sip:+49305551@itsp.example', 'sip:+4989123456@itsp.example']);
  // Whoever is called may read it: it is not the one that proves a call to be the provider's.
  expect(first.list(Field.contact)[0]).toMatch(/^<sip:([0-9a-f]{20})@10\.0\.0\.1:5060;line=\1>$/);
  expect(first.list(Field.contact)).not.toEqual([`<${contact}>`]);
  itsp.answer(first, 407, 'Proxy Authentication Required', [`Proxy-Authenticate: ${CHALLENGE}`]);
  const second = itsp.take('INVITE');
  expect(second.get(Field.proxyAuthorization)).toContain('username="1234567", realm="itsp.example"');
  itsp.answer(second, 183, 'Session Progress');
  alice.response(183);
  itsp.answer(second, 200);
  const answer = alice.response(200);
  alice.ack(call, answer);
  desk.run();
  expect(itsp.waiting).toContain('ACK');
  expect(JSON.stringify(desk.log)).not.toContain('secret');
});

test('a number that a group calls shows the number that leads to the group, by its name or by its extension', async () => {
  for (const leads of ['kitchen', '600']) {
    const group = '[group kitchen]\nextension = 600\nmembers = +4917012345\n';
    const { itsp, alice } = await provided(PROVIDED.replace('inbound = bob', `number_+49305552 = ${leads}`) + group);
    alice.call('INVITE', 'sip:kitchen@home.example');
    expect(itsp.take('INVITE').from.uriText).toBe('sip:+49305552@itsp.example');
  }
});

test('credentials for a proxy and for the server behind it go together, and a password that was refused is not tried again (RFC 3261 §22.3)', async () => {
  const { itsp, alice } = await provided();
  const proxy = `Proxy-Authenticate: ${CHALLENGE}`;
  alice.call('INVITE', 'sip:0089123456@home.example');
  itsp.answer(itsp.take('INVITE'), 407, 'Proxy Authentication Required', [proxy]);
  itsp.answer(itsp.take('INVITE'), 401, 'Unauthorized', [`WWW-Authenticate: ${CHALLENGE.replace('n1', 'n2')}`]);
  const both = itsp.take('INVITE');
  expect(both.get(Field.proxyAuthorization)).toContain('nonce="n1"');
  expect(both.get(Field.authorization)).toContain('nonce="n2"');

  alice.call('INVITE', 'sip:0089123457@home.example');
  for (const nonce of ['n3', 'n4']) {
    const refused = [`Proxy-Authenticate: ${CHALLENGE.replace('n1', nonce)}`];
    itsp.answer(itsp.take('INVITE'), 407, 'Proxy Authentication Required', refused);
  }
  expect(itsp.waiting).not.toContain('INVITE');
});

test('a provider that asks for the password anew within a call gets it each time (RFC 3261 §22.3)', async () => {
  const { itsp, alice } = await provided();
  const asks = (method: string, nonce: string) => {
    const challenge = [`Proxy-Authenticate: ${CHALLENGE.replace('n1', nonce)}`];
    itsp.answer(itsp.take(method), 407, 'Proxy Authentication Required', challenge);
    const again = itsp.take(method);
    expect(again.get(Field.proxyAuthorization)).toContain(`nonce="${nonce}", uri="${again.uriText}"`);
    itsp.answer(again, 200, 'OK', [`Contact: ${itsp.contact}`]);
  };
  const invite = alice.call('INVITE', 'sip:0089123456@home.example');
  asks('INVITE', 'n1');
  const answer = alice.response(200);
  alice.ack(invite, answer);
  for (const nonce of ['n2', 'n3']) {
    const held = alice.within(invite, answer, 'INVITE');
    asks('INVITE', nonce);
    alice.ack(held, alice.response(200));
  }
  alice.within(invite, answer, 'BYE');
  asks('BYE', 'n4');
  alice.response(200);
});

test('a hostile callee that answers 407 for a realm of its own gets no credentials (security S9)', async () => {
  const { itsp, alice } = await provided();
  alice.call('INVITE', 'sip:0089123456@home.example');
  const invite = itsp.take('INVITE');
  itsp.answer(invite, 407, 'Proxy Authentication Required', [
    `Proxy-Authenticate: ${CHALLENGE.replace('itsp.example', 'evil.example')}`,
  ]);
  expect(itsp.waiting).toEqual(['ACK']);
  expect(alice.waiting.some((one) => one.startsWith('407'))).toBe(false);
});

test('a call in is known by the token of our Contact, from any address, and rings where its number leads; nobody challenges it', async () => {
  const { desk, itsp, alice, bob, contact } = await provided();
  const from = '"Granny" <sip:+33123456789@itsp.example>';
  itsp.request('INVITE', contact, { from, to: '<sip:+49305551@itsp.example>' });
  const rings = alice.take('INVITE');
  expect(rings.get(Field.from)).toContain('"Granny" <sip:+33123456789@home.example>');
  expect(itsp.waiting.filter((one) => one.startsWith('4'))).toEqual([]);

  const other = await desk.phone('other', '10.9.0.66');
  const number = contact.replace(/sip:[^@]*/, 'sip:+49305559');
  other.request('INVITE', number, { from, to: '<sip:+49305559@itsp.example>' });
  expect(bob.waiting).toEqual(['INVITE']);
});

test('a call without the token is taken from the address of a server of the provider alone', async () => {
  const { desk, itsp, bob } = await provided();
  const stranger = await desk.phone('stranger', '10.9.0.66');
  const wanted = { from: '<sip:+33123456789@itsp.example>' };
  stranger.request('INVITE', 'sip:+49305559@10.0.0.1:5060', wanted);
  expect(bob.waiting).toEqual([]);
  itsp.request('INVITE', 'sip:+49305559@10.0.0.1:5060', wanted);
  expect(bob.waiting).toEqual(['INVITE']);
});

test('a call without the token rings from a server that came into DNS by the last refresh, whether we register or ask by OPTIONS', async () => {
  for (const config of [PROVIDED, PROVIDED.replace('[dial', 'register = no\n[dial')]) {
    const desk = await housed(config);
    const method = config === PROVIDED ? 'REGISTER' : 'OPTIONS';
    const itsp = await desk.phone('itsp', '10.9.0.1');
    const bob = await desk.phone('bob', '10.0.0.3');
    bob.register();
    desk.run(500);
    itsp.answer(itsp.take(method), 200, 'OK', ['Expires: 60']);
    desk.resolver.zone = `${ZONE}_sip._udp.itsp.example 30 SRV 30 1 5060 c.itsp.example\nc.itsp.example 30 A 10.9.0.3`;
    desk.run(61_000);
    itsp.answer(itsp.take(method), 200, 'OK', ['Expires: 60']);
    const newer = await desk.phone('newer', '10.9.0.3');
    newer.request('INVITE', 'sip:+49305559@10.0.0.1:5060', { from: '<sip:+33123456789@itsp.example>' });
    expect(bob.waiting).toEqual(['INVITE']);
  }
});

test('a call without the token over UDP, which anybody can send, rings phones and makes nobody pay (security S1, S8)', async () => {
  const { desk, itsp, bob, contact } = await provided(MOBILE);
  const from = '<sip:+33123456789@itsp.example>';
  itsp.request('INVITE', 'sip:+49305559@10.0.0.1:5060', { from });
  bob.take('INVITE');
  expect(itsp.waiting).not.toContain('INVITE');
  itsp.request('INVITE', 'sip:+49305559@10.0.0.1:5060', { from });
  // Once, for anybody may send as many of them as he likes.
  expect(JSON.stringify(desk.log).split('provider itsp calls by UDP without what our Contact says')).toHaveLength(2);
  itsp.request('INVITE', contact, { from });
  expect(uri(itsp.take('INVITE'))).toBe('sip:+4917012345@itsp.example');
});

test('where we do not register the address is all the evidence that there is, and over a connection it is enough', async () => {
  const desk = await housed(MOBILE.replace('username =', 'register = no\nusername ='));
  const itsp = await desk.phone('itsp', '10.9.0.1');
  desk.run(500);
  itsp.answer(itsp.take('OPTIONS'), 200);
  const from = '<sip:+33123456789@itsp.example>';
  itsp.request('INVITE', 'sip:+49305559@10.0.0.1:5060', { from });
  expect(uri(itsp.take('INVITE'))).toBe('sip:+4917012345@itsp.example');

  const other = await provided(MOBILE);
  const byTcp = new Phone(other.desk, other.desk.hostAt('10.9.0.1'), 'tcp', { host: '10.9.0.1', port: 5090 }, 'tcp');
  await byTcp.open();
  byTcp.request('INVITE', 'sip:+49305559@10.0.0.1:5060', { from });
  expect(uri(other.itsp.take('INVITE'))).toBe('sip:+4917012345@itsp.example');
});

test('on the machine of the provider a phone is no provider: its port tells them apart', async () => {
  const config = PROVIDED.replace('sip:itsp.example', 'sip:10.0.0.1:5080');
  const desk = await Desk.open({ config, providers: true });
  const [itsp, phone] = [new Phone(desk, desk.host, 'itsp', OWN(5080)), new Phone(desk, desk.host, 'phone', OWN(5070))];
  await itsp.open();
  await phone.open();
  desk.run(500);
  itsp.answer(itsp.take('REGISTER'), 200);
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  phone.request('INVITE', 'sip:+49305559@10.0.0.1:5060', { from: '<sip:+33123456789@itsp.example>' });
  expect(bob.waiting).toEqual([]);
  itsp.request('INVITE', 'sip:+49305559@10.0.0.1:5060', { from: '<sip:+33123456789@itsp.example>' });
  expect(bob.waiting).toEqual(['INVITE']);
});

test('a number that nobody has is 404, and OPTIONS of the provider is answered', async () => {
  const { itsp, contact } = await provided(PROVIDED.replace('inbound = bob\n', ''));
  itsp.request('INVITE', contact, { from: '<sip:+33123456789@itsp.example>', to: '<sip:+49305559@itsp.example>' });
  itsp.response(404);
  itsp.request('OPTIONS', contact, { from: '<sip:ping@itsp.example>' });
  itsp.response(200);
});

test('of two accounts at one provider the one that was called takes the call', async () => {
  const more = `[provider second]
registrar = sip:itsp.example
username = 7654321
password = secret
inbound = alice
number_+49305559 = alice
`;
  const desk = await Desk.open({
    config: `${PROVIDED.replace('number_+49305551 = alice\n', '')}${more}`,
    zone: ZONE,
    providers: true,
  });
  const itsp = await desk.phone('itsp', '10.9.0.1');
  desk.run(500);
  for (const request of [itsp.take('REGISTER'), itsp.take('REGISTER')]) itsp.answer(request, 200);
  const alice = await desk.phone('alice', '10.0.0.2');
  const bob = await desk.phone('bob', '10.0.0.3');
  alice.register();
  bob.register();
  itsp.request('INVITE', 'sip:7654321@10.0.0.1', { from: '<sip:+33123456789@itsp.example>' });
  expect([alice.waiting, bob.waiting]).toEqual([['INVITE'], []]);
  itsp.request('INVITE', 'sip:+49305559@10.0.0.1', { from: '<sip:+33123456789@itsp.example>' });
  expect([alice.waiting, bob.waiting]).toEqual([['INVITE', 'INVITE'], []]);
});

test('a provider that is down is known before a call is tried, and up again when it answers (features, gateway qualify)', async () => {
  const { desk, itsp, alice } = await provided();
  const trunk = { kind: 'provider', name: 'itsp' } as const;
  expect(desk.exchange.snapshot.trunkState(trunk)).toEqual({ up: true });
  desk.net.link('*', '10.9.0.1', { loss: 1 });
  desk.net.link('*', '10.9.0.2', { loss: 1 });
  desk.run(600_000);
  expect(desk.exchange.snapshot.trunkState(trunk).up).toBe(false);
  expect(desk.providers!.problems[0]).toContain(
    'provider itsp is down: it does not answer; check registrar, proxy and transport',
  );
  alice.call('INVITE', 'sip:0089123456@home.example');
  alice.response(503);
  desk.net.link('*', '10.9.0.1', {});
  itsp.inbox.length = 0;
  while (itsp.inbox.length === 0) desk.run(1_000);
  itsp.answer(itsp.take('REGISTER'), 200);
  expect(desk.exchange.snapshot.trunkState(trunk)).toEqual({ up: true });
});

test('a provider that is down is tried at once in another network, also where the same address of ours leads to it (pain 6)', async () => {
  const { desk, itsp } = await provided();
  for (const host of ['10.9.0.1', '10.9.0.2']) desk.net.link('*', host, { loss: 1 });
  while (desk.providers!.state('itsp').up) desk.run(10_000);
  desk.run(600_000);
  desk.net.link('*', '10.9.0.1', {});
  while (!itsp.waiting.includes('REGISTER')) desk.run(1_000);
  itsp.answer(itsp.take('REGISTER'), 503, 'Full');
  desk.run(10_000);
  expect(itsp.waiting).not.toContain('REGISTER');
  desk.providers!.networkChanged(false);
  desk.run(100);
  expect(itsp.waiting).toContain('REGISTER');
});

test('a server that is silent to an INVITE is left within the call, and for the next registration', async () => {
  const { desk, itsp, alice } = await provided();
  const second = await desk.phone('second', '10.9.0.2');
  desk.net.link('*', '10.9.0.1', { loss: 1 });
  alice.call('INVITE', 'sip:0089123456@home.example');
  desk.run(5_000);
  expect(uri(second.take('INVITE'))).toBe('sip:+4989123456@itsp.example');
  desk.run(5_000);
  second.answer(second.take('REGISTER'), 200);
  expect(desk.providers!.list()[0]!.server).toBe('udp:10.9.0.2:5060');
  expect(itsp.waiting.filter((one) => one === 'INVITE')).toEqual([]);
});

/** A dial rule names two providers. */
async function two(limit = '') {
  const desk = await Desk.open({
    config: `${PROVIDED.replace('to = provider itsp', 'to = provider itsp, provider blue')
      .replace('listen', 'country = DE\nlisten')
      .replace('[user alice]', `[class some]\nmay = internal, paid\n${limit}\n[user alice]\nclass = some`)}
[provider blue]
registrar = sip:blue.example
username = b
password = b
`,
    zone: `${ZONE}blue.example 30 A 10.9.1.1\n`,
    providers: true,
  });
  const [itsp, blue] = [await desk.phone('itsp', '10.9.0.1'), await desk.phone('blue', '10.9.1.1')];
  const alice = await desk.phone('alice', '10.0.0.2');
  alice.register();
  desk.run(500);
  for (const one of [itsp, blue]) one.answer(one.take('REGISTER'), 200, 'OK', ['Expires: 600']);
  return { desk, itsp, blue, alice };
}

test('where each server of a provider is silent for 5 s the call goes out by the next one that the dial rule names, a call for help too (RFC 3263 §4.3, security S30)', async () => {
  for (const number of ['0089123456', '112']) {
    const { desk, blue, alice } = await two();
    for (const host of ['10.9.0.1', '10.9.0.2']) desk.net.link('*', host, { loss: 1 });
    const call = alice.call('INVITE', `sip:${number}@home.example`);
    desk.run(9_999);
    expect(blue.waiting).not.toContain('INVITE');
    desk.run(1);
    blue.answer(blue.take('INVITE'), 200);
    alice.ack(call, alice.response(200));
  }
});

test('a call that the next provider takes is one call of who pays, the last that he has too, and one of each provider (calls_per_hour)', async () => {
  for (const refuses of [true, false]) {
    const { desk, itsp, blue, alice } = await two('calls_per_hour = 1');
    const { spending } = desk.exchange;
    const call = alice.call('INVITE', 'sip:0089123456@home.example');
    if (refuses) itsp.answer(itsp.take('INVITE'), 500);
    else desk.run(10_000);
    blue.answer(blue.take('INVITE'), 486);
    alice.ack(call, alice.response(486));
    const trunks = ['itsp', 'blue'].map((name) => spending.trunk({ kind: 'provider', name }));
    expect([spending.user('alice'), ...trunks].map(({ hour }) => hour)).toEqual([1, 1, 1]);
    const second = alice.call('INVITE', 'sip:0089123457@home.example');
    alice.ack(second, alice.response(refuses ? 403 : 503)); // the silent one is left for a while
    expect(blue.waiting).not.toContain('INVITE');
  }
});

test('a provider is spoken to by TLS although we have no certificate, only if its own names it, and calls come back on the connection', async () => {
  const zone = '_sips._tcp.itsp.example 30 SRV 10 1 5061 a.itsp.example\na.itsp.example 30 A 10.9.0.1\n';
  const config = PROVIDED.replace('username =', 'transport = tls\nusername =');
  for (const name of ['DNS:itsp.example', 'DNS:evil.example']) {
    const desk = await Desk.open({ config, zone, providers: true });
    const heard: string[] = [];
    let back: Stream | undefined;
    const credentials = { certificate: name, key: name, authorities: undefined };
    await desk.hostAt('10.9.0.1').listen(
      { host: '10.9.0.1', port: 5061 },
      (stream) => {
        back = stream;
        return { data: (text) => void heard.push(text), closed: () => {} };
      },
      { credentials, handshake: 5_000 },
    );
    desk.run(7_000); // the first connection was tried before the machine was there
    if (name === 'DNS:evil.example') {
      expect(heard).toEqual([]);
      expect(desk.providers!.problems[0]).toContain('itsp.example');
      continue;
    }
    expect(heard[0]).toContain('Via: SIP/2.0/TLS 10.0.0.1:5061;branch=');
    const contact = /<(sip:[^>]*;transport=tls;line=[^>]*)>/.exec(heard[0]!)![1]!;
    const bob = await desk.phone('bob', '10.0.0.3');
    bob.register();
    back!.write(
      `INVITE ${contact} SIP/2.0\r\nVia: SIP/2.0/TLS 10.9.0.1:5061;branch=z9hG4bK1\r\nFrom: <sip:+33123456789@itsp.example>;tag=1\r\nTo: <sip:1@itsp.example>\r\n` +
        'Call-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:10.9.0.1:5061;transport=tls>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n',
    );
    desk.run();
    expect(bob.waiting).toEqual(['INVITE']);
  }
});

test('a call out takes the way that the registrar wanted, by the server that answered (RFC 3608 §5)', async () => {
  const { desk, itsp, alice } = await provided();
  while (!itsp.waiting.includes('REGISTER')) desk.run(1_000);
  const refresh = itsp.take('REGISTER');
  itsp.answer(refresh, 200, 'OK', ['Service-Route: <sip:orig@a.itsp.example;lr>', 'Expires: 600']);
  itsp.inbox.length = 0;
  alice.register();
  alice.call('INVITE', 'sip:0089123456@home.example');
  desk.run(100);
  expect(itsp.take('INVITE').list(Field.route)).toEqual(['<sip:orig@a.itsp.example;lr>']);
});

test('an outbound proxy stands before the way that the registrar wants, and calls go to it (RFC 3261 §8.1.2, RFC 3608 §5)', async () => {
  const { desk, itsp, alice } = await provided(PROVIDED.replace('username =', 'proxy = 10.9.0.1\nusername ='));
  const other = await desk.phone('other', '10.9.0.2');
  while (!itsp.waiting.includes('REGISTER')) desk.run(1_000);
  itsp.answer(itsp.take('REGISTER'), 200, 'OK', ['Service-Route: <sip:orig@10.9.0.2;lr>', 'Expires: 600']);
  itsp.inbox.length = 0;
  alice.register();
  alice.call('INVITE', 'sip:0089123456@home.example');
  desk.run(100);
  expect(itsp.take('INVITE').list(Field.route)).toEqual(['<sip:10.9.0.1;lr>', '<sip:orig@10.9.0.2;lr>']);
  expect(other.waiting).toEqual([]);
});

test.each([
  ['', []],
  [', also by a Service-Route that leads to all of them', ['Service-Route: <sip:itsp.example;lr>']],
])('a call goes to the server that answered the REGISTER, however long ago another one failed%s (pain 5)', async (_, route) => {
  const desk = await housed();
  const [first, second] = [await desk.phone('first', '10.9.0.1'), await desk.phone('second', '10.9.0.2')];
  desk.run(500);
  first.answer(first.take('REGISTER'), 503, 'Full');
  second.answer(second.take('REGISTER'), 200, 'OK', ['Expires: 3600', ...route]);
  while (desk.clock.now() < 600_000) {
    desk.run(1_000);
    if (second.waiting.includes('OPTIONS')) second.answer(second.take('OPTIONS'), 200);
  }
  const alice = await desk.phone('alice', '10.0.0.2');
  alice.register();
  first.inbox.length = 0;
  alice.call('INVITE', 'sip:0089123456@home.example');
  expect([first.waiting, second.waiting.includes('INVITE')]).toEqual([[], true]);
});

test('a Service-Route into another class of network than the server’s is not followed: the call goes to the server that answered (security S21)', async () => {
  const { desk, itsp, alice } = await provided();
  while (!itsp.waiting.includes('REGISTER')) desk.run(1_000);
  itsp.answer(itsp.take('REGISTER'), 200, 'OK', ['Service-Route: <sip:169.254.7.7;lr>', 'Expires: 600']);
  itsp.inbox.length = 0;
  const inside = await desk.phone('inside', '169.254.7.7');
  alice.register();
  alice.call('INVITE', 'sip:0089123456@home.example');
  desk.run(100);
  expect([itsp.waiting, inside.waiting]).toEqual([['INVITE'], []]);
});

test('a call for help goes to the servers that a provider had last, where the name service knows none any more (security S30)', async () => {
  const emergency = PROVIDED.replace('extensions =', 'emergency = 112\nextensions =');
  const { desk, itsp, alice } = await provided(emergency);
  desk.net.link('*', '10.9.0.1', { loss: 1 });
  desk.resolver.zone = '* SILENT';
  desk.run(700_000);
  desk.net.link('*', '10.9.0.1', {});
  expect(desk.providers!.state('itsp').up).toBe(false);
  itsp.inbox.length = 0;
  alice.register();
  alice.call('INVITE', 'sip:112@home.example');
  desk.run(10_000);
  expect(itsp.waiting).toContain('INVITE');
});

test('a Service-Route that the name service does not know is no reason to refuse a call: it goes to the server that answered (RFC 3608 §6.3)', async () => {
  const { desk, itsp, alice } = await provided();
  while (!itsp.waiting.includes('REGISTER')) desk.run(1_000);
  itsp.answer(itsp.take('REGISTER'), 200, 'OK', ['Service-Route: <sip:scscf.inside.example;lr>', 'Expires: 600']);
  itsp.inbox.length = 0;
  alice.register();
  alice.call('INVITE', 'sip:0089123456@home.example');
  desk.run(100);
  expect(itsp.take('INVITE').list(Field.route)).toEqual(['<sip:scscf.inside.example;lr>']);
});

test('a server that is full for one call is there: nothing is registered for that', async () => {
  const { desk, itsp, alice } = await provided();
  desk.run(15_000);
  itsp.inbox.length = 0;
  alice.call('INVITE', 'sip:0089123456@home.example');
  itsp.answer(itsp.take('INVITE'), 503, 'Full');
  desk.run(1_000);
  expect(itsp.waiting).not.toContain('REGISTER');
  desk.run(40_000); // the other one is silent, which we are not registered with
  expect(itsp.waiting).not.toContain('REGISTER');
  expect(alice.waiting.at(-1)).toMatch(/^[45]\d\d INVITE$/);
});

test('over TCP a call comes back on the connection of the registration, which is opened again when it closes', async () => {
  const zone = '_sip._tcp.itsp.example 30 SRV 10 1 5060 a.itsp.example\na.itsp.example 30 A 10.9.0.1\n';
  const desk = await Desk.open({ config: PROVIDED.replace('username =', 'transport = tcp\nusername ='), zone, providers: true });
  const itsp = new Phone(desk, desk.hostAt('10.9.0.1'), 'itsp', { host: '10.9.0.1', port: 5060 }, 'tcp');
  await itsp.listen();
  desk.run(7_000);
  const first = itsp.take('REGISTER');
  expect(first.list(Field.contact)[0]).toContain(';transport=tcp;line=');
  itsp.answer(first, 200);
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  const contact = /<([^>]*)>/.exec(first.list(Field.contact)[0]!)![1]!;
  itsp.request('INVITE', contact, { from: '<sip:+33123456789@itsp.example>' });
  expect(bob.waiting).toEqual(['INVITE']);
  desk.run(20_000);
  itsp.inbox.length = 0;
  itsp.close();
  desk.run(100);
  expect(itsp.waiting).toEqual(['REGISTER']);
});

test('another address of ours is registered at once, and the former one taken back, or calls would ring at whoever has it now (pain 1)', async () => {
  const config = PROVIDED.replace('udp:10.0.0.1:5060, tcp:10.0.0.1:5060', 'udp:0.0.0.0:5060');
  const desk = await Desk.open({ config, zone: ZONE, providers: true, addresses: ['10.0.0.1'] });
  const itsp = await desk.phone('itsp', '10.9.0.1');
  desk.run(500);
  itsp.answer(itsp.take('REGISTER'), 200);
  itsp.inbox.length = 0;
  desk.host.removeAddress('10.0.0.1');
  desk.host.addAddress('10.0.0.77');
  await desk.clock.pass(3_000);
  const contacts = itsp.take('REGISTER').list(Field.contact);
  expect(contacts.map((contact) => contact.replace(/sip:[^@]*@|;line=[^>]*/g, ''))).toEqual([
    '<10.0.0.77:5060>;expires=600',
    '<10.0.0.1:5060>;expires=0',
  ]);
});

test('an address that does not lead to the provider comes and goes, and nothing is registered anew, nor is a call refused meanwhile (pain 1)', async () => {
  for (const transport of ['udp', 'tcp'] as const) {
    const listen = 'udp:0.0.0.0:5060, tcp:0.0.0.0:5060, udp:[::]:5060';
    const written = `transport = ${transport}\nusername =`;
    const config = PROVIDED.replace('udp:10.0.0.1:5060, tcp:10.0.0.1:5060', listen).replace('username =', written);
    const zone = ZONE.replaceAll('_udp', `_${transport}`);
    const desk = await Desk.open({ config, zone, providers: true, addresses: ['10.0.0.1'] });
    const itsp = new Phone(desk, desk.hostAt('10.9.0.1'), 'itsp', { host: '10.9.0.1', port: 5060 }, transport);
    await (transport === 'udp' ? itsp.open() : itsp.listen());
    for (let seconds = 0; seconds < 60 && itsp.waiting.length === 0; seconds++) desk.run(1_000);
    itsp.answer(itsp.take('REGISTER'), 200);
    itsp.inbox.length = 0;
    const heard: boolean[] = [];
    desk.providers!.subscribe((name) => heard.push(desk.providers!.state(name).up));
    for (const address of ['172.17.0.1', 'fe80::42:1', 'fd00::7']) {
      desk.host.addAddress(address);
      await desk.clock.pass(3_000);
      expect(desk.exchange.transport.isHere(address)).toBe(true);
      desk.host.removeAddress(address);
      await desk.clock.pass(3_000);
    }
    expect([transport, itsp.waiting, heard]).toEqual([transport, [], []]);
  }
});

test('where another route leads to the provider, and no address came or went, it is told within a minute where we are (pain 1)', async () => {
  for (const answers of [true, false]) {
    const config = PROVIDED.replace('udp:10.0.0.1:5060, tcp:10.0.0.1:5060', 'udp:0.0.0.0:5060');
    const desk = await Desk.open({ config, zone: ZONE, providers: true, addresses: ['10.0.0.1', '10.1.0.1'] });
    const itsp = await desk.phone('itsp', '10.9.0.1');
    desk.run(500);
    itsp.answer(itsp.take('REGISTER'), 200, 'OK', ['Expires: 3600']);
    itsp.inbox.length = 0;
    // Who answers no OPTIONS is sent line ends alone.
    if (answers) while (itsp.waiting.length === 0) desk.run(1_000);
    else desk.run(130_000);
    if (answers) itsp.answer(itsp.take('OPTIONS'), 200);
    itsp.inbox.length = 0;
    desk.host.addresses.reverse();
    for (let seconds = 0; seconds < 61 && itsp.waiting.length === 0; seconds++) await desk.clock.pass(1_000);
    const contacts = itsp.take('REGISTER').list(Field.contact);
    expect(contacts.map((contact) => contact.replace(/sip:[^@]*@|;line=[^>]*/g, ''))).toEqual([
      '<10.1.0.1:5060>;expires=600',
      '<10.0.0.1:5060>;expires=0',
    ]);
    expect(desk.providers!.state('itsp')).toEqual({ up: true });
  }
});

test('a reload adds, changes and removes providers while the others stay (features, row 43)', async () => {
  const { desk, itsp, alice, contact } = await provided();
  const { exchange } = desk;
  const reread = (text: string) => {
    exchange.reload(readConfigText(text));
    desk.run();
  };
  reread(PROVIDED.replace('inbound = bob', 'inbound = alice'));
  expect(itsp.waiting).toEqual([]);
  itsp.request('INVITE', contact, { from: '<sip:+33123456789@itsp.example>', to: '<sip:+49305559@itsp.example>' });
  expect(alice.waiting).toEqual(['INVITE']);
  itsp.inbox.length = 0;
  reread(PROVIDED.replace('password = secret', 'password = other'));
  // The old one leaves before the new one comes: both have the same Contact.
  const leaves = itsp.take('REGISTER');
  expect([leaves.get(Field.expires), itsp.waiting]).toEqual(['0', []]);
  itsp.answer(leaves, 200);
  expect(itsp.take('REGISTER').get(Field.expires)).toBe('600');
  reread(HOUSE);
  expect(desk.providers!.list()).toEqual([]);
});

test('of two reloads within a second the second registers once the account of before them has left (RFC 3261 §10.2.2)', async () => {
  for (const between of [PROVIDED.replace('password = secret', 'password = other'), HOUSE]) {
    const { desk, itsp } = await provided();
    for (const text of [between, PROVIDED.replace('password = secret', 'password = third')]) {
      desk.exchange.reload(readConfigText(text));
      desk.run(100);
    }
    const leaves = itsp.take('REGISTER');
    expect([leaves.get(Field.expires), itsp.waiting]).toEqual(['0', []]);
    // It binds the same Contact: what leaves with a password after it would take the new binding away.
    itsp.answer(leaves, 401, 'Unauthorized', [`WWW-Authenticate: ${CHALLENGE.replace('n1', 'n2')}, stale=true`]);
    itsp.answer(itsp.take('REGISTER'), 200);
    const comes = itsp.take('REGISTER');
    expect([comes.get(Field.expires), itsp.waiting]).toEqual(['600', []]);
    itsp.answer(comes, 200);
    expect(desk.providers!.state('itsp')).toEqual({ up: true });
  }
});

test('a provider that was removed and is there again is said to be up again', async () => {
  const { desk, itsp } = await provided();
  const said = () => desk.log.lines.filter((line) => line.includes('provider itsp is'));
  expect(said()).toEqual(['notice: provider itsp is up: udp:10.9.0.1:5060']);
  desk.exchange.reload(readConfigText(HOUSE));
  desk.run();
  itsp.answer(itsp.take('REGISTER'), 200);
  desk.exchange.reload(readConfigText(PROVIDED));
  desk.run();
  itsp.answer(itsp.take('REGISTER'), 200, 'OK', ['Expires: 600']);
  expect(said()).toEqual(Array(2).fill('notice: provider itsp is up: udp:10.9.0.1:5060'));
});

test('that a provider is down is said once, and that it is up again', async () => {
  const { desk, itsp } = await provided();
  const said = () => desk.log.lines.filter((line) => line.includes('provider itsp is'));
  for (const host of ['10.9.0.1', '10.9.0.2']) desk.net.link('*', host, { loss: 1 });
  desk.run(3_600_000);
  const [up, down] = ['notice: provider itsp is up: udp:10.9.0.1:5060', 'warning: provider itsp is down: it does not answer'];
  expect(said()).toEqual([up, down]);
  const { since } = desk.providers!.list()[0]!;
  expect(since).toBeGreaterThan(desk.clock.wall() - 3_600_000);
  desk.net.link('*', '10.9.0.1', {});
  itsp.inbox.length = 0;
  while (!itsp.waiting.includes('REGISTER')) desk.run(1_000);
  itsp.answer(itsp.take('REGISTER'), 200);
  expect(said()).toEqual([up, down, up]);
  expect(desk.providers!.list()[0]!.since).toBe(desk.clock.wall());
});

test('a provider whose servers fail in different ways is told of once for each', async () => {
  const desk = await Desk.open({ config: PROVIDED, zone: ZONE.replace('SRV 20', 'SRV 10'), providers: true });
  await desk.phone('silent', '10.9.0.1');
  const full = await desk.phone('full', '10.9.0.2');
  for (let seconds = 0; seconds < 3_600; seconds++) {
    if (full.waiting.includes('REGISTER')) full.answer(full.take('REGISTER'), 503, 'Full');
    desk.run(1_000);
  }
  const said = desk.log.of('warning').filter((line) => line.includes('provider itsp is'));
  expect([...said].sort()).toEqual(['provider itsp is down: 503 Full', 'provider itsp is down: it does not answer']);
});

test('by which server a provider is up is told each time that it is another one', async () => {
  const { desk, itsp } = await provided();
  const second = await desk.phone('second', '10.9.0.2');
  const servers = [second, itsp, second].map((server) => {
    itsp.inbox.length = 0;
    second.inbox.length = 0;
    while (!server.waiting.includes('REGISTER')) desk.run(1_000);
    server.answer(server.take('REGISTER'), 200, 'OK', ['Expires: 600']);
    return desk.providers!.list()[0]!.server;
  });
  const said = desk.log.lines.filter((line) => line.includes('provider itsp is'));
  expect(servers).toEqual(['udp:10.9.0.2:5060', 'udp:10.9.0.1:5060', 'udp:10.9.0.2:5060']);
  expect(said).toEqual(['udp:10.9.0.1:5060', ...servers].map((server) => `notice: provider itsp is up: ${server}`));
});

test('a provider that closes each connection at once is told of once, and again when it stays up', async () => {
  const zone = '_sip._tcp.itsp.example 30 SRV 10 1 5060 a.itsp.example\na.itsp.example 30 A 10.9.0.1\n';
  const config = PROVIDED.replace('username =', 'transport = tcp\nusername =');
  const desk = await Desk.open({ config, zone, providers: true });
  const itsp = new Phone(desk, desk.hostAt('10.9.0.1'), 'itsp', { host: '10.9.0.1', port: 5060 }, 'tcp');
  await itsp.listen();
  const said = () => desk.log.lines.filter((line) => line.includes('provider itsp is')).slice(1);
  const grant = () => {
    while (!itsp.waiting.includes('REGISTER')) desk.run(1_000);
    itsp.answer(itsp.take('REGISTER'), 200, 'OK', ['Expires: 600']);
  };
  for (let times = 0; times < 60; times++) {
    grant();
    itsp.close();
    desk.run();
  }
  const [up, down] = [
    'notice: provider itsp is up: tcp:10.9.0.1:5060',
    'warning: provider itsp is down: the connection was closed',
  ];
  expect(said()).toEqual([up, down]);
  grant();
  desk.run(9_000);
  expect(said()).toEqual([up, down]);
  desk.run(1_000);
  expect(said()).toEqual([up, down, up]);
});

test('a call of a provider that finds nobody is in the history, as that of a user is (features, row 55)', async () => {
  const { desk, itsp, contact } = await provided(PROVIDED.replace('[user bob]', '[user bob]\ndnd = yes'));
  const from = '"Granny" <sip:+33123456789@itsp.example>';
  itsp.request('INVITE', contact, { from, to: '<sip:+49305559@itsp.example>' });
  expect(itsp.waiting).toEqual(['486 INVITE']);
  const missed = desk.exchange.calls.history(0, 9).map((call) => [call.from, call.to, call.status, call.reason]);
  expect(missed).toEqual([['sip:+33123456789@home.example', 'sip:bob@home.example', 486, 'bob does not want to be disturbed']]);
});

test.each([
  ['', PROVIDED],
  [', that of an account which a reload has just changed', PROVIDED.replace('password = secret', 'password = other')],
  [', that of an account which a reload has just removed', HOUSE],
])('the end takes every registration back%s', async (_which, text) => {
  const { desk, itsp } = await provided();
  desk.exchange.reload(readConfigText(text));
  let over = false;
  const ended = desk.exchange.stop().then(() => {
    over = true;
  });
  desk.run();
  const leaves = itsp.take('REGISTER');
  expect(leaves.get(Field.expires)).toBe('0');
  await new Promise((done) => setImmediate(done));
  expect(over).toBe(false); // a registrar may ask for a password first
  itsp.answer(leaves, 200);
  await ended;
});

test('an end that is asked for twice, as by a second ^C, is one, and closes nothing that is closed', async () => {
  const { desk, itsp } = await provided();
  const first = desk.exchange.stop();
  desk.run();
  const leaves = itsp.take('REGISTER');
  const second = desk.exchange.stop();
  desk.run();
  itsp.answer(leaves, 200);
  await Promise.all([first, second]);
  expect([itsp.waiting, desk.log.of('error')]).toEqual([[], []]);
});

test('a reload that is done only after the end began registers nothing, and the end waits for no more than it did', async () => {
  const { desk, itsp } = await provided();
  const ended = desk.exchange.stop();
  desk.run();
  const leaves = itsp.take('REGISTER');
  desk.exchange.reload(readConfigText(PROVIDED.replace('password = secret', 'password = other')));
  itsp.answer(leaves, 200);
  await ended;
  expect(itsp.waiting).toEqual([]);
});

test('a test of a provider says step by step what happened, and what to do (interface, provider test)', async () => {
  const { desk, itsp } = await provided();
  const told: unknown[] = [];
  desk.providers!.test('itsp', (outcome) => told.push(outcome));
  desk.run();
  itsp.answer(itsp.take('REGISTER'), 403, 'Forbidden');
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ up: false, advice: expect.stringContaining('check username and password in [provider itsp]') });
  expect((told[0] as { steps: string[] }).steps.slice(-2)).toEqual(['REGISTER to udp:10.9.0.1:5060', '403 Forbidden']);
  expect(desk.providers!.test('nobody', () => {})).toBe(false);
});

function readConfigText(text: string) {
  const { config } = readConfig(text.replace('extensions =', 'country = DE\nextensions ='));
  return config!;
}
