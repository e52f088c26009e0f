import { assert, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import type { Response } from '../../../src/sip/message/message.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, PROVIDED, SDP } from '../../support/bridge-lab.ts';
import type { Phone } from '../../support/phone.ts';

/** Answers with a Contact of its own, or a route. */
function answered(provider: Phone, arrived: Parameters<Phone['answer']>[0], contact: string, headers: readonly string[]): void {
  const send = provider.send.bind(provider);
  provider.send = (text) => send(text.replace(/\r\nContact: .*/, `\r\nContact: <${contact}>`));
  provider.answer(arrived, 200, 'OK', [SDP, ...headers], 'far', ANSWER);
  provider.send = send;
}

test.each([
  ['Contact', 'sip:acme@10.9.0.1:5080', []],
  ['Record-Route', 'sip:acme@10.9.0.1:5060', ['Record-Route: <sip:10.9.0.1:5080;lr>']],
])(
  'a server of the provider with a second port is heard there, as its %s says (RFC 3261 §12.2.1.1, §8.1.2)',
  async (_, contact, route) => {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const second = await desk.phone('acme', '10.9.0.1', 5080);
    const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
    answered(provider, arrived, contact, route);
    const ok = alice.response(200);
    alice.within(invite, ok, 'ACK');
    second.take('ACK');
    alice.within(invite, ok, 'BYE');
    second.answer(second.take('BYE'), 200);
    assert.deepEqual(provider.waiting, []);
    assert.deepEqual(lab.left, NOTHING);
  },
);

test.each([
  ['the port that is named', 'sip:acme@10.9.0.7:5080', 5080],
  ['that of SIP, where none is', 'sip:acme@10.9.0.7', 5060],
])(
  'a provider whose Contact names another host of its network is spoken to there, at %s, and given no credentials there (RFC 3261 §12.2.1.1, security S9)',
  async (_, contact, port) => {
    const lab = await BridgeLab.open();
    lab.wishes = { realm: 'acme.example' };
    const { alice, provider, desk } = lab;
    const other = await desk.phone('acme', '10.9.0.7', port);
    const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
    answered(provider, arrived, contact, []);
    const ok = alice.response(200);
    alice.within(invite, ok, 'ACK');
    other.take('ACK');
    alice.within(invite, ok, 'BYE');
    other.answer(other.take('BYE'), 407, 'Who', ['Proxy-Authenticate: Digest realm="acme.example", nonce="1"']);
    assert.deepEqual([other.waiting, provider.waiting], [[], []]);
    assert.deepEqual(lab.left, NOTHING);
  },
);

test.each([
  ['is no address', 'tel:+4930201'],
  ['is of a family that we do not have', 'sip:acme@[2a00:1450::7]'],
])('a provider whose Contact %s is spoken to where the call is', async (_, contact) => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  answered(provider, arrived, contact, []);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  alice.within(invite, ok, 'BYE');
  provider.take('ACK');
  provider.answer(provider.take('BYE'), 200);
  assert.equal(desk.exchange.bugs, 0);
});

test('a challenge of the second port is answered, for it is the same server (security S9)', async () => {
  const lab = await BridgeLab.open();
  lab.wishes = { realm: 'acme.example' };
  const { alice, provider, desk } = lab;
  const second = await desk.phone('acme', '10.9.0.1', 5080);
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  answered(provider, arrived, 'sip:acme@10.9.0.1:5080', []);
  const ok: Response = alice.response(200);
  alice.within(invite, ok, 'ACK');
  second.take('ACK');
  alice.within(invite, ok, 'BYE');
  second.answer(second.take('BYE'), 407, 'Who', ['Proxy-Authenticate: Digest realm="acme.example", nonce="1"']);
  assert.match(
    second.take('BYE').text,
    /\r\nProxy-Authorization: Digest realm="acme\.example", BYE sip:acme@10\.9\.0\.1:5080\r\n/,
  );
});

test('a connection to the provider stays that of the call, whatever port its Contact names (RFC 3261 §18.1.1)', async () => {
  const lab = await BridgeLab.open();
  const { desk } = lab;
  const bob = await desk.phone('bob', '10.0.0.3');
  bob.register();
  const trunk = await desk.phone('acme', '10.9.0.2', 5080, 'tcp');
  trunk.connect();
  const invite = trunk.request('INVITE', 'sip:account@10.0.0.1:5060', {
    callId: 'by-connection',
    cseq: 1,
    from: '<sip:+4940123@acme.example>',
    headers: ['Contact: <sip:acme@10.9.0.2:5070;transport=tcp>', SDP],
    body: OFFER,
  });
  const arrived = bob.take('INVITE');
  bob.answer(arrived, 200, 'OK', [SDP], 'kitchen', ANSWER);
  trunk.within(invite, trunk.response(200), 'ACK');
  bob.back(arrived, 'kitchen', 'BYE');
  trunk.take('BYE');
});

