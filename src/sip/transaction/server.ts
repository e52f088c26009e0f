import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';
import type { Locator } from '../locate/locator.ts';
import { Field } from '../message/fields.ts';
import { LINE, NEXT, type Request } from '../message/message.ts';
import { line, printResponse } from '../message/print.ts';
import type { Via } from '../message/via.ts';
import type { Flow } from '../transport/flow.ts';
import type { TransportLayer } from '../transport/layer.ts';
import { stamp } from '../transport/received.ts';
import type { Source } from '../transport/source.ts';
import { Reply } from './reply.ts';
import {
  type InviteServerEvent,
  type InviteServerState,
  inviteServer,
  nonInviteServer,
  type ServerAction,
  type ServerEvent,
  type ServerState,
} from './tables.ts';
import { T1, T2, T4, TIMEOUT, TRYING, TRYING_LATE } from './timers.ts';
import type { ServerTransaction } from './user.ts';

/** What a server transaction needs of the layer that keeps it. */
export interface ServerHome {
  readonly clock: Clock;
  readonly transport: Pick<TransportLayer, 'answer' | 'replyFlow' | 'flowTo'>;
  /** Finds the servers of a Via's sent-by; undefined where nobody does (RFC 3263 §5). */
  readonly locator: Pick<Locator, 'locate'> | undefined;
  readonly counts: { unacknowledged: number };
  removeServer(server: ServerMachine): void;
  newTag(): string;
  /** The same for the same key, as long as the daemon runs. */
  tagOf(key: string): string;
}

/** One server transaction of either kind (RFC 3261 §17.2): runs its table, keeps the last response for retransmissions. */
export class ServerMachine implements ServerTransaction, Timed {
  readonly flow: Flow;
  /** Of its request's text, until the layer keeps it. */
  key: string;
  /** The next that may be meant by the same request. */
  sibling: ServerMachine | undefined = undefined;
  account: Source | undefined = undefined;
  ended: (() => void) | undefined = undefined;
  cancelled: ((reason: readonly string[]) => void) | undefined = undefined;
  /** Whether the layer has it in its table. */
  kept = false;
  state: InviteServerState | ServerState | 'end';
  readonly since: Millis;
  private held: Request | undefined;
  readonly method: string;
  readonly sentByHost: string;
  readonly sentByPort: number | undefined;
  private readonly layer: ServerHome;
  private tag = '';
  private last = '';
  private lastTimer: Timer | undefined = undefined;
  private retransmission: Timer | undefined = undefined;
  private interval: Millis = T1;
  private back: Flow | undefined = undefined;

  constructor(layer: ServerHome, key: string, request: Request, flow: Flow) {
    this.layer = layer;
    this.key = key;
    this.held = request;
    this.flow = flow;
    this.method = request.method;
    const { host } = request.via;
    this.sentByHost = host === flow.remote.host ? flow.remote.host : host; // mostly so: one text for many
    this.sentByPort = request.via.port;
    this.since = Math.floor(layer.clock.now()); // a whole number takes no room of its own
    this.state = this.invite ? 'proceeding' : 'trying';
  }

  get invite(): boolean {
    return this.method === 'INVITE';
  }

  /** The tag of the answers that we make ourselves. Made when it is first needed: most come from a phone and bear its tag. */
  get toTag(): string {
    if (this.tag === '') this.tag = this.layer.newTag();
    return this.tag;
  }

  /** That of the request which this one is about (RFC 3261 §9.2). */
  set toTag(tag: string) {
    this.tag = tag;
  }

  get request(): Request {
    if (this.held === undefined) throw new Error('the request of a completed transaction is not kept');
    return this.held;
  }

  get completed(): boolean {
    return this.state === 'completed' || this.state === 'confirmed' || this.state === 'accepted' || this.state === 'end';
  }

  /** The layer knows the transaction from now on: it gets its 100 in time if it is not answered yet. */
  begin(): void {
    if (this.completed) return;
    this.flow.waits?.(1);
    if (this.last !== '') return;
    this.retransmission = this.layer.clock.start('trying', this.invite ? TRYING : TRYING_LATE, this);
  }

  respond(status: number, reason: string, extra = '', body = ''): void {
    if (this.completed) return;
    const { request } = this;
    const tag = status > 100 && request.to.tag === undefined ? this.toTag : '';
    this.relay(status, printResponse(request, stamp(request.via, this.flow), status, reason, tag, extra, body));
  }

  /** Answers without keeping anything: a retransmission is answered anew (RFC 3261 §8.2.7). For challenges, refusals under load, OPTIONS. */
  respondStateless(status: number, reason: string, extra = ''): void {
    const { request } = this;
    const tag = request.to.tag === undefined ? this.layer.tagOf(this.key) : '';
    this.layer.transport.answer(
      request.via,
      this.flow,
      printResponse(request, stamp(request.via, this.flow), status, reason, tag, extra),
    );
    this.state = 'end';
    this.finish();
  }

