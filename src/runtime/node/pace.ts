import { constants, PerformanceObserver } from 'node:perf_hooks';

/** V8's young generation is used up in a hurry if that took less than so many milliseconds. */
const HURRIED = 1_000;

/** So many collections of the young generation in a hurry, one after the other, are a load that lasts; after fewer it may only have to grow. */
const BUSY = 4;

/** What Node tells of a collection of garbage; its types leave `detail` out. */
export interface Collection {
  readonly startTime: number;
  readonly detail: { readonly kind: number };
}

/** How much there is to do, by how quickly the young generation is used up. */
export interface Pace {
  /** When it was last. */
  readonly last: number;
  /** How often in a row that was in a hurry. */
  readonly hurries: number;
}

export const CALM: Pace = { last: Number.NEGATIVE_INFINITY, hurries: 0 };

/** Whether there is a load that lasts. */
export function isBusy({ hurries }: Pace): boolean {
  return hurries >= BUSY;
}

/** The pace after some collections. One of the whole heap, or the beginning of one, says nothing of it. */
export function paceAfter(pace: Pace, collections: readonly Collection[]): Pace {
  return collections
    .filter(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MINOR)
    .reduce(
      ({ last, hurries }, { startTime }) => ({ last: startTime, hurries: startTime - last < HURRIED ? hurries + 1 : 0 }),
      pace,
    );
}

/** Tells the pace after each collection of garbage, for as long as the process lives, which this does not prolong. */
export function watchPace(told: (pace: Pace) => void): void {
  let pace = CALM;
  new PerformanceObserver((list) => {
    pace = paceAfter(pace, list.getEntries() as unknown as Collection[]);
    told(pace);
  }).observe({ entryTypes: ['gc'] });
}
