import { assert, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import { Request } from '../../../src/sip/message/message.ts';
import { ANSWER, BridgeLab, OFFER, SDP } from '../../support/bridge-lab.ts';
import type { Phone } from '../../support/phone.ts';
import { CAROLS, consulted, refer, talking } from './transferring.ts';

/** The table of calls, and the history with the oldest first: `alice to sip:0301234@home.example`. */
function listed(lab: BridgeLab): string[] {
  return lab.desk.exchange.calls.list().map(({ from, to }) => `${from} to ${to}`);
}

function past(lab: BridgeLab): string[] {
  const calls = lab.desk.exchange.calls.history(0, 9).map(({ from, to, reason }) => `${from} to ${to}: ${reason}`);
  return calls.reverse();
}

test('after a blind transfer the table of calls holds those who talk, and can end them', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { alice, provider } = lab;
  const { calls } = lab.desk.exchange;
  refer(alice, invite, ok, '<sip:203@home.example>');
  const rung = carol.take('INVITE');
  carol.answer(rung, 200, 'OK', [SDP], 'carol', CAROLS);
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], 'far', ANSWER);
  assert.deepEqual(listed(lab), ['sip:0301234@home.example to sip:203@home.example']);
  assert.deepEqual(past(lab), ['alice to sip:0301234@home.example: the caller left it by a transfer']);
  const [call] = calls.list();
  assert.deepEqual([call!.answeredBy, call!.users], ['carol', ['carol']]);
  calls.hangup(call!.id);
  lab.desk.run(0);
  carol.take('BYE');
  provider.take('BYE');
  assert.deepEqual(listed(lab), []);
  assert.equal(past(lab)[1], 'sip:0301234@home.example to sip:203@home.example: ended by the operator');
});

test('after an attended transfer of two calls of providers one call is listed, between their far sides', async () => {
  const { lab, invite, ok } = await talking();
  const { alice, provider } = lab;
  const { there, target } = consulted(lab);
  refer(alice, invite, ok, target);
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  assert.deepEqual(listed(lab), ['sip:0305678@home.example to sip:0301234@home.example']);
  assert.deepEqual(past(lab), [
    'alice to sip:0305678@home.example: the caller left it by a transfer',
    'alice to sip:0301234@home.example: the caller left it by a transfer',
  ]);
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  alice.within(invite, ok, 'BYE', { cseq: 4 });
  lab.desk.run(61_000);
  const calls = lab.desk.exchange.calls;
  assert.equal(calls.list().length, 1);
  provider.back(there, 'second', 'BYE');
  assert.deepEqual(listed(lab), []);
  const [last] = calls.history(0, 1);
  assert.deepEqual([last!.reason, last!.talked], ['the caller hung up', 61_000]);
});

test('who takes a leg over by Replaces is listed in its place, and may be hung up', async () => {
  const { lab, carol, invite, ok } = await talking();
  const { provider, desk } = lab;
  const contact = ok.get(Field.contact)!.slice(1, -1);
  const replaces = `Replaces: talk;to-tag=${ok.to.tag};from-tag=${invite.from.tag}`;
  const taken = carol.call('INVITE', contact, { headers: [SDP, replaces, `Contact: ${carol.contact}`], body: CAROLS });
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  carol.within(taken, carol.response(200), 'ACK');
  assert.deepEqual(listed(lab), ['carol to sip:0301234@home.example']);
  const [call] = desk.exchange.calls.list();
  assert.deepEqual(call!.users.includes('carol'), true);
  desk.exchange.calls.hangup(call!.id);
  desk.run(0);
  carol.take('BYE');
  assert.equal(provider.waiting.filter((what) => what === 'BYE').length, 1);
  assert.deepEqual(listed(lab), []);
  assert.deepEqual(past(lab), [
    'alice to sip:0301234@home.example: the caller left it by a transfer',
    'carol to sip:0301234@home.example: ended by the operator',
  ]);
});

