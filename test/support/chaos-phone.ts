import { after, type Timer } from '../../src/runtime/clock.ts';
import type { UdpSocket } from '../../src/runtime/network.ts';
import { Field } from '../../src/sip/message/fields.ts';
import type { Request, Response } from '../../src/sip/message/message.ts';
import { between, count, endpoint, printAnswer, printRequest, Repeated, type Stage, toServer } from './chaos-wire.ts';

/** One INVITE that came to a phone. */
interface Leg {
  readonly invite: Request;
  readonly tag: string;
  /** Never says a word, and does not even end the INVITE when it is cancelled. */
  readonly mute: boolean;
  readonly rude: boolean;
  provisional: string;
  final: number;
  answer: string;
  sending: Repeated | undefined;
  acknowledged: boolean;
  ended: boolean;
  timer: Timer | undefined;
}

const FINALS: readonly (readonly [number, number])[] = [
  [0.45, 200],
  [0.6, 486],
  [0.65, 603],
  [0.7, 480],
  [0.73, 600],
  [0.75, 302],
  [0.77, 500],
];

/** A phone that does at random what phones do: rings, is busy, answers, is silent, is rude. */
export class ChaosPhone {
  private readonly stage: Stage;
  private readonly contact: string;
  private socket: UdpSocket | undefined = undefined;
  private readonly legs = new Map<string, Leg>();
  private readonly dialogs = new Map<string, Leg>();
  private readonly byes = new Map<string, Repeated>();

  constructor(stage: Stage, user: string, host: string) {
    this.stage = stage;
    this.contact = `sip:${user}@${host}:5060`;
  }

  async open(host: string): Promise<void> {
    this.socket = await endpoint(
      this.stage,
      { host, port: 5060 },
      (request) => this.request(request),
      (response) => this.response(response),
    );
  }

  forget(): void {
    for (const leg of this.legs.values()) if (leg.final === 200 && !leg.acknowledged) count(this.stage, '2xx without its ACK');
    this.legs.clear();
    this.dialogs.clear();
    this.byes.clear();
  }

  private send(text: string): void {
    toServer(this.socket!, text);
  }

  private response(response: Response): void {
    this.byes.get(response.via.branch)?.stop();
  }

  private request(request: Request): void {
    const leg = this.legs.get(request.via.branch);
    switch (request.method) {
      case 'INVITE':
        return leg === undefined ? this.ring(request) : this.again(leg);
      case 'CANCEL':
        return this.cancelled(request, leg);
      case 'ACK':
        return this.acknowledged(request, leg);
      case 'BYE': {
        const dialog = this.dialogs.get(`${request.callId} ${request.to.tag}`);
        if (dialog === undefined) count(this.stage, 'BYE of no dialog');
        else this.over(dialog);
        return this.send(printAnswer(request, 200, ''));
      }
      default:
        return count(this.stage, `a phone was sent ${request.method}`);
    }
  }

  private ring(invite: Request): void {
    const { random, desk } = this.stage;
    if (this.dialogs.has(`fork ${invite.callId} ${invite.cseq.number}`)) count(this.stage, 'forked again');
    const leg: Leg = {
      invite,
      tag: `t${this.stage.fresh()}`,
      mute: random.unit() < 0.08,
      rude: random.unit() < 0.05,
      ...{ provisional: '', final: 0, answer: '', sending: undefined, acknowledged: false, ended: false, timer: undefined },
    };
    this.legs.set(invite.via.branch, leg);
    this.dialogs.set(`fork ${invite.callId} ${invite.cseq.number}`, leg);
    if (leg.mute) return count(this.stage, 'mute');
    const wait = random.unit() < 0.2 ? 0 : between(random, 0, 2_000);
    if (random.unit() < 0.3) this.provisional(leg, 100);
    if (random.unit() < 0.9) leg.timer = after(desk.clock, 'ringing', wait, () => this.provisional(leg, 180));
    const chance = random.unit();
    const final = FINALS.find(([below]) => chance < below)?.[1];
    const when = random.unit() < 0.2 ? wait : wait + between(random, 0, 12_000);
    if (final !== undefined) after(desk.clock, 'decides', when, () => this.finish(leg, final));
  }

