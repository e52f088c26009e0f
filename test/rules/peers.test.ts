import { assert, test } from 'vitest';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request } from '../../src/sip/message/message.ts';
import { read } from '../../src/sip/message/read.ts';
import { Desk, type DeskOptions, HOUSE } from '../support/desk.ts';
import { Phone } from '../support/phone.ts';
import { simProviders } from '../support/sim-providers.ts';
import { response } from '../support/written.ts';
import { house, NOTHING, nothingLeft, STRANGER } from './house.ts';

// Calls to other domains: the cases of dns-cases.csv that are the proxy's to keep (RFC 3263 §4.3), and who may reach which address.

/** Two servers of one domain, the first to be tried first. */
const TWO = `
_sip._udp.d.test 60 SRV 10 0 5060 a.d.test
_sip._udp.d.test 60 SRV 20 0 5060 b.d.test
a.d.test 60 A 192.0.2.10
b.d.test 60 A 192.0.2.20
`;
const D = 'sip:u@d.test';
const A = '192.0.2.10';
const B = '192.0.2.20';

interface Town {
  readonly desk: Desk;
  readonly alice: Phone;
}

async function town(zone = TWO, options: DeskOptions = {}): Promise<Town> {
  const { desk, alice } = await house({ zone, ...options });
  return { desk, alice };
}

/** The server of another domain, as a user agent. */
const server = (desk: Desk, address: string, transport: 'udp' | 'tcp' | 'tls' = 'udp') =>
  desk.phone(`at-${address}`, address, 5060, transport);

/** Everything that went to this address: `1200 INVITE`. */
function sentTo(desk: Desk, address: string): string[] {
  const { wire } = desk.net;
  const start = wire[0]?.time ?? 0;
  return wire
    .filter(({ to }) => to.host === address)
    .map(({ time, text }) => `${Math.round(time - start)} ${/^\S+/.exec(text)?.[0]}`);
}

