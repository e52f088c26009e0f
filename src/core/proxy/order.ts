import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Locator } from '../../sip/locate/locator.ts';
import type { Request, Response } from '../../sip/message/message.ts';
import type { TransactionLayer } from '../../sip/transaction/layer.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import type { Callee, Gateway } from '../connector.ts';
import type { Binding } from '../location/binding.ts';
import type { Plan, Principal, RouteFacts } from '../routing/decision.ts';
import type { Snapshot } from '../routing/snapshot.ts';
import type { CallProgress } from './observer.ts';
import type { DialogRoute, RouteTokens } from './record-route.ts';

export interface ProxyParts {
  readonly clock: Clock;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly tokens: RouteTokens;
  readonly log: Log;
  /** A random number that nobody knows, for the loop marks. */
  readonly seed: number;
  /** The lines that go no further. */
  staying(request: Request): readonly number[];
  /** Finds the servers of other domains. */
  readonly locator: Pick<Locator, 'locate' | 'failed' | 'succeeded' | 'resolverFor'>;
  /** Whether a server of one of our providers is at this address (an IP literal). */
  isProvider(host: string): boolean;
  /** A call is sent to a phone of somebody. */
  called(aor: string, request: Request, caller: Principal): void;
  /** A 2xx to an INVITE came after the first one by the same branch: it may be of another dialog (RFC 3261 §13.2.2.4). */
  answeredAgain(response: Response, callee: Callee): void;
  /** What a redirect is routed by. */
  snapshot(): Snapshot;
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
  /** Values of a Route that replaces the one that came, for the same reason. */
  readonly path: readonly string[];
  readonly principal: string;
  /** What it was routed by, as is where a redirect leads; undefined within a dialog, which leads to one place. */
  readonly facts: RouteFacts | undefined;
  /** Who talks, where that is not the caller but whom he transfers. */
  readonly talks?: Principal | undefined;
  readonly declineIsLocal: boolean;
  /** Whom a caller who proved nothing wants; empty for users and within a dialog. */
  readonly stranger: string;
  /** Follows a signed route: no look-up, no fork, no new Record-Route; undefined outside of a dialog. */
  readonly within?: Within;
  readonly progress: CallProgress | undefined;
}

/** What our token says of a request within a dialog. */
export interface Within {
  /** The side that it goes to. */
  readonly towards: 'caller' | 'callee';
  readonly route: DialogRoute;
  /** That side is none of the house. */
  readonly outside: boolean;
}

/** A call that nobody has answered yet. */
export interface RingingCall {
  /** The addresses-of-record whose phones ring. */
  readonly ringingAt: readonly string[];
  readonly order: ForwardOrder;
  /** A phone that the call would have reached rings as well, where phones of its user ring. */
  join(phone: Binding): void;
  /** Takes the call to these phones, which answer by themselves if they can; where it rang before, it was completed elsewhere. */
  pickUp(plan: Plan): void;
  /** We are about to be gone: what rings falls silent, and the caller hears that he may try again. */
  stop(): void;
}

/** What a request on its way needs of the proxy that sends it on. */
export interface ProxyHome {
  readonly parts: ProxyParts;
  /** Plays the callee of calls that leave by a trunk; undefined where there is none. */
  readonly gateway: Gateway | undefined;
  /** A request has branches at work from now on. */
  began(order: ForwardOrder): void;
  over(order: ForwardOrder, call: RingingCall): void;
}
