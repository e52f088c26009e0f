import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  unwatchFile,
  watch,
  watchFile,
} from 'node:fs';
import { mkdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, type Clock, type Timer } from '../clock.ts';
import { type Journal, type Storage, StorageError } from '../storage.ts';
import { codeOf, wordsOf } from './errno.ts';
import { NodeJournal } from './journal.ts';
import { isTemporary, removeAbandoned, replaceFile, syncFolder } from './temporary.ts';
import { readWhole } from './whole-file.ts';

/** What a change brings is often several: it is told once, so much later. */
const SETTLE = 50;

/** The files of one directory, which is made if it is missing. */
export class NodeStorage implements Storage {
  readonly #directory: string;
  readonly #clock: Clock;
  /** The last write of each file that is not done: writes of one file happen in the order they were asked for. */
  readonly #writing = new Map<string, Promise<void>>();
  /** The folders that were rid of what others left half written: once each. */
  readonly #tidied = new Set<string>();

  constructor(directory: string, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  read(path: string, last?: number): string | undefined {
    try {
      const file = this.#inside(path);
      return last === undefined ? readWhole(file) : readEnd(file, last);
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined;
      throw this.#error(cause, path, 'read');
    }
  }

  list(folder: string): readonly string[] {
    try {
      return readdirSync(this.#inside(folder))
        .filter((name) => !isTemporary(name))
        .sort();
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return [];
      throw this.#error(cause, folder, 'read');
    }
  }

  async write(path: string, text: string, mode = 0o600): Promise<void> {
    const file = this.#inside(path);
    this.#tidy(dirname(file));
    await this.#inTurn(path, 'write', () => replaceFile(file, text, mode));
  }

  async remove(path: string): Promise<void> {
    const file = this.#inside(path);
    await this.#inTurn(path, 'remove', async () => {
      try {
        await unlink(file);
        await syncFolder(dirname(file));
      } catch (cause) {
        if (codeOf(cause) !== 'ENOENT') throw cause;
      }
    });
  }

  async makeFolder(folder: string): Promise<void> {
    try {
      await mkdir(this.#inside(folder), { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw this.#error(cause, folder, 'make');
    }
  }

  journal(path: string): Journal {
    const file = this.#inside(path);
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      this.#tidy(dirname(file));
      return new NodeJournal(file, (cause) => this.#error(cause, path, 'write'));
    } catch (cause) {
      throw this.#error(cause, path, 'open');
    }
  }

  watch(folder: string, changed: () => void): () => void {
    const directory = this.#inside(folder);
    let timer: Timer | undefined;
    const soon = () => {
      timer ??= after(this.#clock, 'watch', SETTLE, () => {
        timer = undefined;
        changed();
      });
    };
    let stop: () => void;
    try {
      stop = watchFolder(directory, soon);
    } catch (cause) {
      throw this.#error(cause, folder, 'watch');
    }
    return () => {
      stop();
      timer?.cancel();
    };
  }

  #tidy(folder: string): void {
    if (this.#tidied.has(folder)) return;
    this.#tidied.add(folder);
    removeAbandoned(folder);
  }

  #inside(path: string): string {
    if (path.startsWith('/') || path.includes('\0') || path.split('/').includes('..')) {
      throw new StorageError('EACCES', `${path} is outside the state directory`);
    }
    return join(this.#directory, path);
  }

  #error(cause: unknown, path: string, verb: string): StorageError {
    if (cause instanceof StorageError) return cause;
    const why = wordsOf(cause);
    return new StorageError(codeOf(cause), `cannot ${verb} ${join(this.#directory, path)}: ${why}`, cause);
  }

  #inTurn(path: string, verb: string, work: () => Promise<void>): Promise<void> {
    const before = this.#writing.get(path);
    const turn = (before === undefined ? work() : before.then(work, work)).catch((cause) => {
      throw this.#error(cause, path, verb);
    });
    this.#writing.set(path, turn);
    const done = () => {
      if (this.#writing.get(path) === turn) this.#writing.delete(path);
    };
    turn.then(done, done);
    return turn;
  }
}

function readEnd(file: string, last: number): string {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.allocUnsafe(Math.min(size, last));
    const read = readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8', 0, read);
  } finally {
    closeSync(fd);
  }
}

function watchFolder(directory: string, changed: () => void): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    const watcher = watch(directory, { persistent: false }, (_event, name) => {
      if (name === null || !isTemporary(name)) changed();
    });
    watcher.on('error', () => undefined);
    return () => watcher.close();
  } catch {
    // The system has no inotify left: then look every two seconds.
    watchFile(directory, { persistent: false, interval: 2000 }, changed);
    return () => unwatchFile(directory, changed);
  }
}
