import { codesOf } from '../../src/config/codes.ts';
import type { Config } from '../../src/config/config.ts';
import { report } from '../../src/config/report.ts';
import { user } from '../../src/config/sections/user.ts';
import { type Account, Accounts } from '../../src/core/account/users.ts';
import { NOTHING_SPENT } from '../../src/core/budget/limits.ts';
import type { Binding } from '../../src/core/location/binding.ts';
import type { Decision, Plan, Target } from '../../src/core/routing/decision.ts';
import { Domains, domainsOf } from '../../src/core/routing/domains.ts';
import { groupsOf } from '../../src/core/routing/groups.ts';
import { rulesOf } from '../../src/core/routing/rules.ts';
import type { Snapshot } from '../../src/core/routing/snapshot.ts';
import type { FlowName } from '../../src/sip/transport/flow.ts';
import { loadText } from '../config/memory-files.ts';

/** A user with the defaults of the configuration. */
export function account(name: string, more: Partial<Account> = {}): Account {
  return { ...user.defaults, name, ...more };
}

/** The datagrams between us and a phone. */
export const udp: FlowName = {
  transport: 'udp',
  local: { host: '192.0.2.1', port: 5060 },
  remote: { host: '192.0.2.7', port: 5060 },
  connection: '',
};

/** A phone that registered from 10.0.0.2. */
export function binding(uri: string, q = 1, more: Partial<Binding> = {}): Binding {
  return {
    ...{ aor: 'x', contact: `<${uri}>`, uri, q, expires: 0, callId: 'c', cseq: 1, path: [], since: 0, routeToSource: false },
    flow: { transport: 'udp', local: { host: '10.0.0.1', port: 5060 }, remote: { host: '10.0.0.2', port: 5060 }, connection: '' },
    ...more,
  };
}

/** The configuration that a text is; a test whose text is wrong says so. */
export function configOf(text: string): Config {
  const { config, problems } = loadText(text);
  if (config === undefined) throw new Error(report(problems));
  return config;
}

/** What a decision is taken from, of a configuration; every user has one phone, `sip:NAME@10.0.0.2`. */
export function snapshotOf(text: string, more: Partial<Snapshot> = {}): Snapshot {
  const config = configOf(text);
  const accounts = new Accounts(config);
  return {
    domains: new Domains({ ...domainsOf(config), hostNames: ['desk'], points: [{ host: '10.0.0.1', port: 5060 }] }),
    rules: rulesOf(config),
    usage: { user: () => NOTHING_SPENT, trunk: () => NOTHING_SPENT },
    now: () => 0,
    byName: (name) => accounts.byName(name),
    byExtension: (digits) => accounts.byExtension(digits),
    shownAs: (name) => accounts.shownAs(name),
    group: groupsOf(config),
    turn: () => 0,
    active: () => [],
    code: codesOf(config.codes),
    lastCaller: () => undefined,
    bindings: (aor) => (accounts.byName(aor) === undefined ? [] : [binding(`sip:${aor}@10.0.0.2`)]),
    trunkState: () => ({ up: true }),
    ...more,
  };
}

/** A decision in a word: where it goes, or the status. */
export function word(decision: Decision): string {
  switch (decision.kind) {
    case 'forward':
      return shown(decision.plan);
    case 'reject':
      return String(decision.status);
    case 'challenge':
      return decision.stale ? 'challenge (stale)' : 'challenge';
    case 'serve':
      return decision.by;
    default:
      return decision satisfies never;
  }
}

export function shown(plan: Plan): string {
  if (plan.kind === 'target') return shownTarget(plan.target);
  if (plan.kind === 'diverted') return `${plan.by.reason}>${shown(plan.plan)}`;
  if (plan.kind === 'else') return `(${shown(plan.first)} ${plan.on.join(' ')} ${shown(plan.then)})`;
  return `${plan.kind}(${plan.of.map(({ plan: member }) => shown(member)).join(' ')})`;
}

function shownTarget(target: Target): string {
  switch (target.kind) {
    case 'binding':
      return target.binding.uri;
    case 'peer':
      return `${target.uri}${target.via === undefined ? '' : ` via ${target.via}`}${target.trusted ? '' : ' untrusted'}`;
    case 'enum':
      return `enum ${target.number}`;
    case 'trunk':
      return `${target.trunk.name} ${target.number}${target.emergency ? '!' : ''}`;
    case 'flow':
      return 'flow';
    default:
      return target satisfies never;
  }
}
