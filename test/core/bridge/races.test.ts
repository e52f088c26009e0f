import { assert, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import { Request } from '../../../src/sip/message/message.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, SDP } from '../../support/bridge-lab.ts';
import type { Phone } from '../../support/phone.ts';

test('a 2xx that is the first is the call, however many early dialogs the provider made up before', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  alice.register(); // who proved nothing gets no more than 4 kB
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  for (let i = 0; i < 40; i++) provider.answer(arrived, 183, 'Session Progress', [], `fork-${i}`);
  provider.answer(arrived, 200, 'OK', [SDP], 'winner', ANSWER);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  provider.take('ACK');
  alice.within(invite, ok, 'BYE');
  assert.equal(provider.take('BYE').to.tag, 'winner');
  assert.deepEqual(lab.bridge.size, { calls: 0, legs: 0 });
});

/** A server of the provider that was silent too long, and rings no less for that: the second one rings. */
async function passedOver() {
  const lab = await BridgeLab.open();
  lab.wishes = { servers: ['10.9.0.1', '10.9.0.2'] };
  const second = await lab.desk.phone('second', '10.9.0.2');
  const call = lab.dial();
  lab.desk.run(5_000);
  const there = second.take('INVITE');
  second.answer(there, 180, 'Ringing', [], 'there');
  return { lab, second, there, ...call };
}

test('a server that answers after another one was tried: that one rings no more (RFC 3263 §4.3)', async () => {
  const { lab, second, there, invite, arrived } = await passedOver();
  const { alice, provider } = lab;
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  assert.match(second.take('CANCEL').get(Field.reason)!, /completed elsewhere/);
  second.answer(there, 487);
  alice.within(invite, ok, 'BYE');
  provider.answer(provider.take('BYE'), 200);
  assert.deepEqual(lab.left, NOTHING);
});

test('a server that rings and refuses after another one was tried is let go of, and fails nothing (RFC 3263 §4.3)', async () => {
  const { lab, second, there, invite, arrived } = await passedOver();
  const { alice, provider } = lab;
  provider.answer(arrived, 180, 'Ringing', [], 'far');
  provider.answer(provider.take('CANCEL'), 200);
  provider.answer(arrived, 486);
  assert.deepEqual(alice.waiting, ['100 INVITE', '180 INVITE']);
  second.answer(there, 200, 'OK', [SDP], 'there', ANSWER);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  alice.within(invite, ok, 'BYE');
  second.answer(second.take('BYE'), 200);
  assert.deepEqual(lab.told, ['failed 10.9.0.1 no answer', 'succeeded 10.9.0.2', 'talk', 'paid']);
  assert.deepEqual(lab.left, NOTHING);
});

test('what has rung for more than three minutes without a word is cancelled at the provider (RFC 3261 §16.6, §16.8)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial();
  provider.answer(arrived, 180, 'Ringing', [], 'far');
  desk.run(184_999);
  assert.deepEqual(provider.waiting, []);
  desk.run(1);
  provider.answer(provider.take('CANCEL'), 200);
  provider.answer(arrived, 487);
  alice.ack(invite, alice.response(408));
  assert.deepEqual(lab.told, ['paid']);
  assert.deepEqual(lab.left, NOTHING);
});

test('a call that ends while an INVITE with Replaces waits for its other side: that INVITE gets 481, and no dead call', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const carol = await desk.phone('carol', '10.0.0.4');
  const { invite, ok } = lab.talk();
  const replaces = `Replaces: talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`;
  const headers = [SDP, replaces, `Contact: ${carol.contact}`];
  const taken = carol.call('INVITE', ok.get(Field.contact)!.slice(1, -1), { headers, body: OFFER });
  const offered = provider.take('INVITE');
  alice.within(invite, ok, 'BYE');
  provider.answer(offered, 200, 'OK', [SDP], '', ANSWER);
  carol.ack(taken, carol.response(481));
  provider.answer(provider.take('BYE'), 200);
  assert.deepEqual(desk.exchange.calls.list(), []);
  assert.deepEqual(lab.left, NOTHING);
  assert.equal(desk.exchange.bugs, 0);
});

