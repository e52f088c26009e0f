import { lower } from './ascii.ts';

/** Shortest beginning that is taken for a word cut off. */
const PREFIX = 2;

/** Finds the word that was probably meant: the one fewest typing slips away (at most 2, or 1 in a short word), else one that begins like it. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const wanted = lower(word);
  let best: string | undefined;
  let fewest = wanted.length <= 4 ? 2 : 3;
  let begun: string | undefined;
  for (const candidate of words) {
    const found = lower(candidate);
    const slips = distance(wanted, found, fewest);
    if (slips < fewest) {
      best = candidate;
      fewest = slips;
    }
    if (begun === undefined && isBeginning(wanted, found)) begun = candidate;
  }
  return best ?? begun;
}

/** `did you mean X?`; undefined where nothing was. */
export function didYouMean(meant: string | undefined): string | undefined {
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}

function isBeginning(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= PREFIX && (a.startsWith(b) || b.startsWith(a));
}

/** Slips between two words: a letter too many, missing, wrong, or two swapped. `limit` and more are reported as `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (!same && i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least >= limit) return limit;
    before = previous;
    previous = row;
  }
  return Math.min(previous[b.length]!, limit);
}
