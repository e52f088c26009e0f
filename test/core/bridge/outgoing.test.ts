import { assert, test } from 'vitest';
import type { SipTrunk } from '../../../src/core/connector.ts';
import { Field } from '../../../src/sip/message/fields.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, SDP } from '../../support/bridge-lab.ts';
import { simProviders } from '../../support/sim-providers.ts';

test('a call to a provider is two dialogs of our own; offer and answer pass unread (RFC 3261 §13, §15)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  assert.equal(arrived.uriText, 'sip:0301234@acme.example');
  assert.equal(arrived.body, OFFER);
  assert.notEqual(arrived.callId, invite.callId);
  assert.match(arrived.get(Field.from)!, /^"Alice" <sip:\+4930201@acme\.example>;tag=[0-9a-f]{16}$/);
  assert.equal(arrived.get(Field.contact), '<sip:account@10.0.0.1:5060>');
  assert.equal(arrived.maxForwards, 69);
  provider.answer(arrived, 180, 'Ringing', [], 'far');
  const ringing = alice.response(180);
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  const ok = alice.response(200);
  assert.equal(ok.body, ANSWER);
  assert.equal(ok.to.tag, ringing.to.tag);
  assert.notEqual(ok.to.tag, 'far');
  assert.match(ok.get(Field.contact)!, /^<sip:b-[0-9a-f]{16}@10\.0\.0\.1:5060>$/);
  alice.within(invite, ok, 'ACK');
  alice.within(invite, ok, 'BYE', { headers: ['Reason: Q.850;cause=16'] });
  assert.deepEqual(desk.ladder(), [
    '0 10.0.0.2 > 10.0.0.1 INVITE',
    '0 10.0.0.1 > 10.9.0.1 INVITE',
    '0 10.9.0.1 > 10.0.0.1 180 INVITE',
    '0 10.0.0.1 > 10.0.0.2 180 INVITE',
    '0 10.9.0.1 > 10.0.0.1 200 INVITE',
    '0 10.0.0.1 > 10.0.0.2 200 INVITE',
    '0 10.0.0.1 > 10.9.0.1 ACK',
    '0 10.0.0.2 > 10.0.0.1 ACK',
    '0 10.0.0.2 > 10.0.0.1 BYE',
    '0 10.0.0.1 > 10.0.0.2 200 BYE',
    '0 10.0.0.1 > 10.9.0.1 BYE',
  ]);
  const bye = provider.take('BYE');
  assert.equal(bye.get(Field.reason), 'Q.850;cause=16');
  assert.equal(bye.uriText, 'sip:acme@10.9.0.1:5060');
  provider.answer(bye, 200);
  assert.deepEqual(lab.told, ['succeeded 10.9.0.1', 'talk', 'paid']);
  assert.deepEqual(
    desk.exchange.calls.history(0, 9).map(({ reason }) => reason),
    ['the caller hung up'],
  );
  assert.deepEqual(lab.left, NOTHING);
});

test('the BYE of the provider ends the call of the phone, with its reason (RFC 3261 §15, RFC 3326)', async () => {
  const lab = await BridgeLab.open();
  const { arrived } = lab.talk();
  lab.provider.back(arrived, 'far', 'BYE', { headers: ['Reason: Q.850;cause=16;text="Terminated"'] });
  assert.deepEqual(lab.provider.waiting, ['200 BYE']);
  const bye = lab.alice.take('BYE');
  assert.equal(bye.uriText, 'sip:alice@10.0.0.2:5060');
  assert.equal(bye.get(Field.reason), 'Q.850;cause=16;text="Terminated"');
  lab.alice.answer(bye, 200);
  assert.deepEqual(
    lab.desk.exchange.calls.history(0, 9).map(({ reason }) => reason),
    ['the callee hung up'],
  );
  assert.deepEqual(lab.left, NOTHING);
});

test('each early dialog of the provider is one to the caller, with a tag of its own (RFC 3261 §12.1.1, §16.7)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial();
  provider.answer(arrived, 180, 'Ringing', [], 'one');
  provider.answer(arrived, 183, 'Session Progress', [SDP], 'two', ANSWER);
  provider.answer(arrived, 180, 'Ringing', [], 'one');
  const tags = alice.inbox.filter((message) => message.kind === 'response' && message.status > 100).map(({ to }) => to.tag);
  assert.equal(tags.length, 3);
  assert.equal(tags[0], tags[2]);
  assert.notEqual(tags[0], tags[1]);
  assert.equal(alice.response(183).body, ANSWER);
  provider.answer(arrived, 200, 'OK', [SDP], 'two', ANSWER);
  const ok = alice.response(200);
  assert.equal(ok.to.tag, tags[1]);
  alice.within(invite, ok, 'ACK');
  lab.hangUp();
  lab.desk.run();
  provider.answer(provider.take('BYE'), 200);
  alice.answer(alice.take('BYE'), 200);
  assert.deepEqual(lab.left, NOTHING);
});

