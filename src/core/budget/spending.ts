import { after, type Clock, type Millis, type Timed, type Timer } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { type Storage, StorageError } from '../../runtime/storage.ts';
import { begin, EMPTY, isOver, type Ledger, moved, printLedger, readLedger, spentOf, talked } from './ledger.ts';
import { type Limits, overdrawn, type Spent, timeLeft, type Usage } from './limits.ts';
import { Running, RunningCalls, type Ticket } from './running.ts';

/** Relative to the state directory. */
const PATH = 'spending';
/** Begins the key of a user. */
const USER = 'user ';
/** Changes of so long make one write. */
const BATCH: Millis = 1_000;
/** While calls are talked on, what they lasted so far is written so often: kill -9 costs the budget no more. */
const RUNNING: Millis = 60_000;
/** After a refused write, how long until the next. */
const RETRY: Millis = 60_000;

export interface SpendingParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
}

/** A call that costs money: a `TrunkTarget` is one. */
export interface Spendable {
  readonly payer: { readonly name: string; readonly class: Limits };
  readonly trunk: { readonly kind: string; readonly name: string };
  readonly limits: Limits;
  readonly emergency: boolean;
}

/**
 * What users and trunks have spent: calls at once, calls within an hour, minutes within a day. Hours and days survive kill -9 and a
 * restart, and calls at once do not, for such calls end with the daemon.
 */
export class Spending implements Usage, Timed {
  private readonly parts: SpendingParts;
  private readonly ledgers = new Map<string, Ledger>();
  private readonly live = new Map<string, RunningCalls>();
  private readonly alerted = new Set<string>();
  private timer: Timer | undefined = undefined;
  private write: Promise<void> | undefined = undefined;
  private dirty = false;
  /** Why the last write was refused, and what that means. */
  private refusal: string | undefined = undefined;
  private closed = false;
  /** What of the corrections of the wall clock the ledgers went along with. */
  private corrected: Millis;

  constructor(parts: SpendingParts) {
    this.parts = parts;
    this.corrected = parts.clock.corrected();
  }

  /** Takes in what was stored. @throws StorageError if the file cannot be read. */
  restore(): void {
    const { storage, log } = this.parts;
    let unreadable = 0;
    for (const line of (storage.read(PATH) ?? '').split('\n')) {
      if (line === '') continue;
      const entry = readLedger(line);
      if (entry === undefined) unreadable++;
      else this.ledgers.set(...entry);
    }
    if (unreadable > 0) log.warning(`${PATH}: ${unreadable} lines cannot be read and are left out`);
  }

  /** A sentence while the file cannot be written. */
  get problems(): readonly string[] {
    return this.refusal === undefined ? [] : [this.refusal];
  }

  /** Who has used up an hour or a day, a sentence each. `limitsOf`: what a `user alice` or a `provider acme` may spend; undefined: there is none. */
  usedUp(limitsOf: (key: string) => Limits | undefined): readonly string[] {
    return [...this.ledgers.keys()].flatMap((key) => {
      const limits = limitsOf(key);
      const which = limits && this.usedUpBy(key, limits);
      return which === undefined ? [] : [`${key} has used up the limit of ${which}`];
    });
  }

  /** Which limit that does not end with a call. */
  private usedUpBy(key: string, limits: Limits): string | undefined {
    return overdrawn({ ...this.spent(key), calls: 0 }, limits);
  }

  user(name: string): Spent {
    return this.spent(`${USER}${name}`);
  }

  trunk({ kind, name }: Spendable['trunk']): Spent {
    return this.spent(`${kind} ${name}`);
  }

  /** What these users spent counts no more. Their calls that go on do: they belong to whoever has the name. */
  forget(isGone: (user: string) => boolean): void {
    for (const key of this.ledgers.keys()) {
      if (!key.startsWith(USER) || !isGone(key.slice(USER.length))) continue;
      this.ledgers.delete(key);
      this.alerted.delete(key);
      this.note();
    }
  }

  private spent(key: string): Spent {
    const now = this.wall();
    const running = this.live.get(key);
    return spentOf(this.ledgers.get(key) ?? EMPTY, running?.size ?? 0, running?.talk(this.parts.clock.now()) ?? 0, now);
  }

  /** The wall clock, by which all is noted. Where it was set, that goes along with it: it gives nobody money, and takes none. */
  private wall(): number {
    const { clock } = this.parts;
    const now = clock.wall();
    const by = clock.corrected() - this.corrected;
    if (by === 0) return now;
    this.corrected += by;
    for (const [key, ledger] of this.ledgers) this.ledgers.set(key, moved(ledger, by, now));
    this.dirty = true;
    return now;
  }

