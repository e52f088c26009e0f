import { assert, test } from 'vitest';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request } from '../../src/sip/message/message.ts';
import type { Desk } from '../support/desk.ts';
import type { Phone } from '../support/phone.ts';
import { RingHouse } from '../support/ring-house.ts';
import { house, NOTHING, nothingLeft, STRANGER } from './house.ts';

const BOB = 'sip:bob@home.example';
const CAROL = '<sip:carol@home.example>';

interface Moved {
  readonly desk: Desk;
  readonly alice: Phone;
  readonly bob: Phone;
  readonly carol: Phone;
  /** As bob's phone got it. */
  readonly got: Request;
  readonly invite: Request;
}

/** alice calls bob, whose phone has the call, and carol has a phone too. */
async function called(stranger = false): Promise<Moved> {
  const { desk, alice, bob } = await house();
  const carol = await desk.phone('carol', '10.0.0.4');
  carol.register();
  const invite = stranger ? alice.request('INVITE', BOB, STRANGER) : alice.call('INVITE', BOB);
  const got = bob.take('INVITE');
  desk.ladder();
  alice.inbox.length = 0;
  return { desk, alice, bob, carol, got, invite };
}

const moved = ({ bob, got }: Moved, status: number, ...contacts: string[]): void =>
  bob.answer(
    got,
    status,
    'Moved',
    contacts.map((contact) => `Contact: ${contact}`),
  );

test('rule 49, InviteRecursiveRedirect: a redirect within our domain is followed here (RFC 3261 §16.7 step 4)', async () => {
  const all = await called();
  const { desk, alice, bob, carol, invite } = all;
  moved(all, 302, CAROL);
  bob.take('ACK');
  const second = carol.take('INVITE');
  carol.answer(second, 200);
  const answer = alice.response(200);
  assert.deepEqual(desk.ladder(), [
    '0 10.0.0.3 > 10.0.0.1 302 INVITE',
    '0 10.0.0.1 > 10.0.0.3 ACK',
    '0 10.0.0.1 > 10.0.0.4 INVITE',
    '0 10.0.0.4 > 10.0.0.1 200 INVITE',
    '0 10.0.0.1 > 10.0.0.2 200 INVITE',
  ]);
  assert.equal(second.uriText, 'sip:carol@10.0.0.4:5060');
  assert.equal(second.maxForwards, all.got.maxForwards);
  assert.notEqual(second.via.branch, all.got.via.branch);
  alice.within(invite, answer, 'ACK');
  alice.within(invite, answer, 'BYE');
  carol.take('ACK');
  carol.answer(carol.take('BYE'), 200);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 49, InviteLoopingRedirect: a phone that redirects to itself, or two to each other, are not tried twice (RFC 3261 §16.7 step 4)', async () => {
  const self = await called();
  moved(self, 300, self.bob.contact);
  assert.deepEqual(self.alice.waiting, ['480 INVITE']);
  self.alice.ack(self.invite, self.alice.response(480));
  assert.deepEqual(nothingLeft(self.desk), NOTHING);

  const pair = await called();
  moved(pair, 302, CAROL);
  pair.carol.answer(pair.carol.take('INVITE'), 302, 'Moved', [`Contact: <${BOB}>`]);
  pair.bob.take('ACK');
  assert.deepEqual(pair.bob.waiting, []);
  assert.deepEqual(pair.alice.waiting, ['480 INVITE']);
});

test('rule 49: nor is a phone tried twice to which a redirect led, and which redirects to itself (RFC 3261 §16.7 step 4)', async () => {
  const all = await called();
  moved(all, 302, CAROL);
  all.carol.answer(all.carol.take('INVITE'), 302, 'Moved', [`Contact: ${CAROL}`]);
  assert.deepEqual(all.carol.waiting, ['ACK']);
  assert.deepEqual(all.alice.waiting, ['480 INVITE']);
});

