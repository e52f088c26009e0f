import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { StorageError } from '../storage.ts';
import { codeOf, wordsOf } from './errno.ts';
import { holderOfFile, programOf } from './holder.ts';
import { tried } from './tried.ts';
import { readWhole } from './whole-file.ts';

/** Whose a state directory is from now on. `unsure`: it may be another's as well, and why that cannot be known. */
export type Lock =
  | { readonly kind: 'ours' }
  | { readonly kind: 'taken'; readonly by: string }
  | { readonly kind: 'unsure'; readonly why: string };

/** Below the state directory. That the file is there means nothing: the kernel's lock on it ends with the process that has it. */
const LOCK = 'lock';
/** Below it too: locked by who changes its files. The folder itself could be locked by everybody who may look into it. */
const CHANGING = 'changing';

/** What makes a file impossible where nobody else is to blame: who only reads does no harm, and a full disk shall silence no telephone. */
const NO_ROOM = new Set(['EROFS', 'ENOSPC', 'EDQUOT']);

/** A disk that answers later than that, in milliseconds, is asked no more. */
const PATIENCE = 5_000;

/** No signature is longer, in bytes. */
const LONGEST = 4096;

/** A change of another that takes longer, in seconds, is waited for no more. */
const TURN = '4';

/**
 * Takes a state directory for this process until it ends, however it ends: two that write there lose each other's files. Only who may open
 * a file of mode 0600 can be in the way: its owner and root. Throws StorageError where the folder is none, or not ours to write.
 */
export function lockState(folder: string): Lock {
  const path = join(folder, LOCK);
  makeFolder(folder);
  let file: number;
  try {
    file = openLock(path);
  } catch (cause) {
    const why = `cannot open ${path}: ${wordsOf(cause)}`;
    if (NO_ROOM.has(codeOf(cause))) return { kind: 'unsure', why };
    throw new StorageError(codeOf(cause), why, cause);
  }
  // Node has no flock(2). A lock belongs to the open file, which a child has in common with us: what it takes stays when it has ended.
  const { status, stderr, error } = spawnSync('flock', ['-n', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', file],
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  if (status === 1 && stderr === '') return { kind: 'taken', by: stateHolder(folder) ?? stranger(path) };
  if (status !== 0) {
    // Only who is seen to have it: a signature may be a dead process's, whose number is another daemon's by now.
    const holder = holderOfFile(path);
    if (holder !== undefined) return { kind: 'taken', by: holder };
    const why = codeOf(error) === 'ENOENT' ? 'there is no flock(1)' : error === undefined ? stderr.trim() : wordsOf(error);
    return { kind: 'unsure', why: `cannot lock ${path}: ${why}` };
  }
  sign(file);
  return { kind: 'ours' };
}

/**
 * Waits until no other program that asks here changes the files of a state directory, and has it wait until this process ends or calls what is
 * returned. Undefined where that takes too long. Where nothing can be locked it is as if nobody else were there.
 */
export async function awaitTurn(folder: string): Promise<(() => void) | undefined> {
  let file: number;
  try {
    makeFolder(folder);
    file = openLock(join(folder, CHANGING));
  } catch (cause) {
    if (cause instanceof StorageError || codeOf(cause) !== '') return () => {}; // the change itself says it better
    throw cause;
  }
  const over = () => closeSync(file);
  if (!(await isHeldBeyond(file))) return over;
  over();
  return undefined;
}

/** Locks a file; true where another process has it locked for too long. */
function isHeldBeyond(file: number): Promise<boolean> {
  const child = spawn('flock', ['-w', TURN, '3'], { stdio: ['ignore', 'ignore', 'pipe', file], timeout: PATIENCE });
  let said = '';
  child.stderr?.on('data', (text) => {
    said += String(text);
  });
  return new Promise((done) => {
    child.on('error', () => done(false)); // there is no flock(1)
    child.on('close', (status) => done(status === 1 && said === ''));
  });
}

/** Who has a state directory: `sipwitchd (pid 1234)`; undefined: nobody that we can see. */
export function stateHolder(folder: string): string | undefined {
  const path = join(folder, LOCK);
  const holder = holderOfFile(path);
  if (holder !== undefined) return holder;
  // Of other users /proc tells what they run, but not what they have open. Whoever signed may have ended since.
  const { pid, host } = signed(path);
  return host === hostname() && Number(pid) !== process.pid && programOf(pid) === 'sipwitchd'
    ? `sipwitchd (pid ${pid})`
    : undefined;
}

/** Who holds a lock and is not to be seen from here: in another container, or on another machine. */
function stranger(path: string): string {
  const { pid, host } = signed(path);
  return pid === '' ? 'a process that cannot be seen from here' : `process ${pid} of ${host}, which cannot be seen from here`;
}

function makeFolder(folder: string): void {
  try {
    makeIn(folder);
  } catch (cause) {
    const why = codeOf(cause) === 'EEXIST' ? 'what stands there is no folder' : wordsOf(cause);
    throw new StorageError(codeOf(cause), `cannot make ${folder}: ${why}`, cause);
  }
}

/** With those above it. The recursive mkdir of Node says "no such file" of a disk that cannot be written. */
function makeIn(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (dirname(folder) !== folder) makeIn(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

/** To write where it can be: NFS locks nothing that is open for reading alone. */
function openLock(path: string): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_RDONLY } = constants;
  try {
    return openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (cause) {
    if (codeOf(cause) !== 'EROFS') throw cause;
  }
  try {
    return openSync(path, O_RDONLY | O_NOFOLLOW);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
  }
}

/** For people who wonder. What a full or read-only disk does not take is not needed. */
function sign(file: number): void {
  try {
    // As a backup that was put back may not have it.
    if ((fstatSync(file).mode & 0o077) !== 0) fchmodSync(file, 0o600);
    ftruncateSync(file);
    writeSync(file, `${process.pid} ${hostname()}\n`, 0);
  } catch (cause) {
    if (codeOf(cause) === '') throw cause;
  }
}

function signed(path: string): { readonly pid: string; readonly host: string } {
  const text = tried(() => readWhole(path, LONGEST), '');
  const [, pid = '', host = ''] = /^([0-9]{1,10}) ([^ \n]{1,64})\n$/.exec(text) ?? [];
  return { pid, host };
}