  private again(leg: Leg): void {
    if (leg.answer !== '') this.send(leg.answer);
    else if (leg.provisional !== '') this.send(leg.provisional);
  }

  private provisional(leg: Leg, status: number): void {
    if (leg.final !== 0) return;
    leg.provisional = printAnswer(leg.invite, status, status === 100 ? '' : leg.tag, status === 100 ? '' : this.dialogLines(leg));
    this.send(leg.provisional);
  }

  private dialogLines(leg: Leg): string {
    const routes = leg.invite.list(Field.recordRoute).map((route) => `Record-Route: ${route}\r\n`);
    return `${routes.join('')}Contact: <${this.contact}>\r\n`;
  }

  private finish(leg: Leg, status: number): void {
    if (leg.final !== 0) return;
    leg.final = status;
    leg.timer?.cancel();
    leg.answer = printAnswer(leg.invite, status, leg.tag, status === 200 ? this.dialogLines(leg) : '');
    if (status === 200) this.dialogs.set(`${leg.invite.callId} ${leg.tag}`, leg);
    leg.sending = new Repeated(
      this.stage,
      () => this.send(leg.answer),
      4_000,
      () => {
        if (status !== 200) count(this.stage, 'a failure without its ACK');
        else this.bye(leg);
      },
    );
  }

  private cancelled(cancel: Request, leg: Leg | undefined): void {
    this.send(printAnswer(cancel, leg === undefined ? 481 : 200, leg?.tag ?? 'x'));
    if (leg === undefined) return count(this.stage, 'CANCEL of no INVITE');
    if (leg.mute) count(this.stage, 'CANCEL to a phone that had not said a word');
    if (!leg.rude && leg.final === 0) this.finish(leg, 487);
  }

  private acknowledged(ack: Request, hop: Leg | undefined): void {
    if (hop !== undefined) {
      if (hop.final < 300) count(this.stage, 'ACK before its answer');
      return hop.sending?.stop();
    }
    const leg = this.dialogs.get(`${ack.callId} ${ack.to.tag}`);
    if (leg === undefined) return count(this.stage, 'ACK of no dialog');
    leg.sending?.stop();
    if (leg.acknowledged) return;
    leg.acknowledged = true;
    const { random, desk } = this.stage;
    // Somebody has to hang up: the phone does, unless the caller was first.
    after(desk.clock, 'talk', random.unit() < 0.5 ? between(random, 0, 20_000) : 25_000, () => this.bye(leg));
  }

  private over(leg: Leg): void {
    leg.ended = true;
    leg.sending?.stop();
    leg.acknowledged = true;
  }

  private bye(leg: Leg): void {
    if (leg.ended) return;
    leg.ended = true;
    const { invite } = leg;
    const branch = `z9hG4bKb${this.stage.fresh()}`;
    const text = printRequest({
      method: 'BYE',
      uri: invite.list(Field.contact)[0]!.replace(/^[^<]*<|>.*$/g, ''),
      via: `SIP/2.0/UDP ${this.contact.replace(/^.*@/, '')};branch=${branch};rport`,
      from: `${invite.get(Field.to)};tag=${leg.tag}`,
      to: invite.get(Field.from)!,
      callId: invite.callId,
      cseq: 1,
      extra: invite
        .list(Field.recordRoute)
        .map((route) => `Route: ${route}\r\n`)
        .join(''),
    });
    this.byes.set(
      branch,
      new Repeated(
        this.stage,
        () => this.send(text),
        4_000,
        () => count(this.stage, 'BYE without an answer'),
      ),
    );
  }
}