test('a second 2xx of the far side gets its ACK, and a BYE (RFC 3261 §13.2.2.4)', async () => {
  const lab = await BridgeLab.open();
  const { arrived } = lab.talk({});
  lab.provider.answer(arrived, 200, 'OK', [SDP], 'another', ANSWER);
  const ack = lab.provider.take('ACK');
  assert.equal(ack.to.tag, 'another');
  const bye = lab.provider.take('BYE');
  assert.equal(bye.to.tag, 'another');
  assert.equal(bye.get(Field.reason), 'SIP;cause=200;text="Call completed elsewhere"');
  lab.provider.answer(bye, 200);
  assert.deepEqual(lab.alice.waiting, []);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test('a 2xx that comes after the end of the call gets its ACK, and that of a fork a BYE too (RFC 3261 §13.2.2.4, RFC 6026 §7.2)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived, ok } = lab.talk();
  alice.within(invite, ok, 'BYE', { cseq: 2 });
  provider.answer(provider.take('BYE'), 200);
  lab.desk.run(20_000);
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  const again = provider.take('ACK');
  assert.deepEqual([again.to.tag, again.cseq.number], ['far', arrived.cseq.number]);
  provider.answer(arrived, 200, 'OK', [SDP], 'fork', ANSWER);
  assert.equal(provider.take('ACK').to.tag, 'fork');
  const bye = provider.take('BYE');
  assert.deepEqual([bye.to.tag, bye.get(Field.reason)], ['fork', 'SIP;cause=200;text="Call completed elsewhere"']);
  provider.answer(bye, 200);
  assert.deepEqual(lab.left, NOTHING);
});

test('our UAS repeats its 2xx until the ACK, at T1 doubling to T2 (RFC 3261 §13.3.1.4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  desk.net.clear();
  desk.run(12_000);
  const times = desk.net.wire.map(({ time, text }) => `${time - 0} ${text.slice(8, 11)}`);
  const first = Number(times[0]!.split(' ')[0]);
  assert.deepEqual(
    times.map((row) => Number(row.split(' ')[0]) - first),
    [0, 1_000, 3_000, 7_000, 11_000],
  );
  alice.within(invite, alice.response(200), 'ACK');
  desk.net.clear();
  desk.run(20_000);
  assert.deepEqual(desk.ladder(), []);
});

test('without an ACK in 64*T1 both sides get a BYE (RFC 3261 §13.3.1.4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { arrived } = lab.dial({ headers: [SDP], body: OFFER });
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  desk.run(31_999);
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
  desk.run(1);
  assert.match(alice.take('BYE').get(Field.reason)!, /No ACK/);
  assert.match(provider.take('BYE').get(Field.reason)!, /No ACK/);
  assert.deepEqual(lab.bridge.size, { calls: 0, legs: 0 });
});

test('an offer in the 2xx is answered in the ACK, which waits for that of the phone (RFC 3261 §13.2.1)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial();
  provider.answer(arrived, 200, 'OK', [SDP], 'far', OFFER);
  assert.deepEqual(provider.waiting, []);
  alice.within(invite, alice.response(200), 'ACK', { headers: [SDP], body: ANSWER });
  const ack = provider.take('ACK');
  assert.equal(ack.body, ANSWER);
  assert.equal(ack.get(Field.contentType), 'application/sdp');
  assert.equal(ack.cseq.number, arrived.cseq.number);
  // The 2xx came again before the ACK was there: so does the ACK (RFC 3261 §13.2.2.4).
  provider.answer(arrived, 200, 'OK', [SDP], 'far', OFFER);
  assert.equal(provider.take('ACK').body, ANSWER);
});

