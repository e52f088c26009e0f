import { assert, test } from 'vitest';
import { route } from '../../src/core/routing/route.ts';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request, Response } from '../../src/sip/message/message.ts';
import { read as readMessage } from '../../src/sip/message/read.ts';
import { parseUri } from '../../src/sip/message/uri.ts';
import { cpuTime } from '../support/cpu-time.ts';
import { summary } from '../support/desk.ts';
import { Phone, type Wanted } from '../support/phone.ts';
import { snapshotOf, word } from '../support/routing.ts';
import { TOLL, TollHouse } from '../support/toll-house.ts';

// What a toll fraudster tries, and who wants the calls of somebody else. Who reaches the telephone company by which way: toll.test.ts.

const ANY_RULE = `[daemon]
domain = home.example
country = DE
area_code = 30
[user alice]
[provider itsp]
registrar = sip:itsp.example
[dial any]
match = !
to = provider itsp
`;

test.each([
  ['0900123456', '+49900123456', '+490900123456', '00490900123456', '0049900123456', '000900123456'],
  ['0-900-123456', '(0900)123456', '+49(0)900123456', '+49-900-123456', '00%2049900123456', 'p0900123456', '0900123456,1'],
  [
    '0900123456%23',
    '*31%230900123456',
    '%2331%230900123456',
    '**21*+49900123456%23',
    '*31%23**62*0900123456%23',
    '0900123456;ext=1',
  ],
  [
    '+33123456789',
    '0033123456789',
    '0033-123-456789',
    '+0033123456789',
    '++33123456789',
    '0033%2B33123456789',
    '+33(0)123456789',
  ],
  ['09*00123456', '09%2300123456', '+49*900123456', '0049*900*123456', '*31%2309*00123456', '0*0900123456', '00*33123456789'],
  [
    '*31%230900123%23456',
    '%2331%2309*00123%23456',
    '*21*00331234567*890%23',
    '*0900123456',
    '*3309001234567',
    '**0900123456',
    '*31%23+49900*123456',
  ],
  ['*31%230033123456789', '00%2033%20123456789', '+870123456', '00979123456789', '11833', '+49(0)(0)900123456', '118%2033'],
])(
  'a number that costs more than a class allows is refused in every writing: %s, %s, %s ... (security S1, S3)',
  (...writings) => {
    const house = snapshotOf(ANY_RULE);
    for (const text of writings) {
      const uri = parseUri(`sip:${text}@home.example`);
      const decision = route({ method: 'INVITE', uri, principal: { kind: 'user', name: 'alice' } }, house);
      assert.equal(`${text} ${word(decision)}`, `${text} 403`);
    }
  },
);

test('the 0 that people write behind their country code is no part of a number', () => {
  const house = snapshotOf(ANY_RULE);
  for (const text of ['+49(0)30123456', '+49-(0)30-123456', '0049030123456', '030123456']) {
    const uri = parseUri(`sip:${text}@home.example`);
    assert.equal(
      word(route({ method: 'INVITE', uri, principal: { kind: 'user', name: 'alice' } }, house)),
      'itsp +4930123456',
      text,
    );
  }
});

const NUMBER = 'sip:030123456@home.example';
const CHALLENGE = 'Digest realm="itsp.example", nonce="trap", qop="auth", algorithm=MD5';

/** A phone of a provider that says to be somewhere else: where the provider is a proxy, so may whoever is called. */
function answers({ itsp }: TollHouse, invite: Request, status: number, headers: readonly string[], contact: string): void {
  const { send } = itsp;
  itsp.send = (text) => send.call(itsp, text.replace(/\r\nContact: [^\r]*/, `\r\nContact: ${contact}`));
  itsp.answer(invite, status, 'OK', headers, 'far');
  itsp.send = send;
}

/** Where something was sent, and what: `10.0.0.3 BYE`. */
const sent = ({ desk }: TollHouse): string[] => [
  ...new Set(desk.net.wire.filter(({ from }) => from.host === '10.0.0.1').map(({ to, text }) => `${to.host} ${summary(text)}`)),
];

/** alice has called somebody outside, who answers with this Contact and these headers. */
async function talking(contact = '<sip:far@192.0.2.201>', headers: readonly string[] = []) {
  const house = await TollHouse.open();
  const alice = house.caller('alice');
  const invite = house.send(alice, 'INVITE', NUMBER);
  answers(house, house.itsp.take('INVITE'), 200, headers, contact);
  const ok = alice.phone.response(200);
  alice.phone.within(invite, ok, 'ACK');
  house.desk.net.clear();
  return { house, alice: alice.phone, invite, ok };
}

test.each([
  ['a phone of ours', '<sip:bob@10.0.0.3:5060>', []],
  ['by TCP', '<sip:bob@10.0.0.3:5060;transport=tcp>', []],
  ['this machine', '<sip:x@127.0.0.1:9>', []],
  ['this machine, by its address', '<sip:x@10.0.0.1:9>', []],
  ['the metadata of a cloud', '<sip:x@169.254.169.254>', []],
  ['a neighbour, in IPv6', '<sip:x@[::ffff:10.0.0.3]>', []],
  ['a phone of ours, by Record-Route', '<sip:far@192.0.2.201>', ['Record-Route: <sip:10.0.0.3;lr>']],
  ['a phone of ours, by a strict Record-Route', '<sip:far@192.0.2.201>', ['Record-Route: <sip:10.0.0.3>']],
])('whoever is called outside aims us at nothing in our network: %s (security S21)', async (_, contact, headers) => {
  const { house, alice, invite, ok } = await talking(contact, headers);
  alice.within(invite, ok, 'BYE');
  house.desk.run(100);
  assert.deepEqual(sent(house), ['10.0.0.2 200 BYE', '192.0.2.201 BYE']);
});

test('nor does a call that comes in by the telephone company', async () => {
  for (const headers of [
    ['Contact: <sip:x@10.0.0.5:5060>'],
    ['Contact: <sip:x@192.0.2.201>', 'Record-Route: <sip:10.0.0.5;lr>'],
    ['Contact: <sip:x@127.0.0.1:9>'],
  ]) {
    const house = await TollHouse.open();
    const { itsp, contact, desk } = house;
    const from = '<sip:+33123456789@itsp.example>';
    const invite = itsp.request('INVITE', contact, { to: '<sip:+49305551@itsp.example>', from, headers });
    const alice = house.caller('alice').phone;
    const rung = alice.take('INVITE');
    alice.answer(rung, 200, 'OK', [], 'al');
    itsp.within(invite, itsp.response(200), 'ACK');
    desk.net.clear();
    alice.back(rung, 'al', 'BYE');
    desk.run(100);
    assert.deepEqual(sent(house), ['10.0.0.2 200 BYE', '192.0.2.201 BYE']);
  }
});

test('the password of an account is proved to the host that a call began at alone, not where its Contact leads (security S9)', async () => {
  const { house, alice, invite, ok } = await talking('<sip:far@203.0.113.77>');
  const mallory = await house.phone('mallory', '203.0.113.77');
  alice.within(invite, ok, 'BYE');
  mallory.answer(mallory.take('BYE'), 407, 'Give me', [`Proxy-Authenticate: ${CHALLENGE}`]);
  house.desk.run(100);
  assert.deepEqual(mallory.waiting, []);
  assert.deepEqual(
    house.desk.net.wire.filter(({ text }) => /authorization/i.test(text)),
    [],
  );
});

test('nor is it where the far side has moved to, once the telephone company itself has asked for it', async () => {
  const { house, alice, invite, ok } = await talking();
  const mallory = await house.phone('mallory', '203.0.113.77');
  const { itsp, desk } = house;
  alice.within(invite, ok, 'INVITE');
  const again = itsp.take('INVITE');
  // By an UPDATE of the far side, which may come before the answer (RFC 3311 §5.1).
  const back = {
    to: again.get(Field.from)!,
    from: again.get(Field.to)!.replace(/;tag=.*/, ''),
    fromTag: 'far',
    callId: again.callId,
  };
  itsp.request('UPDATE', house.contact, { ...back, cseq: 1, headers: ['Contact: <sip:far@203.0.113.77>'] });
  itsp.response(200);
  itsp.answer(again, 407, 'Who is it', [`Proxy-Authenticate: ${CHALLENGE}`], '');
  desk.run(100);
  assert.equal(mallory.take('INVITE').get(Field.proxyAuthorization), undefined);
});

const CALLER = '<sip:+33123456789@itsp.example>';

/** Somebody calls alice through the telephone company, and she answers. */
async function calledIn() {
  const house = await TollHouse.open();
  const { itsp } = house;
  const invite = itsp.request('INVITE', house.contact, { to: '<sip:+49305551@itsp.example>', from: CALLER });
  const alice = house.caller('alice').phone;
  const rung = alice.take('INVITE');
  alice.answer(rung, 200, 'OK', [], 'al');
  const ok = itsp.response(200);
  itsp.within(invite, ok, 'ACK');
  house.desk.net.clear();
  return { house, invite, ok, alice, rung };
}

