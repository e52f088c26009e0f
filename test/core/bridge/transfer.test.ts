import { assert, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, PROVIDED, SDP } from '../../support/bridge-lab.ts';
import { CAROLS, consulted, notified, refer, talking } from './transferring.ts';

test('a blind transfer: the target is called with what the far side last said, then both are joined (RFC 3515, RFC 5589 §6)', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice, provider, desk } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  const accepted = alice.response(202);
  assert.equal(accepted.to.tag, ok.to.tag);
  assert.equal(accepted.get(Field.contact), ok.get(Field.contact));
  assert.equal(accepted.other('refer-sub'), undefined);
  assert.equal(notified(alice), 'SIP/2.0 100 Trying, active');
  const rung = carol.take('INVITE');
  assert.equal(rung.body, ANSWER, 'the hold is alice’s and not carol’s');
  assert.equal(rung.get(Field.contentType), 'application/sdp');
  assert.match(rung.get(Field.from)!, /^<sip:0301234@home\.example>;tag=/);
  assert.equal(rung.other('referred-by'), '"Al" <sip:alice@home.example>');
  carol.answer(rung, 180, 'Ringing', [], 'carol');
  assert.equal(notified(alice), 'SIP/2.0 180 Ringing, active');
  carol.answer(rung, 200, 'OK', [SDP], 'carol', CAROLS);
  assert.equal(carol.take('ACK').body, '');
  assert.equal(notified(alice), 'SIP/2.0 200 OK, terminated');
  const offered = provider.take('INVITE');
  assert.equal(offered.body, CAROLS);
  provider.answer(offered, 200, 'OK', [SDP], 'far', ANSWER);
  provider.take('ACK');
  // What carol was offered holds: nothing more is said to her.
  assert.deepEqual(carol.waiting, []);
  alice.within(invite, ok, 'BYE', { cseq: 4 });
  alice.response(200);
  assert.deepEqual(provider.waiting, []);
  desk.net.clear();
  carol.back(rung, 'carol', 'BYE', { headers: ['Reason: Q.850;cause=16'] });
  assert.equal(provider.take('BYE').get(Field.reason), 'Q.850;cause=16');
  assert.deepEqual(lab.bridge.size, { calls: 0, legs: 0 });
  assert.deepEqual(lab.told.slice(-1), ['paid']);
});

test('what the To of a call says of the way to its callee is not in the From of one that the callee is led on to (RFC 3261 §19.1.1 table 1)', async () => {
  const { lab, carol } = await talking();
  const { alice, provider } = lab;
  const to = '<sip:030;lr@home.example;Transport=UDP;user=phone;lr;maddr=10.0.0.1?subject=x>';
  const headers = [SDP, `Contact: ${alice.contact}`];
  const invite = alice.request('INVITE', 'sip:0305678@home.example', { to, cseq: 1, callId: 'second', headers, body: OFFER });
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], 'second', ANSWER);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  refer(alice, invite, ok, '<sip:203@home.example>');
  assert.match(carol.take('INVITE').get(Field.from)!, /^<sip:030;lr@home\.example;user=phone>;tag=/);
});

test('where the far side answers with other media than the target was offered, the target hears of it', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice, provider } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  const rung = carol.take('INVITE');
  carol.answer(rung, 200, 'OK', [SDP], 'carol', CAROLS);
  carol.take('ACK');
  const other = ANSWER.replace('6000', '7000');
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], 'far', other);
  const again = carol.take('INVITE');
  assert.equal(again.body, other);
  carol.answer(again, 200, 'OK', [SDP], '', CAROLS);
  carol.take('ACK');
  // Alice does not hang up: she is helped.
  lab.desk.run(5_000);
  assert.match(alice.take('BYE').get(Field.reason)!, /Call transferred/);
  assert.deepEqual(provider.waiting, ['ACK']);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test('a far side that holds by 0.0.0.0 is asked for its media anew once the target has answered, and that hears of them (RFC 3264 §8.4)', async () => {
  const { lab, carol, invite, ok, arrived } = await talking();
  const { alice, provider } = lab;
  const held = ANSWER.replace('c=IN IP4 10.9.0.1', 'c=IN IP4 0.0.0.0');
  provider.back(arrived, 'far', 'INVITE', { headers: [SDP, `Contact: ${provider.contact}`], body: held });
  alice.answer(alice.take('INVITE'), 200, 'OK', [SDP], '', OFFER);
  provider.response(200);
  provider.back(arrived, 'far', 'ACK', { cseq: 1 });
  alice.take('ACK');
  refer(alice, invite, ok, '<sip:203@home.example>');
  carol.answer(carol.take('INVITE'), 200, 'OK', [SDP], 'carol', CAROLS);
  carol.take('ACK');
  const offered = provider.take('INVITE');
  assert.equal(offered.body, CAROLS);
  provider.answer(offered, 200, 'OK', [SDP], 'far', ANSWER);
  assert.equal(carol.take('INVITE').body, ANSWER);
});

test('what was offered and refused is not what a target hears of', async () => {
  const { lab, carol, invite, ok, arrived } = await talking();
  const { alice, provider } = lab;
  provider.back(arrived, 'far', 'INVITE', {
    headers: [SDP, `Contact: ${provider.contact}`],
    body: ANSWER.replace('6000', '9000'),
  });
  alice.answer(alice.take('INVITE'), 488);
  provider.response(488);
  refer(alice, invite, ok, '<sip:203@home.example>');
  assert.equal(carol.take('INVITE').body, ANSWER);
});

