import { assert, test } from 'vitest';
import type { Binding } from '../../../src/core/location/binding.ts';
import { connectionNow, hasMoved, nextToTry } from '../../../src/core/location/reopen.ts';
import type { Flow, FlowName } from '../../../src/sip/transport/flow.ts';
import { binding } from '../../support/routing.ts';

const flow = (transport: FlowName['transport'], port: number, connection = ''): FlowName => ({
  ...{ transport, local: { host: '10.0.0.1', port: 5060 }, remote: { host: '192.0.2.7', port }, connection },
});
const bound = (...flows: readonly FlowName[]) => ({
  bindings: () => flows.map((one): Binding => binding('sip:alice@10.0.0.2', 1, { aor: 'alice', flow: one })),
});

test('a side of a call moves by the transport that it had alone: who writes datagrams moves no connection (RFC 3261 §12.2.1.1)', () => {
  const location = bound(flow('udp', 4000), flow('tcp', 4000, 'c1'), flow('tls', 4000, 'c2'));
  assert.isTrue(hasMoved(flow('udp', 4000), flow('udp', 4001), 'alice', location));
  assert.isTrue(hasMoved(flow('tls', 3999, 'c0'), flow('tls', 4000, 'c2'), 'alice', location));
  assert.isFalse(hasMoved(flow('tls', 3999, 'c0'), flow('udp', 4001), 'alice', location));
  assert.isFalse(hasMoved(flow('tls', 3999, 'c0'), flow('tcp', 4000, 'c1'), 'alice', location));
  assert.isFalse(hasMoved(flow('udp', 4000), flow('udp', 4000), 'alice', location));
});

test('a call by TLS goes on by no other transport that the same Contact is registered by (RFC 5626 §7)', () => {
  const heard = (name: FlowName, heardAt: number) => ({ ...name, heardAt }) as Flow;
  const last = heard(flow('tls', 3999, 'c0'), 1_000);
  const transport = { flowNamed: (name: FlowName) => heard(name, 2_000) };
  const now = (...flows: readonly FlowName[]) =>
    connectionNow(last, 'alice', 'sip:alice@10.0.0.2', bound(...flows), transport).connection;
  assert.equal(now(flow('tcp', 4000, 'c1')), 'c0');
  assert.equal(now(flow('tcp', 4000, 'c1'), flow('tls', 4000, 'c2')), 'c2');
});

test('what stands before somebody who is no phone of the house is no place to connect to anew (security S2)', () => {
  const target = 'sip:x@192.0.2.7';
  const behind = { routes: ['<sip:192.0.2.8;lr>'], target };
  assert.equal(nextToTry(behind, true), 'sip:192.0.2.8;lr');
  assert.equal(nextToTry(behind, false), undefined);
  assert.equal(nextToTry({ routes: [], target }, false), target);
});
