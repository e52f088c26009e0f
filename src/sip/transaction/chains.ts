/** What `Chains` strings together. */
export interface Link<T> {
  /** The next of the same number. */
  sibling: T | undefined;
}

/**
 * Transactions by a number made of what they are found by; those of one number follow each other, the newest first. A Map of the texts
 * themselves would fetch from memory each one that a message is not of, and most messages are of none.
 */
export class Chains<T extends Link<T>> implements Iterable<T> {
  private readonly newest = new Map<number, T>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  first(number: number): T | undefined {
    return this.newest.get(number);
  }

  add(number: number, item: T): void {
    item.sibling = this.newest.get(number);
    this.newest.set(number, item);
    this.count++;
  }

  /** Nothing happens if it is not there. */
  delete(number: number, item: T): void {
    let newer: T | undefined;
    for (let next = this.newest.get(number); next !== undefined; newer = next, next = next.sibling) {
      if (next !== item) continue;
      this.count--;
      if (newer !== undefined) newer.sibling = item.sibling;
      else if (item.sibling !== undefined) this.newest.set(number, item.sibling);
      else this.newest.delete(number);
      return;
    }
  }

  *[Symbol.iterator](): Generator<T> {
    for (const newest of this.newest.values())
      for (let item: T | undefined = newest; item !== undefined; item = item.sibling) yield item;
  }
}
