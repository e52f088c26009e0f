import { assert, test } from 'vitest';
import { Request, Response } from '../../src/sip/message/message.ts';
import { HOUSE } from '../support/desk.ts';
import { house, NOTHING, nothingLeft, PATIENCE, STRANGER } from './house.ts';

const NOBODY = 'sip:nobody@home.example';

test('who proved nothing is refused once, and nothing of it is kept (security S12, S14)', async () => {
  const { desk } = await house();
  const mallory = await desk.phone('mallory', '10.0.0.66');
  desk.run(40_000);
  const refused: [number, string, object][] = [
    [404, NOBODY, {}],
    [404, 'sip:202@home.example', {}],
    [403, 'sip:x@away.example', {}],
    [403, 'sip:bob@home.example', { headers: ['Route: <sip:10.0.0.9;lr>'] }],
    [481, 'sip:bob@home.example', { toTag: 'invented' }],
    [483, NOBODY, { maxForwards: 0 }],
    [416, 'http://nobody/', {}],
    [420, NOBODY, { headers: ['Proxy-Require: wings'] }],
    [420, NOBODY, { headers: ['Proxy-Require: \0'] }],
    [407, 'sip:bob@10.0.0.1', {}],
  ];
  for (const [status, uri, wanted] of refused) {
    mallory.request('INVITE', uri, { ...STRANGER, ...wanted });
    assert.deepEqual(desk.remains, NOTHING_AT_WORK, uri);
    desk.run(40_000);
    assert.deepEqual(mallory.waiting, [`${status} INVITE`], uri);
    mallory.inbox.length = 0;
  }
  for (const to of ['<sip:home.example>', '<sip:bob@away.example>', '<sip:bob@home.example>']) {
    mallory.request('REGISTER', 'sip:home.example', { to });
    assert.deepEqual(desk.remains, NOTHING_AT_WORK, to);
  }
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('a user who proved it gets the refusal until it is acknowledged (RFC 3261 §17.2.1)', async () => {
  const { desk, alice } = await house();
  alice.authenticated(alice.request('INVITE', NOBODY), alice.response(407));
  desk.run(40_000);
  assert.deepEqual(alice.waiting, new Array(11).fill('404 INVITE'));
});

test('a bug that comes up before anybody asked whether there is room fills no memory either (security S12)', async () => {
  const { desk } = await house();
  const mallory = await desk.phone('mallory', '10.0.0.66');
  const { principals } = desk.exchange as unknown as { principals: { of(): never } };
  principals.of = () => {
    throw new Error('a bug');
  };
  for (let n = 0; n < 500; n++) mallory.request('MESSAGE', NOBODY, STRANGER);
  assert.equal(mallory.waiting.filter((one) => one === '500 MESSAGE').length, 400);
  assert.equal(mallory.waiting.filter((one) => one === '503 MESSAGE').length, 100);
  assert.equal(desk.exchange.bugs, 500);
});

test('strangers have five hundred calls with one callee at most, then 503; others and users come through (security S12)', async () => {
  const { desk, alice, bob } = await house({ config: `${HOUSE}published = yes\n${PATIENCE}` });
  const carol = await desk.phone('carol', '10.0.0.4');
  carol.register();
  const mallory = await desk.phone('mallory', '10.0.0.66');
  const flood = (callee: string, calls: number) => {
    for (let i = 0; i < calls; i++) mallory.request('INVITE', `sip:${callee}@home.example`, STRANGER);
    return mallory.inbox.splice(0).filter((message) => message instanceof Response && message.status === 503);
  };
  const turnedAway = flood('bob', 600);
  assert.equal(turnedAway.length, 100);
  assert.match(turnedAway[0]!.text, /\r\nRetry-After: 10\r\n/);
  assert.deepEqual(desk.remains, { servers: 503, clients: 500, live: 500 });

  assert.equal(flood('carol', 1).length, 0);
  bob.inbox.length = 0;
  alice.authenticated(alice.request('INVITE', 'sip:bob@home.example'), alice.response(407));
  bob.answer(bob.take('INVITE'), 200);
  assert.deepEqual(alice.waiting, ['200 INVITE']);

  desk.run(40_000);
  assert.equal(flood('bob', 1).length, 0);
  assert.deepEqual(nothingLeft(desk), NOTHING);
});

test('an address that proved nothing gets 4 kB a minute and 1.5 times what came from it, whatever is asked (security S14)', async () => {
  const { desk } = await house();
  const head = 'SIP/2.0\r\nv:SIP/2.0/UDP a;rport;branch=z9hG4bK';
  const rest = '\r\nf:<sip:a@home.example>;tag=a\r\nt:<sip:a@home.example>\r\ni:a\r\n';
  const tiny = {
    401: (n: number) => `REGISTER sip:home.example ${head}${n}${rest}CSeq:1 REGISTER\r\n\r\n`,
    200: (n: number) => `OPTIONS sip:home.example ${head}${n}${rest}CSeq:1 OPTIONS\r\n\r\n`,
    407: (n: number) => `INVITE sip:a@home.example ${head}${n}${rest}CSeq:1 INVITE\r\n\r\n`,
    405: (n: number) => `PUBLISH sip:a@home.example ${head}${n}${rest}CSeq:1 PUBLISH\r\n\r\n`,
  };
  for (const [status, text] of Object.entries(tiny)) {
    const host = `10.0.1.${Number(status) - 190}`;
    const mallory = await desk.phone('mallory', host);
    for (let n = 0; n < 200; n++) {
      mallory.send(text(n));
      desk.run(250);
    }
    desk.run(9_000);
    const bytes = (key: 'from' | 'to') =>
      desk.net.wire.filter((packet) => packet[key].host === host).reduce((sum, { text }) => sum + text.length, 0);
    assert.isAtMost(bytes('to'), 4_096 + 1.5 * bytes('from'), status);
    assert.isAtLeast(mallory.waiting.filter((what) => what.startsWith(status)).length, 100, status);
  }
});

test('the answers of a phone count as ours where nobody proved to be the caller (security S14)', async () => {
  const { desk, bob } = await house();
  const mallory = await desk.phone('mallory', '10.0.0.66');
  mallory.request('INVITE', 'sip:bob@home.example', STRANGER);
  const invite = bob.take('INVITE');
  for (let i = 0; i < 100; i++) bob.answer(invite, 200, 'OK', [], 'same', 'v=0\r\n'.repeat(100));
  const size = (from: string, to: string) =>
    desk.net.wire
      .filter((packet) => packet.from.host === from && packet.to.host === to)
      .reduce((sum, { text }) => sum + text.length, 0);
  assert.isAtLeast(size('10.0.0.3', '10.0.0.1'), 50_000);
  assert.isAtMost(size('10.0.0.1', '10.0.0.66'), 4_096 + 1.5 * size('10.0.0.66', '10.0.0.1'));
});

test('a user is answered as often as it asks, on all ports of its host (security S14)', async () => {
  const { desk, alice } = await house();
  for (let i = 0; i < 200; i++) alice.request('OPTIONS', 'sip:h');
  desk.run(100);
  assert.equal(alice.waiting.length, 200);
});

const NOTHING_AT_WORK = { servers: 0, clients: 0, live: 0 };

test('within a dialog a stranger keeps us as busy as he may, and no busier; who proved it is served (security S12)', async () => {
  const { desk, alice, bob } = await house({ config: `${HOUSE}published = yes\n` });
  const mallory = await desk.phone('mallory', '192.0.2.66');
  const invite = mallory.request('INVITE', 'sip:bob@home.example', STRANGER);
  bob.answer(bob.take('INVITE'), 200);
  const ok = mallory.response(200);
  mallory.within(invite, ok, 'ACK');
  bob.inbox.length = 0;
  for (let i = 0; i < 600; i++) mallory.within(invite, ok, 'INFO', { cseq: 10 + i });
  const heard = bob.inbox.filter((message) => message instanceof Request && message.method === 'INFO');
  assert.equal(heard.length, 399);
  assert.equal(desk.remains.servers, 400 + 2); // two phones have registered
  const call = alice.authenticated(alice.request('INVITE', 'sip:bob@home.example'), alice.response(407));
  bob.answer(bob.take('INVITE'), 200);
  const accepted = alice.response(200);
  alice.within(call, accepted, 'ACK');
  for (let i = 0; i < 450; i++) alice.within(call, accepted, 'INFO', { cseq: 10 + i });
  assert.equal(bob.inbox.filter((message) => message instanceof Request && message.method === 'INFO').length, 399 + 450);
  desk.run(40_000);
  mallory.within(invite, ok, 'BYE', { cseq: 1_000 });
  assert.equal(bob.waiting.includes('BYE'), true);
});
