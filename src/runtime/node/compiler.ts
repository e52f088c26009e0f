import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 compile what is used after a hundredth of the work that it would wait for (its budget is 132 kB of bytecode a function): a house has
 * a hundred calls a day, and all of them would go through code that is still interpreted. So the compiler's threads are done after some hundred
 * and fifty calls; with a fourth of the budget they were not after two thousand, and got into the way of every hundredth call. Later it costs
 * nothing: what was compiled before enough was known of it is compiled again.
 */
export function compileEarly(): void {
  if (/interrupt[-_]budget/.test(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`)) return;
  // V8 12 and its followers (Node 22) count calls instead, and say of a flag that they do not know that it is an error.
  if (Number.parseInt(process.versions.v8, 10) < 12) setFlagsFromString('--interrupt-budget=1000');
}