  /**
   * A call is about to go out by a trunk. Undefined, and it must not, where another one took the last place since the decision was made;
   * an emergency call always may. `stop`: ends it, once its user or its trunk has used up the minutes of a day; never one of emergency.
   * `again`: another trunk did not take it, for which its user was counted.
   */
  start({ payer, trunk, limits, emergency }: Spendable, stop: () => void = nothing, again = false): Ticket | undefined {
    const spent = this.user(payer.name);
    const before = again ? { ...spent, hour: spent.hour - 1 } : spent;
    if (!emergency && (overdrawn(before, payer.class) ?? overdrawn(this.trunk(trunk), limits)) !== undefined) return undefined;
    const purses: readonly Purse[] = [
      [`${USER}${payer.name}`, payer.class],
      [`${trunk.kind} ${trunk.name}`, limits],
    ];
    const call = new Running((changed) => this.changed(purses, changed), emergency ? nothing : stop);
    const now = this.wall();
    for (const [key] of purses) {
      if (!again || !key.startsWith(USER)) this.ledgers.set(key, begin(this.ledgers.get(key) ?? EMPTY, now));
      const running = this.live.get(key) ?? new RunningCalls();
      running.add(call);
      this.live.set(key, running);
    }
    this.alert(purses);
    this.note();
    return call;
  }

  /** The ledger with a call that ends now. Its talk lies before now, whatever the operator did to the clock meanwhile. */
  private after({ since }: Running, ledger: Ledger, now: number): Ledger {
    return since === undefined ? ledger : talked(ledger, now - (this.parts.clock.now() - since), now);
  }

  /** A call was answered, or is over. */
  private changed(purses: readonly Purse[], call: Running): void {
    if (!call.over) {
      call.since = this.parts.clock.now();
      for (const purse of purses) {
        this.live.get(purse[0])?.answered(call.since);
        this.watch(purse);
      }
      return this.note();
    }
    const now = this.wall();
    for (const purse of purses) {
      const [key] = purse;
      this.ledgers.set(key, this.after(call, this.ledgers.get(key) ?? EMPTY, now));
      const running = this.live.get(key);
      if (running?.delete(call) && running.size === 0) this.live.delete(key);
      this.watch(purse, running);
    }
    this.alert(purses);
    this.note();
  }

  /** Calls at once use up the minutes of a day so much faster, and end together when none is left (security S3). */
  private watch(purse: Purse, running = this.live.get(purse[0])): void {
    const [key, limits] = purse;
    running?.end?.cancel();
    if (running === undefined || running.talking === 0 || limits.minutesPerDay === Number.POSITIVE_INFINITY) return;
    const left = Math.ceil(timeLeft(this.spent(key), limits) / running.talking);
    running.end = after(this.parts.clock, 'budget', left, () => {
      // What was talked a day ago counts no more by now.
      if (timeLeft(this.spent(key), limits) > 0) return this.watch(purse);
      for (const call of [...running]) if (call.since !== undefined) call.stop();
    });
  }

  /** Who has used up an hour or a day is worth a look: perhaps the password is known to others (security S3). Told once until there is room again. */
  private alert(purses: readonly Purse[]): void {
    for (const [key, limits] of purses) {
      const which = this.usedUpBy(key, limits);
      if (which === undefined) this.alerted.delete(key);
      else if (!this.alerted.has(key)) {
        this.alerted.add(key);
        this.parts.log.warning(`${key} has used up the limit of ${which}`);
      }
    }
  }

  private note(): void {
    this.dirty = true;
    if (this.refusal !== undefined || this.write !== undefined) return;
    if (this.timer !== undefined && this.timer.due > this.parts.clock.now() + BATCH) {
      this.timer.cancel();
      this.timer = undefined;
    }
    if (this.timer === undefined) this.arm(BATCH);
  }

  private arm(wait: Millis): void {
    if (!this.closed) this.timer = this.parts.clock.start('store spending', wait, this);
  }

  timeout(): void {
    this.timer = undefined;
    this.store();
  }

  private store(): void {
    this.dirty = false;
    this.write = this.parts.storage.write(PATH, this.print()).then(
      () => this.stored(),
      (error: unknown) => this.failed(error),
    );
  }

  /** What calls that go on lasted so far is written as if they ended now. */
  private print(): string {
    const now = this.wall();
    let text = '';
    for (const [key, ledger] of this.ledgers) {
      let so = ledger;
      for (const call of this.live.get(key) ?? []) so = this.after(call, so, now);
      if (isOver(so, now) && !this.live.has(key)) this.ledgers.delete(key);
      else text += printLedger(key, so);
    }
    return text;
  }

  private stored(): void {
    this.write = undefined;
    if (this.refusal !== undefined) this.parts.log.notice(`${PATH} is written again: budgets survive a restart`);
    this.refusal = undefined;
    if (this.dirty) this.arm(BATCH);
    else if (this.live.size > 0) this.arm(RUNNING);
  }

  private failed(error: unknown): void {
    if (!(error instanceof StorageError)) throw error;
    this.write = undefined;
    const why = `${error.message}; what calls cost is kept in memory only until it can be written`;
    if (this.refusal === undefined) this.parts.log.error(why);
    this.refusal = why;
    this.dirty = true;
    this.arm(RETRY);
  }

  /** Stores what is not yet stored. */
  async close(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    this.timer = undefined;
    await this.write;
    this.wall();
    if (this.dirty || this.live.size > 0) this.store();
    await this.write;
  }
}

const nothing = (): void => {};

/** What is counted, and how much it may be. */
type Purse = readonly [key: string, limits: Limits];