test.each([
  [NUMBER, 404, []],
  ['tel:+4930123456', 404, []],
  ['sip:kim@home.example', 404, []],
  ['sip:204@home.example', 404, []],
  ['sip:x@away.example', 404, []],
  ['sip:+49305552@home.example', 404, []],
  ['sip:alice@home.example', 486, ['10.0.0.2 INVITE']],
])(
  'the far side of a call transfers to nothing that its number does not lead to: %s (security S1)',
  async (uri, status, rings) => {
    const { house, invite, ok } = await calledIn();
    const { itsp } = house;
    itsp.within(invite, ok, 'REFER', { headers: [`Refer-To: <${uri}>`, `Contact: ${itsp.contact}`] });
    house.settle();
    const said = house.desk.net.wire.filter(({ text }) => text.startsWith('NOTIFY')).map(({ text }) => text.split('\r\n\r\n')[1]);
    assert.match(said.at(-1)!, new RegExp(`^SIP/2.0 ${status} `));
    assert.deepEqual(
      sent(house).filter((line) => line.endsWith('INVITE') && !line.includes('200')),
      rings,
    );
  },
);

test('what our Contact says within a call proves nobody: only that of the registration does, which nobody else sees (house 5)', async () => {
  const { house, ok } = await calledIn();
  const seen = ok.list(Field.contact)[0]!.replace(/[<>]/g, '');
  const mallory = await house.phone('mallory', '203.0.113.77');
  house.desk.net.clear();
  for (const uri of [seen, seen.replace(/sip:[^@]*/, 'sip:+49305552')])
    mallory.request('INVITE', uri, { from: CALLER, to: '<sip:+49305552@itsp.example>' });
  assert.deepEqual(mallory.waiting, ['407 INVITE', '407 INVITE']);
  house.settle();
  assert.deepEqual(house.paid, []);
  // The true one does, from any address of the telephone company.
  mallory.request('INVITE', house.contact, { from: CALLER, to: '<sip:+49305551@itsp.example>' });
  house.caller('alice').phone.take('INVITE');
});

test.each(['REFER', 'SUBSCRIBE', 'NOTIFY', 'INFO', 'UPDATE', 'PUBLISH'])(
  'no %s comes by a telephone company: a phone would dial by itself, or tell (security S1, S23)',
  async (method) => {
    const house = await TollHouse.open();
    for (const uri of [
      'sip:alice@home.example',
      house.contact,
      'sip:+49305551@10.0.0.1',
      'sip:x@away.example',
      'sip:bob@10.0.0.3',
    ])
      house.itsp.request(method, uri, { from: CALLER, headers: [`Refer-To: <${NUMBER}>`, `Contact: ${house.itsp.contact}`] });
    house.desk.run(10);
    assert.deepEqual(
      [...new Set(house.desk.net.wire.filter(({ from }) => from.host === '10.0.0.1').map(({ to }) => to.host))],
      ['192.0.2.201'],
    );
    assert.match([...new Set(house.itsp.waiting)].join(', '), /^(?:40[35] [A-Z]+(?:, )?)+$/);
  },
);

test.each([
  ['INVITE', 'sip:x@away.example'],
  ['INVITE', 'sip:bob@10.0.0.3'],
  ['INVITE', 'sip:alice@home.example'],
  ['INVITE', 'sip:600@home.example'],
  ['MESSAGE', 'sip:x@away.example'],
  ['MESSAGE', 'sip:bob@10.0.0.3'],
  ['MESSAGE', 'sip:bob@home.example'],
  ['FOO', 'sip:x@away.example'],
])('a telephone company relays nothing through us: %s %s', async (method, uri) => {
  const house = await TollHouse.open();
  house.itsp.request(method, uri, { from: CALLER, headers: ['Route: <sip:10.0.0.1;lr>'] });
  house.desk.run(10);
  assert.deepEqual(house.itsp.waiting, [`404 ${method}`]);
  assert.deepEqual([...new Set(sent(house))], [`192.0.2.201 404 ${method}`]);
});

test('a stranger in a call makes no phone dial what he may not dial himself (features, row 19; security S1)', async () => {
  for (const [name, uri, passes] of [
    ['nobody', NUMBER, false],
    ['nobody', 'tel:+49900123456', false],
    ['nobody', 'sip:600@home.example', false],
    ['nobody', 'sip:77@10.0.0.1', false],
    ['nobody', 'sip:112@home.example', false],
    ['nobody', 'urn:service:sos', false],
    ['nobody', 'sip:030123456@second.example?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc', false],
    ['peer', NUMBER, false],
    ['listed', NUMBER, false],
    ['guest', NUMBER, false],
    ['nobody', 'sip:alice@home.example', true],
    ['nobody', 'sip:x@nowhere.example', true],
    ['nobody', 'sip:kim@home.example?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc', true],
    ['alice', NUMBER, true],
  ] as const) {
    const house = await TollHouse.open();
    const who = house.caller(name);
    const bob = house.caller('bob').phone;
    const invite = house.send(who, 'INVITE', 'sip:bob@home.example');
    bob.answer(bob.take('INVITE'), 200);
    const ok = who.phone.response(200);
    who.phone.within(invite, ok, 'ACK');
    bob.take('ACK');
    who.phone.within(invite, ok, 'REFER', { headers: [`Refer-To: <${uri}>`, `Contact: ${who.phone.contact}`] });
    assert.deepEqual([name, uri, bob.waiting], [name, uri, passes ? ['REFER'] : []]);
    if (!passes) who.phone.response(403);
  }
});

test('nor what a guest has taken for his name, and is a number to phones, or once he is gone (security S1)', async () => {
  const house = await TollHouse.open('[user 0301anna]\npublished = yes\n');
  await house.add('0301anna', '10.0.0.23');
  const guest = await house.phone('guest', '203.0.113.67');
  const NAMES = [
    ['x%00y', false], // belle-sip reads up to the NUL, and writes no more than that
    ['030x123456', false],
    ['030%20123456', false],
    ['2024gus', true],
    ['0gus', true],
  ] as const;
  for (const [name] of NAMES) {
    const aor = `<sip:${name}@open.example>`;
    guest.request('REGISTER', 'sip:open.example', { to: aor, from: aor, headers: [`Contact: ${guest.contact}`] });
    guest.response(200);
  }
  for (const who of [house.caller('nobody'), house.caller('kim')]) {
    const bob = house.caller('bob').phone;
    const invite = house.send(who, 'INVITE', 'sip:bob@home.example');
    bob.answer(bob.take('INVITE'), 200);
    const ok = who.phone.response(200);
    who.phone.within(invite, ok, 'ACK');
    bob.take('ACK');
    for (const [name, passes] of [...NAMES, ['0301anna', true]] as const) {
      const headers = [`Refer-To: <sip:${name}@open.example>`, `Contact: ${who.phone.contact}`];
      who.phone.within(invite, ok, 'REFER', { headers });
      assert.deepEqual([name, bob.waiting], [name, passes ? ['REFER'] : []]);
      bob.inbox.length = 0;
    }
  }
});

test('a name that is longer than a number is compared with no dial rule: some take its length thrice (security S18)', async () => {
  const house = await TollHouse.open('[dial written]\nmatch = /9([0-9]*)-?([0-9]*)-?([0-9]*)/\nto = provider itsp\n');
  const who = house.caller('nobody');
  const { phone } = who;
  const bob = house.caller('bob').phone;
  const invite = house.send(who, 'INVITE', 'sip:bob@home.example');
  bob.answer(bob.take('INVITE'), 200);
  const ok = phone.response(200);
  phone.within(invite, ok, 'ACK');
  const headers = [`Refer-To: <sip:9${'1'.repeat(1_500)}x@open.example>`];
  assert.isBelow(
    cpuTime(() => phone.within(invite, ok, 'REFER', { headers })),
    500,
  );
  phone.response(403);
});

test('a guest who is called is a stranger: no phone dials what he refers to, or shows him a password (house 5, security S1, S9)', async () => {
  const house = await TollHouse.open();
  const alice = house.caller('alice');
  const gus = house.caller('guest').phone;
  const WHO = 'Proxy-Authenticate: Digest realm="open.example", nonce="n"';
  for (const method of ['INVITE', 'MESSAGE']) {
    const asked = house.send(alice, method, 'sip:gus@open.example');
    gus.answer(gus.take(method), 407, 'Who are you', [WHO]);
    const answer = alice.phone.response(403);
    assert.equal(answer.text.includes('nonce'), false);
    assert.match(answer.other('warning')!, /asks for a password/);
    if (method === 'INVITE') alice.phone.ack(asked, answer);
  }
  const invite = house.send(alice, 'INVITE', 'sip:gus@open.example');
  gus.inbox.splice(0, gus.inbox.length - 1);
  const got = gus.take('INVITE');
  gus.answer(got, 200);
  const ok = alice.phone.response(200);
  alice.phone.within(invite, ok, 'ACK');
  gus.back(got, 'gus-answers', 'REFER', { headers: [`Refer-To: <${NUMBER}>`, `Contact: ${gus.contact}`] });
  assert.deepEqual([alice.phone.waiting, gus.waiting], [[], ['ACK', '403 REFER']]);
  alice.phone.within(invite, ok, 'INFO');
  gus.answer(gus.take('INFO'), 407, 'Who are you', [WHO]);
  assert.deepEqual(alice.phone.waiting, ['403 INFO']);
  gus.back(got, 'gus-answers', 'BYE', { cseq: 2 });
  alice.phone.answer(alice.phone.take('BYE'), 200);
  assert.deepEqual(gus.waiting, ['ACK', '403 REFER', '200 BYE']);
});

