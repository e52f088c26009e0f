import { jsonOf } from '../../text/json.ts';
import type { Spent } from './limits.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY_OF_HOURS = 24;
const HOUR_OF_MINUTES = 60;

/** What one user or trunk spent, in counts that grow old: calls begun in each minute, milliseconds of talk in each hour, since 1970. */
export interface Ledger {
  readonly starts: ReadonlyMap<number, number>;
  readonly talk: ReadonlyMap<number, number>;
}

export const EMPTY: Ledger = { starts: new Map(), talk: new Map() };

/** A call began at `now`, in milliseconds since 1970. */
export function begin(ledger: Ledger, now: number): Ledger {
  const minute = Math.floor(now / MINUTE);
  return { ...ledger, starts: added(ledger.starts, minute, 1, minute - HOUR_OF_MINUTES) };
}

/** A call was talked on from `since` to `until`: what it lasted belongs to the hours in which it did. */
export function talked(ledger: Ledger, since: number, until: number): Ledger {
  let { talk } = ledger;
  const oldest = Math.floor(until / HOUR) - DAY_OF_HOURS;
  for (let at = since; at < until; ) {
    const hour = Math.floor(at / HOUR);
    const end = Math.min(until, (hour + 1) * HOUR);
    talk = added(talk, hour, end - at, oldest);
    at = end;
  }
  return { ...ledger, talk };
}

/** The counts with `amount` more at one place; what is not younger than `oldest` is dropped. */
function added(counts: ReadonlyMap<number, number>, at: number, amount: number, oldest: number): ReadonlyMap<number, number> {
  const next = new Map([...counts].filter(([place]) => place > oldest));
  return next.set(at, (next.get(at) ?? 0) + amount);
}

/**
 * What counts as of `now`: the last hour to the minute, the last 24 hours to the hour.
 *
 * @param calls how many go on
 * @param running what these lasted until now, together, in milliseconds
 */
export function spentOf(ledger: Ledger, calls: number, running: number, now: number): Spent {
  const talk = sum(ledger.talk, Math.floor(now / HOUR), DAY_OF_HOURS) + running;
  return { calls, hour: sum(ledger.starts, Math.floor(now / MINUTE), HOUR_OF_MINUTES), talk };
}

/**
 * The wall clock was set by so much and says `now`: what was noted by it is as old as before. What lies in the future of the clock as it was stays: a
 * former run noted it, when the clock was right.
 */
export function moved({ starts, talk }: Ledger, by: number, now: number): Ledger {
  return { starts: movedCounts(starts, by, now, MINUTE), talk: movedCounts(talk, by, now, HOUR) };
}

function movedCounts(counts: ReadonlyMap<number, number>, by: number, now: number, unit: number): ReadonlyMap<number, number> {
  const before = Math.floor((now - by) / unit);
  const places = Math.floor(now / unit) - before;
  const next = new Map<number, number>();
  for (const [at, count] of counts) {
    const to = at > before ? at : at + places;
    next.set(to, (next.get(to) ?? 0) + count);
  }
  return next;
}

/** What lies in the future was noted by a clock that was wrong, or this one is; it locks nobody out. */
function sum(counts: ReadonlyMap<number, number>, newest: number, most: number): number {
  let total = 0;
  for (const [at, count] of counts) if (at > newest - most && at <= newest) total += count;
  return total;
}

/** Whether nothing of it counts any more. What lies in the future may: a board that starts in 1970 learns the year minutes later. */
export function isOver({ starts, talk }: Ledger, now: number): boolean {
  return isOld(starts, Math.floor(now / MINUTE) - HOUR_OF_MINUTES) && isOld(talk, Math.floor(now / HOUR) - DAY_OF_HOURS);
}

function isOld(counts: ReadonlyMap<number, number>, oldest: number): boolean {
  for (const at of counts.keys()) if (at > oldest) return false;
  return true;
}

/** One line of the file: `["user alice",[[minute,calls],...],[[hour,milliseconds],...]]`. */
export function printLedger(key: string, { starts, talk }: Ledger): string {
  return `${JSON.stringify([key, [...starts], [...talk]])}\n`;
}

/** Reads such a line; undefined for any other. */
export function readLedger(line: string): readonly [key: string, ledger: Ledger] | undefined {
  const value = jsonOf(line);
  if (!Array.isArray(value)) return undefined;
  const [key, starts, talk] = value as unknown[];
  return typeof key === 'string' && isCounts(starts) && isCounts(talk)
    ? [key, { starts: new Map(starts), talk: new Map(talk) }]
    : undefined;
}

function isCounts(value: unknown): value is [number, number][] {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((n) => Number.isFinite(n) && n >= 0))
  );
}
