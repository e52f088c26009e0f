import { assert, test } from 'vitest';
import { runBundled } from '../support/run-bundled.ts';

/** What each program has: MB of the young generation, work of which everything survives, and work of which nothing does. */
const beginning = `
import { getHeapSpaceStatistics } from 'node:v8';
import { growYoungGeneration, holdYoungGeneration } from './src/runtime/node/young-generation.ts';
const kept = [];
const size = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 2 ** 20;
const keep = (objects) => { for (let i = 0; i < objects; i++) kept.push({ i }); };
const waste = (bytes) => { for (let i = 0; i < bytes / 1024; i++) Array(128).fill(i); };
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
holdYoungGeneration();
keep(1_000_000);
const loaded = size();
growYoungGeneration();
`;

/** Prints the size after what was loaded, and after as much work. */
const program = `${beginning}
async function main() {
  for (let turn = 0; turn < 200; turn++) {
    keep(10_000);
    await new Promise(setImmediate);
  }
  console.log(JSON.stringify([loaded, size()]));
}
main();
`;

/** Prints the size after work that leaves nothing, when V8 took the memory back, and after such work again. */
const waves = `${beginning}
async function wave(bytes) {
  for (let turn = 0; turn < 30 && size() < 16; turn++) {
    waste(bytes);
    await pause(50);
  }
  return size();
}
async function main() {
  const sizes = [await wave(400_000)];
  // Less than 1 kB a millisecond over some seconds is little to do.
  for (let turn = 0; turn < 150 && size() > 4; turn++) {
    await pause(200);
    waste(20_000);
    gc();
  }
  sizes.push(size());
  await pause(50);
  console.log(JSON.stringify([...sizes, await wave(400_000)]));
}
main();
`;

const run = (contents: string, ...flags: readonly string[]) => runBundled(contents, ...flags) as readonly number[];

test('the young generation stays small while the configuration is loaded, and then grows to 8 MB a half and no further', () => {
  const [loaded, atWork] = run(program);
  assert.isAtMost(loaded!, 2);
  assert.equal(atWork, 16);
});

test('a size that the operator has chosen stays', () => {
  const [loaded, atWork] = run(program, '--max-semi-space-size=32');
  assert.equal(loaded, 64);
  assert.equal(atWork, 64);
});

test('work that leaves nothing behind lets it grow as well, once it comes in a hurry, and again when V8 took the memory back', () => {
  const [atWork, idle, again] = run(waves, '--expose-gc');
  assert.equal(atWork, 16);
  assert.isAtMost(idle!, 4);
  assert.equal(again, 16);
});
