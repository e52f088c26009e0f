import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty folder for the running test, removed with what is in it when that has ended. `word`: what it is known by in /tmp. */
export function newFolder(word: string): string {
  const folder = mkdtempSync(join(tmpdir(), `sipwitch-${word}-`));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
