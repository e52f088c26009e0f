import { accessSync, constants, fstatSync, readlinkSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Level, Log } from '../log.ts';

/** The numbers of syslog, by which journald sorts lines that begin with `<N>`. */
const PRIORITY: Record<Level, number> = { error: 3, warning: 4, notice: 5, info: 6, debug: 7 };

/** Errors, warnings and notices in one minute: a bug that every packet brings about must not fill the disk. */
const MOST_A_MINUTE = 200;

/** Bytes that wait for whoever reads stderr: what comes then is dropped, and counted, until all of them are read. */
const UNREAD_MOST = 1 << 20;

export interface LogOptions {
  readonly threshold: Level;
  /** Prefixes lines with `<N>` in place of the time; default: whether stderr is a journal. */
  readonly systemd?: boolean;
  /** Takes whole lines, or drops them and returns false; default: stderr. */
  readonly write?: (text: string) => boolean;
  /** Milliseconds since 1970; default: the clock of the machine. */
  readonly now?: () => number;
}

/** Sentences on stderr, one or more lines each. */
export class NodeLog implements Log {
  /** The last level that is still written. */
  threshold: Level;
  readonly #systemd: boolean;
  readonly #write: (text: string) => boolean;
  readonly #now: () => number;
  #minute = 0;
  /** Of this minute. */
  #said = 0;
  /** Sentences since the last one that was taken. */
  #dropped = 0;

  constructor({ threshold, systemd = isJournal(), write = stderr(), now = Date.now }: LogOptions) {
    this.threshold = threshold;
    this.#systemd = systemd;
    this.#write = write;
    this.#now = now;
  }

  wants(level: Level): boolean {
    return PRIORITY[level] <= PRIORITY[this.threshold];
  }

  error(sentence: string): void {
    this.#add('error', sentence);
  }

  warning(sentence: string): void {
    this.#add('warning', sentence);
  }

  notice(sentence: string): void {
    this.#add('notice', sentence);
  }

  info(sentence: string): void {
    this.#add('info', sentence);
  }

  debug(sentence: string): void {
    this.#add('debug', sentence);
  }

  #add(level: Level, sentence: string): void {
    // Who asks for info and debug wants all of it.
    if (this.wants(level) && (PRIORITY[level] > PRIORITY.notice || this.#mayAdd())) this.#print(level, sentence);
  }

  #mayAdd(): boolean {
    const minute = Math.floor(this.#now() / 60_000);
    if (minute !== this.#minute) {
      const left = this.#said - MOST_A_MINUTE;
      this.#minute = minute;
      this.#said = 0;
      if (left > 0) this.#print('warning', `${left} sentences were left out`);
    }
    this.#said++;
    if (this.#said === MOST_A_MINUTE + 1)
      this.#print('warning', `${MOST_A_MINUTE} sentences within a minute: the others are left out until the next`);
    return this.#said <= MOST_A_MINUTE;
  }

  #print(level: Level, sentence: string): void {
    const text = this.#lines(level, sentence);
    const before =
      this.#dropped === 0 ? '' : this.#lines('warning', `${this.#dropped} sentences were dropped: nobody read the log`);
    this.#dropped = this.#write(before + text) ? 0 : this.#dropped + 1;
  }

  #lines(level: Level, sentence: string): string {
    const head = this.#systemd ? `<${PRIORITY[level]}>` : `${localTime(new Date(this.#now()))} ${level}: `;
    const [first = '', ...more] = visible(sentence).split('\n');
    // Further lines are marked, so that a line break from the network cannot forge a sentence of ours.
    const rest = more.map((line) => `${this.#systemd ? head : ''}    ${line}\n`);
    return `${head}${first}\n${rest.join('')}`;
  }
}

/** Control characters, which a terminal might obey, as `\x1b`, and what turns the order of letters round; line feeds stay. */
function visible(sentence: string): string {
  return sentence.replace(
    /[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** The hour of the operator's clock, to the millisecond, as `2026-11-02 09:14:02.006`. */
function localTime(time: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const hour = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${day} ${hour}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

/** systemd names the journal's stream in JOURNAL_STREAM; a child whose stderr was redirected inherits the name, not the stream. */
function isJournal(): boolean {
  const stream = process.env.JOURNAL_STREAM;
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(2);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

function stderr(): (text: string) => boolean {
  // Nobody reads any more: that is no reason to stop serving calls.
  process.stderr.on('error', () => undefined);
  return patient(process.stderr);
}

/**
 * From here on no terminal is waited for that takes nothing, as after ^S: all calls would wait with it. Not for a program that may still end: it
 * would end before the last that it said was taken.
 */
export function waitNoMore(): void {
  const { isTTY, _handle } = process.stderr as { isTTY?: boolean; _handle?: { setBlocking?(on: boolean): void } };
  // There is no other way to tell Node.
  if (isTTY === true && isOpenedAnew()) _handle?.setBlocking?.(false);
}

/**
 * Whether Node could open the terminal anew for itself. One of another user, as after su, it has in common with the shell, which would find that
 * nothing waits for its input any more, and after a kill -9 for good.
 */
function isOpenedAnew(): boolean {
  try {
    accessSync(readlinkSync('/proc/self/fd/2'), constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Writes to a stream until too much waits there, and then nothing until all of that is read. */
export function patient(stream: Pick<Writable, 'writableLength' | 'write'>): (text: string) => boolean {
  let full = false;
  return (text) => {
    full = full ? stream.writableLength > 0 : stream.writableLength >= UNREAD_MOST;
    if (!full) stream.write(text);
    return !full;
  };
}
