import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { type Journal, type Storage, StorageError } from '../../runtime/storage.ts';
import { type PastCall, readCall } from './record.ts';

export const HISTORY = 'history.jsonl';
/** Lines of so long make one append. */
const BATCH: Millis = 1_000;
/** Bytes at which the older half is dropped. */
const MOST = 50_000_000;
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
  readonly counts = { written: 0, dropped: 0 };
  private readonly parts: HistoryParts;
  private readonly journal: Journal;
  private waiting: string[] = [];
  /** What the write that is under way holds. */
  private writing: readonly string[] = [];
  private write: Promise<void> | undefined = undefined;
  private timer: Timer | undefined = undefined;
  /** 0 unless the last write was refused. */
  private retry: Millis = 0;
  private closed = false;
  /** Ends a last line that kill -9 tore. */
  private head: string;

  constructor(parts: HistoryParts) {
    this.parts = parts;
    this.journal = parts.storage.journal(HISTORY);
    this.head = this.journal.size > 0 ? '\n' : '';
  }

  /** Takes the line of one call. */
  add(line: string): void {
    this.waiting.push(line);
    if (this.waiting.length > WAITING) {
      this.waiting.shift();
      this.counts.dropped++;
    }
    if (this.timer === undefined && this.write === undefined) this.arm(BATCH);
  }

  /**
   * The calls that ended at `since` (milliseconds since 1970) or later, the newest first, `most` at most.
   *
   * @throws StorageError if the file cannot be read.
   */
  since(since: number, most: number): readonly PastCall[] {
    const calls: PastCall[] = [];
    const recent = [...this.writing, ...this.waiting];
    const text = this.parts.storage.read(HISTORY) ?? '';
    const lines = backwards(text, new Set(this.writing));
    for (let next = recent.pop() ?? lines.next().value; next !== undefined; next = recent.pop() ?? lines.next().value) {
      const call = readCall(next);
      if (call === undefined) continue;
      if (call.ended < since || calls.length >= most) break;
      calls.push(call);
    }
    return calls;
  }

  timeout(): void {
    this.timer = undefined;
    if (this.waiting.length > 0) this.append();
  }

  /** Writes what waits, then closes the file. */
  async close(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    this.timer = undefined;
    await this.write;
    if (this.waiting.length > 0) this.append();
    await this.write;
    await this.journal.close();
  }

  private arm(wait: Millis): void {
    if (!this.closed) this.timer = this.parts.clock.start('write history', wait, this);
  }

  private append(): void {
    this.writing = this.waiting;
    this.waiting = [];
    this.run(this.journal.append(`${this.head}${this.writing.join('\n')}\n`));
  }

  private run(write: Promise<void>): void {
    this.write = write.then(
      () => this.written(),
      (error: unknown) => this.refused(error),
    );
  }

  private written(): void {
    this.write = undefined;
    this.head = '';
    this.counts.written += this.writing.length;
    this.writing = [];
    if (this.retry > 0)
      this.parts.log.notice(
        `${HISTORY} is written again${this.counts.dropped > 0 ? `; ${this.counts.dropped} calls are not in it` : ''}`,
      );
    this.retry = 0;
    if (this.closed) return;
    if (this.journal.size > MOST) this.halve();
    else if (this.waiting.length > 0) this.arm(BATCH);
  }

  /** Drops the older half. Reading and cutting 50 MB stops the loop for some 50 ms, once in a hundred thousand calls. */
  private halve(): void {
    try {
      const text = this.parts.storage.read(HISTORY) ?? '';
      this.run(this.journal.replace(text.slice(text.indexOf('\n', text.length / 2) + 1)));
    } catch (error) {
      this.refused(error);
    }
  }

  private refused(error: unknown): void {
    if (!(error instanceof StorageError)) throw error;
    this.write = undefined;
    const lines = [...this.writing, ...this.waiting];
    this.writing = [];
    this.waiting = lines.slice(-WAITING);
    this.counts.dropped += lines.length - this.waiting.length;
    if (this.retry === 0)
      this.parts.log.error(`${error.message}; the last ${WAITING} calls are kept in memory until it can be written`);
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
