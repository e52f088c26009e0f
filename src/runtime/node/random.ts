import { randomFillSync } from 'node:crypto';
import type { Random } from '../random.ts';

const BLOCK = 4096;

/** Numbers of the system's generator, fetched a block at a time: a call to it costs more than a branch. */
export class NodeRandom implements Random {
  readonly #block = Buffer.allocUnsafeSlow(BLOCK);
  #used = BLOCK;

  hex(length: number): string {
    if (length > BLOCK) return randomFillSync(Buffer.allocUnsafe(length)).toString('hex');
    const from = this.#take(length);
    return this.#block.toString('hex', from, from + length);
  }

  below(below: number): number {
    if (!(below >= 1 && below <= 2 ** 32)) throw new RangeError(`an integer below ${below}`);
    // What does not divide evenly is drawn again, so that every number is as likely.
    const end = 2 ** 32 - (2 ** 32 % below);
    for (;;) {
      const drawn = this.#block.readUInt32LE(this.#take(4));
      if (drawn < end) return drawn % below;
    }
  }

  #take(length: number): number {
    if (this.#used + length > BLOCK) {
      randomFillSync(this.#block);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += length;
    return from;
  }
}