/** A user whose phone sends from one port and listens at another; with `said` in its Contact. What is heard at each port. */
async function twoPorts(said: string, wanted: { user?: boolean } = {}) {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  lab.caller = wanted.user === false ? { kind: 'anonymous' } : { kind: 'user', name: 'alice' };
  const source = await desk.phone('alice', '10.0.0.2', 50_123);
  alice.send = (text) => source.send(text);
  const invite = alice.request('INVITE', 'sip:0301234@home.example', {
    plainVia: true,
    headers: [`Contact: <${said}>`, SDP],
    body: OFFER,
  });
  const arrived = provider.take('INVITE');
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK', { plainVia: true });
  provider.take('ACK');
  return { lab, source, invite, arrived, ok };
}

test.each([
  ['where its Contact says', 'sip:alice@10.0.0.2', ['BYE'], []],
  ['where its Contact says', 'sip:alice@10.0.0.2:5060;transport=udp', ['BYE'], []],
  ['where it sends from, for its Contact names another host', 'sip:alice@192.168.7.7:5060', [], ['BYE']],
  ['where it sends from, for its Contact is a name', 'sip:alice@phone.example', [], ['BYE']],
  ['where it sends from, for its Contact is no address at all', 'tel:+4930201', [], ['BYE']],
  ['where it sends from, for its Contact wants that', 'sip:alice@10.0.0.2:5060;ob', [], ['BYE']],
  ['where it sends from, for no UDP leads to its Contact', 'sip:alice@10.0.0.2:5060;transport=tcp', [], ['BYE']],
])(
  'a phone that sends from another port than it listens at is spoken to %s: %s (RFC 3261 §12.2.1.1)',
  async (_, said, there, here) => {
    const { lab, source, arrived } = await twoPorts(said);
    lab.provider.back(arrived, 'far', 'BYE');
    assert.deepEqual([lab.alice.waiting, source.waiting], [there, here]);
  },
);

test('who is no user of the house is spoken to where he speaks from, whatever his Contact says (house 5)', async () => {
  const { lab, source, arrived } = await twoPorts('sip:alice@10.0.0.2:5060', { user: false });
  lab.provider.back(arrived, 'far', 'BYE');
  assert.deepEqual([lab.alice.waiting, source.waiting], [[], ['BYE']]);
});

test('a re-INVITE says at which port a phone is now (RFC 3261 §12.2.2)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const later = await desk.phone('alice', '10.0.0.2', 5070);
  const { invite, arrived, ok } = lab.talk();
  alice.within(invite, ok, 'INVITE', { headers: ['Contact: <sip:alice@10.0.0.2:5070>', SDP], body: OFFER });
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], 'far', ANSWER);
  alice.response(200);
  alice.within(invite, ok, 'ACK', { cseq: 2 });
  provider.take('ACK');
  provider.back(arrived, 'far', 'BYE');
  later.answer(later.take('BYE'), 200);
  assert.deepEqual(alice.waiting, []);
  assert.deepEqual(lab.left, NOTHING);
});

test.each(['INVITE', 'UPDATE'])(
  'an %s that is refused moves nobody, whatever its Contact says (RFC 6141 §4.6)',
  async (method) => {
    const lab = await BridgeLab.open();
    const { alice, provider } = lab;
    const { invite, arrived, ok } = lab.talk();
    const moved = { headers: ['Contact: <sip:moved@10.0.0.2:5070>', SDP], body: OFFER };
    const asked = alice.within(invite, ok, method, moved);
    provider.answer(provider.take(method), 488);
    const refused = alice.response(488);
    if (method === 'INVITE') alice.ack(asked, refused);
    provider.back(arrived, 'far', 'INFO');
    assert.equal(alice.take('INFO').uriText, 'sip:alice@10.0.0.2:5060');
  },
);

test.each([
  ['INVITE', 'second'],
  ['INVITE', 'alice'],
  ['UPDATE', 'second'],
  ['UPDATE', 'alice'],
] as const)(
  'who moves while an %s of his is under way, and says by an UPDATE that he is at %s now, is there (RFC 6141 §4.8, §5.4)',
  async (method, name) => {
    const lab = await BridgeLab.open();
    const { alice, provider } = lab;
    const { invite, arrived, ok } = lab.talk();
    const at = (name: string) => `Contact: <sip:${name}@10.0.0.2:5060>`;
    alice.within(invite, ok, method, { headers: [at('first'), SDP], body: OFFER });
    alice.within(invite, ok, 'UPDATE', { cseq: 3, headers: [at(name)] });
    alice.response(200);
    provider.answer(provider.take(method), 200, 'OK', [SDP], '', ANSWER);
    alice.response(200);
    provider.back(arrived, 'far', 'INFO');
    assert.equal(alice.take('INFO').uriText, `sip:${name}@10.0.0.2:5060`);
  },
);

