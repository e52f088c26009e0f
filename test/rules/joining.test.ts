import { expect, test } from 'vitest';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request } from '../../src/sip/message/message.ts';
import type { Phone } from '../support/phone.ts';
import { NONE, RingHouse, type RingWishes } from '../support/ring-house.ts';

// A phone that registers while its user is called joins the call (RFC 3261 §16.5).

async function house(wishes?: RingWishes) {
  const house = await RingHouse.open(wishes);
  const late = await house.desk.phone('bob', '10.0.0.9');
  return { house, desk: house.desk, ...house.phones, late };
}

const RINGS = 'SIP;cause=200;text="Call completed elsewhere"';

function stops(phone: Phone, invite: Request): string | undefined {
  const cancel = phone.take('CANCEL');
  phone.answer(cancel, 200, 'OK');
  phone.answer(invite, 487, 'Request Terminated');
  return cancel.get(Field.reason);
}

test('a softphone that is opened because the desk phone rings can take the call, and the desk phone falls silent', async () => {
  const { house: h, alice, bob, late, desk } = await house();
  const call = h.call('bob');
  const first = h.rings('bob');
  late.register();
  const invite = late.take('INVITE');
  expect(late.waiting).toEqual([]);
  expect([invite.callId, invite.get(Field.maxBreadth), first.get(Field.maxBreadth)]).toEqual([call.callId, '4', '30']);
  expect(invite.get(Field.via)).not.toBe(first.get(Field.via));
  late.answer(invite, 180, 'Ringing');
  late.answer(invite, 200, 'OK');
  expect(stops(bob, first)).toBe(RINGS);
  const ok = alice.response(200);
  alice.within(call, ok, 'ACK');
  expect(late.take('ACK').callId).toBe(call.callId);
  const [view] = [...desk.exchange.calls.list()];
  expect([view?.state, view?.callee]).toEqual(['answered', 'bob']);
  late.back(invite, 'bob-answers', 'BYE');
  alice.answer(alice.take('BYE'), 200, 'OK');
  expect(h.left).toEqual(NONE);
});

test('its INVITE comes after the 200 to its REGISTER', async () => {
  const { house: h, late, desk } = await house();
  h.call('bob');
  late.register();
  const rows = desk.ladder().filter((row) => row.includes('10.0.0.9'));
  expect(rows.map((row) => row.replace(/^\d+ /, '')).slice(-2)).toEqual([
    '10.0.0.1 > 10.0.0.9 200 REGISTER',
    '10.0.0.1 > 10.0.0.9 INVITE',
  ]);
});

test('it loses as the others do: whoever answers, or gives up, silences it too', async () => {
  const answered = await house();
  answered.house.call('bob');
  const first = answered.house.rings('bob');
  answered.late.register();
  const second = answered.late.take('INVITE');
  answered.late.answer(second, 180, 'Ringing');
  answered.bob.answer(first, 200, 'OK');
  expect(stops(answered.late, second)).toBe(RINGS);
  const given = await house();
  const call = given.house.call('bob');
  const rung = given.house.rings('bob');
  given.late.register();
  const other = given.late.take('INVITE');
  given.late.answer(other, 180, 'Ringing');
  given.alice.cancel(call);
  expect([stops(given.bob, rung), stops(given.late, other)]).toEqual([undefined, undefined]);
  given.alice.ack(call, given.alice.response(487));
  expect(given.house.left).toEqual(NONE);
});

test('between a CANCEL and its 487, and between a 2xx and its ACK, there is no call to join any more', async () => {
  const { house: h, alice, bob, late } = await house();
  const call = h.call('bob');
  const first = h.rings('bob');
  alice.cancel(call);
  late.register();
  expect(late.waiting).toEqual([]);
  stops(bob, first);
  alice.inbox.length = 0;
  late.register([`Contact: ${late.contact}`, 'Expires: 0']);
  const again = h.call('bob');
  bob.answer(bob.take('INVITE'), 200, 'OK');
  late.register();
  expect(late.waiting).toEqual([]);
  alice.within(again, alice.response(200), 'ACK');
});

test('whoever registers again, or has gone meanwhile, rings as before; two calls are joined both', async () => {
  const { house: h, carol, bob, late } = await house();
  h.call('bob');
  bob.register();
  bob.register();
  expect(bob.waiting).toEqual(['INVITE']);
  carol.call('INVITE', 'sip:bob@home.example');
  late.register();
  expect(late.waiting).toEqual(['INVITE', 'INVITE']);
  expect(new Set([late.take('INVITE').callId, late.take('INVITE').callId]).size).toBe(2);
  late.register();
  late.register(['Contact: *', 'Expires: 0']);
  expect([late.waiting, bob.waiting]).toEqual([[], ['INVITE', 'INVITE']]);
});