test('CANCEL goes on to the provider with its reason, after the first provisional response (RFC 3261 §9.1, RFC 3326)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial();
  alice.cancel(invite, ['Reason: SIP;cause=200;text="Call completed elsewhere"']);
  assert.equal(alice.response(487).to.tag?.length, 16);
  assert.deepEqual(provider.waiting, []);
  provider.answer(arrived, 100, 'Trying');
  const cancel = provider.take('CANCEL');
  assert.equal(cancel.get(Field.reason), 'SIP;cause=200;text="Call completed elsewhere"');
  provider.answer(cancel, 200);
  provider.answer(arrived, 487);
  assert.deepEqual(provider.waiting, ['ACK']);
  assert.deepEqual(lab.told, ['paid']);
  assert.deepEqual(lab.left, NOTHING);
});

test('a CANCEL whose connection to the provider has closed goes by a new one (RFC 3261 §9.1, §18.1.1)', async () => {
  const lab = await BridgeLab.open();
  lab.wishes = { transport: 'tcp' };
  const provider = await lab.desk.phone('acme', '10.9.0.1', 5060, 'tcp');
  await provider.listen();
  const invite = lab.alice.request('INVITE', 'sip:0301234@home.example');
  const arrived = provider.take('INVITE');
  provider.answer(arrived, 180);
  provider.close();
  lab.desk.run();
  lab.alice.cancel(invite);
  const cancel = provider.take('CANCEL');
  assert.equal(cancel.via.text, arrived.via.text);
  provider.answer(cancel, 200);
  provider.answer(arrived, 487);
  lab.alice.ack(invite, lab.alice.response(487));
  assert.deepEqual(lab.left, NOTHING);
});

test('a 2xx that crosses the CANCEL gets its ACK and a BYE (RFC 3261 §9.1)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial();
  provider.answer(arrived, 180, 'Ringing', [], 'far');
  alice.cancel(invite, []);
  provider.take('CANCEL');
  provider.answer(arrived, 200, 'OK', [SDP], 'far', OFFER);
  assert.deepEqual(provider.waiting, ['ACK', 'BYE']);
  provider.answer(provider.take('BYE'), 200);
  assert.deepEqual(lab.left, NOTHING);
});

test('a 2xx that comes again after the CANCEL gets its ACK again, and no second BYE (RFC 3261 §13.2.2.4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial();
  provider.answer(arrived, 180, 'Ringing', [], 'far');
  alice.cancel(invite, []);
  for (let i = 0; i < 2; i++) provider.answer(arrived, 200, 'OK', [SDP], 'far', OFFER);
  assert.deepEqual(provider.waiting, ['CANCEL', 'ACK', 'BYE', 'ACK']);
  provider.answer(provider.take('BYE'), 200);
  assert.deepEqual(lab.left, NOTHING);
});

test('a refusal of the provider is the branch’s answer, its challenge and its redirect are not (security S9)', async () => {
  for (const [said, told] of [
    [486, 486],
    [404, 404],
    [302, 480],
    [407, 500],
  ] as const) {
    const lab = await BridgeLab.open();
    const { arrived } = lab.dial();
    const challenge = ['Proxy-Authenticate: Digest realm="home.example", nonce="n"', 'Contact: <sip:elsewhere@10.9.9.9>'];
    lab.provider.answer(arrived, said, 'Said', challenge);
    const answer = lab.alice.response(told);
    assert.equal(answer.get(Field.proxyAuthenticate), undefined);
    assert.deepEqual(lab.provider.waiting, ['ACK']);
    assert.deepEqual(lab.left, NOTHING);
  }
});

test('a challenge for the realm of the provider is answered, at most twice (RFC 3261 §22.2)', async () => {
  const lab = await BridgeLab.open();
  lab.wishes = { realm: 'acme' };
  let { arrived } = lab.dial();
  const challenge = ['WWW-Authenticate: Digest realm="acme", nonce="n"'];
  for (const cseq of [1, 2]) {
    assert.equal(arrived.cseq.number, cseq);
    lab.provider.answer(arrived, 401, 'Unauthorized', challenge);
    arrived = lab.provider.take('INVITE');
    assert.match(arrived.get(Field.authorization)!, /INVITE sip:0301234@acme\.example$/);
  }
  lab.provider.answer(arrived, 401, 'Unauthorized', challenge);
  lab.alice.response(500);
  assert.deepEqual(lab.left, NOTHING);
});

