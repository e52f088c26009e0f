import { type Limits, type Spent, timeLeft } from '../../core/budget/limits.ts';
import type { Kind } from '../../core/routing/classes.ts';
import { classText } from '../../core/routing/classes.ts';
import type { TrunkTarget } from '../../core/routing/payer.ts';
import { trunkKey } from '../../core/routing/rules.ts';
import type { Snapshot } from '../../core/routing/snapshot.ts';
import { wireToUtf8 } from '../../text/wire.ts';

const WORDS: Readonly<Record<Kind, string>> = {
  ...{ internal: 'inside', peers: 'to another domain', paid: 'paid', international: 'international', premium: 'premium' },
};

/** What a call through these trunks costs whom, and what their budgets leave, a sentence each. */
export function costOf(targets: readonly TrunkTarget[], { rules, usage }: Snapshot): readonly string[] {
  const said = new Set<string>();
  for (const target of targets) {
    const { payer, trunk, number, limits } = target;
    const name = wireToUtf8(payer.name);
    const kinds = rules.tariff.kindsOf(number).map((kind) => WORDS[kind]);
    if (target.emergency) {
      said.add(`${name} calls for help by ${trunkKey(trunk)}: no class and no budget holds it up`);
      continue;
    }
    said.add(`${name} pays for ${wireToUtf8(number)} (${kinds.join(', ')}), by ${classText(payer.class)}`);
    const [mine, its] = [usage.user(payer.name), usage.trunk(trunk)];
    said.add(`left to ${name}: ${left(mine, payer.class)}`);
    said.add(`left to ${trunkKey(trunk)}: ${left(its, limits)}`);
    const longest = Math.min(timeLeft(mine, payer.class), timeLeft(its, limits));
    if (Number.isFinite(longest)) said.add(`by ${trunkKey(trunk)} the call may last ${Math.floor(longest / 60_000)} minutes`);
  }
  return [...said];
}

/** `3 of 4 calls at the same time, 59 of 60 calls an hour, 600 of 600 minutes a day` */
function left(spent: Spent, limits: Limits): string {
  const parts = [
    [limits.calls - spent.calls, limits.calls, 'calls at the same time'],
    [limits.callsPerHour - spent.hour, limits.callsPerHour, 'calls an hour'],
    [Math.floor(timeLeft(spent, limits) / 60_000), limits.minutesPerDay, 'minutes a day'],
  ] as const;
  const bounded = parts.filter(([, most]) => Number.isFinite(most));
  return bounded.map(([rest, most, what]) => `${Math.max(0, rest)} of ${most} ${what}`).join(', ') || 'no limit';
}
