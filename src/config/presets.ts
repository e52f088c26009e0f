import { didYouMean, nearest } from '../text/nearest.ts';
import { type Place, placeOfKey, placeOfSection, type Section, type Sections } from './config.ts';
import { parseIni, titleOf } from './ini.ts';
import { spanOfLine } from './ini-lines.ts';
import { type Problem, problem } from './problem.ts';
import { merge, readSection } from './read.ts';
import { type PresetSettings, type ProviderSettings, preset, provider } from './sections/provider.ts';

/** Where presets come from: a folder with a file `NAME.conf` each, which holds `[preset NAME]` and nothing else. */
export interface PresetFolder {
  /** The names of all, for a hint. */
  names(): readonly string[];
  /** Path and text; undefined if there is none of this name. `exposed`: why somebody may have written it who should not. */
  read(name: string): { readonly path: string; readonly text: string; readonly exposed?: string | undefined } | undefined;
}

const ENDING = '.conf';

/** The file of a preset in the folder of the presets. */
export function presetFile(name: string): string {
  return `${name}${ENDING}`;
}

/** The presets that the files of a folder hold, by the names of the files. */
export function presetNames(files: readonly string[]): readonly string[] {
  return files.filter((name) => name.endsWith(ENDING)).map((name) => name.slice(0, -ENDING.length));
}

/** Where there is no preset of a name: the one that was probably meant, else all there are. */
export function otherPresets(wanted: string, names: readonly string[]): string | undefined {
  const all = [...names].sort();
  return didYouMean(nearest(wanted, all)) ?? (all.length === 0 ? undefined : `there are ${all.join(', ')}`);
}

/** Reads a preset by the schema of its kind: what is no preset is a problem and changes nothing (security S32). */
function readPreset(
  name: string,
  { path, text }: { readonly path: string; readonly text: string },
  problems: Problem[],
): Section<PresetSettings> | undefined {
  const file = parseIni(path, text);
  problems.push(...file.problems);
  const found = merge([file], [preset], problems).get(preset.kind)!;
  for (const { parts } of found.values()) {
    const { line, source } = parts[0]!;
    const where = titleOf(parts[0]!);
    if (parts[0]!.name !== name)
      problems.push(problem(source, spanOfLine(source, line), { where, message: `expected [preset ${name}] in this file` }));
  }
  const origin = found.get(name);
  if (origin === undefined) return undefined;
  return readSection(preset, origin, problems, new Map());
}

/** Fills in what presets say and the providers do not say themselves. A preset that does not exist is a problem of whoever names it. */
export function withPresets(
  providers: Sections<ProviderSettings>,
  folder: PresetFolder,
  problems: Problem[],
): Sections<ProviderSettings> {
  const known = new Map<string, Section<PresetSettings> | undefined>();
  const filled = new Map<string, Section<ProviderSettings>>();
  const complain = ({ source, span, where }: Place, message: string, hint?: string) =>
    problems.push(problem(source, span, { where, message, hint }));
  for (const [name, section] of providers) {
    const wanted = section.preset;
    if (wanted === undefined) {
      filled.set(name, section);
      continue;
    }
    if (!known.has(wanted)) {
      const file = folder.read(wanted);
      if (file?.exposed !== undefined) {
        complain(placeOfKey(section.origin, 'preset')!, `${file.path} is not used: ${file.exposed}`);
      } else if (file !== undefined) known.set(wanted, readPreset(wanted, file, problems));
      else complain(placeOfKey(section.origin, 'preset')!, `there is no preset ${wanted}`, otherPresets(wanted, folder.names()));
    }
    const found = known.get(wanted);
    const whole = found === undefined ? section : inherited(section, found);
    filled.set(name, whole);
    if (found === undefined || whole.registrar !== undefined) continue;
    const hint = 'say which server it is: registrar = sip:HOST, or --set registrar=sip:HOST';
    complain(placeOfSection(section.origin)!, `expected a registrar: the preset ${wanted} cannot know it`, hint);
  }
  return filled;
}

/** What is written counts, then the preset, then the defaults: as all sections inherit. */
function inherited(section: Section<ProviderSettings>, from: Section<PresetSettings>): Section<ProviderSettings> {
  const { name: _name, origin: _origin, ...said } = from;
  const base = Object.assign(Object.create(provider.defaults) as object, said);
  return Object.assign(Object.create(base) as object, section) as Section<ProviderSettings>;
}