test('a 503 of the last server is told as 500, with its phrase and the cause behind it: Asterisk says so of a busy line (RFC 3261 §16.7 step 6, RFC 3326)', async () => {
  const lab = await BridgeLab.open();
  const { arrived } = lab.dial();
  const asterisk = ['Server: Asterisk PBX 16.28.0~dfsg-0+deb11u4', 'Reason: Q.850;cause=34', 'Retry-After: 5'];
  lab.provider.answer(arrived, 503, 'Service Unavailable', asterisk);
  const told = lab.alice.response(500);
  assert.equal(told.reason, 'Server Internal Error (503 Service Unavailable)');
  assert.deepEqual(told.list(Field.reason), ['Q.850;cause=34']);
  assert.equal(told.get(Field.retryAfter), undefined); // that is between the provider and us
  assert.deepEqual(lab.left, NOTHING);
});

test('503 and silence lead to the next server, and what answers late there is ended (RFC 3263 §4.3)', async () => {
  const lab = await BridgeLab.open();
  lab.wishes = { servers: ['10.9.0.1', '10.9.0.2', '10.9.0.3'] };
  const second = await lab.desk.phone('acme', '10.9.0.2');
  const third = await lab.desk.phone('acme', '10.9.0.3');
  const { invite, arrived } = lab.dial();
  lab.provider.answer(arrived, 503, 'Busy', ['Retry-After: 30']);
  const late = second.take('INVITE');
  assert.notEqual(late.via.branch, arrived.via.branch);
  lab.desk.run(5_000);
  const last = third.take('INVITE');
  third.answer(last, 200, 'OK', [SDP], 'third', OFFER);
  lab.alice.within(invite, lab.alice.response(200), 'ACK', { headers: [SDP], body: ANSWER });
  second.answer(late, 200, 'OK', [SDP], 'second', OFFER);
  assert.deepEqual(second.waiting.slice(-2), ['ACK', 'BYE']);
  assert.deepEqual(lab.told.slice(0, 3), ['failed 10.9.0.1 503 for 30', 'failed 10.9.0.2 no answer', 'succeeded 10.9.0.3']);
  second.answer(second.take('BYE'), 200);
  third.back(last, 'third', 'BYE');
  lab.alice.answer(lab.alice.take('BYE'), 200);
  assert.deepEqual(lab.left, NOTHING);
});

test('a server that has asked for a password and is silent then is passed over as soon as any other (RFC 3263 §4.3)', async () => {
  const lab = await BridgeLab.open();
  lab.wishes = { servers: ['10.9.0.1', '10.9.0.2'], realm: 'acme' };
  const second = await lab.desk.phone('acme', '10.9.0.2');
  const { arrived } = lab.dial();
  lab.provider.answer(arrived, 100);
  lab.provider.answer(arrived, 401, 'Unauthorized', ['WWW-Authenticate: Digest realm="acme", nonce="n"']);
  lab.provider.take('INVITE');
  lab.desk.run(5_000);
  second.answer(second.take('INVITE'), 486);
  lab.alice.response(486);
  assert.deepEqual(lab.told.slice(0, 2), ['failed 10.9.0.1 no answer', 'succeeded 10.9.0.2']);
  assert.deepEqual(lab.left, NOTHING);
});

test('a provider that rings and rings is given up after five minutes, one that was answered is not', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial();
  const rings = (minutes: number) => {
    for (let i = 0; i < minutes; i++) {
      provider.answer(arrived, 180, 'Ringing', [], 'far');
      desk.run(60_000);
    }
  };
  rings(4);
  assert.notInclude(provider.waiting, 'CANCEL');
  rings(1);
  provider.answer(provider.take('CANCEL'), 200);
  provider.answer(arrived, 487);
  alice.ack(invite, alice.response(408));
  assert.deepEqual(lab.left, NOTHING);

  alice.inbox.length = 0;
  provider.inbox.length = 0;
  const again = lab.dial({ headers: [SDP], body: OFFER });
  provider.answer(again.arrived, 200, 'OK', [SDP], 'far', ANSWER);
  alice.within(again.invite, alice.response(200), 'ACK');
  assert.notInclude(lab.left.timers, 'ringing');
  desk.run(400_000);
  assert.notInclude(provider.waiting, 'BYE');
});

test('a trunk without any server that answers is a branch that failed', async () => {
  const lab = await BridgeLab.open();
  lab.wishes = { servers: [] };
  lab.alice.request('INVITE', 'sip:0301234@home.example');
  lab.alice.response(500);
  lab.wishes = { refusal: { status: 403, reason: 'Forbidden (this account may not)' } };
  lab.alice.request('INVITE', 'sip:0301234@home.example');
  assert.equal(lab.alice.response(403).reason, 'Forbidden (this account may not)');
  assert.deepEqual(lab.left, NOTHING);
});

