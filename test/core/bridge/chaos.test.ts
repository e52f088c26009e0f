import { assert, test } from 'vitest';
import { Request, type Response } from '../../../src/sip/message/message.ts';
import { ANSWER, BridgeLab, NOTHING, OFFER, SDP } from '../../support/bridge-lab.ts';
import type { Phone } from '../../support/phone.ts';
import { SimRandom } from '../../support/sim-random.ts';

/** A dialog that a user agent of the test believes to have. */
interface Held {
  readonly phone: Phone;
  readonly invite: Request;
  /** The 2xx, of a caller; the own tag, of a callee. */
  readonly answer: Response | string;
  cseq: number;
}

/** User agents that say whatever is possible at any time; seeded, so that what fails fails again. */
class Chaos {
  readonly lab: BridgeLab;
  private readonly phones: readonly Phone[];
  private readonly random: SimRandom;
  private readonly held: Held[] = [];
  /** INVITEs that may be cancelled. */
  private readonly calling: { phone: Phone; invite: Request }[] = [];
  private readonly ringing: { phone: Phone; invite: Request }[] = [];
  private calls = 0;
  answered = 0;

  constructor(lab: BridgeLab, phones: readonly Phone[], seed: number) {
    this.lab = lab;
    this.phones = phones;
    this.random = new SimRandom(seed);
  }

  private one<T>(of: readonly T[]): T {
    return of[this.random.below(of.length)]!;
  }

  step(): void {
    const what = this.random.below(10);
    if (what < 2) this.dial();
    else if (what < 5) this.ring();
    else if (what < 6) this.random.below(3) === 0 && this.giveUp();
    else this.speak();
    this.lab.desk.run(this.one([0, 0, 10, 10, 300, 300, 2_500, 2_500, 6_000, 40_000]));
    for (const phone of this.phones) this.drain(phone);
  }

  private dial(): void {
    const { alice, provider } = this.lab;
    const headers = [SDP, ...this.one([[], ['Supported: 100rel, timer'], ['Supported: timer', 'Session-Expires: 120']])];
    const callId = `chaos-${++this.calls}`;
    const out = this.random.below(2) === 0;
    const phone = out ? alice : provider;
    const uri = out ? 'sip:0301234@home.example' : 'sip:account@10.0.0.1:5060';
    const from = out ? {} : { from: '<sip:+4940123@acme.example>' };
    const body = this.one([OFFER, '']);
    const wanted = {
      callId,
      cseq: 1,
      headers: [`Contact: ${phone.contact}`, ...(body === '' ? headers.slice(1) : headers)],
      body,
    };
    this.calling.push({ phone, invite: phone.request('INVITE', uri, { ...wanted, ...from }) });
  }

  private ring(): void {
    if (this.ringing.length === 0) return;
    const at = this.random.below(4) > 0 ? this.ringing.length - 1 : this.random.below(this.ringing.length);
    const { phone, invite } = this.ringing[at]!;
    const tag = `${phone.user}-${this.random.below(2)}`;
    const status = this.one([180, 183, 183, 200, 200, 200, 200, 200, 200, 486, 503, 302, 401]);
    const extra = status === 183 ? this.one([[], ['Require: 100rel', `RSeq: ${this.random.below(3) + 1}`]]) : [];
    phone.answer(invite, status, 'Said', [SDP, ...extra], tag, status < 300 ? ANSWER : '');
    if (status < 200) return;
    if (this.random.below(3) > 0) this.ringing.splice(at, 1);
    if (status === 200) this.held.push({ phone, invite, answer: tag, cseq: 0 });
  }

  private giveUp(): void {
    if (this.calling.length === 0) return;
    const [{ phone, invite }] = this.calling.splice(this.random.below(this.calling.length), 1) as [(typeof this.calling)[0]];
    phone.cancel(invite, ['Reason: SIP;cause=487']);
  }

  private speak(): void {
    if (this.held.length === 0) return;
    const held = this.one(this.held);
    const method = this.one(['BYE', 'INVITE', 'INVITE', 'UPDATE', 'UPDATE', 'INFO', 'REFER', 'PRACK', 'OPTIONS']);
    const body = method === 'INVITE' || method === 'UPDATE' ? this.one([OFFER, '']) : '';
    const { phone } = held;
    const target = this.one(['sip:bob@home.example', 'sip:203@home.example', 'sip:0301234@home.example']);
    const more =
      method === 'REFER' ? [`Refer-To: <${target}${this.replaces()}>`] : method === 'PRACK' ? ['RAck: 1 1 INVITE'] : [];
    this.say(held, method, [`Contact: ${phone.contact}`, ...(body === '' ? [] : [SDP]), ...more], body);
    if (method === 'BYE') this.held.splice(this.held.indexOf(held), 1);
  }

