import { assert, test } from 'vitest';
import type { Binding } from '../../../src/core/location/binding.ts';
import type { LocationService } from '../../../src/core/location/service.ts';
import { flowNow } from '../../../src/core/location/whose.ts';
import { isSip, parseUri } from '../../../src/sip/message/uri.ts';
import type { FlowName } from '../../../src/sip/transport/flow.ts';

const flow = (host: string, port: number, transport: 'udp' | 'tcp' = 'udp'): FlowName => ({
  ...{ transport, local: { host: '10.0.0.1', port: 5060 }, remote: { host, port }, connection: '' },
});

/** Where the phone of bob that is meant by a Contact is, whose bindings are these, and which was heard at 192.0.2.1:4000. */
function now(contact: string, ...bindings: readonly (readonly [string, FlowName])[]): string {
  const held = bindings.map(([uri, at]) => ({ uri, flow: at }) as Binding);
  const uri = parseUri(contact);
  assert.isTrue(isSip(uri));
  const { transport, remote } = flowNow({ bindings: () => held } as unknown as LocationService, HERE, uri, 'bob');
  return `${transport} ${remote.host}:${remote.port}`;
}

const HERE = flow('192.0.2.1', 4000);
const PRIVATE = 'sip:bob@192.168.1.7';

test('a phone is followed to where it has registered the Contact that is meant, by the same transport (RFC 3261 §12.2.1.1)', () => {
  assert.equal(
    now('sip:bob@192.0.2.9', ['sip:bob@192.0.2.1', HERE], ['sip:bob@192.0.2.9', flow('192.0.2.9', 5060)]),
    'udp 192.0.2.9:5060',
  );
  assert.equal(now('sip:bob@192.0.2.9', ['sip:bob@192.0.2.9', flow('192.0.2.9', 5060, 'tcp')]), 'udp 192.0.2.1:4000');
  assert.equal(now('sip:bob@192.0.2.9', ['sip:bob@192.0.2.8', flow('192.0.2.8', 5060)]), 'udp 192.0.2.1:4000');
});

test('a private address says nothing while a phone is registered where it was: two homes may have the same (RFC 5626 §3.1)', () => {
  const other = [PRIVATE, flow('192.0.2.9', 4001)] as const;
  assert.equal(now(PRIVATE, other, [PRIVATE, HERE]), 'udp 192.0.2.1:4000');
  assert.equal(now(PRIVATE, other), 'udp 192.0.2.9:4001');
});
