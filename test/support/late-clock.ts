import type { Clock, Millis, Timed, Timer } from '../../src/runtime/clock.ts';

/** Time that passes while nothing else can happen, as in a program that is busy: timers fire when it takes its next turn. */
export class LateClock implements Clock {
  #now: Millis = 0;
  #timers: (Timer & { whom: Timed })[] = [];

  now(): Millis {
    return this.#now;
  }

  wall(): Millis {
    return this.#now;
  }

  corrected(): Millis {
    return 0;
  }

  start(name: string, after: Millis, whom: Timed): Timer {
    const cancel = () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
    const timer = { name, due: this.#now + after, whom, cancel };
    this.#timers.push(timer);
    return timer;
  }

  armed(): readonly Timer[] {
    return this.#timers;
  }

  /** So many milliseconds pass, and no timer fires. */
  block(ms: Millis): void {
    this.#now += ms;
  }

  /** What is due fires, in order. */
  turn(): void {
    for (const timer of this.#timers.filter(({ due }) => due <= this.#now).sort((a, b) => a.due - b.due)) {
      timer.cancel();
      timer.whom.timeout(timer.name);
    }
  }
}
