import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 compile what is used after a sixtieth of the work that it would wait for (its budget is 66 kB of bytecode a function): a house has
 * a hundred calls a day, and all of them would go through code that is still interpreted. So the compiler's threads are done after some hundred
 * and fifty calls; with a fourth of the budget they were not after two thousand, and got into the way of every hundredth call. Later it costs
 * nothing: what was compiled before enough was known of it is compiled again.
 *
 * That too would wait, as V8 11 leaves a function that was compiled the budget of one that runs in a loop, five hundred times its own length:
 * the first INVITE meets half a dozen functions that were compiled when all that had come were REGISTERs, and they would be interpreted for
 * the thousand calls that follow.
 */
export function compileEarly(): void {
  if (/interrupt[-_]budget/.test(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`)) return;
  const version = Number.parseInt(process.versions.v8, 10);
  // V8 12 and its followers (Node 22) count calls instead, and say of a flag that they do not know that it is an error.
  if (version < 12) setFlagsFromString('--interrupt-budget=1000');
  if (version === 11) setFlagsFromString('--invocation-count-for-osr=10');
}
