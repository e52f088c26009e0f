import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { type Journal, type Storage, StorageError } from '../../runtime/storage.ts';
import { type PastCall, readCall } from './record.ts';

const HISTORY = 'history.jsonl';
/** Calls that are printed at once: the first costs as much as the next ten, by which time the program for it is in the processor's cache. */
const TOGETHER = 32;
/** Lines of so long make one append. */
const BATCH: Millis = 1_000;
/** Bytes at which the older half is dropped. */
const MOST = 50_000_000;
/** Bytes from the end of the file that are read at first. */
const FIRST_LOOK = 1 << 16;
/** Calls in a row that are too old before a question goes no further back: a clock that was wrong for a while has dated some too early. */
const TOO_OLD = 100;
/** Lines kept in memory while the disk refuses them. */
const WAITING = 10_000;
/** After a refused write, how long until the next try: doubled up to the last. */
const FIRST_RETRY: Millis = 1_000;
const LAST_RETRY: Millis = 60_000;

export interface HistoryParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
}

/** The calls that ended: one line each in history.jsonl, the newest last, 50 MB at most. */
export class History implements Timed {
  private readonly parts: HistoryParts;
  /** Opened for the first write. */
  private journal: Journal | undefined = undefined;
  private waiting: string[] = [];
  /** The newest, not printed yet. */
  private calls: (() => string)[] = [];
  /** What the write that is under way holds. */
  private writing: readonly string[] = [];
  private write: Promise<void> | undefined = undefined;
  private timer: Timer | undefined = undefined;
  /** 0 unless the last write was refused. */
  private retry: Millis = 0;
  /** Why it was refused, and what that means. */
  private refusal: string | undefined = undefined;
  /** Lines that there was no room for. */
  private dropped = 0;
  private closed = false;
  /** Ends a last line that kill -9 tore, before the first of ours. */
  private head = '';

  constructor(parts: HistoryParts) {
    this.parts = parts;
  }

  /** A sentence while the file cannot be written. */
  get problems(): readonly string[] {
    return this.refusal === undefined ? [] : [this.refusal];
  }

  /** Takes one call; what prints its line is called soon, and once. */
  add(call: () => string): void {
    this.calls.push(call);
    if (this.calls.length === TOGETHER) this.print();
    if (this.timer === undefined && this.write === undefined) this.arm(BATCH);
  }

  private print(): void {
    const { calls } = this;
    this.calls = [];
    for (const call of calls) {
      const line = call();
      // The line is a rope of pieces of the call's messages; as one text it lets go of them.
      line.charCodeAt(line.length >> 1);
      this.waiting.push(line);
    }
    const over = this.waiting.length - WAITING;
    if (over <= 0) return;
    this.waiting.splice(0, over);
    this.dropped += over;
  }

  /**
   * The calls that ended at `since` (milliseconds since 1970) or later, the newest first, `most` at most.
   *
   * @throws StorageError if the file cannot be read.
   */
  since(since: number, most: number): readonly PastCall[] {
    const { storage } = this.parts;
    this.print();
    // Most questions are about the last days: the end of the file is read, and more of it where that does not reach back far enough.
    for (let bytes = FIRST_LOOK, before = -1; ; bytes *= 8) {
      const calls: PastCall[] = [];
      const text = storage.read(HISTORY, bytes) ?? '';
      // A piece of a line is no line.
      if (this.collect(text, since, most, calls) || text.length === before) return calls;
      before = text.length;
    }
  }

  /** Collects what a text that ends with the file holds, and what is not in the file yet; true if nothing before it is wanted. */
  private collect(text: string, since: number, most: number, calls: PastCall[]): boolean {
    const recent = [...this.writing, ...this.waiting];
    const lines = backwards(text, new Set(this.writing));
    let tooOld = 0;
    for (let next = recent.pop() ?? lines.next().value; next !== undefined; next = recent.pop() ?? lines.next().value) {
      const call = readCall(next);
      if (call === undefined) continue;
      if (calls.length >= most) return true;
      if (call.ended >= since) {
        calls.push(call);
        tooOld = 0;
      } else if (++tooOld === TOO_OLD) return true;
    }
    return calls.length >= most;
  }

  timeout(): void {
    this.timer = undefined;
    this.print();
    if (this.waiting.length > 0) this.append();
    else if (this.retry > 0) this.halve(); // a refused line would wait
  }

  /** Writes what waits, then closes the file. */
  async close(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    this.timer = undefined;
    await this.write;
    this.print();
    if (this.waiting.length > 0) this.append();
    await this.write;
    await this.journal?.close();
  }

  private arm(wait: Millis): void {
    if (!this.closed) this.timer = this.parts.clock.start('write history', wait, this);
  }

  private append(): void {
    this.writing = this.waiting;
    this.waiting = [];
    this.run((journal) => journal.append(`${this.head}${this.writing.join('\n')}\n`));
  }

  private run(write: (journal: Journal) => Promise<void>): void {
    let done: Promise<void>;
    try {
      done = write(this.open());
    } catch (error) {
      return this.refused(error);
    }
    this.write = done.then(
      () => this.written(),
      (error: unknown) => this.refused(error),
    );
  }

  private open(): Journal {
    if (this.journal !== undefined) return this.journal;
    this.journal = this.parts.storage.journal(HISTORY);
    if (this.journal.size > 0) this.head = '\n';
    return this.journal;
  }

  private written(): void {
    this.write = undefined;
    this.head = '';
    this.writing = [];
    if (this.retry > 0)
      this.parts.log.notice(`${HISTORY} is written again${this.dropped > 0 ? `; ${this.dropped} calls are not in it` : ''}`);
    this.retry = 0;
    this.refusal = undefined;
    if (this.closed) return;
    if (this.journal !== undefined && this.journal.size > MOST) this.halve();
    else if (this.waiting.length + this.calls.length > 0) this.arm(BATCH);
  }

  /** Drops the older half. Reading the other one stops the loop for some 30 ms, once in fifty thousand calls. */
  private halve(): void {
    this.run((journal) => {
      const text = this.parts.storage.read(HISTORY, Math.floor(journal.size / 2)) ?? '';
      return journal.replace(text.slice(text.indexOf('\n') + 1));
    });
  }

  private refused(error: unknown): void {
    if (!(error instanceof StorageError)) throw error;
    this.write = undefined;
    const lines = [...this.writing, ...this.waiting];
    this.writing = [];
    this.waiting = lines.slice(-WAITING);
    this.dropped += lines.length - this.waiting.length;
    this.refusal = `${error.message}; the last ${WAITING} calls are kept in memory until it can be written`;
    if (this.retry === 0) this.parts.log.error(this.refusal);
    this.retry = Math.min(LAST_RETRY, this.retry === 0 ? FIRST_RETRY : this.retry * 2);
    this.arm(this.retry);
  }
}

/** The lines of a text, the last first, but those in `except`. */
function* backwards(text: string, except: ReadonlySet<string>): Generator<string, undefined> {
  for (let end = text.length; end > 0; ) {
    const start = text.lastIndexOf('\n', end - 1) + 1;
    const line = text.slice(start, end);
    if (line !== '' && !except.has(line)) yield line;
    end = start - 1;
  }
  return undefined;
}
