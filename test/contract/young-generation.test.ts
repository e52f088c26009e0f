import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, assert, test } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'sipwitch-young-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Prints MB of the young generation after what was loaded, and after as much work; everything survives. */
const program = `
import { getHeapSpaceStatistics } from 'node:v8';
import { growYoungGeneration, holdYoungGeneration } from './src/runtime/node/young-generation.ts';
const kept = [];
const size = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 2 ** 20;
const keep = (objects) => { for (let i = 0; i < objects; i++) kept.push({ i }); };
async function main() {
  holdYoungGeneration();
  keep(1_000_000);
  const loaded = size();
  growYoungGeneration();
  for (let turn = 0; turn < 200; turn++) {
    keep(10_000);
    await new Promise(setImmediate);
  }
  console.log(JSON.stringify([loaded, size()]));
}
main();
`;

function run(...flags: readonly string[]): readonly number[] {
  const outfile = join(directory, 'program.cjs');
  buildSync({ stdin: { contents: program, resolveDir: process.cwd(), loader: 'ts' }, bundle: true, platform: 'node', outfile });
  return JSON.parse(execFileSync(process.execPath, [...flags, outfile], { encoding: 'utf8', env: {} })) as number[];
}

test('the young generation stays small while the configuration is loaded, and then grows to 8 MB a half and no further', () => {
  const [loaded, atWork] = run();
  assert.isAtMost(loaded!, 2);
  assert.equal(atWork, 16);
});

test('a size that the operator has chosen stays', () => {
  const [loaded, atWork] = run('--max-semi-space-size=32');
  assert.equal(loaded, 64);
  assert.equal(atWork, 64);
});
