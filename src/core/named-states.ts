import type { Config } from '../config/config.ts';
import type { Clock, Millis, Timer } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { type Storage, StorageError } from '../runtime/storage.ts';
import { activeStates, isWithinHours, minuteOfWeek, minutesToChange, type NamedState, type Override } from './routing/states.ts';

export interface StatesParts {
  readonly clock: Clock;
  readonly storage: Storage;
  readonly log: Pick<Log, 'error' | 'notice'>;
}

/** A state as people see it. */
export interface StateView {
  readonly name: string;
  readonly on: boolean;
  /** Why: the clock, or somebody who said so. */
  readonly by: 'clock' | 'hand';
}

/** Below the state directory: `night on`, a line for each that somebody switched. */
const FILE = 'states';
const NONE: readonly NamedState[] = [];
const MINUTE: Millis = 60_000;
/** Whoever listens hears within this time that the clock was set, or that summer began. */
const LOOK_EVERY: Millis = 60 * MINUTE;

/**
 * The named states of the configuration, and what somebody said of them, which outlives a restart. No call waits for the clock: what is on
 * is looked at when one comes. Only who subscribes is told by a timer.
 */
export class NamedStates {
  private readonly parts: StatesParts;
  private states: ReadonlyMap<string, NamedState> = new Map();
  private readonly overrides = new Map<string, Override>();
  private readonly listeners = new Set<(name: string) => void>();
  /** What the listeners know. */
  private told: ReadonlyMap<string, StateView> = new Map();
  private look: Timer | undefined = undefined;
  /** What somebody said since the start; the file may say otherwise of them. */
  private readonly said = new Set<string>();
  /** Why the file was not read: what it says of other states is not known. */
  private unread: StorageError | undefined = undefined;
  /** Why the file is not what is on, and what that means. */
  private problem: string | undefined = undefined;

  constructor(parts: StatesParts) {
    this.parts = parts;
  }

  /** For the daemon, as it begins. A file that cannot be read is the operator's to mend: then the clock counts. */
  restore(): void {
    if (this.read()) this.write().catch(alreadyTold); // or the next of its name would find it at the next start
    if (this.unread === undefined) return;
    this.problem = `${this.unread.message}; the clock says which states are on`;
    this.parts.log.error(this.problem);
  }

  /** Reads what was said before of the states there are; whether the file speaks of others. */
  read(): boolean {
    let others = false;
    try {
      const text = this.parts.storage.read(FILE) ?? '';
      this.unread = undefined;
      for (const line of text.split('\n')) {
        const [, name, said] = /^(\S+) (on|off)$/.exec(line) ?? [];
        if (name === undefined) continue;
        if (!this.states.has(name)) others = true;
        else if (!this.said.has(name)) this.overrides.set(name, said as Override);
      }
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.unread = error;
    }
    return others;
  }

  /** A sentence while the file is not what is on: it could not be read, or not be written. */
  get problems(): readonly string[] {
    return this.problem === undefined ? [] : [this.problem];
  }

  /** Takes other states. What somebody said of one that is gone is not said of the next of its name. */
  configure({ states }: Config): void {
    this.states = states;
    const gone = [...this.overrides.keys()].filter((name) => !states.has(name));
    for (const name of gone) this.overrides.delete(name);
    this.tell();
    if (gone.length > 0) this.write().catch(alreadyTold);
  }

  /** Those that are on now, in the order of the file. */
  active(): readonly NamedState[] {
    if (this.states.size === 0) return NONE;
    return activeStates(this.states.values(), this.overrides, this.minute);
  }

  list(): readonly StateView[] {
    const on = new Set(this.active().map(({ name }) => name));
    return [...this.states.keys()].map((name) => ({
      name,
      on: on.has(name),
      by: this.overrides.has(name) ? 'hand' : 'clock',
    }));
  }

  has(name: string): boolean {
    return this.states.has(name);
  }

  /**
   * Switches a state, or leaves it to the clock again.
   *
   * @throws StorageError, by the promise, if it cannot be written down; it is switched all the same.
   */
  async set(name: string, said: Override | 'auto'): Promise<void> {
    this.said.add(name);
    if (this.unread !== undefined) this.read();
    if (said === 'auto') this.overrides.delete(name);
    else this.overrides.set(name, said);
    this.parts.log.notice(`state ${name}: ${said}`);
    this.tell();
    await this.write();
  }

  private async write(): Promise<void> {
    const lines = [...this.overrides].map(([one, how]) => `${one} ${how}\n`);
    try {
      if (this.unread !== undefined) throw this.unread; // a write would lose the others
      await this.parts.storage.write(FILE, lines.join(''));
      this.problem = undefined;
    } catch (error) {
      if (error instanceof StorageError) this.problem = `${error.message}; what was switched is so until the daemon stops`;
      throw error;
    }
  }

  /** Switches to what the state is not; where the clock says the same, it is left to the clock. Resolves with whether it is on then. */
  async toggle(name: string): Promise<boolean> {
    const on = !this.active().some((state) => state.name === name);
    const timed = isWithinHours(this.states.get(name)?.hours ?? [], this.minute);
    await this.set(name, on === timed ? 'auto' : on ? 'on' : 'off');
    return on;
  }

  /** Hears the name of a state that is switched, by hand or by the clock. Returns how to stop. */
  subscribe(listener: (name: string) => void): () => void {
    this.listeners.add(listener);
    this.tell();
    return () => {
      this.listeners.delete(listener);
      this.tell();
    };
  }

  timeout(): void {
    this.tell();
  }

  /** The machine may have slept, or its clock be set: whoever listens shall not hear of it an hour later. */
  lookAtClock(): void {
    this.tell();
  }

  /** Tells what is otherwise than it was told last, and waits for what the clock does next. A state that is new, or gone, was not switched. */
  private tell(): void {
    this.look?.cancel();
    this.look = undefined;
    if (this.listeners.size === 0) {
      this.told = new Map();
      return;
    }
    const before = this.told;
    this.told = new Map(this.list().map((view) => [view.name, view]));
    const hours = [...this.states.values()].flatMap((state) => state.hours);
    const next = minutesToChange(hours, this.minute);
    if (next !== undefined) {
      const wait = next * MINUTE - (this.parts.clock.wall() % MINUTE);
      this.look = this.parts.clock.start('states', Math.min(wait, LOOK_EVERY), this);
    }
    for (const { name, on, by } of this.told.values()) {
      const known = before.get(name);
      if (known === undefined || (known.on === on && known.by === by)) continue;
      for (const listener of this.listeners) listener(name);
    }
  }

  private get minute(): number {
    return minuteOfWeek(this.parts.clock.wall());
  }
}

/** What the disk refuses is among the problems. */
function alreadyTold(error: unknown): void {
  if (!(error instanceof StorageError)) throw error;
}
