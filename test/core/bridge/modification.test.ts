import { assert, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, SDP } from '../../support/bridge-lab.ts';

const HOLD = OFFER.replace('t=0 0', 't=0 0\r\na=sendonly');

test('hold: a re-INVITE of the phone is one to the provider, its answer comes back, both are acknowledged (RFC 3261 §14)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, ok } = lab.talk();
  const again = alice.within(invite, ok, 'INVITE', { headers: [SDP, 'Contact: <sip:alice@10.0.0.2:5070>'], body: HOLD });
  const arrived = provider.take('INVITE');
  assert.deepEqual([arrived.body, arrived.get(Field.contentType)], [HOLD, 'application/sdp']);
  assert.equal(arrived.to.tag, 'far');
  assert.equal(arrived.get(Field.contact), '<sip:account@10.0.0.1:5060>');
  provider.answer(arrived, 200, 'OK', [SDP, 'Contact: <sip:new@10.9.0.1>'], 'far', ANSWER);
  const held = alice.response(200);
  assert.deepEqual([held.body, held.get(Field.contentType)], [ANSWER, 'application/sdp']);
  assert.deepEqual(
    [held.get(Field.contact), held.get(Field.supported), held.get(Field.sessionExpires)],
    [ok.get(Field.contact), 'timer, replaces', '1800;refresher=uas'],
  );
  alice.within(invite, ok, 'ACK', { cseq: again.cseq.number });
  assert.deepEqual(desk.ladder(), [
    '0 10.0.0.2 > 10.0.0.1 INVITE',
    '0 10.0.0.1 > 10.9.0.1 INVITE',
    '0 10.9.0.1 > 10.0.0.1 200 INVITE',
    '0 10.0.0.1 > 10.9.0.1 ACK',
    '0 10.0.0.1 > 10.0.0.2 200 INVITE',
    '0 10.0.0.2 > 10.0.0.1 ACK',
  ]);
  assert.equal(provider.take('ACK').cseq.number, arrived.cseq.number);
  desk.run(40_000);
  assert.deepEqual(desk.ladder(), []);
});

test('a re-INVITE says where a side is now: what follows goes there (RFC 3261 §12.2.2)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok, arrived } = lab.talk();
  provider.back(arrived, 'far', 'INVITE', { headers: [SDP, 'Contact: <sip:moved@10.9.0.1:5060>'], body: OFFER });
  const again = alice.take('INVITE');
  alice.answer(again, 200, 'OK', [SDP], '', ANSWER);
  const answer = provider.response(200);
  assert.equal(answer.body, ANSWER);
  provider.back(arrived, 'far', 'ACK', { cseq: 1 });
  alice.take('ACK');
  alice.within(invite, ok, 'BYE', { cseq: 9 });
  assert.equal(provider.take('BYE').uriText, 'sip:moved@10.9.0.1:5060');
});

test('an offer that was asked for by an empty re-INVITE is answered in the ACK', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { arrived } = lab.talk();
  provider.back(arrived, 'far', 'INVITE', { headers: [`Contact: ${provider.contact}`] });
  const again = alice.take('INVITE');
  assert.equal(again.body, '');
  alice.answer(again, 200, 'OK', [SDP], '', OFFER);
  assert.equal(provider.response(200).body, OFFER);
  assert.deepEqual(alice.waiting, []);
  provider.back(arrived, 'far', 'ACK', { cseq: 1, headers: [SDP], body: ANSWER });
  assert.equal(alice.take('ACK').body, ANSWER);
});

test.each([
  ['hangs up', 'BYE'],
  ['is silent', undefined],
])(
  'who asked for an offer and %s instead of an answer: the one who made it gets its ACK, and then a BYE (RFC 3261 §13.2.2.4, §15)',
  async (_name, said) => {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const { arrived } = lab.talk();
    provider.back(arrived, 'far', 'INVITE', { headers: [`Contact: ${provider.contact}`] });
    alice.answer(alice.take('INVITE'), 200, 'OK', [SDP], '', OFFER);
    if (said !== undefined) provider.back(arrived, 'far', said);
    else desk.run(32_000);
    assert.deepEqual(alice.waiting, ['ACK', 'BYE']);
    alice.answer(alice.take('BYE'), 200);
    if (said === undefined) {
      const bye = provider.take('BYE');
      assert.equal(bye.get(Field.reason), 'SIP;cause=408');
      provider.answer(bye, 200);
    }
    assert.deepEqual(lab.left, NOTHING);
  },
);

