import { assert, expect, test } from 'vitest';
import { RouteTokens } from '../../../src/core/proxy/record-route.ts';
import { keyedHex } from '../../../src/sip/auth/hash.ts';
import { Field } from '../../../src/sip/message/fields.ts';
import type { Request } from '../../../src/sip/message/message.ts';
import { Desk, HOUSE } from '../../support/desk.ts';
import { Phone } from '../../support/phone.ts';

/** A phone that sends from port 50123 and listens on 5060, as its Via and Contact say. */
async function twoPorts(desk: Desk, user: string, host: string): Promise<Phone> {
  const phone = await desk.phone(user, host);
  const socket = await desk.hostAt(host).udp({ host, port: 50_123 }, () => undefined);
  phone.send = (text) => socket.send(text, { host: '10.0.0.1', port: 5060 });
  return phone;
}

const methods = (phone: Phone) => phone.inbox.map((message) => ('method' in message ? message.method : message.status));

test('a phone that sends from another port than it listens on is hung up on at its Contact (RFC 3261 §12.2.1.1)', async () => {
  const desk = await Desk.open();
  const alice = await twoPorts(desk, 'alice', '10.0.0.2');
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  const invite = alice.call('INVITE', 'sip:bob@home.example', { plainVia: true });
  const got = bob.take('INVITE');
  bob.answer(got, 200);
  alice.within(invite, alice.response(200), 'ACK', { plainVia: true });
  bob.back(got, 'bob-answers', 'INFO');
  expect(alice.take('INFO').method).toBe('INFO');
  desk.exchange.calls.hangup(desk.exchange.calls.list()[0]!.id);
  desk.run();
  expect(alice.take('BYE').method).toBe('BYE');
  expect(bob.take('BYE').method).toBe('BYE');
});

test('rule 9: a phone on our machine that has its address-of-record as Contact is spoken to, and not ourselves (RFC 3261 §12.2.1.1)', async () => {
  const desk = await Desk.open();
  const alice = new Phone(desk, desk.host, 'alice', { host: '10.0.0.1', port: 5070 });
  await alice.open();
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  const invite = alice.call('INVITE', 'sip:bob@10.0.0.1', { headers: ['Contact: <sip:alice@10.0.0.1>'] });
  const got = bob.take('INVITE');
  bob.answer(got, 200);
  alice.within(invite, alice.response(200), 'ACK');
  bob.back(got, 'bob-answers', 'INFO');
  expect(alice.take('INFO').method).toBe('INFO');
  desk.exchange.calls.hangup(desk.exchange.calls.list()[0]!.id);
  desk.run();
  expect(alice.take('BYE').method).toBe('BYE');
});

test('a stranger is answered where he spoke, whatever his Contact says (house 5)', async () => {
  const desk = await Desk.open();
  const stranger = await twoPorts(desk, 'mallory', '10.0.0.7');
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  stranger.request('INVITE', 'sip:bob@home.example', { plainVia: true, from: '<sip:mallory@other.example>' });
  const got = bob.take('INVITE');
  bob.answer(got, 200);
  stranger.inbox.length = 0;
  desk.net.clear();
  bob.back(got, 'bob-answers', 'BYE');
  expect(methods(stranger)).toEqual([]);
  expect(desk.net.wire.filter(({ text }) => text.startsWith('BYE ')).map(({ to }) => to.port)).toEqual([5060, 50_123]);
});

test.each(['sip:alice@10.0.0.2', 'sip:alice@10.0.0.2:5060'])(
  'a phone that has registered where it listens is hung up on there by another domain, too: %s (RFC 3261 §12.2.1.1)',
  async (contact) => {
    const desk = await Desk.open({ config: `${HOUSE}[peer away.example]\nvia = 10.0.0.9\n` });
    const away = await desk.phone('away', '10.0.0.9');
    const registered = await desk.phone('alice', '10.0.0.2');
    registered.register();
    registered.close();
    const alice = await twoPorts(desk, 'alice', '10.0.0.2');
    const invite = alice.call('INVITE', 'sip:x@away.example', { plainVia: true, headers: [`Contact: <${contact}>`] });
    const got = away.take('INVITE');
    away.answer(got, 200);
    alice.within(invite, alice.response(200), 'ACK', { plainVia: true });
    away.back(got, 'away-answers', 'BYE');
    expect(alice.take('BYE').method).toBe('BYE');
  },
);

