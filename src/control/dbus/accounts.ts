import type { Config, Section } from '../../config/config.ts';
import { removeSection, setKey } from '../../config/edit.ts';
import { parseIni, UNWRITABLE } from '../../config/ini.ts';
import { type Loaded, load, type Setting } from '../../config/load.ts';
import type { Problem } from '../../config/problem.ts';
import { type UserSettings, user as userKind } from '../../config/sections/user.ts';
import { name as nameType } from '../../config/values/plain.ts';
import { type Entry, importDropIn, importDropInPath, userDropIn, userDropInPath } from '../../core/account/drop-in.ts';
import { parseImport } from '../../core/account/import.ts';
import type { SecretSource, Secrets } from '../../core/account/secrets.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Files } from '../../runtime/files.ts';
import { type Storage, StorageError } from '../../runtime/storage.ts';
import { nearest } from '../../text/nearest.ts';
import { ControlError, noSuchUser } from './errors.ts';
import { overlaid } from './overlay.ts';

export interface AccountParts {
  readonly files: Files;
  readonly setting: Setting;
  readonly storage: Storage;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

/** What to say about a change that was made: warnings about what it says, a sentence each. */
export type Remarks = readonly string[];

/** A configuration without errors, and what else is to be said about it. */
interface Usable {
  readonly config: Config;
  readonly problems: readonly Problem[];
}

type Changes = ReadonlyMap<string, string | undefined>;

const DROP_INS_MODE = 0o640;
/** Problems of an import that are shown; nobody reads more at once. */
const SHOWN = 20;
const PASSWORD_MOST = 128;

/**
 * Changes accounts: in the files of the state directory, whether a daemon runs or not. Every change is tried on the whole configuration
 * before it is written, so that none can break it. Methods throw ControlError.
 */
export class AccountFiles {
  readonly #parts: AccountParts;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /** The configuration as the files have it now. */
  load(): Loaded {
    return load(this.#parts.files, this.#parts.setting);
  }

  /** Makes a user without a password. */
  async add(name: string, entries: readonly Entry[]): Promise<Remarks> {
    if (!nameType.accepts(name)) throw new ControlError('InvalidArgument', `"${name}" cannot be a name: expected ${nameForm}`);
    const loaded = this.#loaded();
    if (loaded.config.users.has(name)) {
      const next = `"sipwitchctl user set ${name} KEY VALUE" changes it, "sipwitchctl passwd ${name}" its password`;
      throw new ControlError('UserExists', `there is a user ${name} already; ${next}`);
    }
    for (const entry of entries) checkEntry(entry);
    const { remarks, write } = this.#try(loaded, new Map([[userDropInPath(name), userDropIn(name, entries)]]));
    // Whatever an earlier user of this name left behind must not open the new account.
    await this.#store(() => this.#parts.secrets.remove(name));
    await write();
    return remarks;
  }

  /** Sets one key of a user; an empty value restores its default. */
  async set(name: string, key: string, value: string): Promise<Remarks> {
    const loaded = this.#loaded();
    const section = this.#user(loaded.config, name);
    checkEntry([key, value]);
    const winner = section.origin.parts.filter(({ entries }) => entries.some((entry) => entry.key === key)).at(-1);
    if (winner !== undefined && section.origin.parts.indexOf(winner) > this.#lastOurs(section)) {
      const line = winner.entries.find((entry) => entry.key === key)!.line;
      throw new ControlError(
        'NotAllowed',
        `${key} of ${name} is set in ${winner.source.path}:${line}, which wins; change it there`,
      );
    }
    const path = userDropInPath(name);
    const text = this.#parts.storage.read(path) ?? userDropIn(name, []);
    const { remarks, write } = this.#try(loaded, new Map([[path, setKey(text, 'user', name, key, value)]]));
    await write();
    return remarks;
  }

  /** Removes a user and every password of it. */
  async remove(name: string): Promise<void> {
    const { state } = this.#parts.setting;
    const loaded = this.#loaded();
    const section = this.#user(loaded.config, name);
    const changes = new Map<string, string | undefined>();
    for (const { source, line } of section.origin.parts) {
      if (!this.#isOurs(source.path)) {
        const where = `${source.path}:${line}`;
        throw new ControlError(
          'NotAllowed',
          `${name} was written by hand, in ${where}; take [user ${name}] out there, then reload`,
        );
      }
      const path = source.path.slice(state.length + 1);
      const rest = removeSection(this.#parts.storage.read(path) ?? '', 'user', name);
      changes.set(path, parseIni(path, rest).sections.length === 0 ? undefined : rest);
    }
    const { write } = this.#try(loaded, changes);
    await write();
    await this.#store(() => this.#parts.secrets.remove(name));
  }

  /** Sets the password of a user. */
  async setPassword(name: string, source: SecretSource, password: string): Promise<void> {
    this.#user(this.#loaded().config, name);
    if (password === '' || password.length > PASSWORD_MOST || UNWRITABLE.test(password)) {
      throw new ControlError(
        'InvalidArgument',
        `expected a password of 1 to ${PASSWORD_MOST} characters without control characters`,
      );
    }
    await this.#store(() => this.#parts.secrets.set(name, source, password));
  }

  /** Makes the users of a file, all or none; a user whom the configuration names and who has no password yet is given one. */
  async importUsers(csv: string, shared: readonly Entry[]): Promise<number> {
    for (const entry of shared) checkEntry(entry);
    const loaded = this.#loaded();
    const { users } = loaded.config;
    const { secrets } = this.#parts;
    const result = parseImport(csv, (name) => users.has(name) && secrets.ha1(name, 'MD5').length > 0);
    if (result.faults !== undefined) {
      throw refusedImport(result.faults.map(({ line, message }) => `line ${line}: ${message}`));
    }
    const label = this.#freeLabel();
    const { write } = this.#try(loaded, new Map([[importDropInPath(label), importDropIn(result.users, shared)]]), refusedImport);
    await this.#store(() => secrets.importAll(label, result.users));
    try {
      await write();
    } catch (error) {
      await this.#parts.storage.remove(`digests/import-${label}.txt`);
      throw error;
    }
    return result.users.length;
  }

  #loaded(): Usable {
    const { config, problems } = this.load();
    if (config !== undefined) return { config, problems };
    const first = problems.find(({ severity }) => severity === 'error')!;
    const why = `${first.file}:${first.line} is wrong`;
    throw new ControlError(
      'InvalidConfiguration',
      `nothing is changed while ${why}; "sipwitchctl config check" shows what to mend`,
    );
  }

  #user(config: Config, name: string): Section<UserSettings> {
    const section = config.users.get(name);
    if (section === undefined) throw noSuchUser(name, nearest(name, config.users.keys()));
    return section;
  }

