import { assert, test } from 'vitest';
import { certifiedDomains, certifies } from '../../src/runtime/certificate.ts';

function peer(names: string[], commonName?: string) {
  return { verified: true, names, commonName };
}

test('sip URIs of a certificate hide its DNS names (RFC 5922 §7.1)', () => {
  assert.deepEqual(certifiedDomains(peer(['DNS:host.example', 'URI:SIP:Example.com'], 'cn.example')), ['example.com']);
});

test('a URI with a user part or another scheme is no domain identity (RFC 5922 §7.1)', () => {
  const names = ['URI:sip:alice@example.com', 'URI:sips:example.com', 'URI:sip:alice:pw@example.com', 'DNS:b.example'];
  assert.deepEqual(certifiedDomains(peer(names)), ['b.example']);
});

test('the common name counts only where there is no subjectAltName (RFC 5922 §7.1)', () => {
  assert.deepEqual(certifiedDomains(peer([], 'Cn.example')), ['cn.example']);
  assert.deepEqual(certifiedDomains(peer(['IP Address:192.0.2.1'], 'cn.example')), []);
});

test('a wildcard names nothing but itself, and suffixes do not match (RFC 5922 §7.2)', () => {
  assert.isFalse(certifies(peer(['DNS:*.example.com']), 'a.example.com'));
  assert.isFalse(certifies(peer(['DNS:example.com']), 'a.example.com'));
  assert.isTrue(certifies(peer(['DNS:example.com']), 'EXAMPLE.com'));
});

test('an IP literal is compared as an address', () => {
  assert.isTrue(certifies(peer(['IP Address:0:0:0:0:0:0:0:1']), '::1'));
  assert.isTrue(certifies(peer(['IP Address:192.0.2.1']), '192.0.2.1'));
  assert.isFalse(certifies(peer(['DNS:192.0.2.2', 'IP Address:192.0.2.1']), '192.0.2.9'));
});