test.each(['udp', 'tcp'] as const)(
  'a stranger in a call sends to no other port of the host of a phone than where that listens, by %s (security S21)',
  async (transport) => {
    const desk = await Desk.open();
    const stranger = await desk.phone('mallory', '203.0.113.7');
    const bob = await desk.phone('bob', '10.0.0.3', 5060, transport);
    const others = [2049, 5090].map(
      (port) => new Phone(desk, desk.hostAt('10.0.0.3'), 'bob', { host: '10.0.0.3', port }, transport),
    );
    for (const other of others) await (transport === 'udp' ? other.open() : other.listen());
    bob.register();
    const invite = stranger.request('INVITE', 'sip:bob@home.example', { from: '<sip:mallory@other.example>' });
    bob.answer(bob.take('INVITE'), 180);
    const ringing = stranger.response(180);
    if (transport === 'tcp') bob.close();
    desk.run();
    const { send } = stranger;
    const reached = (port: number, cseq: number) => {
      stranger.send = (text) =>
        send.call(stranger, text.replace(/^INFO \S+/, `INFO sip:bob@10.0.0.3:${port};transport=${transport}`));
      stranger.within(invite, ringing, 'INFO', { cseq });
      return [bob, ...others].map((phone) => phone.inbox.splice(0).length);
    };
    const where = transport === 'udp' ? 1 : 0;
    assert.deepEqual(
      [reached(2049, 3), reached(5060, 4)],
      [where, where].map((here) => [here, 0, 0]),
    );
    // Where another phone of his has registered it may go.
    const [, other] = others;
    if (transport === 'tcp') other!.connect();
    other!.register();
    expect(other!.take('INVITE').callId).toBe(invite.callId); // it rings as well
    assert.deepEqual(reached(5090, 5), [0, 0, 1]);
  },
);

test.each([
  ['to another port', '10.0.0.3', 5070],
  ['to another host', '10.0.0.33', 5060],
])('who moves %s in a call and says so is reached there (RFC 3261 §12.2)', async (_, host, port) => {
  const desk = await Desk.open();
  const alice = await desk.phone('alice', '10.0.0.2');
  const bob = await desk.phone('bob', '10.0.0.3');
  const moved = await desk.phone('bob', host, port);
  bob.register();
  const invite = alice.call('INVITE', 'sip:bob@home.example');
  const got = bob.take('INVITE');
  bob.answer(got, 200);
  const answer = alice.response(200);
  alice.within(invite, answer, 'ACK');
  bob.take('ACK');
  moved.register();
  moved.back(got, 'bob-answers', 'INVITE', { headers: [`Contact: ${moved.contact}`] });
  alice.answer(alice.take('INVITE'), 200);
  moved.inbox.length = 0;
  const routes = answer.list(Field.recordRoute).reverse();
  alice.request('BYE', moved.contact.slice(1, -1), {
    ...{ to: '<sip:bob@home.example>', toTag: answer.to.tag!, fromTag: invite.from.tag!, callId: invite.callId, cseq: 77 },
    headers: routes.map((route) => `Route: ${route}`),
  });
  expect([methods(bob), methods(moved)]).toEqual([[], ['BYE']]);
});

test('a call that came through us twice is acknowledged and ended from end to end (RFC 3261 §16.4)', async () => {
  const forward = HOUSE.replace('[user carol]', 'forward_all = x@away.example\n[user carol]');
  const desk = await Desk.open({ config: `${forward}[peer away.example]\nvia = 10.0.0.9\n` });
  const alice = await desk.phone('alice', '10.0.0.2');
  const stranger = await desk.phone('mallory', '10.0.0.7');
  const away = await desk.phone('away', '10.0.0.9');
  alice.register();
  const invite = stranger.request('INVITE', 'sip:bob@home.example', { from: '<sip:mallory@other.example>' });
  // The other proxy records no route, and sends it back to us for alice.
  const via = 'Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKaway;rport\r\n';
  const there = away.take('INVITE').text.replace(/^INVITE \S+/, 'INVITE sip:alice@home.example');
  away.send(there.replace('Via:', `${via}Via:`).replace('Max-Forwards: 69', 'Max-Forwards: 68'));
  desk.run();
  const got = alice.take('INVITE');
  alice.answer(got, 200);
  away.send(away.response(200).text.replace(/Via: SIP\/2.0\/UDP 10.0.0.9[^\r]*\r\n/, ''));
  desk.run();
  const answer = stranger.response(200);
  for (const phone of [alice, stranger, away]) phone.inbox.length = 0;
  stranger.within(invite, answer, 'ACK');
  expect([methods(away), methods(alice)]).toEqual([[], ['ACK']]);
  alice.back(got as Request, 'alice-answers', 'BYE');
  expect([methods(away), methods(stranger)]).toEqual([[], ['BYE']]);
  expect(desk.exchange.calls.list()).toEqual([]);
});

