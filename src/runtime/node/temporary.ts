import { randomBytes } from 'node:crypto';
import { readdirSync, statSync, unlinkSync } from 'node:fs';
import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './errno.ts';
import { tried } from './tried.ts';

/** No write takes so long, in milliseconds: a temporary file that old is nobody's, whoever bears the number of its process by now. */
const ABANDONED = 3_600_000;

/** This life of the process, which may have got the number of one that was killed: within a container it often does. */
const life = randomBytes(3).toString('hex');

/** `.NAME.PID-LIFE....new`; before, there was no PID in it. */
const OURS = /^\..+\.(?:([0-9]{1,10})-)?([0-9a-f]{6})[0-9a-f]{6}\.new$/;

/** Temporary file, fsync, rename, fsync of the folder: a reader, or a power cut, sees the old text or the new. */
export async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = temporaryFor(file);
  const handle = await open(temporary, 'wx', mode);
  try {
    try {
      // The process's umask took bits away.
      await handle.chmod(mode);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw cause;
  }
  await syncFolder(folder);
}

/** From then on what was renamed in a folder, or removed from it, is so after a power cut too; where the file system can do that at all. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (cause) {
    if (codeOf(cause) !== 'EINVAL') throw cause; // fsync(2): it knows no fsync of a folder, as vboxsf
  } finally {
    await handle.close();
  }
}

/** A new name beside a file, for the text that will take its place. */
function temporaryFor(file: string): string {
  return join(dirname(file), `.${basename(file)}.${process.pid}-${life}${randomBytes(3).toString('hex')}.new`);
}

/** Whether a name is that of a text that is being written, or was when its writer was killed. */
export function isTemporary(name: string): boolean {
  return name.startsWith('.') && name.endsWith('.new');
}

/** Removes what processes that were killed had begun to write in a folder. What cannot be looked at or removed stays: it is no harm but to the disk. */
export function removeAbandoned(folder: string): void {
  for (const name of tried(() => readdirSync(folder), [])) {
    const [, pid, writer] = OURS.exec(name) ?? [];
    if (writer === undefined) continue;
    try {
      if (isRunning(pid, writer) && Date.now() - statSync(join(folder, name)).mtimeMs < ABANDONED) continue;
      unlinkSync(join(folder, name));
    } catch {
      // It is gone by now, or somebody else's.
    }
  }
}

/** Whether the writer of a file may still be at it: nobody knows better where the name has no PID, or the process is another user's. */
function isRunning(pid: string | undefined, writer: string): boolean {
  if (pid === undefined) return true;
  if (Number(pid) === process.pid) return writer === life;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}
