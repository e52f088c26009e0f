import { assert, test } from 'vitest';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request } from '../../src/sip/message/message.ts';
import { NONE, RingHouse } from '../support/ring-house.ts';

/** What a forwarded request tells of who led it on. */
const told = (request: Request): string[] =>
  request.text.split('\r\n').filter((line) => /^(?:History-Info|Diversion):/.test(line));

test('every call goes elsewhere: 181 to the caller, Diversion and History-Info to who is reached (RFC 3261 §21.1.3, RFC 5806, RFC 7044)', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_all = carol' } });
  const { desk, phones } = house;
  const invite = phones.alice.call('INVITE', 'sip:202@home.example');
  assert.deepEqual(desk.ladder().slice(3), [
    '0 10.0.0.2 > 10.0.0.1 INVITE',
    '0 10.0.0.1 > 10.0.0.2 181 INVITE',
    '0 10.0.0.1 > 10.0.0.4 INVITE',
  ]);
  const got = phones.carol.take('INVITE');
  assert.deepEqual(told(got), [
    'Diversion: <sip:bob@home.example>;reason=unconditional;counter=1',
    'History-Info: <sip:202@home.example>;index=1, <sip:carol@home.example;cause=302>;index=1.1;mp=1',
  ]);
  assert.equal(got.uriText, 'sip:carol@10.0.0.4:5060');
  const forwarding = phones.alice.response(181);
  assert.equal(forwarding.reason, 'Call Is Being Forwarded');
  phones.carol.answer(got, 200, 'OK');
  const ok = phones.alice.response(200);
  assert.notEqual(ok.to.tag, forwarding.to.tag);
  phones.alice.within(invite, ok, 'ACK');
  phones.alice.within(invite, ok, 'BYE');
  phones.carol.answer(phones.carol.take('BYE'), 200, 'OK');
  assert.deepEqual(house.left, NONE);
});

test('the 181 says where we are and repeats the Record-Route, for it opens a dialog; what comes of that is told that there is none (RFC 3261 §12.1.1)', async () => {
  const { desk, phones } = await RingHouse.open({ keys: { bob: 'forward_all = carol' } });
  const routes = ['Record-Route: <sip:10.0.0.2:5070;lr>, <sip:10.0.0.2:5071;lr>', 'record-route: <sip:10.0.0.2:5072;lr>'];
  const invite = phones.alice.call('INVITE', 'sip:202@home.example', {
    headers: [`Contact: ${phones.alice.contact}`, ...routes],
  });
  const forwarding = phones.alice.response(181);
  assert.deepEqual(forwarding.list(Field.contact), ['<sip:10.0.0.1:5060>']);
  assert.deepEqual(forwarding.list(Field.recordRoute), [
    ...['<sip:10.0.0.2:5070;lr>', '<sip:10.0.0.2:5071;lr>'],
    '<sip:10.0.0.2:5072;lr>',
  ]);
  phones.alice.request('UPDATE', 'sip:10.0.0.1:5060', {
    from: `<sip:alice@home.example>;tag=${invite.from.tag}`,
    to: `<sip:202@home.example>;tag=${forwarding.to.tag}`,
    callId: invite.callId,
  });
  desk.run();
  phones.alice.response(481);
});

test('who wants every provisional response reliably hears no 181 of ours, but 100 in time and what the phones say (RFC 3262 §3)', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_all = carol' } });
  const { desk, phones } = house;
  phones.alice.call('INVITE', 'sip:202@home.example', {
    headers: [`Contact: ${phones.alice.contact}`, 'Require: Timer, 100REL'],
  });
  const got = phones.carol.take('INVITE');
  desk.run(200);
  assert.deepEqual(phones.alice.waiting, ['100 INVITE']);
  phones.carol.answer(got, 180, 'Ringing', ['Require: 100rel', 'RSeq: 1']);
  assert.deepEqual(phones.alice.waiting, ['100 INVITE', '180 INVITE']);
});

