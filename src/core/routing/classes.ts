import type { Limits } from '../budget/limits.ts';

/** The kinds of calls that a class may permit. */
export type Kind = 'internal' | 'peers' | 'paid' | 'international' | 'premium';

/** What the users of a class may call, and how much each of them may spend. */
export interface ServiceClass extends Limits {
  /** undefined: the built-in one of users without a class, or the house itself. */
  readonly name: string | undefined;
  readonly may: ReadonlySet<Kind>;
}

/** Somebody as far as classes and money go. */
export interface Spender {
  /** The name of a user; for the house, `[group kitchen]` or what else an administrator wrote. */
  readonly name: string;
  /** The user or the group whose number its calls show; empty for none. */
  readonly called: string;
  readonly class: ServiceClass;
}

const none = Number.POSITIVE_INFINITY;

/** What an administrator wrote down may lead anywhere; the limits of trunks hold all the same. */
export const HOUSE: ServiceClass = {
  ...{ name: undefined, calls: none, callsPerHour: none, minutesPerDay: none },
  may: new Set<Kind>(['internal', 'peers', 'paid', 'international', 'premium']),
};

/** Of what leads to phones of the house, and to nobody else. */
export const PHONES: ServiceClass = inside(HOUSE);

/** What a class permits of that. */
export function inside(one: ServiceClass): ServiceClass {
  return { ...one, may: new Set<Kind>(one.may.has('internal') ? ['internal'] : []) };
}

/** Whether a target or a rule that names its classes, or none, is for this spender. */
export function isFor(classes: readonly string[], spender: Spender): boolean {
  return (
    classes.length === 0 || spender.class === HOUSE || (spender.class.name !== undefined && classes.includes(spender.class.name))
  );
}

/** The class in words. */
export function classText({ name }: ServiceClass): string {
  return name === undefined ? 'the built-in class' : `the class ${name}`;
}