test('two who take the same leg: the first has it, the other one gets 481', async () => {
  const lab = await BridgeLab.open();
  const { provider, desk } = lab;
  const phones = [await desk.phone('carol', '10.0.0.4'), await desk.phone('bob', '10.0.0.3')] as const;
  phones[0].register();
  const { invite, ok } = lab.talk();
  const replaces = `Replaces: talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`;
  const media = (phone: Phone) => OFFER.replace('alice', phone.user);
  const asked = phones.map((phone) => {
    const headers = [SDP, replaces, `Contact: ${phone.contact}`];
    return phone.call('INVITE', ok.get(Field.contact)!.slice(1, -1), { headers, body: media(phone) });
  });
  const [carol, bob] = phones;
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  carol.within(asked[0]!, carol.response(200), 'ACK');
  desk.run(5_000);
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  bob.response(481);
  const offers = provider.inbox.filter((one) => one instanceof Request && one.method === 'INVITE').map(({ body }) => body);
  assert.equal(offers.at(-1), media(carol), 'the provider goes back to who has the leg');
  assert.deepEqual(
    desk.exchange.calls.list().map(({ from }) => from),
    ['carol'],
  );
});

test.each([
  ['offers', OFFER],
  ['asks for an offer', ''],
])(
  'who %s by a re-INVITE and hangs up meanwhile gets 487 for it, and no 2xx that nobody would acknowledge (RFC 3261 §15.1.2)',
  async (_, body) => {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const { invite, ok } = lab.talk();
    const again = alice.within(invite, ok, 'INVITE', { headers: body === '' ? [] : [SDP], body, cseq: 2 });
    const arrived = provider.take('INVITE');
    alice.within(invite, ok, 'BYE', { cseq: 3 });
    alice.response(200);
    provider.answer(arrived, 200, 'OK', [SDP], '', ANSWER);
    assert.deepEqual(provider.waiting, ['BYE', 'ACK']);
    provider.answer(provider.take('BYE'), 200);
    alice.ack(again, alice.response(487));
    desk.run(40_000);
    assert.deepEqual(alice.waiting, []);
    assert.deepEqual(lab.left, NOTHING);
  },
);

