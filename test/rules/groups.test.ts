import { assert, test } from 'vitest';
import { explain } from '../../src/control/dbus/explain.ts';
import { NONE, RingHouse } from '../support/ring-house.ts';

const ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';
const group = (lines: string) => ({ more: `[group kitchen]\nextension = 600\n${lines}\n` });

test('all ring at once, phones and a number outside; the first that answers wins, and the others log no missed call (RFC 3326 §2)', async () => {
  const house = await RingHouse.open(group('members = bob, 203, 0301234567'));
  const { desk, itsp, phones } = house;
  const invite = house.call('600');
  const [bob, carol] = [house.rings('bob'), house.rings('carol')];
  const out = itsp.take('INVITE');
  assert.equal(out.uriText, 'sip:+49301234567@itsp.example');
  itsp.answer(out, 180, 'Ringing', [], 'far');
  assert.deepEqual(phones.alice.waiting, ['180 INVITE', '180 INVITE', '180 INVITE']);
  desk.ladder();
  phones.carol.answer(carol, 200, 'OK');
  const ok = phones.alice.response(200);
  phones.alice.within(invite, ok, 'ACK');
  assert.equal(house.loses('bob', bob), ELSEWHERE);
  const cancel = itsp.take('CANCEL');
  assert.include(cancel.text, `Reason: ${ELSEWHERE}`);
  itsp.answer(cancel, 200, 'OK');
  itsp.answer(out, 487, 'Request Terminated', [], 'far');
  assert.deepEqual(
    desk.ladder().filter((row) => !row.includes('ACK')),
    [
      '0 10.0.0.4 > 10.0.0.1 200 INVITE',
      '0 10.0.0.1 > 10.0.0.2 200 INVITE',
      '0 10.0.0.1 > 10.0.0.3 CANCEL',
      '0 10.0.0.1 > 10.9.0.1 CANCEL',
      '0 10.0.0.3 > 10.0.0.1 200 CANCEL',
      '0 10.0.0.3 > 10.0.0.1 487 INVITE',
      '0 10.9.0.1 > 10.0.0.1 200 CANCEL',
      '0 10.9.0.1 > 10.0.0.1 487 INVITE',
    ],
  );
  phones.alice.within(invite, ok, 'BYE');
  phones.carol.answer(phones.carol.take('BYE'), 200, 'OK');
  assert.deepEqual(house.left, NONE);
});

test('a number outside answers first: the phones are told that the call is completed elsewhere, the house pays', async () => {
  const house = await RingHouse.open(group('members = bob, carol, 0301234567'));
  house.call('600');
  const [bob, carol] = [house.rings('bob'), house.rings('carol')];
  const out = house.itsp.take('INVITE');
  house.itsp.answer(out, 200, 'OK', [], 'far');
  house.phones.alice.response(200);
  assert.deepEqual([house.loses('bob', bob), house.loses('carol', carol)], [ELSEWHERE, ELSEWHERE]);
  assert.include(house.desk.exchange.calls.list()[0]!.trace, 'provider itsp takes +49301234567; [group kitchen] pays');
});

test('in order: each member rings a while before the next rings too, and where nobody rings the next is tried at once', async () => {
  const house = await RingHouse.open(group('members = bob, carol, 0301234567, dave\nstrategy = order\ndelay = 10'));
  const { desk, phones } = house;
  house.call('kitchen');
  const bob = house.rings('bob');
  desk.run(10_000);
  phones.carol.answer(phones.carol.take('INVITE'), 486, 'Busy Here');
  desk.run(10_000);
  assert.deepEqual(phones.dave.waiting, []);
  assert.deepEqual(
    desk.ladder().filter((row) => row.includes('> 10.0.0.4') || row.includes('10.9.0.1')),
    ['10000 10.0.0.1 > 10.0.0.4 INVITE', '10000 10.0.0.1 > 10.0.0.4 ACK', '20000 10.0.0.1 > 10.9.0.1 INVITE'],
  );
  house.itsp.answer(house.itsp.take('INVITE'), 486, 'Busy Here', [], 'far');
  assert.deepEqual(phones.dave.waiting, []);
  phones.bob.answer(bob, 486, 'Busy Here');
  assert.deepEqual(phones.dave.waiting, ['INVITE']);
});