/** More than one line of a message holds. */
const LONG = [1, 2, 3].map((n) => `sip:${n}@away.example;${'x'.repeat(4_000)}`);

test('a redirect of a stranger leaves no number of ours to the phone of the caller, which may follow it by itself (features, row 31; security S1)', async () => {
  for (const [uri, name] of [
    ['sip:gus@open.example', 'guest'],
    ['sip:x@listed.example', 'listed'],
  ] as const) {
    const house = await TollHouse.open();
    const alice = house.caller('alice');
    const far = house.caller(name).phone;
    for (const [contacts, told] of [
      [[NUMBER, 'tel:+49900123456', 'sip:77@10.0.0.1', 'sip:600@home.example'], '480'],
      [[NUMBER, 'sip:y@away.example'], '302 <sip:y@away.example>'],
      [[NUMBER, ...LONG], `302 ${LONG.map((contact) => `<${contact}>`).join(' ')}`],
    ] as const) {
      const invite = house.send(alice, 'INVITE', uri);
      const headers = contacts.map((contact) => `Contact: <${contact}>`);
      far.answer(far.take('INVITE'), 302, 'Moved', headers);
      const answer = alice.phone.inbox.pop() as Response;
      assert.equal([answer.status, ...answer.list(Field.contact)].join(' '), told);
      alice.phone.ack(invite, answer);
    }
  }
});

/** A call of alice to somebody of a domain elsewhere, who has answered. */
async function calledElsewhere() {
  const house = await TollHouse.open();
  const alice = house.caller('alice');
  const far = house.caller('listed').phone;
  const invite = house.send(alice, 'INVITE', 'sip:x@listed.example');
  const got = far.take('INVITE');
  far.answer(got, 200);
  const ok = alice.phone.response(200);
  alice.phone.within(invite, ok, 'ACK');
  return { alice, far, invite, got, ok };
}

test('what our Record-Route in a NOTIFY says of who sends it is what the dialog says: who was called stays a stranger (house 5, RFC 6665 §4.3)', async () => {
  const { alice, far, got } = await calledElsewhere();
  far.back(got, 'listed-answers', 'NOTIFY', { headers: ['Event: refer', `Contact: ${far.contact}`] });
  alice.phone.answer(alice.phone.take('NOTIFY'), 200);
  const routes = far.response(200).list(Field.recordRoute);
  assert.equal(routes.length, 1);
  const within = {
    ...{ to: got.get(Field.from)!, from: got.get(Field.to)!, fromTag: 'listed-answers', callId: got.callId },
    headers: [`Route: ${routes[0]}`, `Refer-To: <${NUMBER}>`, `Contact: ${far.contact}`],
  };
  far.request('REFER', alice.phone.contact.slice(1, -1), { ...within, cseq: 2 });
  assert.deepEqual([alice.phone.waiting, far.waiting], [[], ['ACK', '403 REFER']]);
  // Nor is alice asked for a password by him on that way.
  alice.phone.request('INFO', far.contact.slice(1, -1), {
    ...{ to: '<sip:x@listed.example>', toTag: 'listed-answers', callId: got.callId, headers: [`Route: ${routes[0]}`] },
  });
  far.answer(far.take('INFO'), 401, 'Who are you', ['WWW-Authenticate: Digest realm="desk", nonce="n"']);
  assert.deepEqual(alice.phone.waiting, ['403 INFO']);
});

test('and so it is in a NOTIFY of who called (house 5, RFC 6665 §4.3)', async () => {
  const { alice, far, invite, got, ok } = await calledElsewhere();
  alice.phone.within(invite, ok, 'NOTIFY', { headers: ['Event: refer', `Contact: ${alice.phone.contact}`] });
  const notify = far.take('NOTIFY');
  far.answer(notify, 200);
  alice.phone.inbox.length = 0;
  far.inbox.length = 0;
  const refer = { headers: [`Refer-To: <${NUMBER}>`, `Contact: ${far.contact}`] };
  far.back(notify, 'listed-answers', 'REFER', { to: got.get(Field.from)!, from: got.get(Field.to)!, ...refer });
  far.back(notify, 'listed-answers', 'INFO', { to: got.get(Field.from)!, from: '<sip:bob@home.example>', cseq: 2 });
  assert.deepEqual([alice.phone.waiting, far.waiting], [[], ['403 REFER', '403 INFO']]);
});

test('a number that a stranger gave for his Contact is not called by whom his call is handed over to (RFC 3891 §3, security S1)', async () => {
  const house = await TollHouse.open();
  const nobody = house.caller('nobody');
  const bob = house.caller('bob').phone;
  nobody.phone.request('INVITE', 'sip:bob@home.example', { from: nobody.from, headers: [`Contact: <${NUMBER}>`] });
  const got = bob.take('INVITE');
  bob.answer(got, 200);
  // bob sends a REFER to alice with his Contact and their dialog, and alice's phone does what it says.
  const target = got.list(Field.contact)[0]!.replace(/[<>]/g, '');
  const replaces = `Replaces: ${got.callId};to-tag=${got.from.tag};from-tag=bob-answers`;
  const alice = house.caller('alice');
  assert.equal(target, NUMBER);
  const invite = house.send(alice, 'INVITE', target, { headers: [replaces, 'Require: replaces'] });
  house.settle();
  assert.deepEqual([house.answer(alice, invite), house.paid], ['481', []]);
});

const SPIES = [
  'Alert-Info: <http://x>;info=alert-autoanswer',
  'Call-Info: <sip:x>;answer-after=0',
  'ANSWER-MODE: Auto',
  'Priv-Answer-Mode : Auto;require',
  'P-Auto-Answer: normal',
  'alert-info: Ring Answer',
];

test('nobody but the users of the house makes a phone in it answer by itself', async () => {
  for (const [name, hears] of [
    ['nobody', false],
    ['peer', false],
    ['listed', false],
    ['guest', false],
    ['provider', false],
    ['bob', true],
  ] as const) {
    const house = await TollHouse.open();
    const who = house.caller(name);
    const headers = [...SPIES, 'Alert-Info: <http://127.0.0.1/Bellcore-dr2>'];
    if (name === 'provider')
      house.itsp.request('INVITE', house.contact, {
        to: '<sip:+49305551@itsp.example>',
        from: CALLER,
        headers: [...headers, `Contact: ${house.itsp.contact}`],
      });
    else house.send(who, 'INVITE', 'sip:alice@home.example', { headers });
    const { text } = house.caller('alice').phone.take('INVITE');
    assert.equal(/answer/i.test(text), hears, name);
    assert.match(text, /\r\nAlert-Info: <http:\/\/127\.0\.0\.1\/Bellcore-dr2>\r\n/);
  }
});

test('a guest whose name holds an @ is transferred to as any other (RFC 3261 §10.3, RFC 5589 §7.3)', async () => {
  const house = await TollHouse.open();
  const eve = await house.desk.phone('a%40b', '10.0.0.99');
  const aor = '<sip:a%40b@open.example>';
  eve.request('REGISTER', 'sip:open.example', { to: aor, from: aor });
  const alice = house.caller('alice');
  const invite = house.send(alice, 'INVITE', NUMBER);
  house.itsp.answer(house.itsp.take('INVITE'), 200, 'OK', [], 'far');
  const ok = alice.phone.response(200);
  alice.phone.within(invite, ok, 'ACK');
  alice.phone.within(invite, ok, 'REFER', { headers: [`Refer-To: ${eve.contact}`, `Contact: ${alice.phone.contact}`] });
  assert.equal(eve.take('INVITE').uriText, 'sip:a%40b@10.0.0.99:5060');
  assert.deepEqual(house.desk.log.of('error'), []);
});

test.each(['nobody', 'listed', 'guest', 'bob'])(
  'a NOTIFY of %s within his call commands no phone of the house but from a phone of it (security S23)',
  async (name) => {
    const house = await TollHouse.open();
    const who = house.caller(name).phone;
    const alice = house.caller('alice').phone;
    const invite = house.send(house.caller(name), 'INVITE', 'sip:alice@home.example');
    alice.answer(alice.take('INVITE'), 180);
    const ringing = who.response(180);
    const heard = [
      'talk',
      'TALK;id=1',
      'hold',
      'check-sync;reboot=true',
      'presence',
      '',
      'refer\r\no: talk',
      'refer;id=3',
      'conference',
    ].filter((event) => {
      who.within(invite, ringing, 'NOTIFY', { headers: [`Event: ${event}`, `Contact: ${who.contact}`] });
      return alice.inbox.splice(0).length > 0;
    });
    assert.deepEqual(heard.length, name === 'bob' ? 9 : 2);
    if (name !== 'bob') assert.deepEqual(heard, ['refer;id=3', 'conference']);
  },
);

