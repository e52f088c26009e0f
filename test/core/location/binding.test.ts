import { assert, test } from 'vitest';
import { aorKey } from '../../../src/core/location/aor.ts';
import { type Binding, endsWithConnection, isAt, phoneOf, reach, refreshes } from '../../../src/core/location/binding.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';
import type { FlowName } from '../../../src/sip/transport/flow.ts';
import { binding } from '../../support/routing.ts';

const udp: FlowName = {
  transport: 'udp',
  local: { host: '192.0.2.1', port: 5060 },
  remote: { host: '192.0.2.7', port: 40_123 },
  connection: '',
};
const tcp: FlowName = { ...udp, transport: 'tcp', connection: 'c17' };

const phone: Binding = binding('sip:alice@192.0.2.7:5062', 1, { aor: 'alice', callId: 'a', expires: 1_000, flow: udp });

test('over UDP a contact on the source address is reached there, from the socket that heard it (RFC 3261 §16.6)', () => {
  assert.deepEqual(reach(phone), {
    via: 'contact',
    uri: 'sip:alice@192.0.2.7:5062',
    route: [],
    hop: { transport: 'udp', host: '192.0.2.7', port: 5062 },
    local: { host: '192.0.2.1', port: 5060 },
  });
});

test('over UDP any other contact is reached at the source address and port (RFC 3581 §4, security S2)', () => {
  assert.deepEqual(reach({ ...phone, uri: 'sip:alice@10.0.0.7', routeToSource: true }), {
    via: 'source',
    uri: 'sip:alice@10.0.0.7',
    route: [],
    hop: { transport: 'udp', host: '192.0.2.7', port: 40_123 },
    local: { host: '192.0.2.1', port: 5060 },
  });
});

test('a flow over UDP is reached where its REGISTER came from, but for one behind a proxy, which knows it (RFC 5626 §7)', () => {
  const flow = { ...phone, instance: '<urn:uuid:1>', regId: 1 };
  assert.deepEqual(reach(flow), {
    via: 'source',
    uri: 'sip:alice@192.0.2.7:5062',
    route: [],
    hop: { transport: 'udp', host: '192.0.2.7', port: 40_123 },
    local: { host: '192.0.2.1', port: 5060 },
  });
  const edge = reach({ ...flow, path: ['<sip:edge@192.0.2.7:5090;lr;ob>'] });
  assert.deepEqual(edge.via === 'contact' && edge.hop, { transport: 'udp', host: '192.0.2.7', port: 5090 });
});

test.each([
  ['sip:v@192.0.2.7:22;transport=tcp', 22],
  ['sip:v@192.0.2.7:25;transport=tls', 25],
  ['sip:v@192.0.2.7:5070', 5070],
  ['sip:v@192.0.2.9:5070;transport=tcp', 40_123],
])('a guest that registered %s over UDP is reached by UDP alone (security S2, S14)', (uri, port) => {
  const routeToSource = port === 40_123;
  const way = reach({ ...phone, aor: 'v@open.example', uri, routeToSource });
  assert.deepEqual(way.via === 'source' && way.hop, { transport: 'udp', host: '192.0.2.7', port });
});

test('a guest that registered over a connection is reached by it, and by a new one to its contact (RFC 5626 §5.3)', () => {
  const way = reach({ ...phone, aor: 'v@open.example', flow: tcp });
  assert.deepEqual(way.via === 'connection' && way.otherwise, { transport: 'tcp', host: '192.0.2.7', port: 5062 });
});

test('a connection is used while it lives, then the contact is tried for 500 ms (RFC 5626 §5.3)', () => {
  assert.deepEqual(reach({ ...phone, flow: tcp }), {
    via: 'connection',
    uri: 'sip:alice@192.0.2.7:5062',
    route: [],
    flow: tcp,
    otherwise: { transport: 'tcp', host: '192.0.2.7', port: 5062 },
    within: 500,
  });
});

test('a binding with reg-id, or whose contact is elsewhere, has no way but its connection (RFC 5626 §7)', () => {
  for (const bound of [
    { ...phone, flow: tcp, instance: '<urn:uuid:1>', regId: 1 },
    { ...phone, flow: tcp, routeToSource: true },
  ]) {
    assert.isTrue(endsWithConnection(bound));
    const way = reach(bound);
    assert.equal(way.via === 'connection' && way.otherwise, undefined);
  }
  assert.isFalse(endsWithConnection({ ...phone, flow: tcp }));
  assert.isFalse(endsWithConnection({ ...phone, regId: 1, instance: 'x', routeToSource: true }));
});

