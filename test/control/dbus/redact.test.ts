import { expect, test } from 'vitest';
import { redact } from '../../../src/control/dbus/redact.ts';

const CANARY = 'c0ffee5ec7e7';

function message(...lines: readonly string[]): string {
  return lines.join('\r\n');
}

const secret: readonly (readonly [what: string, line: string])[] = [
  [
    'response, nonce, cnonce and opaque',
    `Authorization: Digest username="alice", realm="r", nonce="${CANARY}", response="${CANARY}", cnonce="${CANARY}", opaque="${CANARY}"`,
  ],
  ['tokens without quotes', `Proxy-Authorization: Digest username=alice,response=${CANARY},nonce=${CANARY}`],
  ['a name in capitals with a blank', `AUTHORIZATION : dIGEST response="${CANARY}"`],
  ['a folded header', `Authorization: Digest username="alice",\r\n response="${CANARY}",\r\n\tnonce="${CANARY}"`],
  ['escapes in quotes', `Authorization: Digest username="al\\"ice", response="${CANARY}"`],
  ['a quote that never ends', `Authorization: Digest username="alice, response=${CANARY}`],
  ['another scheme', `Authorization: Bearer ${CANARY}`],
  ['no scheme', `Authorization: ${CANARY}`],
  ['a parameter nobody knows', `Authorization: Digest username="alice", secret="${CANARY}"`],
  ['a challenge', `WWW-Authenticate: Digest realm="r", nonce="${CANARY}", opaque="${CANARY}", qop="auth"`],
  ['two challenges in one header', `WWW-Authenticate: Digest realm="r", nonce="${CANARY}", Digest realm="s", nonce="${CANARY}"`],
  ['what follows the answer', `Authentication-Info: nextnonce="${CANARY}", rspauth="${CANARY}", qop=auth`],
  ['a header whose name is broken', `\0Authorization: Digest response="${CANARY}"`],
  ['a password in a URI', `Contact: <sip:alice:${CANARY}@192.0.2.1>`],
];

test.each(secret)('%s is hidden in a header', (_what, line) => {
  const text = redact(message('REGISTER sip:r SIP/2.0', 'Call-ID: 1@a', line, 'Content-Length: 0', '', ''));
  expect(text).not.toContain(CANARY);
  expect(text).toContain('REGISTER sip:r SIP/2.0\r\nCall-ID: 1@a\r\n');
  expect(text).toContain('\r\nContent-Length: 0\r\n\r\n');
});

test('what says who and where is still shown', () => {
  const line =
    'Authorization: Digest username="alice", realm="r", nonce="n", uri="sip:r", response="x", algorithm=MD5, qop=auth, nc=00000001';
  expect(redact(message('REGISTER sip:r SIP/2.0', line, '', ''))).toBe(
    message(
      'REGISTER sip:r SIP/2.0',
      'Authorization: Digest username="alice", realm="r", nonce=(hidden), uri="sip:r", response=(hidden), algorithm=MD5, qop=auth, nc=00000001',
      '',
      '',
    ),
  );
});

test('a password in the Request-URI is hidden', () => {
  expect(redact(`INVITE sip:alice:${CANARY}@192.0.2.1;lr SIP/2.0\r\n\r\n`)).toBe(
    'INVITE sip:alice:(hidden)@192.0.2.1;lr SIP/2.0\r\n\r\n',
  );
});

test('URIs with ports are left alone', () => {
  const text = message('INVITE sip:192.0.2.1:5060 SIP/2.0', 'Contact: <sip:192.0.2.1:5060>,<sip:bob@192.0.2.2:5060>', '', '');
  expect(redact(text)).toBe(text);
});

test('media keys are hidden, and the rest of a session description is not (RFC 4568 §9.1)', () => {
  const text = message(
    'INVITE sip:bob@example.org SIP/2.0',
    'c: application/sdp;charset=utf-8',
    '',
    'v=0',
    `k=clear:${CANARY}`,
    'm=audio 49170 RTP/SAVP 0',
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${CANARY}|2^20|1:4`,
    `A = crypto:2 x ${CANARY}`,
    `a=key-mgmt:mikey ${CANARY}`,
    `a=ice-pwd:${CANARY}`,
    'a=ice-ufrag:8hhY',
    '',
  );
  expect(redact(text)).toBe(
    message(
      'INVITE sip:bob@example.org SIP/2.0',
      'c: application/sdp;charset=utf-8',
      '',
      'v=0',
      'k=(hidden)',
      'm=audio 49170 RTP/SAVP 0',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 (hidden)',
      'A = crypto:(hidden)',
      'a=key-mgmt:(hidden)',
      'a=ice-pwd:(hidden)',
      'a=ice-ufrag:8hhY',
      '',
    ),
  );
});

test.each(['\r\n', '\n', '\r'])('a media key is hidden however the lines before it end: %j', (end) => {
  const lines = ['v=0', 'a=crypto:1 x inline:one', `a=crypto:2 x inline:${CANARY}`, `a=ice-pwd:${CANARY}`, `k=clear:${CANARY}`];
  const text = redact(message('INVITE sip:bob@example.org SIP/2.0', 'c: application/sdp', '', lines.join(end)));
  expect(text).not.toContain(CANARY);
  expect(text.split('\r\n').slice(-5)).toEqual([
    'v=0',
    'a=crypto:1 x (hidden)',
    'a=crypto:2 x (hidden)',
    'a=ice-pwd:(hidden)',
    'k=(hidden)',
  ]);
});

test.each(['text/plain', 'application/dtmf-relay', 'multipart/mixed;boundary=x', ''])(
  'a body of type "%s" is not shown',
  (type) => {
    const text = redact(
      message('MESSAGE sip:bob@example.org SIP/2.0', ...(type === '' ? [] : [`Content-Type: ${type}`]), '', CANARY),
    );
    expect(text).not.toContain(CANARY);
    expect(text).toContain('(12 bytes');
  },
);

test('a session description that is packed is not shown', () => {
  const text = message(
    'INVITE sip:bob@example.org SIP/2.0',
    'Content-Type: application/sdp',
    'Content-Encoding: gzip',
    '',
    CANARY,
  );
  expect(redact(text)).not.toContain(CANARY);
});
