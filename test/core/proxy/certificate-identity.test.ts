import { assert, test } from 'vitest';
import { domainProved, namesOfUser } from '../../../src/core/proxy/certificate-identity.ts';
import type { PeerCertificate } from '../../../src/runtime/network.ts';
import { parseUri } from '../../../src/sip/message/uri.ts';

const peer = (names: string[], more: Partial<PeerCertificate> = {}): PeerCertificate => ({
  ...{ verified: true, names, commonName: undefined, fingerprint: 'AB:CD' },
  ...more,
});
const from = (uri: string) => parseUri(uri, 'From');

test('a user is known by the fingerprint, the URIs and the mail addresses of a certificate, and by no name of a host', () => {
  const names = [
    'URI:SIP:Alice@Home.Example',
    'email:alice@HOME.example',
    'URI:urn:uuid:1',
    'DNS:home.example',
    'IP Address:192.0.2.1',
  ];
  assert.deepEqual(namesOfUser(peer(names, { commonName: 'alice' })), [
    'sha256:AB:CD',
    'sip:Alice@home.example',
    'alice@home.example',
    'urn:uuid:1',
  ]);
});

test('nothing but its fingerprint is believed of a certificate that nobody vouches for', () => {
  assert.deepEqual(namesOfUser(peer(['URI:sip:alice@home.example'], { verified: false })), ['sha256:AB:CD']);
  assert.deepEqual(namesOfUser(peer([], { verified: false, fingerprint: undefined })), []);
});

test('a name with odd characters in it, which is shown in quotes, is nobody', () => {
  assert.deepEqual(namesOfUser(peer(['URI:"sip:bob@home.example\\", URI:sip:alice@home.example"'])), ['sha256:AB:CD']);
});

test('a verified certificate speaks for the domain of From where it names that very domain (RFC 5922 §7.4)', () => {
  assert.equal(domainProved(peer(['DNS:b.test', 'DNS:c.test']), from('sip:x@C.test')), 'c.test');
  assert.equal(domainProved(peer(['URI:sip:b.test', 'DNS:c.test']), from('sip:x@c.test')), undefined);
  assert.equal(domainProved(peer(['DNS:*.test']), from('sip:x@c.test')), undefined);
  assert.equal(domainProved(peer(['DNS:c.test'], { verified: false }), from('sip:x@c.test')), undefined);
  assert.equal(domainProved(undefined, from('sip:x@c.test')), undefined);
  assert.equal(domainProved(peer(['DNS:c.test']), undefined), undefined);
  assert.equal(domainProved(peer(['DNS:c.test']), from('tel:+4930')), undefined);
});
