import type { Clock, Millis, Timer } from '../../runtime/clock.ts';
import type { Address, NetworkError, PeerCertificate, Stream, StreamUser } from '../../runtime/network.ts';
import { Framer, forStream } from '../message/frame.ts';
import type { Request } from '../message/message.ts';
import { type Flow, type Hop, type ListeningPoint, remoteText, type Sender, type Tap, type TransportError } from './flow.ts';
import { sourceNetwork } from './source-network.ts';

/** A first whole message within this time, and each one that was begun (security.md S19). */
const MESSAGE_WITHIN: Millis = 10_000;
const IDLE_UNPROVEN: Millis = 60_000;
/** The same while a transaction waits for its answer: longer than timer C and the CANCEL after it, and no call that never ends is waited for. */
const IDLE_WAITED_FOR: Millis = 240_000;
/** A registered phone refreshes within the hour; what is silent for longer is gone. */
const IDLE_PROVEN: Millis = 3_660_000;
/** Characters that may wait for the kernel or for the connection. */
const MOST_QUEUED = 1_048_576;
/** Answers to pings that may wait. */
const MOST_PONGS = 8;
/** Senders that are remembered, to be told when the connection closes. */
const MOST_SENDERS = 256;

/** Where the text of a stream goes. */
export interface StreamReader {
  received(text: string, flow: Flow): void;
  /** `large`: it was to be longer than any message may be. */
  broken(text: string, flow: Flow, large: boolean): void;
  connectionClosed(connection: string): void;
}

/** The listening point that a connection belongs to. */
export interface StreamHome extends ListeningPoint {
  readonly transport: 'tcp' | 'tls';
  readonly clock: Clock;
  readonly reader: StreamReader;
  readonly tap: Tap | undefined;
  cameUp(flow: StreamFlow): void;
  requested(request: Request, flow: StreamFlow): void;
  forget(flow: StreamFlow, error: NetworkError | undefined): void;
}

/** One TCP or TLS connection, either side's, from its first moment to its close. */
export class StreamFlow implements Flow, StreamUser {
  readonly connection: string;
  readonly reliable = true;
  readonly point: StreamHome;
  readonly remote: Address;
  /** What the other side is counted as. */
  readonly network: string;
  /** We opened it. */
  readonly ours: boolean;
  /** What the certificate has to name for it to come up; undefined if nothing is verified. */
  readonly domain: string | undefined;
  trusted = false;
  private kept = false;
  private stream: Stream | undefined = undefined;
  private state: 'connecting' | 'open' | 'closed' = 'connecting';
  private framer = new Framer();
  /** Messages that wait for the connection to come up, and their characters. */
  private waiting: string[] = [];
  private waitingLength = 0;
  private pongs = 0;
  private senders: Sender[] = [];
  private timer: Timer | undefined = undefined;
  heardAt: Millis;
  /** When the message that is now arriving began. */
  private begun: Millis | undefined;
  /** Transactions without a final answer. */
  private unanswered = 0;
  /** The timer was last armed for the sake of one of those. */
  private waitedFor = false;

  /** @param opened undefined for a connection that came in */
  constructor(
    point: StreamHome,
    connection: string,
    remote: Address,
    opened: { readonly domain: string | undefined } | undefined,
  ) {
    this.point = point;
    this.connection = connection;
    this.remote = remote;
    this.network = sourceNetwork(remote.host);
    this.ours = opened !== undefined;
    this.domain = opened?.domain;
    this.heardAt = point.clock.now();
    this.begun = undefined;
  }

  get transport(): 'tcp' | 'tls' {
    return this.point.transport;
  }

  get local(): Address {
    return this.stream?.local ?? this.point.address;
  }

  get peer(): PeerCertificate | undefined {
    return this.stream?.peer;
  }

  get alias(): boolean {
    return this.domain !== undefined;
  }

  get openedTo(): Hop | undefined {
    return this.ours ? { transport: this.transport, ...this.remote, domain: this.domain } : undefined;
  }

  get open(): boolean {
    return this.state !== 'closed';
  }

  /** Whether the connection is up: what is sent goes out at once. */
  get up(): boolean {
    return this.state === 'open';
  }

  trust(): void {
    this.trusted = true;
  }

  /** It may be idle for as long as one that is trusted; it makes room like the others, for anybody can have a certificate. */
  keep(): void {
    this.kept = true;
  }

  waits(more: 1 | -1): void {
    this.unanswered += more;
    if (this.unanswered > 0 || !this.waitedFor) return;
    this.waitedFor = false;
    // The answer has just been sent, and an ACK may come to it.
    if (this.state !== 'closed' && this.begun === undefined) this.arm(MESSAGE_WITHIN);
  }

