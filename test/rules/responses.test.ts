import { assert, test } from 'vitest';
import { Field } from '../../src/sip/message/fields.ts';
import { type Desk, HOUSE } from '../support/desk.ts';
import type { Phone } from '../support/phone.ts';
import { RingHouse } from '../support/ring-house.ts';
import { another, house, NOTHING, nothingLeft, STRANGER } from './house.ts';

const BOB = 'sip:bob@home.example';

/** bob's two phones, both ringing for alice. */
async function fork(): Promise<{
  desk: Desk;
  alice: Phone;
  phones: Phone[];
  invites: ReturnType<Phone['take']>[];
  invite: ReturnType<Phone['take']>;
}> {
  const { desk, alice, bob } = await house();
  const phones = [bob, await another(desk, '10.0.0.4'), await another(desk, '10.0.0.5')];
  const invite = alice.request('INVITE', BOB, STRANGER);
  const invites = phones.map((phone) => phone.take('INVITE'));
  desk.ladder();
  return { desk, alice, phones, invites, invite };
}

/** What the caller finally gets where the three phones of a fork answer so, in this order. */
async function finalOf(...statuses: number[]): Promise<string> {
  const { alice, phones, invites } = await fork();
  for (const [n, status] of statuses.entries()) phones[n]!.answer(invites[n]!, status);
  return alice.waiting.join(', ');
}

test('rule 44: 100 stays here, every 101 to 199 passes with its To tag: two early dialogs of two phones (RFC 3261 §16.7 step 5)', async () => {
  const { alice, phones, invites } = await fork();
  phones[0]!.answer(invites[0]!, 100);
  phones[0]!.answer(invites[0]!, 180, 'Ringing', [], 'one');
  phones[1]!.answer(invites[1]!, 183, 'Progress', [], 'two');
  phones[1]!.answer(invites[1]!, 199, 'Odd', [], 'two');
  assert.deepEqual(alice.waiting, ['180 INVITE', '183 INVITE', '199 INVITE']);
  assert.deepEqual(
    [180, 183, 199].map((status) => alice.response(status).to.tag),
    ['one', 'two', 'two'],
  );
});

test('rule 45: the best of the answers of a fork: 6xx, then the lowest class, then what can be repaired (RFC 3261 §16.7 step 6)', async () => {
  assert.equal(await finalOf(404, 486, 480), '486 INVITE');
  assert.equal(await finalOf(500, 404, 503), '404 INVITE');
  assert.equal(await finalOf(408, 487, 404), '404 INVITE');
  assert.equal(await finalOf(486, 302, 404), '302 INVITE');
  assert.equal(await finalOf(404, 484, 486), '484 INVITE');
  assert.equal(await finalOf(503, 503, 503), '500 INVITE');
  assert.equal(await finalOf(503, 501, 503), '501 INVITE');
});

test('rule 45: the chosen answer goes on as it came, but for our Via (RFC 3261 §16.7 step 3)', async () => {
  const { alice, phones, invites } = await fork();
  phones[0]!.answer(invites[0]!, 404);
  phones[1]!.answer(invites[1]!, 486, 'Bin  besetzt', ['X-Odd:  kept ', 'Retry-After: 5'], 'two', 'why');
  phones[2]!.answer(invites[2]!, 480);
  const busy = alice.response(486);
  assert.equal(busy.reason, 'Bin  besetzt');
  assert.equal(busy.to.tag, 'two');
  assert.equal(busy.body, 'why');
  assert.match(busy.text, /\r\nX-Odd: {2}kept \r\nRetry-After: 5\r\n/);
  assert.equal(busy.list(Field.via).length, 1);
});

