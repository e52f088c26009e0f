import { assert, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, SDP } from '../../support/bridge-lab.ts';

const TIMER = ['Supported: timer', 'Session-Expires: 600;refresher=uac'];
const EXPIRES = 'Session-Expires: 600;refresher=uac';

test('the session timer of each leg is its own: what the phone asks for, and what the provider agrees to (RFC 4028 §7.1, §9)', async () => {
  const lab = await BridgeLab.open();
  lab.wishes = { sessionExpires: 1_200 };
  const { arrived, ok } = lab.talk({ headers: TIMER, answer: ['Session-Expires: 1000;refresher=uac'] });
  assert.equal(arrived.get(Field.sessionExpires), '1200');
  assert.equal(ok.get(Field.sessionExpires), '600;refresher=uac');
  assert.deepEqual(ok.list(Field.require), ['timer']);
  // We refresh towards the provider at half the time; the phone says nothing, and is taken for dead just before its own expires.
  lab.desk.run(500_000);
  const update = lab.provider.take('INVITE');
  assert.equal(update.get(Field.sessionExpires), '1000;refresher=uac');
  assert.equal(update.body, OFFER);
  lab.provider.answer(update, 200, 'OK', [SDP, 'Session-Expires: 1000;refresher=uac'], '', ANSWER);
  assert.equal(lab.provider.take('ACK').cseq.number, update.cseq.number);
  lab.desk.run(67_999);
  assert.deepEqual(lab.provider.waiting, []);
  lab.desk.run(1);
  for (const side of [lab.provider, lab.alice]) side.answer(side.take('BYE'), 200);
  assert.deepEqual(lab.left, NOTHING);
});

test('a refresh of the phone is answered and keeps the call up (RFC 4028 §7.4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok } = lab.talk({ headers: TIMER });
  for (const cseq of [2, 3, 4]) {
    lab.desk.run(300_000);
    alice.within(invite, ok, 'UPDATE', { headers: [...TIMER, `Contact: ${alice.contact}`], cseq });
    assert.equal(alice.response(200).get(Field.sessionExpires), '600;refresher=uac');
  }
  assert.deepEqual(provider.waiting, []);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test.each([
  ['knows no session timer', [], []],
  ['asks for no session timer', ['Supported: timer'], ['timer']],
])('a phone that %s is refreshed by us, and ended when it is gone (RFC 4028 §9, §10)', async (_, headers, required) => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { ok } = lab.talk({ headers: ['Allow: INVITE, ACK, BYE, CANCEL, UPDATE', ...headers] });
  assert.equal(ok.get(Field.sessionExpires), '1800;refresher=uas');
  assert.deepEqual(ok.list(Field.require), required);
  lab.desk.run(900_000);
  const update = alice.take('UPDATE');
  assert.equal(update.body, '');
  alice.answer(update, 200);
  lab.desk.run(900_000);
  alice.take('UPDATE');
  lab.desk.run(31_999);
  assert.deepEqual(provider.waiting, []);
  lab.desk.run(1);
  assert.match(provider.take('BYE').get(Field.reason)!, /cause=408/);
});

test.each([
  ['UPDATE', ['Allow: INVITE, ACK, BYE, CANCEL', 'Allow: UPDATE']],
  ['INVITE', ['Allow: INVITE, ACK, BYE, CANCEL, X-UPDATE']],
])('a refresh is an %s where the phone says %j, and says that we know of it (RFC 4028 §7.1, §7.4)', async (method, headers) => {
  const lab = await BridgeLab.open();
  lab.talk({ headers });
  lab.desk.run(900_000);
  assert.deepEqual(lab.alice.take(method).list(Field.supported), ['timer', 'replaces']); // RFC 4028 §7.1
});

test.each([
  ['its 2xx', undefined, ANSWER],
  ['an 18x before', 183, ''],
  ['a reliable 18x before', 183, ''],
])('a refresh by re-INVITE says again what the phone was told in %s (RFC 4028 §7.4)', async (where, early, last) => {
  const reliable = where.includes('reliable');
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP, ...(reliable ? ['Supported: 100rel'] : [])], body: OFFER });
  if (early !== undefined)
    provider.answer(arrived, early, 'Early', [SDP, ...(reliable ? ['Require: 100rel', 'RSeq: 1'] : [])], 'far', ANSWER);
  if (reliable) alice.within(invite, alice.response(183), 'PRACK', { headers: ['RAck: 1 1 INVITE'] });
  provider.answer(arrived, 200, 'OK', last === '' ? [] : [SDP], 'far', last);
  alice.within(invite, alice.response(200), 'ACK');
  lab.desk.run(900_000);
  const refresh = alice.take('INVITE');
  assert.equal(refresh.body, ANSWER);
  assert.equal(refresh.get(Field.contentType), 'application/sdp');
});

