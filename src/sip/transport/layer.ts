import type { Millis } from '../../runtime/clock.ts';
import type { Address, TlsCredentials } from '../../runtime/network.ts';
import { DEFAULT_PORT, hopText, hostPort, type Transport } from '../message/uri.ts';
import type { Via } from '../message/via.ts';
import {
  type Flow,
  type FlowName,
  type Hop,
  type ListeningPoint,
  type TransportError,
  type TransportParts,
  unzoned,
} from './flow.ts';
import { LargeRequests } from './large.ts';
import { OwnAddresses } from './own-addresses.ts';
import { pointFor } from './point-for.ts';
import { Reader } from './reader.ts';
import { replyPort, type SentBy } from './received.ts';
import { Sources } from './sources.ts';
import { StreamPoint } from './stream.ts';
import { StreamFlow } from './stream-flow.ts';
import { ToTags } from './to-tags.ts';
import { UdpFlow, UdpPoint } from './udp.ts';
import { isUnicast } from './unicast.ts';

/** Sockets to messages and back (RFC 3261 §18): every listening point, and the flows to next hops. */
export class TransportLayer {
  private readonly parts: TransportParts;
  /** What each UDP source may be sent. */
  readonly answered: Sources;
  readonly large: LargeRequests;
  readonly tags: ToTags;
  /** What arrives. */
  readonly reader: Reader;
  private readonly udp: UdpPoint[] = [];
  private readonly streams: StreamPoint[] = [];
  /** TLS connections to servers that we are clients of, by our own address, where we do not listen for TLS. */
  private readonly outward = new Map<string, StreamPoint>();
  private readonly own: OwnAddresses;

  constructor(parts: TransportParts) {
    this.parts = parts;
    this.own = new OwnAddresses(parts);
    this.answered = new Sources(parts.clock);
    this.large = new LargeRequests(parts.clock, this);
    this.tags = new ToTags(parts.random);
    this.reader = new Reader(parts, this);
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
    this.own.forget();
    if (transport !== 'udp') {
      const point = new StreamPoint(transport, this.parts, this.reader);
      await point.listen(address, credentials);
      this.streams.push(point);
      return point;
    }
    let point: UdpPoint | undefined;
    const socket = await this.parts.network.udp(address, (text, from) => point?.heard(text, from));
    const sentBy = hostPort(unzoned(socket.local.host), socket.local.port);
    point = new UdpPoint(socket, sentBy, this.parts, this.answered, this.reader);
    this.udp.push(point);
    return point;
  }

  /** Closes a listening point; with the last one at an address, which may have left the machine, what we are clients of from there. */
  unlisten(point: ListeningPoint): void {
    this.own.forget();
    for (const points of [this.udp, this.streams]) {
      const at = (points as readonly ListeningPoint[]).indexOf(point);
      if (at >= 0) points.splice(at, 1)[0]!.close();
    }
    const { host } = point.address;
    if (this.isHere(host)) return;
    this.outward.get(host)?.close();
    this.outward.delete(host);
  }

  /** New certificates for the connections to come. @throws NetworkError if they are bad; then the old ones stay. */
  renew(credentials: TlsCredentials): void {
    for (const point of this.streams) point.renew(credentials);
  }