test('one that asks for an offer and gets none is over with the 2xx (RFC 3261 §13.2.2.4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { arrived } = lab.talk();
  provider.back(arrived, 'far', 'INVITE', { headers: [`Contact: ${provider.contact}`] });
  alice.answer(alice.take('INVITE'), 200);
  assert.equal(alice.take('ACK').body, '');
  assert.equal(provider.response(200).body, '');
});

test('a re-INVITE of who is being refreshed gets 491, for two offers at a time are one too many (RFC 3261 §14.2)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, ok } = lab.talk();
  desk.run(900_000);
  const refresh = alice.take('INVITE');
  const hold = (cseq: number) => alice.within(invite, ok, 'INVITE', { headers: [SDP], body: HOLD, cseq });
  alice.ack(hold(2), alice.response(491));
  assert.deepEqual(provider.waiting, []);
  alice.answer(refresh, 200, 'OK', [SDP], '', OFFER);
  hold(3);
  provider.take('INVITE');
});

test('a re-INVITE that the other side says nothing to gets 504, and the call is over (RFC 3261 §12.2.1.2)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, ok } = lab.talk();
  const hold = alice.within(invite, ok, 'INVITE', { headers: [SDP], body: HOLD });
  desk.run(32_000);
  alice.ack(hold, alice.response(504));
  assert.equal(alice.take('BYE').get(Field.reason), 'SIP;cause=408');
  assert.equal(provider.waiting.at(-1), 'BYE');
});

test('two re-INVITEs that meet get 491, a second of one side 500; 491 of the far side comes back (RFC 3261 §14.1, §14.2)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok, arrived } = lab.talk();
  alice.within(invite, ok, 'INVITE', { headers: [SDP], body: HOLD, cseq: 2 });
  const mine = provider.take('INVITE');
  provider.back(arrived, 'far', 'INVITE', { headers: [SDP], body: HOLD });
  provider.response(491);
  alice.within(invite, ok, 'INVITE', { headers: [SDP], body: HOLD, cseq: 3 });
  assert.notEqual(alice.response(500).get(Field.retryAfter), undefined);
  provider.answer(mine, 491);
  alice.response(491);
  // Both wait, and one comes back.
  provider.back(arrived, 'far', 'INVITE', { headers: [SDP], body: HOLD, cseq: 2 });
  alice.answer(alice.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  provider.response(200);
});

test.each(['INVITE', 'UPDATE'])(
  'a second %s before the first is answered comes again at a time that chance says, of 0 to 10 seconds (RFC 3261 §14.2, RFC 3311 §5.2)',
  async (method) => {
    const lab = await BridgeLab.open();
    const { alice } = lab;
    const { invite, ok } = lab.talk();
    const modify = (cseq: number) =>
      alice.within(invite, ok, method, { headers: [SDP, `Contact: ${alice.contact}`], body: HOLD, cseq });
    modify(2);
    const told = Array.from({ length: 100 }, (_, i) => {
      modify(3 + i);
      return Number(alice.response(500).get(Field.retryAfter));
    });
    assert.deepEqual(
      [...new Set(told)].sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
  },
);

test('a re-INVITE that is refused leaves all as it was, one that is cancelled is cancelled there', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok } = lab.talk();
  alice.within(invite, ok, 'INVITE', { headers: [SDP], body: HOLD, cseq: 2 });
  provider.answer(provider.take('INVITE'), 488);
  alice.ack(invite, alice.response(488));
  const again = alice.within(invite, ok, 'INVITE', { headers: [SDP], body: HOLD, cseq: 3 });
  const arrived = provider.take('INVITE');
  provider.answer(arrived, 180);
  alice.cancel(again, ['Reason: SIP;cause=480', 'Reason: Q.850;cause=19']);
  const cancel = provider.take('CANCEL');
  assert.deepEqual(cancel.list(Field.reason), ['SIP;cause=480', 'Q.850;cause=19']);
  provider.answer(cancel, 200);
  provider.answer(arrived, 487);
  alice.response(487);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test('a leg that knows no such dialog any more ends the call (RFC 3261 §12.2.1.2)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok } = lab.talk();
  alice.within(invite, ok, 'INFO', { headers: ['Content-Type: application/dtmf-relay'], body: 'Signal=5\r\n', cseq: 2 });
  const info = provider.take('INFO');
  assert.equal(info.body, 'Signal=5\r\n');
  assert.equal(info.get(Field.contentType), 'application/dtmf-relay');
  provider.answer(info, 200);
  alice.response(200);
  alice.within(invite, ok, 'INFO', { cseq: 3 });
  provider.answer(provider.take('INFO'), 481);
  alice.response(481);
  alice.answer(alice.take('BYE'), 200);
  provider.answer(provider.take('BYE'), 481);
  assert.deepEqual(lab.left, NOTHING);
});

