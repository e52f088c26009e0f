import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';
import type { Response } from '../message/message.ts';
import type { Flow, Sender, TransportError } from '../transport/flow.ts';
import { printAck } from './ack.ts';
import {
  type ClientAction,
  type ClientEvent,
  type ClientState,
  type InviteClientEvent,
  type InviteClientState,
  inviteClient,
  nonInviteClient,
} from './tables.ts';
import { T1, T2, T4, TIMEOUT, TIMER_D } from './timers.ts';
import type { ClientTransactionUser } from './user.ts';

/** What everybody answers who is there; some say nothing to an OPTIONS, or to what they do not know. */
const ANSWERED = new Set(['INVITE', 'BYE', 'REGISTER']);

/** What a client transaction needs of the layer that keeps it. */
export interface ClientHome {
  readonly clock: Clock;
  removeClient(client: ClientTransaction): void;
}

/** One client transaction of either kind (RFC 3261 §17.1): sends, retransmits, and acknowledges what is not a 2xx. */
export class ClientTransaction implements Timed, Sender {
  readonly branch: string;
  /** The next that may be meant by the same response. */
  sibling: ClientTransaction | undefined = undefined;
  readonly method: string;
  readonly flow: Flow;
  readonly since: Millis;
  state: InviteClientState | ClientState | 'end';
  private readonly invite: boolean;
  private readonly layer: ClientHome;
  private user: ClientTransactionUser;
  /** The request as sent; empty once nothing can need it again. */
  private text: string;
  private ack = '';
  private retransmission: Timer | undefined = undefined;
  private lastTimer: Timer | undefined = undefined;
  private interval: Millis = T1;

  constructor(layer: ClientHome, branch: string, method: string, text: string, flow: Flow, user: ClientTransactionUser) {
    this.layer = layer;
    this.branch = branch;
    this.method = method;
    this.text = text;
    this.flow = flow;
    this.user = user;
    this.since = Math.floor(layer.clock.now());
    this.invite = method === 'INVITE';
    this.state = this.invite ? 'calling' : 'trying';
  }

  /** Sends the request and starts timers A and B, or E and F. */
  begin(): void {
    const { clock } = this.layer;
    this.flow.waits?.(1);
    this.flow.send(this.text, this); // first of all: somebody waits for it
    if (!this.flow.reliable) this.retransmission = clock.start(this.invite ? 'A' : 'E', T1, this);
    this.lastTimer = clock.start(this.invite ? 'B' : 'F', TIMEOUT, this);
  }

  /** The request as it was sent, to make a CANCEL from; empty after the final response. */
  get sent(): string {
    return this.text;
  }

  /** Whether a CANCEL may go out (RFC 3261 §9.1: only after a provisional response, and before the final one). */
  get provisional(): boolean {
    return this.state === 'proceeding';
  }

  received(response: Response, flow: Flow): void {
    const { status } = response;
    if (this.invite) this.run(status < 200 ? 'r1xx' : status < 300 ? 'r2xx' : 'r3xx', response, flow);
    else this.run(status < 200 ? 'r1xx' : 'rFinal', response, flow);
  }

  timeout(timer: string): void {
    this.run(timer as InviteClientEvent | ClientEvent);
  }

  sendFailed(error: TransportError): void {
    this.run('lost', undefined, undefined, error);
  }

  /** The user has done its part and leaves what may still come (2xx of RFC 6026 §7.2) to another: a waiting transaction keeps little. */
  handOver(user: ClientTransactionUser): void {
    this.user = user;
  }

  /** Takes the request back if it still waits for its connection: nobody saw it, and nobody answers. False if it has left. */
  withdraw(): boolean {
    if (this.flow.withdraw?.(this.text) !== true) return false;
    this.abandon();
    return true;
  }

  /** Ends without a word to the user: a cancelled request whose answer never came (RFC 3261 §9.1). */
  abandon(): void {
    if (this.state === 'end') return;
    this.state = 'end';
    this.finish();
  }

  private run(event: InviteClientEvent | ClientEvent, response?: Response, flow?: Flow, error?: TransportError): void {
    if (this.state === 'end') return;
    const cell = this.invite
      ? inviteClient[this.state as InviteClientState][event as InviteClientEvent]
      : nonInviteClient[this.state as ClientState][event as ClientEvent];
    if (cell === undefined) return;
    const before = this.state;
    this.state = cell[0];
    let i = 1;
    try {
      for (; i < cell.length; i++) this.act(cell[i] as ClientAction, before, response, flow, error);
    } finally {
      // A bug of whoever was told costs what it was doing there; the transaction comes to its end all the same.
      for (i++; i < cell.length; i++) this.act(cell[i] as ClientAction, before, response, flow, error);
      if ((this.state as string) === 'end') this.finish();
    }
  }

  private act(action: ClientAction, before: string, response?: Response, flow?: Flow, error?: TransportError): void {
    const { clock } = this.layer;
    switch (action) {
      case 'resend':
        return this.flow.send(this.text, this);
      case 'againA':
        this.interval *= 2;
        this.retransmission = clock.start('A', this.interval, this);
        return;
      case 'againE':
        this.interval = before === 'proceeding' ? T2 : Math.min(this.interval * 2, T2);
        this.retransmission = clock.start('E', this.interval, this);
        return;
      case 'stop':
        return this.stop();
      case 'pass':
        return this.user.response(response!, flow!);
      case 'ack':
        this.ack = printAck(this.text, response!);
        return this.acknowledge(flow!);
      case 'reack':
        return this.acknowledge(flow!);
      case 'startD':
        return this.last('D', this.flow.reliable ? 0 : TIMER_D);
      case 'startK':
        return this.last('K', this.flow.reliable ? 0 : T4);
      case 'startM':
        return this.last('M', TIMEOUT);
      case 'tellTimeout':
        if (ANSWERED.has(this.method)) this.flow.doubt?.(this.since);
        return this.user.timedOut();
      case 'tellLost':
        return this.user.transportFailed(error!);
      default:
        action satisfies never;
    }
  }

  /** Where the request went or, where that connection has closed, by the one that the response came by (RFC 3261 §17.1.1.3, §18.1.1). */
  private acknowledge(came: Flow): void {
    (this.flow.open || came.transport !== this.flow.transport ? this.flow : came).send(this.ack);
  }

  /** The final response is here: only its retransmissions are waited for. */
  private last(name: 'D' | 'K' | 'M', wait: Millis): void {
    this.forget();
    if (name !== 'M') this.user = nobody;
    if (wait === 0) this.state = 'end';
    else this.lastTimer = this.layer.clock.start(name, wait, this);
  }

  /** A cancelled timer is let go of: for 32 seconds the transaction may have nothing else left. */
  private stop(): void {
    this.retransmission?.cancel();
    this.retransmission = undefined;
    this.lastTimer?.cancel();
    this.lastTimer = undefined;
  }

  private finish(): void {
    this.stop();
    this.forget();
    this.layer.removeClient(this);
  }

  private forget(): void {
    if (this.text === '') return;
    this.text = '';
    this.flow.waits?.(-1);
  }
}

/** For what nobody waits for any more. */
export const nobody: ClientTransactionUser = { response() {}, timedOut() {}, transportFailed() {} };