test("a stranger's call is ended from either side after the clock was set, by decades or back (RFC 3261 §15)", async () => {
  for (const step of [56 * 365 * 86_400_000, -56 * 365 * 86_400_000, 36 * 3_600_000, -36 * 3_600_000]) {
    for (const by of ['bob', 'mallory']) {
      const desk = await Desk.open();
      const bob = await desk.phone('bob', '10.0.0.3');
      const stranger = await desk.phone('mallory', '203.0.113.7');
      bob.register();
      const invite = stranger.request('INVITE', 'sip:bob@home.example', { from: '<sip:mallory@other.example>' });
      const got = bob.take('INVITE');
      bob.answer(got, 200);
      const answer = stranger.response(200);
      stranger.within(invite, answer, 'ACK');
      desk.clock.step(step);
      for (const phone of [bob, stranger]) phone.inbox.length = 0;
      if (by === 'bob') bob.back(got, 'bob-answers', 'BYE');
      else stranger.within(invite, answer, 'BYE');
      expect(methods(by === 'bob' ? stranger : bob)).toEqual(['BYE']);
    }
  }
});

test.each(['bob', 'mallory'])(
  "a stranger's call that began before the clock was right is ended after a restart, too, by %s (RFC 3261 §15)",
  async (by) => {
    const both = async (desk: Desk) => ({
      bob: await desk.phone('bob', '10.0.0.3'),
      stranger: await desk.phone('mallory', '203.0.113.7'),
    });
    const desk = await Desk.open();
    desk.clock.step(-56 * 365 * 86_400_000);
    const { bob, stranger } = await both(desk);
    bob.register();
    const invite = stranger.request('INVITE', 'sip:bob@home.example', { from: '<sip:mallory@other.example>' });
    const got = bob.take('INVITE');
    bob.answer(got, 200);
    const answer = stranger.response(200);
    stranger.within(invite, answer, 'ACK');
    const now = await both(await Desk.open({ storage: desk.storage })); // by the clock of today
    if (by === 'bob') now.bob.back(got, 'bob-answers', 'BYE');
    else now.stranger.within(invite, answer, 'BYE');
    expect(methods(by === 'bob' ? now.stranger : now.bob)).toEqual(['BYE']);
    now.stranger.within(invite, answer, 'INFO', { cseq: 9 });
    expect(methods(now.bob).filter((method) => method === 'INFO')).toEqual([]); // who once made a phone ring sends to it for no more than a day
  },
);

test('a call that began by a former version, whose tokens name nobody who was called, goes on (house, "A dialog proves itself")', async () => {
  const desk = await Desk.open();
  const alice = await desk.phone('alice', '10.0.0.2');
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  const invite = alice.call('INVITE', 'sip:bob@home.example');
  const got = bob.take('INVITE');
  bob.answer(got, 200);
  alice.within(invite, alice.response(200), 'ACK');
  const tokens = new RouteTokens({ mac: (text) => keyedHex('the key of the desk', text), clock: desk.clock });
  const [, ours] = /<sip:([^@]*)@/.exec(got.list(Field.recordRoute)[0]!)!;
  const { called, ...route } = tokens.open(ours!, got.callId, got.from.tag!, '')!.route;
  const before = `Route: <sip:${tokens.issue(got.callId, got.from.tag!, route)}@10.0.0.1:5060;lr>`;
  alice.inbox.length = 0;
  for (const [cseq, method] of ['INFO', 'INVITE', 'REFER'].entries())
    bob.request(method, alice.contact.slice(1, -1), {
      ...{ to: got.get(Field.from)!, from: got.get(Field.to)!, fromTag: 'bob-answers', callId: got.callId, cseq: cseq + 1 },
      headers: [before, 'Refer-To: <sip:carol@home.example>', `Contact: ${bob.contact}`],
    });
  expect([called, methods(alice)]).toEqual(['u.bob', ['INFO', 'INVITE', 'REFER']]);
});

