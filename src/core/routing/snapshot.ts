import type { CodeAction } from '../../config/codes.ts';
import type { Trunk } from '../../config/values/telephone.ts';
import type { Uri } from '../../sip/message/uri.ts';
import type { Account } from '../account/users.ts';
import type { Usage } from '../budget/limits.ts';
import type { Binding } from '../location/binding.ts';
import type { Domains } from './domains.ts';
import type { Group } from './groups.ts';
import type { Rules } from './rules.ts';
import type { NamedState } from './states.ts';

/** Whether a trunk takes calls now, as its connector last knew. `why`: in words, such as "not registered: 403 Forbidden". */
export type TrunkState = { readonly up: true } | { readonly up: false; readonly why: string };

/** Modems can be configured before this program has any. */
export const NO_MODEMS: TrunkState = { up: false, why: 'modems are not in use yet' };

/** Who called last: a user of the house, whatever From said, or who From said, if it did. `trusted`: a trunk vouches for that. */
export type LastCaller =
  | { readonly user: string }
  | { readonly uri: Uri; readonly trusted: boolean }
  | { readonly withheld: true };

/** All that a decision may depend on besides the request: frozen for its time. */
export interface Snapshot {
  readonly domains: Domains;
  readonly rules: Rules;
  readonly usage: Usage;
  /** Milliseconds since 1970. */
  now(): number;
  byName(name: string): Account | undefined;
  byExtension(digits: string): Account | undefined;
  /** Whom people read in a name, however its letters are written: a user, or a group. */
  shownAs(name: string): Account | 'group' | undefined;
  /** A ring group, by its name or its extension. */
  group(called: string): Group | undefined;
  /** The named states that are on now, in the order of the file. */
  active(): readonly NamedState[];
  /** What somebody of the house dials a feature code for; undefined where it is none. */
  code(dialed: string): CodeAction | undefined;
  /** The URI of who called a user last. */
  lastCaller(user: string): LastCaller | undefined;
  /** How many calls came to a group whose members take turns, by its name. */
  turn(group: string): number;
  /** The unexpired bindings of an address-of-record, highest q first. */
  bindings(aor: string): readonly Binding[];
  trunkState(trunk: Trunk): TrunkState;
}
