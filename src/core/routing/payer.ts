import type { Trunk } from '../../config/values/telephone.ts';
import { type Limits, overdrawn } from '../budget/limits.ts';
import { classText, isFor, type Kind, type Spender } from './classes.ts';
import { type TrunkTerms, trunkKey } from './rules.ts';
import type { Snapshot } from './snapshot.ts';

declare const vouched: unique symbol;

/**
 * Who pays for a call (house, "Capability by construction"). There is no other way to come by one than the two functions below, and no
 * target that costs money without one: that nobody spends the owner's money is a type, not a check that someone can forget.
 */
export interface Payer extends Spender {
  readonly [vouched]: true;
}

declare const allowed: unique symbol;

/** A call that is to go through a trunk. */
export interface TrunkCall {
  readonly trunk: Trunk;
  /** `+4930123456`, or the digits of a short number as they were dialed. */
  readonly number: string;
  /** What a dial rule made of the dialed text: for providers that want numbers as they are dialed. */
  readonly dialed: string;
  /** No limit holds it up. */
  readonly emergency: boolean;
}

/** A place that costs money. Made by `trunkTarget` alone, which asks everything that may refuse it. */
export interface TrunkTarget extends TrunkCall {
  readonly [allowed]: true;
  readonly kind: 'trunk';
  readonly payer: Payer;
  /** Of the trunk. */
  readonly limits: Limits;
}

/** Why a trunk is not to be had for a call: `why` is a sentence for the caller and the operator alike. */
export interface TrunkRefused {
  readonly kind: 'refused';
  readonly status: 403 | 503;
  readonly why: string;
}

/** The authenticated local user who dialed. 302, REFER, Route and registered Contacts never come here. */
export function callerPays(user: Spender): Payer {
  return user as Payer;
}

/**
 * The owner of a forward or of a group, for calls of local users and of our trunks; for those of peers, guests and strangers only where
 * the owner said so (`forward_strangers`).
 */
export function ownerPays(owner: Spender, caller: 'trusted' | 'stranger', forStrangers: boolean): Payer | undefined {
  return caller === 'trusted' || forStrangers ? (owner as Payer) : undefined;
}

/** What may be spent by whom a ledger is of: `user alice`, `provider acme`; undefined where there is no such one. */
export function limitsOf(ledger: string, { rules, byName }: Snapshot): Limits | undefined {
  const account = ledger.startsWith('user ') ? byName(ledger.slice('user '.length)) : undefined;
  return account === undefined ? rules.trunks.get(ledger) : rules.spender(account).class;
}

/**
 * A target that costs its payer money, or why not: the class of the payer, the classes and prefixes of the trunk, its state, and the
 * budgets of both. An emergency call passes all of them.
 */
export function trunkTarget(payer: Payer, call: TrunkCall, snapshot: Snapshot): TrunkTarget | TrunkRefused {
  const terms = snapshot.rules.trunks.get(trunkKey(call.trunk));
  if (terms === undefined) return refused(503, `there is no ${trunkKey(call.trunk)}`);
  if (call.emergency) return allow(payer, call, terms);
  const why = forbidden(payer, call.number, terms, snapshot);
  if (why !== undefined) return refused(403, why);
  const state = snapshot.trunkState(call.trunk);
  if (!state.up) return refused(503, `${trunkKey(terms.trunk)} is down: ${state.why}`);
  const over = overdrawn(snapshot.usage.user(payer.name), payer.class);
  if (over !== undefined) return refused(403, `${payer.name} has reached the limit of ${over} of ${classText(payer.class)}`);
  const full = overdrawn(snapshot.usage.trunk(call.trunk), terms);
  if (full !== undefined) return refused(503, `${trunkKey(terms.trunk)} has reached its limit of ${full}`);
  return allow(payer, call, terms);
}

function allow(payer: Payer, call: TrunkCall, limits: Limits): TrunkTarget {
  const target: Omit<TrunkTarget, typeof allowed> = { kind: 'trunk', ...call, payer, limits };
  return target as TrunkTarget;
}

const WORDS: Readonly<Record<Kind, string>> = {
  internal: 'calls inside',
  peers: 'calls to other domains',
  paid: 'calls that cost money',
  international: 'calls to other countries',
  premium: 'calls that cost extra',
};

/** What a class does not permit, in words. */
export function notPermitted(spender: Spender, kinds: readonly Kind[]): string | undefined {
  const missing = kinds.find((kind) => !spender.class.may.has(kind));
  return missing === undefined ? undefined : `${classText(spender.class)} does not allow ${WORDS[missing]} (${missing})`;
}

function forbidden(payer: Payer, number: string, terms: TrunkTerms, { rules }: Snapshot): string | undefined {
  const kind = notPermitted(payer, rules.tariff.kindsOf(number));
  if (kind !== undefined) {
    // Without its own country every number of the world is one of another.
    const hint = rules.numbers.countryCode === undefined && number.startsWith('+') ? '; [daemon] country_code is not set' : '';
    return `${kind}${hint}`;
  }
  if (!isFor(terms.classes, payer)) return `${trunkKey(terms.trunk)} is not for ${classText(payer.class)}`;
  if (terms.prefixes.length > 0 && !terms.prefixes.some((prefix) => number.startsWith(prefix)))
    return `${trunkKey(terms.trunk)} is for numbers that begin with ${terms.prefixes.join(', ')}`;
  return undefined;
}

function refused(status: 403 | 503, why: string): TrunkRefused {
  return { kind: 'refused', status, why };
}
