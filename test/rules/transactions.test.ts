import { assert, test } from 'vitest';
import { Field } from '../../src/sip/message/fields.ts';
import type { Phone, Wanted } from '../support/phone.ts';
import { another, house, NOTHING, nothingLeft, STRANGER } from './house.ts';

const BOB = 'sip:bob@home.example';

test('rule 13: the same branch from two sent-bys is two calls; a CANCEL ends the right one (RFC 3261 §17.2.3)', async () => {
  const { desk, alice, bob } = await house();
  const other = await desk.phone('alice', '10.0.0.2', 5070);
  const first = alice.request('INVITE', BOB, { ...STRANGER, branch: 'z9hG4bKsame' });
  other.request('INVITE', BOB, { ...STRANGER, branch: 'z9hG4bKsame' });
  const [one, two] = [bob.take('INVITE'), bob.take('INVITE')];
  assert.notEqual(one.via.branch, two.via.branch);
  bob.answer(one, 180);
  bob.answer(two, 180);
  alice.cancel(first);
  assert.equal(bob.take('CANCEL').via.branch, one.via.branch);
  assert.deepEqual(alice.waiting, ['180 INVITE', '200 CANCEL']);
  assert.deepEqual(other.waiting, ['180 INVITE']);
});

test('rule 13: an ACK with the branch of another request, or in other letters, finds what it belongs to (RFC 3261 §17.2.3)', async () => {
  const { alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, { ...STRANGER, branch: 'z9hG4bKaBc' });
  alice.request('MESSAGE', BOB, { ...STRANGER, branch: 'z9hG4bKaBc' });
  bob.answer(bob.take('INVITE'), 486);
  bob.answer(bob.take('MESSAGE'), 202);
  assert.deepEqual(alice.waiting, ['486 INVITE', '202 MESSAGE']);
  const busy = alice.response(486);
  alice.send(
    invite.text
      .replace(/^INVITE/, 'ACK')
      .replace(/INVITE/, 'ACK')
      .replace('z9hG4bKaBc', 'z9hG4bKAbC')
      .replace(/\r\nTo: .*/, `\r\nTo: ${busy.get(Field.to)}`),
  );
  alice.request('OPTIONS', 'sip:home.example', STRANGER);
  alice.inbox.length = 0;
  alice.send(invite.text);
  alice.request('OPTIONS', 'sip:home.example', STRANGER);
  assert.deepEqual(alice.waiting, ['200 OPTIONS']);
});

test('rule 14: a client of RFC 2543 without a branch calls, hears its answer once, and its ACK and CANCEL are understood (RFC 3261 §17.2.3)', async () => {
  const { desk, alice, bob } = await house();
  const old = { ...STRANGER, via: 'SIP/2.0/UDP 10.0.0.2:5060' };
  const invite = alice.request('INVITE', BOB, old);
  alice.send(invite.text);
  desk.run();
  const got = bob.take('INVITE');
  assert.deepEqual(bob.waiting, []);
  bob.answer(got, 180);
  alice.cancel(invite);
  bob.answer(bob.take('CANCEL'), 200);
  bob.answer(got, 487);
  alice.response(180);
  alice.response(200);
  alice.ack(invite, alice.response(487));
  desk.run(4_000);
  assert.deepEqual(alice.waiting, []);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 15: a caller hears 100 within 200 ms from us where the phone is silent (RFC 3261 §17.2.1)', async () => {
  const { desk, alice } = await house();
  alice.request('INVITE', BOB, STRANGER);
  desk.run(300);
  assert.deepEqual(desk.ladder(), [
    '0 10.0.0.2 > 10.0.0.1 INVITE',
    '0 10.0.0.1 > 10.0.0.3 INVITE',
    '200 10.0.0.1 > 10.0.0.2 100 INVITE',
  ]);
  const trying = alice.response(100);
  assert.equal(trying.to.tag, undefined);
});

