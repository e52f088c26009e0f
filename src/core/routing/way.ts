import type { Destination } from '../../config/values/telephone.ts';
import type { Binding } from '../location/binding.ts';
import { inside, type Spender } from './classes.ts';
import type { Plan, Principal, RouteFacts, SipWarning } from './decision.ts';
import type { Domain } from './domains.ts';
import { ownerPays, type Payer } from './payer.ts';
import type { Snapshot } from './snapshot.ts';
import type { Steps } from './steps.ts';

/** What a part of the look-up came to: where to ring, or why there is nowhere. `callee`: who was meant, as far as that became clear. */
export type Found =
  | { readonly kind: 'plan'; readonly plan: Plan; readonly callee: string; readonly emergency?: boolean }
  | Refusal;

/** `reason` is told to the caller; `why` is the sentence for the operator, and the last of the trace. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly status: number;
  readonly reason: string;
  readonly why: string;
  readonly callee: string;
  readonly warning?: SipWarning;
}

/** The way of one request through the house so far. Read-only: whatever leads on makes a new one. */
export interface Way {
  readonly facts: RouteFacts;
  readonly snapshot: Snapshot;
  readonly steps: Steps;
  /** Where forwards and groups lead on to, which are found on the way there themselves: `toDestination`. */
  onward(destination: Destination, way: Way): Found;
  /** The domain of ours that was dialed; that of the caller where another was. */
  readonly domain: Domain;
  /** A sips URI was dialed, which leads to sips contacts alone (RFC 5630 §5.3). */
  readonly secure: boolean;
  /**
   * Whose class says what may be called: the user who calls, or the owner of the forward or group that leads on. undefined: a stranger, whom
   * nothing but a published name was opened to.
   */
  readonly spender: Spender | undefined;
  /** Who pays for what costs money; undefined: nobody, and nothing that does is reached. */
  readonly payer: Payer | undefined;
  /** The users and groups that lead on, in their order: nobody is gone through twice. */
  readonly trail: readonly string[];
  /**
   * Members of a group are looked for: what they and groups among them lead on to themselves does not count (sections/group.ts). What was found
   * for them so far, one list for all of them; undefined outside of groups.
   */
  readonly grouped: Set<Binding | string> | undefined;
  /** How often dialed text was rewritten. */
  readonly rewrites: number;
  /** How many more targets there may be; one count for all ways of a request. */
  readonly room: { targets: number };
  /** The groups whose members take turns that this request asked for one; one list for all ways of a request. */
  readonly turns: string[];
}

/** Forwards, one after the other (security S13). */
const MOST_FORWARDS = 5;
/** How many branches a request may have at once that says no Max-Breadth (RFC 5393 §5.3.3), and so how many targets and dialogs. */
export const MAX_BREADTH = 60;
/** Characters of dialed text: more is no number, and patterns are compared with no more. */
export const MOST_DIALED = 64;

/** Users have proved who they are, and trunks were chosen by an administrator: forwards of theirs are paid for by who leads on. */
export function isTrusted(principal: Principal): boolean {
  const { kind } = principal;
  return kind === 'user' || kind === 'line' || (kind === 'provider' && principal.byAddress !== true);
}

/**
 * The way on where `owner` leads on as [user] `through` or [group] `through` says; the owner's class and purse count from here, unless the
 * caller is a stranger and the owner does not pay for those. A refusal where it has been there already, or too often anywhere.
 */
export function ledOn(way: Way, owner: Spender, through: string, forStrangers: boolean): Way | Refusal {
  if (way.trail.includes(through))
    return refusal(482, 'Loop Detected', `${through} leads back to itself by ${way.trail.join(', ')}`, through);
  const before = way.facts.led ?? [];
  if (before.length + way.trail.length >= MOST_FORWARDS) {
    const all = [...before, ...way.trail].join(', ');
    return refusal(482, 'Loop Detected', `${all} lead on one after the other; ${MOST_FORWARDS} are the most`, through);
  }
  const spender = staysInside(way.facts) ? { ...owner, class: inside(owner.class) } : owner;
  const payer = ownerPays(spender, isTrusted(way.facts.principal) ? 'trusted' : 'stranger', forStrangers);
  return { ...way, spender, payer, trail: [...way.trail, through] };
}

/** Where a phone leads a call of a telephone company, forwards lead to phones of the house alone: a callee makes nobody pay (security S1). */
function staysInside({ principal, redirectedBy }: RouteFacts): boolean {
  return redirectedBy !== undefined && (principal.kind === 'provider' || principal.kind === 'line');
}

/** The same, paid for no stranger, where it has come to whom it is for: however often others have led it on before. */
export function ledHere(way: Way, owner: Spender, through: string): Way | Refusal {
  const on = ledOn({ ...way, facts: { ...way.facts, led: undefined } }, owner, through, false);
  return 'kind' in on ? on : { ...on, facts: way.facts };
}

export function refusal(status: number, reason: string, why: string, callee: string): Refusal {
  return { kind: 'refusal', status, reason, why, callee };
}

/** A refusal whose reason is told in words to users of the house; others hear its phrase alone. */
export function forbid(status: number, phrase: string, why: string, callee: string, way: Way): Refusal {
  const told = way.facts.principal.kind === 'user' ? `${phrase} (${why.replace(/[^\x20-\x7e\x80-\xff]/g, '?')})` : phrase;
  return refusal(status, told, why, callee);
}

/** Whether a place to ring is none that a member of the group rings at already: it has one place in the target set (RFC 3261 §16.5). */
export function isNew(place: Binding | string, rung: Set<Binding | string>): boolean {
  const before = rung.size;
  return rung.add(place).size > before;
}

/** As many of these as there is room for. */
export function roomFor<T>(items: readonly T[], { room, steps }: Way): readonly T[] {
  const taken = items.length <= room.targets ? items : items.slice(0, room.targets);
  if (taken.length < items.length)
    steps.say(`there are more than ${MAX_BREADTH} places to ring: ${items.length - taken.length} are left out`);
  room.targets -= taken.length;
  return taken;
}
