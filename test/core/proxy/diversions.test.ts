import { assert, test } from 'vitest';
import { ledBefore } from '../../../src/core/proxy/diversions.ts';
import type { Request } from '../../../src/sip/message/message.ts';
import { read } from '../../../src/sip/message/read.ts';

function led(...headers: readonly string[]): readonly string[] {
  const text = [
    'INVITE sip:bob@home.example SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa',
    'From: <sip:alice@home.example>;tag=a',
    'To: <sip:bob@home.example>',
    'Call-ID: c@192.0.2.1',
    'CSeq: 7 INVITE',
    ...headers,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
  return ledBefore(read(text) as Request);
}

test('a counter tells how often one led on, and no stranger makes us count further than to 16 (RFC 5806 §4)', () => {
  assert.deepEqual(led('Diversion: <sip:x@a.example>;counter=3, <sip:y@a.example>'), [
    'sip:x@a.example',
    'sip:x@a.example',
    'sip:x@a.example',
    'sip:y@a.example',
  ]);
  assert.equal(led('Diversion: <sip:x@a.example>;counter=99999').length, 16);
});

test('of Diversion and History-Info the one is believed that knows of more (RFC 5806, RFC 7044)', () => {
  const once = 'History-Info: <sip:x@a.example>;index=1, <sip:y@a.example;cause=302>;index=1.1;mp=1';
  assert.deepEqual(led(once), ['sip:x@a.example']);
  assert.deepEqual(led(once, 'Diversion: <sip:z@a.example>;counter=2'), ['sip:z@a.example', 'sip:z@a.example']);
});
