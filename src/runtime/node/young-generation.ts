import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { CALM, type Pace, watchPace } from './pace.ts';

/** Bytes of one half of the young generation that are enough. */
const ENOUGH = 8 * 1024 * 1024;

/**
 * Keeps V8's young generation at the 1 or 2 MB a half it begins with, while what is loaded stays for good. V8 doubles it whenever much
 * survives, up to 16 MB a half. Until there is much to do, full collections are made in one piece.
 */
export function holdYoungGeneration(): void {
  // V8 would make objects old from birth once most of their kind survived. Those that come from one call make its messages old with them,
  // and all this waits for full collections: 12 kB a call instead of 3.
  setFlagsFromString('--no-allocation-site-pretenuring');
  // Eight seconds after a full collection V8 takes few calls for idleness and collects everything three times more. Once will do; other
  // versions than that of Node 20 may not know the flag.
  if (process.versions.v8.startsWith('11.')) setFlagsFromString('--memory-reducer-single-gc');
  if (isChosen()) return;
  markInPieces(false);
  growBy(1);
}

/**
 * Lets the young generation grow to 8 MB a half, in one step, when the work needs it, and no further: with 16 a call or a registration costs as
 * much or more CPU time, and the process is 15 MB larger; with the 1 MB that it begins with, 100 calls a second are interrupted 25 times in ten
 * seconds instead of five. V8 takes the memory back when there was little to do for a while, so each collection asks anew.
 *
 * V8 has no flag for a bound that could be set from inside, but it reads the factor of growth each time. It grows when more has survived than
 * a half holds, which calls hardly bring about, so where it is needed something is made to survive until it has grown.
 */
export function growYoungGeneration(): void {
  if (isChosen()) return;
  let survivors: unknown;
  const adjust = ({ hurries }: Pace) => {
    const half = capacity();
    const factor = Math.max(1, Math.floor(ENOUGH / half));
    growBy(factor);
    const isHurried = hurries > 0;
    markInPieces(isHurried);
    survivors = factor > 1 && isHurried ? (survivors ?? arrays(half)) : undefined;
  };
  adjust(CALM);
  watchPace(adjust);
}

/** Somewhat more than so many bytes, in objects that are small enough to be born young. */
function arrays(bytes: number): unknown {
  return Array.from({ length: bytes / 1024 }, () => Array(160).fill(0));
}

/**
 * Whether V8 marks what lives in pieces between the calls. When it takes few calls for idleness it collects only if it may do that; and then
 * it forgets the shape of every object that is not there at that moment, throws compiled functions away that knew it, thirty at once, and the
 * next twenty calls take up to 14 ms each. So it may not, as long as there is little to do: a full collection, which is rare then, takes some
 * 10 ms in one piece. Once there is much to do it may: the pauses are shorter, and the memory is given back afterwards.
 */
function markInPieces(may: boolean): void {
  if (may === inPieces) return;
  inPieces = may;
  setFlagsFromString(may ? '--incremental-marking' : '--no-incremental-marking');
}

let inPieces = true;
let growth = 0;

function growBy(factor: number): void {
  if (factor === growth) return;
  growth = factor;
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
}

/** Bytes of a half. What is committed says less: V8 gives back the half that is empty. */
function capacity(): number {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return young === undefined ? ENOUGH : young.space_used_size + young.space_available_size;
}

/** Whether the operator has chosen a size. */
function isChosen(): boolean {
  return /semi[-_]space/.test(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`);
}
