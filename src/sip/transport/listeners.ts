import { ahead, type Clock, type Millis, sleptSince, type Timer } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { type Address, type Network, NetworkError, type TlsCredentials } from '../../runtime/network.ts';
import { hostPort, type Transport } from '../message/uri.ts';
import { type ListeningPoint, pointText } from './flow.ts';
import type { TransportLayer } from './layer.ts';
import { expandListen, isWildcard, type ListenAddress } from './listen.ts';

/** How often the addresses of the machine are looked at where a wildcard was configured, and a refused one is tried again. */
const LOOK_EVERY: Millis = 1_000;
/** So often an address that cannot be bound yet is tried before it is said: a new one of IPv6 takes two seconds or three (RFC 4862 §5.4). */
const TRIES = 5;

/** An address that could not be listened on. */
export class BindFailure extends Error {
  readonly transport: Transport;
  readonly address: Address;
  readonly kind: NetworkError['kind'];

  constructor({ transport, host, port }: ListenAddress, cause: NetworkError) {
    super(`cannot listen on ${transport}:${hostPort(host, port)}: ${cause.message}`, { cause });
    this.transport = transport;
    this.address = { host, port };
    this.kind = cause.kind;
  }
}

/** Why an address could not be bound. */
interface Failure {
  readonly why: string;
  /** Tries until that is said: it is said at 0, and less than 0 where it was. */
  readonly left: number;
}

/** What is to be listened on now. */
export interface Listening {
  readonly wanted: readonly ListenAddress[];
  /** For those of TLS. */
  readonly credentials: TlsCredentials | undefined;
}

export interface ListenersParts {
  readonly clock: Clock;
  readonly network: Network;
  readonly log: Log;
  readonly transport: TransportLayer;
  /** Asked again at every look: a reload may have changed it. */
  listening(): Listening;
  /** There are other listening points than before, or (`slept`) whatever is known of the network is from before the machine slept. */
  changed(slept: boolean): void;
}

/** Keeps the listening points in step with the configuration and, where it has a wildcard, with the interfaces of the machine. */
export class Listeners {
  private readonly parts: ListenersParts;
  /** Addresses that are being bound. */
  private readonly pending = new Set<string>();
  /** Of the addresses that could not be bound: each is tried again, and said once. */
  private readonly failures = new Map<string, Failure>();
  /** The interface that a point was bound on, where its address is link-local. */
  private readonly links = new WeakMap<ListeningPoint, number | undefined>();
  /** What was opened for a configuration that is about to be taken. */
  private prepared: readonly ListeningPoint[] = [];
  private look: Timer | undefined = undefined;
  private stopped = false;
  /** Something has changed, and more of it may come. */
  private untold: 'others' | 'slept' | undefined = undefined;
  /** How far the wall clock was ahead at the last look. */
  private ahead: Millis;

  constructor(parts: ListenersParts) {
    this.parts = parts;
    this.ahead = ahead(parts.clock);
  }

  /**
   * Binds every address. One that the machine has but cannot bind yet, as a new IPv6 address (RFC 4862 §5.4), waits for a later look if a
   * wildcard stands for it. Rejects with the BindFailure of the first other one that is not to be had.
   */
  async start(): Promise<void> {
    const listening = this.parts.listening();
    for (const point of expandListen(listening.wanted, this.parts.network.interfaces())) await this.first(point, listening);
    this.watch();
  }

  /**
   * Opens what `next` wants beyond what is wanted now, so that it can be taken as a whole: with `follow`, at once. Rejects with a BindFailure as
   * `start` does; then all is as it was.
   */
  async prepare(next: Listening): Promise<void> {
    const { network, transport, listening } = this.parts;
    const interfaces = network.interfaces();
    const before = expandListen(listening().wanted, interfaces).map(nameOf);
    const opened: ListeningPoint[] = [];
    this.look?.cancel(); // it would close them again
    try {
      for (const point of expandListen(next.wanted, interfaces)) {
        // One that we hold ourselves is free once that is closed; one that could not be had before is no reason to refuse what is new.
        if (before.includes(nameOf(point)) || transport.points.some((held) => isInTheWayOf(held, point))) continue;
        const bound = await this.first(point, next);
        if (bound !== undefined) opened.push(bound);
      }
      this.prepared = opened;
    } catch (error) {
      for (const point of opened) transport.unlisten(point);
      this.follow();
      throw error;
    }
  }

  /** Sentences on the addresses that are wanted and not listened on. */
  get problems(): readonly string[] {
    return [...this.failures.values()].filter(({ left }) => left <= 0).map(({ why }) => why);
  }

  timeout(): void {
    this.look = undefined;
    this.follow();
  }