test('a refresh by re-INVITE says again what the phone was told, also by a folded Content-Type (RFC 4028 §7.4, RFC 3261 §7.3.1)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  provider.answer(arrived, 200, 'OK', ['Content-Type:\r\n application/sdp'], 'far', ANSWER);
  alice.within(invite, alice.response(200), 'ACK');
  lab.desk.run(900_000);
  assert.equal(alice.take('INVITE').body, ANSWER);
});

test('a refresh by re-INVITE of a leg without media offers none: who is asked for an offer is to hear an answer (RFC 3261 §13.2.1, RFC 3264 §5)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial();
  provider.answer(arrived, 200, 'OK', [], 'far');
  alice.within(invite, alice.response(200), 'ACK');
  desk.run(900_000);
  const refresh = alice.take('INVITE');
  assert.equal(refresh.get(Field.contentType), 'application/sdp');
  assert.match(refresh.body, /^v=0\r\no=- 0 0 IN IP4 0\.0\.0\.0\r\n/);
  assert.notInclude(refresh.body, 'm=');
  alice.answer(refresh, 200, 'OK', [SDP], '', refresh.body);
  assert.equal(alice.take('ACK').body, '');
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test.each([
  ['Supported: timer', 'that of its trunk', '1200;refresher=uas'],
  ['Supported: 100rel', 'none', undefined],
])('a provider that says %s and no interval gets %s (RFC 4028 §9)', async (says, _, told) => {
  const lab = await BridgeLab.open();
  lab.wishes = { sessionExpires: 1_200, headers: 'X-Account: 1\r\n' };
  const bob = await lab.desk.phone('bob', '10.0.0.3');
  bob.register();
  const { provider } = lab;
  const headers = [`Contact: ${provider.contact}`, SDP, says];
  provider.request('INVITE', 'sip:account@10.0.0.1:5060', { from: '<sip:+4940123@acme.example>', headers, body: OFFER });
  bob.answer(bob.take('INVITE'), 200, 'OK', [SDP], 'kitchen', ANSWER);
  const ok = provider.response(200);
  assert.equal(ok.get(Field.sessionExpires), told);
  assert.deepEqual(ok.list(Field.supported), ['timer', 'replaces']);
  assert.equal(ok.other('x-account'), '1', 'what the provider wants of every message');
});

test('an interval below 90 seconds is refused with Min-SE, and ours grows to what the provider wants (RFC 4028 §6, §7.3)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  alice.request('INVITE', 'sip:0301234@home.example', {
    headers: [`Contact: ${alice.contact}`, 'Supported: timer', 'Session-Expires: 60'],
  });
  assert.equal(alice.response(422).other('min-se'), '90');
  assert.deepEqual(provider.waiting, []);
  lab.wishes = { sessionExpires: 600 };
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  provider.answer(arrived, 422, 'Session Interval Too Small', ['Min-SE: 900']);
  const again = provider.take('INVITE');
  assert.equal(again.get(Field.sessionExpires), '900');
  assert.equal(again.other('min-se'), '900');
  assert.equal(again.callId, arrived.callId);
  assert.equal(again.cseq.number, arrived.cseq.number + 1);
  provider.answer(again, 200, 'OK', [SDP], 'far', ANSWER);
  alice.within(invite, alice.response(200), 'ACK');
});

test.each([
  ['who called', 'within 2 s', 0, 2_000],
  ['who was called', 'after 2.1 to 4 s', 2_100, 4_000],
] as const)(
  'a refresh of %s that meets another modification comes again when chance says, %s (RFC 3261 §14.1)',
  async (side, _, least, most) => {
    const lab = await BridgeLab.open();
    lab.wishes = { sessionExpires: 1_800 };
    lab.talk(side === 'who called' ? { headers: ['Allow: UPDATE'] } : { headers: TIMER, answer: ['Allow: UPDATE', EXPIRES] });
    const phone = side === 'who called' ? lab.alice : lab.provider;
    lab.desk.run(300_000);
    if (side === 'who called') lab.desk.run(600_000);
    const paused = Array.from({ length: 50 }, () => {
      phone.answer(phone.take('UPDATE'), 491);
      return waited(lab, phone);
    });
    assert.isAtLeast(Math.min(...paused), least);
    assert.isAtMost(Math.max(...paused), most + 10);
    assert.isAbove(new Set(paused).size, 20);
  },
);

