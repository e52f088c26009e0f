import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Address, Network, TlsCredentials } from '../../runtime/network.ts';
import type { Random } from '../../runtime/random.ts';
import { hidePasswords } from '../../text/hide.ts';
import type { Malformed, Request, Response } from '../message/message.ts';
import { type Answerable, printResponse } from '../message/print.ts';
import { limits, read } from '../message/read.ts';
import { hostPort } from '../message/uri.ts';
import type { Via } from '../message/via.ts';
import {
  type Flow,
  type FlowName,
  type Hop,
  hopText,
  type ListeningPoint,
  type Tap,
  type Transport,
  type TransportError,
  unzoned,
} from './flow.ts';
import { isStun, stunAnswer } from './keepalive.ts';
import { LargeRequests } from './large.ts';
import { pointFor } from './point-for.ts';
import { replyPort, type SentBy, stamp } from './received.ts';
import { Sources } from './sources.ts';
import { StreamPoint } from './stream.ts';
import { StreamFlow } from './stream-flow.ts';
import { ToTags } from './to-tags.ts';
import { UdpFlow, UdpPoint } from './udp.ts';
import { isUnicast } from './unicast.ts';

/** Who takes the messages that arrive: the transaction layer. */
export interface MessageUser {
  request(request: Request, flow: Flow): void;
  response(response: Response, flow: Flow): void;
  /** A stream has closed; its name is in `FlowName.connection`. */
  connectionClosed(connection: string): void;
}

export interface TransportParts {
  readonly clock: Clock;
  readonly network: Network;
  readonly random: Random;
  readonly log: Log;
  /** Sees every message that comes and goes, for `trace`; undefined costs nothing. */
  readonly tap?: Tap;
}

export type { Tap } from './flow.ts';

const TOO_LARGE = { status: 513, reason: `Message Too Large (at most ${limits.message} bytes)` } as const;

/** Sockets to messages and back (RFC 3261 §18): every listening point, and the flows to next hops. */
export class TransportLayer {
  private readonly parts: TransportParts;
  /** What each UDP source may be sent. */
  readonly answered: Sources;
  readonly large: LargeRequests;
  readonly tags: ToTags;
  private readonly udp: UdpPoint[] = [];
  private readonly streams: StreamPoint[] = [];
  /** TLS connections to servers that we are clients of, by our own address, where we do not listen for TLS. */
  private readonly outward = new Map<string, StreamPoint>();
  /** Which of our addresses reaches a host, as the kernel's routing table says. */
  private readonly sources = new Map<string, string | undefined>();
  /** Set once, by the transaction layer. */
  user: MessageUser | undefined = undefined;
  /** Whether a message that nobody can read, or a question of STUN, gets an answer. Set once, by who knows whom we listen to. */
  hears: (flow: Flow) => boolean = () => true;
  counts = { received: 0, malformed: 0, bugs: 0 };

  constructor(parts: TransportParts) {
    this.parts = parts;
    this.answered = new Sources(parts.clock);
    this.large = new LargeRequests(parts.clock, this);
    this.tags = new ToTags(parts.random);
  }

  get points(): readonly ListeningPoint[] {
    return [...this.udp, ...this.streams];
  }

  /** What we can send by, to addresses of a family. */
  transportsOf(family: 4 | 6): readonly Transport[] {
    const points = this.points.filter(({ address }) => address.host.includes(':') === (family === 6));
    return [...new Set(points.map(({ transport }) => transport))];
  }

  /** Connections that are open or opening. */
  get connections(): number {
    return this.everyStream.reduce((sum, { connections }) => sum + connections, 0);
  }

  /** Connections that TLS failed on. */
  get tlsFailures(): number {
    return this.everyStream.reduce((sum, { tlsFailures }) => sum + tlsFailures, 0);
  }

  private get everyStream(): readonly StreamPoint[] {
    return this.outward.size === 0 ? this.streams : [...this.streams, ...this.outward.values()];
  }

  /** Binds one listening point. Rejects with the NetworkError of the address. */
  async listen(transport: Transport, address: Address, credentials?: TlsCredentials): Promise<ListeningPoint> {
    const { network, clock } = this.parts;
    this.sources.clear();
    if (transport !== 'udp') {
      const point = new StreamPoint(transport, this.parts, this);
      await point.listen(address, credentials);
      this.streams.push(point);
      return point;
    }
    let point: UdpPoint | undefined;
    const socket = await network.udp(address, (text, from) => point?.heard(text, from));
    const parts = { clock, network, tap: this.parts.tap, sources: this.answered };
    const sentBy = hostPort(unzoned(socket.local.host), socket.local.port);
    point = new UdpPoint(socket, sentBy, parts, (text, flow) => this.received(text, flow));
    this.udp.push(point);
    return point;
  }

  /** Closes the listening points at one address: it left the machine. */
  unlisten(point: ListeningPoint): void {
    this.sources.clear();
    this.outward.get(point.address.host)?.close();
    this.outward.delete(point.address.host);
    for (const points of [this.udp, this.streams]) {
      const at = (points as readonly ListeningPoint[]).indexOf(point);
      if (at >= 0) points.splice(at, 1)[0]!.close();
    }
  }

  /** New certificates for the connections to come. @throws NetworkError if they are bad; then the old ones stay. */
  renew(credentials: TlsCredentials): void {
    for (const point of this.streams) point.renew(credentials);
  }

  close(): void {
    for (const point of [...this.udp, ...this.everyStream]) point.close();
  }

