import { assert, test } from 'vitest';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request } from '../../src/sip/message/message.ts';
import { type Desk, type DeskOptions, HOUSE } from '../support/desk.ts';
import type { Phone, Wanted } from '../support/phone.ts';
import { house, PATIENCE, STRANGER } from './house.ts';

const BOB = 'sip:bob@home.example';
const AWAY = '<sip:mallory@away.example>';
const ALLOWED_TO = new Set(['10.0.0.1', '10.0.0.66']);

/** A house with carol too, whom nobody may call by name, and mallory, who has no account and may ask as often as he likes. */
async function besieged(
  options: DeskOptions = {},
): Promise<{ desk: Desk; alice: Phone; bob: Phone; carol: Phone; mallory: Phone }> {
  const { desk, alice, bob } = await house({ ...options, config: `${options.config ?? HOUSE}${PATIENCE}` });
  const carol = await desk.phone('carol', '10.0.0.4');
  carol.register();
  const mallory = await desk.phone('mallory', '10.0.0.66');
  desk.ladder();
  return { desk, alice, bob, carol, mallory };
}

/** Everything that mallory was told, and proof that nobody else was sent a packet. */
function onlyAnswered(desk: Desk, mallory: Phone, ...others: Phone[]): string {
  desk.run(1);
  const reached = desk.net.wire.filter(({ to }) => !ALLOWED_TO.has(to.host)).map(({ text }) => text);
  assert.deepEqual(reached, []);
  for (const phone of others) assert.deepEqual(phone.waiting, []);
  const said = [...new Set(mallory.waiting)].join(', ');
  mallory.inbox.length = 0;
  desk.net.clear();
  return said;
}

/** An established call of alice and bob, and what a Route through us looks like in it. */
function call(alice: Phone, bob: Phone) {
  const invite = alice.call('INVITE', BOB);
  const got = bob.take('INVITE');
  bob.answer(got, 200);
  const answer = alice.response(200);
  alice.within(invite, answer, 'ACK');
  bob.take('ACK');
  return { invite, got, answer, route: answer.list(Field.recordRoute)[0]!, callId: invite.callId };
}

const METHODS = ['INVITE', 'BYE', 'MESSAGE', 'REFER', 'NOTIFY', 'INFO', 'UPDATE', 'PRACK', 'SUBSCRIBE', 'OPTIONS'];

test('an invented To tag leads nowhere, with or without a Route to us: 481 (house 5, RFC 3261 §12.2)', async () => {
  const { desk, alice, bob, mallory } = await besieged();
  for (const method of METHODS)
    for (const uri of [BOB, 'sip:bob@10.0.0.3:5060', 'sip:202@home.example'])
      for (const headers of [
        [],
        ['Route: <sip:10.0.0.1;lr>'],
        ['Route: <sip:home.example;lr>, <sip:10.0.0.3;lr>'],
        ['Route: <sip:u*10.0.0.1-5060@10.0.0.1;lr>'],
      ]) {
        mallory.request(method, uri, { from: AWAY, toTag: 'invented', headers });
        assert.equal(onlyAnswered(desk, mallory, alice, bob), `481 ${method}`);
      }
});

test('an ACK with an invented To tag, or none, meets silence (RFC 3261 §17.1.1.3)', async () => {
  const { desk, alice, bob, mallory } = await besieged();
  for (const toTag of ['invented', undefined])
    for (const headers of [[], ['Route: <sip:10.0.0.1;lr>'], ['Route: <sip:10.0.0.3;lr>']]) {
      mallory.request('ACK', BOB, { from: AWAY, ...(toTag === undefined ? {} : { toTag }), headers });
      mallory.request('ACK', 'sip:bob@10.0.0.3:5060', { from: AWAY, ...(toTag === undefined ? {} : { toTag }), headers });
      assert.equal(onlyAnswered(desk, mallory, alice, bob), '');
    }
});

test('a preloaded Route to a phone, or to anywhere, is 403 for a stranger and for a user who has proved nothing (RFC 3261 §16.4)', async () => {
  const { desk, alice, bob, mallory } = await besieged();
  for (const from of [AWAY, '<sip:alice@home.example>'])
    for (const route of [
      '<sip:10.0.0.3:5060;lr>',
      '<sip:10.0.0.1;lr>, <sip:10.0.0.3;lr>',
      '<sip:bob@10.0.0.3>',
      '<sip:other.example;lr>',
      '<tel:202>',
      '<sip:10.0.0.1:5099;lr>',
    ]) {
      for (const uri of [BOB, `${BOB};lr`]) {
        mallory.request('INVITE', uri, { from, headers: [`Route: ${route}`] });
        assert.match(onlyAnswered(desk, mallory, alice, bob), /^40[37] INVITE$/, `${uri} ${route}`);
      }
    }
});

