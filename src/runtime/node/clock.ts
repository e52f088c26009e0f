import { type Clock, isCorrection, type Millis, type Timed, type Timer } from '../clock.ts';

/** Milliseconds of one slot: how late a timer may be on an idle machine, and how seldom the process wakes on a busy one. */
const SLOT = 16;
/** Slots of the near wheel. 2048 of 16 ms hold 32.7 s, so that 64*T1 = 32 s (RFC 3261 §17) never needs the far one. */
const NEAR = 2048;
/** Slots of the far wheel, each as long as the near wheel: 4.6 hours. A later timer passes through its last slot again. */
const FAR = 512;
/** setTimeout takes a longer wait for 1 ms. */
const LONGEST = 0x7fff_ffff;

/** A timer, and the link that holds it in its slot's ring. A slot itself is a link that nobody waits for. */
class Link implements Timer {
  readonly name: string;
  readonly due: Millis;
  whom: Timed | undefined;
  next: Link;
  previous: Link;

  constructor(name: string, due: Millis, whom: Timed | undefined) {
    this.name = name;
    this.due = due;
    this.whom = whom;
    this.next = this;
    this.previous = this;
  }

  cancel(): void {
    if (this.whom === undefined) return;
    this.whom = undefined;
    this.previous.next = this.next;
    this.next.previous = this.previous;
    // An old one that is dead would keep its young neighbours.
    this.next = this;
    this.previous = this;
  }

  /** Puts a link at the end of this ring. */
  append(link: Link): void {
    const last = this.previous;
    link.previous = last;
    link.next = this;
    last.next = link;
    this.previous = link;
  }

  /** Takes all links of another ring over into this empty one. */
  takeAll(ring: Link): void {
    if (ring.next === ring) return;
    this.next = ring.next;
    this.previous = ring.previous;
    this.next.previous = this;
    this.previous.next = this;
    ring.next = ring;
    ring.previous = ring;
  }
}

/** Slots in a circle, with a bit for each that may hold a timer: cancelling leaves the bit, looking for it clears it. */
class Wheel {
  readonly slots: readonly Link[];
  readonly #bits: Int32Array;
  readonly #mask: number;

  constructor(size: number) {
    this.slots = Array.from({ length: size }, () => new Link('', 0, undefined));
    this.#bits = new Int32Array(size / 32);
    this.#mask = size - 1;
  }

  add(at: number, link: Link): void {
    const slot = at & this.#mask;
    this.#bits[slot >> 5]! |= 1 << slot;
    this.slots[slot]!.append(link);
  }

