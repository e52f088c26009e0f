import type { Clock, Millis, Timer } from '../../runtime/clock.ts';
import type { Address, ConnectedUdpSocket, Network, NetworkError, UdpSocket } from '../../runtime/network.ts';
import type { Flow, ListeningPoint, Sender, Tap, TransportError, TransportParts } from './flow.ts';
import type { Reader } from './reader.ts';
import type { Source } from './source.ts';
import type { Sources } from './sources.ts';

/** Connected sockets at most; the next hops beyond them are sent to from the listening socket, and their ICMP errors go unnoticed. */
const MOST_HOPS = 256;
/** A connected socket that sent nothing for so long is closed: longer than any transaction (RFC 3261 §17, 64*T1). */
const IDLE: Millis = 64_000;
/** An ICMP error belongs to what was sent at most so long ago. */
const ICMP_WITHIN: Millis = 2_000;
/** Requests remembered per next hop, to be told of an ICMP error. */
const REMEMBERED = 32;
/** Flows of those heard last; a power of two. */
const HEARD = 256;

/** A UDP listening point: the bound socket, and connected ones beside it for next hops (RFC 3261 §18.4). */
export class UdpPoint implements ListeningPoint {
  readonly transport = 'udp';
  readonly address: Address;
  readonly sentBy: string;
  readonly socket: UdpSocket;
  readonly tap: Tap | undefined;
  open = true;
  private readonly clock: Clock;
  private readonly network: Network;
  private readonly sources: Sources;
  private readonly reader: Reader;
  private readonly hops = new Map<string, UdpHop>();
  /** Each where its address says: what a transaction keeps of where it came from is the same for all that come from there. */
  private readonly last = new Array<UdpFlow | undefined>(HEARD).fill(undefined);
  private sweep: Timer | undefined = undefined;

  constructor(socket: UdpSocket, sentBy: string, parts: TransportParts, sources: Sources, reader: Reader) {
    this.socket = socket;
    this.address = socket.local;
    this.sentBy = sentBy;
    this.clock = parts.clock;
    this.network = parts.network;
    this.sources = sources;
    this.tap = parts.tap;
    this.reader = reader;
  }

  /** A datagram arrived at this address, on whichever socket. */
  heard(text: string, from: Address): void {
    const flow = this.flowOf(from);
    flow.heard(text.length);
    this.reader.received(text, flow);
  }

  private flowOf(from: Address): UdpFlow {
    const { host, port } = from;
    const place = (port + 31 * host.charCodeAt(host.length - 1) + 7 * host.charCodeAt(host.length - 2)) & (HEARD - 1);
    const last = this.last[place];
    if (last?.isCurrent(host, port)) return last;
    const flow = new UdpFlow(this, from, undefined, this.source(from));
    this.last[place] = flow;
    return flow;
  }

  /** The flow to a source for responses, which need no ICMP errors. */
  flow(remote: Address): Flow {
    return new UdpFlow(this, remote, undefined, this.source(remote));
  }

  source({ host }: Address): Source {
    return this.sources.at(host);
  }

  /** The flow to a next hop for requests: by a connected socket while there are not too many. */
  hop(remote: Address): Flow {
    const key = `${remote.host} ${remote.port}`;
    let hop = this.hops.get(key);
    if (hop === undefined && this.hops.size < MOST_HOPS) hop = this.connect(key, remote);
    return hop?.flow ?? new UdpFlow(this, remote, undefined, undefined);
  }

  private connect(key: string, remote: Address): UdpHop | undefined {
    const hop = new UdpHop(this.clock, this, remote);
    try {
      hop.socket = this.network.udpConnected(
        this.address,
        remote,
        // Whoever is sent a request is answered on the same terms as before (security S14).
        (text, from) => this.heard(text, from),
        (error) => hop.failed(error),
      );
    } catch {
      return undefined; // no route, or no socket left: sending from the listening socket will say which
    }
    this.hops.set(key, hop);
    this.sweep ??= this.clock.start('udp-idle', IDLE, this);
    return hop;
  }

  timeout(): void {
    this.sweep = undefined;
    for (const [key, hop] of this.hops) {
      if (this.clock.now() - hop.lastSent < IDLE) continue;
      hop.close();
      this.hops.delete(key);
    }
    if (this.hops.size > 0) this.sweep = this.clock.start('udp-idle', IDLE, this);
  }

