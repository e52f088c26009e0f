import { assert, test } from 'vitest';
import { failure } from '../../src/runtime/node/errno.ts';
import { refusalOf, serverOptions, tlsFault } from '../../src/runtime/node/tls.ts';
import { Authority } from '../support/certificates.ts';

const authority = new Authority();
const good = authority.issue({ names: 'DNS:localhost' });
const other = authority.issue({ names: 'DNS:other.example' });
authority.close();

test('bad credentials say which part is bad and never quote the key', () => {
  const why = (change: Partial<typeof good>) => {
    try {
      serverOptions({ ...good, ...change });
      return 'none';
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  };
  assert.equal(why({}), 'none');
  assert.equal(why({ certificate: 'x' }), 'the TLS certificate cannot be read: it is not PEM, or damaged');
  assert.equal(why({ key: 'secret' }), 'the TLS key cannot be read: it is not PEM, or damaged');
  assert.equal(why({ authorities: '' }), 'the TLS file of authorities cannot be read: it is not PEM, or damaged');
  assert.equal(why({ key: other.key }), 'the TLS key does not belong to the certificate');
});

test('a part of credentials that is bad is told alone too: who may not read the key still hears of the certificate', () => {
  const unreadable = 'cannot be read: it is not PEM, or damaged';
  assert.equal(tlsFault({ ...good, authorities: authority.certificate }), undefined);
  assert.equal(tlsFault({ certificate: good.certificate }), undefined);
  assert.deepEqual(tlsFault({ certificate: 'x' }), { part: 'certificate', why: unreadable });
  assert.deepEqual(tlsFault({ key: '' }), { part: 'key', why: unreadable });
  assert.deepEqual(tlsFault({ authorities: 'x' }), { part: 'authorities', why: unreadable });
  assert.deepEqual(tlsFault({ ...good, key: other.key }), { part: 'key', why: 'does not belong to the certificate' });
});

test('of a bundle of authorities each is looked at: one that is damaged would take those after it with it', () => {
  const one = authority.certificate;
  const fault = (authorities: string) => tlsFault({ authorities })?.part;
  for (const bundle of [one + one, `their names\n${one}\n# and another\n${one}`, (one + one).replaceAll('\n', '\r\n')])
    assert.equal(fault(bundle), undefined);
  // OpenSSL passes over the mark that some editors of Windows put before a text.
  assert.deepEqual([`\ufeff${one}`, `\ufeff${one}${one}`].map(fault), [undefined, undefined]);
  assert.equal(fault(`\ufeff${one.replace(/\n.{9}/, '\n!!!!!!!!!')}${one}`), 'authorities');
  for (const damaged of [one.replace(/\n.{9}/, '\n!!!!!!!!!'), one.slice(0, 300), `${one.slice(0, 200)}\n`])
    for (const bundle of [`${one}${damaged}`, `${one}${damaged}${one}`]) assert.equal(fault(bundle), 'authorities', bundle);
  assert.equal(fault(good.key), 'authorities');
});

test('system errors become a kind and a sentence, with the cause kept', () => {
  const error = (code: string) => Object.assign(new Error(`system: ${code}`), { code });
  const cause = error('ECONNREFUSED');
  const refused = failure(cause, 'cannot send to 192.0.2.1 port 5060');
  assert.deepEqual([refused.kind, refused.message], ['refused', 'cannot send to 192.0.2.1 port 5060: nothing listens there']);
  assert.equal(refused.cause, cause);
  const kinds = [
    'EADDRINUSE',
    'EADDRNOTAVAIL',
    'EHOSTUNREACH',
    'ETIMEDOUT',
    'EMSGSIZE',
    'ECONNRESET',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'EIO',
  ];
  assert.deepEqual(
    kinds.map((code) => failure(error(code), '').kind),
    ['in-use', 'no-address', 'unreachable', 'timeout', 'too-big', 'closed', 'tls', 'other'],
  );
  assert.equal(failure(refused, 'again'), refused);
});

test.each([
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'unknown ca'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'bad certificate'],
  ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'bad certificate'], // OpenSSL 3.2 and newer
  ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN', 'certificate unknown'],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', undefined],
  ['ECONNRESET', undefined],
])('what a client says of our certificate is read of every version of OpenSSL: %s (RFC 8446 §6.2)', (code, why) => {
  assert.equal(refusalOf(Object.assign(new Error('refused'), { code })), why);
});
