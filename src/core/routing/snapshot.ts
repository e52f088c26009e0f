import type { Account } from '../account/users.ts';
import type { Binding } from '../location/binding.ts';
import type { Domains } from './domains.ts';

/** All that a decision may depend on besides the request: frozen for its time. */
export interface Snapshot {
  readonly domains: Domains;
  byName(name: string): Account | undefined;
  byExtension(digits: string): Account | undefined;
  /** The unexpired bindings of an address-of-record, highest q first. */
  bindings(aor: string): readonly Binding[];
}