  at(at: number): Link {
    return this.slots[at & this.#mask]!;
  }

  /** The first position from `from` on, once around, that holds a timer; -1: none. */
  first(from: number): number {
    const bits = this.#bits;
    for (let ahead = 0; ahead <= this.#mask; ) {
      const slot = (from + ahead) & this.#mask;
      const word = bits[slot >> 5]! >>> (slot & 31);
      if (word === 0) {
        ahead += 32 - (slot & 31);
        continue;
      }
      ahead += 31 - Math.clz32(word & -word);
      if (ahead > this.#mask) return -1;
      const found = (from + ahead) & this.#mask;
      if (this.slots[found]!.next !== this.slots[found]) return from + ahead;
      bits[found >> 5]! &= ~(1 << found);
    }
    return -1;
  }
}

/**
 * The real time, with every timer of the process in one wheel: starting and cancelling takes no search and no closure, and
 * the process wakes only for slots that hold a timer.
 */
export class NodeClock implements Clock {
  readonly #near = new Wheel(NEAR);
  readonly #far = new Wheel(FAR);
  /** What is being fired; it outlives one run where a timer's user threw. */
  readonly #firing = new Link('', 0, undefined);
  /** The last slot that was fired, counted from time 0. */
  #fired = -1;
  /** The slot we will wake for. */
  #wakes = Number.POSITIVE_INFINITY;
  #running = false;
  #timeout: NodeJS.Timeout | undefined;
  /** How far the wall clock was ahead of the monotonic one when the process last woke. */
  #ahead = Date.now() - performance.now();
  #corrected: Millis = 0;
  readonly #wake = () => this.#run();

  now(): Millis {
    return performance.now();
  }

  wall(): Millis {
    return Date.now();
  }

  corrected(): Millis {
    this.#look();
    return this.#corrected;
  }

  start(name: string, after: Millis, whom: Timed): Timer {
    const now = performance.now();
    // A whole number is kept in the timer itself; a fraction would cost a second object.
    const due = Math.ceil(now + (after > 0 ? after : 0));
    const link = new Link(name, due, whom);
    if (this.#wakes === Number.POSITIVE_INFINITY && !this.#running) this.#fired = Math.floor(now / SLOT);
    const slot = this.#place(link);
    if (slot < this.#wakes && !this.#running) this.#arm(slot, now);
    return link;
  }

  armed(): readonly Timer[] {
    const timers: Link[] = [];
    for (const ring of [this.#firing, ...this.#near.slots, ...this.#far.slots]) {
      for (let link = ring.next; link !== ring; link = link.next) timers.push(link);
    }
    return timers.sort((a, b) => a.due - b.due);
  }

  /** Hangs a timer into its slot and tells when that slot must be looked at: never before it is due. */
  #place(link: Link): number {
    const slot = Math.max(Math.ceil(link.due / SLOT), this.#fired + 1);
    if (slot - this.#fired <= NEAR) {
      this.#near.add(slot, link);
      return slot;
    }
    const turn = Math.min(Math.floor(slot / NEAR), Math.floor(this.#fired / NEAR) + FAR);
    this.#far.add(turn, link);
    return turn * NEAR;
  }

  #run(): void {
    this.#running = true;
    this.#wakes = Number.POSITIVE_INFINITY;
    this.#look();
    try {
      this.#fire();
      const end = Math.floor(performance.now() / SLOT);
      for (let slot = this.#next(); slot <= end; slot = this.#next()) {
        this.#fired = slot - 1;
        if (slot % NEAR === 0) this.#unfold(this.#far.at(slot / NEAR));
        this.#fired = slot;
        this.#firing.takeAll(this.#near.at(slot));
        this.#fire();
      }
      this.#fired = end;
    } finally {
      this.#running = false;
      const next = this.#firing.next === this.#firing ? this.#next() : this.#fired;
      if (next !== Number.POSITIVE_INFINITY) this.#arm(next, performance.now());
    }
  }

  /** Each time the process wakes: a hundred nights of sleep are no correction by a month. */
  #look(): void {
    const ahead = Date.now() - performance.now();
    if (isCorrection(ahead - this.#ahead)) this.#corrected += Math.round(ahead - this.#ahead);
    this.#ahead = ahead;
  }

  #fire(): void {
    const ring = this.#firing;
    for (let link = ring.next; link !== ring; link = ring.next) {
      const whom = link.whom!;
      link.cancel();
      whom.timeout(link.name);
    }
  }

  /** Moves the timers of one far slot into the near wheel, which has just come to their turn. */
  #unfold(ring: Link): void {
    const unfolding = new Link('', 0, undefined);
    unfolding.takeAll(ring);
    for (let link = unfolding.next; link !== unfolding; link = unfolding.next) {
      link.previous.next = link.next;
      link.next.previous = link.previous;
      this.#place(link);
    }
  }

  #next(): number {
    const near = this.#near.first(this.#fired + 1);
    const turn = this.#far.first(Math.floor(this.#fired / NEAR) + 1);
    if (turn === -1) return near === -1 ? Number.POSITIVE_INFINITY : near;
    return near === -1 ? turn * NEAR : Math.min(near, turn * NEAR);
  }

  #arm(slot: number, now: Millis): void {
    clearTimeout(this.#timeout);
    this.#wakes = slot;
    this.#timeout = setTimeout(this.#wake, Math.min(Math.ceil(slot * SLOT - now), LONGEST));
  }
}