test('nobody moves the side of another: who has not registered from there is not followed', async () => {
  const desk = await Desk.open();
  const alice = await desk.phone('alice', '10.0.0.2');
  const bob = await desk.phone('bob', '10.0.0.3');
  const other = await desk.phone('bob', '10.0.0.33');
  bob.register();
  const invite = alice.call('INVITE', 'sip:bob@home.example', { headers: ['Contact: <sip:alice@behind.example>'] });
  const got = bob.take('INVITE');
  bob.answer(got, 200);
  const answer = alice.response(200);
  alice.within(invite, answer, 'ACK');
  bob.take('ACK');
  other.back(got, 'bob-answers', 'INFO');
  alice.take('INFO');
  alice.request('BYE', 'sip:bob@behind.example', {
    ...{ to: '<sip:bob@home.example>', toTag: answer.to.tag!, fromTag: invite.from.tag!, callId: invite.callId, cseq: 77 },
    headers: answer
      .list(Field.recordRoute)
      .reverse()
      .map((route) => `Route: ${route}`),
  });
  expect([methods(bob), methods(other)]).toEqual([['BYE'], []]);
});

test('where another proxy stands before the phone, a request goes to that, whatever port the phone has (RFC 3261 §16.6 step 7)', async () => {
  const desk = await Desk.open();
  const alice = await desk.phone('alice', '10.0.0.2');
  const proxy = await desk.phone('bob', '10.0.0.3');
  const behind = await desk.phone('bob', '10.0.0.3', 5070);
  proxy.register();
  const invite = alice.call('INVITE', 'sip:bob@home.example');
  const got = proxy.take('INVITE');
  proxy.answer(got, 200);
  const answer = alice.response(200);
  alice.request('BYE', 'sip:bob@10.0.0.3:5070', {
    ...{ to: '<sip:bob@home.example>', toTag: answer.to.tag!, fromTag: invite.from.tag!, callId: invite.callId, cseq: 77 },
    headers: [...answer.list(Field.recordRoute), '<sip:10.0.0.3:5060;lr>'].map((route) => `Route: ${route}`),
  });
  expect([methods(proxy), methods(behind)]).toEqual([['BYE'], []]);
});

test('within a call a stranger is sent what his side may make us send, by UDP alone; another domain that was called all of it (security S14)', async () => {
  const desk = await Desk.open();
  const [alice, bob] = [await desk.phone('alice', '10.0.0.2'), await desk.phone('bob', '10.0.0.3')];
  bob.register();
  const [far, stream] = [await desk.phone('x', '192.0.2.66'), await desk.phone('x', '192.0.2.66', 5060, 'tcp')];
  await stream.listen();
  const long = { body: 'x'.repeat(1_400) };
  const times = [1, 2, 3, 4, 5, 6];

  const out = alice.call('INVITE', 'sip:x@192.0.2.66');
  far.answer(far.take('INVITE'), 200);
  const answer = alice.response(200);
  alice.within(out, answer, 'ACK');
  far.inbox.length = 0;
  for (const cseq of times) alice.within(out, answer, 'INFO', { ...long, cseq: 70 + cseq });
  expect([methods(far), methods(stream)]).toEqual([[], times.map(() => 'INFO')]);

  stream.inbox.length = 0;
  far.request('INVITE', 'sip:bob@home.example', { from: '<sip:x@other.example>' });
  const got = bob.take('INVITE');
  bob.answer(got, 200);
  far.inbox.length = 0;
  for (const cseq of times) bob.back(got, 'bob-answers', 'INFO', { ...long, cseq });
  expect(methods(far).length).toBeGreaterThan(0);
  expect(methods(far).length).toBeLessThan(times.length);
  expect(methods(stream)).toEqual([]);
});

test('the ACK to a 2xx takes no credentials for us along, and a strict router its own URI (RFC 3261 §22.1, §22.3, §16.6 step 6)', async () => {
  const desk = await Desk.open();
  const alice = await desk.phone('alice', '10.0.0.2');
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  const invite = alice.call('INVITE', 'sip:bob@home.example');
  bob.answer(bob.take('INVITE'), 200);
  const answer = alice.response(200);
  const credentials = `Proxy-Authorization: ${invite.get(Field.proxyAuthorization)}`;
  alice.within(invite, answer, 'ACK', { headers: ['Route: <sip:10.0.0.3:5060>', credentials] });
  const ack = bob.take('ACK');
  expect(ack.find(Field.proxyAuthorization)).toBe(-1);
  expect([ack.uriText, ack.list(Field.route)]).toEqual(['sip:10.0.0.3:5060', ['<sip:bob@10.0.0.3:5060>']]);
});
