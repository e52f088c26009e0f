import { assert, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import type { Request } from '../../../src/sip/message/message.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, SDP } from '../../support/bridge-lab.ts';

const RELIABLE = ['Require: 100rel', 'RSeq: 4711', SDP];

test('a reliable 18x is one on each leg, with an RSeq of its own; PRACK passes (RFC 3262 §3, §4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP, 'Supported: 100rel'], body: OFFER });
  assert.deepEqual(arrived.list(Field.supported), ['100rel', 'timer', 'replaces']);
  provider.answer(arrived, 183, 'Session Progress', RELIABLE, 'far', ANSWER);
  const progress = alice.response(183);
  assert.equal(progress.body, ANSWER);
  assert.equal(progress.other('rseq'), '1');
  assert.deepEqual(progress.list(Field.require), ['100rel']);
  alice.within(invite, progress, 'PRACK', { headers: ['RAck: 1 1 INVITE', SDP], body: OFFER });
  const prack = provider.take('PRACK');
  assert.equal(prack.other('rack'), `4711 ${arrived.cseq.number} INVITE`);
  assert.equal(prack.body, OFFER);
  provider.answer(prack, 200, 'OK', [SDP], 'far', ANSWER);
  assert.equal(alice.response(200).body, ANSWER);
  assert.deepEqual(desk.ladder(), [
    '0 10.0.0.2 > 10.0.0.1 INVITE',
    '0 10.0.0.1 > 10.9.0.1 INVITE',
    '0 10.9.0.1 > 10.0.0.1 183 INVITE',
    '0 10.0.0.1 > 10.0.0.2 183 INVITE',
    '0 10.0.0.2 > 10.0.0.1 PRACK',
    '0 10.0.0.1 > 10.9.0.1 PRACK',
    '0 10.9.0.1 > 10.0.0.1 200 PRACK',
    '0 10.0.0.1 > 10.0.0.2 200 PRACK',
  ]);
  desk.run(40_000);
  assert.deepEqual(desk.ladder(), []);
});

test('our UAS repeats a reliable 18x at twice the time until its PRACK, and refuses the call without one (RFC 3262 §3)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { arrived } = lab.dial({ headers: [SDP, 'Supported: 100rel'], body: OFFER });
  provider.answer(arrived, 180, 'Ringing', RELIABLE, 'far', ANSWER);
  desk.net.clear();
  desk.run(31_999);
  assert.deepEqual(
    desk.ladder(),
    [0, 1_000, 3_000, 7_000, 15_000, 31_000].map((at) => `${at} 10.0.0.1 > 10.0.0.2 180 INVITE`),
  );
  desk.run(1);
  alice.response(504);
  provider.answer(provider.take('CANCEL'), 200);
  provider.answer(arrived, 487, 'Request Terminated', [], 'far');
});

test('what came reliably again passes once, and a PRACK for nothing gets 481 (RFC 3262 §3, §4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP, 'Supported: 100rel'], body: OFFER });
  provider.answer(arrived, 183, 'Session Progress', RELIABLE, 'far', ANSWER);
  provider.answer(arrived, 183, 'Session Progress', RELIABLE, 'far', ANSWER);
  const progress = alice.response(183);
  assert.deepEqual(alice.waiting, []);
  alice.within(invite, progress, 'PRACK', { headers: ['RAck: 2 1 INVITE'] });
  alice.response(481);
  assert.deepEqual(provider.waiting, []);
});

test.each([
  ['without a RAck', []],
  ['for a BYE', ['RAck: 1 1 BYE']],
  ['for no CSeq', ['RAck: 1']],
])('a PRACK %s acknowledges nothing (RFC 3262 §3, §7.2)', async (_, rack) => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP, 'Supported: 100rel'], body: OFFER });
  provider.answer(arrived, 183, 'Session Progress', RELIABLE, 'far', ANSWER);
  alice.within(invite, alice.response(183), 'PRACK', { headers: rack });
  alice.response(481);
  assert.deepEqual(provider.waiting, []);
  desk.run(500);
  assert.deepEqual(alice.waiting, ['183 INVITE']);
});

