import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Answer, RecordType, Resolver } from '../../runtime/resolver.ts';

const LARGEST = 1_000;
/** Seconds that an answer is kept at most: what DNS says of a SIP server is looked at again within the hour, what it does not know sooner. */
const LONGEST = 3_600;
const LONGEST_NONE = 300;
/** Seconds that a failure is kept: long enough that one call asks once, short enough that nobody waits for DNS that has recovered. */
const FAILED = 2;

interface Kept {
  readonly answer: Answer;
  readonly until: Millis;
}
type Waiting = ((answer: Answer) => void)[];

/** One line of `debug dns`. */
export interface CacheLine {
  readonly name: string;
  readonly type: string;
  readonly answer: Answer;
  /** For how long it is answered without asking. */
  readonly seconds: number;
}

/** Keeps the answers of a resolver, those that there is nothing as well (RFC 2308), and asks it once for what many want to know. */
export class CachedResolver implements Resolver {
  changed: (() => void) | undefined = undefined;
  private readonly clock: Clock;
  private readonly resolver: Resolver;
  private readonly kept = new Map<string, Kept>();
  private waiting = new Map<string, Waiting>();

  constructor(clock: Clock, resolver: Resolver) {
    this.clock = clock;
    this.resolver = resolver;
    resolver.changed = () => {
      this.forget();
      this.changed?.();
    };
  }

  query<T extends RecordType>(name: string, type: T, done: (answer: Answer<T>) => void): void {
    const key = `${type} ${name}`;
    // What was asked as type T is kept as type T: the key holds it.
    const tell = done as (answer: Answer) => void;
    const kept = this.kept.get(key);
    if (kept !== undefined && kept.until > this.clock.now()) return tell(kept.answer);
    const waiting = this.waiting.get(key);
    if (waiting !== undefined) return void waiting.push(tell);
    this.ask(key, name, type, tell);
  }

  private ask(key: string, name: string, type: RecordType, tell: (answer: Answer) => void): void {
    const asked: Waiting = [tell];
    const round = this.waiting;
    round.set(key, asked);
    this.resolver.query(name, type, (answer) => {
      round.delete(key);
      // An answer to a question from before the network changed is passed on and not kept.
      if (round === this.waiting) this.keep(key, answer);
      for (const one of asked) one(answer);
    });
  }

  private keep(key: string, answer: Answer): void {
    const now = this.clock.now();
    const seconds = secondsFor(answer);
    this.kept.delete(key);
    if (!(seconds > 0)) return;
    if (this.kept.size >= LARGEST) this.makeRoom(now);
    this.kept.set(key, { answer, until: now + seconds * 1000 });
  }

  /** The old ones go, and the one that was asked first if there are none. */
  private makeRoom(now: Millis): void {
    for (const [key, { until }] of this.kept) if (until <= now) this.kept.delete(key);
    if (this.kept.size >= LARGEST) this.kept.delete(this.kept.keys().next().value!);
  }

  flush(): void {
    this.forget();
    this.resolver.flush();
  }

  private forget(): void {
    this.kept.clear();
    this.waiting = new Map();
  }

  close(): void {
    this.forget();
    this.resolver.close();
  }

  /** What is known now. */
  list(): readonly CacheLine[] {
    const now = this.clock.now();
    return [...this.kept]
      .filter(([, { until }]) => until > now)
      .map(([key, { answer, until }]) => {
        const [type = '', name = ''] = key.split(' ');
        return { name, type, answer, seconds: Math.ceil((until - now) / 1000) };
      });
  }
}

function secondsFor(answer: Answer): number {
  switch (answer.kind) {
    case 'records':
      return Math.min(answer.ttl, LONGEST);
    case 'none':
      return Math.min(answer.ttl, LONGEST_NONE);
    case 'failed':
      return FAILED;
    default:
      return answer satisfies never;
  }
}
