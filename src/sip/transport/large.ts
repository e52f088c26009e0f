import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Address } from '../../runtime/network.ts';
import { hostPort } from '../message/uri.ts';
import type { Flow, Hop, TransportError } from './flow.ts';

/** Above this a request leaves by TCP if it can (RFC 3261 §18.1.1). */
export const UDP_MOST = 1_300;
/** Characters of our own that are added to a request that came, about. */
const ADDED = 200;
/** How long it is remembered that a next hop does not take TCP. */
const SMALL_FOR: Millis = 600_000;

/** Whether a request may be too long for UDP when it goes on. `length`: its characters as it came. */
export const mayBeLarge = (length: number): boolean => length > UDP_MOST - ADDED;

/** Who takes a connection and says nothing for so long speaks no SIP by it: a 100 is due within 200 ms (RFC 3261 §17.2.1). */
const SILENT: Millis = 4_000;

/** Opens the connections. */
interface Opening {
  flowTo(hop: Hop, local: Address, timeout: Millis): Flow | TransportError;
}

/** Requests too long for UDP leave by TCP where the next hop takes it, which is remembered (RFC 3261 §18.1.1). */
export class LargeRequests {
  private readonly clock: Clock;
  private readonly transport: Opening;
  private readonly smallHops = new Map<string, Millis>();

  constructor(clock: Clock, transport: Opening) {
    this.clock = clock;
    this.transport = transport;
  }

  /** A TCP flow to the same next hop, unless it is known not to take TCP (RFC 3261 §18.1.1). */
  bigFlow(small: Flow): Flow | undefined {
    const { host, port } = small.remote;
    const since = this.smallHops.get(hostPort(host, port));
    if (since !== undefined && this.clock.now() - since < SMALL_FOR) return undefined;
    const flow = this.transport.flowTo({ transport: 'tcp', host, port }, small.local, 500);
    return 'send' in flow ? flow : undefined;
  }

  /** A connection came up where a UDP flow leads, and nothing was heard by it since. */
  rememberSilent(small: Flow, since: Millis): void {
    if (this.clock.now() - since >= SILENT) this.rememberSmall(small);
  }

  /** No connection came up where a UDP flow leads. */
  rememberSmall({ remote: { host, port } }: Flow): void {
    if (this.smallHops.size >= 10_000) this.smallHops.clear();
    this.smallHops.set(hostPort(host, port), this.clock.now());
  }
}
