import { lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { FileError, type Files } from '../files.ts';
import { codeOf, wordsOf } from './errno.ts';
import { tried } from './tried.ts';
import { readWhole } from './whole-file.ts';

const ABSENT = new Set(['ENOENT', 'ENOTDIR']);
const DENIED = new Set(['EACCES', 'EPERM']);

/** In bytes; a configuration of a million users has as many. */
const MOST = 64 * 1024 * 1024;

/** The files of this machine. */
export const nodeFiles: Files = {
  read: (path, pipes) => orUndefined(path, () => readWhole(path, MOST, pipes)),
  list: (folder) => orUndefined(folder, () => readdirSync(folder), 'folder') ?? [],
  exposed: (path) =>
    orUndefined(path, () => {
      const trusted = new Set([0, process.geteuid?.() ?? 0, statSync(dirname(path)).uid]);
      // A link and what it leads to are two files; the mode of a link says nothing.
      const [link, file] = [lstatSync(path), statSync(path)];
      const stranger = [link.uid, file.uid].find((uid) => !trusted.has(uid));
      if (stranger !== undefined) return `it belongs to another user (${stranger})`;
      if ((file.mode & 0o002) !== 0) return 'everybody may write it';
      return undefined;
    }),
};

/** @throws FileError for everything but absence. */
function orUndefined<T>(path: string, read: () => T, what: 'file' | 'folder' = 'file'): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = codeOf(error);
    if (code === '') throw error; // no system call failed: a bug
    if (!ABSENT.has(code)) throw new FileError(path, wordsOf(error), error, DENIED.has(code));
    const stands = standing(path);
    if (stands?.isSymbolicLink() === true) throw new FileError(path, `it is a link to a ${what} that is not there`, error);
    if (stands !== undefined && code === 'ENOTDIR') throw new FileError(path, 'it is not a folder', error);
    return undefined;
  }
}

/** What stands at a path itself, wherever it leads; undefined if nothing does. */
const standing = (path: string) => tried(() => lstatSync(path), undefined);