test('rule 45: an answer without a Via below ours reaches no caller: it counts as 502, a provisional one as nothing (RFC 3261 §16.7 step 3)', async () => {
  for (const status of [486, 200, 603]) {
    const { desk, alice, bob } = await house();
    const send = bob.send.bind(bob);
    const alone = (text: string) => send(text.replace(/(\r\nVia: [^\r]*)(\r\nVia: [^\r]*)+/, '$1'));
    const placed = alice.call('INVITE', BOB);
    const invite = bob.take('INVITE');
    bob.send = alone;
    bob.answer(invite, 180);
    assert.deepEqual(alice.waiting, []);
    bob.answer(invite, status);
    const failed = alice.response(502);
    assert.equal(failed.reason, 'Bad Gateway');
    assert.equal(failed.list(Field.via).length, 1);
    assert.match(desk.log.of('info').join('\n'), new RegExp(`udp:10.0.0.3:5060: the ${status} bears no Via but ours`));
    alice.ack(placed, failed);
    bob.answer(invite, status);
    assert.deepEqual(alice.waiting, []);
  }
});

test('rule 22: a further 2xx without a Via below ours goes nowhere either (RFC 3261 §16.7 step 3)', async () => {
  const { alice, bob } = await house();
  alice.call('INVITE', BOB);
  const invite = bob.take('INVITE');
  bob.answer(invite, 200);
  alice.response(200);
  const send = bob.send.bind(bob);
  bob.send = (text) => send(text.replace(/(\r\nVia: [^\r]*)(\r\nVia: [^\r]*)+/, '$1'));
  bob.answer(invite, 200);
  assert.deepEqual(alice.waiting, []);
});

test('rule 46: the challenges of all branches go into the one that is chosen (RFC 3261 §16.7 step 7)', async () => {
  const { alice, phones, invites } = await fork();
  phones[0]!.answer(invites[0]!, 407, 'Prove', [
    'Proxy-Authenticate: Digest realm="one", nonce="1"',
    'Proxy-Authenticate: Digest realm="two", nonce="2"',
  ]);
  phones[1]!.answer(invites[1]!, 486);
  phones[2]!.answer(invites[2]!, 401, 'Prove', ['WWW-Authenticate: Digest realm="three", nonce="3"']);
  const challenge = alice.response(401);
  const lines = challenge.text.split('\r\n').filter((line) => /authenticate/i.test(line));
  assert.deepEqual(lines, [
    'WWW-Authenticate: Digest realm="three", nonce="3"',
    'Proxy-Authenticate: Digest realm="one", nonce="1"',
    'Proxy-Authenticate: Digest realm="two", nonce="2"',
  ]);
});

test('rule 47: a 6xx cancels the others and waits for them (RFC 3261 §16.7 steps 5 and 10)', async () => {
  const { desk, alice, phones, invites, invite } = await fork();
  phones[0]!.answer(invites[0]!, 180);
  phones[1]!.answer(invites[1]!, 180);
  phones[2]!.answer(invites[2]!, 600);
  alice.inbox.length = 0;
  for (const n of [0, 1]) phones[n]!.answer(phones[n]!.take('CANCEL'), 200);
  assert.deepEqual(alice.waiting, []);
  phones[0]!.answer(invites[0]!, 487);
  assert.deepEqual(alice.waiting, []);
  phones[1]!.answer(invites[1]!, 487);
  assert.deepEqual(alice.waiting, ['600 INVITE']);
  alice.ack(invite, alice.response(600));
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 47: a 603 is a word for one phone only unless its user wants it for all; 600, 604 and 606 are for all (RFC 3261 §21.6)', async () => {
  const { desk, alice, phones, invites } = await fork();
  for (const n of [0, 1]) phones[n]!.answer(invites[n]!, 180);
  phones[2]!.answer(invites[2]!, 603);
  assert.deepEqual(phones[0]!.waiting, []);
  phones[0]!.answer(invites[0]!, 486);
  phones[1]!.answer(invites[1]!, 480);
  assert.equal(alice.waiting.at(-1), '603 INVITE');
  const everywhere = await house({ config: HOUSE.replace('[user bob]', '[user bob]\ndecline = everywhere') });
  const cell = await another(everywhere.desk, '10.0.0.4');
  everywhere.alice.request('INVITE', BOB, STRANGER);
  cell.answer(cell.take('INVITE'), 180);
  everywhere.bob.answer(everywhere.bob.take('INVITE'), 603);
  cell.take('CANCEL');
  desk.run();
});

