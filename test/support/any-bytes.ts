import { read } from '../../src/sip/message/read.ts';
import { flows, samples, torture } from './corpus.ts';
import { forceEverything } from './force-everything.ts';
import { mutant } from './mutate.ts';
import { SimRandom } from './sim-random.ts';

export interface Outcome {
  readonly read: { readonly request: number; readonly response: number; readonly malformed: number; readonly silence: number };
  /** Of one `read`, in microseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
  /** Bytes of the heap after collection, at a tenth and at the end; undefined where the collector cannot be called. */
  readonly heap: { readonly tenth: number; readonly end: number } | undefined;
}

/** Reads `count` mutated messages, asks each for everything and prints what is printed of it. @throws Error with the bytes that broke it. */
export function readMutants(count: number, seed: number): Outcome {
  const random = new SimRandom(seed);
  const seeds = [...torture(), ...flows(), ...samples()].map((message) => message.text);
  const collect = (globalThis as { gc?: () => void }).gc;
  const times = new Float64Array(count);
  const kinds = { request: 0, response: 0, malformed: 0, silence: 0 };
  let tenth = 0;
  for (let i = 0; i < count; i++) {
    if (collect !== undefined && i === Math.floor(count / 10)) tenth = heapAfter(collect);
    const text = mutant(random, seeds);
    const before = performance.now();
    const message = attempt(text, () => read(text));
    times[i] = performance.now() - before;
    if (message === undefined) kinds.silence++;
    else {
      attempt(text, () => forceEverything(message));
      kinds[message.kind]++;
    }
  }
  const heap = collect === undefined ? undefined : { tenth, end: heapAfter(collect) };
  times.sort();
  const micros = (share: number): number => times[Math.min(count - 1, Math.floor(count * share))]! * 1000;
  return { read: kinds, p50: micros(0.5), p99: micros(0.99), slowest: micros(1), heap };
}

function heapAfter(collect: () => void): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

function attempt<T>(text: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new Error(`these bytes broke it: ${JSON.stringify(text)}`, { cause: error });
  }
}