test('an INVITE that says not where its sender is makes no dialog, from either side (RFC 3261 §8.1.1.8)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const invite = alice.request('INVITE', 'sip:0301234@home.example', { headers: [] });
  alice.ack(invite, alice.response(400));
  provider.request('INVITE', 'sip:account@10.0.0.1:5060', { headers: ['Contact: *'] });
  provider.response(400);
  assert.deepEqual([provider.waiting, lab.bridge.size.calls], [[], 0]);
});

test('a phone that requires what neither we nor a provider can know is told so (RFC 3261 §8.2.2.3)', async () => {
  const lab = await BridgeLab.open();
  lab.alice.request('INVITE', 'sip:0301234@home.example', {
    headers: [`Contact: ${lab.alice.contact}`, 'Require: 100rel, wonders'],
  });
  assert.deepEqual(lab.alice.response(420).list(Field.unsupported), ['wonders']);
  assert.deepEqual(lab.provider.waiting, []);
  assert.deepEqual(lab.left, NOTHING);
});

test('a call lasts no longer than its budget', async () => {
  const lab = await BridgeLab.open();
  lab.talk();
  lab.stop();
  lab.desk.run();
  assert.match(lab.alice.take('BYE').get(Field.reason)!, /limit/);
  assert.match(lab.provider.take('BYE').get(Field.reason)!, /limit/);
});

test('an operator ends a bridged call on both sides', async () => {
  const lab = await BridgeLab.open();
  lab.talk();
  const { calls } = lab.desk.exchange;
  const told: string[] = [];
  calls.hangup(calls.list()[0]!.id, ({ kind }) => told.push(kind));
  lab.desk.run();
  assert.deepEqual(told, ['bye']);
  for (const side of [lab.alice, lab.provider]) {
    assert.equal(side.inbox.at(-1)!.get(Field.reason), 'Q.850;cause=16;text="Ended by the operator"');
    side.answer(side.take('BYE'), 200);
  }
  assert.deepEqual(lab.left, NOTHING);
});

test('what belongs to a call that is over gets 481, and its ACK silence', async () => {
  const lab = await BridgeLab.open();
  const { invite, arrived, ok } = lab.talk();
  lab.provider.back(arrived, 'far', 'BYE');
  lab.alice.answer(lab.alice.take('BYE'), 200);
  lab.alice.within(invite, ok, 'INFO');
  lab.alice.response(481);
  lab.alice.within(invite, ok, 'ACK');
  assert.deepEqual(lab.alice.waiting, []);
});

test('a phone that hangs up before its ACK hears no more of the 2xx (RFC 3261 §15)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP], body: OFFER });
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  alice.within(invite, alice.response(200), 'BYE');
  provider.answer(provider.take('BYE'), 200);
  desk.net.clear();
  desk.run(40_000);
  assert.deepEqual(desk.ladder(), []);
});

test('what the far side rings with after all is over makes no dialog', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial();
  provider.answer(arrived, 180, 'Ringing', [], 'one');
  alice.cancel(invite);
  alice.response(200);
  alice.response(487);
  provider.answer(arrived, 180, 'Ringing', [], 'two');
  provider.answer(provider.take('CANCEL'), 200);
  provider.answer(arrived, 487);
  assert.deepEqual(lab.left, NOTHING);
  const { arrived: again } = lab.talk();
  provider.answer(again, 180, 'Ringing', [], 'late');
  assert.deepEqual(lab.bridge.size, { calls: 1, legs: 2 });
});

test('what nobody may write is not written by us: a NUL in a Reason or a route, a To that is none', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial();
  const text = (status: number, to: string) =>
    `SIP/2.0 ${status} Said\r\nVia: ${arrived.via.text}\r\nFrom: ${arrived.get(Field.from)}\r\nTo: ${to}\r\nCall-ID: ${arrived.callId}\r\n` +
    `CSeq: ${arrived.cseq.number} INVITE\r\nContact: <sip:far@10.9.0.1>\r\nRecord-Route: <sip:10.9.0.1;lr;x=\0>\r\nContent-Length: 0\r\n\r\n`;
  provider.send(text(180, 'nobody'));
  provider.send(text(200, '"x\0" <sip:far@10.9.0.1>;tag=far'));
  desk.run();
  const ok = alice.response(200);
  alice.within(invite, ok, 'BYE', { headers: ['Reason: x\0y'] });
  assert.equal(provider.take('BYE').get(Field.reason), 'xy');
  assert.equal(desk.exchange.bugs, 0);
});

