import type { Section } from '../../config/config.ts';
import type { ForwardField } from '../../config/forwards.ts';
import type { StateSettings } from '../../config/sections/state.ts';
import { type Hours, WEEK } from '../../config/values/hours.ts';
import type { Account } from '../account/users.ts';

/** A named state: its section itself. */
export type NamedState = Section<StateSettings>;

/** Minutes since Monday 0:00 by the clock on the wall of this host. `now`: milliseconds since 1970. */
export function minuteOfWeek(now: number): number {
  const local = new Date(now);
  return ((local.getDay() + 6) % 7) * 1_440 + local.getHours() * 60 + local.getMinutes();
}

/** Whether a minute of the week lies in one of these hours; never, where there are none. */
export function isWithinHours(hours: readonly Hours[], minute: number): boolean {
  return hours.some(({ spans }) =>
    spans.some(({ from, to }) => (from <= minute && minute < to) || (from <= minute + WEEK && minute + WEEK < to)),
  );
}

/** How many minutes from a minute of the week on one of these hours begins or ends next; undefined, where there are none. */
export function minutesToChange(hours: readonly Hours[], minute: number): number | undefined {
  const edges = hours.flatMap(({ spans }) => spans.flatMap(({ from, to }) => [from, to]));
  if (edges.length === 0) return undefined;
  return Math.min(...edges.map((edge) => (((edge - minute - 1) % WEEK) + WEEK) % WEEK)) + 1;
}

/** What a user decided about calls. */
export type Wishes = Pick<Account, 'dnd' | 'noAnswer' | ForwardField>;

/** The user's own wishes, and what the states that are on say instead: of each the first that says anything. */
export function wishesOf(account: Account, active: readonly NamedState[]): Wishes {
  const states = active.filter(({ users }) => users.includes(account.name));
  if (states.length === 0) return account;
  const said = <K extends keyof Wishes>(key: K): Wishes[K] =>
    (sayingState(account, states, key)?.[key] as Wishes[K] | undefined) ?? account[key];
  return {
    dnd: said('dnd'),
    forwardAll: said('forwardAll'),
    forwardBusy: said('forwardBusy'),
    noAnswer: said('noAnswer'),
    forwardNoanswer: said('forwardNoanswer'),
    forwardUnreachable: said('forwardUnreachable'),
    forwardOffline: said('forwardOffline'),
    forwardDnd: said('forwardDnd'),
  };
}

/** The state that is on and says this of a user's calls; undefined where the user's own word counts. */
export function sayingState({ name }: Account, active: readonly NamedState[], key: keyof Wishes): NamedState | undefined {
  return active.find((state) => state[key] !== undefined && state.users.includes(name));
}

/** What somebody said of a state, whatever the clock says. */
export type Override = 'on' | 'off';

/** The states that are on, in the order of the file. `minute`: of the week. */
export function activeStates(
  states: Iterable<NamedState>,
  overrides: ReadonlyMap<string, Override>,
  minute: number,
): readonly NamedState[] {
  return [...states].filter(({ name, hours }) => {
    const said = overrides.get(name);
    return said === undefined ? isWithinHours(hours, minute) : said === 'on';
  });
}
