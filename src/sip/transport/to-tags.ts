import type { Random } from '../../runtime/random.ts';
import { fnv1a } from '../../text/fnv.ts';
import { hex32 } from '../../text/hex.ts';

/** To tags of answers that are made without any state: a retransmission gets the one that the request got (RFC 3261 §8.2.6.2, §8.2.7). */
export class ToTags {
  private readonly seed: number;

  constructor(random: Random) {
    this.seed = random.below(2 ** 32);
  }

  /** The same 12 hexadecimal digits for the same key, as long as the daemon runs. */
  of(key: string): string {
    return hex32(fnv1a(this.seed, key)) + hex32(fnv1a(~this.seed, key)).slice(0, 4);
  }
}
