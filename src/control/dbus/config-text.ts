import type { Config, Origin, Section, Sections } from '../../config/config.ts';
import { printSection } from '../../config/edit.ts';
import { kinds, type Loaded, lackIn, type Setting } from '../../config/load.ts';
import { errorsIn } from '../../config/problem.ts';
import { report } from '../../config/report.ts';
import type { Entry } from '../../core/account/drop-in.ts';
import { HIDDEN } from '../../text/hide.ts';
import type { CheckReport } from './reports.ts';

/** The keys of a section as they were written, later files first to be believed; secrets are hidden. */
export function writtenEntries(origin: Origin): readonly Entry[] {
  const written = new Map<string, string>();
  for (const { entries } of origin.parts)
    for (const { key, value } of entries) written.set(key, key === 'password' && value !== '' ? HIDDEN : value);
  return [...written];
}

/** The configuration in force as one file: what all files say together, without defaults and secrets. */
export function configText(config: Config): string {
  const origins = originsIn(config);
  return kinds
    .flatMap(({ kind }) => origins.filter((origin) => origin.kind === kind && origin.parts.length > 0))
    .map((origin) => printSection(origin.kind, origin.name, writtenEntries(origin)))
    .join('\n');
}

/** Of every section, whatever its kind: no list of kinds is kept here that a new one could be missing from. */
function originsIn(config: Config): readonly Origin[] {
  const fields: readonly (Section<unknown> | Sections<unknown>)[] = Object.values(config);
  return fields.flatMap((field) => ('origin' in field ? [field.origin] : [...field.values()].map(({ origin }) => origin)));
}

/** What `config check` says of files that were loaded, in use or not. */
export function checkReport(loaded: Loaded, setting: Setting): CheckReport {
  const { problems } = loaded;
  return { errors: errorsIn(problems).length, report: report(problems, lackIn(loaded, setting)) };
}
