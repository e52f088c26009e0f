import { FileError, type Files } from '../runtime/files.ts';
import type { TlsFault, TlsTexts } from '../runtime/network.ts';
import { check } from './check.ts';
import type { FileFault, NamedFiles } from './check-files.ts';
import type { Config, DaemonSettings, Origin, Section, Sections } from './config.ts';
import { type IniFile, parseIni } from './ini.ts';
import { presetFile, presetNames, withPresets } from './presets.ts';
import { errorsIn, type Problem } from './problem.ts';
import { merge, type Origins, readSection, type Unused } from './read.ts';
import type { Kind, Settings, Table } from './schema.ts';
import { access } from './sections/access.ts';
import { callClass } from './sections/class.ts';
import { codes } from './sections/codes.ts';
import { daemon } from './sections/daemon.ts';
import { dial } from './sections/dial.ts';
import { domain } from './sections/domain.ts';
import { group } from './sections/group.ts';
import { modem } from './sections/modem.ts';
import { peer } from './sections/peer.ts';
import { type ProviderSettings, provider } from './sections/provider.ts';
import { speed } from './sections/speed.ts';
import { state } from './sections/state.ts';
import { user } from './sections/user.ts';
import { canonicalHost } from './values/network.ts';

/** Every kind of section, in the order in which people write them. */
export const kinds: readonly Kind<Table>[] = [
  daemon,
  domain,
  user,
  group,
  provider,
  modem,
  dial,
  callClass,
  speed,
  state,
  codes,
  access,
  peer,
];

/** Where the configuration lies, and what the defaults depend on. */
export interface Setting {
  /** `/etc/sipwitch` or the user's own; absolute. */
  readonly config: string;
  /** `/var/lib/sipwitch` or the user's own; absolute. */
  readonly state: string;
  readonly hostName: string;
  /** Whether this is the service of a system and not of one user. */
  readonly service: boolean;
  /** Whether the daemon itself reads: what it may not read then, it has to do without. */
  readonly daemon?: true;
  /** Finds what is wrong with the files of TLS, as texts; without it they have to be there and no more. */
  readonly tlsFault?: (files: TlsTexts) => TlsFault | undefined;
  /** The folder of the presets for providers; absolute. Without one they are not looked for. */
  readonly presets?: string;
}

/** A configuration with warnings and notes at most, or else none and every problem at once. */
export interface Loaded {
  readonly config: Config | undefined;
  readonly problems: readonly Problem[];
  /** The files that were read, in their order. None: nothing was ever configured. */
  readonly files: readonly string[];
}

/**
 * Reads the whole configuration: `sipwitch.conf`, then what the daemon's own programs wrote, then what a person dropped in.
 *
 * @param changed paths of files that are being tried: where two sections exclude each other, theirs is the wrong one
 */
export function load(files: Files, setting: Setting, changed: ReadonlySet<string> = new Set()): Loaded {
  const problems: Problem[] = [];
  const read: IniFile[] = [];
  for (const path of paths(files, setting, problems)) {
    const text = guarded(problems, () => files.read(path));
    if (text !== undefined) read.push(parseIni(path, text));
  }
  // One by one, here and below: there may be more of them than a call takes arguments.
  for (const file of read) for (const one of file.problems) problems.push(one);

  const unused: Unused = new Map();
  const config = assemble(merge(read, kinds, problems), { files, ...setting }, problems, unused);
  for (const one of check(config, setting.config, named(files, setting, config), changed)) problems.push(one);
  for (const { problem, times } of unused.values()) {
    const more = times === 1 ? '' : ` (and so ${times === 2 ? 'is 1 other' : `are ${times - 1} others`} of its kind)`;
    problems.push({ ...problem, message: `${problem.message}${more}` });
  }
  const order = read.map((file) => file.source.path);
  if (setting.daemon === true)
    problems.forEach((one, at) => {
      if (one.denied === true) problems[at] = { ...one, hint: 'the user whom sipwitchd runs as must be able to read it' };
    });
  problems.sort((a, b) => order.indexOf(a.file) - order.indexOf(b.file) || a.line - b.line || a.column - b.column);
  return { config: errorsIn(problems).length > 0 ? undefined : config, problems, files: order };
}

/**
 * `There is no sipwitch.conf in DIR.`: a folder that was mistyped has no problems either. Empty where it is there, where it cannot be read,
 * which is a problem, and where drop-ins stand in for it.
 *
 * @param before the files that were in use; what was among them stands in for nothing
 */
export function lackIn({ files, problems }: Loaded, { config }: Setting, before: readonly string[] = []): string {
  const main = `${config}/sipwitch.conf`;
  const told = [...files, ...problems.map(({ file }) => file)];
  const stands = before.includes(main) ? told.includes(main) : told.some((file) => file.startsWith(`${config}/`));
  return stands ? '' : `There is no sipwitch.conf in ${config}.`;
}

