import { assert, test } from 'vitest';
import { Field } from '../../src/sip/message/fields.ts';
import { HOUSE } from '../support/desk.ts';
import type { Phone } from '../support/phone.ts';
import { house, STRANGER } from './house.ts';

// Rules 41 and 58 to 60 in full stand in test/core/registrar; here with the whole of the daemon, from REGISTER to the call.

const BOB = 'sip:bob@home.example';

/** What a REGISTER of bob's gets, once its credentials are right. */
function answerTo(bob: Phone, headers: readonly string[], wanted = {}): string {
  const request = bob.request('REGISTER', 'sip:home.example', { to: '<sip:bob@home.example>', headers, ...wanted });
  bob.authenticated(request, bob.response(401));
  return bob.waiting.join(', ');
}

test('rule 41: a refresh replaces the contact that is equal, and adds the one that differs (RFC 3261 §19.1.4)', async () => {
  const { alice, bob } = await house();
  const rung = () => {
    alice.request('MESSAGE', BOB, STRANGER);
    const uris = bob.inbox.splice(0).map((message) => (message.kind === 'request' ? message.uriText : ''));
    alice.inbox.length = 0;
    return uris.length;
  };
  bob.register(['Contact: <sip:%62ob@10.0.0.3:5060>']);
  assert.equal(rung(), 1);
  bob.register(['Contact: <sip:bob@10.0.0.3>']);
  assert.equal(rung(), 2);
  bob.register(['Contact: <sip:BOB@10.0.0.3>']);
  assert.equal(rung(), 3);
  bob.register(['Contact: <sip:bob@10.0.0.3;x=y>']);
  assert.equal(rung(), 3);
});

test('rule 58: "*" removes all with Expires: 0, and is 400 with anything else (RFC 3261 §10.3 step 6)', async () => {
  const { alice, bob } = await house();
  assert.equal(answerTo(bob, ['Contact: *', 'Expires: 1']), '400 REGISTER');
  bob.inbox.length = 0;
  assert.equal(answerTo(bob, ['Contact: *']), '400 REGISTER');
  bob.inbox.length = 0;
  assert.equal(answerTo(bob, ['Contact: *, <sip:bob@10.0.0.3>', 'Expires: 0']), '400 REGISTER');
  bob.inbox.length = 0;
  alice.request('MESSAGE', BOB, STRANGER);
  bob.take('MESSAGE');
  assert.equal(answerTo(bob, ['Contact: *', 'Expires: 0']), '200 REGISTER');
  assert.deepEqual(bob.response(200).list(Field.contact), []);
  alice.request('MESSAGE', BOB, STRANGER);
  assert.deepEqual(bob.waiting, []);
  alice.response(480);
});

test('rule 59: with the same Call-ID only a higher CSeq counts, and a request counts as a whole; a new Call-ID always does (RFC 3261 §10.3 step 7)', async () => {
  const { desk, bob } = await house();
  const bound = () =>
    desk.exchange.location
      .bindings('bob')
      .map(({ uri }) => uri)
      .sort();
  const first = ['Contact: <sip:bob@10.0.0.3:5060>', 'Expires: 600'];
  assert.equal(answerTo(bob, first, { callId: 'one', cseq: 20 }), '200 REGISTER');
  bob.inbox.length = 0;
  assert.equal(
    answerTo(bob, ['Contact: <sip:bob@10.0.0.3:7>, <sip:bob@10.0.0.3:5060>;expires=0'], { callId: 'one', cseq: 10 }),
    '500 REGISTER',
  );
  assert.deepEqual(bound(), ['sip:bob@10.0.0.3:5060']);
  bob.inbox.length = 0;
  assert.equal(
    answerTo(bob, ['Contact: <sip:bob@10.0.0.3:7>, <sip:bob@10.0.0.3:5060>;expires=0'], { callId: 'two', cseq: 1 }),
    '200 REGISTER',
  );
  assert.deepEqual(bound(), ['sip:bob@10.0.0.3:7']);
});

test('rule 60: the 200 lists all bindings with what is left of them; a brief interval is 423; they end to the second (RFC 3261 §10.3)', async () => {
  const { desk, alice, bob } = await house();
  bob.register(['Contact: *', 'Expires: 0']);
  assert.equal(answerTo(bob, ['Contact: <sip:bob@10.0.0.3>', 'Expires: 5']), '423 REGISTER');
  assert.equal(bob.response(423).get(Field.minExpires), '60');
  assert.equal(
    answerTo(bob, ['Contact: <sip:bob@10.0.0.3>;q=0.3;expires=100, <sip:bob@10.0.0.3:7>', 'Expires: 300']),
    '200 REGISTER',
  );
  bob.response(200);
  desk.run(40_000);
  const listed = bob.register([]);
  assert.deepEqual([...listed.list(Field.contact)].sort(), [
    '<sip:bob@10.0.0.3:7>;expires=260',
    '<sip:bob@10.0.0.3>;q=0.3;expires=60',
  ]);
  assert.deepEqual(listed.list(Field.recordRoute), []);
  desk.run(259_999);
  alice.request('MESSAGE', BOB, STRANGER);
  desk.run(1);
  alice.inbox.length = 0;
  alice.request('MESSAGE', BOB, STRANGER);
  alice.response(480);
});

