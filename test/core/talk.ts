import type { Request, Response } from '../../src/sip/message/message.ts';
import { Desk, type DeskOptions } from '../support/desk.ts';
import type { Phone } from '../support/phone.ts';

/** Alice on 10.0.0.2 calls bob on 10.0.0.3: a desk, and the call as far as a test takes it. */
export class Talk {
  readonly desk: Desk;
  readonly alice: Phone;
  readonly bob: Phone;
  /** The INVITE as alice sent it, and as bob got it. */
  invite!: Request;
  arrived!: Request;
  /** The 200 as alice got it. */
  ok!: Response;

  private constructor(desk: Desk, alice: Phone, bob: Phone) {
    this.desk = desk;
    this.alice = alice;
    this.bob = bob;
  }

  static async open(options: DeskOptions = {}): Promise<Talk> {
    const desk = await Desk.open(options);
    const talk = new Talk(desk, await desk.phone('alice', '10.0.0.2'), await desk.phone('bob', '10.0.0.3'));
    talk.bob.register();
    return talk;
  }

  get calls() {
    return this.desk.exchange.calls;
  }

  /** Alice dials 202, and bob has the INVITE. `headers`: of the INVITE. */
  dial(headers: readonly string[] = []): this {
    this.invite = this.alice.call('INVITE', 'sip:202@home.example', {
      callId: 'talk',
      cseq: 1,
      headers: [`Contact: ${this.alice.contact}`, ...headers],
    });
    this.arrived = this.bob.take('INVITE');
    return this;
  }

  /** Bob answers with 200, and alice sends the ACK. `headers`: of the 200. */
  answer(headers: readonly string[] = []): this {
    this.bob.answer(this.arrived, 200, 'OK', headers);
    this.ok = this.alice.response(200);
    return this.ack();
  }

  ack(): this {
    this.alice.within(this.invite, this.ok, 'ACK');
    this.bob.take('ACK');
    this.desk.net.clear();
    return this;
  }

  /** What the table holds: `alice sip:202@home.example answered`. */
  get listed(): string[] {
    return this.calls.list().map(({ from, to, state }) => `${from} ${to} ${state}`);
  }

  /** How the calls of the history ended, the newest first. */
  get endings(): string[] {
    return this.calls.history(0, 100).map(({ status, reason }) => `${status} ${reason}`);
  }
}