test('who takes a leg over by Replaces and gives up has no part in the call (RFC 3891 §3)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const carol = await desk.phone('carol', '10.0.0.4');
  const { invite, ok } = lab.talk();
  const headers = [SDP, `Replaces: talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`, `Contact: ${carol.contact}`];
  const taken = carol.call('INVITE', ok.get(Field.contact)!.slice(1, -1), { headers, body: OFFER.replace('alice', 'carol') });
  const offered = provider.take('INVITE');
  carol.cancel(taken);
  carol.ack(taken, carol.response(487));
  provider.answer(offered, 200, 'OK', [SDP], '', ANSWER);
  assert.equal(provider.take('INVITE').body, OFFER, 'the provider goes back to who has the leg');
  assert.deepEqual(alice.waiting, []);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test.each([false, true])(
  'who takes a leg over by Replaces and offers nothing answers the offer of its other side; that gets one ACK, also where he gives up: %s (RFC 3261 §13.2.2.4)',
  async (gives) => {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const carol = await desk.phone('carol', '10.0.0.4');
    const { invite, ok } = lab.talk();
    const headers = [`Replaces: talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`, `Contact: ${carol.contact}`];
    const taken = carol.call('INVITE', ok.get(Field.contact)!.slice(1, -1), { headers });
    const offered = provider.take('INVITE');
    assert.equal(offered.body, '');
    if (gives) carol.cancel(taken);
    provider.answer(offered, 200, 'OK', [SDP], '', ANSWER);
    const theirs = OFFER.replace('alice', 'carol');
    if (!gives) {
      assert.deepEqual(provider.waiting, []);
      const mine = carol.response(200);
      assert.equal(mine.body, ANSWER);
      carol.within(taken, mine, 'ACK', { headers: [SDP], body: theirs });
    }
    const ack = provider.take('ACK');
    assert.deepEqual([ack.cseq.number, ack.body], [offered.cseq.number, gives ? '' : theirs]);
    assert.deepEqual(provider.waiting, gives ? ['INVITE'] : []);
    assert.deepEqual(alice.waiting, gives ? [] : ['BYE']);
  },
);

test('while an offer of one side waits for its answer, nobody makes it another one (RFC 3261 §14.1, RFC 3311 §5.2)', async () => {
  const lab = await BridgeLab.open();
  const { provider, desk } = lab;
  const carol = await desk.phone('carol', '10.0.0.4');
  const { invite, ok } = lab.talk();
  const headers = [`Replaces: talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`, `Contact: ${carol.contact}`];
  const taken = carol.call('INVITE', ok.get(Field.contact)!.slice(1, -1), { headers });
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  const mine = carol.response(200);
  const { number } = taken.cseq;
  carol.within(taken, mine, 'UPDATE', { cseq: number + 1, headers: [SDP], body: OFFER });
  carol.response(491);
  assert.deepEqual(provider.waiting, []);
  carol.within(taken, mine, 'ACK', { cseq: number, headers: [SDP], body: OFFER });
  provider.take('ACK');
  carol.within(taken, mine, 'UPDATE', { cseq: number + 2, headers: [SDP], body: OFFER });
  provider.take('UPDATE');
});

test('who transfers a call while another one would take his leg over: the transfer goes on alone (RFC 3891 §3)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const [carol, bob] = [await desk.phone('carol', '10.0.0.4'), await desk.phone('bob', '10.0.0.3')];
  for (const phone of [alice, bob]) phone.register();
  const { invite, ok } = lab.talk();
  const headers = [SDP, `Replaces: talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`, `Contact: ${carol.contact}`];
  carol.call('INVITE', ok.get(Field.contact)!.slice(1, -1), { headers, body: OFFER.replace('alice', 'carol') });
  const offered = provider.take('INVITE');
  alice.within(invite, ok, 'REFER', { headers: ['Refer-To: <sip:bob@home.example>', `Contact: ${alice.contact}`], cseq: 2 });
  alice.response(202);
  const ringing = bob.take('INVITE');
  provider.answer(offered, 200, 'OK', [SDP], '', ANSWER);
  carol.response(481);
  bob.answer(ringing, 200, 'OK', [SDP, `Contact: ${bob.contact}`], 'bob', OFFER.replace('alice', 'bob'));
  assert.deepEqual(bob.waiting, ['ACK']);
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  desk.run(5_000);
  const joined = provider.take('INVITE');
  assert.match(joined.body, /^o=bob /m);
  provider.answer(joined, 200, 'OK', [SDP], '', ANSWER);
  alice.within(invite, ok, 'BYE', { cseq: 3 });
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test('a re-INVITE that the provider lets pend is cancelled, and so a phone that is gone is noticed (RFC 4028 §10)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, ok } = lab.talk();
  alice.within(invite, ok, 'INVITE', { headers: [SDP], body: OFFER, cseq: 2 });
  const pending = provider.take('INVITE');
  provider.answer(pending, 183, 'Session Progress');
  desk.run(185_000);
  provider.answer(provider.take('CANCEL'), 200);
  provider.answer(pending, 487);
  alice.response(487);
  desk.run(1_800_000);
  assert.match(provider.take('BYE').get(Field.reason)!, /cause=408/);
  assert.deepEqual(lab.told.slice(-1), ['paid']);
});

test.each(['INVITE', 'UPDATE', 'INFO'])(
  'what is more than passes (%s) is refused, and not led on without what it says',
  async (method) => {
    const lab = await BridgeLab.open();
    const { alice, provider } = lab;
    const { invite, ok } = lab.talk();
    alice.within(invite, ok, method, { headers: [SDP], body: OFFER.padEnd(25_000, 'a=x\r\n'), cseq: 2 });
    alice.response(513);
    assert.deepEqual(provider.waiting, []);
  },
);

test('a re-INVITE before the ACK is put off, and the ACK is still heard (RFC 3261 §14.2)', async () => {
  const lab = await BridgeLab.open();
  const { provider, desk } = lab;
  const { bob, headers, invite, arrived } = await lab.ring();
  bob.answer(arrived, 200, 'OK', [SDP], 'bob', ANSWER);
  const ok = provider.response(200);
  provider.within(invite, ok, 'INVITE', { cseq: 2, headers, body: OFFER });
  assert.notEqual(provider.response(500).get(Field.retryAfter), undefined);
  provider.within(invite, ok, 'ACK', { cseq: 1 });
  desk.run(40_000);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
  assert.deepEqual(bob.waiting, ['ACK']);
});

test.each(['INVITE', 'UPDATE'])(
  'an %s of a provider that has just answered waits for the ACK of the phone, which may not have heard of the answer (RFC 3261 §14.1)',
  async (method) => {
    const lab = await BridgeLab.open();
    const { alice, provider } = lab;
    const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
    provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
    provider.take('ACK');
    const ok = alice.response(200);
    const again = (cseq: number) => provider.back(arrived, 'far', method, { cseq, headers: [SDP], body: OFFER });
    const refused = again(1);
    const answer = provider.response(491);
    if (method === 'INVITE') provider.ack(refused, answer);
    assert.deepEqual(alice.waiting, []);
    alice.within(invite, ok, 'ACK');
    again(2);
    alice.take(method);
  },
);

test.each(['INFO', 'MESSAGE'])(
  'an %s of a provider that has just answered waits for the ACK of the phone, whose 481 would end the call (RFC 3261 §12.2.1.2)',
  async (method) => {
    const lab = await BridgeLab.open();
    const { alice, provider } = lab;
    const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
    provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
    const ok = alice.response(200);
    provider.back(arrived, 'far', method, { cseq: 1 });
    assert.match(provider.response(500).get(Field.retryAfter)!, /^(?:[0-9]|10)$/);
    assert.deepEqual(alice.waiting, []);
    alice.within(invite, ok, 'ACK');
    provider.back(arrived, 'far', method, { cseq: 2 });
    alice.take(method);
  },
);

test('no NOTIFY of one side steers the phone of the other (security S23)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { arrived } = lab.talk();
  provider.back(arrived, 'far', 'NOTIFY', { headers: ['Event: talk', 'Subscription-State: active'] });
  provider.response(489);
  assert.deepEqual(alice.waiting, []);
});

