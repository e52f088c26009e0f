import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Bytes of both halves of the young generation that are enough. */
const ENOUGH = 16 * 1024 * 1024;

/**
 * Keeps V8's young generation at the 1 or 2 MB a half it begins with, while what is loaded stays for good. V8 doubles it whenever much
 * survives, up to 16 MB a half, and gives none of it back.
 */
export function holdYoungGeneration(): void {
  // V8 would make objects old from birth once most of their kind survived. Those that come from one call make its messages old with them,
  // and all this waits for full collections: 12 kB a call instead of 3.
  setFlagsFromString('--no-allocation-site-pretenuring');
  if (isChosen()) return;
  growBy(1);
}

/**
 * Lets the young generation grow to 8 MB a half, in one step, when the work needs it, and no further: with 16 a call or a registration costs as
 * much or more CPU time, and the process is 15 MB larger. V8 has no flag for a bound that could be set from inside, but it reads the factor of
 * growth each time.
 */
export function growYoungGeneration(): void {
  if (isChosen()) return;
  growBy(Math.max(1, Math.floor(ENOUGH / size())));
  const collections = new PerformanceObserver(() => {
    if (size() < ENOUGH) return;
    growBy(1);
    collections.disconnect();
  });
  collections.observe({ entryTypes: ['gc'] });
}

function growBy(factor: number): void {
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
}

function size(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? ENOUGH;
}

/** Whether the operator has chosen a size. */
function isChosen(): boolean {
  return /semi[-_]space/.test(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`);
}
