import type { Config, Section } from '../../config/config.ts';
import { setKey } from '../../config/edit.ts';
import { UNWRITABLE } from '../../config/ini-lines.ts';
import { type UserSettings, user as userKind } from '../../config/sections/user.ts';
import { type Entry, importDropIn, importDropInPath, userDropIn, userDropInPath } from '../../core/account/drop-in.ts';
import { parseImport } from '../../core/account/import.ts';
import { PASSWORD_MOST } from '../../core/account/password.ts';
import type { Secrets } from '../../core/account/secrets.ts';
import type { LocationService } from '../../core/location/service.ts';
import type { Clock } from '../../runtime/clock.ts';
import { nearest } from '../../text/nearest.ts';
import { utf8ToWire } from '../../text/wire.ts';
import { checkKey, checkName, checkValue } from './arguments.ts';
import { checkReport } from './config-text.ts';
import { type DropInParts, DropIns, type Remarks } from './drop-ins.ts';
import { ControlError, noSuchUser } from './errors.ts';
import type { CheckReport } from './reports.ts';

export interface AccountParts extends DropInParts {
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** Where phones are registered; a daemon alone has it. */
  readonly location?: Pick<LocationService, 'bindings' | 'commit'>;
}

const DROP_INS_MODE = 0o640;
/** Problems of an import that are shown; nobody reads more at once. */
const SHOWN = 20;

/**
 * Changes accounts: in the files of the state directory, whether a daemon runs or not. Every change is tried on the whole configuration
 * before it is written, so that none can break it. Methods throw ControlError.
 */
export class AccountFiles {
  readonly #parts: AccountParts;
  readonly #dropIns: DropIns;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.#dropIns = new DropIns(parts, DROP_INS_MODE);
  }

  /** What is wrong with the configuration as the files have it now. */
  check(): CheckReport {
    return checkReport(this.#dropIns.load(), this.#parts.setting);
  }

  /** Makes a user without a password. */
  add(name: string, entries: readonly Entry[]): Promise<Remarks> {
    return this.#dropIns.inTurn(async () => {
      checkName('user', name);
      const loaded = this.#dropIns.loaded();
      if (loaded.config.users.has(name)) {
        const next = `"sipwitchctl user set ${name} KEY VALUE" changes it, "sipwitchctl passwd ${name}" its password`;
        throw new ControlError('UserExists', `there is a user ${name} already; ${next}`);
      }
      for (const entry of entries) checkEntry(entry);
      const { remarks, write } = this.#dropIns.try(loaded, new Map([[userDropInPath(name), userDropIn(name, entries)]]));
      await this.#forget([name]);
      await write();
      return remarks;
    });
  }

  /** Sets one key of a user; an empty value restores its default. */
  set(name: string, key: string, value: string): Promise<Remarks> {
    return this.#dropIns.inTurn(async () => {
      const loaded = this.#dropIns.loaded();
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
      const { remarks, write } = this.#dropIns.try(loaded, new Map([[path, setKey(text, 'user', name, key, value)]]));
      await write();
      return remarks;
    });
  }

  /** Removes a user and every password and phone of it. What calls it by its name is an error, and by its number a remark. */
  remove(name: string): Promise<Remarks> {
    return this.#dropIns.inTurn(async () => {
      const loaded = this.#dropIns.loaded();
      const changes = this.#dropIns.without(this.#user(loaded.config, name).origin);
      const { remarks, write } = this.#dropIns.try(loaded, changes, (sentences) => stillNamed(name, sentences));
      await write();
      await this.#forget([name]);
      return remarks;
    });
  }

  /** Sets the password of a user. */
  setPassword(name: string, password: string): Promise<void> {
    return this.#dropIns.inTurn(async () => {
      this.#user(this.#dropIns.loaded().config, name);
      if (password === '' || password.length > PASSWORD_MOST || UNWRITABLE.test(password)) {
        throw new ControlError(
          'InvalidArgument',
          `expected a password of 1 to ${PASSWORD_MOST} characters without control characters`,
        );
      }
      await this.#dropIns.store(() => this.#parts.secrets.set(name, 'passwd', password));
    });
  }

  /** Makes the users of a file, all or none; a user whom the configuration names and who has no password yet is given one. */
  importUsers(csv: string, shared: readonly Entry[]): Promise<number> {
    return this.#dropIns.inTurn(async () => {
      for (const entry of shared) checkEntry(entry);
      const loaded = this.#dropIns.loaded();
      const { users } = loaded.config;
      const { secrets } = this.#parts;
      const result = parseImport(csv, (name) => users.has(name) && secrets.ha1(name, 'MD5').length > 0);
      if (result.faults !== undefined) {
        throw refusedImport(result.faults.map(({ line, message }) => `line ${line}: ${message}`));
      }
      const label = this.#freeLabel();
      const { write } = this.#dropIns.try(
        loaded,
        new Map([[importDropInPath(label), importDropIn(result.users, shared)]]),
        refusedImport,
      );
      await this.#forget(result.users.map(({ name }) => name).filter((name) => !users.has(name)));
      await this.#dropIns.store(() => secrets.importAll(label, result.users));
      try {
        await write();
      } catch (error) {
        await this.#parts.storage.remove(`digests/import-${label}.txt`);
        throw error;
      }
      return result.users.length;
    });
  }

  /** Takes away the passwords and phones of users who go, or whatever an earlier user left behind that must not open the new account. */
  async #forget(names: readonly string[]): Promise<void> {
    const { secrets, location } = this.#parts;
    await this.#dropIns.store(() => secrets.remove(names));
    for (const aor of names.map(utf8ToWire)) if (location?.bindings(aor).length) location.commit(aor, []);
  }

  #user(config: Config, name: string): Section<UserSettings> {
    const section = config.users.get(name);
    if (section === undefined) throw noSuchUser(name, nearest(name, config.users.keys()));
    return section;
  }

  /** The place, among the parts of a section, of what a change would be written behind. */
  #lastOurs(section: Section<UserSettings>): number {
    const { config } = this.#parts.setting;
    const dropIns = section.origin.parts.findIndex(({ source }) => source.path.startsWith(`${config}/sipwitch.conf.d/`));
    return dropIns < 0 ? section.origin.parts.length - 1 : dropIns - 1;
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

function checkEntry(entry: Entry): void {
  checkKey(userKind, entry[0], `the keys are ${Object.keys(userKind.table).join(', ')}`);
  checkValue(entry);
}

function stillNamed(name: string, sentences: readonly string[]): ControlError {
  const all = sentences.map((one) => `  ${one}`).join('\n');
  return new ControlError('InvalidArgument', `${name} is not removed, for this would be wrong then:\n${all}`);
}

function refusedImport(sentences: readonly string[]): ControlError {
  const more = sentences.length > SHOWN ? [`and ${sentences.length - SHOWN} more`] : [];
  const all = [...sentences.slice(0, SHOWN), ...more].map((one) => `  ${one}`);
  return new ControlError('ImportRefused', `nothing was imported:\n${all.join('\n')}`);
}
