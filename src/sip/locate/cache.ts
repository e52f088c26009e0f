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

/**
 * Questions that may be open before one more is not asked: whoever dials into silence leaves room for the providers' servers. Nobody has more
 * of them than are left for all others, so that one alone takes half, and each one more a smaller part.
 */
const MOST_OPEN: Readonly<Record<Behalf, number>> = { configured: Number.POSITIVE_INFINITY, user: 150, stranger: 50 };
/** Seconds that an answer is kept at most: what DNS says of a SIP server is looked at again within the hour, what it does not know sooner. */
const LONGEST = 3_600;
const LONGEST_NONE = 300;
/** Seconds that a failure is kept: long enough that one call asks once, short enough that nobody waits for DNS that has recovered. */
const FAILED = 2;

/** Who wants to know: `name` is anything that tells one from another; without one nothing is counted against anybody. */
export interface Asker {
  readonly behalf: Behalf;
  readonly name?: string | undefined;
}

interface Kept {
  readonly answer: Answer;
  readonly until: Millis;
}
type Waiting = ((answer: Answer) => void)[];

const SOME_USER: Asker = { behalf: 'user' };

/** One line of `debug dns`. */
export interface CacheLine {
  readonly name: string;
  readonly type: RecordType;
  readonly answer: Answer;
  /** For how long it is answered without asking. */
  readonly seconds: number;
}

/** Keeps the answers of a resolver, those that there is nothing as well (RFC 2308), and asks it once for what many want to know. */
export class CachedResolver implements Pick<Resolver, 'query'> {
  private readonly clock: Clock;
  private readonly resolver: Resolver;
  private readonly kept = new Map<string, Kept>();
  private waiting = new Map<string, Waiting>();
  /** Questions that are not answered yet, those from before the network changed as well. */
  private open = 0;
  /** How many of them each asker has, who has any. */
  private readonly openOf = new Map<string, number>();

  /** @param changed is told that other name servers are asked from now on */
  constructor(clock: Clock, resolver: Resolver, changed: () => void) {
    this.clock = clock;
    this.resolver = resolver;
    resolver.changed = () => {
      this.forget();
      changed();
    };
  }

  /** The same for somebody. */
  on(asker: Asker): Pick<Resolver, 'query'> {
    return { query: (name, type, done) => this.query(name, type, done, asker) };
  }

  query<T extends RecordType>(name: string, type: T, done: (answer: Answer<T>) => void, asker: Asker = SOME_USER): void {
    const key = `${type} ${name}`;
    // What was asked as type T is kept as type T: the key holds it.
    const tell = done as (answer: Answer) => void;
    const kept = this.kept.get(key);
    if (kept !== undefined && kept.until > this.clock.now()) return tell(kept.answer);
    const waiting = this.waiting.get(key);
    if (waiting !== undefined) return void waiting.push(tell);
    // The local network is searched by threads of which there are few (RFC 6762 §3), and has nothing that a stranger could name.
    if (asker.behalf === 'stranger' && /(?:^|\.)local$/.test(name)) return tell({ kind: 'none', ttl: 0, nxdomain: true });
    const left = MOST_OPEN[asker.behalf] - this.open;
    if (left <= 0) return tell({ kind: 'failed', why: `${this.open} other questions are open` });
    const own = asker.name === undefined ? 0 : (this.openOf.get(asker.name) ?? 0);
    if (own >= left) return tell({ kind: 'failed', why: `${own} questions of the same caller are open` });
    this.ask(key, name, type, tell, asker.name);
  }

  private ask(key: string, name: string, type: RecordType, tell: (answer: Answer) => void, asker: string | undefined): void {
    const asked: Waiting = [tell];
    const round = this.waiting;
    round.set(key, asked);
    this.count(asker, 1);
    this.resolver.query(name, type, (said) => {
      this.count(asker, -1);
      round.delete(key);
      const answer = inPart(said);
      // An answer to a question from before the network changed is passed on and not kept.
      if (round === this.waiting) this.keep(key, answer);
      tellAll(asked, answer);
    });
  }

  private count(asker: string | undefined, one: 1 | -1): void {
    this.open += one;
    if (asker === undefined) return;
    const own = (this.openOf.get(asker) ?? 0) + one;
    if (own > 0) this.openOf.set(asker, own);
    else this.openOf.delete(asker);
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

  /** What is known now. */
  list(): readonly CacheLine[] {
    const now = this.clock.now();
    return [...this.kept]
      .filter(([, { until }]) => until > now)
      .map(([key, { answer, until }]) => {
        const [type, name] = key.split(' ') as [RecordType, string];
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