/** How long it takes until a phone hears something, in steps of 10 ms. */
function waited({ desk }: BridgeLab, phone: BridgeLab['alice']): number {
  const began = desk.clock.now();
  while (phone.waiting.length === 0) desk.run(10);
  return desk.clock.now() - began;
}

test('a refresh of the phone that crosses ours leaves one timer, and the call lives as long as either refreshes it (RFC 4028 §10)', async () => {
  const lab = await BridgeLab.open();
  const { alice, desk } = lab;
  const { invite, ok } = lab.talk({ headers: ['Allow: UPDATE'] });
  desk.run(900_000);
  const ours = alice.take('UPDATE');
  const theirs = ['Supported: timer', 'Session-Expires: 1800;refresher=uac', `Contact: ${alice.contact}`];
  alice.within(invite, ok, 'UPDATE', { headers: theirs, cseq: 2 });
  alice.response(200);
  alice.answer(ours, 491);
  waited(lab, alice);
  for (let refreshes = 0; refreshes < 3; refreshes++) {
    alice.answer(alice.take('UPDATE'), 200, 'OK', ['Session-Expires: 1800;refresher=uac']);
    desk.run(900_000);
  }
  assert.deepEqual([alice.waiting, lab.bridge.size.calls], [['UPDATE'], 1]);
});

test('a refresh of ours that falls into a change of the phone comes after it, also where that is refused (RFC 4028 §7.4, RFC 3261 §14.1)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, ok } = lab.talk({ headers: ['Allow: UPDATE'] });
  desk.run(899_000);
  const again = alice.within(invite, ok, 'INVITE', { headers: [SDP], body: OFFER, cseq: 2 });
  const change = provider.take('INVITE');
  desk.run(5_000);
  assert.deepEqual(alice.waiting, ['100 INVITE']);
  alice.response(100);
  provider.answer(change, 488);
  alice.ack(again, alice.response(488));
  assert.equal(waited(lab, alice) <= 2_000, true);
  assert.equal(alice.take('UPDATE').get(Field.sessionExpires), '1800;refresher=uac');
});

test.each([
  ['says what it wants', TIMER, '600;refresher=uac', 568_000],
  ['says nothing of it', [], '300;refresher=uas', 150_000],
])('the session of a phone is agreed on anew by its re-INVITE, which %s (RFC 4028 §9)', async (_, asked, agreed, until) => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, ok } = lab.talk({ headers: ['Supported: timer', 'Session-Expires: 300;refresher=uac'] });
  desk.run(200_000);
  alice.within(invite, ok, 'INVITE', { headers: [SDP, ...asked], body: OFFER });
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  assert.equal(alice.response(200).get(Field.sessionExpires), agreed);
  alice.within(invite, ok, 'ACK', { cseq: 2 });
  desk.run(until - 1);
  assert.deepEqual(alice.waiting, []);
  desk.run(1);
  alice.take(asked === TIMER ? 'BYE' : 'INVITE');
});

test('a provider that asks for a session timer by a re-INVITE gets the one of its account (RFC 4028 §9)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  lab.wishes = { sessionExpires: 1_200 };
  const { arrived } = lab.talk();
  const ask = (cseq: number, supported: readonly string[]) => {
    provider.back(arrived, 'far', 'UPDATE', { cseq, headers: [`Contact: ${provider.contact}`, ...supported] });
    return provider.response(200).get(Field.sessionExpires);
  };
  assert.deepEqual([ask(1, []), ask(2, ['Supported: timer'])], [undefined, '1200;refresher=uas']);
  assert.deepEqual(alice.waiting, []);
});

test('a description that was refused is not what a refresh says again (RFC 4028 §7.4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  lab.wishes = { sessionExpires: 1_200 };
  const { invite, ok } = lab.talk({ headers: ['Supported: timer'], answer: ['Session-Expires: 1200;refresher=uac'] });
  alice.within(invite, ok, 'INVITE', { headers: [SDP], body: OFFER.replace('8', '0'), cseq: 2 });
  provider.answer(provider.take('INVITE'), 488);
  alice.response(488);
  desk.run(600_000);
  assert.equal(provider.take('INVITE').body, OFFER);
});

