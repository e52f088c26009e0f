import type { Clock, Millis } from '../../runtime/clock.ts';

/** Bytes that a source which proved nothing may get for nothing, and how often. */
const FREE = 4_096;
const EVERY: Millis = 60_000;
/** How long a proof counts: a registered phone refreshes within the hour. */
const PROVEN: Millis = 3_660_000;
/** Nobody saves more than this. */
const MOST_LEFT = 1 << 24;
/** Sources remembered, in each of two generations: whom a flood of new ones made us forget begins anew. */
const REMEMBERED = 1 << 14;

/** A host that sent us datagrams, and what it may still be sent. */
export class Source {
  private readonly sources: Sources;
  private left = FREE;
  private granted: Millis;
  private provenUntil: Millis = 0;

  constructor(sources: Sources) {
    this.sources = sources;
    this.granted = sources.clock.now();
  }

  /** It sent so many bytes, and may be sent one and a half times as many. */
  heard(bytes: number): void {
    if (this.left < MOST_LEFT) this.left += bytes + (bytes >> 1);
  }

  prove(): void {
    this.provenUntil = this.sources.clock.now() + PROVEN;
  }

  /** Whether it may be sent so many bytes; if so, they are taken off. */
  takes(bytes: number): boolean {
    if (this.left < bytes) this.refill();
    if (this.left < bytes) {
      this.sources.silenced++;
      return false;
    }
    this.left -= bytes;
    return true;
  }

  private refill(): void {
    const now = this.sources.clock.now();
    if (now < this.provenUntil) this.left = MOST_LEFT;
    else if (now - this.granted >= EVERY) {
      this.granted = now;
      this.left += FREE;
    }
  }
}

/**
 * What UDP sources may be sent in answer. A source address is easily invented, and whoever is called by it gets our answers: so a host that
 * never showed valid credentials gets at most 4 kB a minute and one and a half times what it sent, and beyond that silence (security S14).
 */
export class Sources {
  readonly clock: Clock;
  /** Answers that were not sent. */
  silenced = 0;
  private young = new Map<string, Source>();
  private old = new Map<string, Source>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  at(host: string): Source {
    return this.young.get(host) ?? this.renew(host);
  }

  private renew(host: string): Source {
    const source = this.old.get(host) ?? new Source(this);
    if (this.young.size >= REMEMBERED) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(host, source);
    return source;
  }
}
