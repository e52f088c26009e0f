import { assert, test } from 'vitest';
import type { Request } from '../../src/sip/message/message.ts';
import { Desk, HOUSE } from '../support/desk.ts';
import type { Phone } from '../support/phone.ts';

const CONFIG = `${HOUSE}[peer away.example]\nvia = 10.0.0.9\n`;
const SDP = 'v=0\r\n'.padEnd(900, 'x');

const first = (phone: Phone, method: string) =>
  phone.inbox.find((message): message is Request => message.kind === 'request' && message.method === method);

/** Five phones of bob, and a peer that calls him by UDP. */
async function busyPeer() {
  const desk = await Desk.open({ config: CONFIG });
  const peer = await desk.phone('peer', '10.0.0.9');
  const phones: Phone[] = [];
  for (let i = 0; i < 5; i++) {
    const phone = await desk.phone('bob', `10.0.1.${i}`);
    phone.register();
    phone.inbox.length = 0;
    phones.push(phone);
  }
  return { desk, peer, phones };
}

test('a peer by UDP that calls twice a second, each time five phones with early media, hears all that they say (security S14)', async () => {
  const { desk, peer, phones } = await busyPeer();
  const heard: string[] = [];
  for (let n = 0; n < 120; n++) {
    const wanted = { from: '<sip:x@away.example>', callId: `c${n}`, cseq: 1, branch: `z9hG4bK-c${n}` };
    const invite = peer.request('INVITE', 'sip:bob@home.example', wanted);
    for (const phone of phones) {
      phone.answer(first(phone, 'INVITE')!, 180, 'Ringing', [], `t${n}`);
      phone.answer(first(phone, 'INVITE')!, 183, 'Session Progress', [], `t${n}`, SDP);
    }
    phones[0]!.answer(first(phones[0]!, 'INVITE')!, 200, 'OK', [], `t${n}`, SDP);
    for (const phone of phones.slice(1)) {
      phone.answer(first(phone, 'CANCEL')!, 200);
      phone.answer(first(phone, 'INVITE')!, 487);
    }
    heard.push(...peer.waiting);
    const ok = peer.response(200);
    peer.within(invite, ok, 'ACK');
    peer.within(invite, ok, 'BYE');
    phones[0]!.answer(first(phones[0]!, 'BYE')!, 200);
    for (const phone of [peer, ...phones]) phone.inbox.length = 0;
    desk.run(500);
  }
  const count = (status: string) => heard.filter((one) => one === `${status} INVITE`).length;
  assert.deepEqual([count('180'), count('183'), count('200')], [600, 600, 120]);
  assert.equal(desk.exchange.transport.answered.silenced, 0);
});

test('who writes the address of a peer as its own makes phones ring so often and no oftener, and keeps nobody else out (security S4, S12)', async () => {
  const { desk, peer, phones } = await busyPeer();
  for (let n = 0; n < 1_000; n++) {
    const wanted = { from: '<sip:x@away.example>', callId: `f${n}`, cseq: 1, branch: `z9hG4bK-f${n}` };
    peer.send(peer.text('INVITE', 'sip:bob@home.example', wanted));
  }
  desk.run();
  assert.equal(phones[0]!.inbox.length, 300);
  const alice = await desk.phone('alice', '10.0.0.2');
  alice.call('INVITE', 'sip:bob@home.example');
  const stranger = await desk.phone('x', '10.0.0.66');
  stranger.request('INVITE', 'sip:bob@home.example', { from: '<sip:x@elsewhere.example>' });
  assert.equal(phones[0]!.inbox.length, 302);
});