test('a call that would not reach it now it does not join: where nobody is to be disturbed any more, or one phone alone was meant', async () => {
  const quiet = await house();
  quiet.house.call('bob');
  expect(await quiet.desk.exchange.features.settings?.set('bob', 'dnd', 'yes')).toBe(undefined);
  quiet.late.register();
  expect(quiet.late.waiting).toEqual([]);
  const { alice, bob, late } = await house();
  alice.call('INVITE', 'sip:bob@10.0.0.3:5060', { headers: [`Contact: ${alice.contact}`, 'Replaces: x;to-tag=a;from-tag=b'] });
  late.register();
  expect([bob.waiting, late.waiting]).toEqual([['INVITE'], []]);
});

test('a group: it rings with its member, in time or when his turn comes, and never at who calls', async () => {
  const more =
    '[group all]\nextension = 600\nmembers = alice, bob, carol\n[group hunt]\nextension = 601\nmembers = carol, bob\nstrategy = order\ndelay = 10\n';
  const { house: h, alice, bob, carol, late, desk } = await house({ more });
  const study = await desk.phone('alice', '10.0.0.11');
  study.register();
  h.call('600');
  expect(study.waiting).toEqual(['INVITE']);
  const mine = await desk.phone('alice', '10.0.0.10');
  mine.register();
  late.register();
  expect([mine.waiting, late.waiting, carol.waiting]).toEqual([[], ['INVITE'], ['INVITE']]);
  for (const phone of [bob, carol, late, study]) phone.answer(phone.take('INVITE'), 486, 'Busy Here');
  expect(alice.response(486).status).toBe(486);
  late.register([`Contact: ${late.contact}`, 'Expires: 0']);
  for (const phone of [bob, carol, late]) phone.inbox.length = 0;
  h.call('601');
  h.rings('carol');
  late.register();
  expect([late.waiting, bob.waiting]).toEqual([[], []]);
  desk.run(10_000);
  expect([late.waiting, bob.waiting]).toEqual([['INVITE'], ['INVITE']]);
});

test('where the call has gone on to somebody else it does not ring; who is called there joins there', async () => {
  const { house: h, bob, carol, late, desk } = await house({ keys: { bob: 'forward_noanswer = carol\nno_answer = 20' } });
  h.call('bob');
  h.rings('bob');
  desk.run(20_000);
  bob.inbox.length = 0;
  h.rings('carol');
  late.register();
  expect(late.waiting).toEqual([]);
  const other = await desk.phone('carol', '10.0.0.10');
  other.register();
  const invite = other.take('INVITE');
  expect(invite.text).toContain('\r\nDiversion: <sip:bob@home.example>');
  expect(carol.waiting).toEqual([]);
});

test.each([
  { keys: { bob: 'forward_noanswer = carol\nno_answer = 20' } },
  { more: '[group all]\nextension = 600\nmembers = bob\ntimeout = 20\nthen = carol\n' },
])(
  'whoever is called after the others, when they do not answer, is called by the phone too that he opened meanwhile',
  async (wishes) => {
    const { house: h, carol, desk } = await house(wishes);
    const other = await desk.phone('carol', '10.0.0.10');
    h.call(wishes.more === undefined ? 'bob' : '600');
    h.rings('bob');
    other.register();
    desk.run(19_000);
    expect([carol.waiting, other.waiting]).toEqual([[], []]);
    desk.run(1_000);
    expect([carol.waiting, other.waiting]).toEqual([['INVITE'], ['INVITE']]);
  },
);

const EVERYBODY = '[group all]\nextension = 600\nmembers = bob, carol\n';
const HUNT = '[group hunt]\nextension = 601\nmembers = bob, carol, dave\nstrategy = order\ndelay = 10\n';

test('a member of a group who had no phone when it began to ring is one of those who ring', async () => {
  const { house: h, carol, late, desk } = await house({ more: EVERYBODY, away: ['bob'] });
  const second = await desk.phone('bob', '10.0.0.10');
  h.call('600');
  const first = h.rings('carol');
  late.register();
  second.register();
  expect([late.waiting, second.waiting]).toEqual([['INVITE'], ['INVITE']]);
  const other = second.take('INVITE');
  second.answer(other, 180, 'Ringing');
  late.answer(late.take('INVITE'), 200, 'OK');
  expect([stops(carol, first), stops(second, other)]).toEqual([RINGS, RINGS]);
});

test('where members take turns his is the last, and of two groups one awaits him', async () => {
  const both = '[group both]\nextension = 602\nmembers = all, hunt\n';
  const { house: h, dave, late, desk } = await house({ more: HUNT, away: ['bob'] });
  h.call('601');
  h.rings('carol');
  late.register();
  desk.run(19_000);
  expect([late.waiting, new Set(dave.waiting)]).toEqual([[], new Set(['INVITE'])]);
  desk.run(1_000);
  expect(late.waiting).toEqual(['INVITE']);
  const two = await house({ more: `${EVERYBODY}${HUNT}${both}`, away: ['bob'] });
  two.house.call('602');
  two.house.rings('carol');
  two.late.register();
  expect(two.late.waiting).toEqual(['INVITE']);
});