test('busy, and declined on a phone: the call goes on', async () => {
  for (const status of [486, 600, 603]) {
    const house = await RingHouse.open({ keys: { bob: 'forward_busy = carol\nforward_noanswer = dave' } });
    house.call('bob');
    const { bob, carol } = house.phones;
    bob.answer(bob.take('INVITE'), status, 'No');
    if (status === 600) assert.deepEqual(house.phones.alice.waiting.slice(-1), ['600 INVITE']);
    else assert.include(told(carol.take('INVITE'))[0], 'reason=user-busy');
  }
});

test('nobody answers in time: the phone is cancelled, and the next rings without waiting for its 487', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_noanswer = carol\nno_answer = 20\nforward_busy = eve' } });
  const { desk, phones } = house;
  house.call('bob');
  const bob = house.rings('bob');
  desk.ladder();
  desk.run(20_000);
  assert.deepEqual(desk.ladder().slice(0, 3), [
    '0 10.0.0.1 > 10.0.0.3 CANCEL',
    '0 10.0.0.1 > 10.0.0.2 181 INVITE',
    '0 10.0.0.1 > 10.0.0.4 INVITE',
  ]);
  const carol = phones.carol.take('INVITE');
  assert.deepEqual(told(carol), [
    'Diversion: <sip:bob@home.example>;reason=no-answer;counter=1',
    'History-Info: <sip:bob@home.example>;index=1, <sip:carol@home.example;cause=408>;index=1.1;mp=1',
  ]);
  assert.equal(house.loses('bob', bob), undefined);
  phones.carol.answer(carol, 486, 'Busy Here');
  assert.deepEqual(phones.eve.waiting, []);
  assert.deepEqual(phones.alice.waiting.slice(-1), ['486 INVITE']);
});

test('a phone that answers while it is cancelled has the call after all (RFC 3261 §9.1)', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_noanswer = carol\nno_answer = 5' } });
  const { desk, phones } = house;
  house.call('bob');
  const bob = house.rings('bob');
  desk.run(5_000);
  const carol = house.rings('carol');
  phones.bob.answer(bob, 200, 'OK');
  phones.alice.response(200);
  assert.equal(house.loses('carol', carol), 'SIP;cause=200;text="Call completed elsewhere"');
});

test('without forward_noanswer a phone rings until the caller gives up', async () => {
  const house = await RingHouse.open({ keys: { bob: 'no_answer = 5\nforward_busy = carol' } });
  house.call('bob');
  house.rings('bob');
  house.desk.run(120_000);
  assert.deepEqual([house.phones.bob.waiting, house.phones.carol.waiting], [[], []]);
});

test('no phone is registered: the call goes on at once, through a trunk that the owner pays for', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_offline = 0301234567' }, away: ['bob'] });
  house.call('bob');
  assert.equal(house.itsp.take('INVITE').uriText, 'sip:+49301234567@itsp.example');
  const [call] = house.desk.exchange.calls.list();
  assert.include(call!.trace, 'provider itsp takes +49301234567; bob pays');
});

test('phones that are registered and gone: silence, a lost connection and a 480 lead to forward_unreachable, or else to forward_offline', async () => {
  const silent = await RingHouse.open({ keys: { bob: 'forward_unreachable = carol\nforward_offline = dave' } });
  silent.call('bob');
  silent.desk.run(7_999);
  assert.deepEqual(silent.phones.carol.waiting, []);
  silent.desk.run(1);
  assert.deepEqual(told(silent.phones.carol.take('INVITE')), [
    'Diversion: <sip:bob@home.example>;reason=unavailable;counter=1',
    'History-Info: <sip:bob@home.example>;index=1, <sip:carol@home.example;cause=503>;index=1.1;mp=1',
  ]);
  const answers = await RingHouse.open({ keys: { bob: 'forward_offline = dave\nforward_busy = eve' } });
  answers.call('bob');
  answers.phones.bob.answer(answers.phones.bob.take('INVITE'), 480, 'Not Here');
  answers.rings('dave');
  const timed = await RingHouse.open({ keys: { bob: 'forward_offline = dave\nforward_noanswer = eve\nno_answer = 3' } });
  timed.call('bob');
  timed.desk.run(3_000);
  timed.rings('dave');
  assert.deepEqual(timed.phones.eve.waiting, []);
});

