import { readdirSync } from 'node:fs';
import { FileError, type Files } from '../files.ts';
import { readWhole } from './whole-file.ts';

const ABSENT = new Set(['ENOENT', 'ENOTDIR']);

/** The files of this machine. */
export const nodeFiles: Files = {
  read: (path) => orUndefined(path, () => readWhole(path)),
  list: (folder) => orUndefined(folder, () => readdirSync(folder)) ?? [],
};

/** @throws FileError for everything but absence. */
function orUndefined<T>(path: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error; // no system call failed: a bug
    if (ABSENT.has(code)) return undefined;
    // "EACCES: permission denied, open '/etc/...'": what a person needs is in the middle.
    throw new FileError(path, /^\w+: ([^,]*)/.exec(message)?.[1] ?? message, error);
  }
}
