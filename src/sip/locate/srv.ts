import type { SrvRecord } from '../../runtime/resolver.ts';

/**
 * Sorts SRV records in the order to be tried: by priority, and by a throw weighted by weight within one (RFC 2782, "Usage rules").
 *
 * @param below gives an integer from 0 to its argument - 1
 */
export function srvOrder(records: readonly SrvRecord[], below: (end: number) => number): SrvRecord[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((wanted) =>
    byWeight(
      records.filter(({ priority }) => priority === wanted),
      below,
    ),
  );
}

function byWeight(records: readonly SrvRecord[], below: (end: number) => number): SrvRecord[] {
  // Those of weight 0 come first, so that only a throw of 0 chooses them.
  const left = [...records].sort((a, b) => Number(a.weight > 0) - Number(b.weight > 0));
  const order: SrvRecord[] = [];
  while (left.length > 1) {
    const thrown = below(left.reduce((sum, { weight }) => sum + weight, 0) + 1);
    let at = 0;
    for (let sum = left[0]!.weight; sum < thrown; sum += left[at]!.weight) at++;
    order.push(...left.splice(at, 1));
  }
  return [...order, ...left];
}