test('a transfer that fails leaves the call as it was, and says why (RFC 3515 §2.4.5)', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice, provider } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  notified(alice);
  carol.answer(carol.take('INVITE'), 486, 'Busy Here');
  assert.equal(notified(alice), 'SIP/2.0 486 Busy Here, terminated');
  refer(alice, invite, ok, '<sip:999@home.example>');
  const first = alice.take('NOTIFY');
  assert.equal(first.get(Field.event), 'refer;id=3');
  assert.equal(notified(alice), 'SIP/2.0 404 Not Found, terminated');
  alice.within(invite, ok, 'INFO', { cseq: 9 });
  provider.answer(provider.take('INFO'), 200);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test('a transfer that nobody could write down fails, and the next one does not (RFC 3515 §2.4.5)', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice } = lab;
  // In a line of the greatest length, which a longer name of the header makes too long.
  const longest = `r:<${'sip:x@home.example;'.padEnd(8_188, 'x')}>`;
  alice.within(invite, ok, 'REFER', { cseq: 3, headers: [longest, `Contact: ${alice.contact}`] });
  assert.equal(notified(alice), 'SIP/2.0 100 Trying, active');
  assert.equal(notified(alice), 'SIP/2.0 503 Not Reached, terminated');
  alice.within(invite, ok, 'REFER', { cseq: 4, headers: ['Refer-To: <sip:203@home.example>', `Contact: ${alice.contact}`] });
  carol.take('INVITE');
  assert.deepEqual(lab.desk.log.of('error'), []);
});

test('a REFER never buys a call: what costs money is refused (house 5, security S1)', async () => {
  const config = PROVIDED.replace(
    'extensions = 200-699\n',
    'extensions = 200-699\ncountry_code = 49\narea_code = 30\ntrunk_prefix = 0\ninternational_prefix = 00\n',
  );
  const lab = await BridgeLab.open({ config: `${config}[dial out]\nmatch = 0X!\nto = provider acme\n` });
  lab.alice.register();
  const { invite, ok } = lab.talk();
  refer(lab.alice, invite, ok, '<sip:0401234567@home.example>');
  lab.alice.response(202);
  notified(lab.alice);
  assert.match(notified(lab.alice), /^SIP\/2\.0 40[34] .*, terminated$/);
  assert.deepEqual(lab.provider.waiting, []);
});

test('a transferor that has hung up is rung back where the target does not answer', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice, provider } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  notified(alice);
  alice.within(invite, ok, 'BYE', { cseq: 4 });
  alice.response(200);
  assert.deepEqual(provider.waiting, []);
  carol.answer(carol.take('INVITE'), 486, 'Busy Here');
  const recall = alice.take('INVITE');
  assert.match(recall.get(Field.from)!, /^<sip:0301234@home\.example>/);
  assert.equal(recall.get(Field.alertInfo), '<urn:alert:service:recall:calling>');
  alice.answer(recall, 200, 'OK', [SDP], 'back', OFFER);
  const offered = provider.take('INVITE');
  assert.equal(offered.body, OFFER);
  provider.answer(offered, 200, 'OK', [SDP], 'far', ANSWER);
  provider.take('ACK');
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
  alice.back(recall, 'back', 'BYE');
  provider.answer(provider.take('BYE'), 200);
  assert.deepEqual(lab.left, NOTHING);
});

test('of several users on one phone the one who called is rung back (RFC 3261 §10)', async () => {
  const lab = await BridgeLab.open();
  const { alice } = lab;
  const bob = await lab.desk.phone('bob', '10.0.0.3');
  bob.register();
  const carol = '<sip:carol@home.example>';
  const headers = ['Contact: <sip:carol@10.0.0.2:5060>'];
  const register = alice.request('REGISTER', 'sip:home.example', { to: carol, from: carol, headers });
  alice.authenticated(register, alice.response(401), 'carol', 'carol');
  alice.response(200);
  alice.register();
  const { invite, ok } = lab.talk();
  refer(alice, invite, ok, '<sip:202@home.example>');
  notified(alice);
  alice.within(invite, ok, 'BYE', { cseq: 4 });
  bob.answer(bob.take('INVITE'), 486, 'Busy Here');
  assert.equal(alice.take('INVITE').uriText, 'sip:alice@10.0.0.2:5060');
});

test('a phone that wants no NOTIFY gets one, and the call goes on (RFC 5057 §5.2)', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  alice.answer(alice.take('NOTIFY'), 481, 'Subscription Does Not Exist', [], '');
  const rung = carol.take('INVITE');
  carol.answer(rung, 180, 'Ringing', [], 'carol');
  carol.answer(rung, 486, 'Busy Here', [], 'carol');
  assert.deepEqual(alice.waiting, ['202 REFER']);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test('nobody answers the recall either: the far side is let go', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice, provider } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  alice.within(invite, ok, 'BYE', { cseq: 4 });
  carol.answer(carol.take('INVITE'), 486, 'Busy Here');
  alice.answer(alice.take('INVITE'), 480);
  assert.match(provider.take('BYE').get(Field.reason)!, /The transfer failed/);
  assert.deepEqual(
    alice.waiting.filter((what) => what === 'NOTIFY'),
    ['NOTIFY', 'NOTIFY'],
    'it is trying, and it has failed',
  );
  assert.deepEqual(lab.bridge.size, { calls: 0, legs: 0 });
});

test('who is transferred hangs up: the target rings no more, and the transferor is told', async () => {
  const { lab, carol, invite, ok, arrived } = await talking();
  const { alice, provider } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  notified(alice);
  const rung = carol.take('INVITE');
  carol.answer(rung, 180, 'Ringing', [], 'carol');
  notified(alice);
  provider.back(arrived, 'far', 'BYE');
  carol.take('CANCEL');
  assert.equal(notified(alice), 'SIP/2.0 487 Request Terminated, terminated');
  alice.take('BYE');
  carol.answer(rung, 487);
  assert.deepEqual(alice.waiting, ['202 REFER'], 'it is told once, and not rung back');
  assert.deepEqual(lab.bridge.size, { calls: 0, legs: 0 });
});

