import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { type Journal, type Storage, StorageError } from '../../runtime/storage.ts';
import { type Binding, endsWithConnection } from './binding.ts';
import { aorOfLine, JOURNAL, LineReader, printLine } from './line.ts';
import type { LocationService } from './service.ts';

/** Writes are so far apart, so that many changes make one: a change after a quiet time is written at once, any within 100 ms of its answer. */
const BATCH: Millis = 50;
/** Addresses-of-record whose lines are printed in one turn of the loop while the journal is rewritten. */
const A_TURN = 2_000;
/** The journal may grow to 4 times what is alive in it, and so much more. */
const SLACK = 1 << 20;
/** Milliseconds that the wall clock may have stepped before the times in the journal are written anew. */
const STEPPED: Millis = 5_000;
/** After a refused write, how long until the next try: doubled up to the last. */
const FIRST_RETRY: Millis = 1_000;
const LAST_RETRY: Millis = 60_000;

export interface BindingStoreParts {
  readonly storage: Storage;
  readonly location: LocationService;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps the location service in an append-only journal, so that bindings survive kill -9 and a restart. Where the disk refuses, they
 * stay in memory, the log says so once, and the whole journal is rewritten as soon as that succeeds.
 */
export class BindingStore implements Timed {
  readonly #parts: BindingStoreParts;
  /** Opened for the first write. */
  #journal: Journal | undefined = undefined;
  /** Each write begins a new one: a Set that was cleared would lead from each of its former tables to the next, and none of them would be free. */
  #dirty = new Set<string>();
  #stop: () => void = () => {};
  #timer: Timer | undefined = undefined;
  /** The write that is under way. */
  #write: Promise<void> | undefined = undefined;
  #rewrite: { readonly aors: Iterator<string>; readonly lines: string[] } | undefined = undefined;
  /** When the last write began. */
  #wrote: Millis = Number.NEGATIVE_INFINITY;
  /** 0 unless the last write was refused. */
  #retry: Millis = 0;
  /** Why the last write was refused, and what that means. */
  #refusal: string | undefined = undefined;
  #closed = false;
  /** Bytes that a binding takes in the journal, by what was last written. */
  #each = 0;
  /** Bytes that the journal holds, unless somebody took some away. */
  #least = 0;
  /** How far ahead the wall clock was by which the journal was written. */
  #ahead: Millis = 0;

  constructor(parts: BindingStoreParts) {
    this.#parts = parts;
  }

  /**
   * Puts what was stored into the location service and follows it from then on. What expired meanwhile, and what had no way but a
   * connection of the former life, is dropped; a last line that kill -9 tore is ignored.
   *
   * @throws StorageError if the journal cannot be read.
   */
  restore(): void {
    const { storage, location, log } = this.#parts;
    const text = storage.read(JOURNAL) ?? '';
    const { lines, unreadable } = this.#read(text);
    if (unreadable > 0) log.warning(`${JOURNAL}: ${unreadable} lines cannot be read and are left out`);
    this.#each = location.count === 0 ? 0 : text.length / Math.max(lines, location.count);
    this.#least = text.length;
    this.#stop = location.watch((aor) => this.#note(aor));
    if (lines > [...location.aors].length || unreadable > 0 || (text !== '' && !text.endsWith('\n'))) this.#begin();
  }

  /** A sentence while the journal cannot be written. */
  get problems(): readonly string[] {
    return this.#refusal === undefined ? [] : [this.#refusal];
  }

  /** The clock may have been set: a start after kill -9 goes by the new one, though no binding changed meanwhile. */
  lookAtClock(): void {
    if (this.#stepped && this.#timer === undefined && this.#write === undefined) this.#arm(0);
  }

  /** Stores what is not yet stored, then closes the journal. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#write;
    if (this.#rewrite !== undefined || this.#retry > 0 || this.#stepped)
      this.#replace([...this.#parts.location.aors].map((aor) => this.#line(aor)));
    else if (this.#dirty.size > 0) this.#append();
    await this.#write;
    await this.#journal?.close();
  }

  timeout(): void {
    this.#timer = undefined;
    if (this.#rewrite !== undefined) this.#turn(this.#rewrite);
    else if (this.#retry > 0) this.#begin();
    else this.#append();
  }

  /** Only the last line of each address-of-record is parsed. */
  #read(text: string): { readonly lines: number; readonly unreadable: number } {
    const { location } = this.#parts;
    const now = location.now();
    const last = new Map<string, number>();
    let lines = 0;
    let unreadable = 0;
    for (let at = 0, end = text.indexOf('\n'); end >= 0; at = end + 1, end = text.indexOf('\n', at)) {
      lines++;
      const aor = aorOfLine(text, at, end);
      if (aor === undefined) unreadable++;
      else last.set(aor, at);
    }
    const reader = new LineReader(now);
    for (const at of last.values()) {
      const record = reader.read(text.slice(at, text.indexOf('\n', at)));
      if (record === undefined) unreadable++;
      const alive = (record ?? []).filter((binding: Binding) => binding.expires > now && !endsWithConnection(binding));
      if (alive.length > 0) location.restore(alive[0]!.aor, alive);
    }
    return { lines, unreadable };
  }

