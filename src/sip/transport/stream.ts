import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Address, NetworkError, Stream, StreamServer, StreamUser, TlsCredentials } from '../../runtime/network.ts';
import { lower } from '../../text/ascii.ts';
import type { Request } from '../message/message.ts';
import { hostPort } from '../message/uri.ts';
import { Aliases } from './aliases.ts';
import { type Flow, type Hop, type Tap, type TransportParts, unzoned } from './flow.ts';
import { sourceNetwork } from './source-network.ts';
import { StreamFlow, type StreamHome, type StreamReader } from './stream-flow.ts';

/** Connections at most, and those of one host, of IPv6 one network, that proved nothing (security.md S19). */
const MOST = 4_000;
const MOST_UNPROVEN_PER_HOST = 20;
const HANDSHAKE: Millis = 5_000;
/** What is to be done where a refusal of our certificate says one thing alone. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['unknown ca', 'it has to trust who signed it'],
  ['certificate expired', 'renew it, or set the clock there'],
]);
/** Next hops whose TLS failed, and networks that refused ours, that the operator was told of. */
const MOST_TOLD = 1_000;

/** A TCP or TLS listening point with its connections, those we opened among them (RFC 3261 §18, RFC 5626 §3.5.1). */
export class StreamPoint implements StreamHome {
  readonly transport: 'tcp' | 'tls';
  readonly clock: Clock;
  private readonly parts: TransportParts;
  readonly reader: StreamReader;
  readonly tap: Tap | undefined;
  address: Address = { host: '', port: 0 };
  sentBy = '';
  private server: StreamServer | undefined = undefined;
  credentials: TlsCredentials | undefined = undefined;
  private readonly flows = new Map<string, StreamFlow>();
  /** The connections we opened, by next hop: one serves all that goes there. */
  private readonly opened = new Map<string, StreamFlow>();
  readonly aliases = new Aliases();
  /** Why TLS to a next hop failed, which is said once. */
  private readonly told = new Map<string, string>();
  /** Networks of those that did not take our certificate, which is said once of each. */
  private readonly refusing = new Set<string>();
  /** Connections that TLS failed on, most of them for the name in the certificate. */
  tlsFailures = 0;

  constructor(transport: 'tcp' | 'tls', parts: TransportParts, reader: StreamReader) {
    this.transport = transport;
    this.parts = parts;
    this.clock = parts.clock;
    this.reader = reader;
    this.tap = parts.tap;
  }

  get connections(): number {
    return this.flows.size;
  }

  async listen(address: Address, credentials: TlsCredentials | undefined): Promise<void> {
    this.credentials = credentials;
    const refused = (host: string, why: string) => this.refused(host, why);
    const tls = credentials === undefined ? undefined : { credentials, handshake: HANDSHAKE, refused };
    this.server = await this.parts.network.listen(address, (stream) => this.accept(stream), tls);
    this.address = this.server.local;
    this.sentBy = hostPort(unzoned(this.address.host), this.address.port);
  }

  /** Opens connections from this address without listening on it: what comes, comes back on them. */
  speakFrom(address: Address, credentials: TlsCredentials | undefined): void {
    this.credentials = credentials;
    this.address = address;
    this.sentBy = hostPort(unzoned(address.host), address.port);
  }

  /** @throws NetworkError if they are bad; then the old ones stay. */
  renew(credentials: TlsCredentials): void {
    if (this.credentials === undefined) return;
    this.server?.renew(credentials);
    this.credentials = credentials;
    this.refusing.clear();
  }

  /** A phone shows its user no more than that it cannot connect. */
  private refused(host: string, why: string): void {
    const network = sourceNetwork(host);
    if (this.refusing.has(network)) return;
    if (this.refusing.size >= MOST_TOLD) this.refusing.clear();
    this.refusing.add(network);
    const advice = ADVICE.get(why) ?? 'it has to trust who signed it, and to reach us by a name that is in it';
    this.parts.log.notice(`TLS: ${host} does not take our certificate (${why}): ${advice}`);
  }

