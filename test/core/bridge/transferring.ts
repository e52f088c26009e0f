import { assert } from 'vitest';
import { Field } from '../../../src/sip/message/fields.ts';
import type { Request, Response } from '../../../src/sip/message/message.ts';
import { ANSWER, BridgeLab, OFFER, SDP } from '../../support/bridge-lab.ts';
import type { Phone } from '../../support/phone.ts';

export const CAROLS = OFFER.replace('o=alice', 'o=carol').replace(/10\.0\.0\.2/g, '10.0.0.4');
const HELD = ANSWER.replace('t=0 0\r\n', 't=0 0\r\na=recvonly\r\n');

/** Alice talks to the provider, and has it on hold; carol has a phone. */
export async function talking() {
  const lab = await BridgeLab.open();
  const carol = await lab.desk.phone('carol', '10.0.0.4');
  lab.alice.register();
  carol.register();
  const talk = lab.talk({ headers: ['Allow: INVITE, ACK, BYE, CANCEL, NOTIFY'] });
  lab.alice.within(talk.invite, talk.ok, 'INVITE', {
    cseq: 2,
    headers: [SDP],
    body: OFFER.replace('t=0 0', 't=0 0\r\na=sendonly'),
  });
  lab.provider.answer(lab.provider.take('INVITE'), 200, 'OK', [SDP], 'far', HELD);
  lab.provider.take('ACK');
  lab.alice.response(200);
  lab.alice.within(talk.invite, talk.ok, 'ACK', { cseq: 2 });
  lab.desk.net.clear();
  return { lab, carol, ...talk };
}

/** Alice's second call, to 0305678, which is answered; what transfers the first one to it; what ends each when its budget is used up. */
export function consulted(lab: BridgeLab, answered: readonly string[] = []) {
  const { alice, provider, stop } = lab;
  const headers = [SDP, `Contact: ${alice.contact}`];
  const second = alice.request('INVITE', 'sip:0305678@home.example', { cseq: 1, callId: 'second', headers, body: OFFER });
  const there = provider.take('INVITE');
  provider.answer(there, 200, 'OK', [SDP, ...answered], 'second', ANSWER);
  const answer = alice.response(200);
  alice.within(second, answer, 'ACK');
  provider.take('ACK');
  const replaces = `Replaces=second%3Bto-tag%3D${answer.to.tag}%3Bfrom-tag%3D${second.from.tag}`;
  return { second, there, answer, target: `<sip:x@10.0.0.1?${replaces}>`, stops: [stop, lab.stop] as const };
}

export function refer(alice: Phone, invite: Request, ok: Response, to: string, headers: readonly string[] = []): void {
  alice.within(invite, ok, 'REFER', {
    cseq: 3,
    headers: [`Refer-To: ${to}`, `Contact: ${alice.contact}`, 'Referred-By: "Al" <sip:alice@home.example>', ...headers],
  });
}

/** What a NOTIFY says: `SIP/2.0 100 Trying, active`. */
export function notified(phone: Phone): string {
  const notify = phone.take('NOTIFY');
  assert.match(notify.get(Field.event)!, /^refer/);
  assert.notEqual(notify.get(Field.contact), undefined);
  assert.equal(notify.get(Field.contentType), 'message/sipfrag;version=2.0');
  phone.answer(notify, 200, 'OK', [], '');
  return `${notify.body.trimEnd()}, ${/^[a-z]+/.exec(notify.other('subscription-state')!)![0]}`;
}
