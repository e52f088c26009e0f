import type { Config } from '../config/config.ts';
import type { Trunk } from '../config/values/telephone.ts';
import type { Clock } from '../runtime/clock.ts';
import { type ListeningPoint, unzoned } from '../sip/transport/flow.ts';
import type { Accounts } from './account/users.ts';
import type { Usage } from './budget/limits.ts';
import type { Features } from './features.ts';
import type { LocationService } from './location/service.ts';
import { Domains, domainsOf } from './routing/domains.ts';
import type { Group } from './routing/groups.ts';
import type { Rules } from './routing/rules.ts';
import type { Snapshot, TrunkState } from './routing/snapshot.ts';

/** What a snapshot is taken of. */
export interface SnapshotParts {
  readonly config: Config;
  readonly accounts: Accounts;
  readonly location: LocationService;
  readonly rules: Rules;
  readonly group: (called: string) => Group | undefined;
  readonly features: Pick<Features, 'known'>;
  readonly usage: Usage;
  readonly clock: Clock;
  readonly points: readonly ListeningPoint[];
  readonly hostNames: readonly string[];
  trunkState(trunk: Trunk): TrunkState;
}

/** All that a routing decision may depend on, as it is now. Made anew when the configuration or the addresses of this machine change. */
export function snapshotOf(parts: SnapshotParts): Snapshot {
  const { config, accounts, location, rules, group, features, usage, clock, hostNames, trunkState } = parts;
  const local = parts.points.map(({ address }) => ({ host: unzoned(address.host), port: address.port }));
  return {
    domains: new Domains({ ...domainsOf(config), hostNames, points: [...local, ...outside(config, local)] }),
    rules,
    usage,
    now: () => clock.wall(),
    byName: (name) => accounts.byName(name),
    byExtension: (digits) => accounts.byExtension(digits),
    group,
    ...features.known,
    bindings: (aor) => location.bindings(aor),
    trunkState,
  };
}

/** Behind a NAT we are called by its address: who dials that means us. */
function outside(
  { daemon }: Config,
  local: readonly { readonly port: number }[],
): readonly { readonly host: string; readonly port: number }[] {
  const { publicAddress: host } = daemon;
  return host === undefined ? [] : local.map(({ port }) => ({ host, port }));
}
