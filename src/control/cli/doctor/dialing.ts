import type { Config } from '../../../config/config.ts';
import type { DialSettings } from '../../../config/sections/dial.ts';
import { isTrunk, isWithin } from '../../../config/values/telephone.ts';
import { trunkKey } from '../../../core/routing/rules.ts';
import type { Facts } from './facts.ts';
import { bad, type Finding, good, note } from './finding.ts';

export function users({ users: all, phones, isFirst }: Facts): readonly Finding[] {
  if (all === undefined || isFirst) return [];
  if (all.length === 0) return [bad('users', 'there is no user', '"sipwitchctl user add NAME --extension NUMBER" makes one')];
  const without = all.filter(({ password }) => !password).map(({ name }) => name);
  const findings: Finding[] = [];
  if (without.length > 0)
    findings.push(
      bad(
        'users',
        `no phone can register for ${shown(without)}: there is no password`,
        `"sipwitchctl passwd ${without[0]!}" sets one`,
      ),
    );
  if (phones?.length === 0)
    findings.push(
      note(
        'phones',
        'no phone is registered',
        'the account of a phone is NAME@DOMAIN, its password that of "sipwitchctl passwd"',
      ),
    );
  if (phones !== undefined && phones.length > 0)
    findings.push(good('phones', `${phones.length} ${phones.length === 1 ? 'phone is' : 'phones are'} registered`));
  return findings;
}

/** `a, b, c and 7 more` */
function shown(names: readonly string[]): string {
  return names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
}

export function providers({ providers: all }: Facts): readonly Finding[] {
  return (all ?? []).map(({ name, state, why, advice, server }) => {
    if (state === 'up') return good('providers', `${name} is up, by ${server}`);
    if (state === 'trying') return note('providers', `${name} is not up yet${why === '' ? '' : `: ${why}`}`);
    return bad(
      'providers',
      `${name} is down: ${why}`,
      advice === '' ? `"sipwitchctl provider test ${name}" tries it step by step` : advice,
    );
  });
}

/** Trunks that nobody dials, and numbers that nobody can read. Modems are not in use yet. */
export function dialing({ config }: Facts): readonly Finding[] {
  if (config === undefined) return [];
  const trunks = [...config.providers.keys()].map((name) => `provider ${name}`);
  const findings: Finding[] = [];
  const dialed = dialedTrunks(config);
  for (const trunk of trunks)
    if (!dialed.has(trunk))
      findings.push(bad('dialing', `nothing is dialed through ${trunk}`, `write a [dial] section with "to = ${trunk}"`));
  const { country, countryCode, emergency } = config.daemon;
  if (trunks.length > 0 && country === undefined && countryCode === undefined)
    findings.push(
      bad(
        'dialing',
        'which numbers are abroad, and how they are written, is not known',
        'set country in [daemon], such as "country = DE"',
      ),
    );
  if (trunks.length === 0 && emergency.length > 0)
    findings.push(note('dialing', `${emergency.join(' and ')} reach nobody from here: there is no provider`));
  for (const name of unreachable(config))
    findings.push(
      bad('dialing', `[dial ${name}] is never reached: an earlier rule takes all that it matches`, 'put it before that rule'),
    );
  return findings.length > 0 ? findings : [good('dialing', 'every trunk has a rule')];
}

function dialedTrunks({ dial }: Config): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { to } of dial.values()) for (const target of to) if (isTrunk(target)) found.add(trunkKey(target));
  return found;
}

/** Rules all of whose texts an earlier one takes that is for everybody, whatever states are on. */
function unreachable({ dial }: Config): readonly string[] {
  const before: DialSettings[] = [];
  return [...dial.values()].flatMap((rule) => {
    const behind = before.some((one) => takesAllOf(rule, one));
    if (rule.classes.length === 0 && rule.when.length === 0) before.push(rule);
    return behind ? [rule.name] : [];
  });
}

/** A number with + is taken by another writing only where a rule ends (core/routing/dial.ts). */
function takesAllOf(rule: DialSettings, before: DialSettings): boolean {
  if (rule.match === undefined || before.match === undefined || (ends(rule) && !ends(before))) return false;
  return isWithin(rule.match, before.match);
}

const ends = ({ to, refuse }: DialSettings) => to.length > 0 || refuse !== undefined;
