import { expect, test } from 'vitest';
import { ClientDigest } from '../../../src/sip/auth/client.ts';
import type { Response } from '../../../src/sip/message/message.ts';
import { response } from '../../support/written.ts';

/** The random source of the examples in the RFC: one cnonce. */
const fixed = (cnonce: string) => ({ hex: () => cnonce, below: () => 0 });

const everywhere = () => true;

function challenged(status: 401 | 407, ...challenges: readonly string[]): Response {
  const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
  return response(status, { method: 'REGISTER', extra: challenges.map((challenge) => `${name}: ${challenge}`) });
}

const MUFASA = { username: 'Mufasa', password: 'Circle of Life', mayAsk: everywhere };
const NONCE = 'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"';
const OPAQUE = 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
const CNONCE = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';

test('the topmost challenge that we can answer is answered, the unknown algorithm above it is not (RFC 8760 §2.4, RFC 7616 §3.9.1)', () => {
  const attempt = new ClientDigest(MUFASA, fixed(CNONCE)).attempt('GET', '/dir/index.html');
  const offer = (algorithm: string) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ${NONCE}, ${OPAQUE}`;
  const answer = attempt.answer(challenged(401, offer('SHA-512-256'), offer('SHA-256'), offer('MD5')));
  expect(answer).toEqual({ kind: 'again', realm: 'http-auth@example.org', algorithm: 'SHA-256' });
  expect(attempt.lines).toBe(
    'Authorization: Digest username="Mufasa", realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", ' +
      'uri="/dir/index.html", response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", algorithm=SHA-256, ' +
      'qop=auth, nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"\r\n',
  );
});

test('MD5 is taken where no algorithm is named, and a challenge without qop is answered as RFC 2069 wants it (RFC 7616 §3.3, RFC 3261 §22.4)', () => {
  const account = { username: 'bob', password: 'zanzibar', mayAsk: everywhere };
  const attempt = new ClientDigest(account, fixed('unused')).attempt('INVITE', 'sip:bob@biloxi.com');
  const challenge =
    'Digest realm="biloxi.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"';
  expect(attempt.answer(challenged(407, challenge))).toEqual({ kind: 'again', realm: 'biloxi.com', algorithm: 'MD5' });
  expect(attempt.lines).toBe(
    'Proxy-Authorization: Digest username="bob", realm="biloxi.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="sip:bob@biloxi.com", ' +
      'response="bf57e4e0d0bffc0fbaedce64d59add5e", opaque="5ccc069c403ebaf9f0171e9517f40e41"\r\n',
  );
});

const ASKS = 'Digest realm="itsp.example", nonce="n1", qop="auth", algorithm=MD5';

test('a password is shown to no realm that it is not for (security S9)', () => {
  const account = { username: 'bob', password: 'secret', mayAsk: (realm: string) => realm === 'itsp.example' };
  const attempt = new ClientDigest(account, fixed('c')).attempt('INVITE', 'sip:1@itsp.example');
  expect(attempt.answer(challenged(407, ASKS.replace('itsp.example', 'evil.example')))).toEqual({
    kind: 'foreign',
    realm: 'evil.example',
  });
  expect(attempt.lines).toBe('');
});

test('a nonce is used again ahead of a challenge, with its count one higher each time (RFC 7616 §3.4)', () => {
  const digest = new ClientDigest({ username: 'bob', password: 'secret', mayAsk: everywhere }, fixed('c'));
  const first = digest.attempt('REGISTER', 'sip:itsp.example', true);
  expect(first.lines).toBe('');
  first.answer(challenged(401, ASKS));
  expect(first.lines).toContain('nc=00000001');
  expect(digest.attempt('REGISTER', 'sip:itsp.example', true).lines).toContain('nonce="n1"');
  const third = digest.attempt('REGISTER', 'sip:itsp.example', true);
  expect(third.lines).toContain('nc=00000003');
  // What was sent ahead and refused was no attempt to guess: the new nonce is answered.
  expect(third.answer(challenged(401, ASKS.replace('n1', 'n2'))).kind).toBe('again');
  expect(third.lines).toContain('nonce="n2"');
  expect(third.lines).toContain('nc=00000001');
  expect(digest.attempt('REGISTER', 'sip:itsp.example').lines).toBe('');
});

test('who asks again refuses the password, unless the nonce was stale, which is believed once (RFC 3261 §22.1, RFC 7616 §3.3)', () => {
  const digest = new ClientDigest({ username: 'bob', password: 'secret', mayAsk: everywhere }, fixed('c'));
  const attempt = digest.attempt('REGISTER', 'sip:itsp.example');
  expect(attempt.answer(challenged(401, ASKS)).kind).toBe('again');
  expect(attempt.answer(challenged(401, `${ASKS.replace('n1', 'n2')}, stale=TRUE`)).kind).toBe('again');
  expect(attempt.lines).toContain('nonce="n2"');
  expect(attempt.answer(challenged(401, `${ASKS.replace('n1', 'n3')}, stale=true`))).toEqual({
    kind: 'wrong',
    realm: 'itsp.example',
  });
  const second = digest.attempt('REGISTER', 'sip:itsp.example');
  second.answer(challenged(401, ASKS));
  expect(second.answer(challenged(401, ASKS.replace('n1', 'n4')))).toEqual({ kind: 'wrong', realm: 'itsp.example' });
});

test('a proxy and a registrar behind it are both answered, and a scheme or qop that nobody knows is none (RFC 3261 §22.3)', () => {
  const digest = new ClientDigest({ username: 'bob', password: 'secret', mayAsk: everywhere }, fixed('c'));
  const attempt = digest.attempt('REGISTER', 'sip:itsp.example');
  expect(attempt.answer(challenged(407, ASKS.replace('n1', 'p1'))).kind).toBe('again');
  expect(attempt.answer(challenged(401, ASKS)).kind).toBe('again');
  expect(attempt.lines.split('\r\n').map((line) => line.slice(0, line.indexOf(':')))).toEqual([
    'Proxy-Authorization',
    'Authorization',
    '',
  ]);
  const other = digest.attempt('REGISTER', 'sip:itsp.example');
  expect(other.answer(challenged(401, 'Basic realm="itsp.example"'))).toEqual({
    kind: 'unanswerable',
    why: 'no digest challenge',
  });
  expect(other.answer(challenged(401, ASKS.replace('"auth"', '"auth-int"'))).kind).toBe('unanswerable');
});
