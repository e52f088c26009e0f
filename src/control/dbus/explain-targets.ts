import type { Providers } from '../../connector/provider/providers.ts';
import type { Exchange } from '../../core/exchange.ts';
import { type Binding, reach } from '../../core/location/binding.ts';
import { reachable } from '../../core/proxy/may-reach.ts';
import { wayToPeer } from '../../core/proxy/peer-way.ts';
import { planOfNumber } from '../../core/proxy/recursion.ts';
import type { Outcome, Plan, RouteFacts, Target } from '../../core/routing/decision.ts';
import type { TrunkTarget } from '../../core/routing/payer.ts';
import { trunkKey } from '../../core/routing/rules.ts';
import type { Snapshot } from '../../core/routing/snapshot.ts';
import { enumUris } from '../../sip/locate/enum.ts';
import type { Located } from '../../sip/locate/hop.ts';
import { hopText, hostPort } from '../../sip/message/uri.ts';
import { remoteText } from '../../sip/transport/flow.ts';
import { wireToUtf8 } from '../../text/wire.ts';
import type { TargetReport } from './reports.ts';

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  ...{ busy: 'is busy', noAnswer: 'does not answer', offline: 'is offline', declined: 'declines' },
  ...{ unreachable: 'cannot be reached', silent: 'says nothing', flowFailed: 'has lost its connection', failed: 'refuses' },
};

/** The running daemon, which alone knows the name service and its connections. */
export interface Live {
  readonly exchange: Exchange;
  readonly providers: Providers;
}

/** A target where a plan has it: in words, when it is tried. */
interface Planned {
  readonly when: string;
  readonly target: Target;
  /** Milliseconds; 0: as long as the caller likes. */
  readonly ring: number;
}

/** Where a plan leads, in the order in which it is tried. */
export interface Targets {
  readonly rows: readonly TargetReport[];
  /** What DNS was asked and what it answered. */
  readonly dns: readonly string[];
  readonly trunks: readonly TrunkTarget[];
}

/**
 * Finds where the targets of a plan are, as the proxy would: names are located, numbers looked up by ENUM, and nothing is sent there. Within
 * 5 s for names, and as long again for each suffix of ENUM. `live`: the running daemon; without one nothing is looked up.
 */
export async function targetsOf(plan: Plan, facts: RouteFacts, snapshot: Snapshot, live: Live | undefined): Promise<Targets> {
  const found = await Promise.all(planned(plan, 'first').map((one) => describe(one, facts, snapshot, live)));
  return {
    rows: found.flatMap(({ rows }) => rows),
    dns: [...new Set(found.flatMap(({ dns }) => dns))],
    trunks: found.flatMap(({ trunks }) => trunks),
  };
}

/** The targets of a plan in order, each with the words when it is tried. What has a time of its own may be a group in which one phone rings. */
function planned(plan: Plan, when: string): readonly Planned[] {
  const found = partsOf(plan, when);
  const [only] = found;
  if (only === undefined || found.length > 1 || plan.ring === undefined) return found;
  return [{ ...only, ring: Math.min(only.ring || plan.ring, plan.ring) }];
}

function partsOf(plan: Plan, when: string): readonly Planned[] {
  switch (plan.kind) {
    case 'target':
      return [{ when, target: plan.target, ring: 0 }];
    case 'all':
      return plan.of.flatMap((member, at) => planned(member.plan, at === 0 ? when : 'at the same time'));
    case 'order':
      return plan.of.flatMap((member, at) => planned(member.plan, at === 0 ? when : (later(member.after) ?? 'next')));
    case 'else': {
      const words = plan.on.map((outcome) => OUTCOMES[outcome]);
      const last = words.pop() ?? '';
      return [
        ...planned(plan.first, when),
        ...planned(plan.then, `if that ${words.length === 0 ? last : `${words.join(', ')} or ${last}`}`),
      ];
    }
    case 'diverted':
      return planned(plan.plan, when);
    default:
      return plan satisfies never;
  }
}

function later(after: number | undefined): string | undefined {
  return after === undefined || after === 0 ? undefined : `${after / 1000} s later`;
}