test.each([
  ['is silent', 20, 20_000],
  ['is silent', 40, 32_000],
  ['no way leads to any more', 20, 0],
])(
  'where no other forward is set, a call that nobody answers is one to a dead phone, too, which %s: with no_answer = %d after %d ms',
  async (how, seconds, after) => {
    const house = await RingHouse.open({ keys: { bob: `forward_noanswer = carol\nno_answer = ${seconds}` } });
    const { alice, bob, carol } = house.phones;
    if (how !== 'is silent') house.desk.host.noRoute.add('10.0.0.3');
    house.call('bob');
    if (after > 0) {
      house.desk.run(after - 1);
      assert.deepEqual(carol.waiting, []);
      house.desk.run(1);
    }
    assert.include(told(carol.take('INVITE'))[0], 'reason=no-answer');
    assert.include(alice.waiting, '181 INVITE');
    assert.equal(bob.waiting.includes('CANCEL'), false);
  },
);

test('a phone that wakes up after its call was led on, and answers before it hears the CANCEL, has the call (RFC 3261 §9.1)', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_noanswer = carol\nno_answer = 20' } });
  const { alice, bob } = house.phones;
  house.call('bob');
  house.desk.run(20_000);
  house.rings('carol');
  const late = bob.take('INVITE');
  bob.answer(late, 180, 'Ringing');
  bob.answer(bob.take('CANCEL'), 200);
  bob.answer(late, 200);
  assert.equal(alice.waiting.at(-1), '200 INVITE');
});

test('a phone that is merely slow has its call, though the call was led on meanwhile (RFC 3261 §16.6, §16.7 step 10)', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_unreachable = carol\nforward_noanswer = dave\nno_answer = 20' } });
  const { alice, bob, dave } = house.phones;
  const invite = house.call('bob');
  house.desk.run(10_000);
  const carol = house.rings('carol');
  house.rings('bob');
  assert.deepEqual(alice.waiting, ['100 INVITE', '181 INVITE', '180 INVITE', '180 INVITE']);
  house.desk.run(15_000);
  assert.deepEqual(dave.waiting, []);
  bob.answer(bob.take('INVITE'), 200);
  alice.within(invite, alice.response(200), 'ACK');
  assert.equal(house.loses('carol', carol), 'SIP;cause=200;text="Call completed elsewhere"');
  bob.take('ACK');
  alice.within(invite, alice.response(180), 'BYE');
  assert.deepEqual(house.left, NONE);
});

test('a phone that gives up ringing by itself, with a 480, was not answered: forward_noanswer (RFC 3261 §21.4.18)', async () => {
  const keys = { bob: 'forward_offline = dave\nforward_noanswer = eve\nno_answer = 60', carol: 'forward_offline = dave' };
  const house = await RingHouse.open({ keys });
  house.call('bob');
  const bob = house.rings('bob');
  house.desk.run(30_000);
  house.phones.bob.answer(bob, 480, 'User not responding');
  assert.include(told(house.rings('eve'))[0], 'reason=no-answer');
  assert.deepEqual(house.phones.dave.waiting, []);
  // Nobody has said where such a call goes.
  house.call('carol');
  house.phones.carol.answer(house.rings('carol'), 480, 'User not responding');
  assert.deepEqual([house.phones.dave.waiting, house.phones.alice.waiting.slice(-1)], [[], ['480 INVITE']]);
});

test('do not disturb: no phone rings, the call goes where forward_dnd says, or is busy', async () => {
  const house = await RingHouse.open({ keys: { bob: 'dnd = yes\nforward_dnd = carol', eve: 'dnd = yes' } });
  house.call('bob');
  assert.deepEqual(house.phones.bob.waiting, []);
  assert.include(told(house.rings('carol'))[0], 'reason=do-not-disturb');
  house.call('eve');
  assert.deepEqual(house.phones.alice.waiting.slice(-1), ['486 INVITE']);
});