test('who takes turns: each call begins with the next member, and a member with dnd or without a phone is left out', async () => {
  const house = await RingHouse.open({
    ...{ keys: { carol: 'dnd = yes' }, away: ['dave'] },
    more: '[group kitchen]\nextension = 600\nmembers = bob, carol, dave, eve\nstrategy = rotate\ndelay = 5\n',
  });
  const first = () => {
    const invite = house.call('600');
    const rung = (['bob', 'carol', 'dave', 'eve'] as const).filter((name) => house.phones[name].waiting.includes('INVITE'));
    house.phones.alice.cancel(invite);
    for (const name of rung) house.phones[name].inbox.length = 0;
    house.desk.run(40_000);
    for (const name of ['bob', 'eve'] as const) house.phones[name].inbox.length = 0;
    house.phones.alice.inbox.length = 0;
    return rung.join();
  };
  assert.deepEqual([first(), first(), first(), first(), first()], ['bob', 'eve', 'bob', 'eve', 'bob']);
});

test('a group rings no longer than its time, then the call goes on, and the caller hears that it is forwarded (RFC 3261 §21.1.3)', async () => {
  const house = await RingHouse.open(group('members = bob, carol\ntimeout = 15\nthen = dave'));
  const { desk, phones } = house;
  const invite = house.call('600');
  const [bob, carol] = [house.rings('bob'), house.rings('carol')];
  desk.ladder();
  desk.run(15_000);
  assert.deepEqual(desk.ladder().slice(0, 4), [
    '0 10.0.0.1 > 10.0.0.3 CANCEL',
    '0 10.0.0.1 > 10.0.0.4 CANCEL',
    '0 10.0.0.1 > 10.0.0.2 181 INVITE',
    '0 10.0.0.1 > 10.0.0.5 INVITE',
  ]);
  const dave = phones.dave.take('INVITE');
  assert.deepEqual(
    dave.text.split('\r\n').filter((line) => /^(?:History|Diversion)/.test(line)),
    [
      'Diversion: <sip:kitchen@home.example>;reason=no-answer;counter=1',
      'History-Info: <sip:600@home.example>;index=1, <sip:dave@home.example;cause=408>;index=1.1;mp=1',
    ],
  );
  assert.deepEqual([house.loses('bob', bob), house.loses('carol', carol)], [undefined, undefined]);
  phones.dave.answer(dave, 200, 'OK');
  phones.alice.within(invite, phones.alice.response(200), 'ACK');
});

test('a group that nobody answers, and that leads nowhere, is 480', async () => {
  const house = await RingHouse.open(group('members = bob\ntimeout = 15'));
  house.call('600');
  const bob = house.rings('bob');
  house.desk.run(15_000);
  house.loses('bob', bob);
  assert.deepEqual(house.phones.alice.waiting.slice(-1), ['480 INVITE']);
});

test('a group leads on where its members are busy, or decline, as where they do not answer', async () => {
  for (const status of [486, 603]) {
    const house = await RingHouse.open(group('members = bob, carol\nthen = dave'));
    house.call('600');
    for (const name of ['bob', 'carol'] as const) house.phones[name].answer(house.phones[name].take('INVITE'), status, 'No');
    assert.deepEqual(house.phones.dave.waiting, ['INVITE'], `${status}`);
  }
});

test('a group that leads on to nobody rings its members all the same', async () => {
  const house = await RingHouse.open(group('members = bob\nthen = sip:nobody@home.example'));
  house.call('600');
  house.phones.bob.answer(house.phones.bob.take('INVITE'), 486, 'Busy Here');
  assert.deepEqual(house.phones.alice.waiting.slice(-1), ['486 INVITE']);
});

test('a group of nobody who is there leads on at once', async () => {
  const house = await RingHouse.open({ ...group('members = bob, carol\nthen = 0301234567'), away: ['bob', 'carol'] });
  house.call('600');
  assert.equal(house.itsp.take('INVITE').uriText, 'sip:+49301234567@itsp.example');
});

test('what members do with calls does not swallow those of the group: their phones ring, whoever forwards them', async () => {
  const house = await RingHouse.open({
    keys: { bob: 'forward_all = eve', carol: 'forward_noanswer = eve\nno_answer = 2\nforward_busy = eve' },
    more: '[group kitchen]\nextension = 600\nmembers = bob, inner\n[group inner]\nmembers = carol, dave\ntimeout = 10\nthen = eve\n',
  });
  house.call('600');
  house.rings('bob');
  house.phones.carol.answer(house.phones.carol.take('INVITE'), 486, 'Busy Here');
  house.rings('dave');
  house.desk.run(20_000);
  assert.deepEqual(house.phones.eve.waiting, []);
  assert.equal(house.phones.dave.take('CANCEL').method, 'CANCEL');
});