  #isOurs(path: string): boolean {
    return path.startsWith(`${this.#parts.setting.state}/conf.d/`);
  }

  /** The place, among the parts of a section, of what a change would be written behind. */
  #lastOurs(section: Section<UserSettings>): number {
    const { config } = this.#parts.setting;
    const dropIns = section.origin.parts.findIndex(({ source }) => source.path.startsWith(`${config}/sipwitch.conf.d/`));
    return dropIns < 0 ? section.origin.parts.length - 1 : dropIns - 1;
  }

  /** Loads the configuration as it would be, and returns how to write it. */
  #try({ problems: known }: Usable, changes: Changes, refuse: (sentences: readonly string[]) => ControlError = refusedArgument) {
    const { files, setting } = this.#parts;
    const absolute = new Map<string, string | undefined>();
    for (const [path, text] of changes) absolute.set(`${setting.state}/${path}`, text);
    const before = new Set(known.map(sentence));
    const { problems } = load(overlaid(files, absolute), setting);
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw refuse(errors.map(sentence));
    const remarks = problems.filter(({ file }) => absolute.has(file)).map(sentence);
    return { remarks: remarks.filter((remark) => !before.has(remark)), write: () => this.#write(changes) };
  }

  async #write(changes: Changes): Promise<void> {
    const { storage } = this.#parts;
    await this.#store(async () => {
      for (const [path, text] of changes) {
        if (text === undefined) await storage.remove(path);
        else await storage.write(path, text, DROP_INS_MODE);
      }
    });
  }

  async #store(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (error instanceof RangeError) throw new ControlError('InvalidArgument', error.message);
      if (!(error instanceof StorageError)) throw error;
      const denied = error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS';
      const next = denied ? '; run this as the user of the daemon, or as root' : '';
      throw new ControlError('StorageFailed', `${error.message}${next}`);
    }
  }

  #freeLabel(): string {
    const { storage, clock } = this.#parts;
    const time = new Date(clock.wall()).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
    const taken = new Set([...storage.list('conf.d'), ...storage.list('digests')]);
    for (let turn = 1; ; turn++) {
      const label = turn === 1 ? time : `${time}-${turn}`;
      if (!taken.has(`import-${label}.conf`) && !taken.has(`import-${label}.txt`)) return label;
    }
  }
}

const nameForm = 'letters, digits, ".", "_" and "-", not beginning with "."';

/** Keys and values are checked by the loader; here only that they make one line. */
function checkEntry([key, value]: Entry): void {
  if (userKind.find(key) === undefined) {
    const meant = nearest(key, Object.keys(userKind.table));
    const hint = meant === undefined ? `the keys are ${Object.keys(userKind.table).join(', ')}` : `did you mean ${meant}?`;
    throw new ControlError('InvalidArgument', `"${key}" is no key of a user; ${hint}`);
  }
  if (UNWRITABLE.test(value)) throw new ControlError('InvalidArgument', `the value of ${key} holds a control character`);
}

function sentence({ file, where, message, hint }: Problem): string {
  return `${where === '' ? file : where}: ${message}${hint === undefined ? '' : `; ${hint}`}`;
}

function refusedArgument(sentences: readonly string[]): ControlError {
  return new ControlError('InvalidArgument', sentences.join('\n'));
}

function refusedImport(sentences: readonly string[]): ControlError {
  const more = sentences.length > SHOWN ? [`and ${sentences.length - SHOWN} more`] : [];
  const all = [...sentences.slice(0, SHOWN), ...more].map((one) => `  ${one}`);
  return new ControlError('ImportRefused', `nothing was imported:\n${all.join('\n')}`);
}