test('a flow of a phone behind a proxy outlives the connection of that proxy, which is opened anew (RFC 5626 §6)', () => {
  const path = ['<sip:token@192.0.2.7;transport=tcp;lr;ob>'];
  const behind: Binding = { ...phone, uri: 'sip:alice@10.1.1.1', flow: tcp, instance: '<urn:uuid:1>', regId: 1, path };
  assert.isFalse(endsWithConnection(behind));
  const way = reach(behind);
  assert.deepEqual(way.via === 'connection' && way.otherwise, { transport: 'tcp', host: '192.0.2.7', port: 5060 });
  assert.isTrue(endsWithConnection({ ...behind, routeToSource: true }));
});

test.each([
  ['sip:a@192.0.2.7', 'udp', 5060],
  ['sip:a@192.0.2.7;transport=TCP', 'tcp', 5060],
  ['sip:a@192.0.2.7;transport=tls', 'tls', 5061],
  ['sips:a@192.0.2.7', 'tls', 5061],
  ['sip:a@192.0.2.7;transport=ws', 'udp', 5060],
] as const)('the contact %s is reached over %s at port %d (RFC 3263 §4)', (uri, transport, port) => {
  const way = reach({ ...phone, uri });
  assert.deepEqual(way.via === 'contact' && way.hop, { transport, host: '192.0.2.7', port });
});

test('a path is the route, and its first hop is where the request goes (RFC 3327 §5.3)', () => {
  const path = ['<sip:192.0.2.7:5070;lr>', '<sip:edge.example;lr>'];
  const way = reach({ ...phone, uri: 'sip:alice@10.1.1.1', path });
  assert.deepEqual(way.route, path);
  assert.equal(way.uri, 'sip:alice@10.1.1.1');
  assert.deepEqual(way.via === 'contact' && way.hop, { transport: 'udp', host: '192.0.2.7', port: 5070 });
});

test('a host is the source only if it is that very address: no name, no maddr elsewhere (security S2)', () => {
  assert.isTrue(isAt(parseUri('sip:a@192.0.2.7:9'), '192.0.2.7'));
  assert.isTrue(isAt(parseUri('sip:a@[2001:DB8:0:0::7]'), '2001:db8::7'));
  assert.isTrue(isAt(parseUri('sip:a@[fe80::1]'), 'fe80::1%eth0'));
  assert.isTrue(isAt(parseUri('sip:a@elsewhere.example;maddr=192.0.2.7'), '192.0.2.7'));
  assert.isTrue(isAt(parseUri('sip:a@elsewhere.example;maddr=[2001:DB8::7]'), '2001:db8::7'));
  assert.isFalse(isAt(parseUri('sip:a@192.0.2.7;maddr=10.0.0.1'), '192.0.2.7'));
  assert.isFalse(isAt(parseUri('sip:a@phone.example'), '192.0.2.7'));
  assert.isFalse(isAt(parseUri('sip:a@[2001:db8::8]'), '2001:db8::7'));
});

test('rule 60: an address-of-record is unescaped and keeps every byte (RFC 3261 §10.3 step 5, RFC 4475 §3.1.1.4)', () => {
  assert.equal(aorKey('%61lice'), 'alice');
  assert.equal(aorKey('null-%00-null'), 'null-\0-null');
  assert.equal(aorKey('%61lice', 'open.example'), 'alice@open.example');
});

test('a refresh is of the same user, URI, device and flow: two devices may have one private address (RFC 5626 §6)', () => {
  const bound = { ...phone, instance: '<urn:uuid:1>', regId: 1 };
  assert.isTrue(refreshes({ ...bound, cseq: 9, q: 0.5, flow: tcp }, bound));
  for (const other of [
    { ...bound, aor: 'bob' },
    { ...bound, uri: 'sip:alice@192.0.2.7:5063' },
    { ...bound, instance: '<urn:uuid:2>' },
    { ...bound, regId: 2 },
  ])
    assert.isFalse(refreshes(other, bound));
});

test('a phone is told from the others of its user by its flow, its device or its contact, the oldest of which is the device (RFC 5626 §6)', () => {
  const at = (uri: string, since: number, more: Partial<Binding> = {}): Binding => ({
    ...phone,
    uri,
    since,
    instance: 'i',
    ...more,
  });
  const record = [
    at('sip:0', 2),
    at('sip:b', 1),
    at('sip:a', 1),
    at('sip:f', 0, { regId: 1 }),
    at('sip:o', 0, { instance: 'other' }),
    at('sip:n', 0, { instance: undefined }),
  ];
  assert.deepEqual(
    record.map((one) => phoneOf(one, record)),
    ['i sip:0', 'i sip:b', 'i ', 'i 1', 'other ', 'sip:n'],
  );
});