function paths(files: Files, { config, state }: Setting, problems: Problem[]): string[] {
  const folder = (path: string) =>
    [...(guarded(problems, () => files.list(path)) ?? [])]
      .filter((name) => name.endsWith('.conf') && !name.startsWith('.'))
      .sort()
      .map((name) => `${path}/${name}`);
  return [`${config}/sipwitch.conf`, ...folder(`${state}/conf.d`), ...folder(`${config}/sipwitch.conf.d`)];
}

/** The files that the configuration names. Whoever may not read one cannot say it of the daemon, unless that is the reader. */
function named(files: Files, { daemon: own, tlsFault }: Setting, { daemon }: Config): NamedFiles {
  const read = (path: string): string | FileFault => {
    try {
      return files.read(path) ?? { why: 'there is no such file', sure: true };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return { why: `cannot be read: ${error.message}`, sure: own === true || !error.denied };
    }
  };
  const text = (path: string | undefined) => {
    const found = path === undefined ? undefined : read(path);
    return typeof found === 'string' ? found : undefined;
  };
  return {
    fault(path) {
      const found = read(path);
      return typeof found === 'string' ? undefined : found;
    },
    tlsFault() {
      const { tlsCertificate, tlsKey, tlsAuthorities } = daemon;
      if (tlsCertificate === undefined || tlsKey === undefined) return undefined;
      const fault = tlsFault?.({ certificate: text(tlsCertificate), key: text(tlsKey), authorities: text(tlsAuthorities) });
      return fault === undefined ? undefined : { key: `tls_${fault.part}`, why: fault.why };
    },
  };
}

/** Turns a file that cannot be read into a problem. */
function guarded<T>(problems: Problem[], run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const message = `cannot be read: ${error.message}`;
    problems.push({
      file: error.path,
      line: 0,
      column: 0,
      length: 0,
      severity: 'error',
      where: '',
      message,
      hint: undefined,
      text: '',
      denied: error.denied,
    });
    return undefined;
  }
}

function assemble(
  origins: ReadonlyMap<string, Origins>,
  setting: Setting & { readonly files: Files },
  problems: Problem[],
  unused: Unused,
): Config {
  const many = <T extends Table>(kind: Kind<T>) => {
    const sections = new Map<string, Section<Settings<T>>>();
    for (const [name, origin] of origins.get(kind.kind)!) sections.set(name, readSection(kind, origin, problems, unused));
    return sections;
  };
  const one = <T extends Table>(kind: Kind<T>) =>
    readSection(kind, origins.get(kind.kind)!.get('') ?? unwritten(kind.kind, ''), problems, unused);

  const settled = settle(one(daemon), setting);
  const domains = many(domain);
  if (!domains.has(settled.domain)) {
    domains.set(settled.domain, readSection(domain, unwritten('domain', settled.domain), problems, unused));
  }
  return {
    daemon: settled,
    domains,
    users: many(user),
    groups: many(group),
    providers: presetted(many(provider), setting, problems),
    modems: many(modem),
    dial: many(dial),
    classes: many(callClass),
    speeds: many(speed),
    states: many(state),
    codes: one(codes),
    access: many(access),
    peers: many(peer),
  };
}

/** The providers with what their presets say. */
function presetted(
  providers: Sections<ProviderSettings>,
  { files, presets }: { readonly files: Files; readonly presets?: string },
  problems: Problem[],
): Sections<ProviderSettings> {
  if (presets === undefined) return providers;
  const folder = {
    names: () => presetNames(guarded(problems, () => files.list(presets)) ?? []),
    read(name: string) {
      const path = `${presets}/${presetFile(name)}`;
      const text = guarded(problems, () => files.read(path));
      return text === undefined ? undefined : { path, text, exposed: guarded(problems, () => files.exposed?.(path)) };
    },
  };
  return withPresets(providers, folder, problems);
}

function unwritten(kind: string, name: string): Origin {
  return { kind, name, parts: [] };
}

/** Fills in the defaults that depend on the host. */
function settle(section: Section<Settings<typeof daemon.table>>, { hostName, service }: Setting): Section<DaemonSettings> {
  const everywhere = [
    { transport: 'tls', host: '0.0.0.0', port: 5061 },
    { transport: 'tls', host: '::', port: 5061 },
  ] as const;
  return {
    ...daemon.defaults,
    ...section,
    domain: section.domain ?? canonicalHost(hostName) ?? 'localhost',
    localAccounts: section.localAccounts ?? (service ? 'sipusers' : 'none'),
    tlsListen: section.tlsListen.length === 0 && section.tlsCertificate !== undefined ? everywhere : section.tlsListen,
  };
}
