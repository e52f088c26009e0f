import type { Clock } from '../../runtime/clock.ts';
import type { FlowName, Tap } from './flow.ts';

/** One message as it passed, with every secret that it holds: redact it before anybody sees it. */
export interface Traced {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly direction: 'in' | 'out';
  readonly text: string;
  readonly flow: FlowName;
}

/** Messages that are kept. */
const MOST = 256;
/** Characters that are kept: one message may have 64 KiB. */
const MOST_TEXT = 1 << 20;
/** What is shorter is a keep-alive and no message. */
const SHORTEST = 16;

/** Keeps the last messages for `sipwitchctl trace`. A message costs one small object: its text is not looked at before somebody asks. */
export class TraceRing implements Tap {
  private readonly clock: Clock;
  private readonly ring: (Traced | undefined)[] = new Array<Traced | undefined>(MOST).fill(undefined);
  /** Messages that ever came; the newest stands at `(count - 1) % MOST`. */
  private count = 0;
  private kept = 0;
  private length = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  message(direction: 'in' | 'out', text: string, flow: FlowName): void {
    if (text.length < SHORTEST || text.charCodeAt(0) < 0x20) return; // a SIP message begins with a letter, a STUN one with a control character
    if (this.kept === MOST) this.drop();
    this.ring[this.count++ % MOST] = { time: this.clock.wall(), direction, text, flow };
    this.kept++;
    this.length += text.length;
    while (this.length > MOST_TEXT && this.kept > 1) this.drop();
  }

  /** What is kept, the oldest first. */
  *messages(): Generator<Traced> {
    for (let at = this.count - this.kept; at < this.count; at++) yield this.ring[at % MOST]!;
  }

  private drop(): void {
    const at = (this.count - this.kept) % MOST;
    this.length -= this.ring[at]!.text.length;
    this.ring[at] = undefined;
    this.kept--;
  }
}
