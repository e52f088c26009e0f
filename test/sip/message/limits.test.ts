import { assert, expect, test } from 'vitest';
import { Framer } from '../../../src/sip/message/frame.ts';
import { printResponse } from '../../../src/sip/message/print.ts';
import { read } from '../../../src/sip/message/read.ts';
import { escapeUser, parseUri } from '../../../src/sip/message/uri.ts';
import { parseDigest } from '../../support/digest.ts';

const VIA = 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n';

function request(more: string, uri = 'sip:b@example.com'): string {
  return `OPTIONS ${uri} SIP/2.0\r\n${VIA}From: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n${more}\r\n`;
}

/** `request`, or the status that refuses it. */
function verdict(text: string): string {
  const message = read(text);
  return message?.kind === 'malformed' ? `${message.answer?.status} ${message.error.field}` : (message?.kind ?? 'silence');
}

const bounds: readonly (readonly [what: string, within: string, beyond: string, refusal: string])[] = [
  ['64 Via in lines', request('v: SIP/2.0/UDP a\r\n'.repeat(63)), request('v: SIP/2.0/UDP a\r\n'.repeat(64)), '400 Via'],
  ['64 Via in a line', request(`v: a${',a'.repeat(62)}\r\n`), request(`v: a${',a'.repeat(63)}\r\n`), '400 Via'],
  ['32 Route', request('Route: <sip:a,a>,\r\n'.repeat(16)), request('Route: <sip:a,a>,\r\n'.repeat(17)), '400 Route'],
  ['64 Contact', request('m: <sip:a>\r\n'.repeat(64)), request('m: <sip:a>\r\n'.repeat(65)), '400 Contact'],
  ['32 Require', request('Require: a,a\r\n'.repeat(16)), request('Require: a,a,a\r\n'.repeat(11)), '400 Require'],
  [
    '32 Proxy-Require',
    request('Proxy-Require: a\r\n'.repeat(32)),
    request(`Proxy-Require: a${',a'.repeat(32)}\r\n`),
    '400 Proxy-Require',
  ],
  [
    '64 History-Info',
    request(`History-Info: a${',a'.repeat(63)}\r\n`),
    request(`History-Info: a${',a'.repeat(64)}\r\n`),
    '400 History-Info',
  ],
  ['64 Diversion', request(`Diversion: a${',a'.repeat(63)}\r\n`), request(`Diversion: a${',a'.repeat(64)}\r\n`), '400 Diversion'],
  ['256 headers', request('x: y\r\n'.repeat(251)), request('x: y\r\n'.repeat(252)), '400 header'],
  ['a line of 8192 bytes', request(`x: ${'y'.repeat(8189)}\r\n`), request(`x: ${'y'.repeat(8190)}\r\n`), '400 header'],
  ['a Request-URI of 8 kB', request('', `sip:${'a'.repeat(8000)}`), request('', `sip:${'a'.repeat(8200)}`), '414 Request-Line'],
  ['65535 bytes', request('').padEnd(65_535, 'x'), request('').padEnd(65_536, 'x'), '513 message'],
];
test.each(bounds)('%s are read, and more are refused (security S18)', (_what, within, beyond, refusal) => {
  assert.strictEqual(verdict(within), 'request');
  assert.strictEqual(verdict(beyond), refusal);
});

test('a message too long for its index is answered by the Via within (security S18)', () => {
  const message = read(request('x: y\r\n'.repeat(300)));
  assert.strictEqual(message?.kind === 'malformed' && message.via?.host, '192.0.2.1');
});

test('headers that do not end within 65535 bytes end the stream (security S19)', () => {
  const framer = new Framer();
  const head = `OPTIONS sip:a SIP/2.0\r\n${VIA}`.padEnd(40_000, 'x');
  assert.deepEqual(framer.push(head), []);
  const [frame] = framer.push(head);
  assert.strictEqual(frame?.kind, 'broken');
  assert.isFalse(framer.waiting);
  assert.deepEqual(framer.push(request('l: 0\r\n')), []);
});