test('rule 16: a retransmitted INVITE gets the last response and is never forked again (RFC 3261 §17.2.1)', async () => {
  const { desk, alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  const spam = () => {
    alice.send(invite.text);
    desk.run();
  };
  spam();
  bob.answer(got, 180);
  spam();
  bob.answer(got, 486);
  spam();
  assert.deepEqual(alice.waiting, ['180 INVITE', '180 INVITE', '486 INVITE', '486 INVITE']);
  assert.deepEqual(bob.waiting, ['ACK']);
});

test('rule 17: an INVITE that nobody answers goes out at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s, then its caller hears 408 (RFC 3261 §17.1.1.2)', async () => {
  const { desk, alice } = await house();
  alice.request('INVITE', BOB, STRANGER);
  desk.run(32_000);
  assert.deepEqual(desk.ladder(), [
    '0 10.0.0.2 > 10.0.0.1 INVITE',
    '0 10.0.0.1 > 10.0.0.3 INVITE',
    '200 10.0.0.1 > 10.0.0.2 100 INVITE',
    '500 10.0.0.1 > 10.0.0.3 INVITE',
    '1500 10.0.0.1 > 10.0.0.3 INVITE',
    '3500 10.0.0.1 > 10.0.0.3 INVITE',
    '7500 10.0.0.1 > 10.0.0.3 INVITE',
    '15500 10.0.0.1 > 10.0.0.3 INVITE',
    '31500 10.0.0.1 > 10.0.0.3 INVITE',
    '32000 10.0.0.1 > 10.0.0.2 408 INVITE',
  ]);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 17: over TCP an INVITE is sent once (RFC 3261 §17.1.1.2)', async () => {
  const { desk, alice, bob } = await house({}, 'tcp');
  alice.request('INVITE', BOB, STRANGER);
  desk.run(40_000);
  assert.deepEqual(bob.waiting, ['INVITE']);
  alice.response(408);
});

test('rule 18: a 486 is retransmitted by us until the ACK comes, or timer H ends it (RFC 3261 §17.2.1)', async () => {
  const { desk, alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, STRANGER);
  bob.answer(bob.take('INVITE'), 486);
  desk.run(2_000);
  const busy = alice.response(486);
  alice.ack(invite, busy);
  desk.run(40_000);
  assert.deepEqual(alice.waiting, ['486 INVITE', '486 INVITE']);
  alice.inbox.length = 0;
  alice.request('INVITE', BOB, STRANGER);
  bob.take('ACK');
  bob.answer(bob.take('INVITE'), 486);
  desk.run(40_000);
  assert.equal(alice.waiting.length, 11);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test("rule 19: the ACK to a 486 is ours, hop by hop, made of the INVITE that we sent; the caller's is consumed (RFC 3261 §17.1.1.3)", async () => {
  const { desk, alice, bob } = await house();
  bob.register([`Contact: ${bob.contact}`, 'Path: <sip:10.0.0.3:5060;lr>', 'Supported: path', 'Expires: 3600']);
  desk.ladder();
  const invite = alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  bob.answer(got, 486, 'Busy', [], 'tag-of-bob');
  const ack = bob.take('ACK');
  assert.equal(ack.via.text, got.via.text);
  assert.equal(ack.list(Field.via).length, 1);
  assert.equal(ack.uriText, got.uriText);
  assert.deepEqual(ack.list(Field.route), got.list(Field.route));
  assert.deepEqual(ack.list(Field.route), ['<sip:10.0.0.3:5060;lr>']);
  assert.equal(ack.cseq.number, got.cseq.number);
  assert.equal(ack.to.tag, 'tag-of-bob');
  assert.equal(ack.get(Field.from), got.get(Field.from));
  alice.ack(invite, alice.response(486));
  assert.deepEqual(bob.waiting, []);
  assert.deepEqual(desk.ladder(), [
    '0 10.0.0.2 > 10.0.0.1 INVITE',
    '0 10.0.0.1 > 10.0.0.3 INVITE',
    '0 10.0.0.3 > 10.0.0.1 486 INVITE',
    '0 10.0.0.1 > 10.0.0.3 ACK',
    '0 10.0.0.1 > 10.0.0.2 486 INVITE',
    '0 10.0.0.2 > 10.0.0.1 ACK',
  ]);
});

test('rule 19: the ACK to a 486 goes by the connection that the 486 came by where that of the INVITE has closed (RFC 3261 §17.1.1.3, §18.1.1)', async () => {
  const { desk, alice, bob } = await house({}, 'tcp');
  const invite = alice.request('INVITE', BOB, STRANGER);
  const arrived = bob.take('INVITE');
  bob.answer(arrived, 180);
  bob.close();
  desk.run();
  bob.connect();
  bob.answer(arrived, 486);
  assert.equal(bob.take('ACK').via.text, arrived.via.text);
  alice.ack(invite, alice.response(486));
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 20: the ACK to a 2xx follows its Route with a branch of its own, is never answered, and passes again with each 2xx (RFC 3261 §13.2.2.4, §16.11)', async () => {
  const { desk, alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  bob.answer(got, 200);
  const answer = alice.response(200);
  alice.within(invite, answer, 'ACK');
  const ack = bob.take('ACK');
  assert.notEqual(ack.via.branch, got.via.branch);
  assert.equal(ack.via.host, '10.0.0.1');
  assert.equal(ack.list(Field.via).length, 2);
  assert.equal(ack.uriText, 'sip:bob@10.0.0.3:5060');
  assert.deepEqual(ack.list(Field.route), []);
  assert.equal(ack.maxForwards, 69);
  bob.answer(got, 200);
  alice.response(200);
  alice.within(invite, answer, 'ACK');
  bob.take('ACK');
  assert.deepEqual([...alice.waiting, ...bob.waiting], []);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test("rule 20: an ACK to a 2xx that has the INVITE's branch is forwarded all the same (RFC 6026 §7.1)", async () => {
  const { alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, { ...STRANGER, branch: 'z9hG4bKsame' });
  bob.answer(bob.take('INVITE'), 200);
  alice.within(invite, alice.response(200), 'ACK', { branch: 'z9hG4bKsame' });
  bob.take('ACK');
});

test('rule 21: 2xx retransmissions pass for 64*T1, and so long INVITE retransmissions are absorbed (RFC 6026 §7.1, §8)', async () => {
  const { desk, alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  for (const wait of [500, 1_000, 2_000]) {
    bob.answer(got, 200);
    alice.send(invite.text);
    desk.run(wait);
  }
  assert.deepEqual(alice.waiting, ['200 INVITE', '200 INVITE', '200 INVITE']);
  assert.deepEqual(bob.waiting, []);
  desk.run(28_500);
  bob.answer(got, 200);
  assert.equal(alice.waiting.length, 3);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 22: the 2xx of every fork goes to the caller, also after the first; each has its ACK (RFC 3261 §16.7 step 5)', async () => {
  const { desk, alice, bob } = await house();
  const cell = await another(desk, '10.0.0.4');
  const invite = alice.request('INVITE', BOB, STRANGER);
  const [one, two] = [bob.take('INVITE'), cell.take('INVITE')];
  bob.answer(one, 200, 'OK', [], 'desk');
  cell.answer(two, 200, 'OK', [], 'cell');
  const [first, second] = [alice.response(200), alice.response(200)];
  assert.deepEqual([first.to.tag, second.to.tag], ['desk', 'cell']);
  alice.within(invite, first, 'ACK');
  alice.within(invite, second, 'ACK');
  bob.take('ACK');
  cell.take('ACK');
  alice.within(invite, second, 'BYE');
  cell.answer(cell.take('BYE'), 200);
  alice.response(200);
  assert.deepEqual([bob.waiting, cell.waiting], [[], []]);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 23: a response that no transaction waits for goes nowhere (RFC 6026 §7.3)', async () => {
  const { desk, alice, bob } = await house();
  alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  const { branch } = got.via;
  desk.ladder();
  for (const forged of [
    'z9hG4bK0000000000000000',
    branch.slice(0, -1),
    `${branch}0`,
    branch.replace(/.$/, (c) => (c === '0' ? '1' : '0')),
  ])
    bob.send(got.text.replace(/^[^\r]*/, 'SIP/2.0 200 OK').replace(branch, forged));
  bob.send(got.text.replace(/^[^\r]*/, 'SIP/2.0 200 OK').replace(/(\d+) INVITE/, '$1 BYE'));
  desk.run(100);
  assert.equal(desk.ladder().length, 5);
  assert.deepEqual(alice.waiting, []);
});

test('rule 24: a silent MESSAGE: no 100 before T2, one then, no 408 ever, and an answer that comes late is dropped (RFC 4320 §4)', async () => {
  const { desk, alice, bob } = await house();
  alice.request('MESSAGE', BOB, STRANGER);
  const got = bob.take('MESSAGE');
  desk.run(3_499);
  assert.deepEqual(alice.waiting, []);
  desk.run(1);
  assert.deepEqual(alice.waiting, ['100 MESSAGE']);
  desk.run(60_000);
  bob.answer(got, 200);
  bob.answer(got, 408);
  assert.deepEqual(alice.waiting, ['100 MESSAGE']);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 24: neither a provisional answer to a MESSAGE nor a 408 to it is passed on (RFC 4320 §4.1, §4.2)', async () => {
  const { desk, alice, bob } = await house();
  alice.request('MESSAGE', BOB, STRANGER);
  const got = bob.take('MESSAGE');
  bob.answer(got, 180);
  bob.answer(got, 183);
  bob.answer(got, 408);
  desk.run(60_000);
  assert.deepEqual(alice.waiting, []);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 24: what comes after a phone that says nothing to a MESSAGE gets it while its sender waits (RFC 4320 §4.2, RFC 3261 §16.6)', async () => {
  const { desk, alice, bob } = await house();
  const mobile = await another(desk, '10.0.0.5', 0.5);
  alice.request('MESSAGE', BOB, STRANGER);
  const first = bob.take('MESSAGE');
  desk.run(7_999);
  assert.deepEqual(mobile.waiting, []);
  desk.run(1);
  mobile.answer(mobile.take('MESSAGE'), 200);
  assert.deepEqual(alice.waiting, ['100 MESSAGE', '200 MESSAGE']);
  // It was merely slow.
  bob.answer(first, 200);
  desk.run(60_000);
  assert.deepEqual([alice.waiting, mobile.waiting], [['100 MESSAGE', '200 MESSAGE'], []]);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 25: timer C cancels a phone that rings for more than three minutes; each 101 to 199 starts it anew (RFC 3261 §16.6 step 11, §16.8)', async () => {
  const { desk, alice, bob } = await house();
  alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  bob.answer(got, 100);
  desk.run(100_000);
  bob.answer(got, 180);
  desk.run(180_000);
  assert.deepEqual(bob.waiting, []);
  bob.answer(got, 183);
  desk.run(184_999);
  assert.deepEqual(bob.waiting, []);
  desk.run(1);
  bob.answer(bob.take('CANCEL'), 200);
  bob.answer(got, 487);
  alice.response(100);
  alice.response(180);
  alice.response(183);
  assert.deepEqual(alice.waiting, ['408 INVITE']);
});

test('rule 25: a 100 does not start timer C anew (RFC 3261 §16.7 step 2)', async () => {
  const { desk, alice, bob } = await house();
  alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  desk.run(20_000);
  bob.inbox.length = 0;
  bob.answer(got, 100);
  desk.run(164_999);
  assert.deepEqual(bob.waiting, []);
  desk.run(1);
  bob.take('CANCEL');
});

test('rule 25: after timer C the other branches still count, and a phone that keeps silent is given up (RFC 3261 §16.8)', async () => {
  const { desk, alice, bob } = await house();
  const cell = await another(desk, '10.0.0.4');
  alice.request('INVITE', BOB, STRANGER);
  bob.answer(bob.take('INVITE'), 180);
  cell.answer(cell.take('INVITE'), 486);
  desk.run(186_000);
  bob.take('CANCEL');
  alice.inbox.length = 0;
  desk.run(32_000);
  assert.equal(alice.waiting[0], '486 INVITE');
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 26: a closed port is a 503 of that branch, at once: the next target is tried within 100 ms (RFC 3261 §16.9, §18.4)', async () => {
  const { desk, alice, bob } = await house();
  const cell = await another(desk, '10.0.0.4', 0.5);
  desk.net.link('*', '*', { delay: 20 });
  bob.close();
  alice.request('INVITE', BOB, STRANGER);
  desk.run(90);
  assert.deepEqual(desk.ladder(), [
    '0 10.0.0.2 > 10.0.0.1 INVITE',
    '20 10.0.0.1 > 10.0.0.3 INVITE',
    '60 10.0.0.1 > 10.0.0.4 INVITE',
  ]);
  cell.answer(cell.take('INVITE'), 486);
  desk.run(100);
  assert.deepEqual(alice.waiting, ['486 INVITE']);
});

test('rule 26: a phone whose TCP connection cannot be had again counts as gone at once (RFC 3261 §16.9)', async () => {
  const { desk, alice, bob } = await house({}, 'tcp');
  const cell = await another(desk, '10.0.0.4', 0.5);
  bob.close();
  desk.run(10);
  alice.request('INVITE', BOB, STRANGER);
  desk.run(500);
  cell.take('INVITE');
});

test('rule 26: a lone phone that cannot be reached is 500 for its caller, for 503 would speak of us (RFC 3261 §16.7 step 6)', async () => {
  const { desk, alice, bob } = await house();
  bob.close();
  alice.request('INVITE', BOB, STRANGER);
  desk.run(10);
  assert.deepEqual(alice.waiting, ['500 INVITE']);
  alice.request('MESSAGE', BOB, STRANGER);
  desk.run(10);
  assert.deepEqual(alice.waiting, ['500 INVITE', '500 MESSAGE']);
});

test('what is answered without state has the same To tag each time it is asked, and another one for another request (RFC 3261 §8.2.7)', async () => {
  const { alice } = await house();
  const tags = ['a', 'a', 'b'].map((branch) => {
    alice.request('INVITE', 'sip:bob@home.example', { branch: `z9hG4bK-${branch}`, callId: 'c', cseq: 1 });
    return alice.response(407).to.tag;
  });
  assert.equal(tags[0], tags[1]);
  assert.notEqual(tags[0], tags[2]);
});

test('what cannot be read is refused with a To tag, the same one each time, and with none besides its own (RFC 3261 §8.2.6.2, §8.2.7)', async () => {
  const { desk, alice } = await house();
  const carol = await desk.phone('carol', '10.0.0.4', 5060, 'tcp');
  const refused = (phone: Phone, text: string) => {
    phone.send(text);
    desk.run();
    return phone.response(400).get(Field.to)!;
  };
  const bad = (phone: Phone, wanted: Wanted = {}) =>
    phone.text('MESSAGE', BOB, wanted).replace('Max-Forwards: 70', 'Max-Forwards: x');
  const text = bad(alice);
  const first = refused(alice, text);
  assert.match(first, /^<sip:bob@home\.example>;tag=[0-9a-f]{12}$/);
  assert.equal(refused(alice, text), first);
  assert.notEqual(refused(alice, bad(alice)), first);
  assert.equal(refused(alice, bad(alice, { toTag: 'mine' })), '<sip:bob@home.example>;tag=mine');
  assert.match(refused(carol, bad(carol)), /;tag=[0-9a-f]{12}$/);
  // The last thing that is said on a stream which cannot be cut any more.
  assert.match(refused(carol, carol.text('MESSAGE', BOB).replace('Content-Length: 0\r\n', '')), /;tag=[0-9a-f]{12}$/);
});
