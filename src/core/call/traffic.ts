import type { Clock, Millis } from '../../runtime/clock.ts';
import { CALL_KINDS, type CallKind } from '../routing/call-kind.ts';

/** On the clocks of India, Nepal and others the hour strikes at a half or a quarter of ours. */
const QUARTER: Millis = 900_000;

export type TrafficCounts = Readonly<Record<CallKind, number>>;

/** Calls by kind, in three periods: since the daemon started, since midnight where it stands, since the hour struck. */
export interface TrafficReport {
  readonly total: TrafficCounts;
  readonly today: TrafficCounts;
  readonly hour: TrafficCounts;
}

/** Counts calls as they are decided on. Three small records, however many calls there are. */
export class Traffic {
  private readonly clock: Pick<Clock, 'wall'>;
  private readonly total = none();
  private today = none();
  private hour = none();
  private day = '';
  /** Quarters of an hour since 1970: now, and when the hour struck. */
  private quarters = Number.NaN;
  private struck = Number.NaN;

  constructor(clock: Pick<Clock, 'wall'>) {
    this.clock = clock;
  }

  count(kind: CallKind): void {
    this.turn();
    this.total[kind]++;
    this.today[kind]++;
    this.hour[kind]++;
  }

  report(): TrafficReport {
    this.turn();
    return { total: { ...this.total }, today: { ...this.today }, hour: { ...this.hour } };
  }

  /** Periods that are over begin anew; a clock that is set begins them, too. */
  private turn(): void {
    const now = this.clock.wall();
    const quarters = Math.floor(now / QUARTER);
    if (quarters === this.quarters) return;
    this.quarters = quarters;
    const local = new Date(now);
    const struck = quarters - Math.floor(local.getMinutes() / 15);
    if (struck !== this.struck) this.hour = none();
    this.struck = struck;
    const day = local.toDateString();
    if (day !== this.day) this.today = none();
    this.day = day;
  }
}

function none(): Record<CallKind, number> {
  return Object.fromEntries(CALL_KINDS.map((kind) => [kind, 0])) as Record<CallKind, number>;
}
