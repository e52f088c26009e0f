import { assert, test } from 'vitest';
import { type Flow, viaLine } from '../../../src/sip/transport/flow.ts';
import { Lab } from './lab.ts';

test('our Via says by what a request goes, asks for the port over UDP, and offers to take requests back on a TLS connection to a domain, on no other (RFC 3261 §18.1.1, RFC 3581 §3, RFC 5923 §8.1)', async () => {
  const lab = await Lab.open('udp', 'tcp');
  await lab.layer.listen('tls', { host: '10.0.0.1', port: 5061 }, { certificate: 'DNS:a.test', key: '', authorities: undefined });
  const via = (transport: 'udp' | 'tcp' | 'tls', domain?: string) =>
    viaLine(lab.layer.flowTo({ transport, host: '10.0.0.2', port: 5061, domain }) as Flow, 'z9hG4bKa');
  assert.equal(via('tls', 'b.test'), 'Via: SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bKa;alias\r\n');
  assert.equal(via('tls'), 'Via: SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bKa\r\n');
  assert.equal(via('tcp', 'b.test'), 'Via: SIP/2.0/TCP 10.0.0.1:5060;branch=z9hG4bKa\r\n');
  assert.equal(via('udp', 'b.test'), 'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa;rport\r\n');
});