  /**
   * Where nothing else was heard since either, whoever is there slept, moved, or lost its NAT, and the kernel tries for a quarter of an hour
   * before it says so: the next request shall not wait for that (RFC 5626 §7, a failed flow).
   */
  doubt(since: Millis): void {
    if (this.state === 'open' && this.heardAt < since) this.destroy();
  }

  /** A connection attempt has begun. */
  opening(stream: Stream): void {
    this.stream = stream;
  }

  accepted(stream: Stream): void {
    this.stream = stream;
    this.state = 'open';
    this.begun = this.heardAt;
    this.arm(MESSAGE_WITHIN);
  }

  connected(): void {
    if (this.state !== 'connecting') return;
    this.state = 'open';
    this.heardAt = this.point.clock.now();
    this.arm(IDLE_UNPROVEN);
    this.point.cameUp(this);
    this.flush();
  }

  private flush(): void {
    const texts = this.waiting;
    this.waiting = [];
    this.waitingLength = 0;
    for (const text of texts) this.write(text);
  }

  private write(text: string): void {
    const said = forStream(text);
    this.point.tap?.message('out', said, this);
    this.stream?.write(said);
  }

  send(text: string, sender?: Sender): void {
    if (this.state === 'closed' || this.waitingLength + (this.stream?.queued ?? 0) > MOST_QUEUED) {
      // Told later, as the interface says: the sender is still in the middle of its own step.
      if (sender !== undefined)
        this.point.clock.start('send-failed', 0, {
          timeout: () => sender.sendFailed(this.error('the connection is closed')),
        });
      if (this.state !== 'closed') this.destroy();
      return;
    }
    if (sender !== undefined) {
      if (this.senders.length >= MOST_SENDERS) this.senders = this.senders.slice(MOST_SENDERS / 2);
      this.senders.push(sender);
    }
    if (this.state === 'open') return this.write(text);
    this.waiting.push(text);
    this.waitingLength += text.length;
  }

  withdraw(text: string): boolean {
    const at = this.waiting.indexOf(text);
    if (at < 0) return false;
    this.waiting.splice(at, 1);
    this.waitingLength -= text.length;
    return true;
  }

  data(text: string): void {
    const now = this.point.clock.now();
    this.heardAt = now;
    for (const frame of this.framer.push(text)) {
      if (this.state === 'closed') return;
      this.begun = undefined;
      switch (frame.kind) {
        case 'ping':
          this.pong();
          break;
        case 'message':
          this.point.reader.received(frame.text, this);
          break;
        case 'broken':
          this.point.reader.broken(frame.text, this, frame.large);
          this.stream?.end();
          break;
        default:
          frame satisfies never;
      }
    }
    if (this.framer.waiting && this.begun === undefined) {
      this.begun = now;
      this.arm(MESSAGE_WITHIN);
    } else if (!this.framer.waiting) this.begun = undefined;
  }

  /** RFC 5626 §4.4.1. Who sends pings and reads nothing would fill the memory with the answers: a few of them wait, and no more. */
  private pong(): void {
    if (this.stream === undefined) return;
    this.pongs = this.stream.queued === 0 ? 0 : this.pongs + 1;
    if (this.pongs <= MOST_PONGS) this.stream.write('\r\n');
  }

  /** One timer serves both bounds: it looks which of them has passed and is armed again for the rest. */
  timeout(): void {
    this.timer = undefined;
    const now = this.point.clock.now();
    const proven = this.trusted || this.kept;
    this.waitedFor = !proven && this.unanswered > 0;
    const idle = proven ? IDLE_PROVEN : this.waitedFor ? IDLE_WAITED_FOR : IDLE_UNPROVEN;
    const due = Math.min(this.heardAt + idle, this.begun === undefined ? Number.POSITIVE_INFINITY : this.begun + MESSAGE_WITHIN);
    if (now >= due) this.destroy();
    else this.arm(due - now);
  }

  private arm(wait: Millis): void {
    this.timer?.cancel();
    this.timer = this.point.clock.start('stream-idle', wait, this);
  }

  destroy(): void {
    this.stream?.destroy();
    this.closed(undefined);
  }

  closed(error: NetworkError | undefined): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.timer?.cancel();
    const told = new Set(this.senders);
    this.senders = [];
    this.waiting = [];
    this.framer = new Framer(); // the flow may be known for long, and no message that never ended with it
    this.point.forget(this, error);
    const why = this.error(error?.message ?? 'the connection was closed');
    for (const sender of told) sender.sendFailed(why);
  }

  private error(why: string): TransportError {
    return { why, hop: remoteText(this) };
  }
}