test('an attended transfer of two calls of providers joins their far sides (RFC 5589 §7, RFC 3891)', async () => {
  const { lab, invite, ok } = await talking();
  const { alice, provider } = lab;
  const second = alice.request('INVITE', 'sip:0305678@home.example', {
    cseq: 1,
    callId: 'second',
    headers: [SDP, `Contact: ${alice.contact}`],
    body: OFFER,
  });
  const there = provider.take('INVITE');
  const theirs = ANSWER.replace('6000', '6002');
  provider.answer(there, 200, 'OK', [SDP], 'second', theirs);
  const answer = alice.response(200);
  alice.within(second, answer, 'ACK');
  provider.take('ACK');
  const replaces = `second%3Bto-tag%3D${answer.to.tag}%3Bfrom-tag%3D${second.from.tag}`;
  refer(alice, invite, ok, `<sip:x@10.0.0.1?Replaces=${replaces}>`);
  assert.equal(notified(alice), 'SIP/2.0 100 Trying, active');
  const offered = provider.take('INVITE');
  assert.equal(offered.to.tag, 'second');
  assert.equal(offered.body, ANSWER);
  provider.answer(offered, 200, 'OK', [SDP], '', theirs);
  provider.take('ACK');
  assert.equal(notified(alice), 'SIP/2.0 200 OK, terminated');
  const bye = alice.take('BYE');
  assert.equal(bye.callId, 'second');
  alice.answer(bye, 200);
  const back = provider.take('INVITE');
  assert.equal(back.to.tag, 'far');
  assert.equal(back.body, theirs);
  provider.answer(back, 200, 'OK', [SDP], '', ANSWER);
  provider.take('ACK');
  alice.within(invite, ok, 'BYE', { cseq: 4 });
  alice.response(200);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
  provider.back(there, 'second', 'BYE');
  provider.response(200);
  assert.equal(provider.take('BYE').to.tag, 'far');
  assert.deepEqual(lab.told.slice(-2), ['paid', 'paid']);
});

test('a target of an attended transfer hears of other media than it was offered as well (RFC 3264 §8)', async () => {
  const { lab, invite, ok } = await talking();
  const { alice, provider } = lab;
  refer(alice, invite, ok, consulted(lab).target);
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  const back = provider.take('INVITE');
  const other = ANSWER.replace('6000', '7000');
  provider.answer(back, 200, 'OK', [SDP], '', other);
  const again = provider.take('INVITE');
  assert.deepEqual([back.to.tag, again.to.tag, again.body], ['far', 'second', other]);
});

test('what is joined by an attended transfer ends with the budget of either call (security S3)', async () => {
  const { lab, invite, ok } = await talking();
  const { alice, provider } = lab;
  const { target, stops } = consulted(lab);
  refer(alice, invite, ok, target);
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  provider.inbox.length = 0;
  stops[1]();
  lab.desk.run();
  assert.deepEqual([provider.take('BYE').to.tag, provider.take('BYE').to.tag].sort(), ['far', 'second']);
  stops[0]();
  assert.deepEqual(lab.told.slice(-2), ['paid', 'paid']);
  assert.equal(lab.bridge.size.calls, 0);
});

test('an attended transfer whose target refuses leaves both calls; where the transferor has left one, its far side is let go', async () => {
  const { lab, invite, ok } = await talking();
  const { alice, provider } = lab;
  const { second, answer, target } = consulted(lab);
  refer(alice, invite, ok, target);
  notified(alice);
  const offered = provider.take('INVITE');
  alice.within(second, answer, 'BYE', { cseq: 2 });
  assert.deepEqual(lab.bridge.size, { calls: 2, legs: 3 });
  provider.answer(offered, 488, 'Not Acceptable Here');
  assert.equal(notified(alice), 'SIP/2.0 488 Not Acceptable Here, terminated');
  assert.equal(provider.take('BYE').to.tag, 'second');
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test.each([
  ['whose transferor asked ends both', 0, ['paid', 'paid'], ['far', 'second'], 0],
  ['that it leads to ends that one, once', 1, ['paid'], ['second'], 1],
])(
  'the end of the call %s, while an attended transfer waits for its answer (security S3)',
  async (_, which, told, gone, left) => {
    const { lab, invite, ok } = await talking();
    const { alice, provider } = lab;
    const { target, stops } = consulted(lab);
    refer(alice, invite, ok, target);
    notified(alice);
    const offered = provider.take('INVITE');
    provider.inbox.length = 0;
    lab.told.length = 0;
    stops[which]!();
    lab.desk.run();
    assert.deepEqual(lab.told, told);
    assert.deepEqual(gone.map(() => provider.take('BYE').to.tag).sort(), gone);
    assert.equal(notified(alice), 'SIP/2.0 487 Request Terminated, terminated');
    assert.deepEqual(lab.bridge.size, { calls: left, legs: 2 * left });
    // What the target answers then joins nobody, and fails nothing.
    provider.answer(offered, which === 0 ? 200 : 487, 'Said', [SDP], '', ANSWER);
    provider.take('ACK');
    assert.deepEqual([alice.waiting.includes('NOTIFY'), provider.waiting], [false, []]);
    assert.deepEqual([lab.told, lab.bridge.size.calls, lab.desk.exchange.bugs], [told, left, 0]);
  },
);

test('where the transferor has left, the end of the call that it leads to lets the far side go (RFC 5589 §7)', async () => {
  const { lab, invite, ok } = await talking();
  const { alice, provider } = lab;
  const { target } = consulted(lab);
  const { stop } = lab;
  refer(alice, invite, ok, target);
  alice.within(invite, ok, 'BYE', { cseq: 4 });
  assert.deepEqual(lab.bridge.size, { calls: 2, legs: 3 });
  provider.inbox.length = 0;
  stop();
  lab.desk.run();
  assert.deepEqual([provider.take('BYE').to.tag, provider.take('BYE').to.tag].sort(), ['far', 'second']);
  assert.deepEqual(lab.bridge.size, { calls: 0, legs: 0 });
});

test('an attended transfer to a phone of the house calls it with Replaces (RFC 5589 §7.3)', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice, provider } = lab;
  refer(alice, invite, ok, '<sip:carol@10.0.0.4:5060?Replaces=between%40us%3Bto-tag%3Dc%3Bfrom-tag%3Da>');
  notified(alice);
  const rung = carol.take('INVITE');
  assert.equal(rung.other('replaces'), 'between@us;to-tag=c;from-tag=a');
  assert.deepEqual(rung.list(Field.require), ['replaces']);
  carol.answer(rung, 200, 'OK', [SDP], 'carol', CAROLS);
  carol.take('ACK');
  assert.equal(notified(alice), 'SIP/2.0 200 OK, terminated');
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
});

