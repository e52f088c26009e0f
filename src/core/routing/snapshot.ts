import type { Trunk } from '../../config/values/telephone.ts';
import type { Account } from '../account/users.ts';
import type { Usage } from '../budget/limits.ts';
import type { Binding } from '../location/binding.ts';
import type { Domains } from './domains.ts';
import type { Group } from './groups.ts';
import type { Rules } from './rules.ts';

/** Whether a trunk takes calls now, as its connector last knew. `why`: in words, such as "not registered: 403 Forbidden". */
export type TrunkState = { readonly up: true } | { readonly up: false; readonly why: string };

/** All that a decision may depend on besides the request: frozen for its time. */
export interface Snapshot {
  readonly domains: Domains;
  readonly rules: Rules;
  readonly usage: Usage;
  /** Milliseconds since 1970. */
  now(): number;
  byName(name: string): Account | undefined;
  byExtension(digits: string): Account | undefined;
  /** A ring group, by its name or its extension. */
  group(called: string): Group | undefined;
  /** How many calls came to a group whose members take turns, by its name. */
  turn(group: string): number;
  /** The unexpired bindings of an address-of-record, highest q first. */
  bindings(aor: string): readonly Binding[];
  trunkState(trunk: Trunk): TrunkState;
}