test('text that is no wire text is no URI: š is not taken for the byte of an a', () => {
  expect(() => parseUri('sip:š@example.com')).toThrow('URI: expected a character of a URI, or an escape such as %20 at column 5');
  expect(() => parseUri(`sip:${'a'.repeat(70_000)}`)).toThrow('text: expected at most 65536 bytes');
  expect(() => escapeUser('š')).toThrow(RangeError);
});

test('a response of ours holds no second line in its reason, and nothing but bytes (security S17)', () => {
  const message = read(request(''));
  if (message?.kind !== 'request') throw new Error('the request is one');
  expect(() => printResponse(message, message.via.text, 400, 'No\r\nWarning: x', '')).toThrow(RangeError);
  expect(() => printResponse(message, message.via.text, 400, 'No', '', 'Warning: č\r\n')).toThrow(RangeError);
  expect(() => printResponse(message, message.via.text, 400, 'No', '', '', 'č')).toThrow(RangeError);
});

test('two messages at once do not see each other: what was read of one is read of it later', () => {
  const first = read(request('Contact: <sip:first@b>;x=1\r\n'));
  const second = read(request('', 'sip:other@example.org').replace('sip:a@b', 'sip:second-caller@example.net'));
  if (first?.kind !== 'request' || second?.kind !== 'request') throw new Error('both are requests');
  assert.strictEqual(first.from.uri.user, 'a');
  assert.strictEqual(second.from.uri.user, 'second-caller');
  assert.strictEqual(first.to.param('x'), undefined);
  assert.strictEqual(first.from.param('tag'), '1');
  assert.strictEqual(second.to.uri.host, 'b');
});

test('a response is asked for From and To after another message was read', () => {
  const response = read(
    'SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a\r\ni: 1\r\nCSeq: 1 OPTIONS\r\nf: <sip:f@x>;tag=ft\r\nt: <sip:t@x>;tag=tt\r\nl: 0\r\n\r\n',
  );
  if (response?.kind !== 'response') throw new Error('it is a response');
  read(request(''));
  assert.deepEqual([response.from.tag, response.to.tag, response.to.uri.user], ['ft', 'tt', 't']);
});

test.each(['\n', '\r'])('a bare %j in the reason would be the end of a line to someone (RFC 3261 §7.3.1)', (end) => {
  const response = read(
    `SIP/2.0 200 OK${end}Via: x\r\nv: SIP/2.0/UDP a\r\ni: 1\r\nCSeq: 1 OPTIONS\r\nf: <sip:f@x>;tag=1\r\nt: <sip:t@x>\r\n\r\n`,
  );
  assert.strictEqual(response?.kind, 'malformed');
});

test('a reason is told without its NUL, and passes on with it: whoever says it again says a line', () => {
  const text = 'SIP/2.0 486 Bu\0sy\r\nv: SIP/2.0/UDP a\r\ni: 1\r\nCSeq: 1 OPTIONS\r\nf: <sip:f@x>;tag=1\r\nt: <sip:t@x>\r\n\r\n';
  const response = read(text);
  if (response?.kind !== 'response') throw new Error('it is a response');
  assert.deepEqual([response.reason, response.text], ['Busy', text]);
});

test('credentials have 32 parameters at most, and the first of one name counts (RFC 7616 §3, security S18)', () => {
  const digest = (count: number) => `Digest ${Array.from({ length: count }, (_, i) => `p${i}="${i}"`).join(',')}`;
  const read32 = parseDigest('Authorization', `${digest(31)}, Realm="a"`)!;
  assert.strictEqual(read32.realm, 'a');
  expect(() => parseDigest('Authorization', digest(33))).toThrow('at most 32 parameters');
  const twice = parseDigest('Authorization', 'Digest realm="a", REALM=b, nonce=n, realm="c"')!;
  assert.deepEqual([twice.realm, twice.nonce], ['a', 'n']);
});
