import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';
import { hmacSha512Hex } from './hash.ts';

/**
 * `fresh`: ours, in time, and this count was never seen. `stale`: ours, but too old in time or in number. `replayed`: the count was
 * seen, or lies too far below the highest. `invalid`: never ours, or of a former life of the daemon.
 */
export type NonceState = 'fresh' | 'stale' | 'replayed' | 'invalid';

/** Nonces that one hash serves: 512 bits of HMAC are 8 tags of 64. */
const A_BLOCK = 8;
const TAG = 16;
/** Nonces whose counts are remembered, 1 MB in all; a nonce that so many newer ones followed is stale. */
const REMEMBERED = 1 << 17;
/** Blocks whose tags are kept, so that what was just issued is checked without hashing. */
const KEPT = 1 << 8;
/** Block numbers wrap here: 7 hexadecimal digits. */
const BLOCKS = 1 << 28;
/** Counts below the highest that may still come, one bit each: datagrams overtake each other. */
const WINDOW = 32;

/**
 * The nonces of our challenges (RFC 7616 §3.3): keyed by a secret, bound in time, each with a strictly rising nonce count.
 *
 * A nonce is 8 hexadecimal digits of the second it was issued in, 7 of its block, 1 of its place there and 16 of an HMAC that only we can
 * make, so nothing has to be stored to know it again. The counts stand in a ring of one slot a nonce: what was forgotten is stale, never
 * accepted.
 */
export class Nonces {
  readonly #clock: Clock;
  readonly #secret: string;
  readonly #life: number;
  /** Highest count and the bits of those below it, by the number of the nonce modulo REMEMBERED. */
  readonly #highest = new Uint32Array(REMEMBERED);
  readonly #seen = new Uint32Array(REMEMBERED);
  readonly #keptHead: string[] = new Array<string>(KEPT).fill('');
  readonly #keptTags: string[] = new Array<string>(KEPT).fill('');
  #block = 0;
  #place = A_BLOCK;
  #second = -1;
  #head = '';
  #tags = '';

  /** `life`: how long a nonce is good for. */
  constructor(clock: Clock, random: Random, life: Millis = 300_000) {
    this.#clock = clock;
    this.#secret = random.hex(32);
    this.#life = Math.ceil(life / 1000);
  }

  issue(): string {
    const second = this.#now();
    if (this.#place === A_BLOCK || second !== this.#second) this.#begin(second);
    const place = this.#place++;
    return `${this.#head}${place}${this.#tags.slice(place * TAG, place * TAG + TAG)}`;
  }

  /** Judges a nonce that came back with a correct digest, and notes its count; a wrong digest must not reach this. */
  check(nonce: string, count: number): NonceState {
    if (nonce.length !== 32) return 'invalid';
    const head = nonce.slice(0, 15);
    const place = nonce.charCodeAt(15) - 0x30;
    if (!(place >= 0 && place < A_BLOCK)) return 'invalid';
    const block = Number.parseInt(head.slice(8), 16);
    // The tag is compared in plain time: guessing a nonce gains nothing without the password.
    if (!(block >= 0) || this.#tagsOf(block, head).slice(place * TAG, place * TAG + TAG) !== nonce.slice(16)) return 'invalid';
    const age = this.#now() - Number.parseInt(head.slice(0, 8), 16);
    const behind = (this.#block - block) & (BLOCKS - 1);
    if (!(age <= this.#life) || behind >= REMEMBERED / A_BLOCK) return 'stale';
    return this.#note(((block * A_BLOCK) & (REMEMBERED - 1)) + place, count);
  }

  #now(): number {
    return Math.floor(this.#clock.now() / 1000);
  }

  #begin(second: number): void {
    this.#block = (this.#block + 1) & (BLOCKS - 1);
    this.#place = 0;
    this.#second = second;
    this.#head = second.toString(16).padStart(8, '0') + this.#block.toString(16).padStart(7, '0');
    this.#tags = hmacSha512Hex(this.#secret, this.#head);
    this.#keptHead[this.#block & (KEPT - 1)] = this.#head;
    this.#keptTags[this.#block & (KEPT - 1)] = this.#tags;
    const first = (this.#block * A_BLOCK) & (REMEMBERED - 1);
    // The bits need no clearing: the first count of a nonce shifts them below 1.
    this.#highest.fill(0, first, first + A_BLOCK);
  }

  #tagsOf(block: number, head: string): string {
    const kept = block & (KEPT - 1);
    return this.#keptHead[kept] === head ? this.#keptTags[kept]! : hmacSha512Hex(this.#secret, head);
  }

  /** Bit 0 of the window is the highest count, bit n the one n below it. */
  #note(slot: number, count: number): NonceState {
    const highest = this.#highest[slot]!;
    if (count > highest) {
      const step = count - highest;
      this.#highest[slot] = count;
      this.#seen[slot] = step < WINDOW ? (this.#seen[slot]! << step) | 1 : 1;
      return 'fresh';
    }
    const bit = highest - count < WINDOW ? 1 << (highest - count) : 0;
    if (count === 0 || bit === 0 || (this.#seen[slot]! & bit) !== 0) return 'replayed';
    this.#seen[slot]! |= bit;
    return 'fresh';
  }
}