test('a forged token, one of another call, and one with a flow put in, are 481 (house 5)', async () => {
  const { desk, alice, bob, mallory } = await besieged();
  const { route, invite, answer } = call(alice, bob);
  desk.net.clear();
  const last = (text: string) => text.replace(/(.)@/, (_, c: string) => `${c === '0' ? '1' : '0'}@`);
  const forged = [
    last(route),
    route.replace('~u*10.0.0.1-5060*10.0.0.3', '~u*10.0.0.1-5060*10.0.0.4'),
    route.replace('10.0.0.2-5060', '10.0.0.66-5060'),
    route.replace('u.alice', 'u.bob'),
    route.replace(/~[0-9a-f]{20}@/, '~@'),
    route.replace(/~[0-9a-f]{20}@/, '@'),
    '<sip:~@10.0.0.1;lr>',
    '<sip:~~~@10.0.0.1;lr>',
  ];
  const tags = { from: AWAY, fromTag: invite.from.tag!, toTag: answer.to.tag!, callId: invite.callId };
  for (const value of forged)
    for (const method of METHODS) {
      mallory.request(method, 'sip:bob@10.0.0.3:5060', { ...tags, headers: [`Route: ${value}`] });
      assert.equal(onlyAnswered(desk, mallory, alice, bob), `481 ${method}`, value);
    }
  // The true token, in another call: other Call-ID, other tags, its tags changed for one another's places but not both.
  for (const other of [
    { callId: 'other' },
    { fromTag: 'x', toTag: 'y' },
    { fromTag: 'x' },
    { fromTag: answer.to.tag!, toTag: 'x' },
  ]) {
    mallory.request('BYE', 'sip:bob@10.0.0.3:5060', { ...tags, ...other, headers: [`Route: ${route}`] });
    assert.equal(onlyAnswered(desk, mallory, alice, bob), '481 BYE', JSON.stringify(other));
  }
});

test('a caller without a From tag is spoken to and hung up on: the token of his call stands for the tag (RFC 3261 §12.1.1, §12.2.1.1)', async () => {
  const { desk, bob, mallory } = await besieged();
  const { invite, route } = callUntagged(desk, mallory, bob);
  const within = { to: AWAY, from: `<${BOB}>`, fromTag: 'bob-answers', callId: invite.callId };
  const headers = [`Route: ${route}`];
  for (const method of ['INVITE', 'ACK', 'INFO', 'BYE']) {
    bob.request(method, 'sip:mallory@10.0.0.66:5060', { ...within, headers });
    const request = mallory.take(method);
    assert.equal(request.to.tag, undefined);
    if (method === 'ACK') continue;
    mallory.answer(request, 200);
    bob.response(200);
  }
});

test('who knows Call-ID and tags of a call speaks in it by no To whose tag a phone alone finds (house 5, RFC 3261 §12.2.2)', async () => {
  const { desk, alice, bob, mallory } = await besieged();
  const { invite, answer, callId } = call(alice, bob);
  desk.net.clear();
  const tag = answer.to.tag!;
  for (const to of [`<${BOB}>;x="a;tag=${tag};b"`, `<${BOB}?x=;tag=${tag}>`, `<${BOB}>\r\nAabsk: <${BOB}>;tag=${tag}`])
    for (const method of ['INVITE', 'MESSAGE', 'INFO', 'BYE']) {
      mallory.request(method, BOB, { from: AWAY, fromTag: invite.from.tag!, to, callId, cseq: 9 });
      assert.equal(onlyAnswered(desk, mallory, alice, bob), `400 ${method}`, to);
    }
});

test('without a tag and without such a token a request is a new one: asked for a password, or refused (house 5)', async () => {
  const { desk, alice, bob, mallory } = await besieged();
  const untagged = callUntagged(desk, mallory, bob);
  const tagged = call(alice, bob);
  desk.net.clear();
  const seen = (method: string, wanted: Wanted) => {
    bob.inbox.length = 0;
    bob.request(method, 'sip:mallory@10.0.0.66:5060', { to: AWAY, from: `<${BOB}>`, fromTag: 'bob-answers', ...wanted });
    assert.deepEqual([...mallory.waiting, ...alice.waiting], [], method);
    return bob.waiting.join(', ');
  };
  for (const method of ['INVITE', 'BYE', 'INFO']) {
    assert.equal(seen(method, { callId: untagged.invite.callId, headers: [] }), `407 ${method}`);
    assert.equal(seen(method, { callId: 'another', headers: [`Route: ${untagged.route}`] }), `407 ${method}`);
    const forged = untagged.route.replace('10.0.0.66-5060', '10.0.0.2-5060');
    assert.equal(seen(method, { callId: untagged.invite.callId, headers: [`Route: ${forged}`] }), `407 ${method}`);
    assert.equal(seen(method, { callId: tagged.invite.callId, headers: [`Route: ${tagged.route}`] }), `407 ${method}`);
  }
  // The caller himself says nothing to the callee in a dialog that he names by no tag at all.
  bob.inbox.length = 0;
  for (const method of ['INVITE', 'REFER', 'ACK'])
    mallory.send(
      mallory
        .text(method, 'sip:203@home.example', {
          from: AWAY,
          callId: untagged.invite.callId,
          headers: [`Route: ${untagged.route}`],
        })
        .replace(/;tag=[^\r]*/, ''),
    );
  desk.run();
  assert.deepEqual(mallory.waiting, ['404 INVITE', '403 REFER']);
  assert.deepEqual(bob.waiting, []);
});