test('a request that is older than the last one gets 500 (RFC 3261 §12.2.2), OPTIONS is ours to answer', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok } = lab.talk();
  alice.within(invite, ok, 'OPTIONS', { cseq: 7 });
  assert.match(alice.response(200).get(Field.allow)!, /INVITE, ACK/);
  alice.within(invite, ok, 'INFO', { cseq: 6 });
  alice.response(500);
  assert.deepEqual(provider.waiting, []);
});

test('multipart bodies and their headers pass, what a phone says of itself does not', async () => {
  const lab = await BridgeLab.open();
  const body =
    '--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--x\r\nContent-Type: application/isup\r\n\r\n\x01\xff\r\n--x--\r\n';
  const { arrived } = lab.dial({
    headers: [
      'c: multipart/mixed;boundary=x',
      'MIME-Version: 1.0',
      'P-Asserted-Identity: <sip:king@home.example>',
      'X-Mine: 1',
      'User-Agent: phone',
    ],
    body,
  });
  assert.equal(arrived.body, body);
  assert.equal(arrived.get(Field.contentType), 'multipart/mixed;boundary=x');
  assert.equal(arrived.other('mime-version'), '1.0');
  assert.deepEqual(arrived.list(Field.assertedIdentity), ['<sip:+4930201@acme.example>']);
  assert.equal(arrived.other('x-mine'), undefined);
  assert.equal(arrived.get(Field.userAgent), undefined);
});

test('a challenge within a dialog is answered by us, and shown to nobody (security S9)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  lab.wishes = { realm: 'acme' };
  const { invite, ok } = lab.talk();
  alice.within(invite, ok, 'INVITE', { headers: [SDP], body: HOLD, cseq: 2 });
  const first = provider.take('INVITE');
  provider.answer(first, 407, 'Proxy Authentication Required', ['Proxy-Authenticate: Digest realm="acme", nonce="n"']);
  provider.take('ACK');
  const second = provider.take('INVITE');
  assert.match(second.get(Field.proxyAuthorization)!, /INVITE sip:acme@10\.9\.0\.1:5060$/);
  assert.equal(second.cseq.number, first.cseq.number + 1);
  provider.answer(second, 200, 'OK', [SDP], '', ANSWER);
  assert.equal(provider.take('ACK').cseq.number, second.cseq.number);
  alice.within(invite, ok, 'ACK', { cseq: 2 });
  alice.within(invite, ok, 'INFO', { cseq: 3 });
  provider.answer(provider.take('INFO'), 407, 'Proxy Authentication Required', [
    'Proxy-Authenticate: Digest realm="home.example", nonce="n"',
  ]);
  assert.equal(alice.response(503).get(Field.proxyAuthenticate), undefined);
});

test('a provider that asks for credentials without end is given them twice (RFC 3261 §22.2)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  lab.wishes = { realm: 'acme' };
  const { invite, ok } = lab.talk();
  alice.within(invite, ok, 'INFO', { cseq: 3 });
  let asked = 0;
  for (; provider.waiting.includes('INFO') && asked < 10; asked++)
    provider.answer(provider.take('INFO'), 407, 'Again', [`Proxy-Authenticate: Digest realm="acme", nonce="n${asked}"`]);
  assert.equal(asked, 3);
  alice.response(503);
});

test('a far side that says 408 to a re-INVITE is not there any more: both are let go (RFC 3261 §12.2.1.2)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok } = lab.talk();
  alice.within(invite, ok, 'INVITE', { headers: [SDP], body: HOLD, cseq: 2 });
  provider.answer(provider.take('INVITE'), 408);
  assert.deepEqual(alice.waiting, ['408 INVITE', 'BYE']);
  assert.deepEqual(provider.waiting, ['ACK', 'BYE']);
});

test.each(['INVITE', 'UPDATE', 'INFO', 'OPTIONS'])(
  'an %s within a call that requires what nobody knows is refused, and goes no further (RFC 3261 §8.2.2.3)',
  async (method) => {
    const lab = await BridgeLab.open();
    const { alice, provider } = lab;
    const { invite, ok, arrived } = lab.talk();
    alice.within(invite, ok, method, {
      headers: [`Contact: ${alice.contact}`, SDP, 'Require: foo, timer', 'Require: bar'],
      body: OFFER,
    });
    assert.deepEqual(alice.response(420).list(Field.unsupported), ['foo', 'bar']);
    provider.back(arrived, 'far', method, { headers: [`Contact: ${provider.contact}`, 'Require: foo'] });
    assert.deepEqual(provider.response(420).list(Field.unsupported), ['foo']);
    assert.deepEqual([provider.waiting, alice.waiting.filter((one) => !one.startsWith('100'))], [[], []]);
  },
);

