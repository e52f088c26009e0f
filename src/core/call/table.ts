import { fnv1a } from '../../text/fnv.ts';
import type { Call } from './call.ts';
import type { Side } from './end.ts';

/** Buckets at first, and at most calls a bucket on the average. */
const BUCKETS = 256;

/**
 * Calls by Call-ID and From tag; several may have the same. No Map: each time that many entries came and went V8 moves those that are left
 * to a new table, which the old one goes on pointing to. Where calls come and go all the time such a chain keeps each of them, with its
 * messages, until the next full collection: it found 5 kB of garbage a call instead of 1.
 */
export class CallTable implements Iterable<Call> {
  private readonly seed: number;
  /** The newest first. */
  private buckets = new Array<Call | undefined>(BUCKETS).fill(undefined);
  private count = 0;

  constructor(seed: number) {
    this.seed = seed;
  }

  get size(): number {
    return this.count;
  }

  add(call: Call): void {
    if (++this.count > this.buckets.length) this.grow();
    this.link(call);
  }

  delete(call: Call): void {
    const at = this.bucket(call.callId, call.callerTag);
    let before: Call | undefined;
    for (let next = this.buckets[at]; next !== undefined; before = next, next = next.older) {
      if (next !== call) continue;
      if (before === undefined) this.buckets[at] = call.older;
      else before.older = call.older;
      call.older = undefined;
      this.count--;
      return;
    }
  }

  /** Where several have the same Call-ID and From tag, the one with this dialog; else the newest. */
  find(callId: string, callerTag: string, dialogTag: string): Call | undefined {
    let newest: Call | undefined;
    for (let call = this.buckets[this.bucket(callId, callerTag)]; call !== undefined; call = call.older) {
      if (call.callId !== callId || call.callerTag !== callerTag) continue;
      if (call.dialog(dialogTag) !== undefined) return call;
      newest ??= call;
    }
    return newest;
  }

  /** A dialog is over, in each call that it belongs to: one that came through us twice is two. */
  leave(callId: string, callerTag: string, dialogTag: string, by: Side): void {
    for (;;) {
      const call = this.find(callId, callerTag, dialogTag);
      const dialog = call?.dialog(dialogTag);
      if (call === undefined || dialog === undefined) return;
      call.leave(dialog, by);
    }
  }

  *[Symbol.iterator](): Generator<Call> {
    for (const newest of this.buckets) for (let call = newest; call !== undefined; call = call.older) yield call;
  }

  private bucket(callId: string, callerTag: string): number {
    const hash = fnv1a(fnv1a(this.seed, callId), callerTag);
    return (hash ^ (hash >>> 16)) & (this.buckets.length - 1);
  }

  private link(call: Call): void {
    const at = this.bucket(call.callId, call.callerTag);
    call.older = this.buckets[at];
    this.buckets[at] = call;
  }

  private grow(): void {
    const oldestFirst = [...this].reverse();
    this.buckets = new Array<Call | undefined>(this.buckets.length * 2).fill(undefined);
    for (const call of oldestFirst) this.link(call);
  }
}