  close(): void {
    this.open = false;
    this.sweep?.cancel();
    for (const hop of this.hops.values()) hop.close();
    this.hops.clear();
    this.socket.close();
  }
}

/** A next hop with a connected socket, and who is to be told when an ICMP error comes back. */
class UdpHop {
  socket: ConnectedUdpSocket | undefined = undefined;
  lastSent: Millis = 0;
  private readonly clock: Clock;
  private readonly remote: Address;
  private readonly waiting: (Sender | undefined)[] = new Array<Sender | undefined>(REMEMBERED).fill(undefined);
  private readonly sentAt: Millis[] = new Array<Millis>(REMEMBERED).fill(0);
  private next = 0;
  /** The flow of all that goes there. */
  readonly flow: UdpFlow;

  constructor(clock: Clock, point: UdpPoint, remote: Address) {
    this.clock = clock;
    this.remote = remote;
    this.flow = new UdpFlow(point, remote, this, undefined);
  }

  send(text: string, sender: Sender | undefined): void {
    this.lastSent = this.clock.now();
    if (sender !== undefined) {
      this.waiting[this.next] = sender;
      this.sentAt[this.next] = this.lastSent;
      this.next = (this.next + 1) % REMEMBERED;
    }
    this.socket?.send(text);
  }

  /**
   * A flow that was kept for longer, as that of a phone that rings, sends from the listening socket from now on. Those who sent before are let
   * go of: what names the flow may be known for weeks.
   */
  close(): void {
    this.socket?.close();
    this.socket = undefined;
    this.waiting.fill(undefined);
  }

  failed(error: NetworkError): void {
    const since = this.clock.now() - ICMP_WITHIN;
    const told = new Set(this.waiting.filter((sender, i) => sender !== undefined && this.sentAt[i]! >= since));
    this.waiting.fill(undefined);
    const why = transportError(error, this.remote);
    for (const sender of told) sender?.sendFailed(why);
  }
}

export class UdpFlow implements Flow {
  readonly point: UdpPoint;
  readonly remote: Address;
  private readonly hop: UdpHop | undefined;
  /** Whose account it goes to; none for a next hop of our choice. */
  private readonly source: Source | undefined;

  constructor(point: UdpPoint, remote: Address, hop: UdpHop | undefined, source: Source | undefined) {
    this.point = point;
    this.remote = remote;
    this.hop = hop;
    this.source = source;
  }

  // A flow lives as long as its transaction, and there are many: what is the same for all of them takes no room in each.
  get transport(): 'udp' {
    return 'udp';
  }

  get connection(): '' {
    return '';
  }

  get reliable(): false {
    return false;
  }

  get peer(): undefined {
    return undefined;
  }

  get open(): boolean {
    return this.point.open;
  }

  get local(): Address {
    return this.point.address;
  }

  /** The same, on the account of whoever is there: what a source that proved nothing made us send is bounded (security S14). */
  get onAccount(): UdpFlow {
    return this.source === undefined ? new UdpFlow(this.point, this.remote, this.hop, this.point.source(this.remote)) : this;
  }

  /** Whether it leads there, on the account that is kept of it now. */
  isCurrent(host: string, port: number): boolean {
    const { remote } = this;
    return remote.port === port && remote.host === host && this.point.source(remote) === this.source;
  }

  heard(bytes: number): void {
    this.source?.heard(bytes);
  }

  trust(): void {
    (this.source ?? this.point.source(this.remote)).prove();
  }

  send(text: string, sender?: Sender): void {
    if (this.source?.takes(text.length, isProvisional(text)) === false) return;
    this.point.tap?.message('out', text, this);
    if (this.hop?.socket !== undefined) this.hop.send(text, sender);
    else if (sender === undefined) this.point.socket.send(text, this.remote);
    else this.point.socket.send(text, this.remote, (error) => sender.sendFailed(transportError(error, this.remote)));
  }
}

/** A reliable one is as good as an answer (RFC 3262): it is repeated until it is heard, and the call fails without. */
const isProvisional = (text: string): boolean => text.startsWith('SIP/2.0 1') && !text.includes('\r\nRSeq:');

function transportError(error: NetworkError, remote: Address): TransportError {
  return { why: error.message, hop: `udp:${remote.host}:${remote.port}` };
}