test('an INVITE with Replaces takes the place of a leg: its offer goes to the other one (RFC 3891 §3)', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice, provider } = lab;
  const contact = ok.get(Field.contact)!.slice(1, -1);
  const replaces = `Replaces: talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`;
  const taken = carol.call('INVITE', contact, { headers: [SDP, replaces, `Contact: ${carol.contact}`], body: CAROLS });
  const offered = provider.take('INVITE');
  assert.equal(offered.body, CAROLS);
  assert.equal(offered.to.tag, 'far');
  provider.answer(offered, 200, 'OK', [SDP], '', ANSWER);
  provider.take('ACK');
  const mine = carol.response(200);
  assert.equal(mine.body, ANSWER);
  carol.within(taken, mine, 'ACK');
  assert.deepEqual(provider.waiting, []);
  assert.match(alice.take('BYE').get(Field.reason)!, /Call replaced/);
  carol.within(taken, mine, 'BYE', { cseq: taken.cseq.number + 1 });
  provider.answer(provider.take('BYE'), 200);
  assert.deepEqual(lab.bridge.size, { calls: 0, legs: 0 });
});

test('Replaces for a call that is over, or for the dialog of the provider, gets 481, for one that is up with early-only 486, for two 400, from a stranger nothing (RFC 3891 §3)', async () => {
  const { lab, carol, invite, ok, arrived } = await talking();
  const contact = ok.get(Field.contact)!.slice(1, -1);
  const headers = (value: string) => [SDP, `Replaces: ${value}`, `Contact: ${carol.contact}`];
  const replaces = `talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`;
  for (const none of ['talk;to-tag=x;from-tag=y', `${arrived.callId};to-tag=${arrived.from.tag};from-tag=far`]) {
    carol.call('INVITE', contact, { headers: headers(none), body: CAROLS });
    carol.response(481);
  }
  carol.call('INVITE', contact, { headers: headers(`${replaces};early-only`), body: CAROLS });
  carol.response(486);
  carol.call('INVITE', contact, { headers: [...headers(replaces), 'REPLACES : a;to-tag=b;from-tag=c'], body: CAROLS });
  carol.response(400);
  const stranger = await lab.desk.phone('mallory', '10.66.6.6');
  stranger.request('INVITE', contact, { from: '<sip:mallory@evil.example>', headers: headers(replaces), body: CAROLS });
  assert.deepEqual(
    stranger.waiting.filter((what) => what.startsWith('2')),
    [],
  );
  assert.deepEqual(lab.provider.waiting, []);
});

test('the provider may replace its own leg; for any other, or none, it gets 481, and nobody rings (RFC 3891 §3, security S1)', async () => {
  const { lab, invite, ok, arrived } = await talking();
  const { alice, provider } = lab;
  const bob = await lab.desk.phone('bob', '10.0.0.3');
  bob.register();
  const call = (replaces: string) =>
    provider.request('INVITE', 'sip:account@10.0.0.1:5060', {
      from: '<sip:+4940123@acme.example>',
      headers: [SDP, `Replaces: ${replaces}`, `Contact: ${provider.contact}`],
      body: CAROLS,
    });
  for (const other of [`talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`, 'gone;to-tag=a;from-tag=b', 'no dialog']) {
    call(other);
    provider.response(481);
  }
  lab.principal = { kind: 'provider', name: 'other' };
  call(`${arrived.callId};to-tag=${arrived.from.tag};from-tag=far`);
  provider.response(481);
  lab.principal = { kind: 'provider', name: 'acme' };
  assert.deepEqual([alice.waiting, bob.waiting, provider.waiting, lab.bridge.size.calls], [[], [], [], 1]);
  const taken = call(`${arrived.callId};to-tag=${arrived.from.tag};from-tag=far`);
  const offered = alice.take('INVITE');
  assert.equal(offered.body, CAROLS);
  alice.answer(offered, 200, 'OK', [SDP], '', OFFER);
  const mine = provider.response(200);
  assert.equal(mine.body, OFFER);
  provider.within(taken, mine, 'ACK');
  assert.equal(provider.take('BYE').to.tag, 'far');
  provider.within(taken, mine, 'BYE', { cseq: taken.cseq.number + 1 });
  alice.take('BYE');
  assert.deepEqual(lab.told.slice(-2), ['talk', 'paid']);
});