test.each(['callee', 'caller'])(
  'who takes a call of the provider over from the phone that it rang at is listed as the callee, until the %s hangs up',
  async (who) => {
    const lab = await BridgeLab.open();
    const { provider, desk } = lab;
    const { calls } = desk.exchange;
    const carol = await desk.phone('carol', '10.0.0.4');
    carol.register();
    const { bob, invite, arrived: rung } = await lab.ring(ANSWER);
    bob.answer(rung, 200, 'OK', [SDP], 'bob', OFFER);
    const ok = provider.response(200);
    provider.within(invite, ok, 'ACK');
    bob.take('ACK');
    assert.deepEqual(listed(lab), ['sip:+4940123@home.example to sip:bob@home.example']);
    const replaces = `Replaces: ${rung.callId};to-tag=${rung.from.tag};from-tag=bob`;
    const contact = rung.get(Field.contact)!.slice(1, -1);
    const taken = carol.call('INVITE', contact, { headers: [SDP, replaces, `Contact: ${carol.contact}`], body: CAROLS });
    provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
    const mine = carol.response(200);
    carol.within(taken, mine, 'ACK');
    bob.answer(bob.take('BYE'), 200);
    const [call] = calls.list();
    assert.deepEqual(
      [call!.from, call!.to, call!.answeredBy, call!.phone, call!.users],
      ['sip:+4940123@home.example', 'sip:carol@home.example', 'carol', undefined, ['carol']],
    );
    if (who === 'callee') carol.within(taken, mine, 'BYE', { cseq: taken.cseq.number + 1 });
    else provider.within(invite, ok, 'BYE');
    assert.deepEqual(past(lab), [
      'sip:+4940123@home.example to sip:bob@home.example: the callee left it by a transfer',
      `sip:+4940123@home.example to sip:carol@home.example: the ${who} hung up`,
    ]);
    assert.deepEqual(listed(lab), []);
  },
);

/** Carol takes the leg that she names: the dialog as that phone has it. */
function takes(carol: Phone, contact: string, callId: string, to: string, from: string) {
  const headers = [SDP, `Replaces: ${callId};to-tag=${to};from-tag=${from}`, `Contact: ${carol.contact}`];
  return carol.call('INVITE', contact, { headers, body: CAROLS });
}

test('whoever is left after a Replaces hangs up as the side that it is', async () => {
  const { lab, carol, invite, ok, arrived } = await talking();
  const { provider } = lab;
  const taken = takes(carol, ok.get(Field.contact)!.slice(1, -1), 'talk', ok.to.tag!, invite.from.tag!);
  provider.answer(provider.take('INVITE'), 200, 'OK', [SDP], '', ANSWER);
  carol.within(taken, carol.response(200), 'ACK');
  provider.back(arrived, 'far', 'BYE');
  assert.deepEqual(past(lab), [
    'alice to sip:0301234@home.example: the caller left it by a transfer',
    'carol to sip:0301234@home.example: the callee hung up',
  ]);
});

test('where a provider has joined two phones of the house and a third takes the place of one, one call is listed', async () => {
  const { lab, carol, invite, ok, arrived } = await talking();
  const { provider } = lab;
  const bob = await lab.desk.phone('bob', '10.0.0.3');
  bob.register();
  provider.back(arrived, 'far', 'REFER', { headers: ['Refer-To: <sip:bob@home.example>', `Contact: ${provider.contact}`] });
  const rung = bob.take('INVITE');
  bob.answer(rung, 200, 'OK', [SDP], 'bob', OFFER);
  const joined = lab.alice.take('INVITE');
  lab.alice.answer(joined, 200, 'OK', [SDP], '', OFFER);
  assert.equal(listed(lab).length, 1);
  const taken = takes(carol, ok.get(Field.contact)!.slice(1, -1), 'talk', ok.to.tag!, invite.from.tag!);
  const offered = bob.inbox.filter((one) => one instanceof Request && one.method === 'INVITE').at(-1) as Request;
  bob.answer(offered, 200, 'OK', [SDP], '', OFFER);
  carol.within(taken, carol.response(200), 'ACK');
  assert.equal(listed(lab).length, 1);
  bob.back(rung, 'bob', 'BYE');
  assert.deepEqual(listed(lab), []);
  carol.take('BYE');
});

test('a provider that gives the Contact of a phone for its own is no user of the house in the table of calls', async () => {
  const lab = await BridgeLab.open();
  const { provider, alice, desk } = lab;
  const [bob, carol] = [await desk.phone('bob', '10.0.0.3'), await desk.phone('carol', '10.0.0.4')];
  for (const phone of [alice, bob, carol]) phone.register();
  const headers = [`Contact: ${alice.contact}`, SDP];
  const invite = provider.request('INVITE', 'sip:account@10.0.0.1:5060', { cseq: 1, headers, body: OFFER });
  const arrived = bob.take('INVITE');
  bob.answer(arrived, 200, 'OK', [SDP], 'bob', ANSWER);
  provider.within(invite, provider.response(200), 'ACK');
  bob.back(arrived, 'bob', 'REFER', { headers: ['Refer-To: <sip:203@home.example>', `Contact: ${bob.contact}`] });
  carol.answer(carol.take('INVITE'), 200, 'OK', [SDP], 'carol', CAROLS);
  assert.deepEqual(
    desk.exchange.calls.list().map(({ users }) => users),
    [['carol']],
  );
});
