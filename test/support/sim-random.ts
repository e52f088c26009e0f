import type { Random } from '../../src/runtime/random.ts';

/** Seeded numbers (mulberry32): the same seed gives the same run. */
export class SimRandom implements Random {
  #state: number;

  constructor(seed = 1) {
    this.#state = seed | 0;
  }

  /** From 0 up to, not including, 1. */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  hex(length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += this.below(256).toString(16).padStart(2, '0');
    return text;
  }

  below(below: number): number {
    return Math.floor(this.unit() * below);
  }
}