test('what was sent reliably and is not acknowledged yet is repeated no more once the call is refused (RFC 3262 §3)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP, 'Supported: 100rel'], body: OFFER });
  provider.answer(arrived, 180, 'Ringing', RELIABLE, 'far', ANSWER);
  const ringing = alice.response(180);
  provider.answer(arrived, 486, 'Busy Here', [], 'far');
  const busy = alice.response(486);
  assert.equal(busy.to.tag, ringing.to.tag);
  alice.ack(invite, busy);
  assert.deepEqual(
    desk.clock.armed().filter(({ name }) => name.startsWith('PRACK')),
    [],
  );
  assert.deepEqual(lab.left, NOTHING);
});

test('a PRACK that came before, or for another INVITE, acknowledges nothing (RFC 3262 §3)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP, 'Supported: 100rel'], body: OFFER });
  provider.answer(arrived, 183, 'Session Progress', RELIABLE, 'far', ANSWER);
  const progress = alice.response(183);
  alice.within(invite, progress, 'PRACK', { cseq: 2, headers: ['RAck: 1 9 INVITE'] });
  alice.response(481);
  alice.within(invite, progress, 'PRACK', { cseq: 3, headers: ['RAck: 1 1 INVITE'] });
  provider.answer(provider.take('PRACK'), 200);
  alice.response(200);
  alice.within(invite, progress, 'PRACK', { cseq: 4, headers: ['RAck: 1 1 INVITE'] });
  alice.response(481);
  assert.deepEqual(provider.waiting, []);
});

test('a call that was answered goes on, whether what was sent reliably before, and what waited, is acknowledged or not (RFC 3262 §3)', async () => {
  for (const acknowledges of [false, true]) {
    const lab = await BridgeLab.open();
    const { alice, provider, desk } = lab;
    const { invite, arrived } = lab.dial({ headers: [SDP, 'Supported: 100rel'], body: OFFER });
    provider.answer(arrived, 180, 'Ringing', ['Require: 100rel', 'RSeq: 1'], 'far');
    provider.answer(arrived, 183, 'Session Progress', ['Require: 100rel', 'RSeq: 2', SDP], 'far', ANSWER);
    const ringing = alice.response(180);
    provider.answer(arrived, 200, 'OK', [], 'far');
    alice.within(invite, alice.response(200), 'ACK');
    if (acknowledges) {
      alice.within(invite, ringing, 'PRACK', { headers: ['RAck: 1 1 INVITE'] });
      provider.answer(provider.take('PRACK'), 200);
      alice.response(200);
    }
    desk.run(40_000);
    assert.deepEqual([alice.waiting, lab.bridge.size], [[], { calls: 1, legs: 2 }]);
  }
});

test('a phone that knows no 100rel gets an 18x without it, and a provider that sends one all the same our PRACK', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { arrived } = lab.dial({ headers: [SDP], body: OFFER });
  assert.deepEqual(arrived.list(Field.supported), ['timer', 'replaces']);
  provider.answer(arrived, 183, 'Session Progress', RELIABLE, 'far', ANSWER);
  assert.equal(alice.response(183).other('rseq'), undefined);
  assert.equal(provider.take('PRACK').other('rack'), `4711 ${arrived.cseq.number} INVITE`);
});