test('an attended transfer that was refused keeps neither call from the next one; who has left the first lets its far side go (RFC 5589 §7)', async () => {
  const { lab, invite, ok } = await talking();
  const { alice, provider } = lab;
  const { second, answer, target } = consulted(lab);
  const refuse = () => {
    notified(alice);
    provider.answer(provider.take('INVITE'), 488, 'Not Acceptable Here');
    assert.equal(notified(alice), 'SIP/2.0 488 Not Acceptable Here, terminated');
  };
  refer(alice, invite, ok, target);
  refuse();
  const headers = ['Refer-To: <sip:nobody@home.example>'];
  alice.within(second, answer, 'REFER', { cseq: 2, headers });
  alice.within(invite, ok, 'REFER', { cseq: 4, headers });
  assert.deepEqual(alice.waiting, ['202 REFER', '202 REFER', 'NOTIFY', 'NOTIFY', '202 REFER', 'NOTIFY', 'NOTIFY']);
  for (const _ of [1, 2, 3, 4]) notified(alice);
  alice.within(invite, ok, 'REFER', { cseq: 5, headers: [`Refer-To: ${target}`] });
  alice.within(invite, ok, 'BYE', { cseq: 6 });
  refuse();
  assert.match(provider.take('BYE').get(Field.reason)!, /The transfer failed/);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test('a REFER of the provider leads where its calls lead, and nowhere else', async () => {
  const { lab, arrived } = await talking();
  const { alice, provider } = lab;
  const bob = await lab.desk.phone('bob', '10.0.0.3');
  bob.register();
  const wanted = (to: string, cseq: number) =>
    provider.back(arrived, 'far', 'REFER', { cseq, headers: [`Refer-To: ${to}`, `Contact: ${provider.contact}`] });
  wanted('<sip:carol@home.example>', 1);
  notified(provider);
  assert.equal(notified(provider), 'SIP/2.0 404 Not Found, terminated');
  wanted('<sip:bob@home.example>', 2);
  notified(provider);
  const rung = bob.take('INVITE');
  assert.match(rung.body, /o=alice/);
  bob.answer(rung, 200, 'OK', [SDP], 'bob', CAROLS);
  assert.equal(notified(provider), 'SIP/2.0 200 OK, terminated');
  assert.equal(alice.take('INVITE').body, CAROLS);
});

test('a REFER that nobody could follow is refused at once (RFC 3515 §2.4.2)', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice } = lab;
  refer(alice, invite, ok, '<sip:carol@home.example;method=BYE>');
  alice.response(400);
  refer(alice, invite, ok, '<http://home.example>', ['Refer-To: <sip:two@home.example>']);
  alice.response(400);
  // A Replaces that is none makes no blind transfer, and one with a line end no header.
  for (const replaces of ['x', 'x%3Bto-tag%3Da%3Bfrom-tag%3Db%0D%0AX-Mine%3A1']) {
    refer(alice, invite, ok, `<sip:203@home.example?Replaces=${replaces}>`);
    alice.response(400);
  }
  assert.deepEqual(carol.waiting, []);
  refer(alice, invite, ok, '<sip:carol@home.example>', ['Refer-Sub: false']);
  assert.equal(alice.response(202).other('refer-sub'), 'false');
  assert.deepEqual(alice.waiting, []);
});

test.each([
  ['INVITE', 491],
  ['UPDATE', 491],
  ['INFO', 500],
])(
  'a transferor has hung up, and nobody has taken its place yet: an %s of the far side gets %i, and no 481 that would end its dialog (RFC 3261 §12.2.1.2)',
  async (method, status) => {
    const { lab, carol, invite, ok, arrived } = await talking();
    const { alice, provider } = lab;
    refer(alice, invite, ok, '<sip:203@home.example>');
    notified(alice);
    const rung = carol.take('INVITE');
    alice.within(invite, ok, 'BYE', { cseq: 4 });
    alice.inbox.length = 0;
    provider.back(arrived, 'far', method, { headers: [SDP], body: ANSWER });
    provider.response(status);
    assert.deepEqual(alice.waiting, []);
    carol.answer(rung, 200, 'OK', [SDP], 'carol', CAROLS);
    assert.equal(provider.take('INVITE').body, CAROLS);
  },
);

/** Alice talks to the provider, and neither has said anything of media. */
async function silent() {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const carol = await lab.desk.phone('carol', '10.0.0.4');
  for (const phone of [alice, carol]) phone.register();
  const { invite, arrived } = lab.dial();
  provider.answer(arrived, 200, 'OK', [], 'far');
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  provider.take('ACK');
  return { lab, carol, invite, ok };
}

test.each(['answers', 'refuses'])(
  'an attended transfer of a call without media: the target makes the offer, and its ACK waits for the other side, which %s (RFC 3261 §13.2.2.4)',
  async (said) => {
    const { lab, invite, ok } = await silent();
    const { provider } = lab;
    refer(lab.alice, invite, ok, consulted(lab).target);
    const asked = provider.take('INVITE');
    assert.equal(asked.body, '');
    const theirs = `${ANSWER.replace('6000', '6002')}a=recvonly\r\n`;
    const answered = () => provider.answer(asked, 200, 'OK', [SDP], '', theirs);
    answered();
    answered();
    const offered = provider.take('INVITE');
    assert.deepEqual([offered.to.tag, offered.body, provider.waiting], ['far', theirs, []]);
    if (said === 'answers') provider.answer(offered, 200, 'OK', [SDP], '', ANSWER);
    else provider.answer(offered, 488);
    const acks = [provider.take('ACK'), provider.take('ACK')];
    assert.deepEqual(acks.map(({ to, cseq, body }) => [to.tag, cseq.number, body]).sort(), [
      ['far', offered.cseq.number, ''],
      ['second', asked.cseq.number, said === 'answers' ? ANSWER : ''],
    ]);
    assert.deepEqual(provider.waiting, said === 'answers' ? [] : ['BYE', 'BYE']);
    answered();
    assert.equal(provider.take('ACK').body, said === 'answers' ? ANSWER : '');
  },
);

test('a target that offers its media when an attended transfer has ended already gets its ACK (RFC 3261 §13.2.2.4)', async () => {
  const { lab, invite, ok } = await silent();
  const { alice, provider } = lab;
  const { target, stops } = consulted(lab);
  refer(alice, invite, ok, target);
  const asked = provider.take('INVITE');
  stops[0]();
  lab.desk.run();
  provider.inbox.length = 0;
  provider.answer(asked, 200, 'OK', [SDP], '', ANSWER);
  assert.deepEqual(provider.waiting, ['ACK']);
});

