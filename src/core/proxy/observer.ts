import type { Request, Response } from '../../sip/message/message.ts';
import type { ServerTransaction } from '../../sip/transaction/user.ts';
import type { Bridged, Callee } from '../connector.ts';
import type { Principal } from '../routing/decision.ts';

/** What becomes of one request that was sent on: told to the table of calls as it happens. */
export interface CallProgress {
  /** A provisional response went to the caller. */
  ringing(response: Response): void;
  /** A 2xx went to the caller: each To tag is a dialog of its own (RFC 3261 §13.2.2.4). `aor`: whose phone it came from, as far as that is known. */
  answered(response: Response, callee: Callee, aor?: string): void;
  /** The caller gave up; the final answer is still to come. */
  cancelled(): void;
  /** The final answer was no 2xx. `why`: a sentence of ours on that; `said`: how the other side put it. Wire text. */
  failed(status: number, why?: string, said?: string): void;
  /** A call through a gateway was answered and is over; its BYE came to the gateway. */
  over(callee: Bridged, by: 'caller' | 'callee'): void;
}

/** What a call is known by before anybody answered. */
export interface CallStart {
  readonly request: Request;
  /** Its transaction: `cancelled` ends what rings, `flow` leads to the caller. */
  readonly transaction: ServerTransaction;
  /** Who called, as the routing decision saw it. */
  readonly principal: Principal;
  /** The local user who talks, empty for none, where that is not who vouches for the call. */
  readonly caller?: string | undefined;
  /** The address-of-record that was dialed. */
  readonly callee: string;
  readonly trace: readonly string[];
  /** The caller's side, where a gateway made the call. */
  readonly bridged?: Bridged | undefined;
}
