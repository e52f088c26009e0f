import { assert, test } from 'vitest';
import { Dispatch, type DispatchParts } from '../../src/core/dispatch.ts';
import { Desk } from '../support/desk.ts';
import { SimLog } from '../support/sim-log.ts';

test('a bug costs its own request a 500, is logged and counted, and the others go on (house 8)', async () => {
  const desk = await Desk.open();
  const log = new SimLog();
  const snapshot = (): never => {
    throw new Error('a bug');
  };
  const good = desk.exchange.transactions.user!;
  const { proxy, access } = desk.exchange;
  const bad = new Dispatch({ log, proxy, access, snapshot } as unknown as DispatchParts);
  desk.exchange.transactions.user = bad;
  const alice = await desk.phone('alice', '10.0.0.2');
  alice.request('OPTIONS', 'sip:home.example', { from: '<sip:x@away.example>' });
  alice.request('ACK', 'sip:home.example', { from: '<sip:x@away.example>' });
  assert.deepEqual(alice.waiting, ['500 OPTIONS']);
  assert.equal(bad.bugs, 1);
  assert.match(log.of('error')[0]!, /^bug: OPTIONS .*: Error: a bug/);
  desk.exchange.transactions.user = good;
  alice.request('OPTIONS', 'sip:home.example', { from: '<sip:x@away.example>' });
  alice.response(200);
});

test('a bug in what an ACK or a response sets off is logged and counted, and nothing else is lost (house 8)', async () => {
  const desk = await Desk.open();
  const snapshot = (): never => {
    throw new Error('a bug');
  };
  const { transactions, transport, proxy } = desk.exchange;
  const good = transactions.user!;
  transactions.user = new Dispatch({ log: desk.log, proxy, snapshot } as unknown as DispatchParts);
  const alice = await desk.phone('alice', '10.0.0.2');
  alice.request('ACK', 'sip:home.example', { from: '<sip:x@away.example>', toTag: 'x' });
  assert.deepEqual(alice.waiting, []);
  assert.equal(transport.reader.counts.bugs, 1);
  assert.match(desk.log.of('error')[0]!, /^bug: .*Error: /);
  desk.exchange.bug(new TypeError('in a timer'));
  assert.match(desk.log.of('error')[1]!, /^bug: TypeError: in a timer\n +at /);
  assert.equal(desk.exchange.bugs, 2);
  transactions.user = good;
  alice.request('OPTIONS', 'sip:home.example', { from: '<sip:x@away.example>' });
  alice.response(200);
});
