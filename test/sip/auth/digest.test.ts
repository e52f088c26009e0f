import { assert, test } from 'vitest';
import { type Algorithm, digestResponse, ha1, ha2, sameDigest } from '../../../src/sip/auth/digest.ts';

interface Vector {
  readonly source: string;
  readonly algorithm: Algorithm;
  readonly user: string;
  readonly realm: string;
  readonly password: string;
  readonly uri: string;
  readonly nonce: string;
  readonly cnonce: string;
  readonly expected: string;
}

const rfc7616 = {
  user: 'Mufasa',
  realm: 'http-auth@example.org',
  password: 'Circle of Life',
  uri: '/dir/index.html',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};

const vectors: readonly Vector[] = [
  {
    source: 'RFC 2617 §3.5',
    algorithm: 'MD5',
    user: 'Mufasa',
    realm: 'testrealm@host.com',
    password: 'Circle Of Life',
    uri: '/dir/index.html',
    nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    cnonce: '0a4f113b',
    expected: '6629fae49393a05397450978507c4ef1',
  },
  { source: 'RFC 7616 §3.9.1, MD5', algorithm: 'MD5', ...rfc7616, expected: '8ca523f5e9506fed4657c9700eebdbec' },
  {
    source: 'RFC 7616 §3.9.1, SHA-256',
    algorithm: 'SHA-256',
    ...rfc7616,
    expected: '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
  },
];

test.each(vectors)('the response of the example is reproduced ($source)', (v) => {
  const over = { nonce: v.nonce, nc: '00000001', cnonce: v.cnonce, qop: 'auth' } as const;
  const a1 = ha1(v.algorithm, v.user, v.realm, v.password);
  assert.equal(digestResponse(v.algorithm, a1, ha2(v.algorithm, 'GET', v.uri), over), v.expected);
});

test('HA1 agrees with resip/stack/test/testDigestAuthentication.cxx (RFC 7616 §3.4.2)', () => {
  assert.equal(ha1('MD5', 'user', 'example.com', 'secret'), '30969131580e626606ce70ceaab77719');
  assert.equal(
    ha1('SHA-256', 'user', 'example.com', 'secret'),
    'de24c1fac8b54ea8380bb2299c3bbcf6489084c44deb242d18fe409698148935',
  );
});

test('without qop the response leaves out count and cnonce (RFC 2617 §3.2.2.1)', () => {
  const over = { nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093', nc: '', cnonce: '', qop: '' } as const;
  const a1 = ha1('MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life');
  assert.equal(digestResponse('MD5', a1, ha2('MD5', 'GET', '/dir/index.html'), over), '670fd8c2df070c60b045671b8b24ff02');
});

test('digests differ wherever they differ', () => {
  assert.isTrue(sameDigest('0af1', '0af1'));
  assert.isFalse(sameDigest('0af1', '1af1'));
  assert.isFalse(sameDigest('0af1', '0af0'));
  assert.isFalse(sameDigest('0af1', '0af'));
});
