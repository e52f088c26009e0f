import { assert, test } from 'vitest';
import { ownRoutes } from '../../../src/core/proxy/own-routes.ts';
import { Domains } from '../../../src/core/routing/domains.ts';
import { request } from '../../support/written.ts';

const home = { name: 'home.example', inbound: 'anonymous', register: 'authenticated', outbound: 'authenticated' } as const;
const domains = new Domains({ home, written: [], hostNames: ['desk'], points: [{ host: '10.0.0.1', port: 5060 }] });

const routes = (values: readonly string[]) => values.map((value) => `Route: ${value}`);
const of = (uri: string, ...values: string[]) =>
  ownRoutes(request({ method: 'BYE', uri, to: '<sip:bob@home.example>;tag=b', extra: routes(values) }), domains);
const none = { count: 0, tokens: [], foreign: false, strict: undefined };

test('without a Route there is nothing of ours, also where the Request-URI has lr (RFC 3261 §16.4)', () => {
  assert.deepEqual(of('sip:bob@10.0.0.3'), none);
  assert.deepEqual(of('sip:token@10.0.0.1;lr'), none);
});

test('our own values on top are counted, in one line or several, up to the first of others (RFC 3261 §16.4)', () => {
  assert.deepEqual(of('sip:b@c', '<sip:t1@10.0.0.1;lr>, <sip:t2@desk;lr>', '<sip:home.example;lr>'), {
    ...none,
    count: 3,
    tokens: ['t1', 't2'],
  });
  assert.deepEqual(of('sip:b@c', '<sip:t@10.0.0.1;lr>', '<sip:e.example;lr>, <sip:t2@10.0.0.1;lr>'), {
    ...none,
    count: 1,
    tokens: ['t'],
    foreign: true,
  });
  assert.deepEqual(of('sip:b@c', '<sip:e.example;lr>'), { ...none, foreign: true });
});

test('what cannot be read as an address is not ours', () => {
  assert.deepEqual(of('sip:b@c', 'garbage'), { ...none, foreign: true });
  assert.deepEqual(of('sip:b@c', '<sip:t@10.0.0.1;lr>, <sip:@@>'), { ...none, count: 1, tokens: ['t'], foreign: true });
});

test("a strict router's Request-URI gives its place back to the last Route (RFC 3261 §16.4)", () => {
  assert.deepEqual(of('sip:t@10.0.0.1;lr', '<sip:bob@10.0.0.3>'), {
    ...none,
    tokens: ['t'],
    strict: { uri: 'sip:bob@10.0.0.3', route: [] },
  });
  assert.deepEqual(of('sip:t@10.0.0.1;lr', '<sip:u@desk;lr>, <sip:e.example;lr>', '<sip:bob@10.0.0.3>'), {
    count: 1,
    tokens: ['t', 'u'],
    foreign: true,
    strict: { uri: 'sip:bob@10.0.0.3', route: ['<sip:e.example;lr>'] },
  });
});

test('before a dialog the Request-URI is what was dialed, whatever its parameters, and a Route is a Route (RFC 3261 §16.4)', () => {
  const initial = (...values: string[]) => ownRoutes(request({ uri: 'sip:bob@home.example;lr', extra: routes(values) }), domains);
  assert.deepEqual(initial('<sip:10.0.0.1;lr>'), { ...none, count: 1 });
  assert.deepEqual(initial('<sip:10.0.0.1;lr>', '<sip:e.example;lr>'), { ...none, count: 1, foreign: true });
});

test('only a URI with lr and a user is one that we recorded (RFC 3261 §16.4)', () => {
  for (const uri of ['sip:t@10.0.0.1', 'sip:10.0.0.1;lr', 'sip:t@10.0.0.9;lr'])
    assert.deepEqual(of(uri, '<sip:e.example;lr>'), { ...none, foreign: true }, uri);
});

test('before a strict router its URI takes the place of the Request-URI, which goes last (RFC 3261 §16.6 step 6)', () => {
  assert.deepEqual(of('sip:bob@10.0.0.3', '<sip:t@10.0.0.1;lr>, <sip:e.example>, <sip:f.example;lr>'), {
    count: 1,
    tokens: ['t'],
    foreign: true,
    strict: { uri: 'sip:e.example', route: ['<sip:f.example;lr>', '<sip:bob@10.0.0.3>'] },
  });
  assert.deepEqual(of('sip:t@10.0.0.1;lr', '<sip:e.example>, <sip:bob@10.0.0.3>'), {
    count: 0,
    tokens: ['t'],
    foreign: true,
    strict: { uri: 'sip:e.example', route: ['<sip:bob@10.0.0.3>'] },
  });
});

test('no Route with header parts becomes a Request-URI, which has none (RFC 3261 §19.1.1 table 1)', () => {
  assert.deepEqual(of('sip:t@10.0.0.1;lr', '<sip:bob@10.0.0.3?Replaces=x>'), { ...none, foreign: true });
  assert.deepEqual(of('sip:bob@10.0.0.3', '<sip:t@10.0.0.1;lr>, <sip:e.example?Subject=x>'), {
    ...none,
    count: 1,
    tokens: ['t'],
    foreign: true,
  });
});
