// Parse, print and route by themselves, bundled on the fly from the source of one or two checkouts and run in turn.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { table } from './report.mjs';

const ROUNDS = 15;

/** The cases of micro.ts with the src/ of `project`. */
async function cases(project, out) {
  const theirs = {
    name: 'src',
    setup: (b) =>
      b.onResolve({ filter: /^\.\.\/\.\.\/src\// }, ({ path }) => ({ path: join(project, path.slice('../../'.length)) })),
  };
  const entryPoints = [join(import.meta.dirname, 'micro.ts')];
  await build({ entryPoints, outfile: out, bundle: true, platform: 'node', format: 'esm', target: 'node20', plugins: [theirs] });
  return (await import(pathToFileURL(out))).cases;
}

/** Nanoseconds for each call, over some 50 ms. */
function nanoseconds(run) {
  let calls = 0;
  let sum = 0;
  const began = process.hrtime.bigint();
  let took = 0;
  while (took < 50e6) {
    for (let i = 0; i < 500; i++) sum += run();
    calls += 500;
    took = Number(process.hrtime.bigint() - began);
  }
  if (sum <= 0) throw new Error('a case did nothing');
  return took / calls;
}

/** Prints medians in nanoseconds for each project; with two, their ratio. */
export async function micro(work, projects) {
  for (const project of projects) if (!existsSync(join(project, 'src'))) throw new Error(`${project} has no src/`);
  const peers = ['ours', 'against'].slice(0, projects.length);
  const bundles = await Promise.all(projects.map((project, i) => cases(project, join(work, `micro-${i}.mjs`))));
  const samples = [];
  for (const what of Object.keys(bundles[0])) {
    for (const bundle of bundles) nanoseconds(bundle[what]); // for the JIT
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, bundle] of bundles.entries())
        samples.push({ peer: peers[i], what, unit: 'ns', value: nanoseconds(bundle[what]) });
    }
  }
  console.log(`medians of ${ROUNDS} rounds (least-most)\n${table(samples, peers)}`);
}