  /** Whether host (an IP literal) and port are a listening point of ours: nothing is ever sent there (sip-correctness rule 9). */
  isOurs(host: string, port: number): boolean {
    for (const { address } of this.udp) if (address.port === port && address.host === host) return true;
    for (const { address } of this.streams) if (address.port === port && address.host === host) return true;
    return false;
  }

  /**
   * The flow for requests to a next hop, at once; a stream may still be connecting, and what is sent waits for it. From `local` if
   * given, else from the address that the kernel would choose. `timeout`: milliseconds a new connection may take to come up.
   */
  flowTo(hop: Hop, local?: string, timeout: Millis = 5_000): Flow | TransportError {
    const from = local ?? this.sourceFor(hop.host);
    if (!isUnicast(hop.host) || this.isOurs(hop.host, hop.port))
      return { kind: 'transport-error', why: `nothing is sent to ${hop.host} port ${hop.port}`, hop: hopText(hop) };
    const remote = { host: hop.host, port: hop.port };
    if (hop.transport === 'udp') {
      const point = pointFor(this.udp, hop.host, from);
      return (
        point?.hop(remote) ?? { kind: 'transport-error', why: `no UDP socket of ours reaches ${hop.host}`, hop: hopText(hop) }
      );
    }
    const points = this.streams.filter((stream) => stream.transport === hop.transport);
    for (const { aliases } of hop.domain === undefined ? [] : points) {
      const flow = aliases.find(hop.host, hop.port, hop.domain!);
      if (flow !== undefined) return flow; // RFC 5923 §8
    }
    const asClient = hop.transport === 'tls' && hop.domain !== undefined;
    const point = pointFor(points, hop.host, from) ?? (asClient ? this.outwardFrom(from) : undefined);
    return (
      point?.connect(hop, timeout) ?? {
        kind: 'transport-error',
        why: `no ${hop.transport} listener of ours reaches ${hop.host}`,
        hop: hopText(hop),
      }
    );
  }

  /** A certificate of our own is for those who call us: as a client we need none. */
  private outwardFrom(host: string | undefined): StreamPoint | undefined {
    if (host === undefined) return undefined;
    const known = this.outward.get(host);
    if (known !== undefined) return known;
    const point = new StreamPoint('tls', this.parts, this);
    point.speakFrom({ host, port: 5_061 });
    this.outward.set(host, point);
    return point;
  }

  /** The flow with this name if it can still be used: for UDP while we listen at its local address, for a stream while it is open. */
  flowNamed(name: FlowName): Flow | undefined {
    if (name instanceof UdpFlow && name.open) return name.point.hop(name.remote);
    if (name.transport !== 'udp') {
      for (const point of this.everyStream) {
        const flow = point.named(name.connection);
        if (flow !== undefined) return flow;
      }
      return undefined;
    }
    const point = this.udp.find((udp) => udp.address.host === name.local.host && udp.address.port === name.local.port);
    return point?.hop(name.remote);
  }

  private sourceFor(host: string): string | undefined {
    const known = this.sources.get(host);
    if (known !== undefined) return known;
    if (this.sources.size > 10_000) this.sources.clear();
    const source = this.parts.network.sourceFor(host);
    this.sources.set(host, source);
    return source;
  }

  /** One message as text, from whichever socket. */
  received(text: string, flow: Flow): void {
    this.counts.received++;
    if (!flow.reliable && isStun(text)) return this.stun(text, flow);
    this.parts.tap?.message('in', text, flow);
    try {
      const message = read(text);
      if (message !== undefined) this.handOver(message, flow); // keep-alives and noise get silence
    } catch (error) {
      // A bug: it costs this one message, and the others go on (house, 8).
      this.counts.bugs++;
      this.parts.log.error(`bug: ${error instanceof Error ? error.stack : String(error)}`);
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
    this.respond(message, message.via, flow, 400, 'Bad Request (Content-Length: one number is needed)');
  }

  connectionClosed(connection: string): void {
    this.user?.connectionClosed(connection);
  }

  /** A message with a readable Via is always answered, without any state (RFC 3261 §8.2.7). */
  private refuse(message: Malformed, flow: Flow, answer = message.answer): void {
    this.counts.malformed++;
    const { log } = this.parts;
    if (log.wants('debug'))
      log.debug(`from ${hopText({ transport: flow.transport, ...flow.remote })}: ${hidePasswords(message.error.caret())}`);
    if (answer === undefined || message.via === undefined || !this.hears(flow)) return;
    this.respond(message, message.via, flow, answer.status, answer.reason);
  }

  private respond(message: Answerable, via: Via, flow: Flow, status: number, reason: string): void {
    this.answer(via, flow, printResponse(message, stamp(via, flow), status, reason, this.tags.of(via.text)));
  }

  /** Closes a connection that asks for too much; a datagram has none. */
  shut(flow: Flow): void {
    if (flow instanceof StreamFlow) flow.destroy();
  }

  /** Sends a response without a transaction, where the request's Via says. */
  answer(via: Via, flow: Flow, text: string): void {
    this.replyFlow(via, flow)?.send(text);
  }

  /** Where responses go; if the connection of the request is closed, a new one to its sent-by port (RFC 3261 §18.2.2). */
  replyFlow(via: SentBy, flow: Flow): Flow | undefined {
    const host = flow.remote.host;
    if (flow.reliable && !flow.open) {
      const back = this.flowTo(
        { transport: flow.transport, host, port: via.port ?? (flow.transport === 'tls' ? 5061 : 5060) },
        flow.local.host,
      );
      return 'send' in back ? back : undefined;
    }
    const port = replyPort(via, flow);
    return port === flow.remote.port ? flow : this.udp.find((point) => point === flow.point)?.flow({ host, port });
  }
}