  private replaces(): string {
    const other = this.one(this.held);
    if (this.random.below(2) === 0 || typeof other.answer === 'string') return '';
    return `?Replaces=${other.invite.callId}%3Bto-tag%3D${other.answer.to.tag}%3Bfrom-tag%3D${other.invite.from.tag}`;
  }

  private say(held: Held, method: string, headers: readonly string[], body = '', cseq = ++held.cseq + 1): void {
    const { phone, invite, answer } = held;
    const wanted = { cseq, headers, body };
    if (typeof answer === 'string') phone.back(invite, answer, method, wanted);
    else phone.within(invite, answer, method, wanted);
  }

  private drain(phone: Phone): void {
    for (const message of phone.inbox.splice(0))
      if (message instanceof Request) this.asked(phone, message);
      else this.told(phone, message);
  }

  private asked(phone: Phone, request: Request): void {
    const within = request.to.tag !== undefined;
    if (request.method === 'ACK') return;
    if (request.method === 'INVITE' && !within) this.ringing.push({ phone, invite: request });
    else if (request.method === 'INVITE' || request.method === 'UPDATE')
      phone.answer(
        request,
        this.one([200, 200, 200, 200, 200, 200, 491, 488, this.random.below(4) > 0 ? 200 : 481]),
        'Said',
        [SDP],
        '',
        this.one([ANSWER, OFFER]),
      );
    else if (request.method === 'CANCEL') {
      phone.answer(request, 200);
      const at = this.ringing.findIndex(({ invite }) => invite.callId === request.callId);
      if (at >= 0 && this.random.below(4) > 0) phone.answer(this.ringing.splice(at, 1)[0]!.invite, 487);
    } else phone.answer(request, this.one([200, 200, 200, 200, 200, 500, this.random.below(4) > 0 ? 200 : 481]), 'Said', [], '');
    if (request.method === 'BYE') this.forget(phone, request.callId);
  }

  private forget(phone: Phone, callId: string): void {
    const at = this.held.findIndex((held) => held.phone === phone && held.invite.callId === callId);
    if (at >= 0) this.held.splice(at, 1);
  }

  private told(phone: Phone, response: Response): void {
    if (response.cseq.method !== 'INVITE' || response.status < 200) return;
    const at = this.calling.findIndex(({ invite }) => invite.callId === response.callId);
    if (response.status >= 300) {
      if (at >= 0 && response.cseq.number === 1) phone.ack(this.calling.splice(at, 1)[0]!.invite, response);
      return;
    }
    const known = this.held.find((held) => held.phone === phone && held.invite.callId === response.callId);
    if (at >= 0) {
      this.answered++;
      const held = { phone, invite: this.calling.splice(at, 1)[0]!.invite, answer: response, cseq: 0 };
      this.held.push(held);
      if (this.random.below(12) > 0) this.say(held, 'ACK', [SDP], ANSWER, 1);
    } else if (known !== undefined && this.random.below(12) > 0) this.say(known, 'ACK', [], '', response.cseq.number);
  }

  /** Everybody hangs up. */
  end(): void {
    for (const held of this.held.splice(0)) this.say(held, 'BYE', []);
    for (let i = 0; i < 20; i++) {
      this.lab.desk.run(20_000);
      for (const phone of this.phones) {
        this.drain(phone);
        for (const { invite } of this.ringing.splice(0)) phone.answer(invite, 486);
        for (const { invite } of this.calling.splice(0)) phone.cancel(invite);
        for (const held of this.held.splice(0)) this.say(held, 'BYE', []);
      }
    }
  }
}

test.each([1, 2, 3, 4, 5, 6, 7, 118])(
  'whatever is said in whatever order (%d), nothing stays behind and nothing breaks',
  async (seed) => {
    const lab = await BridgeLab.open({ seed });
    lab.wishes = { sessionExpires: 600, realm: 'acme' };
    const bob = await lab.desk.phone('bob', '10.0.0.3');
    const carol = await lab.desk.phone('carol', '10.0.0.4');
    for (const phone of [lab.alice, bob, carol]) phone.register(undefined);
    const chaos = new Chaos(lab, [lab.alice, bob, carol, lab.provider], seed);
    for (let i = 0; i < 300; i++) chaos.step();
    chaos.end();
    assert.deepEqual(
      lab.desk.log.lines.filter((line) => line.startsWith('error')),
      [],
    );
    assert.equal(lab.desk.exchange.bugs, 0);
    lab.desk.run(13 * 3_600_000);
    assert.deepEqual(lab.left, NOTHING);
    assert.ok(chaos.answered > 2, `${chaos.answered} calls were answered`);
  },
);
