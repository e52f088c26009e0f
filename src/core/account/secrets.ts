import { name as nameType } from '../../config/values/plain.ts';
import type { Clock, Millis } from '../../runtime/clock.ts';
import { type Storage, StorageError } from '../../runtime/storage.ts';
import type { Algorithm } from '../../sip/auth/digest.ts';
import { type Digests, headOf, MOST, none, printDigests, printSpellings, readDigests, readHa1s } from './digests.ts';
import { ImportFile } from './import-file.ts';

/** Where a password came from: the login of the host (PAM), `sipwitchctl passwd`, or one device. Each is revoked alone. */
export type SecretSource = 'login' | 'passwd' | `device-${string}`;

const FOLDER = 'digests';
/** How long what was read is believed where no watch says otherwise: a user's own files, and that a name is unknown. */
const BELIEVED: Millis = 1000;
/** Sentences at most on what cannot be read, and so files that are tried anew for each question: it may be so of every user. */
const MOST_TOLD = 5;
/** Stands for the folders in the list of what cannot be read; no user is called that. */
const FOLDERS = '';

/** What the files of one user said. */
interface Known {
  readonly digests: Digests;
  until: Millis;
}

/**
 * The HA1s of the local users, read when they are first needed. `digests/NAME/SOURCE` holds a password of one user,
 * `digests/import-LABEL.txt` those of many. No path is built from a name that is not in the folder already. What was read once is believed
 * while it cannot be read again: where the files run out, nobody's password is a wrong one.
 */