test('what one knows, and what both ends settle between themselves, may be required within a call', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok } = lab.talk();
  const headers = [`Contact: ${alice.contact}`, SDP, 'Require: Timer, precondition', 'Session-Expires: 1800'];
  alice.within(invite, ok, 'INVITE', { headers, body: OFFER });
  assert.deepEqual(provider.take('INVITE').list(Field.require), ['precondition']);
});

test('a BYE ends the call whatever it requires', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok } = lab.talk();
  alice.within(invite, ok, 'BYE', { headers: ['Require: foo'] });
  alice.response(200);
  provider.answer(provider.take('BYE'), 200);
  assert.deepEqual(lab.left, NOTHING);
});

test('a 2xx whose ACK was lost gets its own again, also where another re-INVITE was acknowledged meanwhile (RFC 3261 §13.2.2.4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok, arrived } = lab.talk();
  const first = () => provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  const modify = (cseq: number) => {
    alice.within(invite, ok, 'INVITE', { cseq, headers: [SDP], body: HOLD });
    const again = provider.take('INVITE');
    const answer = () => provider.answer(again, 200, 'OK', [SDP], '', ANSWER);
    answer();
    alice.response(200);
    alice.within(invite, ok, 'ACK', { cseq });
    return answer;
  };
  const acknowledged = () => {
    const cseqs = provider.inbox.map(({ cseq }) => `${cseq.method} ${cseq.number}`);
    provider.inbox.length = 0;
    return cseqs;
  };
  const second = modify(2);
  assert.deepEqual(acknowledged(), ['ACK 2']);
  first();
  second();
  assert.deepEqual(acknowledged(), ['ACK 1', 'ACK 2']);
  const third = modify(3);
  acknowledged();
  second();
  third();
  assert.deepEqual(acknowledged(), ['ACK 2', 'ACK 3']);
  assert.deepEqual(alice.waiting, []);
});

test('who repeats the 2xx that holds an offer before that is answered gets no ACK of another one (RFC 3261 §13.2.2.4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok } = lab.talk();
  alice.within(invite, ok, 'INVITE', { cseq: 2 });
  const again = provider.take('INVITE');
  for (const _ of [1, 2]) provider.answer(again, 200, 'OK', [SDP], '', OFFER);
  assert.deepEqual(provider.waiting, []);
  alice.within(invite, ok, 'ACK', { cseq: 2, headers: [SDP], body: ANSWER });
  assert.equal(provider.take('ACK').body, ANSWER);
});

test.each([
  [407, 'Proxy-Authenticate: Digest realm="acme", nonce="n"'],
  [422, 'Min-SE: 3600'],
])('a re-INVITE that was given up is not sent again, whatever a %i asks for (RFC 3261 §9.1)', async (status, asked) => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  lab.wishes = { realm: 'acme', sessionExpires: 600 };
  const { invite, ok } = lab.talk({ answer: ['Session-Expires: 600;refresher=uac'] });
  const again = alice.within(invite, ok, 'INVITE', { headers: [SDP], body: HOLD, cseq: 2 });
  const arrived = provider.take('INVITE');
  provider.answer(arrived, 100);
  alice.cancel(again);
  provider.take('CANCEL');
  provider.answer(arrived, status, 'Said', [asked]);
  alice.ack(again, alice.response(503));
  assert.deepEqual(provider.waiting, ['ACK']);
});

test('what a provider wants of every request is said in those within a dialog too, and in their ACK', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  lab.wishes = { headers: 'X-Account: 1\r\n' };
  const { invite, ok, arrived } = lab.talk();
  alice.within(invite, ok, 'INVITE', { headers: [SDP], body: HOLD, cseq: 2 });
  const hold = provider.take('INVITE');
  provider.answer(hold, 200, 'OK', [SDP], '', ANSWER);
  const held = alice.response(200);
  alice.within(invite, ok, 'ACK', { cseq: 2 });
  provider.back(arrived, 'far', 'INVITE', { headers: [SDP], body: OFFER });
  alice.answer(alice.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  const theirs = provider.response(200);
  alice.within(invite, ok, 'BYE', { cseq: 3 });
  assert.deepEqual(
    [hold, provider.take('ACK'), theirs, provider.take('BYE'), held].map((message) => message.other('x-account')),
    ['1', '1', '1', '1', undefined],
  );
});
