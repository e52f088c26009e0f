import type { Clock } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';
import type { Request } from '../../sip/message/message.ts';
import type { Leg, LegHome } from './leg.ts';

/** Every leg by its dialog: Call-ID, our tag, their tag (RFC 3261 §12.2.2). */
export class LegTable implements LegHome, Iterable<Leg> {
  readonly clock: Clock;
  readonly random: Random;
  private readonly legs = new Map<string, Leg>();

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.random = random;
  }

  get size(): number {
    return this.legs.size;
  }

  [Symbol.iterator](): Iterator<Leg> {
    return this.legs.values();
  }

  add(leg: Leg): void {
    this.legs.set(keyOfLeg(leg), leg);
  }

  remove(leg: Leg): void {
    this.legs.delete(keyOfLeg(leg));
  }

  find(callId: string, ours: string, theirs: string): Leg | undefined {
    return this.legs.get(keyOf(callId, ours, theirs));
  }

  /** The one whose dialog a request belongs to. */
  of({ callId, to, from }: Request): Leg | undefined {
    return this.find(callId, to.tag ?? '', from.tag ?? '');
  }
}

const keyOf = (callId: string, ours: string, theirs: string): string => `${callId}\n${ours}\n${theirs}`;
const keyOfLeg = ({ dialog }: Leg): string => keyOf(dialog.callId, dialog.localTag, dialog.remoteTag);