export class Secrets {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #realm: string;
  /** What the lines begin with that prove something here. */
  readonly #head: string;
  readonly #known = new Map<string, Known>();
  readonly #imports = new Map<string, ImportFile>();
  readonly #unwatch: () => void;
  /** Told of what cannot be read again. Set once, by who has a log. */
  unread: (error: StorageError) => void = () => {};
  /** Who has a folder; undefined until the folders were read. */
  #folders: ReadonlySet<string> | undefined = undefined;
  /** What could not be read when it was asked for last, by user. */
  readonly #faults = new Map<string, string>();
  #changed = true;
  #scanned: Millis = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(storage: Storage, clock: Clock, realm: string) {
    this.#storage = storage;
    this.#clock = clock;
    this.#realm = realm;
    this.#head = headOf(realm);
    this.#unwatch = storage.watch(FOLDER, () => {
      this.#changed = true;
    });
  }

  /**
   * The HA1s of which any proves the user, at most 16; none for a user without a password.
   *
   * @throws StorageError for what cannot be read, and never was.
   */
  ha1(name: string, algorithm: Algorithm): readonly string[] {
    if (this.#changed) this.#look();
    const found = this.#find(name, algorithm);
    if (found !== undefined) return found;
    // The watch may have lost an event: look again, but not for every stranger that guesses names.
    if (this.#changed) this.#scan();
    else if (this.#clock.now() - this.#scanned < BELIEVED) return none[algorithm];
    else this.#look();
    return this.#find(name, algorithm) ?? none[algorithm];
  }

  /** What cannot be read now, a sentence each. */
  get problems(): readonly string[] {
    let left = 0;
    for (const name of this.#faults.keys()) {
      if (left >= MOST_TOLD) break;
      try {
        if (name === FOLDERS) this.#scan();
        else this.#digests(name);
        this.#faults.delete(name); // it was mended
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        left++;
      }
    }
    const all = [...this.#faults.values()];
    const more = all.length - MOST_TOLD;
    return more > 0 ? [...all.slice(0, MOST_TOLD), `passwords of ${more} more users could not be read`] : all;
  }

  /** Undefined for a name that is nowhere. */
  #find(name: string, algorithm: Algorithm): readonly string[] | undefined {
    if (this.#folders?.has(name) === true) return this.#read(name)[algorithm];
    // Taken out of the import each time, which costs little: kept for all users, they would take several times the room of the file.
    const lines = this.#importedLines(name);
    return lines.length === 0 ? undefined : readHa1s(this.#head, lines, algorithm);
  }

  /** Whether there is a password of the user, even one that cannot be read. @throws StorageError where that was never to be seen. */
  has(name: string): boolean {
    try {
      return this.ha1(name, 'MD5').length > 0;
    } catch (error) {
      if (!(error instanceof StorageError) || this.#folders === undefined) throw error;
      return this.#folders.has(name);
    }
  }

  /** Where the passwords of a user come from; an import counts as `passwd`. */
  sources(name: string): readonly SecretSource[] {
    this.#scan();
    const imported = this.#imported(name);
    const files = this.#files(name);
    return imported && !files.includes('passwd') ? ['passwd', ...files] : files;
  }

  /**
   * Sets the password of one source; after it resolves the new one proves the user and the old one of that source does not.
   *
   * @throws RangeError for a name or source that cannot be a file, and for a 17th source.
   */
  async set(name: string, source: SecretSource, password: string): Promise<void> {
    if (!nameType.accepts(name) || !isSource(source)) throw new RangeError(`${name} ${source} cannot name a file`);
    await this.#inTurn(async () => {
      const files = this.#files(name);
      if (!files.includes(source) && files.length >= MOST)
        throw new RangeError(`${name} has ${MOST} passwords: revoke one first`);
      await this.#storage.write(`${FOLDER}/${name}/${source}`, `${printSpellings(this.#realm, name, password)}\n`);
      this.#known.delete(name); // what it was is believed no more, whether or not it can be read
      if (source === 'passwd') await this.#dropImported(new Set([name]));
      this.#scan();
    });
  }

  /** Revokes every password of these users. */
  async remove(names: readonly string[]): Promise<void> {
    await this.#inTurn(async () => {
      const folders = this.#scan();
      for (const name of names) {
        if (!folders.has(name)) continue;
        for (const source of this.#files(name)) await this.#storage.remove(`${FOLDER}/${name}/${source}`);
        this.#known.delete(name);
      }
      await this.#dropImported(new Set(names));
    });
  }

  /** Stores the passwords of many users in one file, which replaces an earlier import of the same label. */
  async importAll(label: string, users: Iterable<{ readonly name: string; readonly password: string }>): Promise<void> {
    if (!nameType.accepts(label)) throw new RangeError(`${label} cannot name a file`);
    let text = '';
    for (const { name, password } of users) text += `${name} ${printDigests(this.#realm, name, password)}\n`;
    await this.#inTurn(async () => {
      await this.#storage.write(`${FOLDER}/import-${label}.txt`, text);
      this.#scan();
    });
  }

  /** Stops watching. */
  close(): void {
    this.#unwatch();
  }

  #imported(name: string): boolean {
    for (const one of this.#imports.values()) if (one.has(name)) return true;
    return false;
  }

  #importedLines(name: string): readonly string[] {
    const lines: string[] = [];
    for (const one of this.#imports.values()) {
      const line = one.line(name);
      if (line !== undefined) lines.push(line);
    }
    return lines;
  }

  #read(name: string): Digests {
    const now = this.#clock.now();
    const known = this.#known.get(name);
    if (known !== undefined && now < known.until) return known.digests;
    const digests = this.#again(name, known?.digests, () => this.#digests(name));
    // The watch tells of imports; a folder below the watched one it does not tell of.
    this.#known.set(name, { digests, until: now + BELIEVED });
    return digests;
  }

  #digests(name: string): Digests {
    const lines = this.#files(name).flatMap((source) => (this.#storage.read(`${FOLDER}/${name}/${source}`) ?? '').split('\n'));
    return readDigests(this.#head, [...lines, ...this.#importedLines(name)]);
  }

  #files(name: string): readonly SecretSource[] {
    return nameType.accepts(name) ? this.#storage.list(`${FOLDER}/${name}`).filter(isSource) : [];
  }

  /** Scans, as far as the files can be read; what was read before stays, if anything was. */
  #look(): void {
    this.#again(FOLDERS, this.#folders, () => this.#scan());
  }

  /** What is read now or, where that fails, what was read `before`. */
  #again<T>(name: string, before: T | undefined, read: () => T): T {
    try {
      const now = read();
      if (this.#faults.size > 0) this.#faults.delete(name);
      return now;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const so = before === undefined ? 'it proves nobody' : 'what was read of it before counts';
      this.#faults.set(name, `${error.message}; ${so} until it can be read`);
      if (before === undefined) throw error;
      this.unread(error);
      return before;
    }
  }

  /** Looks which users have files, and reads the imports that changed: all, or nothing is taken of it. */
  #scan(): ReadonlySet<string> {
    this.#scanned = this.#clock.now();
    const names = this.#storage.list(FOLDER);
    const imports = new Map<string, string>();
    for (const name of names) if (/^import-.+\.txt$/.test(name)) imports.set(name, this.#storage.read(`${FOLDER}/${name}`) ?? '');
    const folders = new Set(names.filter((name) => nameType.accepts(name)));
    for (const name of this.#imports.keys()) if (!imports.has(name)) this.#imports.delete(name);
    for (const [name, text] of imports) if (this.#imports.get(name)?.text !== text) this.#imports.set(name, new ImportFile(text));
    for (const [name, known] of this.#known) {
      if (folders.has(name)) known.until = 0;
      else this.#known.delete(name);
    }
    for (const name of this.#faults.keys()) if (!folders.has(name)) this.#faults.delete(name);
    this.#changed = false;
    this.#folders = folders;
    return folders;
  }

  async #dropImported(names: ReadonlySet<string>): Promise<void> {
    this.#scan();
    for (const [file, one] of this.#imports) {
      if (![...names].some((name) => one.has(name))) continue;
      const rest = one.text.split('\n').filter((line) => !names.has(line.slice(0, line.indexOf(' '))));
      if (rest.every((line) => line === '')) await this.#storage.remove(`${FOLDER}/${file}`);
      else await this.#storage.write(`${FOLDER}/${file}`, rest.join('\n'));
    }
    this.#scan();
  }

  /** Changes wait for each other: two that rewrite one import at a time would bring each other's old password back. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(change);
    this.#turn = done.catch(() => undefined); // its caller is told; the next change only waits for its end
    return done;
  }
}

function isSource(name: string): name is SecretSource {
  return name === 'login' || name === 'passwd' || (name.startsWith('device-') && nameType.accepts(name));
}
