import type { Clock, Millis } from './clock.ts';
import type { Log } from './log.ts';
import type { Answer, RecordType, Resolver } from './resolver.ts';

/** Name servers that have not failed for so long are well again. */
const WELL_AFTER: Millis = 60_000;
/** Different failures that are told until then. */
const MOST_TOLD = 16;

/** A resolver that tells the operator once why names cannot be looked up, however many calls meet it, and when they can be again. */
export class LoggedResolver implements Resolver {
  readonly #inner: Resolver;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #told = new Set<string>();
  #failed: Millis = 0;
  /** What failed then. */
  #last = '';

  constructor(inner: Resolver, clock: Clock, log: Log) {
    this.#inner = inner;
    this.#clock = clock;
    this.#log = log;
  }

  query<T extends RecordType>(name: string, type: T, done: (answer: Answer<T>) => void): void {
    this.#inner.query(name, type, (answer) => {
      if (answer.kind === 'failed') this.#fails(name, answer.why);
      else if (this.#told.size > 0) this.#answers();
      done(answer);
    });
  }

  flush(): void {
    this.#inner.flush();
  }

  close(): void {
    this.#inner.close();
  }

  get problems(): readonly string[] {
    return this.#told.size === 0 || this.#isWell() ? [] : [this.#last];
  }

  get changed(): (() => void) | undefined {
    return this.#inner.changed;
  }

  set changed(changed: (() => void) | undefined) {
    this.#inner.changed = changed;
  }

  #fails(name: string, why: string): void {
    this.#failed = this.#clock.now();
    this.#last = `name service: cannot look up ${name}: ${why}`;
    // What names the name that was asked for would be another sentence for each of them.
    const kind = why.replaceAll(name, '');
    if (this.#told.has(kind) || this.#told.size >= MOST_TOLD) return;
    this.#told.add(kind);
    this.#log.warning(this.#last);
  }

  #isWell(): boolean {
    return this.#clock.now() - this.#failed >= WELL_AFTER;
  }

  #answers(): void {
    if (!this.#isWell()) return;
    this.#told.clear();
    this.#log.notice('name service: names are looked up again');
  }
}