test.each([
  ['lost its connection', true],
  ['went to another network, where nothing closes its connection', false],
])('a phone that %s is reached by the one that it speaks on now (RFC 5626 §5.3)', async (_, closes) => {
  const lab = await BridgeLab.open();
  const { provider, desk } = lab;
  const alice = await desk.phone('alice', '10.0.0.9', 5060, 'tcp');
  const invite = alice.request('INVITE', 'sip:0301234@home.example', {
    headers: [SDP, `Contact: ${alice.contact}`],
    body: OFFER,
  });
  const arrived = provider.take('INVITE');
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  const ok = alice.response(200);
  assert.match(ok.get(Field.contact)!, /^<sip:b-[0-9a-f]{16}@10\.0\.0\.1:5060;transport=tcp>$/);
  alice.within(invite, ok, 'ACK');
  if (closes) alice.close();
  desk.run();
  const now = closes ? alice : await desk.phone('alice', '10.0.0.99', 5060, 'tcp');
  if (closes) alice.connect();
  now.within(invite, ok, 'INFO');
  provider.answer(provider.take('INFO'), 200);
  provider.back(arrived, 'far', 'BYE');
  assert.equal(now.take('BYE').uriText, 'sip:alice@10.0.0.9:5060;transport=tcp');
});

test('a phone that has registered its Contact by a new connection is reached by that, though the former one seems open (RFC 5626 §7)', async () => {
  const lab = await BridgeLab.open();
  const { provider, desk } = lab;
  const alice = await desk.phone('alice', '10.0.0.9', 5060, 'tcp');
  const contact = [`Contact: ${alice.contact}`];
  alice.register(contact);
  const invite = alice.request('INVITE', 'sip:0301234@home.example', { headers: [SDP, ...contact], body: OFFER });
  const arrived = provider.take('INVITE');
  provider.answer(arrived, 200, 'OK', [SDP], 'far', ANSWER);
  alice.within(invite, alice.response(200), 'ACK');
  const now = await desk.phone('alice', '10.0.0.9', 5061, 'tcp');
  desk.run(1_000);
  now.register(contact);
  provider.back(arrived, 'far', 'BYE');
  now.take('BYE');
  assert.deepEqual(alice.waiting, []);
});

test('a server of the provider whose connection is refused is passed over at once (RFC 3263 §4.3)', async () => {
  const lab = await BridgeLab.open();
  lab.wishes = { servers: ['10.9.0.8', '10.9.0.1'] };
  lab.desk.hostAt('10.9.0.8'); // there, and nobody listens
  lab.alice.request('INVITE', 'sip:0301234@home.example');
  lab.desk.run(100);
  assert.deepEqual(lab.provider.waiting, ['INVITE']);
  assert.deepEqual(lab.told, ['failed 10.9.0.8 cannot be reached']);
});

test.each([
  [['INVITE, ACK, BYE, CANCEL', 'UPDATE,INFO'], ', UPDATE, INFO'],
  [['INVITE, XINFO, UPDATES', 'PRACKX, MESSAGE'], ', MESSAGE'],
  [[''], ''],
  [[], ', PRACK, UPDATE, INFO, MESSAGE'],
])('the provider hears what a phone allows in %j, by whole names (RFC 3261 §7.3.1, §20.5)', async (said, known) => {
  const lab = await BridgeLab.open();
  const { arrived } = lab.dial({ headers: said.map((methods) => `Allow: ${methods}`) });
  assert.equal(arrived.get(Field.allow), `INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY${known}`);
});

test('an invitation that has expired gets 487, and what rings for it a CANCEL (RFC 3261 §13.3.1)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial({ headers: ['Expires: 10'] });
  provider.answer(arrived, 180, 'Ringing', [], 'far');
  alice.response(180);
  desk.run(9_999);
  assert.deepEqual([alice.waiting, provider.waiting], [[], []]);
  desk.run(1);
  alice.ack(invite, alice.response(487));
  provider.answer(provider.take('CANCEL'), 200);
  provider.answer(arrived, 487, 'Request Terminated', [], 'far');
  assert.deepEqual(lab.left, NOTHING);
});

