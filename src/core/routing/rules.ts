import type { Config } from '../../config/config.ts';
import { countryOf } from '../../config/countries.ts';
import type { Destination, DialPattern, DialTarget, Trunk } from '../../config/values/telephone.ts';
import { utf8ToWire } from '../../text/wire.ts';
import type { Account } from '../account/users.ts';
import type { Limits } from '../budget/limits.ts';
import type { Kind, ServiceClass, Spender } from './classes.ts';
import type { NumberPlan } from './numbers.ts';
import { type Tariff, tariffOf } from './tariff.ts';

/** A rule for dialed text. */
export interface DialRule {
  readonly name: string;
  readonly match: DialPattern;
  readonly strip: number;
  readonly prepend: string;
  readonly replace: string | undefined;
  /** Wire text; undefined: it refuses nothing. */
  readonly refuse: string | undefined;
  readonly to: readonly DialTarget[];
  readonly classes: readonly string[];
  /** States of which one must be on; none: always. */
  readonly when: readonly string[];
}

/** What a trunk asks of those who call through it. */
export interface TrunkTerms extends Limits {
  readonly trunk: Trunk;
  readonly classes: readonly string[];
  /** What numbers must begin with, if there is any. */
  readonly prefixes: readonly string[];
  /** Where the calls that come in through it may lead. */
  readonly inbound: readonly Destination[];
}

/** The part of a configuration that says where calls may go, compiled once. */
export interface Rules {
  readonly numbers: NumberPlan;
  readonly tariff: Tariff;
  readonly emergency: ReadonlySet<string>;
  /** Suffixes of ENUM; empty: off. */
  readonly enum: readonly string[];
  /** In the order of the file. */
  readonly dial: readonly DialRule[];
  /** By digits, or `USER/digits`. */
  readonly speeds: ReadonlyMap<string, Destination>;
  /** Providers, then modems, by `trunkKey`. */
  readonly trunks: ReadonlyMap<string, TrunkTerms>;
  /** Where another domain is, by its host. */
  readonly peers: ReadonlyMap<string, string>;
  /** A user with the class that is its own. */
  spender(account: Account): Spender;
}

/** `provider acme`: as a key, and as people say it. */
export const trunkKey = ({ kind, name }: Trunk): string => `${kind} ${name}`;

const unlimited = Number.POSITIVE_INFINITY;

/** Compiles the sections that dialing needs. */
export function rulesOf(config: Config): Rules {
  const numbers = numberPlan(config);
  const classes = classesOf(config);
  return {
    numbers,
    tariff: tariffOf(numbers, config.daemon.premiumPrefixes),
    emergency: new Set(config.daemon.emergency),
    enum: config.daemon.enum,
    dial: dialRules(config),
    speeds: new Map([...config.speeds.values()].flatMap(({ name, to }) => (to === undefined ? [] : [[name, to] as const]))),
    trunks: trunksOf(config),
    peers: new Map([...config.peers.values()].flatMap(({ name, via }) => (via === undefined ? [] : [[name, via] as const]))),
    spender: ({ name, class: own }) => ({
      name,
      called: name,
      class: (own === undefined ? undefined : classes.get(own)) ?? BUILT_IN,
    }),
  };
}

function numberPlan({ daemon }: Config): NumberPlan {
  const country = daemon.country === undefined ? undefined : countryOf(daemon.country);
  return {
    countryCode: daemon.countryCode ?? country?.code,
    areaCode: daemon.areaCode,
    trunkPrefix: daemon.trunkPrefix ?? country?.trunkPrefix ?? ['0'],
    // The longest first: 0011 before 00.
    internationalPrefix: [...(daemon.internationalPrefix ?? country?.internationalPrefix ?? ['00'])].sort(
      (a, b) => b.length - a.length,
    ),
  };
}

/** Of users without a class. */
const BUILT_IN: ServiceClass = {
  ...{ name: undefined, calls: 4, callsPerHour: 60, minutesPerDay: 600 },
  may: new Set<Kind>(['internal', 'peers', 'paid']),
};

function classesOf(config: Config): ReadonlyMap<string, ServiceClass> {
  const classes = new Map<string, ServiceClass>();
  for (const { name, may, calls, callsPerHour, minutesPerDay } of config.classes.values())
    classes.set(name, { name, may: new Set(may), calls, callsPerHour, minutesPerDay });
  return classes;
}

function dialRules({ dial }: Config): readonly DialRule[] {
  return [...dial.values()].flatMap(({ name, match, strip, prepend, replace, refuse, to, classes, when }) =>
    match === undefined
      ? []
      : [
          {
            name,
            match,
            strip,
            prepend: prepend ?? '',
            replace,
            refuse: refuse === undefined ? undefined : utf8ToWire(refuse),
            to,
            classes,
            when,
          },
        ],
  );
}

function trunksOf(config: Config): ReadonlyMap<string, TrunkTerms> {
  const terms = new Map<string, TrunkTerms>();
  for (const one of config.providers.values()) {
    const trunk: Trunk = { kind: 'provider', name: one.name };
    const inbound = [one.inbound, ...one.numbers.values()].filter((to) => to !== undefined);
    terms.set(trunkKey(trunk), {
      ...{ trunk, classes: one.classes, prefixes: one.prefixesAllowed, inbound },
      calls: one.calls ?? unlimited,
      callsPerHour: one.callsPerHour ?? unlimited,
      minutesPerDay: one.minutesPerDay ?? unlimited,
    });
  }
  for (const { name, classes, inbound } of config.modems.values()) {
    const trunk: Trunk = { kind: 'modem', name };
    terms.set(trunkKey(trunk), {
      ...{ trunk, classes, prefixes: [], inbound: inbound === undefined ? [] : [inbound] },
      ...{ calls: unlimited, callsPerHour: unlimited, minutesPerDay: unlimited },
    });
  }
  return terms;
}
