import { randomFillSync } from 'node:crypto';
import type { Random } from '../random.ts';

const BLOCK = 4096;
/** Bytes that are printed at once: a word that is kept keeps the digits around it. */
const PRINTED = 512;

/** Numbers of the system's generator, fetched a block at a time: a call to it costs more than a branch, and so does one to print them. */
export class NodeRandom implements Random {
  readonly #block = Buffer.allocUnsafeSlow(BLOCK);
  #used = BLOCK;
  /** Digits of other numbers, and how many of them are used. */
  #digits = '';
  #printed = 0;

  hex(length: number): string {
    if (length > PRINTED) return hexOf(length);
    if (this.#printed + 2 * length > this.#digits.length) {
      this.#digits = hexOf(PRINTED);
      this.#printed = 0;
    }
    const from = this.#printed;
    this.#printed += 2 * length;
    return this.#digits.slice(from, this.#printed);
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

const hexOf = (length: number): string => randomFillSync(Buffer.allocUnsafe(length)).toString('hex');