test('rule 49: a redirect elsewhere goes to the caller as it came (RFC 3261 §16.7 step 4)', async () => {
  const all = await called();
  const { desk, alice, carol } = all;
  moved(all, 302, '<sip:x@away.example>;q=.5', carol.contact);
  const redirect = alice.response(302);
  assert.deepEqual(redirect.list(Field.contact), ['<sip:x@away.example>;q=.5', carol.contact]);
  assert.deepEqual(
    desk.ladder().filter((row) => /away|10.0.0.4/.test(row)),
    [],
  );
});

test('rule 49: what was followed is not offered to the caller again, the rest is, if nothing better came (RFC 3261 §16.7 steps 4 and 6)', async () => {
  const all = await called();
  moved(all, 302, `<sip:x@away.example>, ${CAROL}`);
  assert.deepEqual(all.alice.waiting, []);
  all.carol.answer(all.carol.take('INVITE'), 486);
  assert.deepEqual(all.alice.response(302).list(Field.contact), ['<sip:x@away.example>']);

  const taken = await called();
  moved(taken, 302, `<sip:x@away.example>, ${CAROL}`);
  taken.carol.answer(taken.carol.take('INVITE'), 200);
  assert.deepEqual(taken.alice.waiting, ['200 INVITE']);
});

test('rule 49: contacts are tried in the order of their q (RFC 3261 §16.7 step 4)', async () => {
  const all = await called();
  const { alice, carol } = all;
  moved(all, 302, `${CAROL};q=0.1`, '<sip:alice@home.example>;q=0.9');
  assert.deepEqual(carol.waiting, []);
  alice.answer(alice.take('INVITE'), 486);
  carol.take('INVITE');
});

test('rule 49: a redirect leads a stranger only where it could have dialed (house 5)', async () => {
  const all = await called(true);
  moved(all, 302, CAROL, '<sip:203@home.example>');
  assert.deepEqual(all.carol.waiting, []);
  assert.deepEqual(all.alice.response(302).list(Field.contact), [CAROL, '<sip:203@home.example>']);

  const open = await called(true);
  moved(open, 302, '<sip:alice@home.example>');
  open.alice.take('INVITE');
});

test("rule 49: a phone leads a telephone company's call on to another of the house, for nothing, and to nobody who takes no such call (features row 31)", async () => {
  for (const [contact, leads, from = '<sip:+4930999@itsp.example>'] of [
    ['<sip:bob@home.example>', true],
    ['<sip:202@10.0.0.1>', true],
    ['<sip:eve@home.example>', true],
    ['<sip:eve@home.example>', false, '"Anonymous" <sip:anonymous@anonymous.invalid>'],
    ['<sip:dave@home.example>', false],
    ['<sip:600@home.example>', true],
    ['<sip:0301234567@home.example>', false],
    ['<sip:*21*202@home.example>', false],
    ['<sip:x@elsewhere.example>', false],
  ] as const) {
    const { desk, phones, itsp, called } = await RingHouse.open({
      keys: { dave: 'dnd = yes', eve: 'anonymous = no' },
      more: '[group kitchen]\nextension = 600\nmembers = bob, +49301234567\n[codes]\nforward_all = *21*\n',
    });
    const headers = [`Contact: ${itsp.contact}`, 'Content-Type: application/sdp'];
    itsp.request('INVITE', called, { to: '<sip:+49305551@itsp.example>', from, headers, body: 'v=0\r\n' });
    phones.alice.answer(phones.alice.take('INVITE'), 302, 'Moved', [`Contact: ${contact}`]);
    desk.run();
    const rings = [phones.bob, phones.dave, phones.eve].flatMap(({ waiting }) => waiting);
    assert.deepEqual([rings, itsp.waiting], leads ? [['INVITE'], []] : [[], ['480 INVITE']], contact);
  }
});