test.each([
  ['listed', 'sip:x@listed.example', 'SUBSCRIBE', 'presence'],
  ['listed', 'sip:x@listed.example', 'SUBSCRIBE', 'X-Anything;id=1'],
  ['listed', 'sip:x@listed.example', 'INVITE', ''],
  ['guest', 'sip:gus@open.example', 'SUBSCRIBE', 'presence'],
  ['guest', 'sip:gus@open.example', 'INVITE', ''],
])(
  'nor does one of %s who was called, or subscribed to; what he was asked for passes: %s, %s %s (security S23)',
  async (...row) => {
    const [name, uri, method, asked] = row;
    const house = await TollHouse.open();
    const far = house.caller(name).phone;
    const { phone: alice, ...rest } = house.caller('alice');
    house.send({ phone: alice, ...rest }, method, uri, { headers: asked === '' ? [] : [`Event: ${asked}`] });
    const got = far.take(method);
    // What makes some phones dial, too.
    const commands = ['talk', 'hold', 'check-sync', 'ACTION-URI', 'aastra-xml', 'sys-control', 'presence\r\nEvent: talk', ''];
    const heard = [...commands, 'presence', 'x-anything', 'refer', 'conference'].filter((event) => {
      far.back(got, 'far', 'NOTIFY', { headers: [`Event: ${event}`, `Contact: ${far.contact}`] });
      return alice.inbox.splice(0).length > 0;
    });
    assert.deepEqual(heard, [...(asked === '' ? [] : [asked.toLowerCase().replace(/;.*/, '')]), 'refer', 'conference']);
  },
);

test('who takes no calls from the nameless is not reached by a guest who says to be somebody else', async () => {
  const house = await TollHouse.open('[user olga]\npublished = yes\nanonymous = no\n');
  await house.add('olga', '10.0.0.21');
  const olga = house.caller('olga').phone;
  const guest = house.caller('guest');
  for (const from of ['<sip:boss@bank.example>', '<sip:boss@open.example>', '<tel:+4930123456>'])
    assert.equal(house.answer(guest, house.send({ ...guest, from }, 'INVITE', 'sip:olga@home.example')), '404', from);
  assert.deepEqual(olga.waiting, []);
  house.send(guest, 'INVITE', 'sip:olga@home.example');
  assert.deepEqual(olga.waiting, ['INVITE']);
});

test('a guest takes no number, however it is written, and no call to one', async () => {
  const house = await TollHouse.open();
  const eve = await house.phone('eve', '10.0.0.99');
  for (const name of ['030-123-456', '(030)123456', '+49-30-123456', '1.1.2', '2%301', '*21%23', '-']) {
    const aor = `<sip:${name}@open.example>`;
    eve.request('REGISTER', 'sip:open.example', { to: aor, from: aor });
    assert.deepEqual([name, eve.waiting], [name, ['401 REGISTER']]);
    eve.inbox.length = 0;
  }
});

test.each([
  ['a line end in a number', 'sip:030123%0d%0aX-Evil:%20y@home.example'],
  ['a line end behind it', 'sip:+4930123456%0d%0a@home.example'],
  ['in a parameter', 'sip:030123456;x=%0d%0aX-Evil:%20y@home.example'],
  ['in its context', 'sip:030123456;phone-context=%22%0d%0aX-Evil:%20y%22@home.example'],
  ['a NUL', 'sip:030123456%00@home.example'],
])('%s makes no line of its own on the way to the telephone company (security S17)', async (_, uri) => {
  const house = await TollHouse.open();
  const alice = { ...house.caller('alice'), from: '"a\\"b" <sip:alice@home.example>' };
  house.send(alice, 'INVITE', uri);
  house.settle();
  for (const { to, text } of house.desk.net.wire)
    if (to.host === '192.0.2.201' && text.startsWith('INVITE')) assert.notMatch(text, /evil|%0d/i);
});

test('a call of the telephone company shows nobody of the house as its caller, whatever its headers say (security S11)', async () => {
  for (const [from, shown] of [
    ['<sip:alice@home.example>', '<sip:alice@itsp.example>'],
    ['"Bob" <sip:202@home.example>', '"Bob" <sip:202@itsp.example>'],
    ['<sip:bob@10.0.0.1>', '<sip:bob@itsp.example>'],
    ['<sip:bob@localhost>', '<sip:bob@itsp.example>'],
    ['<tel:202>', '<sip:202@itsp.example>'],
    ['<sip:bob%40home.example@itsp.example>', '<sip:bob%40home.example@itsp.example>'],
  ] as const) {
    const house = await TollHouse.open();
    const headers = [
      'P-Asserted-Identity: <sip:bob@home.example>',
      'Remote-Party-ID: <sip:bob@home.example>',
      `Contact: ${house.itsp.contact}`,
    ];
    house.itsp.request('INVITE', house.contact, { to: '<sip:+49305551@itsp.example>', from, headers });
    const rung = house.caller('alice').phone.take('INVITE');
    assert.equal(rung.get(Field.from)!.replace(/;tag=.*/, ''), shown);
    assert.notMatch(rung.text, /asserted|remote-party/i);
  }
});

test.each([
  ['<sip:10.0.0.3:5060;lr>', '192.0.2.201'],
  ['<sip:127.0.0.1:9;lr>', '192.0.2.201'],
  ['<sip:lan.example;lr>', '192.0.2.201'],
  ['<sip:169.254.169.254;lr>', '192.0.2.201'],
  ['<sip:192.0.2.204;lr>', '192.0.2.204'],
])('a Service-Route leads into no network but that of the telephone company: %s (security S21)', async (route, reached) => {
  const house = await TollHouse.open('', { zone: 'lan.example 60 A 10.0.0.3\n' });
  const { desk, itsp } = house;
  desk.providers!.test('itsp', () => {});
  desk.run(100);
  itsp.answer(itsp.take('REGISTER'), 200, 'OK', ['Expires: 3600', `Service-Route: ${route}`]);
  desk.net.clear();
  house.send(house.caller('alice'), 'INVITE', NUMBER);
  desk.run(100);
  assert.deepEqual(
    sent(house).filter((line) => / INVITE$/.test(line) && !/ [1-6]\d\d /.test(line)),
    [`${reached} INVITE`],
  );
});

test('a peer whose word is believed vouches for nobody of the house (security S11)', async () => {
  for (const [asserted, shown] of [
    ['<sip:x@listed.example>', true],
    ['<tel:+4930123456>', true],
    ['<sip:bob@home.example>', false],
    ['<sip:202@10.0.0.1:9>', false],
    ['<sips:bob@second.example>', false],
    ['<tel:202>', false],
    ['<sip:x@listed.example>, <sip:bob@home.example>', false],
    ['<sip:bob', false],
  ] as const) {
    const house = await TollHouse.open('', {
      config: TOLL.replace('via = 198.51.100.9', 'via = 198.51.100.9\ntrust = identity'),
    });
    house.send(house.caller('listed'), 'INVITE', 'sip:alice@home.example', { headers: [`P-Asserted-Identity: ${asserted}`] });
    const rung = house.caller('alice').phone.take('INVITE');
    assert.deepEqual([asserted, rung.find(Field.assertedIdentity) >= 0], [asserted, shown]);
  }
});

test("credentials that were overheard are good for their own request, once, and from there; alice's for bob call no number (security S7)", async () => {
  const house = await TollHouse.open();
  const { phone } = house.caller('alice');
  phone.request('INVITE', 'sip:bob@home.example');
  const line = phone.credentials(phone.response(407), 'INVITE', 'sip:bob@home.example');
  const away = house.caller('nobody').phone;
  const beside = await house.desk.phone('mallory', phone.address.host, 5099);
  const tries = [
    [away, 'INVITE', 'sip:bob@home.example', '407 INVITE'],
    [beside, 'INVITE', NUMBER, '407 INVITE'],
    [beside, 'MESSAGE', 'sip:bob@home.example', '407 MESSAGE'],
    [beside, 'INVITE', 'sip:bob@home.example', ''],
    [beside, 'INVITE', 'sip:bob@home.example', '407 INVITE'],
  ] as const;
  for (const [mallory, method, uri, expected] of tries) {
    mallory.request(method, uri, { from: '<sip:alice@home.example>', headers: [line, `Contact: ${mallory.contact}`] });
    assert.equal(mallory.waiting.join(), expected);
    mallory.inbox.length = 0;
  }
  assert.deepEqual(house.paid, []);
});

