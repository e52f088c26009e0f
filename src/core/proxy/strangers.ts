/** Requests of those who proved nothing that may wait for an answer at once: in all, and towards one callee (security S12). */
const MOST = 2_000;
const MOST_TOWARDS_ONE = 500;

/**
 * Counts the requests of strangers that are on their way. A call that rings takes some ten kilobytes for three minutes and its caller's
 * address may be invented, so their number is bounded; users of the house are not counted and never turned away for them.
 */
export class Strangers {
  /** Those that nobody is on the way to stay with a 0 until there are too many of them: deleting each time costs more than it frees. */
  private readonly towards = new Map<string, number>();
  private count = 0;

  /** Whether one more towards this callee is too many. */
  crowd(callee: string): boolean {
    return this.count >= MOST || (this.towards.get(callee) ?? 0) >= MOST_TOWARDS_ONE;
  }

  enter(callee: string): void {
    this.count++;
    this.towards.set(callee, (this.towards.get(callee) ?? 0) + 1);
  }

  leave(callee: string): void {
    this.count--;
    this.towards.set(callee, (this.towards.get(callee) ?? 0) - 1);
    if (this.towards.size > MOST) for (const [one, left] of this.towards) if (left <= 0) this.towards.delete(one);
  }
}