test.each(['answers', 'refuses'])(
  'a blind transfer of a call without media: the target makes the offer, and its ACK waits for the other side, which %s (RFC 3261 §13.2.1)',
  async (said) => {
    const { lab, carol, invite, ok } = await silent();
    const { alice, provider } = lab;
    refer(alice, invite, ok, '<sip:203@home.example>');
    const rung = carol.take('INVITE');
    assert.equal(rung.body, '');
    const answered = () => carol.answer(rung, 200, 'OK', [SDP], 'carol', CAROLS);
    answered();
    answered();
    assert.deepEqual(carol.waiting, []);
    const offered = provider.take('INVITE');
    assert.equal(offered.body, CAROLS);
    if (said === 'answers') provider.answer(offered, 200, 'OK', [SDP], '', ANSWER);
    else provider.answer(offered, 488);
    assert.equal(carol.take('ACK').body, said === 'answers' ? ANSWER : '');
    assert.deepEqual(carol.waiting, said === 'answers' ? [] : ['BYE']);
    provider.take('ACK');
    assert.deepEqual(provider.waiting, said === 'answers' ? [] : ['BYE']);
  },
);

test.each(['answers', 'refuses'])(
  'where neither side of a transfer has said anything of media, one is asked for an offer, and its ACK waits for the other one, which %s (RFC 3261 §13.2.2.4)',
  async (said) => {
    const { lab, carol, invite, ok } = await silent();
    const { alice, provider } = lab;
    refer(alice, invite, ok, '<sip:203@home.example>');
    carol.answer(carol.take('INVITE'), 200, 'OK', [], 'carol');
    carol.take('ACK');
    const asked = provider.take('INVITE');
    assert.equal(asked.body, '');
    const theirs = `${ANSWER}a=sendonly\r\n`;
    provider.answer(asked, 200, 'OK', [SDP], '', theirs);
    assert.deepEqual(provider.waiting, []);
    const offered = carol.take('INVITE');
    assert.equal(offered.body, theirs);
    if (said === 'answers') carol.answer(offered, 200, 'OK', [SDP], '', CAROLS);
    else carol.answer(offered, 488);
    assert.equal(provider.take('ACK').body, said === 'answers' ? CAROLS : '');
    carol.take('ACK');
    assert.deepEqual([provider.waiting, carol.waiting], said === 'answers' ? [[], []] : [['BYE'], ['BYE']]);
  },
);

test('who is asked for an offer then and makes none has said all there is (RFC 3261 §13.2.2.4)', async () => {
  const { lab, carol, invite, ok } = await silent();
  const { alice, provider, desk } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  carol.answer(carol.take('INVITE'), 200, 'OK', [], 'carol');
  provider.answer(provider.take('INVITE'), 200);
  desk.run(4_000);
  assert.deepEqual([provider.waiting, carol.waiting, lab.bridge.size], [['ACK'], ['ACK'], { calls: 1, legs: 3 }]);
});

test('who gives up taking a call without media over leaves the far side asked for its own, and that gets its ACK (RFC 3261 §13.2.2.4)', async () => {
  const { lab, carol, invite, ok } = await silent();
  const { provider } = lab;
  const replaces = `Replaces: talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`;
  const headers = [replaces, `Contact: ${carol.contact}`, SDP];
  const taken = carol.call('INVITE', ok.get(Field.contact)!.slice(1, -1), { headers, body: CAROLS });
  const offered = provider.take('INVITE');
  carol.cancel(taken);
  provider.answer(offered, 200, 'OK', [SDP], '', ANSWER);
  provider.take('ACK');
  const asked = provider.take('INVITE');
  assert.equal(asked.body, '');
  provider.answer(asked, 200, 'OK', [SDP], '', ANSWER);
  assert.deepEqual(provider.waiting, ['ACK']);
});

test('a far side that takes the offer of the target without an answer brings the target no other (RFC 3261 §13.2.1)', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice, provider } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  carol.answer(carol.take('INVITE'), 200, 'OK', [SDP], 'carol', CAROLS);
  provider.answer(provider.take('INVITE'), 200);
  assert.deepEqual([carol.waiting, provider.waiting], [['ACK'], ['ACK']]);
});

test('whose far side changes its media while the target rings: the target hears of those that it has now (RFC 3264 §8)', async () => {
  const { lab, carol, invite, ok, arrived } = await talking();
  const { alice, provider } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  const rung = carol.take('INVITE');
  assert.equal(rung.body, ANSWER);
  const moved = ANSWER.replace('6000', '6002');
  provider.back(arrived, 'far', 'INVITE', { headers: [SDP, `Contact: ${provider.contact}`], body: moved });
  alice.answer(alice.take('INVITE'), 200, 'OK', [SDP], '', OFFER);
  provider.back(arrived, 'far', 'ACK', { cseq: 1 });
  carol.answer(rung, 200, 'OK', [SDP], 'carol', CAROLS);
  carol.take('ACK');
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', moved);
  assert.equal(carol.take('INVITE').body, moved);
});

test('a media type is one in whatever letters: who said Application/SDP is transferred with its media (RFC 2045 §5.1)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const bob = await lab.desk.phone('bob', '10.0.0.3');
  for (const phone of [alice, bob]) phone.register();
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  provider.answer(arrived, 200, 'OK', ['Content-Type: Application/SDP'], 'far', ANSWER);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  refer(alice, invite, ok, '<sip:bob@home.example>');
  assert.equal(bob.take('INVITE').body, ANSWER);
});

test('nobody transfers a call that one side has not taken or not acknowledged yet (RFC 3515 §2.4.2)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  alice.register();
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  provider.answer(arrived, 180, 'Ringing', [], 'far');
  refer(alice, invite, alice.response(180), '<sip:203@home.example>');
  alice.response(403);
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  const ok = alice.response(200);
  const headers = ['Refer-To: <sip:203@home.example>'];
  alice.within(invite, ok, 'REFER', { cseq: 4, headers });
  alice.response(403);
  provider.back(arrived, 'far', 'REFER', { headers });
  provider.response(403);
});

