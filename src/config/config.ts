import type { IniEntry, IniSection } from './ini.ts';
import { titleOf } from './ini.ts';
import { spanOfKey, spanOfLine, spanOfValue } from './ini-lines.ts';
import type { Source, Span } from './problem.ts';
import type { AccessSettings } from './sections/access.ts';
import type { ClassSettings } from './sections/class.ts';
import type { CodesSettings } from './sections/codes.ts';
import type { DaemonSettings as DaemonKeys } from './sections/daemon.ts';
import type { DialSettings } from './sections/dial.ts';
import type { DomainSettings } from './sections/domain.ts';
import type { GroupSettings } from './sections/group.ts';
import type { ModemSettings } from './sections/modem.ts';
import type { PeerSettings } from './sections/peer.ts';
import type { ProviderSettings } from './sections/provider.ts';
import type { SpeedSettings } from './sections/speed.ts';
import type { StateSettings } from './sections/state.ts';
import type { UserSettings } from './sections/user.ts';

/** Where a section was defined: its parts in the order in which they were read; later keys win. */
export interface Origin {
  readonly kind: string;
  readonly name: string;
  readonly parts: readonly IniSection[];
}

/** The settings of one section, its name, and where it stands. */
export type Section<S> = S & { readonly name: string; readonly origin: Origin };
export type Sections<S> = ReadonlyMap<string, Section<S>>;

/** What the daemon is, once the defaults that depend on the host are known. */
export type DaemonSettings = Omit<DaemonKeys, 'domain' | 'localAccounts'> & {
  readonly domain: string;
  readonly localAccounts: string;
};

/** A configuration that was checked. Sections keep the order of their first place. */
export interface Config {
  readonly daemon: Section<DaemonSettings>;
  /** By host, in the form of URIs; holds the daemon's own domain even if no section does. */
  readonly domains: Sections<DomainSettings>;
  readonly users: Sections<UserSettings>;
  readonly groups: Sections<GroupSettings>;
  readonly providers: Sections<ProviderSettings>;
  readonly modems: Sections<ModemSettings>;
  readonly dial: Sections<DialSettings>;
  readonly classes: Sections<ClassSettings>;
  readonly speeds: Sections<SpeedSettings>;
  readonly states: Sections<StateSettings>;
  readonly codes: Section<CodesSettings>;
  readonly access: Sections<AccessSettings>;
  readonly peers: Sections<PeerSettings>;
}

/** A place in the configuration that a person can open. */
export interface Place {
  readonly source: Source;
  readonly span: Span;
  /** `[user alice] extension` */
  readonly where: string;
}

/** Where a section begins; undefined for one that is nowhere written. */
export function placeOfSection(origin: Origin): Place | undefined {
  const part = origin.parts[0];
  return part && { source: part.source, span: spanOfLine(part.source, part.line), where: titleOf(origin) };
}

/** Where the value of a key stands, or one word of it; where the section begins if the key is not written. */
export function placeOfKey(origin: Origin, key: string, word?: string): Place | undefined {
  for (const { source, entries } of [...origin.parts].reverse()) {
    const entry = entries.find((one) => one.key === key);
    if (entry !== undefined) return { source, span: spanOfWord(source, entry, word), where: `${titleOf(origin)} ${key}` };
  }
  return placeOfSection(origin);
}

/** Whether a key was given a value, be it one that does not fit. */
export function isWritten(origin: Origin, key: string): boolean {
  return origin.parts.some(({ entries }) => entries.some((entry) => entry.key === key && entry.value !== ''));
}

function spanOfWord(source: Source, entry: IniEntry, word: string | undefined): Span {
  if (entry.value === '') return spanOfKey(source, entry.line);
  if (word === undefined) return spanOfValue(source, entry.line);
  let at = entry.value.indexOf(word);
  while (at >= 0 && !(isBoundary(entry.value[at - 1]) && isBoundary(entry.value[at + word.length])))
    at = entry.value.indexOf(word, at + 1);
  return at < 0 ? spanOfValue(source, entry.line) : spanOfValue(source, entry.line, at, word.length);
}

function isBoundary(letter: string | undefined): boolean {
  return letter === undefined || letter === ',' || letter === ' ' || letter === '\t';
}
