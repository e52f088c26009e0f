import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { newFolder } from './new-folder.ts';

/** For a program that is run with --expose-gc: collects the young generation so often in a hurry, as a load would. */
export const COLLECT = `
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const collect = async (times) => {
  for (let i = 0; i < times; i++) {
    gc({ type: 'minor' });
    await pause(20);
  }
};`;

/** Runs a program, which imports from the project's root, in a process of its own with these flags of Node; what it prints, which is JSON. */
export function runBundled(contents: string, ...flags: readonly string[]): unknown {
  const outfile = join(newFolder('program'), 'program.cjs');
  buildSync({ stdin: { contents, resolveDir: process.cwd(), loader: 'ts' }, bundle: true, platform: 'node', outfile });
  return JSON.parse(execFileSync(process.execPath, [...flags, outfile], { encoding: 'utf8', env: {} }));
}
