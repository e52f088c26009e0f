import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { constants, hostname, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { StorageError } from '../storage.ts';
import type { Surroundings, Terminal } from '../terminal.ts';
import { codeOf, wordsOf } from './errno.ts';
import { tried } from './tried.ts';

/** The standard streams of this process. */
export class NodeTerminal implements Terminal {
  private readonly program: string;

  /** @param program whose name begins the sentence if nothing can be printed */
  constructor(program: string) {
    this.program = program;
    endWhereOutputEnds(program);
    // Whoever cannot be told is no reason to leave the rest undone.
    process.stderr.on('error', () => {});
  }

  out(text: string): void {
    process.stdout.write(text);
  }

  outWhole(text: string): Promise<void> {
    return new Promise((taken) => {
      process.stdout.write(text, (error) => (error ? endFor(error, this.program) : taken()));
    });
  }

  err(text: string): void {
    process.stderr.write(text);
  }

  get columns(): number | undefined {
    return (process.stdout.isTTY && process.stdout.columns) || undefined; // 0: a serial console knows none
  }

  get canAsk(): boolean {
    return process.stdin.isTTY === true;
  }

  async askHidden(question: string): Promise<string | undefined> {
    const { stdin } = process;
    process.stderr.write(question);
    stdin.setRawMode(true);
    try {
      return await typed();
    } finally {
      stdin.setRawMode(false);
      stdin.pause();
      process.stderr.write('\n');
    }
  }

  async input(most: number): Promise<string | undefined> {
    return (await readInput(most, () => false))?.toString('utf8');
  }

  async inputLine(most: number): Promise<string | undefined> {
    const bytes = await readInput(most, (part) => part.includes('\n'));
    return bytes?.toString('utf8').split(/\r?\n/)[0];
  }
}

/** Standard input to its end, or to the part that is the last one wanted; undefined where that is more than `most` bytes. */
async function readInput(most: number, isLast: (part: Buffer) => boolean): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (isLast(part)) break;
    if (length > most) return undefined;
  }
  return Buffer.concat(parts);
}

/** From here on the program ends when standard output takes no more: with a sentence and exit code 1 unless its reader went. */
export function endWhereOutputEnds(program: string): void {
  process.stdout.on('error', (error) => {
    // Whoever read what is printed has seen enough: `sipwitchctl user list | head`.
    if (codeOf(error) === 'EPIPE') process.exit(0);
    endFor(error, program);
  });
}

function endFor(error: Error, program: string): never {
  process.stderr.write(`${program}: the output cannot be written: ${wordsOf(error)}\n`);
  process.exit(1);
}

/** One line from a terminal in raw mode; undefined for ^C, and for ^D on an empty line. */
function typed(): Promise<string | undefined> {
  const decoder = new StringDecoder('utf8');
  const { stdin } = process;
  let line: string[] = [];
  return new Promise((done) => {
    const end = (answer: string | undefined) => {
      stdin.off('data', key);
      done(answer);
    };
    const key = (bytes: Buffer) => {
      for (const letter of decoder.write(bytes)) {
        if (letter === '\r' || letter === '\n') return end(line.join(''));
        if (letter === '\x03' || (letter === '\x04' && line.length === 0)) return end(undefined);
        if (letter === '\x7f' || letter === '\b') line.pop();
        else if (letter === '\x15') line = [];
        else line.push(letter);
      }
    };
    stdin.on('data', key);
    stdin.resume();
  });
}

/** Where and as whom this process runs. */
export function nodeSurroundings(): Surroundings {
  const { uid, username, homedir } = login();
  return {
    hostName: hostname(),
    uid,
    installed: existsSync('/etc/sipwitch'),
    presets: presets(process.argv[1]),
    user: username,
    home: process.env.HOME || homedir,
    variable: (name) => process.env[name] || undefined,
    absolute,
    kindOf,
  };
}

/** @throws StorageError where this program runs in a folder that was removed */
function absolute(path: string): string {
  try {
    return resolve(path);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    throw new StorageError('ENOENT', `${path} is nowhere: the folder that this program runs in was removed`, cause);
  }
}

function kindOf(path: string): ReturnType<Surroundings['kindOf']> {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return 'folder';
    return tried(() => lstatSync(path).isSymbolicLink(), false) ? 'astray' : 'absent';
  }
}

/** `program` is `dist/sipwitchd.js` in a checkout, and a link to `/usr/share/sipwitch/sipwitchd.js` where the package is installed. */
function presets(program: string | undefined): string {
  const folder = program === undefined || !existsSync(program) ? '/usr/share/sipwitch' : dirname(realpathSync(program));
  const beside = join(folder, 'providers');
  return existsSync(beside) ? beside : join(folder, '../etc/providers');
}

/** The account of this process; a container may run it as a number that no account has. */
function login(): { readonly uid: number; readonly username: string; readonly homedir: string } {
  try {
    return userInfo();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SYSTEM_ERROR')) throw error;
    return { uid: process.getuid?.() ?? 0, username: process.env.USER || 'me', homedir: '/' };
  }
}

export function exists(path: string): boolean {
  return existsSync(path);
}

/**
 * Root, working in the folder of a service, works as the user of that service: what root alone can read, the daemon cannot, and where a link
 * that the daemon made leads, root does not write. This program runs once more as that user, and gives its exit code; undefined where it may
 * go on as it is. No process changes its own user: the Node of Debian 13 refuses that (CVE-2024-22017).
 */
export function runAsOwnerOf(folder: string): number | undefined {
  const owner = ownerBesideRoot(folder);
  if (owner === undefined) return undefined;
  const { uid, gid } = owner;
  const { status, signal, error } = spawnSync(process.execPath, process.argv.slice(1), { uid, gid, stdio: 'inherit' });
  if (error !== undefined) throw error;
  return status ?? 128 + constants.signals[signal!];
}

/** Why this process shall be no daemon of the service, a sentence; undefined where it may be. */
export function rootFault({ service, state }: { readonly service: boolean; readonly state: string }): string | undefined {
  if (!service || ownerBesideRoot(state) === undefined) return undefined;
  const instead = '"systemctl start sipwitch" starts it, "runuser -u _sipwitch sipwitchd" does so on this terminal';
  return `${state} is the service's, which cannot read what root writes there; ${instead}`;
}

/** Whose a folder is where this process is root, and the folder another's. */
function ownerBesideRoot(folder: string): { readonly uid: number; readonly gid: number } | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  try {
    const owner = statSync(folder);
    return owner.uid === 0 ? undefined : owner;
  } catch (error) {
    if (codeOf(error) === '') throw error;
    return undefined; // what is done there says what is in the way
  }
}
