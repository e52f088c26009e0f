import { hidePasswords } from '../../text/hide.ts';
import { wireToUtf8 } from '../../text/wire.ts';

export type Side = 'caller' | 'callee';

/** How a call ended. */
export type End =
  | { readonly how: 'bye'; readonly by: Side }
  /** By an operator: with BYE, or with CANCEL before it was answered. `status`: what the caller got for its INVITE. */
  | { readonly how: 'hangup'; readonly status: number }
  /** One side was led on to somebody else, or has led the other one on. */
  | { readonly how: 'transferred'; readonly by: Side }
  /** The caller gave up. */
  | { readonly how: 'cancelled' }
  /** `rang`: somewhere; `why` and `said`: see `CallProgress`. */
  | {
      readonly how: 'failed';
      readonly status: number;
      readonly rang: boolean;
      readonly why?: string | undefined;
      readonly said?: string | undefined;
    }
  /** Nobody refreshed its session (RFC 4028 §10). */
  | { readonly how: 'session' }
  /** The connections of both sides closed, or our address left the machine. */
  | { readonly how: 'lost' }
  /** Nothing was heard of it for longer than any call is silent. */
  | { readonly how: 'limit' }
  /** The daemon stopped; the two phones may go on. */
  | { readonly how: 'stopped' };

/** What became of the BYE to one side: its final status, 408 if it stayed silent, 503 if it cannot be reached. */
export interface Farewell {
  readonly side: Side;
  /** `udp:192.0.2.7:5060` */
  readonly hop: string;
  readonly status: number;
}

/** How a hang-up went. */
export type HangupOutcome =
  /** Nobody had answered: the phones were cancelled, and the caller got this status. */
  | { readonly kind: 'cancelled'; readonly status: number }
  /** Somebody else ended the call first. */
  | { readonly kind: 'over' }
  /** `confirmed`: both sides say that the call has ended, or that they know of none. */
  | { readonly kind: 'bye'; readonly confirmed: boolean; readonly farewells: readonly Farewell[] };

/** Ends a call between its two sides: `HangUp`. */
export interface Ending {
  /** `told` hears how that went, once. */
  tell(told: (outcome: HangupOutcome) => void): void;
  /** The next step that the state of the call allows. */
  proceed(): void;
  /** The call left the table, by this or by anything else. */
  over(end: End): void;
}

/** Who ended it; undefined: nobody in particular. */
export function endedBy(end: End): string | undefined {
  switch (end.how) {
    case 'bye':
    case 'transferred':
      return end.by;
    case 'cancelled':
      return 'caller';
    case 'hangup':
      return 'operator';
    default:
      return undefined;
  }
}

/** The final status of an INVITE that got no 2xx. */
export function statusOf(end: End): number {
  return end.how === 'failed' || end.how === 'hangup' ? end.status : end.how === 'cancelled' ? 487 : 0;
}

/** Why a call ended, for a person. */
export function reasonOf(end: End): string {
  switch (end.how) {
    case 'bye':
      return `the ${end.by} hung up`;
    case 'transferred':
      return `the ${end.by} left it by a transfer`;
    case 'hangup':
      return 'ended by the operator';
    case 'cancelled':
      return 'the caller gave up';
    case 'failed':
      return failure(end);
    case 'session':
      return 'neither side refreshed the session in time';
    case 'lost':
      return 'neither side could be reached any more';
    case 'limit':
      return 'nothing was heard of it for 12 hours';
    case 'stopped':
      return 'the daemon stopped';
    default:
      return end satisfies never;
  }
}

/** What a person wants to know of a call that nobody took: our own reason for it, else what the status means, else how others put it. */
function failure({ status, rang, why, said = '' }: End & { readonly how: 'failed' }): string {
  if (why !== undefined) return toldOf(why);
  switch (status) {
    case 486:
    case 600:
      return 'busy';
    case 603:
      return 'declined';
    case 480:
      return rang ? 'nobody answered' : 'not available';
    case 408:
      return rang ? 'nobody answered' : 'no response came';
    default:
      if (said !== '') return `nobody took it: ${toldOf(said)}`;
      return status === 430 ? 'nobody could be reached' : `nobody took it (${status})`;
  }
}

const toldOf = (wire: string): string => wireToUtf8(hidePasswords(wire).slice(0, LONGEST));
/** Of a sentence that others may have written. */
const LONGEST = 200;
