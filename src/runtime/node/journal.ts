import { close, constants, fstatSync, ftruncate, openSync, type Stats, stat, write } from 'node:fs';
import { promisify } from 'node:util';
import { type Journal, StorageError } from '../storage.ts';
import { replaceFile } from './temporary.ts';

const writeTo = promisify(write);
const truncate = promisify(ftruncate);
const closeFile = promisify(close);
const statOf = promisify(stat);

const CLOSED = -1;

/** To open a pipe, where somebody put one, shall hold up nobody until it has a reader. */
const APPEND = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK;

/** An append-only file, mode 0600, kept open; what it is asked happens in the order it was asked. */
export class NodeJournal implements Journal {
  readonly #file: string;
  readonly #refused: (cause: unknown) => StorageError;
  #descriptor: number;
  /** The file that is open. */
  #opened: Stats;
  #size: number;
  /** The file may be another one than that which is open. */
  #replaced = false;
  #last: Promise<void> = Promise.resolve();

  /** Throws the system's error if the file cannot be opened. */
  constructor(file: string, refused: (cause: unknown) => StorageError) {
    this.#file = file;
    this.#refused = refused;
    this.#descriptor = openSync(file, APPEND, 0o600);
    this.#opened = fstatSync(this.#descriptor);
    this.#size = this.#opened.size;
  }

  get size(): number {
    return this.#size;
  }

  append(text: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#replaced || !(await this.#isThere())) await this.#reopen();
      const bytes = Buffer.from(text);
      try {
        // A full disk takes a part first and refuses the rest.
        for (let done = 0; done < bytes.length; ) {
          done += (await writeTo(this.#descriptor, bytes, done, bytes.length - done)).bytesWritten;
        }
        this.#size += bytes.length;
      } catch (cause) {
        await truncate(this.#descriptor, this.#size);
        throw cause;
      }
    });
  }

  replace(text: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#replaced = true;
      await replaceFile(this.#file, text, 0o600);
      await this.#reopen();
    });
  }

  close(): Promise<void> {
    return this.#inTurn(() => {
      const descriptor = this.#descriptor;
      this.#descriptor = CLOSED;
      return closeFile(descriptor);
    });
  }

  async #reopen(): Promise<void> {
    const old = this.#descriptor;
    this.#descriptor = openSync(this.#file, APPEND, 0o600);
    this.#opened = fstatSync(this.#descriptor);
    this.#size = this.#opened.size;
    this.#replaced = false;
    await closeFile(old);
  }

  /** Whether the file is still the one that is open: people remove what they want forgotten, or empty it, and put backups back. */
  async #isThere(): Promise<boolean> {
    const there = await statOf(this.#file).catch(() => undefined);
    if (there?.ino !== this.#opened.ino || there.dev !== this.#opened.dev) return false;
    this.#size = there.size;
    return true;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const unlessClosed = () => {
      if (this.#descriptor === CLOSED) throw new StorageError('EBADF', `${this.#file} is closed`);
      return work();
    };
    const turn = this.#last.then(unlessClosed).catch((cause) => {
      throw this.#refused(cause);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