  #note(aor: string): void {
    this.#dirty.add(aor);
    if (this.#timer === undefined && this.#write === undefined) this.#armNext();
  }

  #armNext(): void {
    this.#arm(this.#wrote + BATCH - this.#parts.clock.now());
  }

  #arm(wait: Millis): void {
    if (!this.#closed) this.#timer = this.#parts.clock.start('store bindings', wait, this);
  }

  #line(aor: string): string {
    const { location } = this.#parts;
    return printLine(aor, location.bindings(aor), location.ahead);
  }

  /** Whether the wall clock is another one than that of the journal, by which all in it would be too old or too young. */
  get #stepped(): boolean {
    const { ahead, count } = this.#parts.location;
    return count > 0 && Math.abs(ahead - this.#ahead) > STEPPED;
  }

  /** Writes the lines of what changed. */
  #append(): void {
    if (this.#stepped) return this.#begin();
    const { ahead } = this.#parts.location;
    let text = '';
    let bindings = 0;
    for (const aor of this.#dirty) {
      const record = this.#parts.location.bindings(aor);
      bindings += record.length;
      text += printLine(aor, record, ahead);
    }
    if (bindings > 0) this.#each = text.length / bindings;
    this.#dirty = new Set();
    this.#least += text.length;
    this.#run((journal) => journal.append(text));
  }

  /** Begins to rewrite the whole journal; what changes from now on is appended after that. */
  #begin(): void {
    this.#ahead = this.#parts.location.ahead;
    this.#dirty = new Set();
    this.#rewrite = { aors: this.#parts.location.aors, lines: [] };
    this.#turn(this.#rewrite);
  }

  #turn(rewrite: { readonly aors: Iterator<string>; readonly lines: string[] }): void {
    for (let i = 0; i < A_TURN; i++) {
      const next = rewrite.aors.next();
      if (next.done === true) return this.#replace(rewrite.lines);
      rewrite.lines.push(this.#line(next.value));
    }
    this.#arm(0);
  }

  #replace(lines: readonly string[]): void {
    this.#rewrite = undefined;
    const text = lines.join('');
    this.#least = text.length;
    if (this.#parts.location.count > 0) this.#each = text.length / this.#parts.location.count;
    this.#run((journal) => journal.replace(text));
  }

  #run(write: (journal: Journal) => Promise<void>): void {
    this.#wrote = this.#parts.clock.now();
    let journal: Journal;
    try {
      this.#journal ??= this.#parts.storage.journal(JOURNAL);
      journal = this.#journal;
    } catch (error) {
      return this.#refused(error);
    }
    this.#write = write(journal).then(
      () => this.#written(journal),
      (error: unknown) => this.#refused(error),
    );
  }

  #written(journal: Journal): void {
    const { location, log } = this.#parts;
    this.#write = undefined;
    if (this.#retry > 0) log.notice(`${JOURNAL} is written again: bindings survive a restart`);
    this.#retry = 0;
    this.#refusal = undefined;
    if (this.#closed) return;
    const shrunk = journal.size < this.#least;
    this.#least = journal.size;
    // The clock may have been set while it was written.
    if (shrunk || this.#stepped || journal.size > 4 * this.#each * location.count + SLACK) this.#begin();
    else if (this.#dirty.size > 0) this.#armNext();
  }

  #refused(error: unknown): void {
    if (!(error instanceof StorageError)) throw error;
    this.#write = undefined;
    this.#refusal = `${error.message}; bindings are kept in memory only until it can be written`;
    if (this.#retry === 0) this.#parts.log.error(this.#refusal);
    this.#retry = Math.min(LAST_RETRY, this.#retry === 0 ? FIRST_RETRY : this.#retry * 2);
    this.#arm(this.#retry);
  }
}
