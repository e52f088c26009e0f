import { assert, test } from 'vitest';
import { explain } from '../../src/control/dbus/explain.ts';
import { NONE, RingHouse } from '../support/ring-house.ts';

const CODES = `[codes]
forward_all = *21*
forward_busy = *67*
forward_noanswer = *61*
forward_offline = *62*
dnd = *26
pickup = *8
last_caller = *69
state_night = *50
[state night]
users = alice
forward_all = eve
`;
const codes = { more: CODES };

test('a code sets a forward, and the phone that dialed it is told so in words; with nothing behind it, or as #21#, it takes it back', async () => {
  const house = await RingHouse.open(codes);
  const set = '480 All calls are forwarded to 203 | All calls are forwarded to 203.';
  const gone = '480 All calls are not forwarded any more | All calls are not forwarded any more.';
  assert.equal(await house.dials('bob', '*21*203'), set);
  house.call('bob');
  house.rings('carol');
  assert.equal(await house.dials('bob', '*21*'), gone);
  house.call('bob');
  house.rings('bob');
  assert.equal(await house.dials('bob', '*21*203#'), set);
  assert.equal(await house.dials('bob', '#21#'), gone);
  assert.equal(await house.dials('bob', '*21*carol'), set.replaceAll('203', 'carol'));
  assert.equal(await house.dials('bob', '##21#'), gone);
  assert.equal(
    await house.dials('bob', '*67*0301234567'),
    '480 Calls that find you busy are forwarded to 0301234567 | Calls that find you busy are forwarded to 0301234567.',
  );
});

test('a MESSAGE comes to the phone that dialed alone, by the way that it came (RFC 3428 §4)', async () => {
  const house = await RingHouse.open(codes);
  const other = await house.desk.phone('bob', '10.0.0.9');
  other.register();
  const { bob } = house.phones;
  house.desk.ladder();
  bob.call('INVITE', 'sip:*26@home.example');
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  house.desk.run();
  assert.deepEqual(house.desk.ladder().slice(3), [
    '0 10.0.0.3 > 10.0.0.1 INVITE',
    '0 10.0.0.1 > 10.0.0.3 480 INVITE',
    '0 10.0.0.1 > 10.0.0.3 MESSAGE',
  ]);
  const message = bob.take('MESSAGE');
  assert.equal(message.uriText, 'sip:bob@10.0.0.3:5060');
  assert.equal(message.from.uriText, 'sip:sipwitch@home.example');
  assert.deepEqual(other.waiting, []);
});

test('do not disturb is on, and off again', async () => {
  const house = await RingHouse.open(codes);
  assert.equal(await house.dials('bob', '*26'), '480 Do not disturb is on | Do not disturb is on.');
  house.call('bob');
  assert.deepEqual(house.phones.alice.waiting.slice(-1), ['486 INVITE']);
  assert.equal(await house.dials('bob', '*26'), '480 Do not disturb is off | Do not disturb is off.');
  await house.dials('bob', '*26');
  for (const _ of ['on until now', 'off already']) {
    assert.equal(await house.dials('bob', '#26#'), '480 Do not disturb is off | Do not disturb is off.');
    house.call('bob');
    house.rings('bob');
  }
});

test('route explain says of a code what the phone that dials it is told (part 9)', async () => {
  const house = await RingHouse.open(codes);
  const { exchange } = house.desk;
  for (const dialed of ['*21*299', '*21*112', '*21**26', '*8299']) {
    const query = { target: dialed, method: 'INVITE', from: 'bob', source: '' };
    const { summary, status } = await explain(query, exchange.snapshot);
    const told = await house.dials('bob', dialed);
    assert.equal(`${told.slice(0, told.indexOf(' | '))}`, summary.replace('reject: ', ''), dialed);
    assert.equal(status, 403);
  }
  const done = await explain({ target: '*21*203', method: 'INVITE', from: 'bob', source: '' }, exchange.snapshot);
  assert.deepEqual([done.summary, done.status], ['answered by sipwitch itself: forward_all = 203', 480]);
});

