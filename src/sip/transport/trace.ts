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

/** Keeps the last messages for `sipwitchctl trace`. A message costs nothing but its place: its text is not looked at before somebody asks. */
export class TraceRing implements Tap {
  private readonly clock: Clock;
  private readonly times = new Float64Array(MOST);
  private readonly lengths = new Uint32Array(MOST);
  private readonly directions = new Array<'in' | 'out'>(MOST).fill('in');
  private readonly texts = new Array<string>(MOST).fill('');
  private readonly flows = new Array<FlowName | undefined>(MOST).fill(undefined);
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
    const at = this.count++ % MOST;
    this.times[at] = this.clock.wall();
    this.lengths[at] = text.length;
    this.directions[at] = direction;
    this.texts[at] = text;
    this.flows[at] = flow;
    this.kept++;
    this.length += text.length;
    while (this.length > MOST_TEXT && this.kept > 1) this.drop();
  }

  /** What is kept, the oldest first. */
  *messages(): Generator<Traced> {
    for (let place = this.count - this.kept; place < this.count; place++) {
      const at = place % MOST;
      yield { time: this.times[at]!, direction: this.directions[at]!, text: this.texts[at]!, flow: this.flows[at]! };
    }
  }

  private drop(): void {
    const at = (this.count - this.kept) % MOST;
    this.length -= this.lengths[at]!;
    this.texts[at] = '';
    this.flows[at] = undefined;
    this.kept--;
  }
}
