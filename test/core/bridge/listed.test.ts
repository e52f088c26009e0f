import { assert, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import { ANSWER, BridgeLab, OFFER, SDP } from '../../support/bridge-lab.ts';
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

test('who takes a call of the provider over from the phone that it rang at is listed as the callee, until it ends', async () => {
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
  carol.within(taken, mine, 'BYE', { cseq: taken.cseq.number + 1 });
  assert.deepEqual(past(lab), [
    'sip:+4940123@home.example to sip:bob@home.example: the callee left it by a transfer',
    'sip:+4940123@home.example to sip:carol@home.example: the callee hung up',
  ]);
  assert.deepEqual(listed(lab), []);
});
