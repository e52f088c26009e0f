import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';
import { fnv1a } from '../../text/fnv.ts';
import type { Locator } from '../locate/locator.ts';
import { Field } from '../message/fields.ts';
import { own } from '../message/grammar.ts';
import type { Request, Response } from '../message/message.ts';
import { printResponse } from '../message/print.ts';
import { BRANCH_COOKIE } from '../message/via.ts';
import { type Flow, remoteText } from '../transport/flow.ts';
import type { TransportLayer } from '../transport/layer.ts';
import type { MessageUser } from '../transport/reader.ts';
import { isOurVia, stamp } from '../transport/received.ts';
import { printCancel } from './ack.ts';
import { Chains } from './chains.ts';
import { ClientTransaction, nobody } from './client.ts';
import { branchKey, hasCookie, sameTransaction, serverKey } from './match.ts';
import { ServerMachine } from './server.ts';
import type { ClientTransactionUser, TransactionUser } from './user.ts';

/** Server transactions at most, unless it is said otherwise. */
const MOST = 400_000;

export interface TransactionParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: TransportLayer;
  /** Server transactions at most; above it new requests get a stateless 503 (security S12). */
  readonly most?: number;
}

/** A transaction as `debug transactions` shows it. */
export interface LiveTransaction {
  readonly kind: 'server' | 'client';
  readonly method: string;
  readonly state: string;
  /** As wire text. */
  readonly branch: string;
  readonly hop: string;
  readonly age: Millis;
}

/** Messages to transactions (RFC 3261 §17): absorbs retransmissions, matches responses, and hands what is new to its user. */
export class TransactionLayer implements MessageUser {
  readonly clock: Clock;
  readonly transport: TransportLayer;
  private readonly random: Random;
  private readonly most: number;
  /** Keeps strangers from choosing branches of one number. */
  private readonly seed: number;
  private readonly servers = new Chains<ServerMachine>();
  private readonly clients = new Chains<ClientTransaction>();
  private readonly cancels = new Chains<ClientTransaction>();
  /** Set once, by who builds the exchange: finds the servers of a Via's sent-by. */
  locator: Pick<Locator, 'locate'> | undefined = undefined;
  /** Set once, by the entry file. */
  user: TransactionUser | undefined = undefined;
  /** Told when a stream closes. */
  onConnectionClosed: ((connection: string) => void) | undefined = undefined;
  counts = { strayResponses: 0, refused: 0, unacknowledged: 0 };

  constructor(parts: TransactionParts) {
    this.clock = parts.clock;
    this.random = parts.random;
    this.transport = parts.transport;
    this.most = parts.most ?? MOST;
    this.seed = parts.random.below(2 ** 32);
    parts.transport.reader.user = this;
  }

  request(request: Request, flow: Flow): void {
    const { method } = request;
    const key = serverKey(request);
    const known = this.findServer(key, request, method === 'ACK' ? 'INVITE' : method);
    if (known !== undefined) {
      // The ACK to a 2xx is a transaction of its own even where a client gave it the INVITE's branch (RFC 6026 §7.1).
      if (method === 'ACK' && known.state === 'accepted') return this.user?.ack(request, flow);
      return known.received(method);
    }
    if (method === 'ACK') return this.user?.ack(request, flow);
    if (this.servers.size >= this.most) return this.refuse(request, flow, this.tagOf(key));
    const server = new ServerMachine(this, key, request, flow);
    if (method === 'CANCEL') this.cancel(request, server);
    else this.user?.request(request, server);
    this.keep(server);
  }

  /** RFC 3261 §9.2: the CANCEL is answered at once, hop by hop; then whoever works on the INVITE hears of it, and nobody of any other request. */
  private cancel(request: Request, server: ServerMachine): void {
    const cancelled = this.findServer(server.key, request, 'INVITE') ?? this.findServer(server.key, request);
    if (cancelled === undefined) {
      if (this.transport.reader.hears(server.flow)) server.respondStateless(481, 'Call/Transaction Does Not Exist');
      else server.abandon();
      return;
    }
    // What cannot be said again in a CANCEL of ours is left out: the phones must hear of the end all the same.
    const reason = request.list(Field.reason).filter((value) => !value.includes('\0'));
    server.toTag = cancelled.toTag;
    server.respond(200, 'OK');
    cancelled.cancelled?.(reason); // nobody listens after the final response
  }