test('forwards follow one another, and tell of each other in order (RFC 5806 §6, RFC 7044 §10.3)', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_all = carol', carol: 'forward_busy = dave' } });
  house.call('bob');
  house.phones.carol.answer(house.phones.carol.take('INVITE'), 486, 'Busy Here');
  assert.deepEqual(told(house.phones.dave.take('INVITE')), [
    'Diversion: <sip:carol@home.example>;reason=user-busy;counter=1',
    'Diversion: <sip:bob@home.example>;reason=unconditional;counter=1',
    'History-Info: <sip:bob@home.example>;index=1, <sip:carol@home.example;cause=302>;index=1.1;mp=1, <sip:dave@home.example;cause=486>;index=1.1.1;mp=1.1',
  ]);
  assert.deepEqual(
    house.phones.alice.waiting.filter((one) => one === '181 INVITE'),
    ['181 INVITE', '181 INVITE'],
  );
});

test('what a call has behind it is told on, and goes on from there (RFC 7044 §10.1)', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_all = carol' } });
  house.call('bob', [
    'Diversion: <sip:x@away.example>;reason=deflection;counter=2',
    'History-Info: <sip:x@away.example>;index=1,\r\n <sip:bob@home.example;cause=302>;index=1.2;mp=1',
  ]);
  assert.deepEqual(told(house.phones.carol.take('INVITE')), [
    'Diversion: <sip:bob@home.example>;reason=unconditional;counter=1',
    'Diversion: <sip:x@away.example>;reason=deflection;counter=2',
    'History-Info: <sip:x@away.example>;index=1,',
    'History-Info: <sip:bob@home.example>;index=1.2.0, <sip:carol@home.example;cause=302>;index=1.2.0.1;mp=1.2.0',
  ]);
});

test('who has been led on five times is led on no more, and never by whom it comes back to: the phones ring (security S13)', async () => {
  const often = await RingHouse.open({ keys: { bob: 'forward_all = carol' } });
  often.call('bob', ['Diversion: <sip:x@away.example>;reason=unknown;counter=5']);
  often.rings('bob');
  assert.deepEqual(often.phones.carol.waiting, []);
  for (const line of [
    'Diversion: <sip:202@home.example>;reason=no-answer',
    'History-Info: <sip:bob@home.example>;index=1, <sip:x@away.example;cause=302>;index=1.1;mp=1',
  ]) {
    const again = await RingHouse.open({ keys: { bob: 'forward_all = carol' } });
    again.call('bob', [line]);
    again.rings('bob');
  }
  const circle = await RingHouse.open({
    keys: { bob: 'forward_busy = carol', carol: 'forward_busy = dave', dave: 'forward_busy = bob' },
  });
  circle.call('bob');
  for (const name of ['bob', 'carol', 'dave'] as const)
    circle.phones[name].answer(circle.phones[name].take('INVITE'), 486, 'Busy Here');
  assert.deepEqual(circle.phones.bob.waiting, ['ACK']);
  assert.deepEqual(circle.phones.alice.waiting.slice(-1), ['486 INVITE']);
});

test('whom calls are forwarded to reaches the one who forwards them', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_all = 201' } });
  house.call('bob');
  house.rings('bob');
  assert.deepEqual(house.phones.alice.waiting.slice(-1), ['180 INVITE']);
});

test('strangers are led on inside, but to what costs money only where the owner pays for them: else the phones ring (security S1)', async () => {
  const stranger = async (more: string) => {
    const house = await RingHouse.open({ keys: { bob: `forward_all = 0301234567${more}` } });
    const phone = await house.desk.phone('x', '203.0.113.66');
    phone.request('INVITE', 'sip:bob@home.example', { from: '<sip:x@away.example>' });
    return [house.itsp.waiting.join(), house.phones.bob.waiting.join()];
  };
  assert.deepEqual(await stranger(''), ['', 'INVITE']);
  assert.deepEqual(await stranger('\nforward_strangers = yes'), ['INVITE', '']);
});

