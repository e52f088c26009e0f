import { printSection } from '../../config/edit.ts';

/** A key and its value as they are written. */
export type Entry = readonly [key: string, value: string];

/** What an import knows of a user besides the password. */
export interface Imported {
  readonly name: string;
  readonly extension: string | undefined;
  readonly display: string | undefined;
}

const HEAD = '; Written by sipwitch. What stands in sipwitch.conf.d/ is read later and wins.\n';

/** Where the settings of one user are kept, below the state directory. */
export function userDropInPath(name: string): string {
  return `conf.d/user-${name}.conf`;
}

/** Where the users of one import are kept, below the state directory. Read before `user-NAME.conf`, so that a later change wins. */
export function importDropInPath(label: string): string {
  return `conf.d/import-${label}.conf`;
}

/** Where an account at a provider is kept, below the state directory. */
export function providerDropInPath(name: string): string {
  return `conf.d/provider-${name}.conf`;
}

/** The drop-in of one account at a provider, and of a dial rule of its name if what is dialed for it is given. */
export function providerDropIn(name: string, entries: Iterable<Entry>, match?: string): string {
  const provider = printSection('provider', name, entries);
  const rule = match === undefined ? '' : `\n${printSection('dial', name, dialEntries(name, match))}`;
  return `${HEAD}${provider}${rule}`;
}

/** The dial rule by which numbers leave through a provider. */
export function dialEntries(provider: string, match: string): readonly Entry[] {
  return [
    ['match', match],
    ['to', `provider ${provider}`],
  ];
}

/** The drop-in of one user. */
export function userDropIn(name: string, entries: Iterable<Entry>): string {
  return `${HEAD}${printSection('user', name, entries)}`;
}

/** The drop-in of one import, with the settings that all its users share. */
export function importDropIn(users: Iterable<Imported>, shared: readonly Entry[] = []): string {
  let text = HEAD;
  for (const { name, extension, display } of users) {
    const entries: Entry[] = [];
    if (extension !== undefined) entries.push(['extension', extension]);
    if (display !== undefined) entries.push(['display', display]);
    for (const entry of shared) if (!entries.some(([key]) => key === entry[0])) entries.push(entry);
    text += `\n${printSection('user', name, entries)}`;
  }
  return text;
}
