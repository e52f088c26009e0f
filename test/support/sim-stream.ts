import { after, type Timer } from '../../src/runtime/clock.ts';
import {
  type Address,
  NetworkError,
  type NetworkErrorKind,
  type PeerCertificate,
  type Stream,
  type StreamUser,
} from '../../src/runtime/network.ts';
import type { SimMedium } from './sim-medium.ts';

/** What a stream asks of the machine it stands on. */
export interface StreamHost {
  readonly up: boolean;
  readonly medium: SimMedium;
  readonly streams: Set<SimStream>;
}

/** Bytes that the kernels of both sides hold before the writer sees them as queued. */
const KERNEL = 65_536;
/** How long a connection that we ended may wait for the other side to take the rest and to end too. */
const LINGER = 5_000;

/** One side of a TCP or TLS connection. */
export class SimStream implements Stream {
  readonly local: Address;
  readonly remote: Address;
  readonly transport: 'tcp' | 'tls';
  peer: PeerCertificate | undefined;
  readonly #host: StreamHost;
  #user: StreamUser | undefined;
  #twin: SimStream | undefined;
  #state: 'connecting' | 'open' | 'ended' | 'closed' = 'connecting';
  #pending: string[] = [];
  #flying = 0;
  #lastArrival = 0;
  #paused: (() => void)[] | undefined;
  #giveUp: Timer | undefined;
  #endWhenOpen = false;

  constructor(host: StreamHost, local: Address, remote: Address, transport: 'tcp' | 'tls', user?: StreamUser) {
    this.#host = host;
    this.local = local;
    this.remote = remote;
    this.transport = transport;
    this.#user = user;
    host.streams.add(this);
  }

  get queued(): number {
    return Math.max(0, this.#flying - KERNEL);
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  write(text: string): void {
    if (this.#state === 'ended' || this.#state === 'closed' || text === '') return;
    this.#flying += text.length;
    if (this.#state === 'connecting') this.#pending.push(text);
    else this.#write(text);
  }

  end(): void {
    if (this.#state === 'connecting') this.#endWhenOpen = true;
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    this.#giveUp = after(this.#host.medium.clock, 'linger', LINGER, () =>
      this.fail('timeout', `${this.remote.host} does not end`),
    );
    this.hop('', () => this.#twin?.fin());
  }

  destroy(): void {
    if (this.#state === 'closed') return;
    this.hop('', () => this.#twin?.fin());
    this.#close(undefined);
  }

  /** The other program stops reading: what is written to this side is queued there. */
  pause(): void {
    this.#paused ??= [];
  }

  resume(): void {
    const held = this.#paused ?? [];
    this.#paused = undefined;
    for (const run of held) run();
  }

  /** Gives a connection attempt, or a handshake, so long. */
  giveUpAfter(ms: number, whatElse: () => void): void {
    this.#giveUp = after(this.#host.medium.clock, 'connect', ms, whatElse);
  }

  pair(twin: SimStream): void {
    this.#twin = twin;
  }

  open(user?: StreamUser): void {
    if (this.#state !== 'connecting') return;
    this.#giveUp?.cancel();
    this.#state = 'open';
    if (user !== undefined) this.#user = user;
    else this.#user?.connected?.();
    for (const text of this.#pending.splice(0)) this.#write(text);
    if (this.#endWhenOpen) this.end();
  }

  fail(kind: NetworkErrorKind, message: string): void {
    if (this.#state === 'closed') return;
    this.hop('', () => this.#twin?.fin());
    this.#close(new NetworkError(kind, message));
  }

  /** Runs something at the far side, after everything that was sent before it, one way later. */
  hop(text: string, run: () => void): void {
    const { medium } = this.#host;
    const now = medium.clock.now();
    const arrival = Math.max(this.#lastArrival, now + medium.segment(this.local, this.remote, this.transport, text));
    this.#arriveAt(arrival, run, 60);
  }

  #arriveAt(arrival: number, run: () => void, tries: number): void {
    const { clock } = this.#host.medium;
    this.#lastArrival = arrival;
    after(clock, 'segment', arrival - clock.now(), () => {
      if (this.#host.up && (this.#twin === undefined || this.#twin.#host.up)) run();
      else if (tries > 0) this.#arriveAt(Math.max(this.#lastArrival, clock.now() + 1000), run, tries - 1);
      else this.fail('timeout', `${this.remote.host} port ${this.remote.port} no longer answers`);
    });
  }

  #write(text: string): void {
    const twin = this.#twin;
    if (twin === undefined) return;
    this.hop(text, () =>
      twin.#take(() => {
        this.#flying -= text.length;
        if (twin.#state !== 'closed') twin.#user?.data(text);
      }),
    );
  }

  /** The far side sends nothing any more: this side answers with the same and is closed. */
  fin(): void {
    this.#take(() => {
      if (this.#state === 'closed') return;
      if (this.#state !== 'ended') this.hop('', () => this.#twin?.fin());
      this.#close(
        this.#state === 'connecting' ? new NetworkError('closed', `${this.remote.host} closed the connection`) : undefined,
      );
    });
  }

  #take(run: () => void): void {
    if (this.#paused === undefined) run();
    else this.#paused.push(run);
  }

  #close(error: NetworkError | undefined): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#flying = 0;
    this.#pending = [];
    this.#giveUp?.cancel();
    this.#host.streams.delete(this);
    after(this.#host.medium.clock, 'closed', 0, () => this.#user?.closed(error));
  }
}
