import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { Field } from '../../sip/message/fields.ts';
import type { Request } from '../../sip/message/message.ts';
import { hostPort } from '../../sip/message/uri.ts';
import type { TransactionLayer } from '../../sip/transaction/layer.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import type { Plan } from '../routing/decision.ts';
import { printForwarded } from './forward.ts';
import { hasLooped, loopMark } from './loop.ts';
import type { CallProgress } from './observer.ts';
import { Proxied, viaLine } from './proxied.ts';
import type { RouteTokens } from './record-route.ts';

export interface ProxyParts {
  readonly clock: Clock;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly tokens: RouteTokens;
  readonly log: Log;
  /** A random number that nobody knows, for the loop marks. */
  readonly seed: number;
}

/** What is to be sent on, and how. */
export interface ForwardOrder {
  readonly request: Request;
  readonly plan: Plan;
  /** How many Route values on top are ours. */
  readonly routes: number;
  /** Lines that stay here (`Changes.drop`). */
  readonly drop: readonly number[];
  /** A Request-URI that replaces the one that came: strict-route repair. */
  readonly uri: string | undefined;
  /** Follows a signed route: no look-up, no fork, no new Record-Route. */
  readonly inDialog: boolean;
  readonly principal: string;
  readonly declineIsLocal: boolean;
  readonly progress: CallProgress | undefined;
}

/** The breadth of a request that came without Max-Breadth (RFC 5393 §5.3.3). */
const BREADTH = 60;
/** How long it is remembered that a next hop does not take TCP. */
const SMALL_FOR: Millis = 600_000;

/** Sends requests on (RFC 3261 §16): loop and breadth checks, then one `Proxied` for each. */
export class StatefulProxy {
  readonly parts: ProxyParts;
  /** Requests that still have branches at work. */
  live = 0;
  private readonly smallHops = new Map<string, Millis>();

  constructor(parts: ProxyParts) {
    this.parts = parts;
  }

  forward(order: ForwardOrder, tx: ServerTransaction): void {
    const { request } = order;
    const mark = loopMark(request, this.parts.seed);
    if (hasLooped(request, mark, (host, port) => this.parts.transport.isOurs(host, port)))
      return tx.respond(482, 'Loop Detected');
    const written = request.get(Field.maxBreadth);
    const breadth = written !== undefined && /^[0-9]{1,4}$/.test(written) ? Number(written) : BREADTH;
    if (breadth < 1) return tx.respond(440, 'Max-Breadth Exceeded');
    new Proxied(this, order, tx, mark, breadth).begin();
  }

  /** An ACK to a 2xx: sent on once, without a transaction (RFC 3261 §16.11, §13.2.2.4). */
  forwardAck(order: Omit<ForwardOrder, 'plan'>, came: Flow, to: Flow): void {
    const { request } = order;
    const top = viaLine(to, this.parts.transactions.branch());
    to.send(
      printForwarded(request, came, {
        uri: order.uri,
        top,
        routes: order.routes,
        breadth: undefined,
        drop: order.drop,
        reliable: to.reliable,
      }),
    );
  }

  /** A TCP flow to the same next hop, unless it is known not to take TCP (RFC 3261 §18.1.1). */
  bigFlow(small: Flow): Flow | undefined {
    const { clock, transport } = this.parts;
    const { host, port } = small.remote;
    const since = this.smallHops.get(hostPort(host, port));
    if (since !== undefined && clock.now() - since < SMALL_FOR) return undefined;
    const flow = transport.flowTo({ transport: 'tcp', host, port }, small.local.host, 500);
    return 'send' in flow ? flow : undefined;
  }

  rememberSmall(hop: string): void {
    if (this.smallHops.size >= 10_000) this.smallHops.clear();
    this.smallHops.set(hop, this.parts.clock.now());
  }
}
