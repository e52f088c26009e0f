import type { Config, Origin } from '../../config/config.ts';
import { removeSection } from '../../config/edit.ts';
import { parseIni } from '../../config/ini.ts';
import { type Loaded, load, type Setting } from '../../config/load.ts';
import { errorsIn, type Problem } from '../../config/problem.ts';
import { problemLine, sentenceOf } from '../../config/report.ts';
import type { Files } from '../../runtime/files.ts';
import { type Storage, StorageError } from '../../runtime/storage.ts';
import { ControlError, storageFailed } from './errors.ts';
import { overlaid } from './overlay.ts';

export interface DropInParts {
  readonly files: Files;
  readonly setting: Setting;
  readonly storage: Storage;
  /** Has no other program change these files until what it returns is called; undefined where one does for too long. */
  awaitTurn(): Promise<(() => void) | undefined>;
}

/** What to say about a change that was made: warnings about what it says, a sentence each. */
export type Remarks = readonly string[];

/** A configuration without errors, and what else is to be said about it. */
export interface Usable {
  readonly config: Config;
  readonly problems: readonly Problem[];
}

/** Texts by their path below the state directory; undefined: the file goes. */
export type Changes = ReadonlyMap<string, string | undefined>;

/** The last change of each state directory, under way or done. */
const changing = new WeakMap<Storage, Promise<unknown>>();

type Refuse = (sentences: readonly string[]) => ControlError;

/** The part of the configuration that programs write: tried as a whole before anything of it is written. Methods throw ControlError. */
export class DropIns {
  readonly #parts: DropInParts;
  readonly #mode: number;

  /** `mode`: of the files that are written. */
  constructor(parts: DropInParts, mode: number) {
    this.#parts = parts;
    this.#mode = mode;
  }

  /**
   * Makes one change after the other, by whichever program: what was tried on the whole configuration holds until it is written, and nobody
   * writes what he read before somebody else wrote.
   */
  inTurn<T>(change: () => Promise<T>): Promise<T> {
    const { storage } = this.#parts;
    const made = (changing.get(storage) ?? Promise.resolve()).then(() => this.#alone(change));
    const over = () => undefined; // who asked for it hears of a failure
    changing.set(storage, made.then(over, over));
    return made;
  }

  async #alone<T>(change: () => Promise<T>): Promise<T> {
    const over = await this.#parts.awaitTurn();
    if (over === undefined) throw othersTurn(this.#parts.setting.state);
    try {
      return await change();
    } finally {
      over();
    }
  }

  /** The configuration as the files have it now. */
  load(): Loaded {
    return load(this.#parts.files, this.#parts.setting);
  }

  /** The same, if it has no errors. */
  loaded(): Usable {
    const { config, problems } = this.load();
    if (config !== undefined) return { config, problems };
    const first = errorsIn(problems)[0]!;
    const why = first.line === 0 ? `${first.file} ${first.message}` : `${first.file}:${first.line} is wrong`;
    throw new ControlError(
      'InvalidConfiguration',
      `nothing is changed while ${why}; "sipwitchctl config check" shows what to mend`,
    );
  }

  /** The changes that take a section out of every file; it must stand in ours alone. */
  without({ kind, name, parts }: Origin): Changes {
    const { state } = this.#parts.setting;
    const changes = new Map<string, string | undefined>();
    for (const { source, line } of parts) {
      if (!source.path.startsWith(`${state}/conf.d/`)) {
        const where = `${source.path}:${line}`;
        throw new ControlError(
          'NotAllowed',
          `${name} was written by hand, in ${where}; take [${kind} ${name}] out there, then reload`,
        );
      }
      const path = source.path.slice(state.length + 1);
      const rest = removeSection(this.#parts.storage.read(path) ?? '', kind, name);
      changes.set(path, parseIni(path, rest).sections.length === 0 ? undefined : rest);
    }
    return changes;
  }

  /** Loads the configuration as it would be, and returns how to write it. */
  try(
    { problems: known }: Usable,
    changes: Changes,
    refuse: Refuse = refusedArgument,
  ): { readonly remarks: Remarks; write(): Promise<void> } {
    const { files, setting } = this.#parts;
    const absolute = new Map<string, string | undefined>();
    for (const [path, text] of changes) absolute.set(`${setting.state}/${path}`, text);
    const before = new Set(known.map(sentence));
    const { problems } = load(overlaid(files, absolute), setting, new Set(absolute.keys()));
    const errors = errorsIn(problems);
    if (errors.length > 0) throw refuse(errors.map(sentence));
    const fresh = problems.filter((one) => !before.has(sentence(one)));
    // Elsewhere notes are of no interest: they count others of their kind, and are new with every change.
    const told = fresh.filter(({ file, severity }) => absolute.has(file) || severity === 'warning');
    const remarks = told.map((one) => (absolute.has(one.file) ? sentence(one) : problemLine(one)));
    return { remarks, write: () => this.#write(changes) };
  }

  async #write(changes: Changes): Promise<void> {
    const { storage } = this.#parts;
    await this.store(async () => {
      for (const [path, text] of changes) {
        if (text === undefined) await storage.remove(path);
        else await storage.write(path, text, this.#mode);
      }
    });
  }

  /** Writes; what the disk says becomes a ControlError. */
  async store(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (error instanceof RangeError) throw new ControlError('InvalidArgument', error.message);
      if (!(error instanceof StorageError)) throw error;
      throw storageFailed(error, this.#parts.setting.daemon === true);
    }
  }
}

/** The refusal of a change while another program makes one. */
export function othersTurn(state: string): ControlError {
  return new ControlError('StorageFailed', `another program is changing the files of ${state}; nothing is changed; try again`);
}

function sentence(problem: Problem): string {
  return `${problem.where === '' ? problem.file : problem.where}: ${sentenceOf(problem)}`;
}

function refusedArgument(sentences: readonly string[]): ControlError {
  return new ControlError('InvalidArgument', sentences.join('\n'));
}
