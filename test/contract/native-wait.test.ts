import { spawnSync } from 'node:child_process';
import { assert } from 'vitest';
import { LIBRARY } from '../support/native.ts';
import { needs } from '../support/program.ts';
import { COLLECT, runBundled } from '../support/run-bundled.ts';

const [OTHER, BATCH, IDLE] = [0, 3, 5];
/** The scheduling policy of the thread that a program began with (proc(5)). */
const POLICY =
  "const policy = () => Number(require('node:fs').readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[38]);";

needs('udp.node')('a load that lasts makes the daemon wait for who runs, and what comes after it no longer', () => {
  const policies = runBundled(
    `import { nativeSockets } from './src/runtime/node/udp-native.ts';
    ${POLICY} ${COLLECT}
    (async () => {
      nativeSockets(${JSON.stringify(LIBRARY)}, { bytes: new Uint8Array(65536), landed() {} }).waitWhenBusy();
      const seen = [policy()];
      for (const [times, ms] of [[3, 0], [5, 0], [1, 1_100]]) {
        await pause(ms);
        await collect(times);
        seen.push(policy());
      }
      console.log(JSON.stringify(seen));
    })();`,
    '--expose-gc',
  );
  assert.deepEqual(policies, [OTHER, OTHER, BATCH, OTHER]);
});

for (const [chosen, flag] of [
  [BATCH, '--batch'],
  [IDLE, '--idle'],
] as const)
  needs('udp.node', 'chrt')(`what the operator has chosen stays: chrt ${flag}`, () => {
    const program = `const m = { exports: {} }; process.dlopen(m, ${JSON.stringify(LIBRARY)}); ${POLICY}
      console.log(JSON.stringify([true, false, true].flatMap((waits) => [m.exports.wait(waits), policy()])));`;
    const { stdout } = spawnSync('chrt', [flag, '0', process.execPath, '-e', program], { encoding: 'utf8', timeout: 20_000 });
    assert.deepEqual(JSON.parse(stdout), [0, chosen, 0, chosen, 0, chosen]);
  });