async function describe(
  { when, target, ring }: Planned,
  facts: RouteFacts,
  snapshot: Snapshot,
  live: Live | undefined,
): Promise<Targets> {
  const row = (more: Pick<TargetReport, 'kind' | 'name'> & Partial<TargetReport>): TargetReport => ({
    ...{ when, ring, agent: '', hops: [], why: '', payer: '', costs: [] },
    ...more,
  });
  switch (target.kind) {
    case 'binding': {
      const { uri, agent } = target.binding;
      return only(
        row({ kind: 'phone', name: wireToUtf8(uri), agent: wireToUtf8(agent ?? ''), ...phoneHop(target.binding, live) }),
      );
    }
    case 'flow':
      return only(row({ kind: 'phone', name: hostPort(target.flow.remote.host, target.flow.remote.port) }));
    case 'peer': {
      const { hops, why, dns } = await locate(target, facts, live);
      return { ...only(row({ kind: 'domain', name: wireToUtf8(target.uri), hops, why })), dns };
    }
    case 'enum': {
      const led = { ...facts, ledBy: target.ledBy };
      return byEnum(row({ kind: 'enum', name: wireToUtf8(target.number) }), target.number, led, snapshot, live);
    }
    case 'trunk': {
      const { trunk, number, payer, emergency } = target;
      const server =
        trunk.kind === 'provider' ? live?.providers.list().find(({ name }) => name === trunk.name)?.server : undefined;
      const hops = server === undefined || server === '' ? [] : [server];
      const costs = emergency ? [] : snapshot.rules.tariff.kindsOf(number);
      const name = `${wireToUtf8(number)} by ${trunkKey(trunk)}`;
      const state = snapshot.trunkState(trunk); // a call for help is tried where it is down, too
      const why = state.up ? '' : `it is down: ${state.why}`;
      return { ...only(row({ kind: trunk.kind, name, hops, why, payer: wireToUtf8(payer.name), costs })), trunks: [target] };
    }
    default:
      return target satisfies never;
  }
}

const only = (row: TargetReport): Targets => ({ rows: [row], dns: [], trunks: [] });

/** The way back to a phone: its contact or source, or the connection that it keeps open. */
function phoneHop(binding: Binding, live: Live | undefined): Pick<TargetReport, 'hops' | 'why'> {
  const way = reach(binding);
  const hops = [way.via === 'connection' ? remoteText(way.flow) : hopText(way.hop)];
  if (way.via !== 'connection' || live === undefined || live.exchange.transport.flowNamed(way.flow) !== undefined)
    return { hops, why: '' };
  const { otherwise } = way;
  if (otherwise === undefined) return { hops, why: 'its connection is closed' };
  return { hops: [hopText(otherwise)], why: 'its connection is closed: a new one is tried' };
}

const NOT_ASKED = 'no daemon runs, which would look it up';

/** Where another domain is, as DNS says now, without the addresses that this caller may not reach. */
async function locate(
  target: Target & { kind: 'peer' },
  { uri }: RouteFacts,
  live: Live | undefined,
): Promise<{ readonly hops: readonly string[]; readonly why: string; readonly dns: readonly string[] }> {
  const way = wayToPeer(target, uri.scheme === 'sips');
  if (live === undefined) return { hops: [], why: NOT_ASKED, dns: [] };
  const located = await new Promise<Located>((done) => {
    live.exchange.locator.locate(way.wanted, done);
  });
  const dns = located.records;
  if (located.kind === 'failed') return { hops: [], why: located.why, dns };
  const { hops, why = '' } = reachable(located.hops, way, live.exchange.proxy.parts);
  return { hops: hops.map(hopText), why, dns };
}

/** What the addresses that ENUM knows of a number lead to: of the first suffix that leads anywhere. */
async function byEnum(
  row: TargetReport,
  number: string,
  facts: RouteFacts,
  snapshot: Snapshot,
  live: Live | undefined,
): Promise<Targets> {
  if (live === undefined) return only({ ...row, why: NOT_ASKED });
  const dns: string[] = [];
  for (const suffix of snapshot.rules.enum) {
    const { uris, records } = await new Promise<{ uris: readonly string[]; records: readonly string[] }>((done) => {
      enumUris(number, suffix, live.exchange.locator.resolver, (found, asked) => done({ uris: found, records: asked }));
    });
    dns.push(...records);
    const plan = planOfNumber(uris, facts, snapshot);
    if (plan === undefined) continue;
    const led = await targetsOf(plan, facts, snapshot, live);
    return { ...led, rows: led.rows.map((one, at) => (at === 0 ? { ...one, when: row.when } : one)), dns: [...dns, ...led.dns] };
  }
  return { ...only({ ...row, why: 'it has no address there' }), dns };
}