test("rule 49: where a phone leads a telephone company's call, phones of the house ring as if no forward led out of it (features row 31, security S1, S21)", async () => {
  const away = '+49301234567';
  for (const [keys, rings] of [
    [`forward_noanswer = ${away}`, true],
    ['forward_noanswer = x@elsewhere.example', true],
    [`forward_all = ${away}`, true],
    [`dnd = yes\nforward_dnd = ${away}`, false],
  ] as const) {
    const { desk, phones, itsp, called } = await RingHouse.open({ keys: { bob: keys } });
    itsp.request('INVITE', called, { to: '<sip:+49305551@itsp.example>', from: '<sip:+4930999@itsp.example>' });
    phones.alice.answer(phones.alice.take('INVITE'), 302, 'Moved', ['Contact: <sip:202@home.example>']);
    desk.run();
    assert.deepEqual([phones.bob.waiting, itsp.waiting], rings ? [['INVITE'], []] : [[], ['480 INVITE']], keys);
    if (!rings) continue;
    phones.bob.answer(phones.bob.take('INVITE'), 180);
    desk.run(60_000);
    assert.deepEqual(phones.bob.waiting, []);
    assert.ok(!itsp.waiting.includes('INVITE'), keys);
  }
});

test("rule 49: nor does anybody lead a telephone company's call on there whom his class lets call nobody of the house (features row 31)", async () => {
  const { phones, itsp, called } = await RingHouse.open({
    keys: { bob: 'class = outer\nforward_all = carol' },
    more: '[class outer]\nmay = paid\n',
  });
  itsp.request('INVITE', called, { to: '<sip:+49305551@itsp.example>', from: '<sip:+4930999@itsp.example>' });
  phones.alice.answer(phones.alice.take('INVITE'), 302, 'Moved', ['Contact: <sip:202@home.example>']);
  assert.deepEqual([phones.bob.waiting, phones.carol.waiting], [['INVITE'], []]);
});

test('rule 49: a redirect to a group rings the other phones of a caller who is a member, and not the one that calls (RFC 3261 §16.5)', async () => {
  const more = '[group kitchen]\nextension = 600\nmembers = alice, carol\n';
  const { desk, phones } = await RingHouse.open({ more });
  const upstairs = await desk.phone('alice', '10.0.0.22');
  upstairs.register();
  phones.alice.call('INVITE', BOB);
  phones.bob.answer(phones.bob.take('INVITE'), 302, 'Moved', ['Contact: <sip:600@home.example>']);
  assert.deepEqual(
    [phones.alice, upstairs, phones.carol].map(({ waiting }) => waiting.includes('INVITE')),
    [false, true, true],
  );
});

test('rule 49: a caller that gives up cancels where the redirect led (RFC 3261 §16.10)', async () => {
  const all = await called();
  const { desk, alice, carol, invite } = all;
  moved(all, 302, CAROL);
  const second = carol.take('INVITE');
  carol.answer(second, 180);
  alice.response(180);
  alice.cancel(invite);
  carol.answer(carol.take('CANCEL'), 200);
  carol.answer(second, 487);
  assert.deepEqual(alice.waiting, ['200 CANCEL', '487 INVITE']);
  alice.ack(invite, alice.response(487));
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('rule 49: within a dialog, and of a MESSAGE: the one is passed on, the other followed (RFC 3261 §16.7 step 4, §12.2)', async () => {
  const all = await called();
  const { alice, bob, carol, got, invite } = all;
  bob.answer(got, 200);
  const answer = alice.response(200);
  alice.within(invite, answer, 'INFO');
  bob.answer(bob.take('INFO'), 302, 'Moved', [`Contact: ${CAROL}`]);
  assert.deepEqual(alice.response(302).list(Field.contact), [CAROL]);
  alice.call('MESSAGE', BOB);
  bob.answer(bob.take('MESSAGE'), 302, 'Moved', [`Contact: ${CAROL}`]);
  carol.answer(carol.take('MESSAGE'), 200);
  alice.response(200);
});
