import { type Journal, type Storage, StorageError } from '../../src/runtime/storage.ts';

/** A state directory in memory. */
export class SimStorage implements Storage {
  readonly files = new Map<string, { text: string; mode: number }>();
  /** Those that were made for themselves. */
  readonly folders = new Set<string>();
  /** When set, every write and append is refused with this errno name, such as `ENOSPC`. */
  fails: string | undefined;
  readonly #watchers = new Set<{ folder: string; changed: () => void }>();

  read(path: string, last?: number): string | undefined {
    const text = this.files.get(inside(path))?.text;
    return last === undefined || text === undefined ? text : Buffer.from(text).subarray(-last).toString();
  }

  list(folder: string): readonly string[] {
    const prefix = `${inside(folder)}/`;
    const names = new Set<string>();
    for (const path of this.files.keys()) if (path.startsWith(prefix)) names.add(path.slice(prefix.length).split('/')[0]!);
    return [...names].sort();
  }

  async write(path: string, text: string, mode = 0o600): Promise<void> {
    this.put(path, text, mode);
  }

  async remove(path: string): Promise<void> {
    if (this.files.delete(inside(path))) this.#tell(path);
  }

  async makeFolder(folder: string): Promise<void> {
    this.folders.add(inside(folder));
  }

  journal(path: string): Journal {
    return new SimJournal(this, inside(path));
  }

  watch(folder: string, changed: () => void): () => void {
    const watcher = { folder, changed };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  put(path: string, text: string, mode: number): void {
    inside(path);
    if (this.fails !== undefined) throw new StorageError(this.fails, `cannot write ${path}: ${this.fails}`);
    this.files.set(path, { text, mode });
    this.#tell(path);
  }

  #tell(path: string): void {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    for (const watcher of this.#watchers) if (watcher.folder === folder) queueMicrotask(watcher.changed);
  }
}

class SimJournal implements Journal {
  readonly #storage: SimStorage;
  readonly #path: string;
  #closed = false;

  constructor(storage: SimStorage, path: string) {
    this.#storage = storage;
    this.#path = path;
  }

  get size(): number {
    return Buffer.byteLength(this.#storage.read(this.#path) ?? '');
  }

  async append(text: string): Promise<void> {
    this.#put((this.#storage.read(this.#path) ?? '') + text);
  }

  async replace(text: string): Promise<void> {
    this.#put(text);
  }

  async close(): Promise<void> {
    this.#open();
    this.#closed = true;
  }

  #open(): void {
    if (this.#closed) throw new StorageError('EBADF', `${this.#path} is closed`);
  }

  #put(text: string): void {
    this.#open();
    this.#storage.put(this.#path, text, 0o600);
  }
}

function inside(path: string): string {
  if (path.startsWith('/') || path.split('/').includes('..')) {
    throw new StorageError('EACCES', `${path} is outside the state directory`);
  }
  return path;
}
