import { assert, test } from 'vitest';
import { COLLECT, runBundled } from '../support/run-bundled.ts';

/** Prints after how many calls a function was compiled, and after how many more once it met what it had not been compiled for. */
const program = (setUp: string) => `
import { compileEarly } from './src/runtime/node/compiler.ts';
${COLLECT}
(async () => {
${setUp}
const isCompiled = new Function('f', 'return (%GetOptimizationStatus(f) & 16) !== 0');
// Whoever counts would be compiled as well, and the function with him.
const callsUntilCompiled = new Function('f', 'isCompiled', 'let n = 0; while (!isCompiled(f) && n < 1e6) { f(n); n++; } return n;');
new Function('f', '%NeverOptimizeFunction(f)')(callsUntilCompiled);
const add = (one) => one + 1;
const first = callsUntilCompiled(add, isCompiled);
add('text');
const isThrownAway = !isCompiled(add);
console.log(JSON.stringify({ first, isThrownAway, again: callsUntilCompiled(add, isCompiled) }));
})();
`;

interface Compiled {
  readonly first: number;
  readonly isThrownAway: boolean;
  readonly again: number;
}

/** Compiled in one thread, so that it takes as many calls each time. */
function run(setUp: string, ...flags: readonly string[]): Compiled {
  return runBundled(
    program(setUp),
    '--allow-natives-syntax',
    '--expose-gc',
    '--no-concurrent-recompilation',
    ...flags,
  ) as Compiled;
}

const v8 = Number.parseInt(process.versions.v8, 10);

test.skipIf(v8 >= 12)('a function is compiled a sixtieth as late, unless the operator has chosen when', () => {
  const { first } = run('compileEarly();');
  assert.isBelow(first, 300);
  const chosen = run('compileEarly();', '--interrupt-budget=67584');
  assert.isAbove(chosen.first, 30 * first);
  assert.deepEqual(chosen, run(''));
});

test.skipIf(v8 !== 11)('what met something that it was not compiled for is compiled again at once', () => {
  const { isThrownAway, again } = run('compileEarly();');
  assert.isTrue(isThrownAway);
  assert.isBelow(again, 20);
  assert.isAbove(run('').again, 300);
});

test.skipIf(v8 >= 12)('under a load that lasts a function is compiled as late as V8 would, and after that early again', () => {
  const early = run('compileEarly();').first;
  const grown = run('compileEarly(); await collect(3);').first;
  assert.isBelow(grown, 2 * early);
  const busy = run('compileEarly(); await collect(8);').first;
  assert.equal(busy, run('').first);
  const calm = run('compileEarly(); await collect(8); await pause(1_100); await collect(1);').first;
  assert.isBelow(calm, 2 * early);
});