test('the class of the owner counts, not that of the caller', async () => {
  const more = '[class kid]\nmay = internal\n';
  const poor = await RingHouse.open({ keys: { bob: 'forward_offline = 0301234567\nclass = kid' }, away: ['bob'], more });
  poor.call('bob');
  assert.deepEqual(poor.itsp.waiting, []);
  assert.deepEqual(poor.phones.alice.waiting.slice(-1), ['480 INVITE']);
  const rich = await RingHouse.open({ keys: { bob: 'forward_offline = 0301234567', alice: 'class = kid' }, away: ['bob'], more });
  rich.call('bob');
  assert.deepEqual(rich.itsp.waiting, ['INVITE']);
});

test('a voicemail elsewhere is an address like any other, and is told nothing that we assert of the caller', async () => {
  const house = await RingHouse.open({
    keys: { bob: 'forward_busy = mailbox@away.example' },
    more: '[peer away.example]\nvia = 198.51.100.7\n',
  });
  const away = await house.desk.phone('mailbox', '198.51.100.7');
  house.call('bob');
  house.phones.bob.answer(house.phones.bob.take('INVITE'), 486, 'Busy Here');
  house.desk.run(100);
  const got = away.take('INVITE');
  assert.equal(got.uriText, 'sip:mailbox@away.example');
  assert.deepEqual(told(got), [
    'Diversion: <sip:bob@home.example>;reason=user-busy;counter=1',
    'History-Info: <sip:bob@home.example>;index=1, <sip:mailbox@away.example;cause=486>;index=1.1;mp=1',
  ]);
});

test.each([[['Privacy: history;id']], [['Privacy: id', 'Privacy: history']]])(
  'a caller who wants no history told has none told: %j (RFC 7044 §10.1, RFC 3323 §4.2)',
  async (lines) => {
    const house = await RingHouse.open({ keys: { bob: 'forward_all = carol' } });
    house.call('bob', lines);
    assert.deepEqual(told(house.phones.carol.take('INVITE')), []);
  },
);

test('a caller that gives up while a forward rings ends it, and nobody else is tried', async () => {
  const house = await RingHouse.open({
    keys: { bob: 'forward_busy = carol\nforward_noanswer = dave', carol: 'forward_busy = eve' },
  });
  const invite = house.call('bob');
  house.phones.bob.answer(house.phones.bob.take('INVITE'), 486, 'Busy Here');
  const carol = house.rings('carol');
  house.phones.alice.cancel(invite);
  house.loses('carol', carol);
  assert.deepEqual(house.phones.alice.waiting.slice(-1), ['487 INVITE']);
  house.desk.run(60_000);
  assert.deepEqual([house.phones.dave.waiting, house.phones.eve.waiting], [[], []]);
});

test('only calls are forwarded: a MESSAGE goes to the phones', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_all = carol\ndnd = yes' } });
  house.phones.alice.call('MESSAGE', 'sip:bob@home.example');
  assert.deepEqual([house.phones.bob.waiting, house.phones.carol.waiting], [['MESSAGE'], []]);
});

test('a telephone company is told who led the call on, by the number that it knows, and what it says of others counts here (RFC 5806)', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_busy = 0301234567', alice: 'forward_all = bob' } });
  const { itsp, phones, desk } = house;
  const { carol } = phones;
  carol.call('INVITE', 'sip:bob@home.example', {
    headers: [`Contact: ${carol.contact}`, 'Diversion: <sip:x@away.example>;counter=2'],
  });
  phones.bob.answer(phones.bob.take('INVITE'), 486, 'Busy Here');
  assert.deepEqual(told(itsp.take('INVITE')), ['Diversion: <sip:1234567@itsp.example>;reason=user-busy;counter=1;privacy=off']);
  itsp.inbox.length = 0;
  const incoming = (counter: number) => {
    itsp.request('INVITE', 'sip:+49305551@10.0.0.1', {
      from: '<sip:+33123456789@itsp.example>',
      headers: [`Contact: ${itsp.contact}`, `Diversion: <sip:+4930999@itsp.example>;reason=unconditional;counter=${counter}`],
    });
    desk.run();
  };
  incoming(1);
  assert.deepEqual(told(phones.bob.take('INVITE')), [
    'Diversion: <sip:alice@home.example>;reason=unconditional;counter=1',
    'Diversion: <sip:+4930999@itsp.example>;reason=unconditional;counter=1',
    'History-Info: <sip:alice@home.example>;index=1, <sip:bob@home.example;cause=302>;index=1.1;mp=1',
  ]);
  for (const counter of [4, 5, 99_999]) {
    incoming(counter);
    assert.notInclude(phones.bob.waiting, 'INVITE');
    house.rings('alice');
  }
});

