import type { Clock } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';
import { hexNumber } from '../../text/hex.ts';
import { sourceNetwork } from '../transport/source-network.ts';
import { keyedHex, keyedWholeHex } from './hash.ts';

/** Nonces that one hash serves: its 512 bits are 8 tags of 64. */
const A_BLOCK = 8;
const TAG = 16;
/** Seconds for which a nonce is good. */
const LIFE = 300;
/** Nonces whose source and counts are remembered, 1.5 MB in all; a nonce that so many newer ones followed is stale. */
const REMEMBERED = 1 << 17;
/** Blocks whose tags are kept, so that what was just issued is checked without hashing. */
const KEPT = 1 << 8;
/** Block numbers wrap here: 7 hexadecimal digits. */
const BLOCKS = 1 << 28;
/** Counts below the highest that may still come, one bit each: datagrams overtake each other. */
const WINDOW = 32;
/** Hosts whose networks' numbers are kept. */
const HOSTS = 10_000;

/**
 * The nonces of our challenges (RFC 7616 §3.3): keyed by a secret, bound in time, each with a strictly rising nonce count.
 *
 * A nonce is 8 hexadecimal digits of the second it was issued in, 7 of its block, 1 of its place there and 16 of a keyed hash that only we can
 * make, so nothing has to be stored to know it again. Its counts, and the network that it was issued to, stand in a ring of one slot a
 * nonce: what was forgotten is never accepted. Who forges the address of another has no nonce that was issued there (security S6).
 */
export class Nonces {
  readonly #clock: Clock;
  readonly #secret: string;
  /** Highest count and the bits of those below it, by the number of the nonce modulo REMEMBERED. */
  readonly #highest = new Uint32Array(REMEMBERED);
  readonly #seen = new Uint32Array(REMEMBERED);
  /** The network that it was issued to. */
  readonly #issuedTo = new Uint32Array(REMEMBERED);
  /** The numbers of networks, by host. */
  readonly #networks = new Map<string, number>();
  readonly #keptHead: string[] = new Array<string>(KEPT).fill('');
  readonly #keptTags: string[] = new Array<string>(KEPT).fill('');
  #block = 0;
  #place = A_BLOCK;
  #second = -1;
  #head = '';
  #tags = '';

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#secret = random.hex(32);
  }

  /** A new nonce for the network that a host (an IP literal) is counted as. */
  issue(host: string): string {
    const second = this.#now();
    if (this.#place === A_BLOCK || second !== this.#second) this.#begin(second);
    const place = this.#place++;
    this.#issuedTo[slotOf(this.#block, place)] = this.#networkOf(host);
    return `${this.#head}${place}${this.#tags.slice(place * TAG, place * TAG + TAG)}`;
  }

  /**
   * The slot of a nonce that was issued to the network of this host and is still good; -1 for any other: too old in time or in number, issued
   * to somebody else, of a former life of the daemon, or never ours.
   */
  find(nonce: string, host: string): number {
    if (nonce.length !== 32) return -1;
    const head = nonce.slice(0, 15);
    const place = nonce.charCodeAt(15) - 0x30;
    if (!(place >= 0 && place < A_BLOCK)) return -1;
    const block = hexNumber(nonce, 8, 15);
    // The tag is compared in plain time: guessing a nonce gains nothing without the password.
    if (!(block >= 0) || this.#tagsOf(block, head).slice(place * TAG, place * TAG + TAG) !== nonce.slice(16)) return -1;
    const age = this.#now() - hexNumber(nonce, 0, 8);
    const behind = (this.#block - block) & (BLOCKS - 1);
    if (!(age <= LIFE) || behind >= REMEMBERED / A_BLOCK) return -1;
    const slot = slotOf(block, place);
    return this.#issuedTo[slot] === this.#networkOf(host) ? slot : -1;
  }

  /**
   * Notes the count that came with a correct digest for the nonce of this slot; a wrong digest must not reach this. False: that count was
   * seen, or lies too far below the highest.
   */
  count(slot: number, count: number): boolean {
    // Bit 0 of the window is the highest count, bit n the one n below it.
    const highest = this.#highest[slot]!;
    if (count > highest) {
      const step = count - highest;
      this.#highest[slot] = count;
      this.#seen[slot] = step < WINDOW ? (this.#seen[slot]! << step) | 1 : 1;
      return true;
    }
    const bit = highest - count < WINDOW ? 1 << (highest - count) : 0;
    if (count === 0 || bit === 0 || (this.#seen[slot]! & bit) !== 0) return false;
    this.#seen[slot]! |= bit;
    return true;
  }

  #now(): number {
    return Math.floor(this.#clock.now() / 1000);
  }

  #begin(second: number): void {
    this.#block = (this.#block + 1) & (BLOCKS - 1);
    this.#place = 0;
    this.#second = second;
    this.#head = second.toString(16).padStart(8, '0') + this.#block.toString(16).padStart(7, '0');
    this.#tags = keyedWholeHex(this.#secret, this.#head);
    this.#keptHead[this.#block & (KEPT - 1)] = this.#head;
    this.#keptTags[this.#block & (KEPT - 1)] = this.#tags;
    const first = slotOf(this.#block, 0);
    // The bits need no clearing: the first count of a nonce shifts them below 1.
    this.#highest.fill(0, first, first + A_BLOCK);
  }

  #tagsOf(block: number, head: string): string {
    const kept = block & (KEPT - 1);
    return this.#keptHead[kept] === head ? this.#keptTags[kept]! : keyedWholeHex(this.#secret, head);
  }

  /** 32 bits that only we can compute. */
  #networkOf(host: string): number {
    let network = this.#networks.get(host);
    if (network === undefined) {
      network = hexNumber(keyedHex(this.#secret, sourceNetwork(host)), 0, 8);
      if (this.#networks.size >= HOSTS) this.#networks.clear();
      this.#networks.set(host, network);
    }
    return network;
  }
}

const slotOf = (block: number, place: number): number => ((block * A_BLOCK) & (REMEMBERED - 1)) + place;