test('rule 47: a 2xx that crosses the 6xx still wins (RFC 3261 §16.7 step 5)', async () => {
  const { desk, alice, phones, invites, invite } = await fork();
  phones[0]!.answer(invites[0]!, 180);
  phones[1]!.answer(invites[1]!, 486);
  phones[2]!.answer(invites[2]!, 600);
  phones[0]!.answer(phones[0]!.take('CANCEL'), 200);
  phones[0]!.answer(invites[0]!, 200);
  alice.response(180);
  assert.deepEqual(alice.waiting, ['200 INVITE']);
  alice.within(invite, alice.response(200), 'ACK');
  phones[0]!.take('ACK');
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 48: a 2xx goes on at once, the others are cancelled and told that the call was taken elsewhere (RFC 3261 §16.7 step 10, RFC 3326)', async () => {
  const { desk, alice, phones, invites } = await fork();
  phones[0]!.answer(invites[0]!, 180);
  phones[1]!.answer(invites[1]!, 200);
  assert.deepEqual(desk.ladder(), [
    '0 10.0.0.3 > 10.0.0.1 180 INVITE',
    '0 10.0.0.1 > 10.0.0.2 180 INVITE',
    '0 10.0.0.4 > 10.0.0.1 200 INVITE',
    '0 10.0.0.1 > 10.0.0.2 200 INVITE',
    '0 10.0.0.1 > 10.0.0.3 CANCEL',
  ]);
  const cancel = phones[0]!.take('CANCEL');
  assert.equal(cancel.get(Field.reason), 'SIP;cause=200;text="Call completed elsewhere"');
  phones[0]!.answer(cancel, 200);
  phones[0]!.answer(invites[0]!, 487);
  // The third phone has said nothing yet: its CANCEL waits for a word of it.
  phones[2]!.answer(invites[2]!, 100);
  phones[2]!.answer(phones[2]!.take('CANCEL'), 200);
  phones[2]!.answer(invites[2]!, 200, 'OK', [], 'late');
  alice.response(180);
  alice.response(200);
  assert.equal(alice.response(200).to.tag, 'late');
  assert.deepEqual(alice.waiting, []);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 50: CANCEL is 200 at once, goes to the phone after its first word, and the INVITE ends with 487 (RFC 3261 §9.1, §9.2, §16.10)', async () => {
  const { desk, alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  alice.cancel(invite, ['Reason: SIP;cause=487']);
  assert.deepEqual(alice.waiting, ['200 CANCEL']);
  desk.run(400);
  assert.deepEqual(bob.waiting, []);
  bob.answer(got, 180);
  const cancel = bob.take('CANCEL');
  assert.equal(cancel.via.text, got.via.text);
  assert.equal(cancel.get(Field.reason), 'SIP;cause=487');
  assert.equal(cancel.uriText, got.uriText);
  bob.answer(cancel, 200);
  bob.answer(got, 487);
  bob.take('ACK');
  alice.ack(invite, alice.response(487));
  assert.deepEqual(desk.ladder(), [
    '0 10.0.0.2 > 10.0.0.1 INVITE',
    '0 10.0.0.1 > 10.0.0.3 INVITE',
    '0 10.0.0.2 > 10.0.0.1 CANCEL',
    '0 10.0.0.1 > 10.0.0.2 200 CANCEL',
    '200 10.0.0.1 > 10.0.0.2 100 INVITE',
    '400 10.0.0.3 > 10.0.0.1 180 INVITE',
    '400 10.0.0.1 > 10.0.0.3 CANCEL',
    '400 10.0.0.3 > 10.0.0.1 200 CANCEL',
    '400 10.0.0.3 > 10.0.0.1 487 INVITE',
    '400 10.0.0.1 > 10.0.0.3 ACK',
    '400 10.0.0.1 > 10.0.0.2 487 INVITE',
    '400 10.0.0.2 > 10.0.0.1 ACK',
  ]);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 50: CANCEL goes where the INVITE went, though the phone answers from another port (RFC 3261 §9.1)', async () => {
  const { desk, alice, bob } = await house();
  const odd = await desk.phone('bob', '10.0.0.3', 7777);
  const invite = alice.request('INVITE', BOB, STRANGER);
  odd.answer(bob.take('INVITE'), 180);
  alice.response(180);
  alice.cancel(invite);
  assert.deepEqual([bob.waiting, odd.waiting], [['CANCEL'], []]);
});

test('rule 50: a phone that never says a word gets no CANCEL, and its caller 487 when timer B runs out (RFC 3261 §9.1)', async () => {
  const { desk, alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, STRANGER);
  alice.cancel(invite);
  desk.run(32_000);
  assert.deepEqual([...new Set(bob.waiting)], ['INVITE']);
  alice.response(200);
  alice.response(100);
  assert.deepEqual(alice.waiting, ['487 INVITE']);
});

test('rule 50: a CANCEL of a fork goes to each branch once (RFC 3261 §16.10)', async () => {
  const { desk, alice, phones, invites, invite } = await fork();
  for (const [n, phone] of phones.entries()) phone.answer(invites[n]!, 180);
  alice.cancel(invite);
  alice.cancel(invite);
  for (const [n, phone] of phones.entries()) {
    phone.answer(phone.take('CANCEL'), 200);
    assert.deepEqual(phone.waiting, []);
    phone.answer(invites[n]!, 487);
  }
  alice.ack(invite, alice.response(487));
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 50: nothing but an INVITE is cancelled: the other phone of a MESSAGE answers in its own time (RFC 3261 §9.1)', async () => {
  const { desk, alice, bob } = await house();
  const other = await another(desk, '10.0.0.4');
  alice.request('MESSAGE', BOB, { ...STRANGER, body: 'hi' });
  const late = other.take('MESSAGE');
  other.answer(late, 100);
  bob.answer(bob.take('MESSAGE'), 200);
  assert.deepEqual(other.waiting, []);
  other.answer(late, 200);
  assert.deepEqual(alice.waiting, ['200 MESSAGE']);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 50: where the connection of a ringing phone has closed, the caller who gives up gets its 487 at once (RFC 3261 §9.1)', async () => {
  const { desk, alice, bob } = await house({}, 'tcp');
  const invite = alice.request('INVITE', BOB, STRANGER);
  bob.answer(bob.take('INVITE'), 180);
  bob.close();
  desk.run(1_000);
  alice.cancel(invite);
  assert.deepEqual(alice.waiting, ['180 INVITE', '200 CANCEL', '487 INVITE']);
  alice.ack(invite, alice.response(487));
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 50: where a ringing phone can be reached no more, the caller who gives up gets its 487 at once (RFC 3261 §9.1, RFC 5626 §7)', async () => {
  const { desk, alice, bob } = await house({}, 'tcp');
  bob.register([`Contact: ${bob.contact};expires=0`]);
  bob.register(['Contact: <sip:bob@192.168.1.7:5060;transport=tcp>', 'Expires: 3600']);
  const invite = alice.request('INVITE', BOB, STRANGER);
  bob.answer(bob.take('INVITE'), 180);
  bob.close();
  desk.run();
  alice.cancel(invite);
  assert.deepEqual(alice.waiting, ['180 INVITE', '200 CANCEL', '487 INVITE']);
  alice.ack(invite, alice.response(487));
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 50: a phone that says it rings after its CANCEL gets no second one (RFC 3261 §9.1)', async () => {
  const { desk, alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  alice.cancel(invite);
  bob.answer(got, 100);
  bob.answer(bob.take('CANCEL'), 200);
  bob.answer(got, 180);
  assert.deepEqual(bob.waiting, []);
  bob.answer(got, 487);
  alice.ack(invite, alice.response(487));
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 50: a long INVITE that is given up is not sent by UDP when its connection breaks (RFC 3261 §9.1, §18.1.1)', async () => {
  const { desk, alice, bob } = await house();
  const stream = await desk.phone('bob', '10.0.0.3', 5060, 'tcp');
  await stream.listen();
  const invite = alice.request('INVITE', BOB, { ...STRANGER, body: 'x'.repeat(2_000) });
  stream.take('INVITE');
  alice.cancel(invite);
  stream.close();
  desk.run();
  assert.deepEqual(bob.waiting, []);
  alice.ack(invite, alice.response(487));
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 50: a long INVITE that is given up while its connection comes up is not tried by UDP (RFC 3261 §9.1, §18.1.1)', async () => {
  const { desk, alice, bob } = await house();
  desk.net.link('10.0.0.1', '10.0.0.3', { delay: 50 });
  const body = 'x'.repeat(2_000);
  const invite = alice.request('INVITE', BOB, { ...STRANGER, body });
  alice.cancel(invite);
  assert.deepEqual(alice.waiting, ['200 CANCEL', '487 INVITE']);
  alice.ack(invite, alice.response(487));
  desk.run(500);
  assert.deepEqual(bob.waiting, []);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 51: CANCEL and ACK are never challenged, also where every INVITE is (RFC 3261 §22.1)', async () => {
  const { alice, bob } = await house();
  const invite = alice.call('INVITE', BOB);
  const got = bob.take('INVITE');
  bob.answer(got, 180);
  alice.cancel(invite);
  bob.answer(bob.take('CANCEL'), 200);
  bob.answer(got, 487);
  alice.response(200);
  alice.response(180);
  alice.ack(invite, alice.response(487));
  const second = alice.call('INVITE', BOB);
  bob.answer(bob.inbox.filter((message) => message.kind === 'request' && message.method === 'INVITE').at(-1) as typeof got, 200);
  alice.within(second, alice.response(200), 'ACK');
  assert.deepEqual(alice.waiting, []);
  assert.equal(bob.waiting.filter((what) => what === 'ACK').length, 2);
});

test('rule 52: a CANCEL that crosses the 200 loses: the 200 goes to the caller (RFC 3261 §9.1)', async () => {
  const { desk, alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  bob.answer(got, 180);
  alice.cancel(invite);
  bob.answer(got, 200);
  bob.answer(bob.take('CANCEL'), 481);
  assert.deepEqual(alice.waiting, ['180 INVITE', '200 CANCEL', '200 INVITE']);
  alice.cancel(invite);
  assert.deepEqual(alice.waiting, ['180 INVITE', '200 CANCEL', '200 INVITE', '200 CANCEL']);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 53: a phone that never ends its INVITE after the CANCEL is given up after 64*T1, with 487 (RFC 3261 §9.1)', async () => {
  const { desk, alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  bob.answer(got, 180);
  desk.run(5_000);
  alice.cancel(invite);
  bob.answer(bob.take('CANCEL'), 200);
  desk.run(31_999);
  assert.deepEqual(alice.waiting, ['180 INVITE', '200 CANCEL']);
  desk.run(1);
  assert.deepEqual(alice.waiting, ['180 INVITE', '200 CANCEL', '487 INVITE']);
  bob.answer(got, 200);
  alice.ack(invite, alice.response(487));
  assert.deepEqual(alice.waiting, ['180 INVITE', '200 CANCEL']);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 53: nor does a phone that goes on ringing after the CANCEL keep its caller waiting for longer (RFC 3261 §9.1)', async () => {
  const { desk, alice, bob } = await house();
  const invite = alice.request('INVITE', BOB, STRANGER);
  const got = bob.take('INVITE');
  bob.answer(got, 180);
  alice.cancel(invite);
  bob.answer(bob.take('CANCEL'), 200);
  desk.run(10_000);
  bob.answer(got, 180);
  desk.run(22_000);
  alice.ack(invite, alice.response(487));
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 54: a CANCEL without a transaction is 481: none, another branch; that of anything but an INVITE is 200, and ends nothing (RFC 3261 §9.2)', async () => {
  const { alice, bob } = await house();
  alice.request('CANCEL', BOB, STRANGER);
  assert.deepEqual(alice.waiting, ['481 CANCEL']);
  const message = alice.request('MESSAGE', BOB, STRANGER);
  bob.take('MESSAGE');
  alice.cancel(message);
  const invite = alice.request('INVITE', BOB, STRANGER);
  bob.answer(bob.take('INVITE'), 180);
  alice.send(alice.text('CANCEL', BOB, { ...STRANGER, callId: invite.callId, cseq: invite.cseq.number }));
  alice.request('OPTIONS', 'sip:home.example', STRANGER);
  assert.deepEqual(alice.waiting, ['481 CANCEL', '200 CANCEL', '180 INVITE', '481 CANCEL', '200 OPTIONS']);
  assert.deepEqual(bob.waiting, []);
});

test('rule 54: a CANCEL of a MESSAGE takes no answer of it away (RFC 3261 §9.2)', async () => {
  const { alice, bob } = await house();
  const message = alice.request('MESSAGE', BOB, STRANGER);
  alice.cancel(message);
  bob.answer(bob.take('MESSAGE'), 486);
  assert.deepEqual(alice.waiting, ['200 CANCEL', '486 MESSAGE']);
});

test('rule 55: a provisional answer after the final one, and a second final one, are ignored (RFC 3261 §17.1.1.2)', async () => {
  const { alice, phones, invites } = await fork();
  phones[0]!.answer(invites[0]!, 486);
  phones[0]!.answer(invites[0]!, 180);
  phones[0]!.answer(invites[0]!, 200);
  phones[0]!.answer(invites[0]!, 603);
  assert.deepEqual(alice.waiting, []);
  phones[1]!.answer(invites[1]!, 200);
  phones[1]!.answer(invites[1]!, 180);
  phones[1]!.answer(invites[1]!, 486);
  assert.deepEqual(alice.waiting, ['200 INVITE']);
  phones[2]!.answer(invites[2]!, 183);
  assert.deepEqual(alice.waiting, ['200 INVITE']);
});

test('rule 56: reliable provisional answers: RSeq, Require and RAck survive, PRACK finds its early dialog, and we repeat nothing (RFC 3262 §3)', async () => {
  const { desk, alice, phones, invites, invite } = await fork();
  phones[1]!.answer(invites[1]!, 183, 'Progress', ['Require: 100rel', 'RSeq: 988789'], 'two');
  const progress = alice.response(183);
  assert.match(progress.text, /\r\nRequire: 100rel\r\nRSeq: 988789\r\n/);
  desk.run(3_000);
  assert.deepEqual(alice.waiting, []);
  alice.within(invite, progress, 'PRACK', { headers: [`RAck: 988789 ${invite.cseq.number} INVITE`] });
  const prack = phones[1]!.take('PRACK');
  assert.match(prack.text, new RegExp(`\\r\\nRAck: 988789 ${invite.cseq.number} INVITE\\r\\n`));
  phones[1]!.answer(prack, 200);
  alice.response(200);
  phones[1]!.back(invites[1]!, 'two', 'UPDATE');
  alice.answer(alice.take('UPDATE'), 200);
  phones[1]!.response(200);
  for (const n of [0, 2]) assert.deepEqual([...new Set(phones[n]!.waiting)], ['INVITE']);
  desk.run();
});

test('a 405 says what is allowed there: with PUBLISH all but that, to a number a call and what belongs to one (RFC 3261 §21.4.6)', async () => {
  const { phones } = await RingHouse.open();
  const allowed = (method: string, to: string) => {
    if (method === 'PUBLISH') phones.alice.request(method, `sip:${to}@home.example`);
    else phones.alice.call(method, `sip:${to}@home.example`);
    return phones.alice.response(405).list(Field.allow);
  };
  assert.includeMembers([...allowed('PUBLISH', 'bob')], ['INVITE', 'MESSAGE', 'SUBSCRIBE']);
  for (const [method, to] of [
    ['MESSAGE', '0301234567'],
    ['SUBSCRIBE', '0301234567'],
    ['OPTIONS', '112'],
  ] as const) {
    const allow = allowed(method, to);
    assert.includeMembers([...allow], ['INVITE', 'ACK', 'BYE'], to);
    assert.notInclude(allow, method);
  }
});

test('the 430 of a proxy before the only phone is 480 to the caller, who knows of no flow (RFC 5626 §11.5)', async () => {
  const { desk, alice, bob } = await house();
  alice.call('INVITE', BOB, { headers: [`Contact: ${alice.contact}`] });
  bob.answer(bob.take('INVITE'), 430, 'Flow Failed');
  const refused = alice.response(480);
  assert.equal(refused.reason, 'Temporarily Unavailable');
  alice.call('MESSAGE', BOB);
  bob.answer(bob.take('MESSAGE'), 430, 'Flow Failed');
  assert.include(alice.waiting, '480 MESSAGE');
  desk.run();
});
