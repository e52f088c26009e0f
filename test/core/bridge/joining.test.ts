import { assert, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, SDP } from '../../support/bridge-lab.ts';
import { CAROLS, consulted, notified, refer, talking } from './transferring.ts';

/** Alice has transferred the provider to carol, who has answered; `offered`: the provider hears of her media. */
async function transferred(carols = CAROLS) {
  const all = await talking();
  const { lab, carol, invite, ok } = all;
  refer(lab.alice, invite, ok, '<sip:203@home.example>');
  notified(lab.alice);
  const rung = carol.take('INVITE');
  carol.answer(rung, 200, 'OK', [SDP], 'carol', carols);
  carol.take('ACK');
  notified(lab.alice);
  lab.alice.within(invite, ok, 'BYE', { cseq: 4 });
  lab.alice.response(200);
  return { ...all, rung, offered: lab.provider.take('INVITE') };
}

test.each(['the far side', 'the target'])(
  'where %s refuses the media of the other one after a transfer, the call ends on both sides (RFC 3261 §14.1)',
  async (who) => {
    const { lab, carol, offered } = await transferred();
    const { provider } = lab;
    if (who === 'the far side') provider.answer(offered, 488, 'Not Acceptable Here');
    else {
      provider.answer(offered, 200, 'OK', [SDP], '', ANSWER.replace('6000', '6002'));
      carol.answer(carol.take('INVITE'), 488, 'Not Acceptable Here');
    }
    for (const side of [provider, carol]) side.answer(side.take('BYE'), 200);
    assert.deepEqual(lab.told.slice(-1), ['paid']);
    assert.deepEqual(lab.left, NOTHING);
  },
);

test('an offer of ours is answered by its 2xx and by nothing before, and once, however often that comes (RFC 3261 §13.2.2)', async () => {
  const { lab, carol, offered } = await transferred();
  const { provider } = lab;
  assert.deepEqual([offered.get(Field.supported), offered.get(Field.contentType)], ['timer, replaces', 'application/sdp']);
  provider.answer(offered, 183, 'Session Progress', [SDP], '', ANSWER.replace('6000', '6004'));
  assert.deepEqual([provider.waiting, carol.waiting], [[], []]);
  const answer = () => provider.answer(offered, 200, 'OK', [SDP], '', ANSWER.replace('6000', '6002'));
  answer();
  answer();
  assert.deepEqual(provider.waiting, ['ACK', 'ACK']);
  const theirs = carol.take('INVITE');
  assert.match(theirs.body, /6002/);
  carol.answer(theirs, 200, 'OK', [SDP], '', CAROLS);
  lab.desk.run(5_000);
  assert.deepEqual(carol.waiting, ['ACK']);
});

test.each([
  ['only another origin in an answer', ANSWER.replace('o=acme 7 7', 'o=acme 7 8')],
  ['an answer that says nothing', ''],
])('%s makes no further offer', async (_, answer) => {
  const { lab, carol, offered } = await transferred();
  lab.provider.answer(offered, 200, 'OK', answer === '' ? [] : [SDP], '', answer);
  assert.deepEqual(carol.waiting, []);
});

test.each(['sendonly', 'recvonly', 'inactive'])(
  'no a=%s that was meant for somebody else passes to whom a transfer joins',
  async (way) => {
    const held = (body: string) => body.replace('t=0 0\r\n', `t=0 0\r\na=${way}\r\n`);
    const { lab, carol, offered } = await transferred(held(CAROLS));
    assert.equal(offered.body, CAROLS);
    lab.provider.answer(offered, 200, 'OK', [SDP], '', held(ANSWER.replace('6000', '6002')));
    assert.equal(carol.take('INVITE').body, ANSWER.replace('6000', '6002'));
  },
);

test('an offer of ours that meets another one is made again, six times in all, and by whom the Call-ID is not sooner (RFC 3261 §14.1)', async () => {
  const { lab, carol, offered } = await transferred();
  const { provider, desk } = lab;
  provider.answer(offered, 491, 'Request Pending');
  for (let tries = 2; tries <= 6; tries++) {
    desk.run(2_099);
    assert.deepEqual(provider.waiting.includes('INVITE'), false);
    desk.run(1_901);
    provider.answer(provider.take('INVITE'), 491, 'Request Pending');
    provider.inbox.length = 0;
  }
  desk.run(0);
  carol.take('BYE');
  assert.equal(lab.bridge.size.calls, 0);
});