  /** Opens what is wanted, and closes what is wanted no more. */
  follow(): void {
    const { network, transport, log, listening } = this.parts;
    const points = expandListen(listening().wanted, network.interfaces());
    const gone = transport.points.filter((point) => !points.some((wanted) => this.isAt(point, wanted)));
    const come = points.filter((wanted) => !transport.points.some((point) => this.isAt(point, wanted)));
    for (const name of this.failures.keys()) if (!come.some((point) => nameOf(point) === name)) this.failures.delete(name);
    for (const point of gone) {
      transport.unlisten(point);
      log.notice(`no longer listening on ${pointText(point)}`);
    }
    for (const point of this.prepared) log.notice(`now also listening on ${pointText(point)}`);
    const others = gone.length > 0 || this.prepared.length > 0;
    this.prepared = [];
    for (const point of come) this.open(point);
    const slept = this.slept();
    if (slept) {
      log.notice('the machine slept, or its clock was set: the network is looked at anew');
      transport.slept();
    }
    if (slept) this.untold = 'slept';
    else if (others) this.untold ??= 'others';
    this.tell();
    this.watch();
  }

  /**
   * One change of the machine is one, however many addresses and transports it has: providers that are reached otherwise register anew for each
   * (RFC 3261 §10.2).
   */
  private tell(): void {
    if (this.untold === undefined || this.pending.size > 0 || this.stopped) return;
    const slept = this.untold === 'slept';
    this.untold = undefined;
    this.parts.changed(slept);
  }

  stop(): void {
    this.stopped = true;
    this.look?.cancel();
  }

  private watch(): void {
    this.look?.cancel();
    const { wanted } = this.parts.listening();
    const due = !this.stopped && (this.failures.size > 0 || wanted.some(({ host }) => isWildcard(host)));
    this.look = due ? this.parts.clock.start('interfaces', LOOK_EVERY, this) : undefined;
  }

  /** Whether the machine slept since the last look; where its clock was set, a fresh look does no harm. */
  private slept(): boolean {
    const { clock } = this.parts;
    const slept = sleptSince(this.ahead, clock);
    this.ahead = ahead(clock);
    return slept;
  }

  private open(point: ListenAddress): void {
    const name = nameOf(point);
    if (this.pending.has(name)) return;
    this.pending.add(name);
    this.bind(point, this.parts.listening()).then(
      (bound) => {
        this.pending.delete(name);
        this.failures.delete(name);
        // A reload, or the end, may have come while it was being bound.
        const { wanted } = this.parts.listening();
        const points = expandListen(wanted, this.parts.network.interfaces());
        if (this.stopped || !points.some((still) => this.isAt(bound, still))) this.parts.transport.unlisten(bound);
        else {
          this.parts.log.notice(`now also listening on ${pointText(bound)}`);
          this.untold ??= 'others';
        }
        this.tell();
      },
      (error: Error) => {
        this.pending.delete(name);
        this.failed(name, error);
        this.tell();
        this.watch();
      },
    );
  }

  private failed(name: string, error: Error): void {
    const why = error.message;
    const before = this.failures.get(name);
    const first = error instanceof BindFailure && error.kind === 'no-address' ? TRIES - 1 : 0;
    const left = before?.why === why ? before.left - 1 : first;
    if (left === 0) this.parts.log.warning(why);
    this.failures.set(name, { why, left });
  }

  /** Binds an address for the first time; undefined if it is one of a wildcard that has to wait. */
  private async first(point: ListenAddress, listening: Listening): Promise<ListeningPoint | undefined> {
    try {
      return await this.bind(point, listening);
    } catch (error) {
      const written = listening.wanted.some((wanted) => nameOf(point) === nameOf(wanted));
      if (!(error instanceof BindFailure) || error.kind !== 'no-address' || written) throw error;
      this.failed(nameOf(point), error);
      return undefined;
    }
  }

  private async bind(wanted: ListenAddress, { credentials }: Listening): Promise<ListeningPoint> {
    const { transport, host, port } = wanted;
    try {
      const point = await this.parts.transport.listen(transport, { host, port }, transport === 'tls' ? credentials : undefined);
      this.links.set(point, wanted.link);
      return point;
    } catch (error) {
      if (error instanceof NetworkError) throw new BindFailure(wanted, error);
      throw error;
    }
  }

  /** Whether a point is what is wanted, and not bound on an interface that is gone. */
  private isAt(point: ListeningPoint, { transport, host, port, link }: ListenAddress): boolean {
    const same = point.transport === transport && point.address.host === host && (port === 0 || port === point.address.port);
    return same && (link === undefined || this.links.get(point) === link);
  }
}

/** Whether it has the port that is wanted. */
function isInTheWayOf({ transport, address }: ListeningPoint, wanted: ListenAddress): boolean {
  return address.host === wanted.host && address.port === wanted.port && (transport === 'udp') === (wanted.transport === 'udp');
}

const nameOf = ({ transport, host, port }: ListenAddress): string => `${transport}:${hostPort(host, port)}`;
