import { codesOf } from '../../config/codes.ts';
import type { Config } from '../../config/config.ts';
import { Accounts } from '../../core/account/users.ts';
import { NOTHING_SPENT } from '../../core/budget/limits.ts';
import type { Binding } from '../../core/location/binding.ts';
import { aorOfLine, JOURNAL, LineReader } from '../../core/location/line.ts';
import { Domains, domainsOf, hostNamesOf } from '../../core/routing/domains.ts';
import { groupsOf } from '../../core/routing/groups.ts';
import { rulesOf } from '../../core/routing/rules.ts';
import { NO_MODEMS, type Snapshot } from '../../core/routing/snapshot.ts';
import type { NamedState } from '../../core/routing/states.ts';
import { ownPoints } from '../../core/running-config.ts';
import type { InterfaceAddress } from '../../runtime/network.ts';
import type { Storage } from '../../runtime/storage.ts';
import { expandListen, type ListenAddress } from '../../sip/transport/listen.ts';

type Bindings = ReadonlyMap<string, readonly Binding[]>;

/** The part of this machine that decisions depend on. */
export interface Site {
  readonly hostName: string;
  readonly interfaces: readonly InterfaceAddress[];
}

/** What a daemon started now would decide from: the files, the bindings that the last one left, and the states that are on. */
export function snapshotOfFiles(
  config: Config,
  { hostName, interfaces }: Site,
  bindings: Bindings,
  now: number,
  states: readonly NamedState[] = [],
): Snapshot {
  const accounts = new Accounts(config);
  const { home, written } = domainsOf(config);
  const domains = new Domains({
    home,
    written: written.filter(({ name }) => config.domains.get(name)!.origin.parts.length > 0),
    hostNames: hostNamesOf(hostName),
    points: ownPoints(config, expandListen(wantedOf(config), interfaces)),
  });
  return {
    domains,
    rules: rulesOf(config),
    // What was spent is known to the daemon alone, and so is the state of trunks.
    usage: { user: () => NOTHING_SPENT, trunk: () => NOTHING_SPENT },
    now: () => now,
    byName: (name) => accounts.byName(name),
    byExtension: (digits) => accounts.byExtension(digits),
    shownAs: (name) => accounts.shownAs(name),
    turn: () => 0,
    active: () => states,
    code: codesOf(config.codes),
    lastCaller: () => undefined,
    group: groupsOf(config),
    bindings: (aor) => bindings.get(aor) ?? [],
    trunkState: ({ kind }) => (kind === 'modem' ? NO_MODEMS : { up: true }),
  };
}

/** Where a daemon would listen, wildcards among it. */
export function wantedOf({ daemon: { listen, tlsListen, tlsCertificate } }: Config): readonly ListenAddress[] {
  return tlsCertificate === undefined ? listen : [...listen, ...tlsListen];
}

/** The bindings in the journal that have not ended at `now` (milliseconds since 1970). */
export function storedBindings(storage: Storage, now: number): Bindings {
  const text = storage.read(JOURNAL) ?? '';
  const last = new Map<string, string>();
  for (const line of text.split('\n')) {
    const aor = aorOfLine(line, 0, line.length);
    if (aor !== undefined) last.set(aor, line);
  }
  const reader = new LineReader();
  const alive = new Map<string, readonly Binding[]>();
  for (const line of last.values()) {
    const record = (reader.read(line) ?? []).filter(({ expires }) => expires > now).sort((a, b) => b.q - a.q);
    if (record.length > 0) alive.set(record[0]!.aor, record);
  }
  return alive;
}