test('who registers by the forged address of a telephone company gets no call sent there, with a password or without (security S1, S2)', async () => {
  const house = await TollHouse.open();
  const { desk, itsp } = house;
  const costly = 'Contact: <sip:+4990066666@192.0.2.201>';
  const register = (name: string, domain: string) => {
    const aor = `<sip:${name}@${domain}>`;
    itsp.inbox.length = 0;
    return itsp.request('REGISTER', `sip:${domain}`, { to: aor, from: aor, headers: [costly] });
  };
  register('eve', 'open.example');
  assert.deepEqual(itsp.waiting, ['403 REGISTER']);
  itsp.authenticated(register('kim', 'home.example'), itsp.response(401), 'kim', 'kim');
  assert.deepEqual(itsp.waiting, ['403 REGISTER']);
  assert.deepEqual(desk.exchange.location.bindings('eve@open.example'), []);
  assert.equal(
    desk.exchange.location.bindings('kim').every(({ flow }) => flow.remote.host !== '192.0.2.201'),
    true,
  );
});

test.each(['nobody', 'listed', 'peer', 'guest', 'bob'])(
  "what %s says within his call is in nobody else's name of the house (RFC 4916 §4.4.1, security S11)",
  async (name) => {
    const house = await TollHouse.open();
    const { phone: who, from } = house.caller(name);
    const alice = house.caller('alice').phone;
    const invite = house.send(house.caller(name), 'INVITE', 'sip:alice@home.example');
    const rung = alice.take('INVITE');
    alice.answer(rung, 200, 'OK', [], 'al');
    const ok = who.response(200);
    who.within(invite, ok, 'ACK');
    alice.take('ACK');
    const claims = ['"Kim" <sip:kim@home.example>', '<sip:204@10.0.0.1:9>', '<sips:k%69m@second.example>', '<tel:204>'];
    // No URI of SIP to us, and kim@home.example to libre and Sofia-SIP.
    claims.push('<sip:kim@home.example:99999>', '<im:kim@home.example/x>');
    // A number shows as an extension, whoever has it; one of the house is asked for no more than that it is not another's.
    if (name !== 'bob') claims.push('<sip:299@home.example>');
    for (const claim of claims)
      for (const method of ['MESSAGE', 'UPDATE', 'INVITE', 'INFO']) {
        const request = who.within(invite, ok, method, { from: claim, headers: [`Contact: ${who.contact}`] });
        assert.deepEqual([claim, method, alice.waiting, who.waiting], [claim, method, [], [`403 ${method}`]]);
        const answer = who.response(403);
        if (method === 'INVITE') who.ack(request, answer);
      }
    for (const claim of [from, '<sip:new@elsewhere.example>']) {
      who.within(invite, ok, 'MESSAGE', { from: claim });
      alice.answer(alice.take('MESSAGE'), 200);
      who.response(200);
    }
    who.within(invite, ok, 'BYE', { from: claims[0]! });
    assert.deepEqual(alice.waiting, ['BYE']);
  },
);

const FORWARDING = `[user olga]
published = yes
forward_all = +4930123456
forward_strangers = yes
[user otto]
forward_all = sip:x@listed.example
`;

test('a stranger whose call olga pays for transfers nobody by the address of a phone of the house (house 5, security S1)', async () => {
  const house = await TollHouse.open(FORWARDING);
  const { desk, itsp } = house;
  const { phone: nobody, from } = house.caller('nobody');
  const bob = house.caller('bob').phone;
  // By his own Contact, and by that of the phone whose address he writes as his own.
  for (const contact of [nobody.contact, bob.contact]) {
    const invite = nobody.request('INVITE', 'sip:olga@home.example', { from, headers: [`Contact: ${contact}`] });
    itsp.answer(itsp.take('INVITE'), 200, 'OK', [], 'far');
    const ok = nobody.response(200);
    nobody.within(invite, ok, 'ACK');
    itsp.take('ACK');
    desk.net.clear();
    const { send } = nobody;
    nobody.send = (text) => bob.send(text);
    nobody.within(invite, ok, 'REFER', { headers: ['Refer-To: <sip:600@home.example>', `Contact: ${contact}`] });
    nobody.send = send;
    house.settle();
    assert.deepEqual([contact, house.paid, sent(house)], [contact, [], ['10.0.0.3 403 REFER']]);
  }
});

test('nor does one in another domain whom a call of the telephone company was led to (house 5, security S1)', async () => {
  const house = await TollHouse.open(FORWARDING.replace('[user otto]', '[user otto]\nextension = 208'));
  const { desk, itsp } = house;
  const far = house.caller('listed').phone;
  const bob = house.caller('bob').phone;
  for (const contact of [far.contact, bob.contact]) {
    const invite = itsp.request('INVITE', house.contact, { to: '<sip:+49305559@itsp.example>', from: CALLER });
    const got = far.take('INVITE');
    // He may take our Record-Route out, and what he says comes to the bridge all the same.
    const answer = got.text.replace(/\r\nRecord-Route: [^\r]*/g, '');
    const { send } = far;
    far.send = (text) => send.call(far, text.replace(/\r\nContact: [^\r]*/, `\r\nContact: ${contact}`));
    far.answer(contact === bob.contact ? (readMessage(answer) as Request) : got, 200);
    itsp.within(invite, itsp.response(200), 'ACK');
    desk.net.clear();
    far.send = (text) => bob.send(text);
    far.back(got, 'listed-answers', 'REFER', { headers: ['Refer-To: <sip:600@home.example>', `Contact: ${contact}`] });
    far.send = send;
    house.settle();
    assert.deepEqual([contact, house.paid, sent(house)], [contact, [], ['10.0.0.3 403 REFER']]);
  }
});

test('a user transfers his own call, whoever called whom', async () => {
  const { house, alice, rung } = await calledIn();
  alice.back(rung, 'al', 'REFER', { headers: ['Refer-To: <sip:202@home.example>', `Contact: ${alice.contact}`] });
  alice.response(202);
  house.caller('bob').phone.take('INVITE');
});

test.each([
  ['a guest', 'open.example', 'mallory', undefined],
  ['a user', 'home.example', 'kim', undefined],
  ['a guest, by its forged address', 'open.example', 'mallory', 'bob'],
] as const)(
  'a call that is transferred to the Contact of bob comes to bob, and not to %s who registered that for his own (security S2)',
  async (_, domain, name, forged) => {
    const { house, alice, rung } = await calledIn();
    const bob = house.caller('bob').phone;
    const thief = name === 'kim' ? house.caller('kim').phone : await house.phone('mallory', '203.0.113.99');
    const aor = `<sip:${name}@${domain}>`;
    const register = (expires: number) => bob.register([`Contact: ${bob.contact}`, `Expires: ${expires}`]);
    register(0);
    const { send } = thief;
    if (forged !== undefined) thief.send = (text) => house.caller(forged).phone.send(text);
    const asked = thief.request('REGISTER', `sip:${domain}`, { to: aor, from: aor, headers: [`Contact: ${bob.contact}`] });
    if (name === 'kim') thief.authenticated(asked, thief.response(401));
    thief.send = send;
    bob.inbox.length = 0;
    register(300);
    house.desk.net.clear();
    alice.back(rung, 'al', 'REFER', { headers: [`Refer-To: ${bob.contact}`, `Contact: ${alice.contact}`] });
    const calls = house.desk.net.wire.filter(({ text }) => text.startsWith('INVITE')).map(({ to, text }) => [to.host, text]);
    assert.deepEqual(
      calls.map(([host]) => host),
      ['10.0.0.3'],
    );
    assert.match(calls[0]![1]!, /\r\nTo: <sip:bob@10\.0\.0\.1/);
  },
);

test('a stranger who answers is nobody of the house to the phone of the caller, whatever he asserts (RFC 3325 §5, security S11)', async () => {
  const ASSERTED = [
    'P-Asserted-Identity: "Bob" <sip:bob@home.example>',
    'Remote-Party-ID: <sip:bob@home.example>;party=called',
    'p-preferred-identity: <sip:bob@home.example>',
  ];
  for (const [name, uri, shown] of [
    ['listed', 'sip:x@listed.example', false],
    ['guest', 'sip:gus@open.example', false],
    ['bob', 'sip:bob@home.example', true],
  ] as const) {
    const house = await TollHouse.open();
    const alice = house.caller('alice');
    const far = house.caller(name).phone;
    const invite = house.send(alice, 'INVITE', uri);
    const got = far.take('INVITE');
    const said: [string, boolean][] = [];
    const hear = (status: number) => {
      const { text } = alice.phone.response(status);
      said.push([`${status}`, /identity|remote-party/i.test(text)]);
      return text;
    };
    far.answer(got, 180, 'Ringing', ASSERTED);
    hear(180);
    far.answer(got, 200, 'OK', ASSERTED);
    const ok = readMessage(hear(200)) as Response;
    far.answer(got, 200, 'OK', ASSERTED);
    hear(200);
    alice.phone.within(invite, ok, 'ACK');
    alice.phone.within(invite, ok, 'INFO');
    far.answer(far.take('INFO'), 200, 'OK', ASSERTED);
    hear(200);
    const second = house.send(alice, 'INVITE', uri);
    far.inbox.splice(0, far.inbox.length - 1);
    far.answer(far.take('INVITE'), 486, 'Busy Here', ASSERTED);
    alice.phone.ack(second, readMessage(hear(486)) as Response);
    assert.deepEqual(
      said,
      said.map(([status]) => [status, shown]),
    );
    assert.equal(said.length, 5);
  }
});

