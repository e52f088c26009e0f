import { type Clock, isCorrection, type Millis, type Timed, type Timer } from '../../src/runtime/clock.ts';

class SimTimer implements Timer {
  readonly name: string;
  readonly due: Millis;
  readonly order: number;
  readonly #clock: SimClock;
  whom: Timed | undefined;

  constructor(clock: SimClock, name: string, due: Millis, order: number, whom: Timed) {
    this.#clock = clock;
    this.name = name;
    this.due = due;
    this.order = order;
    this.whom = whom;
  }

  cancel(): void {
    if (this.whom === undefined) return;
    this.whom = undefined;
    this.#clock.dropped();
  }
}

/** Virtual time: nothing happens until `advance`, and everything then happens in order of due, and of start where due is equal. */
export class SimClock implements Clock {
  #now: Millis = 0;
  #wallAtZero: Millis;
  #corrected: Millis = 0;
  #order = 0;
  #heap: SimTimer[] = [];
  #cancelled = 0;
  readonly #limit: number;

  /** `limit`: firings in one `advance` after which it is taken for an endless loop. */
  constructor(wall: Millis = Date.UTC(2026, 10, 2, 9, 0, 0), limit = 1_000_000) {
    this.#wallAtZero = wall;
    this.#limit = limit;
  }

  now(): Millis {
    return this.#now;
  }

  wall(): Millis {
    return this.#wallAtZero + this.#now;
  }

  corrected(): Millis {
    return this.#corrected;
  }

  /** The operator sets the clock, or the machine slept: `wall` steps by so many milliseconds, `now` does not. */
  step(by: Millis): void {
    this.#wallAtZero += by;
    if (isCorrection(by)) this.#corrected += by;
  }

  start(name: string, after: Millis, whom: Timed): Timer {
    const timer = new SimTimer(this, name, this.#now + (after > 0 ? after : 0), this.#order++, whom);
    this.#push(timer);
    return timer;
  }

  armed(): readonly Timer[] {
    return this.#heap.filter((timer) => timer.whom !== undefined).sort((a, b) => a.due - b.due || a.order - b.order);
  }

  /** Lets so many milliseconds pass; `advance(0)` fires what is due now, and what that starts for now. */
  advance(ms: Millis): void {
    const end = this.#now + ms;
    for (let fired = 0; this.#fireNext(end); fired++) this.#bound(fired);
    this.#now = end;
  }

  /** As `advance`, but promises are given their turn after every timer: for code that awaits DNS or disk. */
  async pass(ms: Millis): Promise<void> {
    const end = this.#now + ms;
    await turn();
    for (let fired = 0; this.#fireNext(end); fired++) {
      this.#bound(fired);
      await turn();
    }
    this.#now = end;
  }

  /** Told by a timer that was cancelled: its place is given back once half of them are dead. */
  dropped(): void {
    if (++this.#cancelled < 1024 || this.#cancelled * 2 < this.#heap.length) return;
    this.#heap = this.#heap.filter((timer) => timer.whom !== undefined).sort((a, b) => a.due - b.due || a.order - b.order);
    this.#cancelled = 0;
  }

  #bound(fired: number): void {
    if (fired < this.#limit) return;
    const names = new Set(this.armed().map((timer) => timer.name));
    throw new Error(
      `${this.#limit} timers fired in one advance, at ${this.#now} ms: a timer starts itself? (armed: ${[...names].join(', ')})`,
    );
  }

  #fireNext(end: Millis): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.due > end) return false;
      this.#pop();
      const whom = next.whom;
      if (whom === undefined) {
        this.#cancelled--;
        continue;
      }
      next.whom = undefined;
      this.#now = next.due;
      whom.timeout(next.name);
      return true;
    }
  }

  #push(timer: SimTimer): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above]!;
      if (parent.due < timer.due || (parent.due === timer.due && parent.order < timer.order)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    const length = heap.length;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= length) break;
      let child = heap[below]!;
      const right = heap[below + 1];
      if (right !== undefined && (right.due < child.due || (right.due === child.due && right.order < child.order))) {
        child = right;
        below++;
      }
      if (last.due < child.due || (last.due === child.due && last.order < child.order)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
