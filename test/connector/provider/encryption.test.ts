import { expect, test } from 'vitest';
import { PROVIDED, provided } from './provided.ts';

const REQUIRED = PROVIDED.replace('username =', 'transport = udp\nencryption = required\nusername =');

const offer = (...media: readonly string[]) => `v=0\r\n${media.map((one) => `m=${one} 0\r\n`).join('')}`;
const SRTP = 'audio 4000 RTP/SAVP';

/** Offers, and whether a call with one goes on. */
const OFFERS: readonly (readonly [body: string, goes: boolean])[] = [
  [offer('audio 4000 RTP/AVP'), false],
  [offer(SRTP), true],
  [offer('audio 4000 UDP/TLS/RTP/SAVPF'), true],
  // A phone for which SRTP is a wish: the answer may take either.
  [offer(SRTP, 'audio 4002 RTP/AVP'), false],
  [offer(SRTP, 'video 4002 RTP/AVPF'), false],
  [offer(SRTP, 'audio 0 RTP/AVP'), true],
  [offer(SRTP, 'application 4002 UDP/BFCP'), true],
  ['', false],
];

test('encryption = required refuses a call out without SRTP, or with media in clear beside it, before anything leaves', async () => {
  const { itsp, alice } = await provided(REQUIRED);
  const headers = [`Contact: ${alice.contact}`, 'Content-Type: application/sdp'];
  for (const [body, goes] of OFFERS) {
    alice.call('INVITE', 'sip:0089123456@home.example', { headers, body });
    expect([body, itsp.waiting]).toEqual([body, goes ? ['INVITE'] : []]);
    if (goes) itsp.answer(itsp.take('INVITE'), 486);
    else expect(alice.response(488).reason).toContain('provider itsp wants encrypted media');
    itsp.inbox.length = 0;
    alice.inbox.length = 0;
  }
});

test('encryption = required refuses a call in without SRTP, or with media in clear beside it, before a phone rings', async () => {
  const { itsp, bob, contact } = await provided(REQUIRED);
  for (const [body, goes] of OFFERS) {
    const headers = ['Contact: <sip:10.9.0.1>', 'Content-Type: application/sdp'];
    itsp.request('INVITE', contact, { from: '<sip:+33123456789@itsp.example>', headers, body });
    expect([body, bob.waiting]).toEqual([body, goes ? ['INVITE'] : []]);
    if (goes) bob.answer(bob.take('INVITE'), 486);
    else expect(itsp.response(488).reason).toBe('Not Acceptable Here (encrypted media is wanted)');
    itsp.inbox.length = 0;
    bob.inbox.length = 0;
  }
});

test('encryption = required holds up no call for help (security S30)', async () => {
  const { itsp, alice } = await provided(REQUIRED.replace('extensions =', 'emergency = 112\nextensions ='));
  const headers = [`Contact: ${alice.contact}`, 'Content-Type: application/sdp'];
  alice.call('INVITE', 'sip:112@home.example', { headers, body: offer('audio 4000 RTP/AVP') });
  expect(itsp.waiting).toEqual(['INVITE']);
});