test('who names in Replaces the call that is transferred, or one of another, transfers nobody (RFC 3515 §2.4.2, RFC 3891 §3)', async () => {
  const { lab, invite, ok, arrived } = await talking();
  const { alice, provider } = lab;
  const { target } = consulted(lab);
  refer(alice, invite, ok, `<sip:x@10.0.0.1?Replaces=talk%3Bto-tag%3D${ok.to.tag}%3Bfrom-tag%3D${invite.from.tag}>`);
  alice.response(403);
  // The provider may know the dialog of a phone, but it is none of its own.
  provider.back(arrived, 'far', 'REFER', { headers: [`Refer-To: ${target}`, `Contact: ${provider.contact}`] });
  provider.response(403);
  assert.deepEqual([alice.waiting, provider.waiting, lab.bridge.size.calls], [[], [], 2]);
});

test('a further REFER in a dialog is told apart by its CSeq (RFC 3515 §2.4.6)', async () => {
  const { lab, invite, ok } = await talking();
  const { alice } = lab;
  const events = (cseq: number) => {
    alice.within(invite, ok, 'REFER', { cseq, headers: ['Refer-To: <sip:nobody@home.example>', `Contact: ${alice.contact}`] });
    return ['100', '404'].map((status) => {
      const notify = alice.take('NOTIFY');
      alice.answer(notify, 200, 'OK', [], '');
      return `${notify.get(Field.event)} ${status}`;
    });
  };
  assert.deepEqual(events(3), ['refer 100', 'refer 404']);
  assert.deepEqual(events(4), ['refer;id=4 100', 'refer;id=4 404']);
});

test('who transfers and does not say who he is, is named by us (RFC 3892 §2.1)', async () => {
  const { lab, carol, invite, ok } = await talking();
  lab.alice.within(invite, ok, 'REFER', { cseq: 3, headers: ['Refer-To: <sip:203@home.example>'] });
  assert.equal(carol.take('INVITE').other('referred-by'), '<sip:alice@home.example>');
});

test('an attended transfer to a call that is being transferred itself, or that is not up, leads nowhere (RFC 3891 §3)', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice, provider } = lab;
  const { second, answer, target } = consulted(lab);
  alice.within(second, answer, 'REFER', { cseq: 2, headers: ['Refer-To: <sip:203@home.example>'] });
  notified(alice);
  carol.take('INVITE');
  refer(alice, invite, ok, target);
  assert.equal(notified(alice), 'SIP/2.0 481 Call/Transaction Does Not Exist, terminated');
  assert.deepEqual(provider.waiting, []);
});

test.each(['phone', 'provider'])(
  'nor does one to a call that the phone has not acknowledged yet, whether the %s asks (RFC 3891 §3)',
  async (who) => {
    const { lab, invite, ok, arrived } = await talking();
    const { alice, provider } = lab;
    const headers = [SDP, `Contact: ${alice.contact}`];
    const second = alice.request('INVITE', 'sip:0305678@home.example', { cseq: 1, callId: 'second', headers, body: OFFER });
    const there = provider.take('INVITE');
    provider.answer(there, 200, 'OK', [SDP], 'second', ANSWER);
    const answer = alice.response(200);
    provider.take('ACK');
    const [callId, to, from] =
      who === 'phone' ? ['second', answer.to.tag, second.from.tag] : [there.callId, there.from.tag, 'second'];
    const target = `<sip:x@10.0.0.1?Replaces=${callId}%3Bto-tag%3D${to}%3Bfrom-tag%3D${from}>`;
    if (who === 'phone') refer(alice, invite, ok, target);
    else provider.back(arrived, 'far', 'REFER', { headers: [`Refer-To: ${target}`, `Contact: ${provider.contact}`] });
    assert.equal(notified(who === 'phone' ? alice : provider), 'SIP/2.0 481 Call/Transaction Does Not Exist, terminated');
    assert.deepEqual([alice.waiting.includes('INVITE'), provider.waiting.includes('INVITE')], [false, false]);
  },
);

test('nobody takes the place of a leg whose call the phone has not acknowledged, or that is being transferred (RFC 3891 §3)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const carol = await desk.phone('carol', '10.0.0.4');
  for (const phone of [alice, carol]) phone.register();
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  const ok = alice.response(200);
  provider.take('ACK');
  const taken = () => {
    const replaces = `Replaces: talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`;
    const headers = [SDP, replaces, `Contact: ${carol.contact}`];
    carol.ack(carol.call('INVITE', ok.get(Field.contact)!.slice(1, -1), { headers, body: CAROLS }), carol.response(481));
  };
  taken();
  const theirs = `Replaces: ${arrived.callId};to-tag=${arrived.from.tag};from-tag=far`;
  const headers = [SDP, theirs, `Contact: ${provider.contact}`];
  const from = '<sip:+4940123@acme.example>';
  const again = provider.request('INVITE', 'sip:account@10.0.0.1:5060', { from, headers, body: CAROLS });
  provider.ack(again, provider.response(481));
  alice.within(invite, ok, 'ACK');
  alice.within(invite, ok, 'REFER', { cseq: 2, headers: ['Refer-To: <sip:203@home.example>'] });
  carol.take('INVITE');
  taken();
  assert.deepEqual(provider.waiting, []);
});

test('a guest transfers as the guest that he is (house 5)', async () => {
  const lab = await BridgeLab.open();
  const { alice } = lab;
  lab.caller = { kind: 'guest', aor: 'gus@open.example' };
  const { invite, ok } = lab.talk();
  refer(alice, invite, ok, '<sip:203@home.example>');
  alice.response(202);
  notified(alice);
  assert.match(notified(alice), /^SIP\/2\.0 404 .*, terminated$/);
});

test('who is rung back because his transfer failed is told nothing more of it: answered (RFC 3515 §2.4.7)', async () => {
  const { lab, carol, invite, ok, arrived } = await talking();
  const { alice, provider } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  alice.within(invite, ok, 'BYE', { cseq: 4 });
  carol.answer(carol.take('INVITE'), 486, 'Busy Here');
  const states = () => {
    const all = alice.inbox
      .filter((one) => one.kind === 'request' && one.method === 'NOTIFY')
      .map((one) => one.other('subscription-state'));
    return [...new Set(all)];
  };
  const recall = alice.take('INVITE');
  assert.deepEqual(states(), ['active;expires=180', 'terminated;reason=noresource']);
  alice.inbox.length = 0;
  alice.answer(recall, 180, 'Ringing', [], 'back');
  provider.back(arrived, 'far', 'BYE');
  alice.take('CANCEL');
  alice.answer(recall, 487, 'Request Terminated', [], 'back');
  assert.deepEqual(states(), []);
  assert.equal(lab.bridge.size.calls, 0);
});