/** A call of somebody whose user agent knows no tags, which bob has taken. */
function callUntagged(desk: Desk, caller: Phone, bob: Phone): { readonly invite: Request; readonly route: string } {
  caller.send(caller.text('INVITE', BOB, { from: AWAY }).replace(/;tag=[^\r]*/, ''));
  desk.run();
  const invite = bob.take('INVITE');
  bob.answer(invite, 200);
  const [route] = caller.response(200).list(Field.recordRoute);
  return { invite, route: route! };
}

test('a token leads to the two phones of its call only, whatever the Request-URI and the rest of the Route say (house 5)', async () => {
  const { desk, bob, carol, mallory } = await besieged();
  const invite = mallory.request('INVITE', BOB, { from: AWAY });
  bob.answer(bob.take('INVITE'), 200);
  const answer = mallory.response(200);
  const [route] = answer.list(Field.recordRoute);
  const tags = { from: AWAY, fromTag: invite.from.tag!, toTag: answer.to.tag!, callId: invite.callId };
  const ours = route!.replace(/[<>]/g, '');
  desk.net.clear();
  for (const [uri, routes] of [
    ['sip:carol@home.example', route],
    ['sip:203@home.example', route],
    ['sip:carol@10.0.0.4:5060', route],
    ['sip:carol@10.0.0.4:5060', `${route}, <sip:10.0.0.4;lr>`],
    [ours, '<sip:carol@10.0.0.4:5060>'],
    [ours, '<sip:10.0.0.4;lr>, <sip:carol@10.0.0.4:5060>'],
    ['sip:carol@10.0.0.4:5060', `${route}, <sip:10.0.0.4>`],
  ] as const) {
    mallory.request('INFO', uri, { ...tags, headers: [`Route: ${routes}`] });
    bob.take('INFO');
    assert.deepEqual(carol.waiting, []);
  }
  mallory.request('ACK', 'sip:bob@10.0.0.3:5060', {
    from: AWAY,
    fromTag: invite.from.tag!,
    callId: invite.callId,
    headers: [`Route: ${route}`],
  });
  assert.deepEqual(bob.waiting, []);
  assert.deepEqual(
    [...new Set(desk.net.wire.filter(({ from }) => from.host === '10.0.0.1').map(({ to }) => to.host))],
    ['10.0.0.3'],
  );
});

test('a Record-Route that a stranger invents turns no phone of ours away from us (RFC 3261 §16.6 step 4)', async () => {
  const { desk, bob, carol, mallory } = await besieged();
  mallory.request('INVITE', BOB, {
    from: AWAY,
    headers: ['Contact: <sip:carol@10.0.0.4>', 'Record-Route: <sip:x@10.0.0.1;lr>, <sip:10.0.0.4;lr>'],
  });
  const got = bob.take('INVITE');
  assert.match(got.list(Field.recordRoute)[0]!, /^<sip:u\*10\.0\.0\.1-5060\*10\.0\.0\.66-5060~/);
  bob.answer(got, 200);
  desk.net.clear();
  bob.back(got, 'bob-answers', 'BYE');
  const bye = mallory.take('BYE');
  assert.equal(bye.uriText, 'sip:carol@10.0.0.4');
  assert.deepEqual(carol.waiting, []);
  assert.deepEqual([...new Set(desk.net.wire.map(({ to }) => to.host))], ['10.0.0.1', '10.0.0.66']);
});

test('From says to be one of ours: a challenge, by whatever name (RFC 3261 §22, security S11)', async () => {
  const { desk, alice, bob, mallory } = await besieged();
  for (const from of [
    '<sip:alice@home.example>',
    '<sip:201@home.example>',
    '<sip:%61lice@home.example>',
    '<sip:alice@HOME.Example>',
    '<sip:alice@home.example:5060>',
    '<sip:alice@home.example:9>',
    '<sip:alice@home.example.>',
    '<sips:alice@home.example>',
    '<sip:alice@10.0.0.1>',
    '<sip:alice@10.0.0.1:9>',
    '<sip:alice@localhost>',
    '<sip:nobody@home.example>',
    '<sip:home.example>',
    '<sip:alice:secret@home.example;x=y>',
    'sip:alice@home.example',
    '"Alice" <sip:alice@home.example>',
    '<tel:201>',
    '<tel:2-0.1>',
    '<tel:%32%30%31>',
    '<tel:+1;x=alice@home.example>',
    '<im:alice@home.example>',
    '<im://alice@home.example>',
    '<im:alice@home.example/x>', // what libre and Sofia-SIP take for alice@home.example, as all that follow
    '<im:alice@home.example:99999>',
    '<im:alice@home.example;@x>',
    '<mailto:alice@home.example?x@y>',
    '<http://alice@home.example/>',
  ])
    for (const method of ['INVITE', 'MESSAGE']) {
      mallory.request(method, BOB, { from });
      assert.equal(`${from} ${onlyAnswered(desk, mallory)}`, `${from} 407 ${method}`);
      assert.deepEqual([...alice.waiting, ...bob.waiting], [], from);
    }
});

