import type { Clock, Millis } from '../../runtime/clock.ts';
import { CALL_KINDS, type CallKind } from '../routing/call-kind.ts';

const HOUR: Millis = 3_600_000;

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
  private hours = Number.NaN;

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
    const hours = Math.floor(now / HOUR);
    if (hours === this.hours) return;
    this.hours = hours;
    this.hour = none();
    const day = new Date(now).toDateString();
    if (day === this.day) return;
    this.day = day;
    this.today = none();
  }
}

function none(): Record<CallKind, number> {
  return Object.fromEntries(CALL_KINDS.map((kind) => [kind, 0])) as Record<CallKind, number>;
}
