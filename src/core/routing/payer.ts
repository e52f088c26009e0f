import type { Trunk } from '../../config/values/telephone.ts';

declare const vouched: unique symbol;

/** The kinds of calls that a class may permit. */
export type Kind = 'internal' | 'peers' | 'paid' | 'international' | 'premium';

/** A user as far as money goes. */
export interface Spender {
  readonly name: string;
  /** What the user's class permits. */
  readonly may: ReadonlySet<Kind>;
  /** The name of that class; undefined for the built-in one. */
  readonly class: string | undefined;
}

/**
 * Who pays for a call (house, "Capability by construction"). There is no other way to come by one than the two functions below, and no
 * target that costs money without one: that nobody spends the owner's money is a type, not a check that someone can forget.
 */
export interface Payer extends Spender {
  readonly [vouched]: true;
}

/** A place that costs money. Made by `trunkTarget` alone. */
export interface TrunkTarget {
  readonly kind: 'trunk';
  readonly trunk: Trunk;
  /** `+4930123456`, or the digits of a short number as they were dialed. */
  readonly number: string;
  readonly payer: Payer;
  readonly emergency: boolean;
}

/** The authenticated local user who dialed. 302, REFER, Route and registered Contacts never come here. */
export function callerPays(user: Spender): Payer {
  return { ...user } as Payer;
}

/**
 * The owner of a forward or of a group, for calls of local users and providers; for those of peers, guests and strangers only where the
 * owner said so (`forward_strangers`).
 */
export function ownerPays(owner: Spender, caller: 'trusted' | 'stranger', forStrangers: boolean): Payer | undefined {
  return caller === 'trusted' || forStrangers ? ({ ...owner } as Payer) : undefined;
}

/** A target that costs its payer money; the class is asked by the caller (`policy.ts`), who can say in words what it refused. */
export function trunkTarget(payer: Payer, trunk: Trunk, number: string, emergency: boolean): TrunkTarget {
  return { kind: 'trunk', trunk, number, payer, emergency };
}
