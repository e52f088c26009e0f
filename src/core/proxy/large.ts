import type { Clock, Millis } from '../../runtime/clock.ts';
import { hostPort } from '../../sip/message/uri.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';

/** How long it is remembered that a next hop does not take TCP. */
const SMALL_FOR: Millis = 600_000;

/** Requests too long for UDP leave by TCP where the next hop takes it, which is remembered (RFC 3261 §18.1.1). */
export class LargeRequests {
  private readonly clock: Clock;
  private readonly transport: TransportLayer;
  private readonly smallHops = new Map<string, Millis>();

  constructor(clock: Clock, transport: TransportLayer) {
    this.clock = clock;
    this.transport = transport;
  }

  /** A TCP flow to the same next hop, unless it is known not to take TCP (RFC 3261 §18.1.1). */
  bigFlow(small: Flow): Flow | undefined {
    const { host, port } = small.remote;
    const since = this.smallHops.get(hostPort(host, port));
    if (since !== undefined && this.clock.now() - since < SMALL_FOR) return undefined;
    const flow = this.transport.flowTo({ transport: 'tcp', host, port }, small.local.host, 500);
    return 'send' in flow ? flow : undefined;
  }

  rememberSmall(hop: string): void {
    if (this.smallHops.size >= 10_000) this.smallHops.clear();
    this.smallHops.set(hop, this.clock.now());
  }
}