test('a user whose class calls nobody outside has no phone of another user do it for him (security S1)', async () => {
  const house = await TollHouse.open('[codes]\nforward_all = *21*\n');
  const kim = house.caller('kim');
  const bob = house.caller('bob').phone;
  const BOB = 'sip:bob@home.example';
  const invite = house.send(kim, 'INVITE', BOB);
  bob.answer(bob.take('INVITE'), 200);
  const ok = kim.phone.response(200);
  kim.phone.within(invite, ok, 'ACK');
  bob.take('ACK');
  const refer = (uri: string) => ({ headers: [`Refer-To: <${uri}>`, `Contact: ${kim.phone.contact}`] });
  for (const [uri, passes] of [
    [NUMBER, false],
    ['tel:+49900123456', false],
    ['tel:0900123456;phone-context=+1', false], // many a phone dials the digits alone
    ['tel:77;phone-context=away.example', false],
    [`${NUMBER}?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc`, false],
    ['sip:77@10.0.0.1', false],
    ['sip:+49900123456%00@home.example', false], // belle-sip reads up to the NUL, and writes no more than that
    ['sip:77%00x@home.example', false],
    ['sip:*21*0900123456%23%00@home.example', false],
    ['sip:*21*0900123456%23@home.example', false],
    ['sip:alice@home.example', true],
    ['sip:nobody@home.example', true],
    ['sip:112@home.example', true],
    ['sip:alice@10.0.0.2:5060?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc', true],
  ] as const) {
    kim.phone.within(invite, ok, 'REFER', refer(uri));
    house.send(kim, 'REFER', BOB, refer(uri));
    assert.deepEqual([uri, bob.inbox.splice(0).map(({ text }) => text.slice(0, 5))], [uri, passes ? ['REFER', 'REFER'] : []]);
    assert.deepEqual(kim.phone.inbox.splice(0).length, passes ? 0 : 2);
  }
  for (const name of ['alice', 'tess']) {
    house.send(house.caller(name), 'REFER', BOB, refer(NUMBER));
    assert.deepEqual([name, bob.inbox.splice(0).length], [name, 1]);
  }
});

test.each(['202;x=1', '2%302;isub=1', '+49305551;phone-context=home.example', '030-123;ext=4'])(
  "a number of an open domain is nobody's to call by, with parameters or without: %s (RFC 3261 §19.1.6, security S11)",
  async (user) => {
    const house = await TollHouse.open();
    const nobody = { ...house.caller('nobody'), from: `<sip:${user}@open.example>` };
    assert.equal(house.answer(nobody, house.send(nobody, 'INVITE', 'sip:alice@home.example')), '407');
  },
);

/** A call of `caller` to a URI, answered by `callee`, whose requests within it go by `back`. */
async function answered(house: TollHouse, caller: string, uri: string, callee: string) {
  const { phone } = house.caller(caller);
  const far = house.caller(callee).phone;
  const invite = house.send(house.caller(caller), 'INVITE', uri);
  const rung = far.take('INVITE');
  far.answer(rung, 200, 'OK', [], 'far');
  phone.within(invite, phone.response(200), 'ACK');
  far.take('ACK');
  phone.inbox.length = 0;
  let cseq = 0;
  /** Whether it reached the caller; if not, it got a 403. */
  const back = (method: string, wanted: Wanted = {}): boolean => {
    far.back(rung, 'far', method, { cseq: ++cseq, ...wanted });
    const passed = phone.inbox.splice(0).length > 0;
    if (!passed) far.response(403);
    return passed;
  };
  return back;
}

test('nor does he by a REFER in a call that he took (security S1)', async () => {
  for (const [callee, uri, passes] of [
    ['kim', NUMBER, false],
    ['kim', 'tel:+49900123456', false],
    ['kim', 'sip:*21*0900123456%23@home.example', false],
    ['kim', 'sip:alice@home.example', true],
    ['kim', 'sip:alice@10.0.0.2:5060?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc', true],
    ['alice', NUMBER, true],
  ] as const) {
    const house = await TollHouse.open('[codes]\nforward_all = *21*\n');
    const back = await answered(house, 'bob', `sip:${callee}@home.example`, callee);
    const headers = [`Refer-To: <${uri}>`, `Contact: ${house.caller(callee).phone.contact}`];
    assert.deepEqual([callee, uri, back('REFER', { headers })], [callee, uri, passes]);
  }
});

/** A value of Replaces as whoever follows a REFER says it: `answer` is of the dialog that `invite` made (RFC 3891 §3). */
function replacing(invite: Request, answer: Response): string {
  return `${invite.callId};to-tag=${answer.to.tag};from-tag=${invite.from.tag}`;
}

/** A call of `caller` to the telephone company, and what he says of it: whether a REFER to bob, who has called him, gets there. */
async function consulting(name: string) {
  const house = await TollHouse.open();
  const { itsp } = house;
  const back = await answered(house, 'bob', `sip:${name}@home.example`, name);
  const dials = (who: string, uri: string, headers: readonly string[] = []): string => {
    const { phone } = house.caller(who);
    const invite = house.send(house.caller(who), 'INVITE', uri, { headers });
    itsp.answer(itsp.take('INVITE'), 200, 'OK', [], 'far');
    const ok = phone.response(200);
    phone.within(invite, ok, 'ACK');
    itsp.take('ACK');
    return replacing(invite, ok);
  };
  const refers = (uri: string, replaces: string): boolean => {
    const headers = [
      `Refer-To: <${uri}?Replaces=${encodeURIComponent(replaces)}>`,
      `Contact: ${house.caller(name).phone.contact}`,
    ];
    return back('REFER', { headers });
  };
  return { house, dials, refers };
}

const DEARER = 'sip:0900123456@home.example';

test('who has spent what his class allows hands over the call that he has, and no phone dials for him (RFC 5589 §7, security S1, S3)', async () => {
  const { house, dials, refers } = await consulting('tess');
  const own = dials('tess', NUMBER);
  assert.deepEqual([refers(NUMBER, own), refers(DEARER, own), refers(NUMBER, 'a;to-tag=b;from-tag=c')], [true, false, false]);
  assert.equal(refers('sip:030123456@second.example', own), false, 'the same digits in another domain are another call');
  dials('bob', NUMBER, [`Replaces: ${own}`]);
  house.settle();
  // The second is within the call that the first has made.
  assert.deepEqual(house.paid, ['INVITE +4930123456', 'INVITE itsp']);
});

test('nor a number that he only says to have dialed, or that another one did (RFC 5589 §7, security S1)', async () => {
  const { dials, refers } = await consulting('alice');
  assert.equal(refers(DEARER, dials('alice', DEARER, [`Replaces: ${dials('alice', NUMBER)}`])), false);
  const kims = await consulting('kim');
  assert.equal(kims.refers(NUMBER, kims.dials('alice', NUMBER)), false);
});

test('nor by a 302 of his phone, which the phone of the caller follows by itself (features, row 31; security S1)', async () => {
  for (const [name, contacts, told] of [
    ['kim', [NUMBER, 'tel:+49900123456', 'sip:*21*0900123456%23@home.example', '0900123456'], '480'],
    ['kim', ['sip:+49900123456%00@home.example', 'sip:nobody@home.example'], '302 <sip:nobody@home.example>'],
    ['kim', [NUMBER, 'sip:y@away.example', 'sip:nobody@home.example'], '302 <sip:y@away.example> <sip:nobody@home.example>'],
    ['bob', [NUMBER, 'sip:*21*030123456%23@home.example', 'tel:+49900123456'], `302 <${NUMBER}>`],
  ] as const) {
    const house = await TollHouse.open('[codes]\nforward_all = *21*\n');
    const { phone } = house.caller(name);
    house.send(house.caller('alice'), 'INVITE', `sip:${name}@home.example`);
    phone.answer(
      phone.take('INVITE'),
      302,
      'Moved',
      contacts.map((contact) => `Contact: <${contact}>`),
    );
    const answer = house.caller('alice').phone.inbox.pop() as Response;
    assert.equal([answer.status, ...answer.list(Field.contact)].join(' '), told);
  }
});

