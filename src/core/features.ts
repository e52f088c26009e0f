import { codesOf } from '../config/codes.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
import type { Storage } from '../runtime/storage.ts';
import type { TransactionLayer } from '../sip/transaction/layer.ts';
import { FeatureCodes, type UserSettings } from './feature-codes.ts';
import { LastCallers } from './last-callers.ts';
import { NamedStates } from './named-states.ts';
import type { RingingCall } from './proxy/order.ts';
import type { Snapshot } from './routing/snapshot.ts';
import { Turns } from './routing/turns.ts';

export interface FeatureParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly storage: Storage;
  readonly transactions: TransactionLayer;
  snapshot(): Snapshot;
  /** The oldest first. */
  ringing(): Iterable<RingingCall>;
}

/** What the house remembers between calls for its users: states, turns, who called last; and what their codes do. */
export class Features {
  readonly states: NamedStates;
  readonly turns = new Turns();
  readonly lastCallers = new LastCallers();
  readonly codes: FeatureCodes;
  /** Keeps what users set by codes; the entry file puts it here. */
  settings: UserSettings | undefined = undefined;
  private config: Config;

  constructor(parts: FeatureParts, config: Config) {
    this.states = new NamedStates(parts);
    this.codes = new FeatureCodes({
      ...{ random: parts.random, log: parts.log, transactions: parts.transactions, states: this.states },
      settings: () => this.settings,
      snapshot: () => parts.snapshot(),
      groups: () => this.config.groups.values(),
      ringing: () => parts.ringing(),
    });
    this.config = config;
    this.states.configure(config);
  }

  configure(config: Config): void {
    this.config = config;
    this.states.configure(config);
  }

  /** What of it a routing decision may depend on. */
  get known(): Pick<Snapshot, 'turn' | 'active' | 'code' | 'lastCaller'> {
    const { turns, states, lastCallers, config } = this;
    return {
      turn: (group) => turns.of(group),
      active: () => states.active(),
      code: codesOf(config.codes),
      lastCaller: (user) => lastCallers.of(user),
    };
  }
}
