import { type Log, stackOf } from '../../runtime/log.ts';
import type { Malformed, Request, Response } from '../message/message.ts';
import { type Answerable, printResponse } from '../message/print.ts';
import { limits, read } from '../message/read.ts';
import type { Via } from '../message/via.ts';
import { type Flow, remoteText, type Tap } from './flow.ts';
import { isStun, stunAnswer } from './keepalive.ts';
import { stamp } from './received.ts';
import { StreamFlow, type StreamReader } from './stream-flow.ts';
import type { ToTags } from './to-tags.ts';

/** Who takes the messages that arrive: the transaction layer. */
export interface MessageUser {
  request(request: Request, flow: Flow): void;
  response(response: Response, flow: Flow): void;
  /** A stream has closed; its name is in `FlowName.connection`. */
  connectionClosed(connection: string): void;
}

/** Sends what is answered at once. */
interface Replying {
  readonly tags: ToTags;
  answer(via: Via, flow: Flow, text: string): void;
}

const TOO_LARGE = { status: 513, reason: `Message Too Large (at most ${limits.message} bytes)` } as const;

/** Text to messages, from whichever socket: they go to their user, and what nobody can read is answered here (RFC 3261 §18.2.1, §18.3). */
export class Reader implements StreamReader {
  /** Set once, by the transaction layer. */
  user: MessageUser | undefined = undefined;
  /** Whether a message that nobody can read, or a question of STUN, gets an answer. Set once, by who knows whom we listen to. */
  hears: (flow: Flow) => boolean = () => true;
  counts = { received: 0, malformed: 0, bugs: 0 };
  private readonly log: Log;
  private readonly tap: Tap | undefined;
  private readonly transport: Replying;

  constructor({ log, tap }: { readonly log: Log; readonly tap?: Tap }, transport: Replying) {
    this.log = log;
    this.tap = tap;
    this.transport = transport;
  }

  /** One message as text. */
  received(text: string, flow: Flow): void {
    this.counts.received++;
    if (!flow.reliable && isStun(text)) return this.stun(text, flow);
    this.tap?.message('in', text, flow);
    try {
      const message = read(text);
      if (message !== undefined) this.handOver(message, flow); // keep-alives and noise get silence
    } catch (error) {
      // A bug: it costs this one message, and the others go on (house, 8).
      this.counts.bugs++;
      this.log.error(`bug: ${stackOf(error)}`);
    }
  }

  private stun(text: string, flow: Flow): void {
    const answer = stunAnswer(text, flow.remote);
    if (answer !== undefined && this.hears(flow)) flow.send(answer);
  }

  private handOver(message: Request | Response | Malformed, flow: Flow): void {
    switch (message.kind) {
      case 'request':
        if (flow instanceof StreamFlow && flow.peer !== undefined) flow.point.requested(message, flow);
        return this.user?.request(message, flow);
      case 'response':
        return this.user?.response(message, flow);
      case 'malformed':
        return this.refuse(message, flow);
      default:
        message satisfies never;
    }
  }

  /** A stream that cannot be cut into messages any more: one answer, then it is closed (RFC 3261 §18.3, RFC 4475 §3.3.9). */
  broken(text: string, flow: Flow, large: boolean): void {
    const message = read(text);
    if (message?.kind === 'malformed') return this.refuse(message, flow, large ? message.answer && TOO_LARGE : message.answer);
    if (message?.kind !== 'request' || message.method === 'ACK') return;
    this.counts.malformed++;
    if (this.hears(flow)) this.respond(message, message.via, flow, 400, 'Bad Request (Content-Length: one number is needed)');
  }

  connectionClosed(connection: string): void {
    this.user?.connectionClosed(connection);
  }

  /** A message with a readable Via is always answered, without any state (RFC 3261 §8.2.7). */
  private refuse(message: Malformed, flow: Flow, answer = message.answer): void {
    this.counts.malformed++;
    const { log } = this;
    if (log.wants('debug')) log.debug(`from ${remoteText(flow)}: ${message.error.caret()}`);
    if (answer === undefined || message.via === undefined || !this.hears(flow)) return;
    this.respond(message, message.via, flow, answer.status, answer.reason);
  }

  private respond(message: Answerable, via: Via, flow: Flow, status: number, reason: string): void {
    const { transport } = this;
    transport.answer(via, flow, printResponse(message, stamp(via, flow), status, reason, transport.tags.of(via.text)));
  }
}
