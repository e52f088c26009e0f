import type { Binding } from '../location/binding.ts';
import type { Outcome, Plan, Target } from '../routing/decision.ts';
import type { Led } from './plan-walk.ts';

/** What the doer is told to do. Timers are named; `arm` starts one anew. */
export type Action =
  | {
      readonly do: 'try';
      readonly branch: number;
      readonly target: Target;
      readonly breadth: number;
      /** Whoever led on to it, the first of them first. */
      readonly led: readonly Led[];
      /** Another target is tried once this one is found to be silent. */
      readonly followed: boolean;
    }
  /** Somebody leads on from here: the caller is told (RFC 3261 §21.1.3). */
  | { readonly do: 'diverted' }
  /** CANCEL as soon as the branch may be cancelled (RFC 3261 §9.1); `answered`: because another branch took the call. */
  | { readonly do: 'cancel'; readonly branch: number; readonly answered: boolean }
  /** Send the branch's last response on. */
  | { readonly do: 'pass'; readonly branch: number }
  | { readonly do: 'arm'; readonly timer: string; readonly after: number }
  | { readonly do: 'disarm'; readonly timer: string }
  /** All branches are done: the chosen final answer (RFC 3261 §16.7 step 6). */
  | { readonly do: 'answer'; readonly branch: number; readonly status: number }
  /** No branch has work left. */
  | { readonly do: 'end' };

/** What a branch tells of its callee. */
export type BranchEvent =
  | { readonly type: 'answer'; readonly branch: number; readonly status: number }
  /**
   * The branch will never answer: 408 for a silent one, 503 for a lost one, 487 for a cancelled one (RFC 3261 §16.8, §16.9, §9.1).
   * 0: there was nobody to answer. `outcome`: how that counts for an `else`, where the status does not tell; a 503 is a flow that failed.
   */
  | { readonly type: 'gone'; readonly branch: number; readonly status: number; readonly outcome?: Outcome | undefined };

/** What a fork hears. */
export type Event =
  | { readonly type: 'start' }
  | BranchEvent
  /**
   * Targets of a redirect that we follow take the branch's place (RFC 3261 §16.7 step 4). `status`: of what is left of the redirect, an
   * answer among others; 0 if nothing is.
   */
  | { readonly type: 'redirect'; readonly branch: number; readonly status: number; readonly plan: Plan }
  | { readonly type: 'timer'; readonly timer: string }
  /** Somebody takes the call away from whom it rings at. */
  | { readonly type: 'pickUp'; readonly plan: Plan }
  /** A phone of somebody who is called has registered. */
  | { readonly type: 'join'; readonly phone: Binding }
  /** The caller gave up. */
  | { readonly type: 'cancel' };
