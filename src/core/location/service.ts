import { ahead, type Clock, type Millis, type Timed, type Timer } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { hidePasswords } from '../../text/hide.ts';
import { wireToUtf8 } from '../../text/wire.ts';
import { type Binding, endsWithConnection, phoneOf } from './binding.ts';

/** What happened to a binding. `phone`: see `phoneOf`; `was`: what a refresh replaces. */
export type LocationEvent = { readonly binding: Binding; readonly phone: string } & (
  | { readonly kind: 'added' | 'removed' | 'expired' }
  | { readonly kind: 'refreshed'; readonly was: Binding }
);

/** Most addresses-of-record have one device: its binding stands for the list of it, which would take as much again. */
type Stored = Binding | readonly Binding[];

/** Expired bindings are swept at most so often; nobody is ever given one. */
const SWEEP: Millis = 1_000;
const nothing: readonly Binding[] = [];

/** The location service: from an address-of-record to where its devices are (RFC 3261 §10.3, §16.5). */
export class LocationService implements Timed {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #records = new Map<string, Stored>();
  /** Connection -> addresses-of-record that have a binding on it. */
  readonly #onConnection = new Map<string, Set<string>>();
  readonly #listeners = new Set<(event: LocationEvent) => void>();
  readonly #watchers = new Set<(aor: string) => void>();
  #count = 0;
  #sweep: Timer | undefined = undefined;
  /** No binding ends before this. */
  #earliest = Number.POSITIVE_INFINITY;
  /** When the monotonic clock was at 0, by the wall clock of the start. */
  readonly #epoch: number;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#epoch = Math.round(ahead(clock));
  }

  /**
   * The time that bindings begin and end by, in milliseconds since 1970: the wall clock of the start, and from there on the monotonic one. A
   * machine without a battery learns minutes after the start what year it is, and nobody has to register again for that.
   */
  now(): number {
    return this.#epoch + Math.floor(this.#clock.now());
  }

  /** Milliseconds that the wall clock is ahead of `now`: what to add to the times of a binding for a person, and for a restart. */
  get ahead(): Millis {
    return Math.round(ahead(this.#clock)) - this.#epoch;
  }

  /** Bindings, some of which may have ended within the last second. */
  get count(): number {
    return this.#count;
  }

  /** Connections that have a binding. */
  get connections(): number {
    return this.#onConnection.size;
  }

  /** Addresses-of-record that have a binding. */
  get aors(): IterableIterator<string> {
    return this.#records.keys();
  }

  /** Every binding that has not ended. */
  *all(): Generator<Binding> {
    const now = this.now();
    for (const stored of this.#records.values()) for (const binding of listOf(stored)) if (binding.expires > now) yield binding;
  }

  /** The bindings of an address-of-record that have not ended at this instant, the highest q first, among equals the newest. */
  bindings(aor: string): readonly Binding[] {
    const record = this.#record(aor);
    const now = this.now();
    return record.every((binding) => binding.expires > now) ? record : record.filter((binding) => binding.expires > now);
  }

  /** Replaces all bindings of an address-of-record at once; none forgets it. Returns them in the order in which they are given out. */
  commit(aor: string, bindings: readonly Binding[]): readonly Binding[] {
    const record = bindings.length < 2 ? bindings : [...bindings].sort(byPreference);
    const was = this.#put(aor, record);
    this.#tell(was, record);
    for (const changed of this.#watchers) changed(aor);
    this.#arm();
    return record;
  }

  /** As `commit`, for what was stored before a restart: nobody is told. */
  restore(aor: string, record: readonly Binding[]): void {
    this.#put(aor, [...record].sort(byPreference));
    this.#arm();
  }

  /** Ends the binding of this contact, written whole or as its URI; false if there is none. */
  remove(aor: string, contact: string): boolean {
    const record = this.bindings(aor);
    const left = record.filter((binding) => binding.uri !== contact && binding.contact !== contact);
    if (left.length === record.length) return false;
    this.commit(aor, left);
    return true;
  }

  /** A connection has closed: bindings that have no other way end with it (RFC 5626 §7), the others stay until they expire. */
  connectionClosed(connection: string): void {
    const aors = this.#onConnection.get(connection);
    if (aors === undefined) return;
    this.#onConnection.delete(connection);
    for (const aor of aors) {
      const record = this.#record(aor);
      const left = record.filter((binding) => binding.flow.connection !== connection || !endsWithConnection(binding));
      if (left.length < record.length) this.commit(aor, left);
    }
  }

  /** Hears of every binding that is added, refreshed, removed or expired. Returns how to stop. */
  subscribe(listener: (event: LocationEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hears of every address-of-record whose bindings changed in any way. Returns how to stop. */
  watch(changed: (aor: string) => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Sweeps what has expired. */
  timeout(): void {
    this.#sweep = undefined;
    this.#earliest = Number.POSITIVE_INFINITY;
    const now = this.now();
    for (const [aor, stored] of this.#records) {
      const record = listOf(stored);
      let soonest = Number.POSITIVE_INFINITY;
      for (const binding of record) if (binding.expires < soonest) soonest = binding.expires;
      if (soonest > now) this.#earliest = Math.min(this.#earliest, soonest);
      else this.#expire(aor, record, now);
    }
    this.#arm();
  }

  #expire(aor: string, record: readonly Binding[], now: number): void {
    const left = record.filter((binding) => binding.expires > now);
    this.#put(aor, left);
    this.#tell(record, left);
    for (const changed of this.#watchers) changed(aor);
  }

  /** Stores a record that is in order; returns what it replaced. */
  #put(aor: string, record: readonly Binding[]): readonly Binding[] {
    const was = this.#record(aor);
    this.#count += record.length - was.length;
    for (const binding of was) this.#unlink(binding, record);
    if (record.length === 0) this.#records.delete(aor);
    else this.#records.set(aor, record.length === 1 ? record[0]! : record);
    for (const binding of record) {
      if (binding.expires < this.#earliest) this.#earliest = binding.expires;
      if (binding.flow.connection !== '') this.#link(binding);
    }
    return was;
  }

  #record(aor: string): readonly Binding[] {
    const stored = this.#records.get(aor);
    return stored === undefined ? nothing : listOf(stored);
  }

  #link({ aor, flow: { connection } }: Binding): void {
    const aors = this.#onConnection.get(connection);
    if (aors === undefined) this.#onConnection.set(connection, new Set([aor]));
    else aors.add(aor);
  }

  #unlink({ aor, flow: { connection } }: Binding, record: readonly Binding[]): void {
    if (connection === '' || record.some((other) => other.flow.connection === connection)) return;
    const aors = this.#onConnection.get(connection);
    if (aors?.delete(aor) && aors.size === 0) this.#onConnection.delete(connection);
  }

  #arm(): void {
    if (this.#count === 0) {
      this.#sweep?.cancel();
      this.#sweep = undefined;
      this.#earliest = Number.POSITIVE_INFINITY;
      return;
    }
    const wait = Math.max(SWEEP, this.#earliest - this.now());
    if (this.#sweep !== undefined) {
      if (this.#sweep.due <= this.#clock.now() + wait) return;
      this.#sweep.cancel();
    }
    this.#sweep = this.#clock.start('expire bindings', wait, this);
  }

  #tell(was: readonly Binding[], record: readonly Binding[]): void {
    if (this.#listeners.size === 0 && !this.#log.wants('info')) return;
    const before = new Map(was.map((binding) => [phoneOf(binding, was), binding]));
    for (const binding of record) {
      const phone = phoneOf(binding, record);
      const old = before.get(phone);
      before.delete(phone);
      if (old === undefined) this.#report({ kind: 'added', binding, phone });
      else if (old !== binding) this.#report({ kind: 'refreshed', binding, phone, was: old });
    }
    const now = this.now();
    for (const [phone, binding] of before) this.#report({ kind: binding.expires > now ? 'removed' : 'expired', binding, phone });
  }

  #report(event: LocationEvent): void {
    if (event.kind !== 'refreshed' && this.#log.wants('info')) {
      const { aor, uri } = event.binding;
      this.#log.info(`binding ${event.kind}: ${shown(aor)} at ${shown(uri)}`);
    }
    for (const listener of this.#listeners) listener(event);
  }
}

function listOf(stored: Stored): readonly Binding[] {
  return 'aor' in stored ? [stored] : stored;
}

/** For a person: a name with escapes resolved may hold a line end. */
function shown(wire: string): string {
  return hidePasswords(wireToUtf8(wire)).replace(/[\x00-\x1f\x7f-\x9f]/g, '?');
}

function byPreference(a: Binding, b: Binding): number {
  return b.q - a.q || b.since - a.since;
}