test.each(['INVITE', 'UPDATE'])('nor is one that never got there: %s (RFC 3261 §14.1, RFC 4028 §7.4)', async (method) => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, ok } = lab.talk({ headers: TIMER, answer: ['Session-Expires: 1000;refresher=uac'] });
  desk.host.noRoute.add('10.9.0.1');
  const headers = [SDP, `Contact: ${alice.contact}`];
  const hold = alice.within(invite, ok, method, { headers, body: `${OFFER}a=sendonly\r\n`, cseq: 2 });
  const answer = alice.response(503);
  if (method === 'INVITE') alice.ack(hold, answer);
  desk.host.noRoute.delete('10.9.0.1');
  desk.run(500_000);
  assert.equal(provider.take('INVITE').body, OFFER);
});

test('nor is one of who wanted the place of the phone and did not get it (RFC 3261 §14.1, RFC 3891 §3)', async () => {
  const lab = await BridgeLab.open();
  const { provider, desk } = lab;
  const carol = await desk.phone('carol', '10.0.0.4');
  const { invite, ok } = lab.talk({ headers: TIMER, answer: ['Session-Expires: 1000;refresher=uac'] });
  const replaces = `Replaces: talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`;
  carol.call('INVITE', ok.list(Field.contact)[0]!.slice(1, -1), {
    headers: [SDP, replaces, `Contact: ${carol.contact}`],
    body: OFFER.replace('alice', 'carol'),
  });
  provider.answer(provider.take('INVITE'), 488);
  carol.response(488);
  provider.take('ACK');
  desk.run(500_000);
  assert.equal(provider.take('INVITE').body, OFFER);
});

test('a 2xx to a refresh that comes again gets its ACK again, and hides no change that has begun since (RFC 3261 §13.2.2.4, §14.1)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const carol = await desk.phone('carol', '10.0.0.4');
  lab.wishes = { sessionExpires: 1_200 };
  const { invite, ok } = lab.talk({ headers: ['Supported: timer'], answer: ['Session-Expires: 1200;refresher=uac'] });
  desk.run(600_000);
  const refresh = provider.take('INVITE');
  provider.answer(refresh, 200, 'OK', [SDP], '', ANSWER);
  assert.equal(provider.take('ACK').cseq.number, refresh.cseq.number);
  alice.within(invite, ok, 'INVITE', { headers: [SDP], body: OFFER, cseq: 2 });
  provider.take('INVITE');
  provider.answer(refresh, 200, 'OK', [SDP], '', ANSWER);
  assert.equal(provider.take('ACK').cseq.number, refresh.cseq.number);
  const headers = [SDP, `Replaces: talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`, `Contact: ${carol.contact}`];
  carol.call('INVITE', ok.get(Field.contact)!.slice(1, -1), { headers, body: OFFER });
  assert.deepEqual(provider.waiting, [], 'one INVITE at a time');
});

test('an answer that comes after the end of its dialog starts no session timer', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok, arrived } = lab.talk({ headers: TIMER });
  alice.within(invite, ok, 'UPDATE', { headers: [...TIMER, SDP, `Contact: ${alice.contact}`], body: OFFER });
  const update = provider.take('UPDATE');
  provider.back(arrived, 'far', 'BYE');
  alice.answer(alice.take('BYE'), 200);
  provider.answer(update, 200, 'OK', [SDP], '', ANSWER);
  assert.equal(alice.response(200).body, ANSWER);
  assert.deepEqual(lab.left, NOTHING);
});

test('a phone whose connection has closed for good is taken for dead when its session would expire (RFC 4028 §10)', async () => {
  const lab = await BridgeLab.open();
  const { provider, desk } = lab;
  const bob = await desk.phone('bob', '10.0.0.3', 5060, 'tcp');
  bob.register();
  const headers = [SDP, `Contact: ${provider.contact}`];
  const invite = provider.request('INVITE', 'sip:account@10.0.0.1:5060', {
    from: '<sip:+4940123@acme.example>',
    headers,
    body: OFFER,
  });
  bob.answer(bob.take('INVITE'), 200, 'OK', [SDP, 'Session-Expires: 600;refresher=uac', 'Allow: UPDATE'], 'bob', ANSWER);
  provider.within(invite, provider.response(200), 'ACK');
  bob.close();
  desk.run(567_999);
  assert.deepEqual(provider.waiting, []);
  desk.run(1);
  assert.match(provider.take('BYE').get(Field.reason)!, /cause=408/);
  assert.deepEqual(lab.bridge.size, { calls: 0, legs: 0 });
});

