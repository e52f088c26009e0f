import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for something that other programs or the kernel do. What it waited for is asserted afterwards, which says better what came instead;
 * turns are counted and not the time, which on a busy machine passes without anybody having run.
 */
export async function until(happened: () => boolean): Promise<void> {
  for (let turns = 0; turns < 2_000 && !happened(); turns++) await sleep(5);
}
