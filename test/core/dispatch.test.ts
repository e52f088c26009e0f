import { assert, test } from 'vitest';
import { Dispatch, type DispatchParts } from '../../src/core/dispatch.ts';
import { StorageError } from '../../src/runtime/storage.ts';
import { Field } from '../../src/sip/message/fields.ts';
import { Desk } from '../support/desk.ts';
import { SimLog } from '../support/sim-log.ts';
import { SimStorage } from '../support/sim-storage.ts';

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

test('whose password cannot be read just now comes later, and is not asked for it: a phone would take it for wrong (RFC 3261 §21.5.4)', async () => {
  class Exhausted extends SimStorage {
    out = false;
    override read(path: string, last?: number): string | undefined {
      if (this.out && path.startsWith('digests/')) throw new StorageError('EMFILE', `cannot read ${path}`);
      return super.read(path, last);
    }
  }
  const storage = new Exhausted();
  const desk = await Desk.open({ storage });
  const alice = await desk.phone('alice', '10.0.0.2');
  storage.out = true;
  const aor = '<sip:alice@home.example>';
  const register = alice.request('REGISTER', 'sip:home.example', { to: aor, from: aor });
  alice.authenticated(register, alice.response(401));
  assert.equal(alice.response(503).get(Field.retryAfter), '10');
  alice.call('INVITE', 'sip:bob@home.example');
  assert.equal(alice.response(503).get(Field.retryAfter), '10');
  assert.deepEqual(alice.waiting, []);
  storage.out = false;
  alice.register();
});