test('a way that is gone for a moment ends no call: a refresh is tried again, and what one side wanted is refused with 503 (RFC 3261 §8.1.3.1, §12.2.1.2)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, ok } = lab.talk({ headers: ['Allow: INVITE, ACK, BYE, CANCEL, UPDATE'] });
  desk.host.noRoute.add('10.9.0.1');
  const hold = alice.within(invite, ok, 'INVITE', { headers: [SDP], body: OFFER, cseq: 2 });
  alice.ack(hold, alice.response(503));
  const waits = desk.clock.armed().map(({ name }) => name);
  assert.equal(waits.includes('no answer'), false, `${waits}`);
  desk.host.noRoute.delete('10.9.0.1');
  desk.run(899_000);
  desk.host.noRoute.add('10.0.0.2');
  desk.run(2_000);
  desk.host.noRoute.delete('10.0.0.2');
  desk.run(29_000);
  alice.answer(alice.take('UPDATE'), 200);
  assert.deepEqual([alice.waiting, provider.waiting], [[], []]);
  // Where it stays gone, the call ends when the session would expire.
  desk.host.noRoute.add('10.0.0.2');
  desk.run(1_767_999);
  assert.deepEqual(provider.waiting, []);
  desk.run(1);
  assert.match(provider.take('BYE').get(Field.reason)!, /cause=408/);
});

test('a phone that refuses the refresh lives all the same', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  lab.talk({ headers: ['Allow: UPDATE'] });
  for (let i = 0; i < 4; i++) {
    desk.run(900_000);
    alice.answer(alice.take('UPDATE'), 405);
  }
  assert.deepEqual(provider.waiting, []);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test('a 422 to what one side changes is answered on that leg with a longer session, and the other side hears nothing of it (RFC 4028 §7.3)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  lab.wishes = { sessionExpires: 600 };
  const { invite, ok } = lab.talk({ answer: ['Session-Expires: 600;refresher=uac', 'Allow: UPDATE'] });
  for (const [method, cseq] of [
    ['INVITE', 2],
    ['UPDATE', 3],
  ] as const) {
    alice.within(invite, ok, method, { headers: [SDP, `Contact: ${alice.contact}`], body: OFFER, cseq });
    const first = provider.take(method);
    assert.equal(first.get(Field.sessionExpires), method === 'INVITE' ? '600;refresher=uac' : '900;refresher=uac');
    provider.answer(first, 422, 'Session Interval Too Small', [`Min-SE: ${cseq === 2 ? 900 : 1000}`]);
    if (method === 'INVITE') provider.take('ACK');
    const second = provider.take(method);
    assert.equal(second.get(Field.sessionExpires), cseq === 2 ? '900;refresher=uac' : '1000;refresher=uac');
    assert.equal(second.other('min-se'), cseq === 2 ? '900' : '1000');
    assert.equal(second.body, OFFER);
    provider.answer(second, 200, 'OK', [SDP, `Session-Expires: ${cseq === 2 ? 900 : 1000};refresher=uac`], '', ANSWER);
    alice.response(200);
    if (method === 'INVITE') alice.within(invite, ok, 'ACK', { cseq: 2 });
    lab.desk.net.clear();
  }
  assert.deepEqual(alice.waiting, []);
});

test('whoever wants a longer session each time, or says not how long, is refused for it; 422 goes to nobody else', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  lab.wishes = { sessionExpires: 600 };
  const { invite, ok } = lab.talk({ answer: ['Session-Expires: 600;refresher=uac'] });
  alice.within(invite, ok, 'INVITE', { headers: [SDP], body: OFFER, cseq: 2 });
  for (let i = 1; i <= 4; i++) {
    provider.answer(provider.take('INVITE'), 422, 'Session Interval Too Small', [`Min-SE: ${600 + 60 * i}`]);
    provider.take('ACK');
  }
  assert.deepEqual(provider.waiting, []);
  alice.ack(invite, alice.response(503));
  alice.within(invite, ok, 'INVITE', { headers: [SDP], body: OFFER, cseq: 3 });
  provider.answer(provider.take('INVITE'), 422, 'Session Interval Too Small');
  alice.response(503);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test('a call that both sides keep alive is ended after twelve hours, whatever it costs by then (security S3)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  lab.talk();
  const began = desk.clock.now();
  while (provider.inbox.length === 0 && desk.clock.now() - began < 50_000_000) {
    desk.run(100_000);
    if (alice.waiting.includes('INVITE')) alice.answer(alice.take('INVITE'), 200, 'OK', [SDP], '', OFFER);
    if (alice.waiting.includes('ACK')) alice.take('ACK');
  }
  assert.equal(desk.clock.now() - began, 12 * 3_600_000);
  assert.match(provider.take('BYE').get(Field.reason)!, /limit/);
  assert.match(alice.take('BYE').get(Field.reason)!, /limit/);
});
