import type { Clock, Millis } from '../../runtime/clock.ts';
import type { Answer, RecordType, Resolver } from '../../runtime/resolver.ts';

const LARGEST = 1_000;
/** Records of one answer that are of any use: a name of a stranger may bear a thousand. */
const MOST_RECORDS = 64;

/**
 * On whose behalf something is asked: `configured` is what a person wrote into the configuration, `stranger` what somebody who proved nothing
 * made us look for.
 */
export type Behalf = 'configured' | 'user' | 'stranger';

/** Questions that may be open before one more is not asked: whoever dials into silence leaves room for the providers' servers. */
const MOST_OPEN: Readonly<Record<Behalf, number>> = { configured: Number.POSITIVE_INFINITY, user: 150, stranger: 50 };
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
  /** Questions that are not answered yet, those from before the network changed as well. */
  private open = 0;

  constructor(clock: Clock, resolver: Resolver) {
    this.clock = clock;
    this.resolver = resolver;
    resolver.changed = () => {
      this.forget();
      this.changed?.();
    };
  }

  /** The same for others than users: see `Behalf`. */
  on(behalf: Behalf): Pick<Resolver, 'query'> {
    return { query: (name, type, done) => this.query(name, type, done, behalf) };
  }

  query<T extends RecordType>(name: string, type: T, done: (answer: Answer<T>) => void, behalf: Behalf = 'user'): void {
    const key = `${type} ${name}`;
    // What was asked as type T is kept as type T: the key holds it.
    const tell = done as (answer: Answer) => void;
    const kept = this.kept.get(key);
    if (kept !== undefined && kept.until > this.clock.now()) return tell(kept.answer);
    const waiting = this.waiting.get(key);
    if (waiting !== undefined) return void waiting.push(tell);
    // The local network is searched by threads of which there are few (RFC 6762 §3), and has nothing that a stranger could name.
    if (behalf === 'stranger' && /(?:^|\.)local$/.test(name)) return tell({ kind: 'none', ttl: 0, nxdomain: true });
    if (this.open >= MOST_OPEN[behalf]) return tell({ kind: 'failed', why: `${this.open} other questions are open` });
    this.ask(key, name, type, tell);
  }

  private ask(key: string, name: string, type: RecordType, tell: (answer: Answer) => void): void {
    const asked: Waiting = [tell];
    const round = this.waiting;
    round.set(key, asked);
    this.open++;
    this.resolver.query(name, type, (said) => {
      this.open--;
      round.delete(key);
      const answer = inPart(said);
      // An answer to a question from before the network changed is passed on and not kept.
      if (round === this.waiting) this.keep(key, answer);
      tellAll(asked, answer);
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

/** Everybody hears of it, whatever it leads to for one of them. */
function tellAll(asked: Waiting, answer: Answer, from = 0): void {
  let i = from;
  try {
    while (i < asked.length) asked[i++]!(answer);
  } finally {
    if (i < asked.length) tellAll(asked, answer, i);
  }
}

function inPart(answer: Answer): Answer {
  if (answer.kind !== 'records' || answer.records.length <= MOST_RECORDS) return answer;
  return { ...answer, records: answer.records.slice(0, MOST_RECORDS) };
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