test('a phone may redirect to whose calls go on to the same place as its own, and nobody is tried twice (RFC 3261 §16.7 step 4)', async () => {
  const open = async () => {
    const house = await RingHouse.open({ keys: { bob: 'forward_busy = eve', carol: 'forward_busy = eve' } });
    house.call('bob');
    house.phones.bob.answer(house.phones.bob.take('INVITE'), 302, 'Moved', ['Contact: <sip:carol@home.example>']);
    return { house, ...house.phones, moved: house.phones.carol.take('INVITE') };
  };
  const busy = await open();
  busy.carol.answer(busy.moved, 486);
  busy.eve.answer(busy.eve.take('INVITE'), 486);
  assert.deepEqual([busy.eve.waiting, busy.alice.waiting.slice(-1)], [['ACK'], ['486 INVITE']]);
  const round = await open();
  round.carol.answer(round.moved, 302, 'Moved', ['Contact: <sip:bob@home.example>']);
  assert.deepEqual([round.bob.waiting, round.alice.waiting.slice(-1)], [['ACK'], ['480 INVITE']]);
});

test.each([
  ['busy', 'forward_busy'],
  ['not answered', 'forward_noanswer'],
])(
  'a phone may redirect to where its user forwards calls when it is %s: who is there rings, and once (RFC 3261 §16.7 step 4)',
  async (_when, key) => {
    const house = await RingHouse.open({ keys: { bob: `${key} = eve` } });
    const { alice, bob, eve } = house.phones;
    house.call('bob');
    bob.answer(bob.take('INVITE'), 302, 'Moved', ['Contact: <sip:eve@home.example>']);
    eve.answer(eve.take('INVITE'), 486);
    assert.deepEqual([eve.waiting, alice.waiting.slice(-1)], [['ACK'], ['486 INVITE']]);
  },
);

test('who rings because a phone redirects there rings on when the time of that phone is over, and the call goes there anyway', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_noanswer = eve\nno_answer = 20' } });
  const { alice, bob, eve } = house.phones;
  house.call('bob');
  house.desk.run(15_000);
  bob.answer(bob.take('INVITE'), 302, 'Moved', ['Contact: <sip:eve@home.example>']);
  const rings = eve.take('INVITE');
  eve.answer(rings, 180);
  house.desk.run(10_000);
  assert.deepEqual(eve.waiting, []);
  eve.answer(rings, 200);
  assert.equal(alice.waiting.at(-1), '200 INVITE');
});

test('who registered again while it rang is no other phone: it rings on, and is not called twice (RFC 3261 §16.7 step 4)', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_noanswer = eve\nno_answer = 20' } });
  const { alice, bob, eve } = house.phones;
  house.call('bob');
  house.desk.run(15_000);
  eve.register();
  bob.answer(bob.take('INVITE'), 302, 'Moved', ['Contact: <sip:eve@home.example>']);
  const rings = eve.take('INVITE');
  eve.answer(rings, 180);
  eve.register();
  house.desk.run(10_000);
  assert.deepEqual(eve.waiting, []);
  eve.answer(rings, 200);
  assert.equal(alice.waiting.at(-1), '200 INVITE');
});

