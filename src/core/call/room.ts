import type { Log } from '../../runtime/log.ts';

/** Calls in the table at most; those beyond go through all the same, unseen. */
const MOST = 100_000;
/**
 * Of them between strangers and guests, and the longest INVITE of such a call: two who know each other may answer and never end as many calls
 * as they like, and what they write is kept for as long.
 */
const MOST_FOREIGN = 500;
const LONGEST_FOREIGN = 16_384;

/** Which calls there is room for in the table. */
export class Room {
  private readonly log: Log;
  /** Why calls were not listed; each is said once. */
  private readonly said = new Set<string>();
  /** Calls in the table in which nobody of the house takes part. */
  private foreign = 0;

  constructor(log: Log) {
    this.log = log;
  }

  /** Whether one more is listed beside so many. `foreign`: nobody of the house takes part; `length`: of its INVITE. */
  isFor(foreign: boolean, length: number, listed: number): boolean {
    const why = this.whyNot(foreign, length, listed);
    if (why === undefined) return true;
    if (!this.said.has(why)) this.log.warning(why);
    this.said.add(why);
    return false;
  }

  private whyNot(foreign: boolean, length: number, listed: number): string | undefined {
    if (listed >= MOST) return `there are ${MOST} calls: those beyond are not listed`;
    if (foreign && this.foreign >= MOST_FOREIGN)
      return `strangers and guests have ${MOST_FOREIGN} calls with each other: those beyond are not listed`;
    if (foreign && length > LONGEST_FOREIGN)
      return `a call of a stranger to a guest whose INVITE has more than ${LONGEST_FOREIGN} bytes is not listed`;
    return undefined;
  }

  enter(foreign: boolean): void {
    if (foreign) this.foreign++;
  }

  leave(foreign: boolean): void {
    if (foreign) this.foreign--;
  }
}