  /** The machine slept: NATs and servers have forgotten what we opened before, and the kernel does not know it yet. */
  slept(): void {
    this.own.forget();
    for (const point of this.everyStream) point.slept();
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

  /** Whether we listen at an address (an IP literal), whatever the port. */
  isHere(host: string): boolean {
    for (const { address } of this.udp) if (address.host === host) return true;
    for (const { address } of this.streams) if (address.host === host) return true;
    return false;
  }

  /**
   * The flow for requests to a next hop, at once; a stream may still be connecting, and what is sent waits for it. From `local` while that
   * is ours, at its port (RFC 5626 §7), else from where the kernel would. `timeout`: milliseconds a new connection may take to come up.
   */
  flowTo(hop: Hop, local?: Address, timeout: Millis = 5_000): Flow | TransportError {
    const known = local !== undefined && this.isHere(local.host) ? local : undefined;
    const from = known?.host ?? this.own.towards(hop.host);
    if (!isUnicast(hop.host) || this.isOurs(hop.host, hop.port))
      return { why: `nothing is sent to ${hop.host} port ${hop.port}`, hop: hopText(hop) };
    const remote = { host: hop.host, port: hop.port };
    if (hop.transport === 'udp') {
      const point = pointFor(this.udp, hop.host, from, known?.port);
      return point?.hop(remote) ?? { why: `no UDP socket of ours reaches ${hop.host}`, hop: hopText(hop) };
    }
    const points = this.streams.filter((stream) => stream.transport === hop.transport);
    for (const { aliases } of hop.domain === undefined ? [] : points) {
      const flow = aliases.find(hop.host, hop.port, hop.domain!);
      if (flow !== undefined) return flow; // RFC 5923 §8
    }
    const asClient = hop.transport === 'tls' && hop.domain !== undefined;
    const point = pointFor(points, hop.host, from, known?.port) ?? (asClient ? this.outwardFrom(from) : undefined);
    return (
      point?.connect(hop, timeout) ?? {
        why: `no ${hop.transport} listener of ours reaches ${hop.host}`,
        hop: hopText(hop),
      }
    );
  }

  /**
   * A certificate of our own is for those who call us: as a client we need none. Where we have one, we show it and trust whom it is configured
   * to trust from every address, also one that we do not listen at.
   */
  private outwardFrom(host: string | undefined): StreamPoint | undefined {
    if (host === undefined) return undefined;
    const point = this.outward.get(host) ?? new StreamPoint('tls', this.parts, this.reader);
    const listening = this.streams.find(({ transport }) => transport === 'tls');
    point.speakFrom({ host, port: DEFAULT_PORT.tls }, listening?.credentials);
    this.outward.set(host, point);
    return point;
  }

  /** The flow with this name: for UDP from another address where that left the machine, for a stream only while it is open. */
  flowNamed(name: FlowName): Flow | undefined {
    if (name instanceof UdpFlow && name.open) return name.point.hop(name.remote);
    if (name.transport !== 'udp') {
      for (const point of this.everyStream) {
        const flow = point.named(name.connection);
        if (flow !== undefined) return flow;
      }
      return undefined;
    }
    return this.udpNow(name)?.hop(name.remote);
  }

  /** The point of a UDP flow, or another one where its address left the machine. */
  private udpNow({ local, remote }: FlowName): UdpPoint | undefined {
    const point = this.udp.find((udp) => udp.address.host === local.host && udp.address.port === local.port);
    return point ?? pointFor(this.udp, remote.host, this.own.towards(remote.host));
  }

  /** Closes a connection that asks for too much; a datagram has none. */
  shut(flow: Flow): void {
    if (flow instanceof StreamFlow) flow.destroy();
  }

  /** Sends a response without a transaction, where the request's Via says. */
  answer(via: Via, flow: Flow, text: string): void {
    this.replyFlow(via, flow)?.send(text);
  }

  /**
   * Where responses go; if the connection of the request is closed, a new one to its sent-by port (RFC 3261 §18.2.2); if its socket is, for our
   * address was gone for a moment, by the one that is there now.
   */
  replyFlow(via: SentBy, flow: Flow): Flow | undefined {
    const host = flow.remote.host;
    if (flow.reliable && !flow.open) {
      const back = this.flowTo({ transport: flow.transport, host, port: via.port ?? DEFAULT_PORT[flow.transport] }, flow.local);
      return 'send' in back ? back : undefined;
    }
    const port = replyPort(via, flow);
    return port === flow.remote.port && flow.open ? flow : this.udpNow(flow)?.flow({ host, port });
  }
}
