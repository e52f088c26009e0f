import type { DecodedPacket } from 'dns-packet';
import type { Clock, Millis, Timed, Timer } from '../clock.ts';
import type { Random } from '../random.ts';
import type { RecordType } from '../resolver.ts';
import { type Server, Try } from './resolver-try.ts';

/** The time for one question is shared by all tries, within these. */
const SHORTEST_WAIT: Millis = 400;
const LONGEST_WAIT: Millis = 1_500;

export interface Asking {
  readonly clock: Clock;
  readonly random: Random;
  /** In the order to be asked, all of them so many times at once or in turn; and again as long as one of them is silent. */
  servers(): readonly Server[];
  attempts(): number;
  /** Milliseconds that one server is waited for at most. */
  patience(): Millis;
  /** This server answers: others are asked after it. */
  answers(server: Server): void;
}

export type Outcome =
  | { readonly kind: 'answer'; readonly packet: DecodedPacket }
  | { readonly kind: 'failed'; readonly why: string };

/**
 * One question to the name servers, one after the other. Who is asked later does not silence who was asked before: the first answer counts.
 * A server that refuses, or that nobody listens at, makes room for the next at once.
 */
export class Exchange implements Timed {
  private readonly asking: Asking;
  private readonly name: string;
  private readonly type: RecordType;
  private readonly done: (outcome: Outcome) => void;
  private plan: { readonly server: Server; readonly mixed: boolean }[] = [];
  private tries = new Set<Try>();
  private wait: Millis = LONGEST_WAIT;
  private next: Timer | undefined = undefined;
  private limit: Timer | undefined = undefined;
  private why = 'no name server answers';

  constructor(asking: Asking, name: string, type: RecordType, done: (outcome: Outcome) => void) {
    this.asking = asking;
    this.name = name;
    this.type = type;
    this.done = done;
  }

  /** Asks. `most`: milliseconds until it is given up. */
  begin(most: Millis): void {
    this.limit = this.asking.clock.start('dns', most, this);
    this.schedule(most);
  }

  /** The name servers are others: those are asked, in the time that is left. */
  restart(): void {
    if (this.limit === undefined) return;
    this.stopTries();
    this.schedule(this.limit.due - this.asking.clock.now());
  }

  private schedule(time: Millis): void {
    // In later rounds the letters are not mixed, for servers that cannot bear it.
    this.plan = Array.from({ length: this.asking.attempts() }, (_, round) => this.round(round === 0)).flat();
    const share = Math.min(Math.max(time / this.plan.length, SHORTEST_WAIT), LONGEST_WAIT);
    this.wait = Math.min(share, this.asking.patience());
    this.start();
  }

  private round(mixed: boolean): { readonly server: Server; readonly mixed: boolean }[] {
    return this.asking.servers().map((server) => ({ server, mixed }));
  }

  private start(): void {
    const turn = this.plan.shift();
    if (turn === undefined) return;
    const { server, mixed } = turn;
    const { random, clock } = this.asking;
    const name = mixed ? mixedCase(this.name, random) : this.name;
    const one: Try = new Try(
      server,
      { id: random.below(0x1_0000), name, type: this.type },
      {
        answered: (packet) => {
          this.asking.answers(server);
          this.finish({ kind: 'answer', packet });
        },
        gaveUp: (why) => {
          this.tries.delete(one);
          this.why = why;
          if (this.plan.length === 0) return this.tries.size === 0 ? this.finish({ kind: 'failed', why }) : undefined;
          // What is still open was given its time already.
          this.next?.cancel();
          this.start();
        },
      },
    );
    this.tries.add(one);
    this.next = clock.start('dns-next', this.wait, this);
    one.begin();
  }

  timeout(timer: string): void {
    if (timer === 'dns') return this.finish({ kind: 'failed', why: this.why });
    // Who was down when it was asked does not know of it when it is back.
    if (this.plan.length === 0) this.plan = this.round(false);
    this.start();
  }

  private finish(outcome: Outcome): void {
    this.cancel();
    this.done(outcome);
  }

  cancel(): void {
    this.limit?.cancel();
    this.limit = undefined;
    this.stopTries();
  }

  private stopTries(): void {
    this.next?.cancel();
    this.plan = [];
    for (const one of this.tries) one.close();
    this.tries.clear();
  }
}

/** Letters of random case, which the answer must bear: a dozen bits more that somebody who forges it would have to guess. */
function mixedCase(name: string, random: Random): string {
  let bits = 0;
  return name.replace(/[a-z]/g, (letter) => {
    if (bits <= 1) bits = random.below(0x1_0000) | 0x1_0000;
    const up = bits & 1;
    bits >>= 1;
    return up === 1 ? letter.toUpperCase() : letter;
  });
}