test.each([
  ['as soon as there is one', ['PRACK'], []],
  ['no more once the call was answered', ['ACK'], [200]],
  ['no more once it was refused', ['ACK'], [486]],
])(
  'a PRACK of ours that has no way for a moment goes out %s, for what comes again is passed over (RFC 3262 §4)',
  async (_, left, ends) => {
    const lab = await BridgeLab.open();
    const { provider, desk } = lab;
    const { arrived } = lab.dial({ headers: [SDP], body: OFFER });
    desk.host.noRoute.add('10.9.0.1');
    provider.answer(arrived, 183, 'Session Progress', RELIABLE, 'far', ANSWER);
    desk.run(1_000);
    provider.answer(arrived, 183, 'Session Progress', RELIABLE, 'far', ANSWER);
    desk.host.noRoute.delete('10.9.0.1');
    for (const status of ends) provider.answer(arrived, status, 'Said', [SDP], 'far', ANSWER);
    desk.run(3_000);
    assert.deepEqual(provider.waiting, left);
  },
);

test.each([
  ['an RSeq and no 100rel', ['RSeq: 1']],
  ['100rel and no RSeq', ['Require: 100rel']],
  ['an RSeq that is no number', ['Require: 100rel', 'RSeq: 1.5']],
])('an 18x with %s is none that was sent reliably (RFC 3262 §4, §7.1)', async (_, headers) => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { arrived } = lab.dial({ headers: [SDP, 'Supported: 100rel'], body: OFFER });
  provider.answer(arrived, 183, 'Session Progress', [SDP, ...headers], 'far', ANSWER);
  const progress = alice.response(183);
  assert.equal(progress.other('rseq'), undefined);
  assert.deepEqual(progress.list(Field.require), []);
  assert.deepEqual(provider.waiting, []);
});

test('UPDATE within an early dialog passes with its offer and answer (RFC 3311 §5)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP, 'Supported: 100rel'], body: OFFER });
  provider.answer(arrived, 183, 'Session Progress', RELIABLE, 'far', ANSWER);
  const progress = alice.response(183);
  alice.within(invite, progress, 'PRACK', { headers: ['RAck: 1 1 INVITE'] });
  provider.answer(provider.take('PRACK'), 200);
  alice.response(200);
  provider.back(arrived, 'far', 'UPDATE', { cseq: 1, headers: [SDP, `Contact: ${provider.contact}`], body: OFFER });
  const update = alice.take('UPDATE');
  assert.equal(update.body, OFFER);
  assert.equal(update.to.tag, invite.from.tag);
  alice.answer(update, 200, 'OK', [SDP], '', ANSWER);
  assert.equal(provider.response(200).body, ANSWER);
  provider.answer(arrived, 200, 'OK', [], 'far');
  alice.within(invite, alice.response(200), 'ACK');
  provider.take('ACK');
  lab.hangUp();
  lab.desk.run();
  provider.answer(provider.take('BYE'), 200);
  alice.answer(alice.take('BYE'), 200);
  assert.deepEqual(lab.left, NOTHING);
});

test('a BYE within an early dialog gives the call up (RFC 3261 §15)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial();
  provider.answer(arrived, 180, 'Ringing', [], 'far');
  alice.within(invite, alice.response(180), 'BYE');
  assert.deepEqual(alice.waiting.sort(), ['200 BYE', '487 INVITE']);
  provider.answer(provider.take('CANCEL'), 200);
  provider.answer(arrived, 487, 'Request Terminated', [], 'far');
  assert.deepEqual(lab.bridge.size, { calls: 0, legs: 0 });
});

/** Alice acknowledges what came with this RSeq, and the provider hears of it with the one that it gave it. */
function pracked(lab: BridgeLab, invite: Request, status: number, rseq: number, far: number): void {
  const { alice, provider } = lab;
  const response = alice.response(status);
  assert.equal(response.other('rseq'), `${rseq}`);
  alice.within(invite, response, 'PRACK', { cseq: rseq + 1, headers: [`RAck: ${rseq} 1 INVITE`] });
  const prack = provider.take('PRACK');
  assert.equal(prack.other('rack'), `${far} 1 INVITE`);
  provider.answer(prack, 200);
  alice.response(200);
}

