import { assert, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import { ANSWER, BridgeLab, OFFER, SDP } from '../../support/bridge-lab.ts';
import { notified, refer } from './transferring.ts';

const TIMER = ['Supported: timer', 'Session-Expires: 600;refresher=uac'];
const MOVED = ANSWER.replace('6000', '6002');
const HERS = OFFER.replace('4000', '4002');

test('an UPDATE with an offer passes with its answer; its 2xx says where we are, what the other side takes and how long the session lasts (RFC 3311 §5.2, RFC 4028 §9)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok } = lab.talk({ answer: ['Allow: INVITE, UPDATE'] });
  alice.within(invite, ok, 'UPDATE', { headers: [...TIMER, SDP, `Contact: ${alice.contact}`], body: HERS });
  const update = provider.take('UPDATE');
  assert.deepEqual([update.body, update.get(Field.contact)], [HERS, '<sip:account@10.0.0.1:5060>']);
  provider.answer(update, 100, 'Trying');
  assert.deepEqual(alice.waiting, []);
  provider.answer(update, 200, 'Fine', [SDP], '', MOVED);
  const answer = alice.response(200);
  assert.deepEqual([answer.reason, answer.body, answer.get(Field.contentType)], ['Fine', MOVED, 'application/sdp']);
  assert.equal(answer.get(Field.contact), ok.get(Field.contact));
  assert.deepEqual(answer.list(Field.allow).slice(-2), ['NOTIFY', 'UPDATE']);
  assert.deepEqual([answer.get(Field.sessionExpires), answer.list(Field.require)], ['600;refresher=uac', ['timer']]);
  // That session is agreed on: nobody refreshes it, and it is over.
  lab.desk.run(568_000);
  assert.match(provider.take('BYE').get(Field.reason)!, /cause=408/);
});

test('an UPDATE without an offer says where a side is now, and what it hears is what the other side takes (RFC 3311 §5.2)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, ok, arrived } = lab.talk({ answer: ['Allow: INVITE'] });
  provider.back(arrived, 'far', 'UPDATE', { headers: ['Contact: <sip:moved@10.9.0.1:5060>'] });
  assert.equal(provider.response(200).get(Field.allow)!.includes('UPDATE'), true);
  // A type alone is no offer, and neither is a body that nobody knows the type of.
  alice.within(invite, ok, 'UPDATE', { headers: [SDP, `Contact: ${alice.contact}`] });
  alice.within(invite, ok, 'UPDATE', { cseq: 3, headers: [`Contact: ${alice.contact}`], body: HERS });
  for (const _ of [1, 2]) assert.equal(alice.response(200).get(Field.allow)!.includes('UPDATE'), false);
  assert.deepEqual([alice.waiting, provider.waiting], [[], []]);
  alice.within(invite, ok, 'BYE', { cseq: 4 });
  assert.equal(provider.take('BYE').uriText, 'sip:moved@10.9.0.1:5060');
});

test.each(['INVITE', 'UPDATE'])(
  'what was offered and answered by %s is what a refresh says again, and a transfer offers (RFC 3311 §5, RFC 4028 §7.4)',
  async (method) => {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const carol = await desk.phone('carol', '10.0.0.4');
    for (const phone of [alice, carol]) phone.register();
    lab.wishes = { sessionExpires: 1_800 };
    const { invite, ok, arrived } = lab.talk({ answer: ['Session-Expires: 1800;refresher=uac'] });
    desk.run(300_000);
    provider.back(arrived, 'far', method, { headers: [SDP, `Contact: ${provider.contact}`], body: MOVED });
    alice.answer(alice.take(method), 200, 'OK', [SDP], '', HERS);
    const answer = provider.response(200);
    assert.deepEqual([answer.body, answer.get(Field.contentType)], [HERS, 'application/sdp']);
    if (method === 'INVITE') provider.back(arrived, 'far', 'ACK', { cseq: 1 });
    alice.inbox.length = 0;
    // The phone was asked and has answered: that refreshed its session as well.
    desk.run(899_999);
    assert.deepEqual(alice.waiting, []);
    desk.run(1);
    const [there, here] = [provider.take('INVITE'), alice.take('INVITE')];
    assert.deepEqual([there.body, here.body], [HERS, MOVED]);
    provider.answer(there, 200, 'OK', [SDP], '', MOVED);
    alice.answer(here, 200, 'OK', [SDP], '', HERS);
    refer(alice, invite, ok, '<sip:203@home.example>');
    notified(alice);
    assert.equal(carol.take('INVITE').body, MOVED);
  },
);