test('an address is called without DNS, by the Request-URI as it was dialed (RFC 3263 §4.1, RFC 3261 §16.6)', async () => {
  const { desk, alice } = await town();
  const bob = await server(desk, A);
  const invite = alice.call('INVITE', 'sip:Bob;x=y@192.0.2.10;transport=udp', {
    headers: [`Contact: ${alice.contact}`, 'P-Preferred-Identity: <sip:alice@home.example>', 'Privacy: id'],
  });
  const got = bob.take('INVITE');
  assert.equal(got.uriText, 'sip:Bob;x=y@192.0.2.10;transport=udp');
  assert.equal(got.maxForwards, 69);
  assert.deepEqual([got.find(Field.preferredIdentity), got.find(Field.proxyAuthorization)], [-1, -1]);
  assert.deepEqual(got.list(Field.privacy), ['id']);
  bob.answer(got, 180);
  bob.answer(got, 200);
  alice.response(180);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  bob.take('ACK');
  bob.back(got, 'at-192.0.2.10-answers', 'BYE');
  alice.answer(alice.take('BYE'), 200);
  bob.response(200);
  assert.deepEqual(desk.resolver.asked(), []);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('D08, D03: a name is called at its address, and what is remembered is not asked again (RFC 3263 §4.2)', async () => {
  const { desk, alice } = await town('h.test 60 A 192.0.2.10');
  const bob = await server(desk, A);
  alice.call('MESSAGE', 'sip:u@h.test');
  bob.answer(bob.take('MESSAGE'), 200);
  alice.response(200);
  assert.equal(desk.resolver.asked().includes('A h.test'), true);
  alice.call('MESSAGE', 'sip:u@h.test');
  bob.answer(bob.take('MESSAGE'), 200);
  assert.deepEqual(
    desk.resolver.asked().filter((question) => question.startsWith('A ')),
    [],
  );
});

test('D13: a server whose port is closed costs no time: ICMP leads to the next one (RFC 3263 §4.3)', async () => {
  const { desk, alice } = await town();
  desk.hostAt(A);
  const b = await server(desk, B);
  desk.ladder();
  alice.call('INVITE', D);
  assert.deepEqual(sentTo(desk, A), ['0 INVITE']);
  assert.deepEqual(sentTo(desk, B), ['0 INVITE']);
  b.answer(b.take('INVITE'), 200);
  alice.response(200);
});

test('D13: where both ports are closed a long request is tried by TCP and by UDP, once each (RFC 3261 §18.1.1, RFC 3263 §4.3)', async () => {
  const { desk, alice } = await town();
  desk.hostAt(A);
  const b = await server(desk, B);
  alice.call('INVITE', D, { body: 'x'.repeat(2_000) });
  assert.deepEqual(sentTo(desk, A), ['0 INVITE']);
  b.take('INVITE');
});

test('D13: so does a connection that is refused', async () => {
  const { desk, alice } = await town(TWO.replaceAll('_udp', '_tcp'));
  desk.hostAt(A);
  const b = await server(desk, B, 'tcp');
  await b.listen();
  alice.call('INVITE', `${D};transport=tcp`);
  const got = b.take('INVITE');
  assert.equal(got.uriText, `${D};transport=tcp`);
  assert.match(got.via.text, /^SIP\/2.0\/TCP 10.0.0.1:5060;branch=/);
  b.answer(got, 200);
  alice.response(200);
});

test('a name that leads to a dozen addresses is tried at eight of them, whoever owns it (security S21)', async () => {
  const addresses = Array.from({ length: 12 }, (_, i) => `192.0.2.${101 + i}`);
  const { desk, alice } = await town(addresses.map((address) => `h.test 60 A ${address}`).join('\n'));
  for (const address of addresses) desk.hostAt(address);
  desk.ladder();
  alice.call('INVITE', 'sip:u@h.test');
  assert.equal(addresses.filter((address) => sentTo(desk, address).length > 0).length, 8);
});

test('D15: the server that follows one with a 503 has its own time to answer (RFC 3263 §4.3)', async () => {
  const { desk, alice } = await town(`${TWO}_sip._udp.d.test 60 SRV 30 0 5060 c.d.test\nc.d.test 60 A 192.0.2.30\n`);
  const [a, , c] = [await server(desk, A), await server(desk, B), await server(desk, '192.0.2.30')];
  alice.call('INVITE', D);
  desk.run(1_000);
  a.answer(a.take('INVITE'), 503);
  desk.run(1_199);
  assert.deepEqual(c.waiting, []);
  desk.run(1);
  assert.deepEqual(c.waiting, ['INVITE']);
});

test('D14: beside a server that says nothing the next is tried after 1.2 s, with a branch of its own (RFC 3263 §4.3)', async () => {
  const { desk, alice } = await town();
  const b = await server(desk, B);
  desk.ladder();
  alice.call('INVITE', D);
  desk.run(1_199);
  assert.deepEqual(b.waiting, []);
  desk.run(1);
  const got = b.take('INVITE');
  const branches = desk.net.wire
    .filter(({ to }) => to.host === A || to.host === B)
    .map(({ text }) => /branch=\S+?;/.exec(text)?.[0]);
  assert.equal(new Set(branches).size, 2);
  b.answer(got, 180);
  alice.response(180);
  b.answer(got, 200);
  alice.response(200);
  // The silent one is tried last for a while.
  desk.net.clear();
  alice.call('INVITE', D);
  assert.deepEqual(sentTo(desk, A), []);
  b.take('INVITE');
  assert.deepEqual(nothingLeft(desk).live, 0);
});

test('D14: a connection that does not come up is waited for 300 ms, and nothing is sent on it later (RFC 8305 §5)', async () => {
  const { desk, alice } = await town(TWO.replaceAll('_udp', '_tcp'));
  const b = await server(desk, B, 'tcp');
  await b.listen();
  alice.call('INVITE', `${D};transport=tcp`);
  desk.run(299);
  assert.deepEqual(b.waiting, []);
  desk.run(1);
  b.answer(b.take('INVITE'), 200);
  alice.response(200);
  const a = await server(desk, A, 'tcp');
  await a.listen();
  desk.run(70_000);
  assert.deepEqual(a.waiting, []);
});

test('D14: a server whose connection has come up has as long to say a word as any other (RFC 3263 §4.3)', async () => {
  const { desk, alice } = await town(TWO.replaceAll('_udp', '_tcp'));
  const [a, b] = [await server(desk, A, 'tcp'), await server(desk, B, 'tcp')];
  for (const one of [a, b]) await one.listen();
  alice.call('INVITE', `${D};transport=tcp`);
  desk.run(1_499);
  assert.deepEqual([a.waiting, b.waiting], [['INVITE'], []]);
  desk.run(1);
  assert.deepEqual(b.waiting, ['INVITE']);
});

test('a message goes to the next server once it cannot arrive at the one before any more, and arrives once (RFC 3428 §8, RFC 3263 §4.3)', async () => {
  const { desk, alice } = await town(TWO.replaceAll('_udp', '_tcp'));
  const [a, b] = [await server(desk, A, 'tcp'), await server(desk, B, 'tcp')];
  await a.listen();
  await b.listen();
  // Both connections come up late, one after the other.
  desk.net.link('10.0.0.1', A, { delay: 200 });
  desk.net.link('10.0.0.1', B, { delay: 200 });
  alice.call('MESSAGE', `${D};transport=tcp`);
  desk.run(10_000);
  const got = a.take('MESSAGE');
  assert.deepEqual(b.waiting, []);
  // It takes its time, and has it: the connection says that it is there.
  a.answer(got, 200);
  desk.run(1_000);
  alice.response(200);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('D14: beside a server that says nothing to a message by UDP the next gets it after 4 s (RFC 4320 §4.1, RFC 3263 §4.3)', async () => {
  const { desk, alice } = await town();
  const b = await server(desk, B);
  alice.call('MESSAGE', D);
  desk.run(3_999);
  assert.deepEqual(b.waiting, []);
  desk.run(1);
  assert.deepEqual(b.waiting, ['MESSAGE']);
});

test('a message whose connection does not come up within 2 s is taken back before it goes to the next server (RFC 3263 §4.3)', async () => {
  const { desk, alice } = await town(TWO.replaceAll('_udp', '_tcp'));
  const b = await server(desk, B, 'tcp');
  await b.listen();
  alice.call('MESSAGE', `${D};transport=tcp`);
  desk.run(1_999);
  assert.deepEqual(b.waiting, []);
  desk.run(1);
  b.answer(b.take('MESSAGE'), 200);
  alice.response(200);
  const a = await server(desk, A, 'tcp');
  await a.listen();
  desk.run(70_000);
  assert.deepEqual(a.waiting, []);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('D14: a request that is too long for UDP is given time to come back from TCP before the next server is tried (RFC 3261 §18.1.1)', async () => {
  const { desk, alice } = await town();
  const a = await server(desk, A);
  const b = await server(desk, B);
  // A connection is given up after 500 ms.
  desk.net.link('10.0.0.1', A, { delay: 600 });
  const invite = alice.call('INVITE', D, { body: 'x'.repeat(2_000) });
  desk.run(1_150);
  assert.deepEqual([a.take('INVITE').via.text.slice(0, 11), b.waiting], ['SIP/2.0/UDP', []]);
  assert.equal(sentTo(desk, A)[0], '500 INVITE');
  alice.cancel(invite);
});

test('D14: where no server ever answers the caller is told so (RFC 3261 §16.8)', async () => {
  const { desk, alice } = await town();
  const invite = alice.call('INVITE', D);
  desk.run(40_000);
  const answer = alice.response(408);
  assert.equal(answer.other('warning'), '399 home.example "no server of d.test answers"');
  alice.ack(invite, answer);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('D14: the slow one that answers after all is cancelled, and its 2xx is passed as that of any fork (RFC 3261 §9.1, §13.2.2.4)', async () => {
  const { desk, alice } = await town();
  const a = await server(desk, A);
  const b = await server(desk, B);
  alice.call('INVITE', D);
  const slow = a.take('INVITE');
  desk.run(1_200);
  const quick = b.take('INVITE');
  b.answer(quick, 180);
  a.answer(slow, 180);
  assert.deepEqual(a.waiting.includes('CANCEL'), true);
  assert.deepEqual(alice.waiting, ['100 INVITE', '180 INVITE']);
  a.answer(a.take('CANCEL'), 200);
  a.answer(slow, 200, 'OK', [], 'crossed');
  b.answer(b.take('CANCEL'), 200);
  b.answer(quick, 487);
  const ok = alice.response(200);
  assert.equal(ok.to.tag, 'crossed');
  assert.deepEqual(alice.waiting, ['100 INVITE', '180 INVITE']);
});

test('D15: a slow server that was given up for another has not the call, though that one says 503: the next has it (RFC 3261 §9.1)', async () => {
  const { desk, alice } = await town(`${TWO}_sip._udp.d.test 60 SRV 30 0 5060 c.d.test\nc.d.test 60 A 192.0.2.30\n`);
  const [a, b, c] = [await server(desk, A), await server(desk, B), await server(desk, '192.0.2.30')];
  const invite = alice.call('INVITE', D);
  const slow = a.take('INVITE');
  desk.run(1_200);
  const full = b.take('INVITE');
  b.answer(full, 100);
  b.answer(full, 503);
  const last = c.take('INVITE');
  a.answer(slow, 180);
  a.answer(a.take('CANCEL'), 200);
  a.answer(slow, 487);
  c.answer(last, 180);
  c.answer(last, 200);
  alice.response(180);
  alice.within(invite, alice.response(200), 'ACK');
  assert.deepEqual([c.waiting.includes('CANCEL'), alice.waiting], [false, ['100 INVITE']]);
});

test('D15: a 503 leads to the next server, is not seen by the caller, and holds for its Retry-After (RFC 3263 §4.3)', async () => {
  const { desk, alice } = await town();
  const a = await server(desk, A);
  const b = await server(desk, B);
  const first = alice.call('INVITE', D);
  a.answer(a.take('INVITE'), 503, 'Busy', ['Retry-After: 20']);
  a.take('ACK');
  b.answer(b.take('INVITE'), 486);
  assert.deepEqual(alice.waiting, ['486 INVITE']);
  alice.ack(first, alice.response(486));
  for (const [wait, expected] of [
    [19_000, b],
    [2_000, a],
  ] as const) {
    desk.run(wait);
    const again = alice.call('INVITE', D);
    expected.answer(expected.take('INVITE'), 486);
    alice.ack(again, alice.response(486));
  }
});

test('D16: where every server says 503 the caller gets 500 (RFC 3261 §16.7 step 6)', async () => {
  const { desk, alice } = await town();
  const a = await server(desk, A);
  const b = await server(desk, B);
  const invite = alice.call('INVITE', D);
  a.answer(a.take('INVITE'), 503);
  b.answer(b.take('INVITE'), 503);
  assert.deepEqual(alice.waiting, ['500 INVITE']);
  const answer = alice.response(500);
  assert.equal(answer.other('warning'), '399 home.example "no server of d.test takes calls now"');
  alice.ack(invite, answer);
  a.take('ACK');
  b.take('ACK');
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('D18: CANCEL and the ACK to a refusal go to the server that the INVITE went to (RFC 3263 §4)', async () => {
  const { desk, alice } = await town();
  const a = await server(desk, A);
  const b = await server(desk, B);
  const invite = alice.call('INVITE', D);
  a.answer(a.take('INVITE'), 503);
  const got = b.take('INVITE');
  b.answer(got, 180);
  desk.ladder();
  alice.cancel(invite);
  const cancel = b.take('CANCEL');
  assert.equal(cancel.via.branch, got.via.branch);
  assert.equal(cancel.get(Field.reason), undefined); // nobody has answered elsewhere: it is a missed call
  b.answer(cancel, 200);
  b.answer(got, 487);
  assert.equal(b.take('ACK').via.branch, got.via.branch);
  assert.deepEqual(
    desk.ladder().filter((row) => row.includes(A)),
    [],
  );
  alice.ack(invite, alice.response(487));
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('a caller who gives up while the name is looked up gets 487 at once, and nothing is sent (RFC 3261 §9.1)', async () => {
  const { desk, alice } = await town();
  await server(desk, A);
  desk.resolver.lag = 500;
  const invite = alice.call('INVITE', D);
  desk.ladder();
  alice.cancel(invite);
  assert.deepEqual(alice.waiting, ['200 CANCEL', '487 INVITE']);
  alice.ack(invite, alice.response(487));
  desk.resolver.asked();
  desk.run(5_000);
  assert.deepEqual([sentTo(desk, A), desk.resolver.asked()], [[], []]);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('D20: a domain that does not exist is answered at once, and the Warning says what DNS said (RFC 3261 §20.43)', async () => {
  const config = HOUSE.replace('tcp:10.0.0.1:5060', 'udp:[2001:db8::1]:5060');
  const { desk, alice } = await town('test 60 SOA 5', { config, addresses: ['10.0.0.1', '2001:db8::1'] });
  const invite = alice.call('INVITE', 'sip:u@nx.test');
  const answer = alice.response(404);
  assert.equal(answer.other('warning'), '399 home.example "nx.test has no address"');
  alice.ack(invite, answer);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('what DNS says of where a call is led on to is told to users of the house alone (security S5)', async () => {
  const config = HOUSE.replace('[user carol]', 'forward_all = x@nx.test\n[user carol]');
  const { desk, alice } = await town(TWO, { config });
  const stranger = await desk.phone('x', '192.0.2.66');
  alice.call('INVITE', 'sip:bob@home.example');
  stranger.request('INVITE', 'sip:bob@home.example', STRANGER);
  const warnings = [alice.response(404), stranger.response(404)].map((answer) => answer.other('warning') !== undefined);
  assert.deepEqual(warnings, [true, false]);
});

test('D21: name servers that fail or say nothing are a 504 within 5 s, and nothing is remembered of it', async () => {
  const { desk, alice } = await town('d.test SERVFAIL\n_sip._udp.d.test SERVFAIL\n_sip._tcp.d.test SERVFAIL');
  const b = await server(desk, B);
  const invite = alice.call('INVITE', D);
  desk.run(100);
  const answer = alice.response(504);
  assert.match(answer.other('warning') ?? '', /^399 home\.example ".*SERVFAIL"$/);
  alice.ack(invite, answer);
  desk.resolver.zone = '* SILENT';
  const silent = alice.call('INVITE', 'sip:u@e.test');
  desk.run(5_000);
  alice.ack(silent, alice.response(504));
  desk.resolver.zone = 'd.test 60 A 192.0.2.20';
  alice.call('INVITE', D);
  b.take('INVITE');
});

test('D24: a dead address family costs a second and not half a minute (RFC 6157 §3.1, RFC 7984)', async () => {
  const config = HOUSE.replace('tcp:10.0.0.1:5060', 'tcp:10.0.0.1:5060, udp:[2001:db8::1]:5060');
  const zone = 'd.test 60 AAAA 2001:db8::10\nd.test 60 A 192.0.2.20';
  const { desk, alice } = await town(zone, { config, addresses: ['10.0.0.1', '2001:db8::1'] });
  const b = await server(desk, B);
  alice.call('INVITE', D);
  desk.run(1_999);
  b.answer(b.take('INVITE'), 200);
  alice.response(200);
});

test.each([
  '127.0.0.1',
  '::1',
  '::ffff:127.0.0.1',
  '0.0.0.0',
  '::',
  '64:ff9b::127.0.0.1',
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  'fd00:ec2::254',
  'fd00:0ec2:0::0254',
  'fd20:ce::254',
  '224.0.0.1',
  '255.255.255.255',
  '10.0.0.1',
])('D25: a name that leads to %s gets no packet there, whoever calls (security S21)', async (address) => {
  const { desk, alice } = await town(`evil.test 60 ${address.includes(':') ? 'AAAA' : 'A'} ${address}`);
  desk.ladder();
  const invite = alice.call('INVITE', 'sip:u@evil.test');
  desk.run(5_000);
  assert.deepEqual(
    desk.net.wire.filter(({ to }) => to.host !== '10.0.0.1' && to.host !== '10.0.0.2'),
    [],
  );
  const [answer] = alice.inbox.filter((message) => message.kind === 'response' && message.status >= 300);
  assert.match(answer?.text ?? '', /^SIP\/2\.0 [45]/);
  assert.notEqual(invite, undefined);
});

test('D25: a user may call a neighbour in the own network, by name or address', async () => {
  const { desk, alice } = await town('neighbour.test 60 A 10.0.0.7');
  const dora = await desk.phone('dora', '10.0.0.7');
  alice.call('INVITE', 'sip:dora@neighbour.test');
  dora.answer(dora.take('INVITE'), 486);
  alice.call('INVITE', 'sip:dora@10.0.0.7');
  dora.take('INVITE');
});

test('D25: a name leads no user to another program on this machine, an address that was dialed does (security S1, S21)', async () => {
  const { desk, alice } = await town('back.test 60 A 10.0.0.1');
  const other = new Phone(desk, desk.host, 'other', { host: '10.0.0.1', port: 5080 });
  await other.open();
  const invite = alice.call('INVITE', 'sip:x@back.test:5080');
  const answer = alice.response(403);
  assert.equal(answer.other('warning'), '399 home.example "nothing is sent to 10.0.0.1 for this caller"');
  alice.ack(invite, answer);
  assert.deepEqual(other.waiting, []);
  alice.call('INVITE', 'sip:x@10.0.0.1:5080');
  other.take('INVITE');
});

test('D25: a domain that the configuration pins may be anywhere: via is asked instead of DNS', async () => {
  const { desk, alice } = await town('', { config: `${HOUSE}[peer d.test]\nvia = 10.0.0.7:5070\n` });
  const pinned = await desk.phone('pinned', '10.0.0.7', 5070);
  alice.call('INVITE', D);
  assert.equal(pinned.take('INVITE').uriText, D);
  assert.deepEqual(desk.resolver.asked(), []);
});

test('rule 9: a server that is ourselves is passed over at once, wherever a pinned name leads; where there is no other the caller is told (RFC 3263 §4.3)', async () => {
  const config = `${HOUSE}[peer d.test]\nvia = gw.test\n[peer e.test]\nvia = own.test\n`;
  const zone = `
_sip._udp.gw.test 60 SRV 10 0 5060 own.test
_sip._udp.gw.test 60 SRV 20 0 5060 other.test
own.test 60 A 10.0.0.1
other.test 60 A ${B}
`;
  const { desk, alice } = await town(zone, { config });
  const b = await server(desk, B);
  alice.call('INVITE', D);
  b.answer(b.take('INVITE'), 200);
  alice.response(200);
  assert.deepEqual(sentTo(desk, B), ['0 INVITE']);
  alice.call('INVITE', 'sip:u@e.test');
  const why = 'udp:10.0.0.1:5060: nothing is sent to 10.0.0.1 port 5060';
  assert.equal(alice.response(500).other('warning'), `399 home.example "${why}"`);
});

test('S1: the server of a provider is reached by a trunk alone, whatever name leads there', async () => {
  const { desk, alice } = await town();
  const provider = await server(desk, A);
  const b = await server(desk, B);
  desk.exchange.connect(simProviders({ at: (host) => (host === A ? 'acme' : undefined) }));
  const invite = alice.call('INVITE', 'sip:+15551234@192.0.2.10');
  const answer = alice.response(403);
  assert.equal(answer.other('warning'), '399 home.example "nothing is sent to 192.0.2.10 for this caller"');
  alice.ack(invite, answer);
  alice.call('INVITE', D);
  b.take('INVITE');
  assert.deepEqual(provider.waiting, []);
});

test('rule 39: nobody but our users leaves the house, and no name is looked up for anybody else (security S1)', async () => {
  const { desk, alice } = await town();
  alice.request('INVITE', D, STRANGER);
  alice.response(403);
  assert.deepEqual(desk.resolver.asked(), []);
});

test('D29: a sips URI is never called by UDP, and where there is no TLS the answer is an error (RFC 3263 §4.1)', async () => {
  const { desk, alice } = await town();
  await server(desk, A);
  desk.ladder();
  alice.call('INVITE', 'sips:u@d.test');
  desk.run(5_000);
  assert.deepEqual(sentTo(desk, A), []);
  assert.match(alice.waiting.join(), /(4|5)[0-9]{2} INVITE/);
});

test('S9: a stranger who wants a password is not shown one: his challenge ends at the proxy', async () => {
  const { desk, alice } = await town();
  const a = await server(desk, A);
  for (const [status, field] of [
    [401, 'WWW-Authenticate'],
    [407, 'Proxy-Authenticate'],
  ] as const) {
    const invite = alice.call('INVITE', D);
    a.answer(a.take('INVITE'), status, 'Who are you', [`${field}: Digest realm="desk", nonce="n"`]);
    const answer = alice.response(403);
    assert.equal(answer.text.includes('nonce'), false);
    assert.equal(
      answer.other('warning'),
      '399 home.example "d.test asks for a password, and no phone of ours is asked for one by strangers"',
    );
    alice.ack(invite, answer);
  }
  const invite = alice.call('INVITE', D);
  a.answer(a.take('INVITE'), 200);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  alice.within(invite, ok, 'BYE');
  a.answer(a.take('BYE'), 407, 'Who are you', ['Proxy-Authenticate: Digest realm="desk", nonce="n"']);
  assert.equal(alice.response(403).text.includes('nonce'), false);
});

test('S9: nor does a stranger who called us get one, within the dialog', async () => {
  const { desk, alice } = await town();
  const x = await desk.phone('x', '192.0.2.66');
  const { bob } = await phoneOf(desk);
  x.request('INVITE', 'sip:bob@home.example', STRANGER);
  const got = bob.take('INVITE');
  bob.answer(got, 200);
  x.response(200);
  bob.back(got, 'bob-answers', 'BYE');
  x.answer(x.take('BYE'), 401, 'Who are you', ['WWW-Authenticate: Digest realm="desk", nonce="n"']);
  assert.deepEqual(bob.waiting, ['403 BYE']);
  assert.deepEqual(alice.waiting, []);
});

test.each([
  ['d.test', [B]],
  ['lan.test', []],
  ['192.0.2.20', []],
])(
  'D17: a response whose connection has closed goes to the servers of the sent-by %s (RFC 3263 §5, RFC 3261 §18.2.2)',
  async (sentBy, heard) => {
    const { desk } = await town(`${TWO.replaceAll('_udp', '_tcp')}\nlan.test 60 A 10.0.0.77`);
    const { bob } = await phoneOf(desk);
    const [gone, b, neighbour] = [
      await server(desk, '192.0.2.66', 'tcp'),
      await server(desk, B, 'tcp'),
      await server(desk, '10.0.0.77', 'tcp'),
    ];
    for (const one of [b, neighbour]) await one.listen();
    desk.hostAt(A);
    gone.request('INVITE', 'sip:bob@home.example', { ...STRANGER, via: `SIP/2.0/TCP ${sentBy};branch=z9hG4bKgone` });
    const got = bob.take('INVITE');
    bob.answer(got, 180);
    gone.close();
    desk.run(1_000);
    bob.answer(got, 200);
    desk.run(1_000);
    assert.deepEqual(
      [b, neighbour].filter(({ waiting }) => waiting.includes('200 INVITE')).map(({ address }) => address.host),
      heard,
    );
    if (heard.length > 0) assert.match(b.response(200).via.text, /^SIP\/2.0\/TCP d.test;branch=z9hG4bKgone/);
  },
);

test('D17: for a response that went back by its own connection nobody is asked, when that closes (RFC 3263 §5, security S21)', async () => {
  const { desk } = await town(TWO);
  const { bob } = await phoneOf(desk);
  const gone = await server(desk, '192.0.2.66', 'tcp');
  gone.request('INVITE', 'sip:bob@home.example', { ...STRANGER, via: 'SIP/2.0/TCP d.test;branch=z9hG4bKgone' });
  bob.answer(bob.take('INVITE'), 200);
  assert.deepEqual(gone.waiting, ['200 INVITE']);
  desk.resolver.asked();
  gone.close();
  desk.run(1_000);
  assert.deepEqual(desk.resolver.asked(), []);
});

test.each([
  ['sip.away.test', '192.0.2.77', '192.0.2.66'],
  ['lan.test', undefined, '192.0.2.66'],
  // Where it was it may be still.
  ['lan.test', '10.0.0.77', '10.0.0.77'],
])(
  'where the connection of a dialog has closed, a stranger is found by the Record-Route <sip:%s>, but not in our network (RFC 3263 §4, security S21)',
  async (host, found, was) => {
    const { desk } = await town('sip.away.test 60 A 192.0.2.77\nlan.test 60 A 10.0.0.77');
    const { bob } = await phoneOf(desk);
    const proxy = await server(desk, was, 'tcp');
    const again = await server(desk, found ?? '10.0.0.77', 'tcp');
    await again.listen();
    const headers = ['Contact: <sip:x@10.9.9.9>', `Record-Route: <sip:${host};transport=tcp;lr>`];
    proxy.request('INVITE', 'sip:bob@home.example', { ...STRANGER, headers });
    const got = bob.take('INVITE');
    bob.answer(got, 200);
    proxy.response(200);
    proxy.close();
    desk.run(1_000);
    bob.back(got, 'bob-answers', 'BYE');
    if (found === undefined) {
      assert.deepEqual([bob.waiting, again.waiting], [['403 BYE'], []]);
      return;
    }
    const bye = again.take('BYE');
    assert.equal(bye.uriText, 'sip:x@10.9.9.9');
    again.answer(bye, 200);
    assert.deepEqual(bob.waiting, ['200 BYE']);
  },
);

test('a stranger whose connection has closed makes us search the local network for nothing (RFC 6762 §3, security S21)', async () => {
  const { desk } = await town('away.test 60 A 192.0.2.66');
  const { bob } = await phoneOf(desk);
  const proxy = await server(desk, '192.0.2.66', 'tcp');
  const headers = ['Contact: <sip:x@10.9.9.9>', 'Record-Route: <sip:printer.local;transport=tcp;lr>'];
  proxy.request('INVITE', 'sip:bob@home.example', { ...STRANGER, headers });
  const got = bob.take('INVITE');
  bob.answer(got, 200);
  proxy.close();
  desk.run(1_000);
  desk.resolver.asked();
  bob.back(got, 'bob-answers', 'BYE');
  assert.deepEqual(desk.resolver.asked(), []);
});

test.each([
  ['DNS:d.test', 'its proxy', '200 BYE'],
  ['DNS:host.other.test', 'its proxy', '500 BYE'],
  ['IP Address:192.0.2.10', 'its address', '200 BYE'],
  ['DNS:mallory.test', 'its address', '500 BYE'],
])(
  'a closed TLS connection to another domain is opened anew only to who has a certificate for it: %s, %s (RFC 5922 §7)',
  async (certificate, route, answer) => {
    const { desk, alice } = await town(TLS_ZONE, { config: TLS_HOUSE, credentials: OUR_TLS });
    const d = await desk.phone('d', A, 5061, 'tls');
    await d.listen({ certificate: 'DNS:d.test', key: 'k', authorities: undefined });
    const invite = alice.call('INVITE', 'sip:u@d.test;transport=tls');
    const got = d.take('INVITE');
    const recorded = route === 'its proxy' ? 'Record-Route: <sip:d.test;transport=tls;lr>\r\n$&' : '$&';
    d.answer(read(got.text.replace('Record-Route:', recorded)) as Request, 200);
    const ok = alice.response(200);
    alice.within(invite, ok, 'ACK');
    d.take('ACK');
    d.close();
    desk.hostAt(A).listeners.clear();
    await d.listen({ certificate, key: 'k', authorities: undefined });
    desk.run(1_000);
    alice.within(invite, ok, 'BYE');
    if (answer === '200 BYE') d.answer(d.take('BYE'), 200);
    desk.run(10_000);
    assert.deepEqual([alice.waiting.at(-1), d.waiting], [answer, []]);
  },
);

test('a connection to another domain stays open for the call that runs over it', async () => {
  const { desk, alice } = await town();
  const a = await server(desk, A, 'tcp');
  await a.listen();
  const invite = alice.call('INVITE', 'sip:u@192.0.2.10;transport=tcp');
  a.answer(a.take('INVITE'), 200);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  a.take('ACK');
  desk.run(300_000);
  assert.equal(desk.exchange.transport.connections, 1);
  alice.within(invite, ok, 'BYE');
  a.answer(a.take('BYE'), 200);
  alice.response(200);
});

async function phoneOf(desk: Desk): Promise<{ bob: Phone }> {
  const bob = await desk.phone('bob', '10.0.0.33');
  bob.register();
  return { bob };
}

const ENUM = HOUSE.replace('extensions =', 'country = DE\narea_code = 30\nenum = e164.test, e164.example\nextensions =').concat(
  '[provider acme]\nregistrar = sip:acme.example\nusername = u\npassword = p\n[dial out]\nmatch = 0!\nto = provider acme\n',
);
const NUMBER = '6.5.4.3.2.1.0.3.9.4';
const WELL = `${NUMBER}.e164.test 60 NAPTR 10 10 u E2U+sip !^.*$!sip:info@d.test! .`;

/** A house whose calls by the provider are only counted. */
async function enumTown(zone: string): Promise<Town & { readonly paid: string[] }> {
  const all = await town(`${TWO}\n${zone}`, { config: ENUM });
  const paid: string[] = [];
  all.desk.exchange.proxy.gateway = {
    call: (_request, _caller, target, answers) => {
      paid.push(`${target.number} by ${target.trunk.name} for ${target.payer.name}`);
      answers.response(response(503));
      return { counted: false, cancel: () => undefined, hangUp: () => undefined };
    },
  };
  return { ...all, paid };
}

test('a number that has an address of its own is called there, and nobody pays (RFC 6116)', async () => {
  const { desk, alice, paid } = await enumTown(WELL);
  const a = await server(desk, A);
  alice.call('INVITE', 'sip:030123456@home.example');
  const got = a.take('INVITE');
  assert.equal(got.uriText, 'sip:info@d.test');
  a.answer(got, 200);
  alice.response(200);
  assert.deepEqual(paid, []);
});

test('the next suffix is asked where one knows nothing; where none does, or nobody is there, the call is paid for', async () => {
  const second = await enumTown(WELL.replace('e164.test', 'e164.example'));
  const a = await server(second.desk, A);
  second.alice.call('INVITE', 'sip:030123456@home.example');
  a.answer(a.take('INVITE'), 404);
  assert.deepEqual(second.paid, ['+4930123456 by acme for alice']);

  const none = await enumTown('');
  none.alice.call('INVITE', 'sip:030123456@home.example');
  assert.deepEqual(none.paid, ['+4930123456 by acme for alice']);
  assert.deepEqual(none.alice.waiting, ['500 INVITE']);
});

test('D25: what ENUM says leads to no private address, to no number that costs money and not round in circles (security S1, S21)', async () => {
  for (const uri of ['sip:x@10.0.0.7', 'sip:x@lan.test', 'sip:+15551234@home.example', 'sip:+4930123456@home.example']) {
    const { desk, alice, paid } = await enumTown(`${WELL.replace('sip:info@d.test', uri)}\nlan.test 60 A 10.0.0.7`);
    const dora = await desk.phone('dora', '10.0.0.7');
    alice.call('INVITE', 'sip:030123456@home.example');
    assert.deepEqual([uri, dora.waiting, paid], [uri, [], ['+4930123456 by acme for alice']]);
  }
});

test('a caller waits 5 s for what DNS says of a number, however many suffixes are silent', async () => {
  const { desk, alice, paid } = await enumTown('* SILENT');
  alice.call('INVITE', 'sip:030123456@home.example');
  desk.run(4_999);
  assert.deepEqual(paid, []);
  desk.run(1);
  assert.deepEqual(paid, ['+4930123456 by acme for alice']);
  desk.run(20_000);
  assert.equal(paid.length, 1);
});

test('a bug in one step of a branch swallows no answer that comes later (house, 8)', async () => {
  const { desk, alice } = await town();
  const a = await server(desk, A);
  desk.exchange.locator.succeeded = () => {
    throw new Error('a bug');
  };
  alice.call('INVITE', D);
  const got = a.take('INVITE');
  a.answer(got, 180);
  assert.equal(desk.exchange.bugs, 1);
  a.answer(got, 200);
  alice.response(200);
});

test('a caller who gives up while a number is looked up is free at once, and nobody pays', async () => {
  const { desk, alice, paid } = await enumTown(WELL);
  desk.resolver.lag = 300;
  const invite = alice.call('INVITE', 'sip:030123456@home.example');
  alice.cancel(invite);
  assert.deepEqual(alice.waiting, ['200 CANCEL', '487 INVITE']);
  alice.ack(invite, alice.response(487));
  desk.run(1_000);
  assert.deepEqual(paid, []);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

const OTHER = `[daemon]
domain = other.example
listen = udp:198.51.100.1:5060, tcp:198.51.100.1:5060
[domain other.example]
inbound = anonymous
[user dora]
published = yes
`;
const WORLD = `
_sip._udp.other.example 60 SRV 10 0 5060 sip.other.example
sip.other.example 60 A 198.51.100.1
home.example 60 A 10.0.0.1
`;

test('two houses call each other by name: every request of the call finds both (RFC 3261 §16.6, §12.2)', async () => {
  const { desk, alice } = await town(WORLD);
  const other = await Desk.open({ config: OTHER, addresses: ['198.51.100.1'], zone: WORLD, seed: 2, beside: desk });
  const dora = await other.phone('dora', '198.51.100.2');
  const aor = '<sip:dora@other.example>';
  const asked = dora.request('REGISTER', 'sip:other.example', { to: aor, from: aor });
  dora.authenticated(asked, dora.response(401));
  dora.response(200);
  const invite = alice.call('INVITE', 'sip:dora@other.example');
  desk.ladder();
  const got = dora.take('INVITE');
  dora.answer(got, 200);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  dora.take('ACK');
  dora.back(got, 'dora-answers', 'INFO');
  alice.answer(alice.take('INFO'), 200);
  dora.response(200);
  alice.within(invite, ok, 'BYE');
  dora.answer(dora.take('BYE'), 200);
  alice.response(200);
  assert.deepEqual(desk.ladder(), [
    '0 198.51.100.2 > 198.51.100.1 200 INVITE',
    '0 198.51.100.1 > 10.0.0.1 200 INVITE',
    '0 10.0.0.1 > 10.0.0.2 200 INVITE',
    '0 10.0.0.2 > 10.0.0.1 ACK',
    '0 10.0.0.1 > 198.51.100.1 ACK',
    '0 198.51.100.1 > 198.51.100.2 ACK',
    '0 198.51.100.2 > 198.51.100.1 INFO',
    '0 198.51.100.1 > 10.0.0.1 INFO',
    '0 10.0.0.1 > 10.0.0.2 INFO',
    '0 10.0.0.2 > 10.0.0.1 200 INFO',
    '0 10.0.0.1 > 198.51.100.1 200 INFO',
    '0 198.51.100.1 > 198.51.100.2 200 INFO',
    '0 10.0.0.2 > 10.0.0.1 BYE',
    '0 10.0.0.1 > 198.51.100.1 BYE',
    '0 198.51.100.1 > 198.51.100.2 BYE',
    '0 198.51.100.2 > 198.51.100.1 200 BYE',
    '0 198.51.100.1 > 10.0.0.1 200 BYE',
    '0 10.0.0.1 > 10.0.0.2 200 BYE',
  ]);
  assert.deepEqual([desk.exchange.calls.size, other.exchange.calls.size], [0, 0]);

  // And back: for the first house she is a stranger, who may call those that are published.
  dora.inbox.length = 0;
  alice.inbox.length = 0;
  const mine = dora.request('INVITE', 'sip:alice@home.example', { from: aor });
  const back = dora.authenticated(mine, dora.response(407));
  const rings = alice.take('INVITE');
  alice.answer(rings, 180);
  alice.answer(rings, 200);
  const taken = dora.response(200);
  dora.within(back, taken, 'ACK');
  alice.take('ACK');
  alice.back(rings, 'alice-answers', 'BYE');
  dora.answer(dora.take('BYE'), 200);
  alice.response(200);
  assert.deepEqual(nothingLeft(desk), NOTHING);
  assert.deepEqual(other.remains, { servers: 0, clients: 0, live: 0 });
});

const OUR_TLS = { certificate: 'DNS:home.example', key: 'k', authorities: undefined };
const TLS_HOUSE = HOUSE.replace(
  'tcp:10.0.0.1:5060',
  'tcp:10.0.0.1:5060\ntls_listen = tls:10.0.0.1:5061\ntls_certificate = /c\ntls_key = /k',
);
const TLS_ZONE = '_sips._tcp.d.test 60 SRV 10 0 5061 host.other.test\nhost.other.test 60 A 192.0.2.10';

test.each([
  ['the domain', 'DNS:d.test', true],
  ['the domain as a SIP URI', 'URI:sip:d.test', true],
  ['the host alone', 'DNS:host.other.test', false],
  ['the domain, by nobody known', 'DNS:d.test, untrusted', false],
])('D27: over TLS a certificate for %s is what DNS cannot make up (RFC 5922 §7)', async (_, certificate, good) => {
  const { desk, alice } = await town(TLS_ZONE, { config: TLS_HOUSE, credentials: OUR_TLS });
  const d = await desk.phone('d', A, 5061, 'tls');
  await d.listen({ certificate, key: 'k', authorities: undefined });
  desk.ladder();
  const invite = alice.call('INVITE', 'sips:u@d.test');
  desk.run(5_000);
  if (!good) {
    assert.deepEqual(d.waiting, []);
    const answer = alice.response(500);
    assert.match(answer.other('warning') ?? '', /d\.test was wanted/);
    alice.ack(invite, answer);
    assert.deepEqual(
      sentTo(desk, A).filter((text) => /INVITE/.test(text)),
      [],
    );
    return;
  }
  d.answer(d.take('INVITE'), 200);
  alice.response(200);
});
