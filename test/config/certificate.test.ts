import { assert, test } from 'vitest';
import { certificateName } from '../../src/config/values/certificate.ts';
import { ParseError } from '../../src/text/parse-error.ts';
import { complaints, loadText } from './memory-files.ts';

const BYTES = Array.from({ length: 32 }, (_, n) => (n + 100).toString(16));
const HEX = BYTES.join(':').toUpperCase();

test('a certificate is named by a URI, a mail address or its fingerprint, each in one spelling', () => {
  assert.equal(certificateName.read('SIP:Alice@Home.Example'), 'sip:Alice@home.example');
  assert.equal(certificateName.read('sips:alice@home.example'), 'sips:alice@home.example');
  assert.equal(certificateName.read('alice@Home.example'), 'alice@home.example');
  assert.equal(certificateName.read('urn:uuid:F81D4FAE'), 'urn:uuid:F81D4FAE');
  assert.equal(certificateName.read(`sha256:${BYTES.join(':')}`), `sha256:${HEX}`);
  assert.equal(certificateName.read(`SHA256:${BYTES.join('')}`), `sha256:${HEX}`);
});

test.each([
  ['home.example', 0],
  ['sip:home.example', 4],
  ['sip:alice@', 10],
  ['alice@a@b', 7],
  ['sip:al ice@home.example', 4],
  ['sha256:AB', 9],
  ['sha256:zz', 7],
  [`sha256:${HEX}:AA`, 102],
])('%s is nobody: a fault at column %d', (text, column) => {
  try {
    assert.equal(certificateName.read(text), 'a fault');
  } catch (error) {
    assert.instanceOf(error, ParseError);
    assert.equal((error as ParseError).column, column);
  }
});

const ASK = '[daemon]\ntls_client_certificates = ask\n';

test('a certificate belongs to one user', () => {
  assert.deepEqual(
    complaints(
      `${ASK}[user alice]\ncertificate = sip:alice@home.example, SIP:a@HOME.example\n[user bob]\ncertificate = sip:a@home.example\n`,
    ),
    [
      'FILE:6:15: error: [user bob] certificate',
      '    6 | certificate = sip:a@home.example',
      '      |               ^^^^^^^^^^^^^^^^^^ sip:a@home.example is a certificate of [user alice] already (sipwitch.conf:4)',
    ],
  );
  assert.deepEqual(loadText('[user alice]\ncertificate = a@b, sip:A@B\n').config?.users.get('alice')?.certificate, [
    'a@b',
    'sip:A@b',
  ]);
});

test('who lists certificates that nobody is asked for is told so', () => {
  assert.deepEqual(complaints('[user alice]\ncertificate = alice@home.example\n'), [
    'FILE:2:15: warning: [user alice] certificate',
    '    2 | certificate = alice@home.example',
    '      |               ^^^^^^^^^^^^^^^^^^ nobody is asked for a certificate: expected tls_client_certificates = ask in [daemon]',
  ]);
});