test("with a password of one's own, From still names nobody else: 403 (RFC 3261 §22, security S11)", async () => {
  const { desk, alice, bob, carol } = await besieged();
  for (const from of [
    '<sip:bob@home.example>',
    '<sip:202@home.example>',
    '<sip:bob@10.0.0.1>',
    '<tel:202>',
    '<tel:%32%30%32>',
    '<im://bob@home.example>',
    '<sip:bob%00@home.example>', // oSIP and belle-sip read up to the NUL
    '<sip:bob%00x@home.example>',
    // No URI to us, and bob@home.example to Kamailio, libre, oSIP, Sofia-SIP or belle-sip.
    '<sip:bob@home.example:99999>',
    '<sip:bob@home.example:>',
    '<sip:bob@home.example;x=%zz>',
    '<sip:bob%@home.example>',
    '<sip:bob@home.example;@away.example>',
    '<sip:bob@home.example?x=@away.example>',
    '<sip:bob@home.example/x>',
    '<sip:bob@home%2eexample>',
    '<%73ip:bob@home.example>',
    '<im:bob@home.example/x>',
    '<tel:bob@home.example>',
  ]) {
    const request = carol.request('INVITE', 'sip:alice@home.example', { from });
    carol.authenticated(request, carol.response(407));
    carol.response(403);
    assert.deepEqual([...carol.waiting, ...alice.waiting, ...bob.waiting], [], from);
  }
  desk.run();
});

test('a name that is From, Content-Length or Refer-To to libre alone reaches no phone, in a request or an answer (RFC 3261 §7.3.1, security S1, S11)', async () => {
  const { desk, alice, bob, mallory } = await besieged();
  const invite = mallory.request('INVITE', BOB, { from: AWAY });
  bob.answer(bob.take('INVITE'), 200);
  const answer = mallory.response(200);
  for (const line of [
    'Aafie: <sip:alice@home.example>;tag=1',
    'aaeto: 0',
    'Aaguy: <sip:alice@home.example>',
    'Aaitp: <x>;info=alert-autoanswer',
  ]) {
    mallory.request('INVITE', BOB, { from: AWAY, headers: [line] });
    mallory.response(400);
    assert.deepEqual(bob.waiting, [], line);
  }
  mallory.within(invite, answer, 'REFER', {
    headers: ['Aagqj: <sip:030123456@home.example>', `Contact: ${mallory.contact}`],
  });
  mallory.response(400);
  assert.deepEqual(bob.waiting, []);
  alice.call('INVITE', BOB);
  const got = bob.take('INVITE');
  bob.answer(got, 302, 'Moved', ['Aabra: <sip:030123456@home.example>']);
  desk.run(100);
  assert.deepEqual(alice.waiting, []);
});

test('a wrong password, and a user whom nobody knows, are challenged again alike (security S5)', async () => {
  const { desk, bob, mallory } = await besieged();
  const lengths = new Set<number>();
  for (const [user, password] of [
    ['alice', 'wrong'],
    ['nobody', 'wrong'],
    ['201', 'alice2'],
  ] as const) {
    const request = mallory.request('INVITE', BOB, { from: `<sip:${user}@home.example>` });
    mallory.authenticated(request, mallory.response(407), password, user);
    const again = mallory.response(407);
    lengths.add(again.text.length - user.length);
    assert.deepEqual([...mallory.waiting, ...bob.waiting], []);
  }
  assert.equal(lengths.size, 1);
  desk.run();
});