  named(connection: string): Flow | undefined {
    const flow = this.flows.get(connection);
    return flow?.open === true ? flow : undefined;
  }

  /** The connection to a next hop: one that is open or opening, else a new one. With a domain only one whose certificate names it. */
  connect({ host, port, domain }: Hop, timeout: Millis): Flow {
    const remote = { host, port };
    const wanted = this.transport === 'tls' && domain !== undefined ? withoutRoot(lower(domain)) : undefined;
    const key = keyOf(remote, wanted);
    const known = this.opened.get(key);
    if (known?.open === true) return known;
    const flow = new StreamFlow(this, this.name(), remote, { domain: wanted });
    const { credentials } = this;
    const tls = this.transport === 'tls' ? { tls: { credentials, serverName: wanted, verify: wanted !== undefined } } : {};
    this.opened.set(key, flow);
    this.flows.set(flow.connection, flow);
    flow.opening(this.parts.network.connect(this.address.host, remote, { timeout, ...tls }, flow));
    this.makeRoom(flow);
    return flow;
  }

  /** Requests to come open connections of their own; what still comes by the former ones is taken. */
  slept(): void {
    this.opened.clear();
    for (const flow of this.flows.values()) this.aliases.remove(flow);
  }

  private accept(stream: Stream): StreamUser {
    const flow = new StreamFlow(this, this.name(), stream.remote, undefined);
    this.flows.set(flow.connection, flow);
    flow.accepted(stream);
    this.makeRoom(flow);
    return flow;
  }

  /** Over a bound the oldest connection that proved nothing makes room: a flood never locks out a phone. */
  private makeRoom({ network }: StreamFlow): void {
    let ofHost = 0;
    let oldest: StreamFlow | undefined;
    let oldestOfHost: StreamFlow | undefined;
    for (const flow of this.flows.values()) {
      if (flow.trusted) continue;
      oldest ??= flow;
      if (flow.network !== network) continue;
      oldestOfHost ??= flow;
      ofHost++;
    }
    if (ofHost > MOST_UNPROVEN_PER_HOST) oldestOfHost?.destroy();
    else if (this.flows.size > MOST) oldest?.destroy();
  }

  /** A name that no other connection has, nor had before a restart. */
  private name(): string {
    return this.parts.random.hex(8);
  }

  /** A connection that we opened is up: its certificate names the domain, if there is one. */
  cameUp(flow: StreamFlow): void {
    const { domain, remote } = flow;
    if (domain === undefined) return;
    flow.trust();
    this.told.delete(keyOf(remote, domain));
    this.aliases.add(remote.host, remote.port, flow);
  }

  /** A request came on a TLS connection: it may say that the connection leads back (RFC 5923 §8.2). */
  requested(request: Request, flow: StreamFlow): void {
    if (this.aliases.offered(request, flow)) flow.keep();
  }

  forget(flow: StreamFlow, error: NetworkError | undefined): void {
    this.flows.delete(flow.connection);
    this.aliases.remove(flow);
    const key = keyOf(flow.remote, flow.domain);
    if (this.opened.get(key) === flow) this.opened.delete(key);
    if (flow.ours && error?.kind === 'tls') this.tlsFailed(key, error.message);
    this.reader.connectionClosed(flow.connection);
  }

  private tlsFailed(key: string, why: string): void {
    this.tlsFailures++;
    if (this.told.get(key) === why) return;
    if (this.told.size >= MOST_TOLD) this.told.clear();
    this.told.set(key, why);
    this.parts.log.warning(`TLS: ${why}`);
  }

  close(): void {
    this.server?.close();
    for (const flow of [...this.flows.values()]) flow.destroy();
  }
}

const keyOf = ({ host, port }: Address, domain: string | undefined): string => `${host} ${port} ${domain ?? ''}`;

const withoutRoot = (domain: string): string => (domain.endsWith('.') ? domain.slice(0, -1) : domain);
