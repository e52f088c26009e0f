import type { Config, Origin } from '../../config/config.ts';
import { printSection } from '../../config/edit.ts';
import { kinds } from '../../config/load.ts';
import type { Entry } from '../../core/account/drop-in.ts';

const SECRET = new Set(['password', 'pin']);

/** The keys of a section as they were written, later files first to be believed; secrets are hidden. */
export function writtenEntries(origin: Origin): readonly Entry[] {
  const written = new Map<string, string>();
  for (const { entries } of origin.parts)
    for (const { key, value } of entries) written.set(key, SECRET.has(key) && value !== '' ? '(hidden)' : value);
  return [...written];
}

/** The configuration in force as one file: what all files say together, without defaults and secrets. */
export function configText(config: Config): string {
  const single = (section: { readonly origin: Origin }) => [section.origin];
  const many = (sections: ReadonlyMap<string, { readonly origin: Origin }>) => [...sections.values()].map(({ origin }) => origin);
  const origins: Readonly<Record<string, readonly Origin[]>> = {
    daemon: single(config.daemon),
    domain: many(config.domains),
    user: many(config.users),
    group: many(config.groups),
    provider: many(config.providers),
    modem: many(config.modems),
    dial: many(config.dial),
    class: many(config.classes),
    speed: many(config.speeds),
    codes: single(config.codes),
    access: many(config.access),
    peer: many(config.peers),
  };
  return kinds
    .flatMap(({ kind }) => origins[kind] ?? [])
    .filter(({ parts }) => parts.length > 0)
    .map((origin) => printSection(origin.kind, origin.name, writtenEntries(origin)))
    .join('\n');
}
