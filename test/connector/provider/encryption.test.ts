import { expect, test } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
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
  // As a fax goes on where two ends have found that they are such machines (ITU-T T.38 Annex D, RFC 7345).
  [offer('audio 0 RTP/SAVP', 'image 4002 udptl'), false],
  [offer(SRTP, 'image 4002 TCPTL'), false],
  [offer(SRTP, 'image 4002 UDP/TLS/UDPTL'), true],
  // Lines that end in LF alone everybody shall read, and many read CR alone and tabs (RFC 8866 §5); m= may stand in the first of them.
  ...['\n', '\r'].flatMap((end): readonly (readonly [string, boolean])[] => [
    [offer(SRTP).replaceAll('\r\n', end), true],
    [offer(SRTP, 'audio 4002 RTP/AVP').replaceAll('\r\n', end), false],
    [`${offer(SRTP)}m=audio 4002 RTP/AVP 0${end}`.replace('\r\nm=audio 4002', `${end}m=audio 4002`), false],
  ]),
  [offer(SRTP, 'audio\t4002\tRTP/AVP\t0'), false],
  [offer(SRTP, 'audio\t0\tRTP/AVP\t0'), true],
  [`m=audio 4002 RTP/AVP 0\r\n${offer(SRTP)}`, false],
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
  const body = offer('audio 4000 RTP/AVP');
  const invite = alice.call('INVITE', 'sip:112@home.example', { headers, body });
  itsp.answer(itsp.take('INVITE'), 200, 'OK', ['Content-Type: application/sdp'], 'far', body);
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  itsp.take('ACK');
  alice.within(invite, ok, 'INVITE', { cseq: invite.cseq.number + 1, headers, body });
  expect(itsp.waiting).toEqual(['INVITE']);
});

test('encryption = required refuses an offer without SRTP, or an INVITE without one, also within a call, and the call goes on (RFC 3261 §14.2)', async () => {
  const { itsp, alice } = await provided(REQUIRED);
  const headers = [`Contact: ${alice.contact}`, 'Content-Type: application/sdp'];
  const invite = alice.call('INVITE', 'sip:0089123456@home.example', { headers, body: offer(SRTP) });
  const arrived = itsp.take('INVITE');
  itsp.answer(arrived, 200, 'OK', ['Content-Type: application/sdp', 'Allow: INVITE, UPDATE'], 'far', offer(SRTP));
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  itsp.take('ACK');
  let cseq = invite.cseq.number;
  const asks = [
    [alice, itsp, (method: string, body: string) => alice.within(invite, ok, method, { cseq: ++cseq, headers, body })],
    [
      itsp,
      alice,
      (method: string, body: string) => itsp.back(arrived, 'far', method, { cseq: ++cseq, headers: headers.slice(1), body }),
    ],
  ] as const;
  for (const [asking, other, ask] of asks)
    for (const method of ['INVITE', 'UPDATE'])
      for (const [body, goes] of OFFERS) {
        ask(method, body);
        const passed = goes ? [method] : [];
        expect([method, body, other.waiting]).toEqual([method, body, passed]);
        if (goes) other.answer(other.take(method), 488);
        // An UPDATE without an offer changes no media.
        asking.response(method === 'UPDATE' && body === '' ? 200 : 488);
        asking.inbox.length = 0;
        other.inbox.length = 0;
      }
  alice.within(invite, ok, 'BYE', { cseq: ++cseq });
  expect(itsp.waiting).toEqual(['BYE']);
});

test('encryption = required: whoever takes a call over by Replaces offers SRTP as well (RFC 3891 §3)', async () => {
  const { itsp, alice, bob } = await provided(REQUIRED);
  const headers = [`Contact: ${alice.contact}`, 'Content-Type: application/sdp'];
  const invite = alice.call('INVITE', 'sip:0089123456@home.example', { headers, body: offer(SRTP) });
  itsp.answer(itsp.take('INVITE'), 200, 'OK', ['Content-Type: application/sdp'], 'far', offer(SRTP));
  const ok = alice.response(200);
  alice.within(invite, ok, 'ACK');
  itsp.take('ACK');
  const replaces = `Replaces: ${invite.callId};to-tag=${ok.to.tag};from-tag=${invite.from.tag}`;
  for (const [body, goes] of [
    [offer('audio 4000 RTP/AVP'), false],
    ['', false], // the company would make an offer of its own, and nobody knows which
    [offer(SRTP), true],
  ] as const) {
    bob.call('INVITE', /<(.*)>/.exec(ok.get(Field.contact)!)![1]!, { headers: [...headers, replaces], body });
    expect([body, itsp.waiting]).toEqual([body, goes ? ['INVITE'] : []]);
    if (!goes) bob.response(488);
  }
});
