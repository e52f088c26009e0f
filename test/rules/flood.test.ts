import { assert, test } from 'vitest';
import { house, NOTHING, nothingLeft, STRANGER } from './house.ts';

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

const NOTHING_AT_WORK = { servers: 0, clients: 0, live: 0 };