test('where the other side made the Call-ID, an offer of ours that meets another one is made again within two seconds (RFC 3261 §14.1)', async () => {
  const { lab, arrived } = await talking();
  const { alice, provider, desk } = lab;
  const replaces = `Replaces: ${arrived.callId};to-tag=${arrived.from.tag};from-tag=far`;
  const headers = [SDP, replaces, `Contact: ${provider.contact}`];
  const from = '<sip:+4940123@acme.example>';
  provider.request('INVITE', 'sip:account@10.0.0.1:5060', { from, headers, body: CAROLS });
  alice.answer(alice.take('INVITE'), 491);
  desk.run(2_000);
  assert.equal(alice.take('INVITE').body, CAROLS);
});

test('the far side of a transfer is refreshed from then on, with what it was told of the target (RFC 4028 §7.4)', async () => {
  const lab = await BridgeLab.open();
  lab.wishes = { sessionExpires: 600 };
  const { alice, provider, desk } = lab;
  const carol = await desk.phone('carol', '10.0.0.4');
  for (const phone of [alice, carol]) phone.register();
  const { invite, ok } = lab.talk({ answer: ['Session-Expires: 600;refresher=uac'] });
  desk.run(200_000);
  refer(alice, invite, ok, '<sip:203@home.example>');
  carol.answer(carol.take('INVITE'), 200, 'OK', [SDP], 'carol', CAROLS);
  alice.within(invite, ok, 'BYE', { cseq: 4 });
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP, 'Session-Expires: 600;refresher=uac'], '', ANSWER);
  desk.run(299_999);
  assert.deepEqual(provider.waiting, ['ACK']);
  desk.run(1);
  assert.equal(provider.take('INVITE').body, CAROLS);
});

test('while a transfer asks its target, nobody else changes that call (RFC 3261 §14.1)', async () => {
  const { lab, invite, ok } = await talking();
  const { alice, provider } = lab;
  const { second, answer, target } = consulted(lab);
  const hold = (cseq: number) => alice.within(second, answer, 'INVITE', { cseq, headers: [SDP], body: OFFER });
  refer(alice, invite, ok, target);
  notified(alice);
  provider.take('INVITE');
  alice.ack(hold(2), alice.response(491));
  assert.deepEqual(provider.waiting, []);
});

test('where the target of an attended transfer cannot be reached, both calls go on as they were (RFC 3261 §8.1.3.1)', async () => {
  const { lab, invite, ok } = await talking();
  const { alice, provider, desk } = lab;
  lab.wishes = { sessionExpires: 1_800 };
  const { target } = consulted(lab, ['Session-Expires: 1800;refresher=uac']);
  desk.host.noRoute.add('10.9.0.1');
  refer(alice, invite, ok, target);
  desk.host.noRoute.delete('10.9.0.1');
  notified(alice);
  assert.equal(notified(alice), 'SIP/2.0 503 Not Reached, terminated');
  desk.run(900_000);
  const refresh = provider.take('INVITE');
  assert.deepEqual([refresh.to.tag, refresh.body], ['second', OFFER]);
  assert.equal(lab.bridge.size.calls, 2);
});

test('who leaves while a transfer waits to ask it is asked nothing (RFC 3261 §15)', async () => {
  const { lab, invite, ok } = await talking();
  const { alice, provider, desk } = lab;
  const { there, target } = consulted(lab);
  provider.back(there, 'second', 'INVITE', { headers: [SDP, `Contact: ${provider.contact}`], body: OFFER });
  refer(alice, invite, ok, target);
  alice.answer(alice.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  provider.back(there, 'second', 'ACK', { cseq: 1 });
  provider.inbox.length = 0;
  provider.back(there, 'second', 'BYE', { cseq: 2 });
  desk.run(5_000);
  assert.equal(provider.waiting.includes('INVITE'), false);
});

test('whoever transfers a call to himself hears it at a phone too that registers only then (RFC 3261 §16.5)', async () => {
  const { lab, invite, ok } = await talking();
  const { alice, desk } = lab;
  refer(alice, invite, ok, '<sip:201@home.example>');
  notified(alice);
  const late = await desk.phone('alice', '10.0.0.77');
  late.register();
  assert.deepEqual(late.waiting, ['INVITE']);
});