test.each([
  ['kim', 'sip:kim@home.example', ['kim@home.example', '204@home.example', 'kim@10.0.0.1'], ['bob@home.example', '202@10.0.0.1']],
  ['kim', 'sip:204@home.example', ['kim@home.example', '204@home.example'], ['bob@second.example']],
  ['kim', 'sip:olga@home.example', ['olga@home.example', 'kim@home.example'], ['bob@home.example', 'alice@home.example']],
  [
    'listed',
    'sip:x@listed.example',
    ['x@listed.example', 'y@else.example'],
    ['kim@home.example', '204@home.example', 'no@home.example'],
  ],
  ['listed', 'sip:petra@home.example', ['petra@home.example', 'x@listed.example'], ['kim@home.example', 'olga@home.example']],
  ['guest', 'sip:gus@open.example', ['gus@open.example'], ['kim@open.example', '204@open.example', 'no@home.example']],
])(
  'who was called, as %s by %s, goes on as who he is, and as nobody else of ours (RFC 4916 §4.4.1, security S11)',
  async (...row) => {
    const [callee, uri, names, others] = row;
    const forwards = '[user olga]\nforward_all = kim\n[user petra]\nforward_all = sip:x@listed.example\n';
    const house = await TollHouse.open(forwards);
    const back = await answered(house, 'alice', uri, callee);
    const shown = ['INFO', 'UPDATE', 'MESSAGE', 'INVITE'].flatMap((method) =>
      [...names, ...others].filter((name) => back(method, { from: `"Somebody" <sip:${name}>` })),
    );
    assert.deepEqual(shown, [...names, ...names, ...names, ...names]);
    for (const name of others) assert.equal(back('BYE', { from: `<sip:${name}>` }), true);
  },
);

test('who was called by a To that cannot be read goes on in that name, as RFC 3261 §12.2.1.1 asks', async () => {
  const house = await TollHouse.open();
  const { phone: alice } = house.caller('alice');
  const kim = house.caller('kim').phone;
  const to = '<sip:kim@home.example:99999>';
  const invite = house.send(house.caller('alice'), 'INVITE', 'sip:kim@home.example', { to });
  const rung = kim.take('INVITE');
  kim.answer(rung, 200, 'OK', [], 'kims');
  alice.within(invite, alice.response(200), 'ACK');
  kim.take('ACK');
  kim.back(rung, 'kims', 'INFO');
  assert.equal(alice.take('INFO').from.text, `${to};tag=kims`);
});

test('who called goes by no name that he has dialed, though who was called may (RFC 4916 §4.4.1, security S11)', async () => {
  const house = await TollHouse.open('[user olga]\nforward_all = kim\n');
  const alice = house.caller('alice');
  const kim = house.caller('kim').phone;
  const invite = house.send(alice, 'INVITE', 'sip:olga@home.example');
  kim.answer(kim.take('INVITE'), 200);
  const ok = alice.phone.response(200);
  alice.phone.within(invite, ok, 'ACK');
  kim.take('ACK');
  alice.phone.within(invite, ok, 'INFO', { from: '<sip:olga@home.example>' });
  alice.phone.response(403);
  assert.deepEqual(kim.waiting, []);
});

test.each(['udp', 'tcp'] as const)(
  'a phone that is named by its Contact, where a call is handed over to it by %s, is that of its user (RFC 5589 §7.3, RFC 5626 §5.3)',
  async (transport) => {
    const house = await TollHouse.open();
    const other = house.caller('alice').phone;
    // The port of its connection is heard by nobody, and its user has another phone.
    const alice = await house.desk.phone('alice', '10.0.0.22', 41_234, transport);
    alice.register();
    const kim = house.caller('kim');
    const { phone } = kim;
    const uri = alice.contact.slice(1, -1);
    assert.equal(house.answer(kim, house.send(kim, 'INVITE', uri)), '403');
    const invite = house.send(kim, 'INVITE', uri, { headers: ['Replaces: a;to-tag=b;from-tag=c'] });
    const rung = alice.take('INVITE');
    assert.deepEqual([rung.uriText, other.waiting], [uri, []]);
    alice.answer(rung, 200);
    phone.within(invite, phone.response(200), 'ACK');
    alice.take('ACK');
    phone.inbox.length = 0;
    // She is nobody else for that: she hands it on as any other call of hers, and shows no other name.
    const back = (cseq: number, method: string, headers: readonly string[], from: string) =>
      alice.back(rung, 'alice-answers', method, { cseq, headers: [...headers, `Contact: ${alice.contact}`], from });
    back(1, 'REFER', [`Refer-To: <${NUMBER}>`], `<${uri}>`);
    back(2, 'REFER', [`Refer-To: <${DEARER}>`], `<${uri}>`);
    back(3, 'INFO', [], '<sip:bob@home.example>');
    assert.deepEqual([phone.waiting, alice.waiting], [['REFER'], ['403 REFER', '403 INFO']]);
  },
);

test('a phone that says in a dialog where its connection comes from, as baresip does over TCP, has a call handed over to it by that (RFC 5589 §7.3)', async () => {
  const house = await TollHouse.open();
  const alice = await house.desk.phone('alice', '10.0.0.22', 5060, 'tcp');
  alice.register(['Contact: <sip:alice-0x55fd6ca75070@10.0.0.22:5060;transport=tcp>', 'Expires: 3600']);
  const { port } = house.desk.exchange.location.bindings('alice').find(({ uri }) => uri.includes('0x'))!.flow.remote;
  assert.notEqual(port, 5060);
  const kim = house.caller('kim');
  const replaces = { headers: ['Replaces: a;to-tag=b;from-tag=c'] };
  house.send(kim, 'INVITE', `sip:alice-0x55fd6ca75070@10.0.0.22:${port};transport=tcp`, replaces);
  assert.equal(alice.take('INVITE').uriText, 'sip:alice-0x55fd6ca75070@10.0.0.22:5060;transport=tcp');
  for (const uri of [
    `alice@10.0.0.22:${port}`,
    `alice-0x55fd6ca75070@10.0.0.22:${port + 1}`,
    `alice-0x55fd6ca75070@10.0.0.23:${port}`,
  ])
    assert.equal(house.answer(kim, house.send(kim, 'INVITE', `sip:${uri};transport=tcp`, replaces)), '403');
});

test('a guest is not called by the Contact of his phone as one of the house, nor a phone by that of another (security S1, S2)', async () => {
  const house = await TollHouse.open();
  const kim = house.caller('kim');
  const gus = house.caller('guest').phone;
  for (const uri of [gus.contact.slice(1, -1), 'sip:alice@10.0.0.77:5060', 'sip:bob@10.0.0.2:5060']) {
    const invite = house.send(kim, 'INVITE', uri, { headers: ['Replaces: a;to-tag=b;from-tag=c'] });
    assert.deepEqual([uri, house.answer(kim, invite)], [uri, '403']);
  }
});

test.each(['invite', 'Invite', 'INVITe', 'INV', 'i', 'refer', 'Notify', 'subscribe', 'bye', 'ack', 'register'])(
  'what a phone may take for another method than we do reaches none: %s (RFC 3261 §7.1, security S1, S23)',
  async (method) => {
    const house = await TollHouse.open();
    const alice = house.caller('alice').phone;
    for (const name of ['nobody', 'listed', 'guest', 'bob', 'provider']) {
      const who = house.caller(name);
      house.send(who, method, 'sip:alice@home.example', { headers: [SPIES[0]!, `Refer-To: <${NUMBER}>`, 'Event: talk'] });
      assert.deepEqual([name, alice.waiting, who.phone.waiting], [name, [], [`400 ${method}`]]);
    }
    const back = await answered(house, 'bob', 'sip:alice@home.example', 'alice');
    assert.throws(() => back(method), `alice has no 403, but 400 ${method}`);
    house.send(house.caller('bob'), 'INVITED', 'sip:alice@home.example');
    assert.equal(alice.take('INVITED').method, 'INVITED');
  },
);

test('a number that is dialed for its address alone is not referred to by whom his class forbids it (RFC 6116, security S1)', async () => {
  // Numbers may have addresses (ENUM), and he may call those; where they have none, the phone of bob would pay.
  const house = await TollHouse.open('[user peer]\npublished = yes\nclass = away\n[class away]\nmay = internal, peers\n');
  await house.add('peer', '10.0.0.23');
  const bob = house.caller('bob').phone;
  for (const [name, uri, passes] of [
    ['peer', NUMBER, false],
    ['peer', 'sip:030111111@home.example', false],
    ['peer', 'tel:+49900123456', false],
    ['peer', 'sip:600@home.example', true],
    ['alice', NUMBER, true],
    ['alice', '0900123456', false],
    ['alice', `${NUMBER}?Subject=x`, true],
    ['kim', 'sip:alice@home.example?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc', true],
    ['kim', `${NUMBER}?Subject=x`, false],
  ] as const)
    for (const value of [`<${uri}>`, uri]) {
      house.send(house.caller(name), 'REFER', 'sip:bob@home.example', { headers: [`Refer-To: ${value}`] });
      assert.deepEqual([name, value, bob.inbox.splice(0).length], [name, value, passes ? 1 : 0]);
    }
});

