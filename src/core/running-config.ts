import type { Config } from '../config/config.ts';
import type { Trunk } from '../config/values/telephone.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Address } from '../runtime/network.ts';
import { type ListeningPoint, unzoned } from '../sip/transport/flow.ts';
import { Accounts } from './account/users.ts';
import type { Usage } from './budget/limits.ts';
import type { Features } from './features.ts';
import type { LocationService } from './location/service.ts';
import { Domains, domainsOf } from './routing/domains.ts';
import { groupsOf } from './routing/groups.ts';
import { rulesOf } from './routing/rules.ts';
import type { Snapshot, TrunkState } from './routing/snapshot.ts';

/** What else a decision may depend on; it is asked for as it is then. */
export interface RunningParts {
  readonly clock: Clock;
  readonly location: LocationService;
  readonly features: Pick<Features, 'known'>;
  readonly usage: Usage;
  readonly hostNames: readonly string[];
  /** What we listen on now. */
  points(): readonly ListeningPoint[];
  trunkState(trunk: Trunk): TrunkState;
}

/** The configuration that an exchange runs by, its accounts, and the snapshot that decisions are made from. */
export class RunningConfig {
  config: Config;
  accounts: Accounts;
  /** All that a routing decision may depend on. */
  snapshot: Snapshot;
  private readonly parts: RunningParts;

  constructor(parts: RunningParts, config: Config) {
    this.parts = parts;
    this.config = config;
    this.accounts = new Accounts(config);
    this.snapshot = this.snapshotNow();
  }

  /** Takes a checked configuration. Decisions follow it after `refresh`, when all else has taken it too. */
  take(config: Config): void {
    this.config = config;
    this.accounts = new Accounts(config);
  }

  /** To be called when the configuration or the addresses of this machine are others. */
  refresh(): void {
    this.snapshot = this.snapshotNow();
  }

  private snapshotNow(): Snapshot {
    const { config, accounts, parts } = this;
    const { clock, location, features, usage, hostNames } = parts;
    const heard = parts.points().map(({ address }) => address);
    return {
      domains: new Domains({ ...domainsOf(config), hostNames, points: ownPoints(config, heard) }),
      rules: rulesOf(config),
      usage,
      now: () => clock.wall(),
      byName: (name) => accounts.byName(name),
      byExtension: (digits) => accounts.byExtension(digits),
      shownAs: (name) => accounts.shownAs(name),
      group: groupsOf(config),
      ...features.known,
      bindings: (aor) => location.bindings(aor),
      trunkState: (trunk) => parts.trunkState(trunk),
    };
  }
}

/** The addresses that mean us: those we listen on, and behind a NAT its own, for who dials that means us. */
export function ownPoints({ daemon: { publicAddress } }: Config, heard: readonly Address[]): readonly Address[] {
  const local = heard.map(({ host, port }) => ({ host: unzoned(host), port }));
  return publicAddress === undefined ? local : [...local, ...local.map(({ port }) => ({ host: publicAddress, port }))];
}
