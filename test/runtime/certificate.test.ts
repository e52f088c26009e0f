import { assert, test } from 'vitest';
import { certifiedDomains, certifiedText, certifies } from '../../src/runtime/certificate.ts';

function peer(names: string[], commonName?: string) {
  return { verified: true, names, commonName, fingerprint: undefined };
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
  // U+212A is a K only to Unicode.
  assert.deepEqual(certifiedDomains(peer([], 'ban\u212a.example')), []);
});

test('a wildcard names nothing but itself, and suffixes do not match (RFC 5922 §7.2)', () => {
  assert.isFalse(certifies(peer(['DNS:*.example.com']), 'a.example.com'));
  assert.isFalse(certifies(peer(['DNS:example.com']), 'a.example.com'));
  assert.isTrue(certifies(peer(['DNS:example.com']), 'EXAMPLE.com'));
});

test('the dot of the root makes no other domain', () => {
  assert.isTrue(certifies(peer(['DNS:example.com']), 'example.com.'));
});

test('an operator reads which names a certificate has, and nothing that steers a terminal', () => {
  assert.equal(certifiedText(peer(['DNS:a.example', 'URI:sip:b.example'], 'c')), 'DNS:a.example, URI:sip:b.example');
  assert.equal(certifiedText(peer([], 'a\x1b[2Jb')), 'CN=a?[2Jb');
  assert.equal(certifiedText(peer([])), 'nobody');
  const many = Array.from({ length: 10 }, (_, n) => `DNS:${n}`);
  assert.equal(certifiedText(peer(many)), 'DNS:0, DNS:1, DNS:2, DNS:3, DNS:4, DNS:5, DNS:6, DNS:7 and 2 more');
});

test('an IP literal is compared as an address, and never found among the names', () => {
  assert.isFalse(certifies(peer(['DNS:192.0.2.1', 'URI:sip:192.0.2.1']), '192.0.2.1'));
  assert.isFalse(certifies(peer([], '192.0.2.1'), '192.0.2.1'));
  assert.isTrue(certifies(peer(['IP Address:0:0:0:0:0:0:0:1']), '::1'));
  assert.isTrue(certifies(peer(['IP Address:192.0.2.1']), '192.0.2.1'));
  assert.isFalse(certifies(peer(['DNS:192.0.2.2', 'IP Address:192.0.2.1']), '192.0.2.9'));
});
