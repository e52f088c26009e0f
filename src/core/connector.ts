import type { Request, Response } from '../sip/message/message.ts';
import type { ServerTransaction } from '../sip/transaction/user.ts';
import type { Principal } from './routing/decision.ts';
import type { TrunkTarget } from './routing/payer.ts';

/** What a branch that ends at a gateway tells the proxy, as a phone would: the answers of the other side. */
export interface BranchAnswers {
  /** A response to the caller's INVITE, as if it had come from the wire with our own Via on top. */
  response(response: Response): void;
  /** The branch will never answer: 503 for a trunk that cannot be reached, 408, 487 for one that was cancelled. */
  gone(status: number): void;
}

/** A branch that the bridge plays the callee of. */
export interface GatewayBranch {
  /** The proxy's CANCEL; `reason`: the value of its Reason header, empty for none (RFC 3326). */
  cancel(reason: string): void;
}

/** Plays the callee towards the proxy and the caller towards a provider or modem (house, "A gateway is a user agent behind the proxy"). */
export interface Gateway {
  /** `caller`: the transaction that the request came by; its flow leads to the caller. */
  call(request: Request, caller: ServerTransaction, target: TrunkTarget, answers: BranchAnswers): GatewayBranch;
}

/** Who made a call that did not come from the wire, and hears its answers. */
export interface Originator {
  response(response: Response): void;
}

/** A call that was put on its way by `Originate`. */
export interface Originated {
  /** Gives the call up (RFC 3261 §9.1). */
  cancel(reason: string): void;
}

/**
 * Puts a request of our own making on its way as if a phone had sent it: through dispatch, so that forking, forwards and history apply.
 * The request carries one Via of our own, which comes back on its responses.
 */
export type Originate = (request: Request, principal: Principal, originator: Originator) => Originated;