test('rule 60: the 200 lists first what its request bound, for a phone takes the first Contact for its own (RFC 3261 §10.3 step 8)', async () => {
  const { desk, bob } = await house();
  const listed = (contacts: string) => bob.register([contacts]).list(Field.contact);
  bob.register(['Contact: *', 'Expires: 0']);
  const old = '<sip:bob@10.0.0.3>;expires=300';
  assert.deepEqual(listed('Contact: <sip:bob@10.0.0.3>'), [old]);
  desk.run(1_000);
  const two = ['<sip:bob@10.0.0.4:1>;q=0.2;expires=300', '<sip:bob@10.0.0.4:2>;q=0.1;expires=300'];
  const old299 = '<sip:bob@10.0.0.3>;expires=299';
  assert.deepEqual(listed('Contact: <sip:bob@10.0.0.4:2>;q=0.1, <sip:bob@10.0.0.4:1>;q=0.2'), [...two, old299]);
  const young = '<sip:bob@10.0.0.5>;expires=300';
  assert.deepEqual(listed('Contact: <sip:bob@10.0.0.5>'), [young, old299, ...two]);
  assert.deepEqual(listed('Contact: <sip:bob@10.0.0.3>'), [old, young, ...two]);
});

test('rule 60: the 200 says what time it is by the wall clock, also once that was set (RFC 3261 §10.3 step 8)', async () => {
  const { desk, bob } = await house();
  const date = () => /\r\nDate: (.*)\r\n/.exec(bob.register([]).text)?.[1];
  const before = desk.clock.wall();
  assert.equal(date(), new Date(before).toUTCString());
  desk.clock.step(Date.UTC(2026, 11, 24, 8, 5, 6, 999) - before);
  assert.equal(date(), 'Thu, 24 Dec 2026 08:05:06 GMT');
  desk.run(3_600_000);
  assert.equal(date(), 'Thu, 24 Dec 2026 09:05:06 GMT');
});

test('a guest that says NUL in what is said again gets 400, its name stays free, and it is no bug (RFC 3261 §10.3, security S17)', async () => {
  const { desk } = await house({ config: `${HOUSE}[domain open.example]\ninbound = anonymous\nregister = anonymous\n` });
  const mallory = await desk.phone('mallory', '10.0.0.66');
  const aor = '<sip:gus@open.example>';
  const contact = mallory.contact;
  for (const headers of [
    [`Contact: ${contact};x="\0"`],
    [`Contact: "\0" ${contact}`],
    [`Contact: ${contact}`, 'Supported: path', 'Path: <sip:10.0.0.66;lr>;x="\0"'],
  ]) {
    mallory.request('REGISTER', 'sip:open.example', { to: aor, from: aor, headers });
    assert.deepEqual(mallory.waiting, ['400 REGISTER'], headers.join());
    mallory.inbox.length = 0;
    assert.deepEqual(desk.exchange.location.bindings('gus@open.example'), []);
  }
  assert.equal(desk.exchange.bugs, 0);
  desk.run();
});

test('a To that is no address of SIP is 400, and no bug (RFC 3261 §10.3)', async () => {
  const { desk, bob } = await house();
  for (const to of ['<sip:bob@home.example:x>', '<sip:@home.example>', '<:bob>', '<tel:202>', '<sip:home.example>']) {
    bob.request('REGISTER', 'sip:home.example', { to });
    assert.deepEqual(bob.waiting, ['400 REGISTER'], to);
    bob.inbox.length = 0;
  }
  assert.equal(desk.exchange.bugs, 0);
  desk.run();
});

test('in a domain with "register = off" nobody registers, not even who has a password; the same user does elsewhere (sipwitch.conf(5))', async () => {
  const { bob } = await house({ config: `${HOUSE}[domain closed.example]\nregister = off\n` });
  const closed = bob.request('REGISTER', 'sip:closed.example', {
    to: '<sip:bob@closed.example>',
    headers: [`Contact: ${bob.contact}`],
  });
  bob.authenticated(closed, bob.response(401));
  assert.equal(bob.response(403).reason, 'Forbidden (nobody registers in this domain)');
  assert.equal(answerTo(bob, [`Contact: ${bob.contact}`]), '200 REGISTER');
});

test('who registers in a domain that is not ours is told so, and for an address of another one too (RFC 3261 §10.3 steps 1 and 5)', async () => {
  const { desk, bob } = await house();
  const said = (uri: string, to: string) => {
    bob.request('REGISTER', uri, { to, from: to, headers: [`Contact: ${bob.contact}`] });
    return bob.inbox.splice(0).map((answer) => answer.kind === 'response' && `${answer.status} ${answer.reason}`);
  };
  assert.deepEqual(said('sip:away.example', '<sip:bob@away.example>'), ['403 Forbidden (that is no domain of this server)']);
  assert.deepEqual(said('sip:home.example', '<sip:bob@away.example>'), ['404 Not Found (To is no address of this server)']);
  assert.equal(desk.exchange.bugs, 0);
});
