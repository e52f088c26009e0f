import { assert, test } from 'vitest';
import { parseVia } from '../../../src/sip/message/via.ts';
import type { Flow } from '../../../src/sip/transport/flow.ts';
import { stamp } from '../../../src/sip/transport/received.ts';

test('received is the address as others write it: the zone of a link-local one is ours alone (RFC 3261 §18.2.1, RFC 4007 §11)', () => {
  const flow = { remote: { host: 'fe80::7%eth0', port: 5070 } } as Flow;
  const of = (via: string) => stamp(parseVia(`SIP/2.0/UDP ${via}`), flow).replace('SIP/2.0/UDP ', '');
  assert.equal(of('[fe80::7]:5070;branch=z9hG4bKa'), '[fe80::7]:5070;branch=z9hG4bKa');
  assert.equal(of('a.example;branch=z9hG4bKa;rport'), 'a.example;branch=z9hG4bKa;rport=5070;received=fe80::7');
});
