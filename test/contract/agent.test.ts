import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { expect } from 'vitest';
import { newFolder } from '../support/new-folder.ts';
import { needs } from '../support/program.ts';

const agent = fileURLToPath(new URL('../../src/runtime/node/agent.ts', import.meta.url));

/** A program that wants somebody to ask for a password, and what stands for pkttyagent. */
function setup() {
  const folder = newFolder('agent');
  const [program, log] = [join(folder, 'program.cjs'), join(folder, 'log')];
  const contents = `import { startAgent } from '${agent}';\nstartAgent().then((can) => console.log('can ask:', can));`;
  buildSync({ stdin: { contents, resolveDir: folder }, bundle: true, platform: 'node', outfile: program });
  // The terminal hangs up at the same moment: only what the program says to it itself shall end it.
  const ready = `echo "$*" >> ${log}; trap '' HUP; trap 'echo ended >> ${log}; exit' TERM; sleep 0.3; exec 3>&-; echo ready >> ${log}`;
  writeFileSync(join(folder, 'pkttyagent'), `#!/bin/sh\n${ready}\nfor second in 1 2 3 4 5 6; do sleep 1 & wait $!; done\n`);
  chmodSync(join(folder, 'pkttyagent'), 0o755);
  const run = (command: string, words: readonly string[], path = `${folder}:${process.env.PATH}`) =>
    spawnSync(command, words, { env: { PATH: path }, input: '', encoding: 'utf8', timeout: 10_000 }).stdout.trim();
  return { program, run, said: () => readFileSync(log, 'utf8').split('\n') };
}

needs('script')('who asks for a password on the terminal can do so when it says that, and ends with the program', async () => {
  const { program, run, said } = setup();
  expect(run('script', ['-qec', `${process.execPath} ${program}`, '/dev/null'])).toBe('can ask: true');
  await expect.poll(said).toEqual(['--fallback --notify-fd 3', 'ready', 'ended', '']);
});

needs('script')('where nobody is at a terminal, or polkit has no such program, nobody is asked', () => {
  const { program, run } = setup();
  expect(run(process.execPath, [program])).toBe('can ask: false');
  const empty = newFolder('agent');
  const shell = `PATH=${empty}; ${process.execPath} ${program}`;
  expect(run('script', ['-qec', shell, '/dev/null'], process.env.PATH)).toBe('can ask: false');
});
