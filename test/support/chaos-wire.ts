import type { Millis, Timed, Timer } from '../../src/runtime/clock.ts';
import type { Address, UdpSocket } from '../../src/runtime/network.ts';
import { Field } from '../../src/sip/message/fields.ts';
import { Request, Response } from '../../src/sip/message/message.ts';
import { read } from '../../src/sip/message/read.ts';
import type { Desk } from './desk.ts';
import type { SimRandom } from './sim-random.ts';

const SERVER: Address = { host: '10.0.0.1', port: 5060 };

/** What every automaton of a chaos needs. */
export interface Stage {
  readonly desk: Desk;
  readonly random: SimRandom;
  /** Counts of what should never happen, and of what did. */
  readonly counts: Map<string, number>;
  fresh(): number;
}

export function count(stage: Stage, what: string): void {
  stage.counts.set(what, (stage.counts.get(what) ?? 0) + 1);
}

export function between(random: SimRandom, low: number, high: number): number {
  return low + (high - low) * random.unit();
}

/** A socket whose messages are handed out read. */
export async function endpoint(
  stage: Stage,
  address: Address,
  request: (request: Request) => void,
  response: (response: Response) => void,
): Promise<UdpSocket> {
  return stage.desk.hostAt(address.host).udp(address, (text) => {
    const message = read(text);
    if (message instanceof Request) request(message);
    else if (message instanceof Response) response(message);
    else count(stage, 'unreadable');
  });
}

export function toServer(socket: UdpSocket, text: string): void {
  socket.send(text, SERVER);
}

export interface Lines {
  readonly method: string;
  readonly uri: string;
  readonly via: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  readonly extra?: string;
}

export function printRequest({ method, uri, via, from, to, callId, cseq, extra = '' }: Lines): string {
  return `${method} ${uri} SIP/2.0\r\nVia: ${via}\r\nMax-Forwards: 70\r\nFrom: ${from}\r\nTo: ${to}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\n${extra}Content-Length: 0\r\n\r\n`;
}

export function printAnswer(request: Request, status: number, tag: string, extra = ''): string {
  const vias = request.list(Field.via).map((via) => `Via: ${via}\r\n`);
  const to = request.get(Field.to)!;
  return `SIP/2.0 ${status} Said\r\n${vias.join('')}From: ${request.get(Field.from)}\r\nTo: ${to}${tag === '' || request.to.tag !== undefined ? '' : `;tag=${tag}`}\r\nCall-ID: ${request.callId}\r\nCSeq: ${request.get(Field.cseq)}\r\n${extra}Content-Length: 0\r\n\r\n`;
}

/** Sends a text now and again until it is stopped: T1 doubling up to `most`; gives up after 64*T1. */
export class Repeated implements Timed {
  private readonly stage: Stage;
  private readonly send: () => void;
  private readonly most: Millis;
  private readonly gaveUp: () => void;
  private readonly end: Millis;
  private interval: Millis = 500;
  private timer: Timer | undefined;

  constructor(stage: Stage, send: () => void, most: Millis, gaveUp: () => void) {
    this.stage = stage;
    this.send = send;
    this.most = most;
    this.gaveUp = gaveUp;
    this.end = stage.desk.clock.now() + 32_000;
    this.timer = stage.desk.clock.start('again', this.interval, this);
    send();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  timeout(): void {
    this.timer = undefined;
    const { clock } = this.stage.desk;
    if (clock.now() >= this.end) return this.gaveUp();
    this.send();
    this.interval = Math.min(this.interval * 2, this.most);
    this.timer = clock.start('again', Math.min(this.interval, this.end - clock.now()), this);
  }
}