test('a provider is not where somebody else speaks in its dialog from: only a user of the house moves (security S21)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived, ok } = lab.talk();
  provider.back(arrived, 'far', 'UPDATE', { cseq: 1, headers: ['Contact: <sip:acme@gateway.acme.example>'] });
  provider.response(200);
  const other = await lab.desk.phone('other', '10.9.0.66');
  other.back(arrived, 'far', 'INFO', { cseq: 2 });
  alice.answer(alice.take('INFO'), 200);
  alice.within(invite, ok, 'INFO', { cseq: 3 });
  assert.deepEqual([provider.waiting, other.waiting], [['INFO'], ['200 INFO']]);
});

test('a phone whose port is another one now, by its NAT, is spoken to where it spoke from last', async () => {
  const { lab, source, invite, arrived, ok } = await twoPorts('sip:alice@192.168.7.7:5060');
  const now = await lab.desk.phone('alice', '10.0.0.2', 50_124);
  lab.alice.send = (text) => now.send(text);
  lab.alice.within(invite, ok, 'INFO', { plainVia: true });
  lab.provider.answer(lab.provider.take('INFO'), 200);
  lab.provider.back(arrived, 'far', 'BYE');
  assert.deepEqual([now.waiting, source.waiting], [['BYE'], []]);
});

test('a re-INVITE after our address has changed says where we are now, and so does a 2xx (RFC 3261 §12.2.1.1, §12.2.2, pain 1)', async () => {
  const config = PROVIDED.replace(/listen = .*/, 'listen = udp:0.0.0.0:5060');
  const lab = await BridgeLab.open({ config, addresses: ['10.0.0.1', '10.9.0.5'] });
  const { alice, provider, desk } = lab;
  const { invite, ok, arrived } = lab.talk();
  assert.equal(arrived.get(Field.contact), '<sip:account@10.9.0.5:5060>');
  desk.host.removeAddress('10.9.0.5');
  desk.host.addAddress('10.9.0.6');
  for (let looks = 0; looks < 2; looks++) {
    desk.run(1_000);
    await Promise.resolve();
  }
  alice.within(invite, ok, 'INVITE', { headers: [SDP], body: OFFER, cseq: 2 });
  const again = provider.take('INVITE');
  assert.equal(again.get(Field.contact), '<sip:account@10.9.0.6:5060>');
  assert.match(again.via.text, /^SIP\/2\.0\/UDP 10\.9\.0\.6:5060;/);
  // What we answer says the same: by a 2xx to a re-INVITE of the other side it would look for us at the former address again.
  provider.answer(again, 200, 'OK', [SDP], '', ANSWER);
  alice.within(invite, alice.response(200), 'ACK', { cseq: 2 });
  provider.take('ACK');
  const { send } = provider;
  provider.send = (text) => send.call(provider, text, { host: '10.9.0.6', port: 5060 });
  for (const [cseq, method] of ['OPTIONS', 'UPDATE', 'INVITE'].entries()) {
    const headers = [`Contact: ${provider.contact}`];
    provider.back(arrived, 'far', method, { cseq: cseq + 1, headers });
    if (method === 'INVITE') alice.answer(alice.take('INVITE'), 200, 'OK', [SDP], '', OFFER);
    assert.equal(`${method} ${provider.response(200).get(Field.contact)}`, `${method} <sip:account@10.9.0.6:5060>`);
  }
});

test('a 2xx says where the phone has reached us, unless that was by another transport than its dialog has (RFC 3261 §12.2.2)', async () => {
  const config = PROVIDED.replace(/listen = .*/, 'listen = udp:0.0.0.0:5060, tcp:0.0.0.0:5070');
  const lab = await BridgeLab.open({ config, addresses: ['10.0.0.1', '10.0.0.9'] });
  const { alice, desk } = lab;
  const { invite, ok } = lab.talk();
  const options = (from: Phone, cseq: number) => {
    from.within(invite, ok, 'OPTIONS', { cseq });
    return from.response(200).get(Field.contact)!.replace(/^.*@/, '');
  };
  assert.equal(options(alice, 2), '10.0.0.1:5060>');
  const { send } = alice;
  alice.send = (text) => send.call(alice, text, { host: '10.0.0.9', port: 5060 });
  assert.equal(options(alice, 3), '10.0.0.9:5060>');
  const byTcp = await desk.phone('alice', '10.0.0.2', 5080, 'tcp');
  byTcp.connect({ host: '10.0.0.1', port: 5070 });
  assert.equal(options(byTcp, 4), '10.0.0.9:5060>');
});

test('a phone that was called for a provider is spoken to where its answer says, though it registered another port (RFC 3261 §12.2.1.1)', async () => {
  const lab = await BridgeLab.open();
  const { desk, provider } = lab;
  const bob = await desk.phone('bob', '10.0.0.3');
  const there = await desk.phone('bob', '10.0.0.3', 5070);
  bob.register();
  const invite = provider.request('INVITE', 'sip:account@10.0.0.1:5060', {
    from: '<sip:+4940123@acme.example>',
    headers: [SDP, `Contact: ${provider.contact}`],
    body: OFFER,
  });
  answered(bob, bob.take('INVITE'), 'sip:bob@10.0.0.3:5070', []);
  provider.within(invite, provider.response(200), 'ACK');
  there.take('ACK');
});