test('where a call was led on to is no place to redirect it to either: a phone that names itself there is not offered to the caller (RFC 3261 §16.7 step 4)', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_busy = eve' } });
  const { alice, bob, eve } = house.phones;
  house.call('bob');
  bob.answer(bob.take('INVITE'), 486);
  eve.answer(eve.take('INVITE'), 302, 'Moved', [`Contact: ${eve.contact}`]);
  assert.deepEqual([eve.waiting, alice.waiting.slice(-1)], [['ACK'], ['486 INVITE']]);
});

/** alice calls a user of the house, whose phone `by` answers; what an INVITE of whom she hands that call over to says of it. */
function consulted({ phones }: RingHouse, called: string, by: 'bob' | 'carol'): string {
  const invite = phones.alice.call('INVITE', `sip:${called}@home.example`);
  if (by === 'carol') phones.bob.answer(phones.bob.take('INVITE'), 486, 'Busy Here');
  phones[by].answer(phones[by].take('INVITE'), 200, 'OK', [], 'b');
  phones.alice.within(invite, phones.alice.response(200), 'ACK');
  phones[by].inbox.length = 0;
  return `Replaces: ${invite.callId};to-tag=b;from-tag=${invite.from.tag}`;
}

test('a call that a user has is handed over to the phone that has it, whatever he wishes of new calls (RFC 3891 §3, RFC 5589 §7)', async () => {
  for (const wish of ['dnd = yes', 'forward_all = carol']) {
    const house = await RingHouse.open({ keys: { bob: wish } });
    const { desk, phones } = house;
    const upstairs = await desk.phone('bob', '10.0.0.33');
    upstairs.register();
    // Who is not to be called calls himself: he is in the call as its caller.
    const invite = phones.bob.call('INVITE', 'sip:alice@home.example');
    const rung = phones.alice.take('INVITE');
    phones.alice.answer(rung, 180, 'Ringing', [], 'a');
    const replaces = `Replaces: ${invite.callId};to-tag=${invite.from.tag};from-tag=a`;
    const picksUp = [`Contact: ${phones.dave.contact}`, `${replaces};early-only`];
    phones.dave.call('INVITE', 'sip:202@home.example', { headers: picksUp });
    phones.bob.answer(phones.bob.take('INVITE'), 481, 'Call Does Not Exist');
    phones.alice.answer(rung, 200, 'OK', [], 'a');
    phones.bob.within(invite, phones.bob.response(200), 'ACK');
    for (const said of ['sip:bob@10.0.0.3:5060', 'sip:bob@home.example', 'sip:202@home.example']) {
      upstairs.inbox.length = 0;
      phones.dave.call('INVITE', said, { headers: [`Contact: ${phones.dave.contact}`, replaces] });
      phones.bob.answer(phones.bob.take('INVITE'), 481, 'Call Does Not Exist');
      assert.deepEqual([upstairs.waiting, phones.carol.waiting], [[], []]);
    }
    // Whoever names a call that is none has no way round what he wishes.
    const stranger = `Replaces: ${invite.callId};to-tag=${invite.from.tag};from-tag=other`;
    phones.dave.call('INVITE', 'sip:202@home.example', { headers: [`Contact: ${phones.dave.contact}`, stranger] });
    assert.deepEqual([phones.bob.waiting, upstairs.waiting], [['180 INVITE', 'ACK', 'ACK', 'ACK', 'ACK'], []]);
  }
});

test('a call that a forward led to another user is handed over to that one, by the name that was dialed too (RFC 3891 §3)', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_busy = carol' } });
  const { phones, itsp } = house;
  const headers = [`Contact: ${phones.dave.contact}`, consulted(house, '202', 'carol')];
  phones.bob.inbox.length = 0;
  phones.dave.call('INVITE', 'sip:202@home.example', { headers });
  assert.equal(phones.carol.take('INVITE').uriText, 'sip:carol@10.0.0.4:5060');
  assert.deepEqual(phones.bob.waiting, []);
  // A call for help goes where help is, whatever it says besides.
  phones.dave.call('INVITE', 'sip:112@home.example', { headers });
  assert.deepEqual([phones.carol.waiting, itsp.take('INVITE').uri.user], [[], '112']);
});