test.each(['10', 'Sat, 01 Dec 2040 16:00:00 GMT', '4294967295'])(
  'an answered call lasts on, whatever its invitation said: Expires: %s (RFC 3261 §13.3.1)',
  async (expires) => {
    const lab = await BridgeLab.open();
    const { alice, provider } = lab;
    lab.talk({ headers: [`Expires: ${expires}`] });
    lab.desk.run(600_000);
    assert.notInclude([...provider.waiting, ...alice.waiting], 'BYE');
  },
);

test('a BYE that has no way for a moment goes out as soon as there is one, and is given up when a lost one would be (RFC 3261 §15.1.1, §17.1.2.2)', async () => {
  for (const away of [10_000, 40_000]) {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const { invite, ok } = lab.talk();
    desk.host.noRoute.add('10.9.0.1');
    alice.within(invite, ok, 'BYE', { headers: ['Reason: Q.850;cause=16'] });
    alice.response(200);
    assert.deepEqual(lab.told.slice(-1), ['paid']);
    desk.run(away);
    desk.host.noRoute.delete('10.9.0.1');
    desk.run(2_000);
    if (away === 10_000) {
      const bye = provider.take('BYE');
      assert.equal(bye.get(Field.reason), 'Q.850;cause=16');
      provider.answer(bye, 200);
    }
    assert.deepEqual(provider.waiting, []);
    assert.deepEqual(lab.left, NOTHING);
    assert.deepEqual(provider.waiting, []);
  }
});

test('a CANCEL that has no way for a moment goes out as soon as there is one, and is given up with its INVITE (RFC 3261 §9.1)', async () => {
  for (const away of [10_000, 40_000]) {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const { invite, arrived } = lab.dial();
    provider.answer(arrived, 180, 'Ringing', [], 'far');
    desk.host.noRoute.add('10.9.0.1');
    alice.cancel(invite, ['Reason: Q.850;cause=16']);
    alice.ack(invite, alice.response(487));
    desk.run(away);
    desk.host.noRoute.delete('10.9.0.1');
    desk.run(2_000);
    assert.deepEqual(provider.waiting, away === 10_000 ? ['CANCEL'] : []);
    if (away === 10_000) {
      const cancel = provider.take('CANCEL');
      assert.equal(cancel.get(Field.reason), 'Q.850;cause=16');
      provider.answer(cancel, 200);
      provider.answer(arrived, 487);
      assert.deepEqual(provider.waiting, ['ACK']);
    }
    assert.deepEqual(lab.left, NOTHING);
  }
});

test('a CANCEL that has no way goes nowhere any more once its INVITE has an answer (RFC 3261 §9.1)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial();
  provider.answer(arrived, 180, 'Ringing', [], 'far');
  desk.host.noRoute.add('10.9.0.1');
  alice.cancel(invite);
  alice.response(487);
  provider.answer(arrived, 486);
  desk.host.noRoute.delete('10.9.0.1');
  assert.deepEqual(lab.left, NOTHING);
  assert.deepEqual(provider.waiting, []);
});

test('who gives up while the servers of the provider are looked up, or one is silent, has none of them called later (RFC 3261 §9.1, RFC 3263 §4.3)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  lab.wishes = { servers: ['10.9.0.1', '10.9.0.2'] };
  const second = await desk.phone('second', '10.9.0.2');
  let found = () => {};
  const trunk = (): SipTrunk => ({
    outgoing: (target: Parameters<BridgeLab['outgoing']>[0]) => {
      const leg = lab.outgoing(target);
      if ('status' in leg) return leg;
      const ways = (tell: Parameters<typeof leg.ways>[0]) => {
        found = () => leg.ways(tell);
      };
      return { ...leg, ways };
    },
  });
  desk.exchange.connect(simProviders({ trunk }));
  const invite = alice.request('INVITE', 'sip:0301234@home.example', { callId: 'early', cseq: 1 });
  alice.cancel(invite);
  alice.ack(invite, alice.response(487));
  found();
  desk.run();
  assert.deepEqual([provider.waiting, second.waiting], [[], []]);
  desk.exchange.connect(simProviders({ trunk: () => lab }));
  const { invite: again } = lab.dial();
  desk.run(2_000);
  alice.cancel(again);
  alice.ack(again, alice.response(487));
  desk.run(40_000);
  assert.deepEqual(second.waiting, []);
  assert.deepEqual(lab.left, NOTHING);
});

