import type { Response } from '../../sip/message/message.ts';
import type { Callee } from '../connector.ts';
import type { ForwardOrder } from './order.ts';

/** A branch as the request that it belongs to sees it, whether it ends at a phone, at another domain or at a gateway. */
export interface ForkBranch {
  /** The last response that came, as the context may want it passed on. */
  last: Response | undefined;
  /** Who answered, once somebody did. */
  readonly callee: Callee | undefined;
  /** It ends at somebody who is none of the house. */
  readonly outside: boolean;
  /** Why it did not get through, for the Warning of our own answer; wire text. */
  readonly why: string | undefined;
  /** CANCEL as soon as it may be cancelled; `reason`: the value of a Reason header (RFC 3261 §9.1, RFC 3326). */
  cancel(reason: string): void;
}

/** Whether what a branch answers comes from somebody who is none of the house, in a dialog as outside of one. */
export function isFromOutside(order: ForwardOrder, branch: Pick<ForkBranch, 'outside'>): boolean {
  return order.within?.outside === true || branch.outside;
}

/** A phone that answers strangers with its user's credentials gives them what a password can be guessed from (security S9). */
export const asksForPassword = (who: string): string =>
  `${who} asks for a password, and no phone of ours is asked for one by strangers`;

/** A branch that ended before anything was sent, or with an answer that is nobody's. */
export function stillbornBranch(why: string | undefined): ForkBranch {
  return { last: undefined, callee: undefined, outside: false, why, cancel() {} };
}
