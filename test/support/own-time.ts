import type { Millis } from '../../src/runtime/clock.ts';

/** How late the beat may be before it counts as time that this process was not given. */
const BEAT: Millis = 10;

/** A stopwatch for real time that stands while a busy machine does not let this process run: what it takes to wait, and to compute, counts. */
export class OwnTime {
  #seen = performance.now();
  #cpu = process.cpuUsage();
  #passed: Millis = 0;
  readonly #beat = setInterval(() => this.now(), 1);

  now(): Millis {
    const [now, cpu] = [performance.now(), process.cpuUsage(this.#cpu)];
    const used = (cpu.user + cpu.system) / 1_000;
    this.#passed += Math.min(now - this.#seen, Math.max(BEAT, used));
    this.#seen = now;
    this.#cpu = process.cpuUsage();
    return this.#passed;
  }

  stop(): Millis {
    clearInterval(this.#beat);
    return this.now();
  }
}