test.each(['nobody', 'listed', 'guest', 'bob'])(
  'what a phone of the house tells %s within a call is of that call, but to a phone of the house (RFC 4235 §7, security S23)',
  async (name) => {
    const EVENTS = [
      'dialog',
      'DIALOG;sla',
      'presence',
      'message-summary',
      'reg',
      '',
      'refer\r\no: dialog',
      'refer;id=3',
      'conference',
    ];
    const house = await TollHouse.open();
    const who = house.caller(name).phone;
    const alice = house.caller('alice').phone;
    const asked = (ask: (headers: readonly string[]) => void) =>
      EVENTS.filter((event) => {
        ask([`Event: ${event}`, `Contact: ${who.contact}`]);
        return alice.inbox.splice(0).length > 0;
      });
    const invite = house.send(house.caller(name), 'INVITE', 'sip:alice@home.example');
    const rung = alice.take('INVITE');
    alice.answer(rung, 180);
    const ringing = who.response(180);
    const told = asked((headers) => who.within(invite, ringing, 'SUBSCRIBE', { headers }));
    assert.deepEqual(told, name === 'bob' ? EVENTS : EVENTS.slice(-2));
    alice.answer(rung, 486);
    alice.inbox.length = 0;
    // Nor where he was called.
    const uri = { listed: 'sip:x@listed.example', guest: 'sip:gus@open.example', bob: 'sip:bob@home.example' }[name];
    if (uri === undefined) return;
    who.inbox.length = 0;
    house.send(house.caller('alice'), 'INVITE', uri);
    const got = who.take('INVITE');
    let cseq = 0;
    const back = asked((headers) => who.back(got, 'far', 'SUBSCRIBE', { headers, cseq: ++cseq }));
    assert.deepEqual(back, told);
  },
);

test('what guests tell each other is theirs: a subscription of one at another is refreshed (RFC 6665 §4.1.2.2)', async () => {
  const house = await TollHouse.open();
  const gus = house.caller('guest').phone;
  const eve = await house.desk.phone('eve', '10.0.0.99');
  const from = '<sip:eve@open.example>';
  eve.request('REGISTER', 'sip:open.example', { to: from, from });
  const headers = ['Event: presence', `Contact: ${eve.contact}`];
  const subscribe = eve.request('SUBSCRIBE', 'sip:gus@open.example', { from, headers });
  const got = gus.take('SUBSCRIBE');
  gus.answer(got, 200, 'OK', [`Contact: ${gus.contact}`]);
  eve.response(200);
  const ok = eve.response(200);
  eve.within(subscribe, ok, 'SUBSCRIBE', { headers });
  gus.take('SUBSCRIBE');
  // Who asks for something tells nothing of it himself, which a phone might take for a command.
  eve.within(subscribe, ok, 'NOTIFY', { headers, cseq: subscribe.cseq.number + 2 });
  eve.response(489);
  assert.deepEqual(gus.waiting, []);
});

test('a stranger who calls a guest leads us nowhere but to the same place once the connection of that one has closed (security S14, S21)', async () => {
  const house = await TollHouse.open();
  const { desk } = house;
  const tom = await desk.phone('tom', '10.0.0.88', 5060, 'tcp');
  const aor = '<sip:tom@open.example>';
  tom.request('REGISTER', 'sip:open.example', { to: aor, from: aor });
  const { phone } = house.caller('nobody');
  const invite = house.send(house.caller('nobody'), 'INVITE', 'sip:tom@open.example');
  tom.answer(tom.take('INVITE'), 180);
  const ringing = phone.response(180);
  const [port, victim] = [
    new Phone(desk, desk.hostAt('10.0.0.88'), 'tom', { host: '10.0.0.88', port: 2049 }, 'tcp'),
    await desk.phone('victim', '198.51.100.77'),
  ];
  await port.listen();
  const back = new Phone(desk, desk.hostAt('10.0.0.88'), 'tom', { host: '10.0.0.88', port: 49_152 }, 'tcp');
  await back.listen();
  tom.close();
  desk.run();
  const ask = (uri: string) => {
    const { send } = phone;
    phone.send = (text) => send.call(phone, text.replace(/^INFO \S+/, `INFO ${uri}`));
    phone.within(invite, ringing, 'INFO', { cseq: 100 + uri.length });
    phone.send = send;
    desk.run(1_000);
  };
  for (const uri of ['sip:tom@10.0.0.88:2049;transport=tcp', 'sip:tom@198.51.100.77']) {
    ask(uri);
    assert.deepEqual([uri, port.waiting, victim.waiting, phone.waiting], [uri, [], [], ['430 INFO']]);
    phone.inbox.length = 0;
  }
  ask('sip:tom@10.0.0.88:49152;transport=tcp');
  assert.deepEqual([port.waiting, victim.waiting, back.take('INFO').method], [[], [], 'INFO']);
});

test('nobody who is none of the house has a missed call called back at a name or number of it (RFC 3261 §20.31, security S1, S11)', async () => {
  const house = await TollHouse.open();
  const bob = house.caller('bob').phone;
  for (const [name, value, stays] of [
    ['nobody', '<sip:0900123456@home.example>', false], // Twinkle calls back there, and shows From
    ['nobody', 'sip:kim@second.example', false],
    ['nobody', '<sip:77@10.0.0.1>', false],
    ['nobody', '<tel:0900123456>', false],
    ['nobody', '<tel:+49900123456>', false],
    ['nobody', '"x" <sip:@@>', false],
    ['peer', '<sip:0900123456@home.example>', false],
    ['listed', '<sip:0900123456@home.example>', false],
    ['guest', '<sip:0900123456@open.example>', false],
    ['nobody', '"Secretary" <sip:y@nowhere.example>', true],
    ['kim', '<sip:kim@home.example>', true],
  ] as const) {
    for (const method of ['INVITE', 'MESSAGE']) {
      house.send(house.caller(name), method, 'sip:bob@home.example', { headers: [`Reply-To: ${value}`] });
      house.desk.run(200);
      assert.deepEqual([name, value, bob.take(method).text.includes('Reply-To')], [name, value, stays]);
      bob.inbox.length = 0;
    }
  }
});

test('what people read as a name or a number of the house is none of a guest, in capitals or with parameters (security S10, S11)', async () => {
  const house = await TollHouse.open('[user Olga]\n[group Sales]\nmembers = alice\n');
  const eve = await house.phone('eve', '10.0.0.99');
  const said = (name: string, answer: string) => {
    const aor = `<sip:${name}@open.example>`;
    eve.request('REGISTER', 'sip:open.example', { to: aor, from: aor });
    eve.request('INVITE', 'sip:alice@home.example', { from: aor });
    assert.deepEqual([name, eve.inbox.splice(0).map((one) => one.text.slice(8, 11))], [name, answer.split(' ')]);
  };
  for (const name of ['Bob', 'BOB', '%42ob', 'olga', 'OLGA', 'kitchen', 'sales', 'SALES']) said(name, '401 407');
  for (const number of ['202;x=1', '2%302;isub=1', '030-123;ext=4']) said(number, '401 407');
  for (const name of ['bob;x=1', 'Kitchen;', 'bob%3bx', 'bob%00', '202%00;x']) said(name, '401 407');
  said('Bobby', '200');
  // Nor does a user show another one so.
  const kim = house.caller('kim');
  for (const [from, answer] of [
    ['<sip:Alice@home.example>', '403'],
    ['<sip:alice;x=1@home.example>', '403'],
    ['<sip:olga@home.example>', '403'],
    ['<sip:kim;x=1@home.example>', '486'],
    ['<sip:Kitchen@home.example>', '486'],
    ['<sip:KIM@home.example>', '486'],
    ['<sip:kim@home.example>', '486'],
  ] as const) {
    const call = house.send({ ...kim, from }, 'INVITE', 'sip:bob@home.example');
    house.settle();
    assert.deepEqual([from, house.answer(kim, call)], [from, answer]);
  }
});

test.each(['im', 'pres', 'mailto', 'XMPP', 'sip2'])(
  'a name of the house is proved behind any scheme: %s: (RFC 3261 §19.1, security S11)',
  async (scheme) => {
    const house = await TollHouse.open();
    const alice = house.caller('alice').phone;
    for (const [name, address, answer] of [
      ['nobody', 'bob@home.example', '407'],
      ['nobody', '202@10.0.0.1', '407'],
      ['nobody', 'x@home.example', '407'],
      ['listed', 'bob@home.example', '407'],
      ['guest', 'bob@home.example', '407'],
      ['kim', 'bob@home.example', '403'],
      ['kim', 'kim@home.example', '486'],
      ['nobody', 'bob@away.example', '486'],
      ['nobody', 'x:y:z', '486'],
    ] as const) {
      const caller = { ...house.caller(name), from: `<${scheme}:${address}>` };
      const call = house.send(caller, 'INVITE', 'sip:alice@home.example');
      house.settle();
      assert.deepEqual([name, address, house.answer(caller, call)], [name, address, answer]);
    }
    assert.deepEqual(alice.waiting, ['ACK', 'ACK', 'ACK']);
  },
);