test('where members take turns nobody who joins rings before the last one has for as long as each does', async () => {
  const { house: h, late, desk } = await house({ more: HUNT, away: ['bob', 'dave'] });
  const dave = await desk.phone('dave', '10.0.0.10');
  h.call('601');
  h.rings('carol');
  desk.run(2_000);
  late.register();
  dave.register();
  desk.run(7_000);
  expect([late.waiting, dave.waiting]).toEqual([[], []]);
  desk.run(1_000);
  expect([new Set(late.waiting), dave.waiting]).toEqual([new Set(['INVITE']), []]);
  late.answer(late.take('INVITE'), 486, 'Busy Here');
  desk.run(10_000);
  expect(new Set(dave.waiting)).toEqual(new Set(['INVITE']));
});

test('whose turn has come while nobody had a phone rings at once', async () => {
  const { house: h, late, desk } = await house({ more: HUNT, away: ['bob', 'dave'] });
  h.call('601');
  h.rings('carol');
  desk.run(12_000);
  late.register();
  expect(late.waiting).toEqual(['INVITE']);
  const { house: other, late: soon, carol, desk: second } = await house({ more: HUNT, away: ['bob', 'dave'] });
  other.call('601');
  const first = other.rings('carol');
  second.run(2_000);
  soon.register();
  carol.answer(first, 486, 'Busy Here');
  expect(soon.waiting).toEqual(['INVITE']);
});

test('nor does a member join who is not to be disturbed; a group that is led on to awaits its members as well', async () => {
  const { house: h, late, desk } = await house({ more: EVERYBODY, away: ['bob'] });
  h.call('600');
  h.rings('carol');
  expect(await desk.exchange.features.settings?.set('bob', 'dnd', 'yes')).toBe(undefined);
  late.register();
  expect(late.waiting).toEqual([]);
  const one = '[group one]\nextension = 603\nmembers = dave\ntimeout = 20\nthen = all\n';
  const led = await house({ more: `${EVERYBODY}${one}`, away: ['bob'] });
  led.house.call('603');
  led.house.rings('dave');
  led.late.register();
  led.desk.run(19_000);
  expect([led.carol.waiting, led.late.waiting]).toEqual([[], []]);
  led.desk.run(1_000);
  expect([led.carol.waiting, led.late.waiting]).toEqual([['INVITE'], ['INVITE']]);
});

test('what was picked up rings at the phone of who did so alone', async () => {
  const more = '[codes]\npickup = *8\n[group all]\nextension = 600\nmembers = bob, carol\n';
  const { house: h, late, desk, carol } = await house({ more });
  h.call('600');
  carol.inbox.length = 0;
  carol.call('INVITE', 'sip:*8bob@home.example');
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  desk.run();
  expect(carol.waiting).toEqual(['480 INVITE', 'INVITE']);
  carol.inbox.length = 0;
  late.register();
  const other = await desk.phone('carol', '10.0.0.10');
  other.register();
  expect([late.waiting, other.waiting]).toEqual([[], []]);
});

test('a message to all phones is not for one that comes later', async () => {
  const { alice, late, desk } = await house();
  alice.call('MESSAGE', 'sip:bob@home.example');
  late.register();
  expect(late.waiting).toEqual([]);
  desk.run();
});

test('a phone that lost its network and comes back by another address rings again', async () => {
  const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-00000000000b>"';
  const { house: h, bob, late } = await house();
  bob.register([`Contact: ${bob.contact};${instance}`, 'Expires: 3600']);
  h.call('bob');
  late.register([`Contact: ${late.contact};${instance}`, 'Expires: 3600']);
  expect(late.waiting).toEqual(['INVITE']);
});

test.each([
  ['contact', ''],
  ['flow', ';+sip.instance="<urn:uuid:00000000-0000-1000-8000-00000000000c>";reg-id=1'],
])(
  'a phone whose turn is still to come, known by its %s, is called by the connection that it has registered by since (RFC 5626 §5.3)',
  async (_known, device) => {
    const wishes = { keys: { bob: 'forward_noanswer = carol\nno_answer = 20' }, away: ['carol'] as const };
    const { house: h, desk } = await house({ ...wishes, listen: '10.0.0.1:5060, tcp:10.0.0.1' });
    const carol = await desk.phone('carol', '10.0.0.44', 5060, 'tcp');
    const contact = [`Contact: ${carol.contact}${device}`, 'Expires: 3600'];
    carol.register(contact);
    h.call('bob');
    h.rings('bob');
    carol.close();
    desk.run(1_000);
    carol.connect();
    carol.register(contact);
    expect(carol.waiting).toEqual([]);
    desk.run(19_000);
    expect(carol.waiting).toEqual(['INVITE']);
  },
);

test('who called last is not for the phone to say that joins', async () => {
  const { house: h, carol, bob, late, desk } = await house();
  h.call('bob');
  const since = carol.call('INVITE', 'sip:bob@home.example');
  carol.cancel(since);
  bob.inbox.length = 0;
  late.register();
  expect(late.waiting).toEqual(['INVITE']);
  expect(desk.exchange.snapshot.lastCaller('bob')).toEqual({ user: 'carol' });
});
