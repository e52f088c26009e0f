import { type Config, placeOfKey } from '../../config/config.ts';
import { printSection } from '../../config/edit.ts';
import { titleOf } from '../../config/ini.ts';
import { provider as providerKind } from '../../config/sections/provider.ts';
import { dialEntries, type Entry, providerDropIn, providerDropInPath } from '../../core/account/drop-in.ts';
import { nearest } from '../../text/nearest.ts';
import { checkKey, checkName, checkValue } from './arguments.ts';
import { type DropInParts, DropIns, type Remarks } from './drop-ins.ts';
import { ControlError, noSuchProvider } from './errors.ts';

/** Only the daemon's own user reads a password that is kept as it is. */
const MODE = 0o600;

/** Adds and removes accounts at providers, in the files of the state directory. Methods throw ControlError. */
export class ProviderFiles {
  readonly #dropIns: DropIns;
  /** Of what a person writes. */
  readonly #folder: string;

  constructor(parts: DropInParts) {
    this.#dropIns = new DropIns(parts, MODE);
    this.#folder = parts.setting.config;
  }

  /**
   * Makes an account from keys and values; a password is one of them. `dial`, which is no key of a provider, is the match of a dial rule
   * that leads to it and is removed with it.
   */
  add(name: string, settings: readonly Entry[]): Promise<Remarks> {
    return this.#dropIns.inTurn(async () => {
      checkName('provider', name);
      const loaded = this.#dropIns.loaded();
      const { config } = loaded;
      if (config.providers.has(name)) {
        const next = `"sipwitchctl provider remove ${name}" removes it, "--name" gives the new one another name`;
        throw new ControlError('ProviderExists', `there is a provider ${name} already; ${next}`);
      }
      const match = settings.find(([key]) => key === DIAL)?.[1];
      if (match !== undefined && config.dial.has(name))
        throw new ControlError('ProviderExists', `there is a [dial ${name}] already; write to = provider ${name} there instead`);
      const entries = settings.filter(([key]) => key !== DIAL);
      for (const entry of settings) checkEntry(entry);
      const text = providerDropIn(name, entries, match);
      const { remarks, write } = this.#dropIns.try(loaded, new Map([[providerDropInPath(name), text]]));
      await write();
      const missing = stillMissing(name, settings, config, `${this.#folder}/sipwitch.conf.d`);
      return missing === undefined ? remarks : [...remarks, missing];
    });
  }

  remove(name: string): Promise<void> {
    return this.#dropIns.inTurn(async () => {
      const loaded = this.#dropIns.loaded();
      const { providers, dial } = loaded.config;
      const section = providers.get(name);
      if (section === undefined) throw noSuchProvider(name, nearest(name, providers.keys()));
      const own = dial.get(name)?.origin;
      const path = providerDropInPath(name);
      for (const { origin, to } of dial.values()) {
        if (!to.some((target) => target.kind === 'provider' && target.name === name)) continue;
        const { source, span } = placeOfKey(origin, 'to', name)!;
        if (origin === own && source.path.endsWith(`/${path}`)) continue;
        const next = `take it out of ${source.path}:${span.line} first, then reload`;
        throw new ControlError('NotAllowed', `${titleOf(origin)} leads to ${name}; ${next}`);
      }
      const changes = new Map(this.#dropIns.without(section.origin));
      // The rule that was made with it goes with it.
      if (changes.get(path) !== undefined) changes.set(path, undefined);
      await this.#dropIns.try(loaded, changes).write();
    });
  }
}

const DIAL = 'dial';

/** What has to be written before calls go out and come in, in the lines that do it; undefined where nothing has to. */
function stillMissing(name: string, settings: readonly Entry[], { users, daemon }: Config, folder: string): string | undefined {
  const isSet = (wanted: string) => settings.some(([key]) => key.startsWith(wanted));
  const outward = !isSet(DIAL);
  const inward = !isSet('inbound') && !isSet('number_');
  if (!outward && !inward) return undefined;
  const lines: string[] = [];
  if (outward) {
    lines.push('; numbers that begin with 0 are called by it', ...section('dial', name, dialEntries(name, '0X!')));
    if (daemon.country === undefined && daemon.countryCode === undefined)
      lines.push(
        '; the country of this host, DE being Germany: it says what a number without its country is',
        ...section('daemon', '', [['country', 'DE']]),
      );
  }
  const [first = 'USER', ...others] = users.keys();
  if (inward)
    lines.push('; who is called from there', ...section('provider', name, [['inbound', others.length === 0 ? first : 'USER']]));
  const nobody = `nobody is called by ${name} yet`;
  const what = !outward ? nobody : `nothing goes out by ${name} yet${inward ? ', and nobody is called by it' : ''}`;
  const indented = lines.map((line) => (line === '' ? '' : `    ${line}`)).join('\n');
  return `${what}: write lines such as these into ${folder}/${name}.conf, then say "sipwitchctl reload":\n\n${indented}`;
}

const section = (kind: string, name: string, entries: readonly Entry[]): readonly string[] =>
  printSection(kind, name, entries).split('\n');

function checkEntry(entry: Entry): void {
  if (entry[0] !== DIAL) checkKey(providerKind, entry[0], '"sipwitchctl config show --defaults" shows the keys');
  checkValue(entry);
}