test('nor is he told so when he takes it, and then the call may be transferred again (RFC 3515 §2.4.7)', async () => {
  const { lab, carol, invite, ok, arrived } = await talking();
  const { alice, provider, desk } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  alice.within(invite, ok, 'BYE', { cseq: 4 });
  carol.answer(carol.take('INVITE'), 486, 'Busy Here');
  for (const _ of [1, 2]) notified(alice);
  const recall = alice.take('INVITE');
  alice.inbox.length = 0;
  alice.answer(recall, 200, 'OK', [SDP], 'back', OFFER);
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  desk.run(6_000);
  assert.deepEqual(
    alice.waiting.filter((what) => what !== 'ACK'),
    [],
  );
  provider.back(arrived, 'far', 'REFER', { headers: ['Refer-To: <sip:nobody@home.example>'] });
  provider.response(202);
});

test('nobody in the house is rung back for a provider that bears his name and has transferred (house 5)', async () => {
  const lab = await BridgeLab.open({ config: PROVIDED.replace('provider acme', 'provider alice') });
  const { alice, provider, desk } = lab;
  const bob = await desk.phone('bob', '10.0.0.3');
  for (const phone of [alice, bob]) phone.register();
  lab.principal = { kind: 'provider', name: 'alice' };
  const headers = [`Contact: ${provider.contact}`, SDP];
  const invite = provider.request('INVITE', 'sip:account@10.0.0.1:5060', { cseq: 1, headers, body: OFFER });
  const rung = bob.take('INVITE');
  bob.answer(rung, 200, 'OK', [SDP], 'bob', ANSWER);
  const ok = provider.response(200);
  provider.within(invite, ok, 'ACK');
  provider.within(invite, ok, 'REFER', { cseq: 2, headers: ['Refer-To: <sip:bob@home.example>'] });
  provider.response(202);
  provider.within(invite, ok, 'BYE', { cseq: 3 });
  bob.answer(bob.take('INVITE'), 486, 'Busy Here');
  assert.deepEqual(alice.waiting, []);
  assert.match(bob.take('BYE').get(Field.reason)!, /The transfer failed/);
  assert.deepEqual([notified(provider), notified(provider)], ['SIP/2.0 100 Trying, active', 'SIP/2.0 486 Busy Here, terminated']);
  assert.deepEqual(provider.waiting, ['200 BYE']);
});

test('the target of a transfer before it answers: what it sends reliably is acknowledged, what it asks is put off, and who ends its dialog ends the call', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice, provider } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  const rung = carol.take('INVITE');
  assert.deepEqual(rung.list(Field.supported), ['timer', 'replaces']);
  assert.deepEqual(rung.list(Field.allow).slice(0, 2), ['INVITE', 'ACK']);
  carol.answer(rung, 183, 'Session Progress', [SDP, 'Require: 100rel', 'RSeq: 7'], 'carol', CAROLS);
  const prack = carol.take('PRACK');
  assert.equal(prack.other('rack'), `7 ${rung.cseq.number} INVITE`);
  carol.answer(prack, 200);
  carol.back(rung, 'carol', 'INFO');
  assert.match(carol.response(500).get(Field.retryAfter)!, /^(?:[0-9]|10)$/);
  lab.hangUp();
  lab.desk.run();
  carol.take('CANCEL');
  assert.deepEqual([provider.take('BYE').method, alice.take('BYE').method, lab.bridge.size.calls], ['BYE', 'BYE', 0]);
});

test('who says nothing to a NOTIFY gets no further one (RFC 6665 §4.2.2)', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice, desk } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  const rung = carol.take('INVITE');
  carol.answer(rung, 180, 'Ringing', [], 'carol');
  desk.run(32_000);
  alice.inbox.length = 0;
  carol.answer(rung, 183, 'Session Progress', [], 'carol');
  assert.deepEqual(alice.waiting, []);
  assert.equal(lab.bridge.size.calls, 1);
});

test('a target that answers after its transfer was given up gets its ACK and a BYE, and is joined to nobody (RFC 3261 §13.2.2.4)', async () => {
  const { lab, carol, invite, ok, arrived } = await talking();
  const { alice, provider, desk } = lab;
  refer(alice, invite, ok, '<sip:203@home.example>');
  const rung = carol.take('INVITE');
  carol.answer(rung, 180, 'Ringing', [], 'carol');
  provider.back(arrived, 'far', 'BYE');
  provider.inbox.length = 0;
  carol.take('CANCEL');
  carol.answer(rung, 183, 'Session Progress', [], 'late');
  assert.equal(lab.bridge.size.legs, 0);
  carol.answer(rung, 200, 'OK', [SDP], 'carol', CAROLS);
  assert.deepEqual(carol.waiting, ['ACK', 'BYE']);
  assert.deepEqual([provider.waiting, lab.bridge.size], [[], { calls: 0, legs: 0 }]);
  assert.equal(desk.exchange.bugs, 0);
});

test('whose far side said its media in an 18x alone is transferred with them (RFC 3264 §4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const bob = await lab.desk.phone('bob', '10.0.0.3');
  for (const phone of [alice, bob]) phone.register();
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  provider.answer(arrived, 183, 'Session Progress', [SDP], 'far', ANSWER);
  provider.answer(arrived, 200, 'OK', [], 'far');
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  refer(alice, invite, ok, '<sip:bob@home.example>');
  assert.equal(bob.take('INVITE').body, ANSWER);
});