test('what nobody could call, and what would never end, is refused in words, and changes nothing', async () => {
  const house = await RingHouse.open({
    keys: { bob: 'class = kid' },
    more: `${CODES}[class kid]\nmay = internal\n`,
  });
  assert.match(await house.dials('bob', '*21*202'), /^403 Forbidden \(.*leads back to \[?(user )?bob/);
  assert.match(await house.dials('bob', '*21*299'), /^403 Forbidden \(.*there is no user/);
  assert.match(await house.dials('bob', '*21*0301234567'), /^403 Forbidden \(.*does not allow/);
  assert.match(await house.dials('bob', '*21*112'), /^403 Forbidden \(112 is an emergency number\)/);
  assert.match(await house.dials('bob', '*21**26'), /^403 Forbidden \(\*26 is nobody to call\)/);
  house.call('bob');
  house.rings('bob');
});

test('only a user dials a code, himself: no stranger, no provider, no forward, no speed dial, no 302 does', async () => {
  const house = await RingHouse.open({
    keys: { bob: 'forward_all = *26', dave: 'forward_offline = 55' },
    away: ['dave'],
    more: `${CODES}[speed 55]\nto = *26\n`,
  });
  const { desk, phones, itsp } = house;
  const off = () => (['alice', 'bob', 'carol', 'dave'] as const).every((name) => !desk.exchange.accounts.byName(name)!.dnd);
  const stranger = await desk.phone('x', '203.0.113.66');
  stranger.request('INVITE', 'sip:*26@home.example', { from: '<sip:x@away.example>' });
  assert.deepEqual(stranger.waiting, ['404 INVITE']);
  itsp.request('INVITE', 'sip:*26@10.0.0.1', { from: '<sip:+33123456789@itsp.example>' });
  house.call('dave');
  house.call('bob');
  house.rings('bob');
  house.call('55');
  house.call('carol');
  phones.carol.answer(phones.carol.take('INVITE'), 302, 'Moved', ['Contact: <sip:*26@home.example>']);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  desk.run(1_000);
  assert.equal(off(), true);
});

test('a call that rings elsewhere is picked up by who is in a group with whom it rings at: that one missed no call (RFC 3326 §2)', async () => {
  const house = await RingHouse.open({ more: `${CODES}[group kitchen]\nmembers = bob, carol\n` });
  const { desk, phones } = house;
  const invite = house.call('bob');
  const bob = house.rings('bob');
  assert.equal(
    await house.dials('dave', '*8'),
    '480 Nothing rings that could be picked up | Nothing rings that could be picked up.',
  );
  phones.alice.inbox.length = 0;
  const picking = phones.carol.call('INVITE', 'sip:*8@home.example');
  assert.equal(phones.carol.response(480).reason, 'Picked up: your phone rings');
  phones.carol.send(`ACK ${picking.uriText} SIP/2.0\r\n`); // whatever: what counts is the call
  assert.equal(house.loses('bob', bob), 'SIP;cause=200;text="Call completed elsewhere"');
  const got = phones.carol.take('INVITE');
  assert.equal(got.callId, invite.callId);
  assert.match(got.text, /\r\nAlert-Info: <http:\/\/127\.0\.0\.1>;info=alert-autoanswer;delay=0\r\n/);
  assert.match(got.text, /\r\nCall-Info: <sip:127\.0\.0\.1>;answer-after=0\r\n/);
  phones.carol.answer(got, 200, 'OK');
  const ok = phones.alice.response(200);
  phones.alice.within(invite, ok, 'ACK');
  phones.alice.within(invite, ok, 'BYE');
  phones.carol.answer(phones.carol.take('BYE'), 200, 'OK');
  assert.deepEqual(house.left, { ...NONE, servers: 0 });
  desk.run();
});

test('a call at an extension is picked up by whoever dials that behind the code, by the phone that dialed alone', async () => {
  const house = await RingHouse.open({ keys: { bob: 'forward_noanswer = eve\nno_answer = 5' }, more: CODES });
  const { phones } = house;
  const other = await house.desk.phone('dave', '10.0.0.9');
  other.register();
  house.call('bob');
  const bob = house.rings('bob');
  await house.dials('dave', '*8202');
  house.loses('bob', bob);
  assert.deepEqual(other.waiting, []);
  house.desk.run(10_000);
  assert.deepEqual(phones.eve.waiting, []);
  assert.match(await house.dials('dave', '*8299'), /^403 Forbidden \(there is no user or group 299\)/);
});

test('a call of a group is picked up by whoever dials its extension behind the code, and *8 takes nothing from oneself', async () => {
  const house = await RingHouse.open({ more: `${CODES}[group kitchen]\nextension = 600\nmembers = bob, carol\n` });
  const { carol, dave } = house.phones;
  const nothing = '480 Nothing rings that could be picked up | Nothing rings that could be picked up.';
  house.call('carol');
  const own = house.rings('carol');
  assert.equal(await house.dials('carol', '*8'), nothing);
  carol.answer(own, 486, 'Busy Here');
  house.call('600');
  const rung = [house.rings('bob'), house.rings('carol')] as const;
  const picking = dave.call('INVITE', 'sip:*8600@home.example');
  dave.ack(picking, dave.response(480));
  house.loses('bob', rung[0]);
  house.loses('carol', rung[1]);
  assert.deepEqual(dave.waiting, ['INVITE']);
});

test('who has no phone that could ring picks nothing up: the call rings on where it rang', async () => {
  const house = await RingHouse.open({ ...codes, away: ['dave'] });
  const { alice, bob } = house.phones;
  const invite = house.call('bob');
  const rung = house.rings('bob');
  assert.match(await house.dials('dave', '*8202'), /^403 Forbidden \(this phone is not registered\)/);
  assert.deepEqual(bob.waiting, []);
  bob.answer(rung, 200, 'OK');
  alice.within(invite, alice.response(200), 'ACK');
  assert.deepEqual(bob.waiting, ['ACK']);
});

test('of two phones at one address the one that dialed rings for what it picked up; if it is not known, each phone of its user', async () => {
  const house = await RingHouse.open(codes);
  const { desk, phones } = house;
  const [beside, unknown] = [await desk.phone('dave', '10.0.0.5', 5070), await desk.phone('dave', '10.0.0.9')];
  beside.register();
  for (const [from, others] of [
    [beside, 0],
    [unknown, 1],
  ] as const) {
    const invite = house.call('bob');
    const rung = house.rings('bob');
    from.ack(from.call('INVITE', 'sip:*8202@home.example'), from.response(480));
    house.loses('bob', rung);
    assert.deepEqual([phones.dave.waiting.length, beside.waiting], [others, ['INVITE']]);
    for (const phone of [phones.dave, beside]) {
      if (phone.waiting.length > 0) phone.answer(phone.take('INVITE'), 486, 'Busy Here');
      phone.inbox.length = 0; // its ACK
    }
    phones.alice.ack(invite, phones.alice.response(486));
  }
});

test('a phone that picked up and does not answer ends the call', async () => {
  const house = await RingHouse.open(codes);
  const { phones } = house;
  house.call('bob');
  const bob = house.rings('bob');
  const picking = phones.dave.call('INVITE', 'sip:*8202@home.example');
  phones.dave.ack(picking, phones.dave.response(480));
  house.loses('bob', bob);
  phones.dave.answer(phones.dave.take('INVITE'), 486, 'Busy Here');
  assert.deepEqual(phones.alice.waiting.slice(-1), ['486 INVITE']);
});

test('the last caller is called back: a user by name, a number by the trunk; who only says who he is costs nobody money', async () => {
  const house = await RingHouse.open(codes);
  const { phones, itsp, desk } = house;
  phones.carol.call('MESSAGE', 'sip:bob@home.example'); // who writes has not called
  phones.bob.answer(phones.bob.take('MESSAGE'), 200);
  assert.match(await house.dials('bob', '*69'), /^404 Not Found \(nobody has called since the start\)/);
  house.call('bob');
  phones.bob.answer(phones.bob.take('INVITE'), 486, 'Busy Here');
  phones.bob.call('INVITE', 'sip:*69@home.example');
  phones.alice.take('INVITE');
  itsp.request('INVITE', house.called, { from: '<sip:+4930999999@itsp.example>' });
  phones.alice.answer(phones.alice.take('INVITE'), 486, 'Busy Here');
  itsp.inbox.length = 0;
  phones.alice.call('INVITE', 'sip:*69@home.example');
  const back = itsp.take('INVITE');
  assert.equal(back.uriText, 'sip:+4930999999@itsp.example');
  itsp.answer(back, 486, 'Busy Here');
  const stranger = await desk.phone('x', '203.0.113.66');
  const inside = await desk.phone('inside', '10.0.0.77');
  itsp.inbox.length = 0;
  for (const from of ['sip:x@10.0.0.77', 'tel:+4930777777']) {
    stranger.request('INVITE', 'sip:bob@home.example', { from: `<${from}>` });
    assert.include(phones.bob.waiting, 'INVITE', from);
    phones.bob.inbox.length = 0;
    phones.bob.call('INVITE', 'sip:*69@home.example');
    desk.run(1_000);
    assert.notInclude(itsp.waiting, 'INVITE', from);
    assert.deepEqual(inside.waiting, [], from);
    assert.match(phones.bob.waiting.join(), /403 INVITE/, from);
  }
});

test('who gives no name is not called back, and nor is whoever called before him: *69 says so (RFC 3323 §4.1.1.3)', async () => {
  const house = await RingHouse.open(codes);
  const { alice, bob } = house.phones;
  for (const from of ['"Anonymous" <sip:anonymous@anonymous.invalid>', '<sip:anonymous@example.org>', '<sip:10.0.0.2>']) {
    house.call('bob');
    bob.answer(bob.take('INVITE'), 486, 'Busy Here');
    alice.request('INVITE', 'sip:bob@home.example', { from });
    bob.answer(bob.take('INVITE'), 486, 'Busy Here');
    alice.inbox.length = 0;
    assert.match(await house.dials('bob', '*69'), /^404 Not Found \(who called last gave no name\)/, from);
    assert.deepEqual(alice.waiting, [], from);
  }
  house.call('bob');
  bob.answer(bob.take('INVITE'), 486, 'Busy Here');
  bob.call('INVITE', 'sip:*69@home.example');
  alice.take('INVITE');
});

test('a user who shows a number in From is called back himself, and not the number (security S1)', async () => {
  const house = await RingHouse.open(codes);
  const { phones, itsp, desk } = house;
  for (const from of ['sip:+4930999999@home.example', 'sip:030999999@10.0.0.1']) {
    phones.alice.call('INVITE', 'sip:bob@home.example', { from: `<${from}>` });
    phones.bob.answer(phones.bob.take('INVITE'), 486, 'Busy Here');
    phones.bob.call('INVITE', 'sip:*69@home.example');
    desk.run(1_000);
    assert.include(phones.alice.waiting, 'INVITE', from);
    assert.notInclude(itsp.waiting, 'INVITE', from);
    phones.alice.inbox.length = 0;
  }
});

test('whom a transfer has led to a phone is called back, and not who transferred him: what the display shows is what *69 dials', async () => {
  const house = await RingHouse.open(codes);
  const { desk, itsp, phones } = house;
  const { alice, bob } = phones;
  const from = '<sip:+4930999999@itsp.example>';
  const invite = itsp.request('INVITE', house.called, { from, headers: [`Contact: ${itsp.contact}`] });
  const rung = alice.take('INVITE');
  alice.answer(rung, 200, 'OK', [], 'desk');
  itsp.within(invite, itsp.response(200), 'ACK');
  alice.back(rung, 'desk', 'REFER', { headers: ['Refer-To: <sip:202@home.example>', `Contact: ${alice.contact}`] });
  const led = bob.take('INVITE');
  assert.include(led.from.uriText, '+4930999999');
  bob.answer(led, 486, 'Busy Here');
  itsp.inbox.length = 0;
  bob.call('INVITE', 'sip:*69@home.example');
  desk.run(0);
  assert.equal(itsp.take('INVITE').uriText, 'sip:+4930999999@itsp.example');
});

test('who rings himself by a transfer does not ring himself by *69, nor pays for the number that it shows (security S1)', async () => {
  const house = await RingHouse.open(codes);
  const { itsp } = house;
  const { carol } = house.phones;
  const out = carol.call('INVITE', 'sip:030777777@home.example', { headers: [`Contact: ${carol.contact}`] });
  itsp.answer(itsp.take('INVITE'), 200, 'OK', [], 'far');
  const ok = carol.response(200);
  carol.within(out, ok, 'ACK');
  carol.within(out, ok, 'REFER', { headers: ['Refer-To: <sip:203@home.example>', `Contact: ${carol.contact}`] });
  carol.answer(carol.take('INVITE'), 486, 'Busy Here');
  itsp.inbox.length = 0;
  assert.match(
    await house.dials('carol', '*69'),
    /^403 Forbidden \(a call to \+4930777777 costs money, and nobody pays for it\)/,
  );
  assert.notInclude(itsp.waiting, 'INVITE');
});

test('who calls his other phone calls it back by *69', async () => {
  const house = await RingHouse.open(codes);
  const { alice } = house.phones;
  const other = await house.desk.phone('alice', '10.0.0.9');
  other.register();
  alice.call('INVITE', 'sip:201@home.example');
  other.answer(other.take('INVITE'), 486, 'Busy Here');
  alice.inbox.length = 0;
  other.call('INVITE', 'sip:*69@home.example');
  house.desk.run(0);
  assert.include(alice.waiting, 'INVITE');
});

test('an outside caller whom nothing but a datagram vouches for costs nobody money by *69, transferred or not (security S1, S8)', async () => {
  const house = await RingHouse.open(codes);
  const { desk, itsp, phones } = house;
  const { alice, bob } = phones;
  const headers = [`Contact: ${itsp.contact}`];
  const invite = itsp.request('INVITE', 'sip:+49305551@10.0.0.1', { from: '<sip:+4930999999@itsp.example>', headers });
  const rung = alice.take('INVITE');
  alice.answer(rung, 200, 'OK', [], 'desk');
  itsp.within(invite, itsp.response(200), 'ACK');
  alice.back(rung, 'desk', 'REFER', { headers: ['Refer-To: <sip:202@home.example>', `Contact: ${alice.contact}`] });
  bob.answer(bob.take('INVITE'), 486, 'Busy Here');
  itsp.inbox.length = 0;
  bob.call('INVITE', 'sip:*69@home.example');
  desk.run(0);
  assert.notInclude(itsp.waiting, 'INVITE');
  assert.match(bob.waiting.join(), /403 INVITE/);
});