test('a caller that gives up ends every member, and a MESSAGE to a group comes to all at once', async () => {
  const house = await RingHouse.open(group('members = bob, carol\nstrategy = order\ndelay = 5\nthen = dave'));
  const { desk, phones } = house;
  const invite = house.call('600');
  const bob = house.rings('bob');
  phones.alice.cancel(invite);
  house.loses('bob', bob);
  desk.run(60_000);
  assert.deepEqual([phones.carol.waiting, phones.dave.waiting], [[], []]);
  phones.alice.call('MESSAGE', 'sip:600@home.example');
  assert.deepEqual([phones.bob.waiting.slice(-1), phones.carol.waiting], [['MESSAGE'], ['MESSAGE']]);
});

test('a call of a provider rings a group, and its number outside is paid by the house', async () => {
  const house = await RingHouse.open({
    keys: { alice: 'forward_all = kitchen' },
    more: '[group kitchen]\nmembers = bob, 0301234567\n',
  });
  const { desk, itsp } = house;
  itsp.request('INVITE', house.called, { from: '<sip:+33123456789@itsp.example>' });
  desk.run();
  house.rings('bob');
  assert.equal(itsp.take('INVITE').uriText, 'sip:+49301234567@itsp.example');
});

test('who is a member twice, by name, by extension or through another group, rings once, and a number is called once (RFC 3261 §16.5)', async () => {
  const twice = '[group kitchen]\nextension = 600\nmembers = bob, 202, inner, 0301234567, sip:+49301234567@home.example\n';
  const house = await RingHouse.open({ more: `${twice}[group inner]\nmembers = carol, bob\n` });
  const { desk, phones, itsp } = house;
  const invite = house.call('600');
  assert.deepEqual([phones.bob.waiting, phones.carol.waiting, itsp.waiting], [['INVITE'], ['INVITE'], ['INVITE']]);
  phones.alice.cancel(invite);
  const { trace, targets } = await explain(
    { target: '600', method: 'INVITE', from: 'alice', source: '' },
    desk.exchange.snapshot,
  );
  assert.equal(targets.length, 3);
  assert.includeMembers(
    [...trace],
    ['[group kitchen]: bob rings already', '[group inner]: bob rings already', '[group kitchen]: +49301234567 is called already'],
  );
  phones.alice.call('MESSAGE', 'sip:600@home.example');
  assert.deepEqual([phones.bob.waiting.slice(1), phones.carol.waiting.slice(1)], [['MESSAGE'], ['MESSAGE']]);
});

test('a member who calls the own group is not rung in the own ear: the other phones of the caller ring (RFC 3261 §16.5)', async () => {
  const house = await RingHouse.open(group('members = alice, bob\n[group desk]\nextension = 601\nmembers = alice'));
  const { desk, phones } = house;
  house.call('601');
  assert.deepEqual(phones.alice.waiting, ['480 INVITE']);
  const upstairs = await desk.phone('alice', '10.0.0.22');
  upstairs.register();
  upstairs.inbox.length = 0;
  phones.alice.inbox.length = 0;
  house.call('600');
  phones.bob.take('INVITE');
  upstairs.take('INVITE');
  assert.deepEqual(phones.alice.waiting, []);
  phones.alice.call('MESSAGE', 'sip:600@home.example', { body: 'tea' });
  assert.deepEqual([phones.bob.take('MESSAGE').body, upstairs.take('MESSAGE').body], ['tea', 'tea']);
  assert.deepEqual(phones.alice.waiting, []);
  // Asked beforehand, it is the only phone, or one at that source; or which of them is not known.
  const foretold = async (from: string, source = '') => {
    const { trace, targets } = await explain({ target: '600', method: 'INVITE', from, source }, desk.exchange.snapshot);
    return [targets.length, trace.includes(`the phone of ${from} that calls is left out`)];
  };
  assert.deepEqual(await foretold('bob'), [2, true]);
  assert.deepEqual(await foretold('alice', '10.0.0.22'), [2, true]);
  assert.deepEqual(await foretold('alice'), [3, true]);
  assert.deepEqual(await foretold('carol'), [3, false]);
  // From anybody else she is called at all of them.
  upstairs.inbox.length = 0;
  phones.carol.call('INVITE', 'sip:600@home.example');
  phones.alice.take('INVITE');
  upstairs.take('INVITE');
});

test('a phone behind a proxy that put itself into the Path rings, for its flow tells not which of several calls (RFC 3327 §5.3)', async () => {
  const house = await RingHouse.open(group('members = alice, bob'));
  const { alice } = house.phones;
  alice.register([`Contact: ${alice.contact}`, 'Expires: 3600', 'Supported: path', 'Path: <sip:10.0.0.2:5060;lr>']);
  house.call('600');
  alice.take('INVITE');
});