test.each([488, 302, undefined])(
  'while an UPDATE with an offer is under way there is no other one; one that gets %s leaves all as it was (RFC 3311 §5.2)',
  async (status) => {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    lab.wishes = { sessionExpires: 1_800 };
    const { invite, ok, arrived } = lab.talk({ answer: ['Session-Expires: 1800;refresher=uac'] });
    const update = (cseq: number) =>
      alice.within(invite, ok, 'UPDATE', { cseq, headers: [SDP, `Contact: ${alice.contact}`], body: HERS });
    const back = (cseq: number) =>
      provider.back(arrived, 'far', 'UPDATE', { cseq, headers: [SDP, `Contact: ${provider.contact}`], body: MOVED });
    if (status === undefined) desk.host.noRoute.add('10.9.0.1');
    update(2);
    desk.host.noRoute.delete('10.9.0.1');
    if (status !== undefined) {
      const pending = provider.take('UPDATE');
      update(3);
      assert.match(alice.response(500).get(Field.retryAfter)!, /^(?:[0-9]|10)$/);
      back(1);
      provider.response(491);
      assert.deepEqual([alice.waiting, provider.waiting], [[], []]);
      provider.answer(pending, status, 'Not Acceptable Here', ['Warning: 305 acme "media"']);
    }
    // A redirect is each side's own.
    const answer = alice.response(status === 488 ? 488 : status === 302 ? 480 : 503);
    assert.equal(answer.other('warning'), status === 488 ? '305 acme "media"' : undefined);
    desk.run(900_000);
    const refresh = provider.take('INVITE');
    assert.equal(refresh.body, OFFER);
    provider.answer(refresh, 200, 'OK', [SDP], '', ANSWER);
    alice.answer(alice.take('INVITE'), 200, 'OK', [SDP], '', OFFER);
    back(2);
    alice.answer(alice.take('UPDATE'), 200, 'OK', [SDP], '', OFFER);
    provider.response(200);
    update(4);
    provider.take('UPDATE');
  },
);

test.each([
  ['UPDATE', 408, ['504 UPDATE', 'BYE']],
  ['UPDATE', undefined, ['BYE']],
  ['INFO', 408, ['504 INFO']],
  ['INFO', undefined, []],
])(
  'an %s that gets %s there gets no 408 here, and nothing once its client has given up (RFC 4320 §4.2, RFC 5057 §5.1)',
  async (method, status, told) => {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const { invite, ok } = lab.talk();
    alice.within(invite, ok, method, { headers: [SDP, `Contact: ${alice.contact}`], body: HERS });
    const asked = provider.take(method);
    if (status === undefined) desk.run(32_000);
    else provider.answer(asked, status, 'Request Timeout');
    // Where the session was to change, the side that says nothing is taken for gone.
    assert.deepEqual(
      alice.waiting.filter((what) => !what.startsWith('100')),
      told,
    );
  },
);

test.each(['INVITE', 'UPDATE'])(
  'an %s whose session would be too short is told what is long enough, and goes no further (RFC 4028 §5, §9)',
  async (method) => {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const { invite, ok } = lab.talk({ headers: TIMER });
    const ask = (cseq: number, seconds: number) => {
      const headers = [SDP, 'Supported: timer', `Session-Expires: ${seconds}`, 'Contact: <sip:alice@10.0.0.2:5070>'];
      return alice.within(invite, ok, method, { cseq, headers, body: HERS });
    };
    const asked = ask(2, 89);
    const refused = alice.response(422);
    assert.deepEqual([refused.reason, refused.other('min-se')], ['Session Interval Too Small', '90']);
    if (method === 'INVITE') alice.ack(asked, refused);
    assert.deepEqual(provider.waiting, []);
    // The session goes on as it was, and the phone is where it was.
    desk.run(567_999);
    assert.deepEqual(alice.waiting, []);
    desk.run(1);
    assert.equal(alice.take('BYE').uriText, 'sip:alice@10.0.0.2:5060');
  },
);