test('a number that has an address of its own is called there, and nobody pays, also where a user leads the call of a telephone company (RFC 6116)', async () => {
  const lines = ['_sip._udp.itsp.example 30 SRV 10 1 5060 a.itsp.example', 'a.itsp.example 30 A 10.9.0.1'];
  const number = '7.6.5.4.3.2.1.0.3.9.4.e164.test 60 NAPTR 10 10 u E2U+sip !^.*$!sip:info@d.test! .';
  const zone = [...lines, number, 'd.test 60 A 203.0.113.5'].join('\n');
  const closed = '[class indoors]\nmay = internal, paid\n';
  for (const [keys, more, there] of [
    ['', '', true],
    ['\nclass = indoors', closed, false],
  ] as const) {
    const forward = `forward_all = +49301234567${keys}`;
    const house = await RingHouse.open({ keys: { alice: forward, bob: forward }, daemon: 'enum = e164.test', more });
    const { desk, phones, itsp, called } = house;
    desk.resolver.zone = zone;
    const d = await desk.phone('d', '203.0.113.5');
    phones.carol.call('INVITE', 'sip:202@home.example');
    itsp.request('INVITE', called, { to: '<sip:+49305551@itsp.example>', from: '<sip:+4930999@itsp.example>' });
    desk.run(300);
    const rings = (phone: typeof d) => phone.waiting.filter((one) => one === 'INVITE').length;
    assert.deepEqual([rings(d), rings(itsp)], there ? [2, 0] : [0, 2]);
  }
});

test('where the address of a number is that of a user, calls of the house and of a telephone company are led on there as he says, and he pays', async () => {
  const number = '7.6.5.4.3.2.1.0.3.9.4.e164.test 60 NAPTR 10 10 u E2U+sip !^.*$!sip:bob@home.example! .';
  const zone = ['_sip._udp.itsp.example 30 SRV 10 1 5060 a.itsp.example', 'a.itsp.example 30 A 10.9.0.1', number].join('\n');
  const { desk, phones, itsp, called } = await RingHouse.open({
    keys: { alice: 'forward_all = +49301234567', bob: 'forward_all = +49307654321' },
    daemon: 'enum = e164.test',
  });
  desk.resolver.zone = zone;
  phones.carol.call('INVITE', 'sip:201@home.example');
  itsp.request('INVITE', called, { to: '<sip:+49305551@itsp.example>', from: '<sip:+4930999@itsp.example>' });
  desk.run(300);
  const out = [itsp.take('INVITE'), itsp.take('INVITE')].map(({ uri }) => uri.user);
  assert.deepEqual([out, phones.bob.waiting], [['+49307654321', '+49307654321'], []]);
  assert.equal(desk.exchange.snapshot.usage.user('bob').calls, 2);
});

test('who is not to be disturbed and has a call outside made for him gets it (RFC 5589 §7)', async () => {
  const { desk, phones, itsp } = await RingHouse.open({ keys: { bob: 'dnd = yes' } });
  const { alice, bob } = phones;
  const asks = bob.call('INVITE', 'sip:alice@home.example');
  alice.answer(alice.take('INVITE'), 200, 'OK', [], 'a');
  bob.within(asks, bob.response(200), 'ACK');
  alice.take('ACK');
  const sdp = { headers: [`Contact: ${alice.contact}`, 'Content-Type: application/sdp'], body: 'v=0\r\n' };
  const invite = alice.call('INVITE', 'sip:030123456@home.example', sdp);
  itsp.answer(itsp.take('INVITE'), 200, 'OK', ['Content-Type: application/sdp'], 'far', 'v=0\r\n');
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  const replaces = `${asks.callId};to-tag=${asks.from.tag};from-tag=a`;
  alice.within(invite, ok, 'REFER', {
    headers: [`Contact: ${alice.contact}`, `Refer-To: <sip:bob@10.0.0.3:5060?Replaces=${encodeURIComponent(replaces)}>`],
  });
  desk.run();
  assert.equal(bob.take('INVITE').other('replaces'), replaces);
});