test('a server that stays silent for good takes nothing from the one that rings in its place (RFC 3263 §4.3)', async () => {
  const lab = await BridgeLab.open();
  const { alice, desk } = lab;
  lab.wishes = { servers: ['10.9.0.1', '10.9.0.2'] };
  const second = await desk.phone('second', '10.9.0.2');
  const { invite } = lab.dial();
  desk.run(5_000);
  const there = second.take('INVITE');
  second.answer(there, 180, 'Ringing', [], 'there');
  desk.run(40_000);
  second.answer(there, 200, 'OK', [SDP], 'there', ANSWER);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  assert.deepEqual(lab.told, ['failed 10.9.0.1 no answer', 'succeeded 10.9.0.2', 'talk']);
});

test('a 100 of the provider makes no dialog, and its silence is a 408 to the caller (RFC 3261 §12.1, §8.1.3.1)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { arrived } = lab.dial();
  provider.answer(arrived, 100, 'Trying');
  assert.deepEqual([alice.waiting, lab.bridge.size.legs], [[], 0]);
  const other = alice.request('INVITE', 'sip:0305678@home.example', { callId: 'silent', cseq: 1 });
  desk.run(32_000);
  alice.ack(other, alice.response(408));
  assert.deepEqual(lab.told, ['failed 10.9.0.1 no answer', 'paid']);
});

test('a call whose place in the budget was taken since it was decided upon goes to no provider (security S3)', async () => {
  const lab = await BridgeLab.open();
  lab.desk.exchange.spending.start = () => undefined;
  lab.alice.request('INVITE', 'sip:0301234@home.example', { headers: [`Contact: ${lab.alice.contact}`] });
  assert.equal(lab.alice.response(500).reason, 'Server Internal Error (503 Service Unavailable (the budget is used up))');
  assert.deepEqual(lab.provider.waiting, []);
  assert.deepEqual(lab.left, NOTHING);
});

test('two thousand calls leave no room for one more, out or in, but for one for help (security S12, S30)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const dial = (number: string) =>
    alice.request('INVITE', `sip:${number}@home.example`, { headers: [`Contact: ${alice.contact}`] });
  for (let i = 0; i < 2_000; i++) {
    dial('0301234');
    alice.inbox.length = 0;
    provider.inbox.length = 0;
    desk.net.clear();
  }
  dial('0301234');
  assert.equal(alice.response(500).reason, 'Server Internal Error (503 Service Unavailable)');
  provider.request('INVITE', 'sip:account@10.0.0.1:5060', { headers: [`Contact: ${provider.contact}`] });
  assert.deepEqual(provider.waiting, ['503 INVITE']);
  dial('0112');
  assert.equal(provider.take('INVITE').uriText, 'sip:0112@acme.example');
});

test('a server that cannot be spoken to at all is passed over at once (RFC 3263 §4.3)', async () => {
  const lab = await BridgeLab.open();
  lab.wishes = { servers: ['0.0.0.0', '10.9.0.1'] };
  lab.dial();
  assert.match(lab.told.join(), /^failed 0\.0\.0\.0 /);
});

test('the 2xx says where the far side is and by which way, whatever an 18x said before (RFC 3261 §13.2.2.4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial();
  provider.answer(arrived, 180, 'Ringing', ['Record-Route: <sip:10.9.0.1:5060;lr;early>'], 'far');
  const [via, to] = [arrived.get(Field.via), arrived.get(Field.to)];
  provider.send(
    `SIP/2.0 200 OK\r\nVia: ${via}\r\nRecord-Route: <sip:10.9.0.1:5060;lr>\r\nFrom: ${arrived.get(Field.from)}\r\nTo: ${to};tag=far\r\n` +
      `Call-ID: ${arrived.callId}\r\nCSeq: ${arrived.get(Field.cseq)}\r\nContact: <sip:answering@10.9.0.1:5060>\r\nContent-Length: 0\r\n\r\n`,
  );
  lab.desk.run();
  const ack = provider.take('ACK');
  assert.deepEqual([ack.uriText, ack.list(Field.route)], ['sip:answering@10.9.0.1:5060', ['<sip:10.9.0.1:5060;lr>']]);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  alice.within(invite, ok, 'BYE');
  assert.equal(provider.take('BYE').uriText, 'sip:answering@10.9.0.1:5060');
});