test('forged datagrams, with whatever credentials, do not keep the phone at that address from registering and calling (security S6)', async () => {
  const { desk, alice, bob, mallory } = await besieged();
  // In the name of the host of alice; what it is answered goes there, and its sender never sees it.
  const forged = await desk.phone('forged', alice.address.host, 9);
  for (let n = 0; n < 50; n++) {
    const to = `<sip:u${n}@home.example>`;
    const register = mallory.request('REGISTER', 'sip:home.example', { to, from: to });
    const challenge = mallory.response(401);
    const known = mallory.credentials(challenge, 'REGISTER', register.uriText, 'guess', `u${n}`);
    for (const line of [known, known.replace(/nonce="[^"]*"/, 'nonce="x"')])
      forged.request('REGISTER', register.uriText, { to, from: to, headers: [line] });
  }
  alice.register();
  alice.authenticated(alice.request('INVITE', BOB), alice.response(407));
  assert.deepEqual(bob.waiting, ['INVITE']);
  desk.run();
});

test('strangers hear one and the same 404 for who is unknown, unpublished, away or a number (security S5)', async () => {
  const { desk, alice, bob, carol, mallory } = await besieged();
  let n = 100;
  const answerTo = (uri: string, method: string): string => {
    const request = mallory.request(method, uri, { from: AWAY, callId: 'same@away', cseq: 7, branch: `z9hG4bK${n++}` });
    const [answer] = mallory.inbox.splice(0);
    assert.deepEqual([...alice.waiting, ...bob.waiting, ...carol.waiting], [], uri);
    return answer!.text
      .replace(request.via.branch, '')
      .replaceAll(uri, '')
      .replace(/;tag=[0-9a-f]{12}/, ';tag=');
  };
  for (const method of ['INVITE', 'MESSAGE']) {
    const known = answerTo('sip:carol@home.example', method);
    assert.match(known, /^SIP\/2\.0 404 Not Found\r\n/);
    const others = [
      'sip:nobody@home.example',
      'sip:202@home.example',
      'sip:203@home.example',
      'sip:299@home.example',
      'sip:*98@home.example',
      'sip:%2b3212345@home.example',
      'sip:%32%30%32@home.example',
      'tel:202',
      'tel:+3212345',
      'sip:home.example',
    ];
    for (const uri of others) assert.equal(answerTo(uri, method), known, `${method} ${uri}`);
  }
  desk.run();
});

test('REGISTER for a known and an unknown user is answered alike (security S5)', async () => {
  const { mallory } = await besieged();
  const answerTo = (name: string): string => {
    const to = `<sip:${name}@home.example>`;
    mallory.request('REGISTER', 'sip:home.example', { to, from: to, callId: 'same@away', cseq: 7 });
    return mallory
      .response(401)
      .text.replace(/branch=[^;]*/, '')
      .replaceAll(to, '')
      .replace(/;tag=[0-9a-f]{12}/, '')
      .replace(/nonce="([^"]*)"/, (_, nonce: string) => `nonce of ${nonce.length}`);
  };
  assert.equal(answerTo('nobody'), answerTo('alice'));
  assert.equal(answerTo('203'), answerTo('alice'));
});

test('strangers may call, write and ask what a phone can do; nothing that steers or watches one reaches it (security S23)', async () => {
  const { desk, alice, bob, mallory } = await besieged();
  for (const method of ['REFER', 'NOTIFY', 'SUBSCRIBE', 'PUBLISH', 'INFO', 'UPDATE', 'BYE', 'PRACK'])
    for (const uri of [BOB, 'sip:carol@home.example', 'sip:nobody@home.example']) {
      mallory.request(method, uri, { from: AWAY });
      assert.match(onlyAnswered(desk, mallory, alice, bob), /^40[35] /, `${method} ${uri}`);
    }
  mallory.request('MESSAGE', BOB, { from: AWAY });
  bob.take('MESSAGE');
  mallory.request('OPTIONS', BOB, { from: AWAY });
  bob.take('OPTIONS');
  mallory.request('INVITE', BOB, { from: AWAY });
  bob.take('INVITE');
});

test("a phone's own address as Request-URI is 403 for strangers: we are no open relay (RFC 3261 §16.5)", async () => {
  const { desk, alice, bob, carol, mallory } = await besieged();
  for (const uri of [
    'sip:bob@10.0.0.3:5060',
    'sip:10.0.0.3',
    'sip:bob@10.0.0.3;transport=tcp',
    'sip:bob@10.0.0.3;maddr=10.0.0.4',
    'sip:bob@10.0.0.1:5099',
  ]) {
    mallory.request('INVITE', uri, { from: AWAY });
    assert.equal(onlyAnswered(desk, mallory, alice, bob, carol), '403 INVITE', uri);
    desk.net.clear();
  }
});

test('maddr and transport in a Request-URI of ours lead nowhere else (security S21)', async () => {
  const { desk, bob, carol, mallory } = await besieged();
  mallory.request('MESSAGE', `${BOB};maddr=10.0.0.4;transport=tcp`, { from: AWAY });
  assert.equal(bob.take('MESSAGE').uriText, 'sip:bob@10.0.0.3:5060');
  assert.deepEqual(carol.waiting, []);
  desk.run();
});

test('what a caller asserts about itself stays here, also within a call (RFC 3325 §5, security S11)', async () => {
  const { alice, bob, mallory } = await besieged();
  const lines = [
    'P-Asserted-Identity: "Boss" <sip:alice@home.example>, <tel:201>',
    'P-Preferred-Identity: <sip:alice@home.example>',
    'Remote-Party-ID: "Boss" <sip:alice@home.example>;party=calling',
    'P-Asserted-identity: <tel:201>',
  ];
  const identities = (text: string) => text.split('\r\n').filter((line) => /identity|party/i.test(line));
  const invite = mallory.request('INVITE', BOB, {
    from: AWAY,
    headers: [...lines, 'Contact: <sip:m@10.0.0.66>', 'Privacy: none'],
  });
  const got = bob.take('INVITE');
  assert.deepEqual(identities(got.text), []);
  assert.match(got.text, /\r\nPrivacy: none\r\n/);
  bob.answer(got, 200);
  mallory.within(invite, mallory.response(200), 'UPDATE', { headers: lines });
  assert.deepEqual(identities(bob.take('UPDATE').text), []);
  alice.call('INVITE', BOB, { headers: lines });
  assert.deepEqual(identities(bob.take('INVITE').text), []);
});

test("a CANCEL of another's call needs its branch and its sent-by (RFC 3261 §9.2)", async () => {
  const { desk, alice, bob, mallory } = await besieged();
  const invite = alice.call('INVITE', BOB);
  bob.answer(bob.take('INVITE'), 180);
  desk.net.clear();
  const same = { from: '<sip:alice@home.example>', callId: invite.callId, cseq: invite.cseq.number };
  mallory.request('CANCEL', BOB, { ...same, branch: invite.via.branch });
  assert.equal(onlyAnswered(desk, mallory, bob), '481 CANCEL');
  mallory.request('CANCEL', BOB, same);
  assert.equal(onlyAnswered(desk, mallory, bob), '481 CANCEL');
});

test('a response with a branch that was guessed, from anywhere, goes nowhere (RFC 3261 §17.1.3)', async () => {
  const { desk, alice, bob, mallory } = await besieged();
  alice.call('INVITE', BOB);
  const got = bob.take('INVITE');
  desk.net.clear();
  const answer = got.text.replace(/^[^\r]*/, 'SIP/2.0 200 OK');
  for (const branch of [
    'z9hG4bK',
    'z9hG4bK1',
    `${got.via.branch}.`,
    got.via.branch.slice(0, 23),
    got.via.branch.replace(/^.{10}/, 'z9hG4bK000'),
  ])
    mallory.send(answer.replace(got.via.branch, branch));
  desk.run(1);
  assert.equal(onlyAnswered(desk, mallory, bob), '');
});

test('Contacts that lead to ourselves are 403, whatever they call us (security S2)', async () => {
  const { desk, bob } = await besieged();
  for (const contact of [
    'sip:bob@10.0.0.1',
    'sip:bob@10.0.0.1:5060',
    'sip:carol@home.example',
    'sip:203@HOME.example',
    'sip:x@localhost',
    'sip:x@desk',
  ]) {
    const request = bob.request('REGISTER', 'sip:home.example', {
      to: '<sip:bob@home.example>',
      headers: [`Contact: <${contact}>`],
    });
    bob.authenticated(request, bob.response(401));
    assert.deepEqual(bob.waiting, ['403 REGISTER'], contact);
    bob.inbox.length = 0;
  }
  assert.deepEqual(
    desk.exchange.location.bindings('bob').map(({ uri }) => uri),
    ['sip:bob@10.0.0.3:5060'],
  );
});

test("a Contact with another's address reaches only whoever registered it (security S2)", async () => {
  const { desk, alice, bob, carol } = await besieged();
  for (const contact of [
    '<sip:carol@10.0.0.4>',
    '<sip:carol@10.0.0.4;transport=tcp>',
    '<sip:carol@10.0.0.3;maddr=10.0.0.4>',
    '<sip:bob@10.0.0.3;maddr=10.0.0.1>',
    '<sip:carol@other.example>',
    '<sip:carol@[::ffff:10.0.0.4]>',
    '<sip:carol@10.0.0.255>',
  ]) {
    bob.register(['Contact: *', 'Expires: 0']);
    bob.register([`Contact: ${contact}`]);
    desk.net.clear();
    alice.call('MESSAGE', BOB);
    bob.answer(bob.take('MESSAGE'), 200);
    alice.response(200);
    assert.deepEqual(carol.waiting, [], contact);
    assert.deepEqual([...new Set(desk.net.wire.map(({ to }) => to.host))].sort(), ['10.0.0.1', '10.0.0.2', '10.0.0.3'], contact);
  }
});

test('REGISTER is never in a dialog: with a To tag, a Route of ours or a token it is asked for a password all the same (house 5)', async () => {
  const { desk, alice, bob, mallory } = await besieged();
  const { route } = call(alice, bob);
  for (const headers of [
    [],
    [`Route: ${route}`],
    ['Route: <sip:10.0.0.1;lr>'],
    [
      'Proxy-Authorization: Digest username="bob", realm="desk", nonce="x", uri="sip:home.example", response="00000000000000000000000000000000"',
    ],
  ]) {
    mallory.request('REGISTER', 'sip:home.example', {
      to: '<sip:bob@home.example>',
      from: '<sip:bob@home.example>',
      toTag: 'x',
      headers: [...headers, 'Contact: <sip:bob@10.0.0.66>'],
    });
    assert.deepEqual(mallory.waiting, ['401 REGISTER']);
    mallory.inbox.length = 0;
  }
  const request = mallory.request('REGISTER', 'sip:home.example', {
    to: '<sip:bob@home.example>',
    from: '<sip:mallory@away.example>',
  });
  mallory.authenticated(request, mallory.response(401), 'carol', 'carol');
  assert.deepEqual(mallory.waiting, ['403 REGISTER']);
  assert.equal(desk.exchange.location.bindings('bob').length, 1);
});

test('a domain for authenticated callers asks every stranger, whatever is dialed, and one that is off lets none in (house 5)', async () => {
  const closed = await besieged({ config: HOUSE.replace('inbound = anonymous', 'inbound = authenticated') });
  const off = await besieged({ config: HOUSE.replace('inbound = anonymous', 'inbound = off') });
  for (const uri of [BOB, 'sip:nobody@home.example', 'sip:202@home.example', 'tel:202']) {
    closed.mallory.request('INVITE', uri, { from: AWAY });
    assert.equal(onlyAnswered(closed.desk, closed.mallory, closed.bob), '407 INVITE', uri);
    off.mallory.request('INVITE', uri, { from: AWAY });
    assert.equal(onlyAnswered(off.desk, off.mallory, off.bob), '403 INVITE', uri);
  }
});

test('our own address is never an open domain, even where the domain is (house 5)', async () => {
  const { desk, bob, mallory } = await besieged();
  for (const uri of ['sip:bob@10.0.0.1', 'sip:bob@10.0.0.1:5060', 'sip:bob@localhost', 'sip:202@desk']) {
    mallory.request('INVITE', uri, STRANGER);
    assert.equal(onlyAnswered(desk, mallory, bob), '407 INVITE', uri);
  }
});

const OPEN = `${HOUSE}[domain open.example]\ninbound = anonymous\nregister = anonymous\n`;

test('a guest of an open domain is no more than that: not one of the house, and not free to steer its phones (house 5, security S11, S23)', async () => {
  const { desk, alice, bob, mallory } = await besieged({ config: OPEN });
  const gus = '<sip:gus@open.example>';
  mallory.request('REGISTER', 'sip:open.example', { to: gus, from: gus });
  mallory.response(200);
  desk.ladder();
  for (const from of [
    '<sip:alice@home.example>',
    '<sip:201@open.example>',
    '<sip:alice@open.example>',
    '<tel:201>',
    '<sip:nobody@home.example>',
    '<sip:alice@home.example:+1>',
  ]) {
    mallory.request('INVITE', BOB, { from });
    assert.equal(`${from} ${onlyAnswered(desk, mallory, alice, bob)}`, `${from} 407 INVITE`);
  }
  for (const method of ['REFER', 'NOTIFY', 'SUBSCRIBE', 'INFO']) {
    mallory.request(method, BOB, { from: gus });
    assert.equal(onlyAnswered(desk, mallory, alice, bob), `403 ${method}`);
    mallory.request(method, 'sip:carol@home.example', { from: gus });
    assert.equal(onlyAnswered(desk, mallory, alice, bob), `404 ${method}`);
  }
  mallory.request('INVITE', 'sip:202@home.example', { from: gus });
  assert.equal(onlyAnswered(desk, mallory, alice, bob), '404 INVITE');
  mallory.request('INVITE', BOB, { from: gus });
  bob.take('INVITE');
  alice.call('NOTIFY', 'sip:gus@open.example');
  mallory.take('NOTIFY');
});

test('of two guests on one phone each is known by its own name, whichever registered last or has left (house 5)', async () => {
  const { bob, mallory } = await besieged({ config: OPEN.replace('[user bob]', '[user bob]\nanonymous = no') });
  const [gus, gil] = ['<sip:gus@open.example>', '<sip:gil@open.example>'] as const;
  const register = (aor: string, headers = [`Contact: ${mallory.contact}`]) => {
    mallory.request('REGISTER', 'sip:open.example', { to: aor, from: aor, callId: aor, headers });
    mallory.response(200);
  };
  const rings = (from: string) => {
    mallory.request('INVITE', BOB, { from });
    return bob.inbox.splice(0).length === 1;
  };
  register(gus);
  register(gil);
  assert.deepEqual([rings(gus), rings(gil), rings('<sip:gerd@open.example>')], [true, true, false]);
  register(gil, ['Contact: *', 'Expires: 0']);
  assert.deepEqual([rings(gus), rings(gil)], [true, false]);
});

test("a name that a guest took is nobody else's, nor is a user's name or a number one for guests (security S10)", async () => {
  const { desk, bob, mallory } = await besieged({ config: OPEN });
  const register = (phone: Phone, name: string) => {
    const aor = `<sip:${name}@open.example>`;
    phone.inbox.length = 0;
    phone.request('REGISTER', 'sip:open.example', { to: aor, from: aor });
    return phone.waiting.join(', ');
  };
  assert.equal(register(mallory, 'gus'), '200 REGISTER');
  assert.equal(register(bob, 'gus'), '403 REGISTER');
  assert.equal(register(mallory, 'alice'), '401 REGISTER');
  assert.equal(register(mallory, '201'), '401 REGISTER');
  assert.equal(register(mallory, '999'), '401 REGISTER');
  desk.run();
});

test('a name of a guest has 128 characters at most, escapes counted as what they mean (security S12, S24)', async () => {
  const { desk, mallory } = await besieged({ config: OPEN });
  const register = (name: string) => {
    const aor = `<sip:${name}@open.example>`;
    mallory.request('REGISTER', 'sip:open.example', { to: aor, from: aor });
    const [answer] = mallory.inbox.splice(0);
    return answer!.text.slice('SIP/2.0 '.length, answer!.text.indexOf('\r\n'));
  };
  assert.equal(register('g'.repeat(129)), "403 Forbidden (a guest's name has 128 characters at most)");
  assert.equal(register('g'.repeat(128)), '200 OK');
  assert.equal(register('%68'.repeat(128)), '200 OK');
  desk.run();
});

test('an open domain has one answer for every number, whether a user has it or not (security S5)', async () => {
  const { desk, mallory } = await besieged({ config: OPEN });
  const answers = (ask: (number: string) => void) =>
    ['201', '202', '203', '299', '999', '1', '*98'].map((number) => {
      ask(number);
      return mallory.waiting.join(mallory.inbox.splice(0).length === 1 ? '' : '!');
    });
  const at = (number: string) => `sip:${number}@open.example`;
  const uniform = (status: string) => new Array(7).fill(status);
  assert.deepEqual(
    answers((number) => mallory.request('REGISTER', 'sip:open.example', { to: `<${at(number)}>`, from: `<${at(number)}>` })),
    uniform('401 REGISTER'),
  );
  for (const method of ['INVITE', 'OPTIONS', 'MESSAGE', 'SUBSCRIBE']) {
    const from = (text: (number: string) => string, uri: (number: string) => string) =>
      answers((number) => mallory.request(method, uri(number), { from: text(number) }));
    assert.deepEqual(
      from((number) => `<${at(number)}>`, at),
      uniform(`407 ${method}`),
    );
    assert.deepEqual(
      from(
        (number) => `<${at(number)}>`,
        () => at('nobody'),
      ),
      uniform(`407 ${method}`),
    );
    assert.deepEqual(
      from(
        (number) => `<tel:${number.replace('*', '')}>`,
        () => at('nobody'),
      ),
      uniform(`407 ${method}`),
    );
  }
  assert.deepEqual(
    answers(() => mallory.request('INVITE', at('nobody'), { from: '<tel:+3212345>' })),
    uniform('404 INVITE'),
  );
  desk.run();
});

test('ten thousand guests are the most; who is there already refreshes, users register all the same, and a thousand by connections (security S12)', async () => {
  const { desk, bob, mallory } = await besieged({ config: OPEN });
  const register = (name: string, phone = mallory) => {
    const aor = `<sip:${name}@open.example>`;
    phone.inbox.length = 0;
    phone.request('REGISTER', 'sip:open.example', { to: aor, from: aor, callId: name });
    return phone.waiting.join(', ');
  };
  desk.net.recording = false;
  for (let n = 0; n < 10_000; n++) assert.equal(register(`g${n}`), '200 REGISTER');
  assert.equal(register('one-more'), '503 REGISTER');
  assert.equal(register('g0'), '200 REGISTER');
  assert.equal(bob.register().status, 200);
  const eve = await desk.phone('eve', '10.0.0.66', 5061, 'tcp');
  for (let n = 0; n < 1_000; n++) assert.equal(register(`t${n}`, eve), '200 REGISTER');
  assert.equal(register('one-more', eve), '503 REGISTER');
  desk.run(301_000);
  assert.equal(register('one-more'), '200 REGISTER');
});

test('one source takes two hundred names in open domains at most; who has one keeps it, and others come in (security S12)', async () => {
  const { desk } = await house({
    config: OPEN.replace('listen = ', `listen = udp:[fd00::1]:5060, `),
    addresses: ['10.0.0.1', 'fd00::1'],
  });
  const register = (phone: Phone, name: string, expires = 300) => {
    const aor = `<sip:${name}@open.example>`;
    phone.inbox.length = 0;
    desk.run(250);
    const headers = [`Contact: ${phone.contact}`, `Expires: ${expires}`];
    phone.request('REGISTER', 'sip:open.example', { to: aor, from: aor, callId: name, headers, cseq: ++cseq });
    return phone.waiting.join(', ');
  };
  let cseq = 0;
  const eve = await desk.phone('eve', '2001:db8::66');
  const again = await desk.phone('eve', '2001:db8::67');
  const fay = await desk.phone('fay', '2001:db8:0:1::66');
  for (let n = 0; n < 200; n++) assert.equal(register(n % 2 === 0 ? eve : again, `g${n}`), '200 REGISTER');
  assert.equal(register(eve, 'one-more'), '503 REGISTER');
  assert.equal(register(again, 'one-more'), '503 REGISTER');
  assert.equal(register(eve, 'g0'), '200 REGISTER');
  assert.equal(register(fay, 'fay'), '200 REGISTER');
  assert.equal(register(eve, 'g0', 0), '200 REGISTER');
  assert.equal(register(eve, 'one-more'), '200 REGISTER');
});
