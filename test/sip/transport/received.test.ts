import { assert, test } from 'vitest';
import { parseVia } from '../../../src/sip/message/via.ts';
import type { Flow } from '../../../src/sip/transport/flow.ts';
import { replyPort, stamp } from '../../../src/sip/transport/received.ts';

test('received is the address as others write it: the zone of a link-local one is ours alone (RFC 3261 §18.2.1, RFC 4007 §11)', () => {
  const flow = { remote: { host: 'fe80::7%eth0', port: 5070 } } as Flow;
  const of = (via: string) => stamp(parseVia(`SIP/2.0/UDP ${via}`), flow).replace('SIP/2.0/UDP ', '');
  assert.equal(of('[fe80::7]:5070;branch=z9hG4bKa'), '[fe80::7]:5070;branch=z9hG4bKa');
  assert.equal(of('a.example;branch=z9hG4bKa;rport'), 'a.example;branch=z9hG4bKa;rport=5070;received=fe80::7');
});

test('an answer goes to the source where the sent-by is an address of the other family, and a name is none, whatever its letters (RFC 5118 §4.7, RFC 3261 §18.2.2)', () => {
  const port = (sentBy: string, host: string) => {
    const flow = { transport: 'udp', reliable: false, remote: { host, port: 40_000 } } as Flow;
    return replyPort(parseVia(`SIP/2.0/UDP ${sentBy};branch=z9hG4bKa`), flow);
  };
  assert.equal(port('[2001:db8::9]:5070', '192.0.2.9'), 40_000);
  assert.equal(port('192.0.2.9:5070', '2001:db8::9'), 40_000);
  assert.equal(port('192.0.2.9:5070', '192.0.2.1'), 5070);
  assert.equal(port('[2001:db8::9]', '2001:db8::1'), 5060);
  for (const name of ['a.example', 'cafe.de', 'face', 'x.1.2.3.4.de'])
    for (const host of ['192.0.2.1', '2001:db8::1']) assert.equal(port(`${name}:5070`, host), 5070);
});
