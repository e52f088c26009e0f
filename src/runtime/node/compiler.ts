import { setFlagsFromString } from 'node:v8';
import { isBusy, watchPace } from './pace.ts';

/** Bytes of bytecode that a function runs before V8 compiles it. */
const EARLY = 1_000;
/** What V8 11 gives by itself. */
const USUAL = 66 * 1024;

/**
 * Lets V8 compile what is used after a sixtieth of the work that it would wait for: a house has a hundred calls a day, and all of them would
 * go through code that is still interpreted. So the compiler's threads are done after some hundred and fifty calls; with a fourth of the
 * budget they were not after two thousand, and got into the way of every hundredth call. What was compiled before enough was known of it is
 * compiled again.
 *
 * That too would wait, as V8 11 leaves a function that was compiled the budget of one that runs in a loop, five hundred times its own length:
 * the first INVITE meets half a dozen functions that were compiled when all that had come were REGISTERs, and they would be interpreted for
 * the thousand calls that follow.
 *
 * Under a load that lasts V8 waits as it does by itself. What matters is compiled soon even so, and what is used a few times a second would be
 * compiled beside all the work: of twenty thousand registrations a twentieth of what each cost was that.
 */
export function compileEarly(): void {
  if (/interrupt[-_]budget/.test(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`)) return;
  const version = Number.parseInt(process.versions.v8, 10);
  // V8 12 and its followers (Node 22) count calls instead, and say of a flag that they do not know that it is an error.
  if (version >= 12) return;
  if (version === 11) setFlagsFromString('--invocation-count-for-osr=10');
  let granted = 0;
  const grant = (budget: number) => {
    if (budget !== granted) setFlagsFromString(`--interrupt-budget=${budget}`);
    granted = budget;
  };
  grant(EARLY);
  watchPace((pace) => grant(isBusy(pace) ? USUAL : EARLY));
}