test('a provider that transfers again and again, cancels and hangs up in between leaves nothing behind', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const bob = await desk.phone('bob', '10.0.0.3');
  for (const phone of [alice, bob]) phone.register();
  const { arrived, invite, ok } = lab.talk();
  const headers = ['Refer-To: <sip:bob@home.example>', `Contact: ${provider.contact}`];
  for (let cseq = 1; cseq <= 30; cseq++) provider.back(arrived, 'far', 'REFER', { cseq, headers });
  assert.equal(provider.waiting.filter((what) => what === '202 REFER').length, 1);
  assert.equal(provider.waiting.filter((what) => what === '491 REFER').length, 29);
  assert.equal(bob.waiting.filter((what) => what === 'INVITE').length, 1);
  const rung = bob.take('INVITE');
  bob.answer(rung, 180, 'Ringing', [], 'bob');
  provider.back(arrived, 'far', 'BYE', { cseq: 31 });
  // It has left, the transfer goes on: then the other side gives up.
  alice.within(invite, ok, 'BYE');
  alice.response(200);
  bob.answer(bob.take('CANCEL'), 200);
  bob.answer(rung, 487, 'Request Terminated', [], 'bob');
  assert.deepEqual(desk.exchange.calls.list(), []);
  assert.deepEqual(lab.left, NOTHING);
  assert.equal(desk.exchange.bugs, 0);
});

test('a phone that has not acknowledged its call when that ends gets its BYE when it has, or says nothing for 32 seconds (RFC 3261 §15)', async () => {
  for (const said of ['ACK', undefined, 'BYE'] as const) {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
    provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
    const ok = alice.response(200);
    provider.back(arrived, 'far', 'BYE');
    assert.deepEqual(alice.waiting, []);
    if (said !== undefined) alice.within(invite, ok, said);
    else desk.run(32_000);
    assert.equal(alice.waiting.includes('BYE'), said !== 'BYE');
    if (said !== 'BYE') alice.answer(alice.take('BYE'), 200);
    alice.inbox.length = 0;
    desk.run(40_000);
    assert.deepEqual(alice.waiting, []);
    assert.deepEqual(lab.left, NOTHING);
  }
});

test('a provider that hangs up before its offer is answered gets its ACK all the same, and the call is over (RFC 3261 §13.2.2.4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial();
  provider.answer(arrived, 200, 'OK', [SDP], 'far', OFFER);
  const ok = alice.response(200);
  assert.deepEqual(provider.waiting, []);
  provider.back(arrived, 'far', 'BYE');
  assert.deepEqual(provider.waiting, ['200 BYE', 'ACK']);
  assert.deepEqual(lab.told.slice(-1), ['paid']);
  alice.within(invite, ok, 'ACK', { headers: [SDP], body: ANSWER });
  alice.answer(alice.take('BYE'), 200);
  assert.deepEqual(lab.left, NOTHING);
});