  /** A transaction that was answered by `respondStateless` leaves nothing behind. */
  private keep(server: ServerMachine): void {
    if (server.state === 'end') return;
    server.key = own(server.key);
    this.servers.add(this.numberOf(server.key), server);
    server.kept = true;
    server.account?.keeps(1);
    server.begin();
  }

  /** The transaction that a request belongs to, of this method or, where none is given, of any. */
  private findServer(key: string, request: Request, method?: string): ServerMachine | undefined {
    let server = this.servers.first(this.numberOf(key));
    for (; server !== undefined; server = server.sibling)
      if (server.key === key && sameTransaction(server, request, method ?? server.method)) return server;
    return undefined;
  }

  newTag(): string {
    return this.random.hex(6);
  }

  tagOf(key: string): string {
    return this.transport.tags.of(key);
  }

  removeServer(server: ServerMachine): void {
    if (!server.kept) return;
    server.kept = false;
    server.account?.keeps(-1);
    this.servers.delete(this.numberOf(server.key), server);
  }

  private refuse(request: Request, flow: Flow, tag: string): void {
    this.counts.refused++;
    const text = printResponse(request, stamp(request.via, flow), 503, 'Service Unavailable', tag, 'Retry-After: 10\r\n');
    this.transport.answer(request.via, flow, text);
  }

  /** RFC 3261 §18.1.2, §17.1.3: a response whose Via is not ours, or that no transaction waits for, goes nowhere (RFC 6026 §7.3). */
  response(response: Response, flow: Flow): void {
    const { via } = response;
    const { method } = response.cseq;
    const client =
      this.findClient(method, via.branch) ??
      (hasCookie(via.branch) ? this.findClient(method, BRANCH_COOKIE + branchKey(via.branch)) : undefined);
    if (client === undefined || client.method !== method || !isOurVia(via, client.flow)) {
      this.counts.strayResponses++;
      return;
    }
    client.received(response, flow);
  }

  connectionClosed(connection: string): void {
    this.onConnectionClosed?.(connection);
  }

  /** A branch that nobody can guess; `mark` is the proxy's own part of it (RFC 3261 §16.6 step 8). */
  branch(mark = ''): string {
    return `${BRANCH_COOKIE}${this.random.hex(8)}${mark}`;
  }

  /** Sends a request that was printed with our Via and this branch on top. */
  send(branch: string, method: string, text: string, flow: Flow, user: ClientTransactionUser): ClientTransaction {
    const client = new ClientTransaction(this, branch, method, text, flow, user);
    this.keepClient(client);
    return client;
  }

  /** Sends the CANCEL of an INVITE that got a provisional response; nobody needs to wait for its answer (RFC 3261 §9.1). */
  sendCancel(invite: ClientTransaction, reason: string, flow: Flow, user = nobody): void {
    const cancel = new ClientTransaction(this, invite.branch, 'CANCEL', printCancel(invite.sent, reason), flow, user);
    this.keepClient(cancel);
  }

  removeClient(client: ClientTransaction): void {
    this.clientsOf(client.method).delete(this.numberOf(client.branch), client);
  }

  private keepClient(client: ClientTransaction): void {
    this.clientsOf(client.method).add(this.numberOf(client.branch), client);
    client.begin();
  }

  private findClient(method: string, branch: string): ClientTransaction | undefined {
    let client = this.clientsOf(method).first(this.numberOf(branch));
    while (client !== undefined && client.branch !== branch) client = client.sibling;
    return client;
  }

  /** What `Chains` has it under. */
  private numberOf(text: string): number {
    return fnv1a(this.seed, text);
  }

  /** A CANCEL has the branch of its INVITE. */
  private clientsOf(method: string): Chains<ClientTransaction> {
    return method === 'CANCEL' ? this.cancels : this.clients;
  }

  /** How many transactions live, for `status` and the tests. */
  get size(): { readonly servers: number; readonly clients: number } {
    return { servers: this.servers.size, clients: this.clients.size + this.cancels.size };
  }

  /** Every live transaction, for `debug transactions`. */
  *all(): Generator<LiveTransaction> {
    const now = this.clock.now();
    for (const server of this.servers)
      yield {
        kind: 'server',
        method: server.method,
        state: server.state,
        branch: server.key,
        hop: remoteText(server.flow),
        age: now - server.since,
      };
    for (const table of [this.clients, this.cancels])
      for (const client of table)
        yield {
          kind: 'client',
          method: client.method,
          state: client.state,
          branch: client.branch,
          hop: remoteText(client.flow),
          age: now - client.since,
        };
  }
}
