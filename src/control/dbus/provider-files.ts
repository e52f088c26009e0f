import { UNWRITABLE } from '../../config/ini.ts';
import { provider as providerKind } from '../../config/sections/provider.ts';
import { name as nameType } from '../../config/values/plain.ts';
import { type Entry, providerDropIn, providerDropInPath } from '../../core/account/drop-in.ts';
import { nearest } from '../../text/nearest.ts';
import { type DropInParts, DropIns, type Remarks } from './drop-ins.ts';
import { ControlError, noSuchProvider } from './errors.ts';

/** Only the daemon's own user reads a password that is kept as it is. */
const MODE = 0o600;

/** Adds and removes accounts at providers, in the files of the state directory. Methods throw ControlError. */
export class ProviderFiles {
  readonly #dropIns: DropIns;

  constructor(parts: DropInParts) {
    this.#dropIns = new DropIns(parts, MODE);
  }

  /** Makes an account from keys and values; a password is one of them. */
  async add(name: string, entries: readonly Entry[]): Promise<Remarks> {
    if (!nameType.accepts(name))
      throw new ControlError('InvalidArgument', `"${name}" cannot be a name: expected letters, digits, ".", "_" and "-"`);
    const loaded = this.#dropIns.loaded();
    if (loaded.config.providers.has(name)) {
      const next = `"sipwitchctl provider remove ${name}" removes it, "--name" gives the new one another name`;
      throw new ControlError('ProviderExists', `there is a provider ${name} already; ${next}`);
    }
    for (const entry of entries) checkEntry(entry);
    const { remarks, write } = this.#dropIns.try(loaded, new Map([[providerDropInPath(name), providerDropIn(name, entries)]]));
    await write();
    return remarks;
  }

  async remove(name: string): Promise<void> {
    const loaded = this.#dropIns.loaded();
    const section = loaded.config.providers.get(name);
    if (section === undefined) throw noSuchProvider(name, nearest(name, loaded.config.providers.keys()));
    await this.#dropIns.try(loaded, this.#dropIns.without(section.origin)).write();
  }
}

/** Values are checked by the loader; here only that they make one line. */
function checkEntry([key, value]: Entry): void {
  if (providerKind.find(key) === undefined) {
    const meant = nearest(key, Object.keys(providerKind.table));
    const hint = meant === undefined ? '"sipwitchctl config show --defaults" shows the keys' : `did you mean ${meant}?`;
    throw new ControlError('InvalidArgument', `"${key}" is no key of a provider; ${hint}`);
  }
  if (UNWRITABLE.test(value)) throw new ControlError('InvalidArgument', `the value of ${key} holds a control character`);
}