test('reliable 18x that come at once are sent one after the other, each acknowledged (RFC 3262 §3)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP, 'Supported: 100rel'], body: OFFER });
  provider.answer(arrived, 183, 'Session Progress', RELIABLE, 'far', ANSWER);
  pracked(lab, invite, 183, 1, 4711);
  for (const [i, status] of [180, 181, 182].entries())
    provider.answer(arrived, status, 'Said', ['Require: 100rel', `RSeq: ${4712 + i}`], 'far');
  desk.run(600); // the first is repeated, the others wait
  assert.deepEqual(alice.waiting, ['180 INVITE', '180 INVITE']);
  alice.response(180);
  pracked(lab, invite, 180, 2, 4712);
  pracked(lab, invite, 181, 3, 4713);
  pracked(lab, invite, 182, 4, 4714);
  provider.answer(arrived, 200, 'OK', [], 'far');
  const ok = alice.response(200);
  assert.equal(ok.body, '');
  alice.within(invite, ok, 'ACK');
  provider.take('ACK');
  alice.within(invite, ok, 'BYE', { cseq: 9 });
  provider.answer(provider.take('BYE'), 200);
  assert.deepEqual(alice.waiting, ['200 BYE']);
  assert.deepEqual(lab.left, NOTHING);
});

test('a 2xx that overtakes what waits says the answer that waited, and nothing of that comes later', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP, 'Supported: 100rel'], body: OFFER });
  provider.answer(arrived, 180, 'Ringing', ['Require: 100rel', 'RSeq: 1'], 'far');
  provider.answer(arrived, 183, 'Session Progress', ['Require: 100rel', 'RSeq: 2', SDP], 'far', ANSWER);
  provider.answer(arrived, 200, 'OK', ['Subject: x'], 'far');
  const ok = alice.response(200);
  assert.equal(ok.body, ANSWER);
  assert.equal(ok.get(Field.contentType), 'application/sdp');
  assert.equal(ok.get(Field.subject), 'x');
  alice.within(invite, ok, 'ACK');
  const ringing = alice.response(180);
  alice.within(invite, ringing, 'PRACK', { headers: ['RAck: 1 1 INVITE'] });
  const prack = provider.take('PRACK');
  assert.equal(prack.other('rack'), '1 1 INVITE');
  provider.answer(prack, 200);
  desk.run(5_000);
  assert.deepEqual(alice.waiting, ['200 PRACK']);
});

test('a provider that sends reliable 18x without end fills no queue, and the call is refused without a PRACK', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider, desk } = lab;
  alice.register(undefined); // who proved nothing gets no more than 4 kB
  const { invite, arrived } = lab.dial({ headers: [SDP, 'Supported: 100rel'], body: OFFER });
  for (let i = 1; i <= 100; i++) provider.answer(arrived, 180, 'Ringing', ['Require: 100rel', `RSeq: ${i}`], 'far');
  let heard = 0;
  for (; alice.waiting.includes('180 INVITE'); heard++) {
    alice.within(invite, alice.response(180), 'PRACK', { cseq: heard + 2, headers: [`RAck: ${heard + 1} 1 INVITE`] });
  }
  assert.equal(heard, 17);
  provider.answer(arrived, 180, 'Ringing', ['Require: 100rel', 'RSeq: 101'], 'far');
  desk.run(32_000);
  alice.response(504);
});

test('of what comes reliably again, or after a gap, nothing passes later either (RFC 3262 §4)', async () => {
  const lab = await BridgeLab.open();
  const { alice, provider } = lab;
  const { invite, arrived } = lab.dial({ headers: [SDP, 'Supported: 100rel'], body: OFFER });
  for (const rseq of [4711, 4711, 4713])
    provider.answer(arrived, 183, 'Session Progress', ['Require: 100rel', `RSeq: ${rseq}`, SDP], 'far', ANSWER);
  pracked(lab, invite, 183, 1, 4711);
  assert.deepEqual(alice.waiting, []);
});