  abandon(): void {
    this.state = 'end';
    this.retransmission?.cancel();
    this.lastTimer?.cancel();
    this.finish();
  }

  relay(status: number, text: string): void {
    if (this.invite) this.run(status < 200 ? 'send1xx' : status < 300 ? 'send2xx' : 'send3xx', text);
    else if (status >= 200) this.run('sendFinal', text);
    else if (status === 100) this.run('send1xx', text); // any other provisional would change nothing (RFC 4320 §4.1)
  }

  /** A retransmission of the request, or the ACK to our final response. */
  received(method: string): void {
    this.run(method === 'ACK' ? 'ACK' : this.invite ? 'INVITE' : 'request');
  }

  timeout(timer: string): void {
    this.run(timer as InviteServerEvent | ServerEvent);
  }

  private run(event: InviteServerEvent | ServerEvent, text = ''): void {
    if (this.state === 'end') return;
    const cell = this.invite
      ? inviteServer[this.state as InviteServerState][event as InviteServerEvent]
      : nonInviteServer[this.state as ServerState][event as ServerEvent];
    if (cell === undefined) return;
    this.state = cell[0];
    for (let i = 1; i < cell.length; i++) this.act(cell[i] as ServerAction, text);
    if (this.state === 'end') this.finish();
  }

  private act(action: ServerAction, text: string): void {
    const { clock } = this.layer;
    const { reliable } = this.flow;
    switch (action) {
      case 'send':
        this.retransmission?.cancel();
        this.retransmission = undefined;
        this.last = text;
        this.transmit();
        if (this.completed) this.forget();
        return;
      case 'resend':
        return this.transmit();
      case 'trying':
        return this.respond(100, 'Trying', timestamp(this.request, clock.now() - this.since));
      case 'startG':
        if (!reliable) this.retransmission = clock.start('G', T1, this);
        return;
      case 'againG':
        this.interval = Math.min(this.interval * 2, T2);
        this.retransmission = clock.start('G', this.interval, this);
        return;
      case 'startH':
        this.lastTimer = clock.start('H', TIMEOUT, this);
        return;
      case 'startI':
        if (reliable) this.state = 'end';
        else this.lastTimer = clock.start('I', T4, this);
        return;
      case 'startJ':
        if (reliable) this.state = 'end';
        else this.lastTimer = clock.start('J', TIMEOUT, this);
        return;
      case 'startL':
        this.lastTimer = clock.start('L', TIMEOUT, this);
        return;
      case 'stopG':
        this.retransmission?.cancel();
        return;
      case 'stopH':
        this.lastTimer?.cancel();
        return;
      case 'tellNoAck':
        this.retransmission?.cancel();
        this.layer.counts.unacknowledged++;
        return;
      default:
        action satisfies never;
    }
  }

  private transmit(): void {
    if (this.last === '') return;
    if (this.back === undefined || !this.back.open) this.back = this.wayBack();
    this.back?.send(this.last, this.held !== undefined && this.back !== this.flow ? this.reply(this.held.via) : undefined);
  }

  /** A closed connection is opened anew for each response, a 2xx that is retransmitted among them (RFC 3261 §18.2.2, RFC 6026 §7.1). */
  private wayBack(): Flow | undefined {
    const { held, flow, back = flow, sentByHost: host, sentByPort: port } = this;
    // The request is kept no more: back to the port that the answers went to.
    if (held === undefined && !flow.reliable) return this.layer.transport.replyFlow({ host, port, rport: '' }, back);
    return this.layer.transport.replyFlow(held?.via ?? { host, port, rport: undefined }, flow);
  }

  /** What is to be done if a connection that was opened anew for the response does not come up. */
  private reply(via: Via): Reply | undefined {
    const { locator, transport } = this.layer;
    return locator === undefined || !this.flow.reliable
      ? undefined
      : new Reply({ locator, transport }, via, this.flow, this.last);
  }

  /** After the final response the request is needed no more; an accepted INVITE passes each 2xx and keeps none. */
  private forget(): void {
    this.waited();
    this.held = undefined;
    this.cancelled = undefined;
    if (this.state === 'accepted') this.last = '';
  }

  /** The flow need not be kept open for the answer any more; before the layer knows the transaction it was not. */
  private waited(): void {
    if (this.held !== undefined && this.kept) this.flow.waits?.(-1);
  }

  private finish(): void {
    this.waited();
    this.layer.removeServer(this);
    this.last = '';
    this.ended?.();
    this.ended = undefined;
    this.cancelled = undefined;
  }
}

/** The Timestamp of a request for its 100, which says how long that took; what is no time is said again as it came (RFC 3261 §8.2.6.1). */
function timestamp(request: Request, delay: Millis): string {
  const at = request.find(Field.timestamp);
  if (at < 0) return '';
  const sent = request.valueAt(at);
  if (/^[0-9]+(?:\.[0-9]*)?$/.test(sent)) return line('Timestamp', `${sent} ${(delay / 1_000).toFixed(3)}`);
  return request.text.slice(request.index[at + LINE], request.index[at + NEXT]);
}
