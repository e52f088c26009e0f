import { type BusConnection, BusError, type Caller, type MethodCall, Standard } from '../../runtime/bus.ts';
import type { Clock, Millis } from '../../runtime/clock.ts';
import { ControlError } from './errors.ts';
import { type Action, type Asker, isFreeOfOneself, isMaster, type Operation, permission } from './permission.ts';

/** A person may have to find a password. */
const PATIENCE: Millis = 120_000;
const ALLOW_USER_INTERACTION = 1;
/** Questions to polkit for one user at once: a bus of the system lets us have 128 open, and whose password is asked may leave each unanswered. */
const OPEN_MOST = 16;
/** For so long who was let see the first part of a table sees the others, which sipwitchctl asks for at once: a password is typed once. */
const A_TABLE: Millis = 60_000;
/** Tables that are remembered for that. */
const TABLES_MOST = 16;
/** To let go of one. */
const FAREWELL: Millis = 5_000;
/** Who has a uid is asked once in so long: everybody on the machine may call as fast as the bus takes it, and to ask is a process. */
const BELIEVED: Millis = 1_000;

export interface AuthorityParts {
  /** The user that the daemon runs as. */
  readonly daemonUid: number;
  /** The login name of a uid. */
  loginName(uid: number): Promise<string | undefined>;
}

/** Who may do what: by the caller's uid, and by polkit where that is not enough. */
export class Authority {
  readonly #parts: AuthorityParts;
  readonly #clock: Pick<Clock, 'now'>;
  /** Of those who called since `#since`, found or still asked for. */
  #names = new Map<number, Promise<string | undefined>>();
  #since: Millis = 0;
  /** Questions that polkit has not answered, by the uid that they are about. */
  readonly #open = new Map<number, number>();
  #questions = 0;
  /** Who was let see the first part of a table, and which: on what bus, and until when. */
  readonly #tables = new Map<string, { readonly bus: BusConnection; readonly until: Millis }>();

  constructor(parts: AuthorityParts, clock: Pick<Clock, 'now'>) {
    this.#parts = parts;
    this.#clock = clock;
  }

  async asker({ uid }: Caller): Promise<Asker> {
    return { uid, name: uid === undefined ? undefined : await this.#nameOf(uid) };
  }

  #nameOf(uid: number): Promise<string | undefined> {
    const now = this.#clock.now();
    if (now - this.#since >= BELIEVED) {
      this.#names = new Map();
      this.#since = now;
    }
    let name = this.#names.get(uid);
    if (name === undefined) {
      name = this.#parts.loginName(uid);
      this.#names.set(uid, name);
    }
    return name;
  }

  isMaster(asker: Asker): boolean {
    return isMaster(asker, this.#parts.daemonUid);
  }

  /** Whether it is allowed without asking anybody. */
  isFree(operation: Operation, asker: Asker, subjects: readonly string[]): boolean {
    return permission(operation, asker, this.#parts.daemonUid, subjects) === 'allow';
  }

  /** Resolves if the caller may, in a turn of the call; rejects with a ControlError if not. `first`: see `Need`. */
  async require(
    operation: Operation,
    call: MethodCall,
    asker: Asker,
    subjects: readonly string[],
    first?: number,
  ): Promise<void> {
    const { caller, bus, interactive } = call;
    const decided = permission(operation, asker, this.#parts.daemonUid, subjects);
    if (decided === 'allow') return;
    if (decided === 'deny' || asker.uid === undefined) throw new ControlError('NotAllowed', 'the bus does not say who asks');
    // No bus gives the name of a sender to another one.
    const table = first === undefined ? undefined : [caller.sender, call.path, call.member, ...subjects].join(' ');
    if (table !== undefined && first !== 0 && this.#sees(table, bus)) return;
    const own = asker.name === undefined || !isFreeOfOneself(operation) ? '' : `, or ask about ${asker.name} only`;
    const next = `ask as root${own}`;
    const question = { sender: caller.sender, action: decided, interactive };
    const answer = await this.#counted(asker.uid, () => askPolkit(bus, { ...question, id: `${++this.#questions}` }));
    if (answer === 'yes') {
      if (table !== undefined) this.#remember(table, bus);
      return call.turn();
    }
    if (answer === 'challenge') {
      const why = `polkit wants a password for ${decided}, and no program is there to ask for it`;
      throw new ControlError('InteractiveAuthorizationRequired', `${why}; ${next}`);
    }
    const why =
      answer === 'no'
        ? `polkit does not grant ${decided}`
        : `this needs ${decided}, and polkit cannot be asked: ${answer.message}`;
    throw new ControlError('NotAllowed', `${why}; ${next}`);
  }

  #sees(table: string, bus: BusConnection): boolean {
    const seen = this.#tables.get(table);
    return seen !== undefined && seen.bus === bus && this.#clock.now() < seen.until;
  }

  #remember(table: string, bus: BusConnection): void {
    const now = this.#clock.now();
    for (const [one, { until }] of this.#tables)
      if (until <= now || one === table || this.#tables.size >= TABLES_MOST) this.#tables.delete(one);
    this.#tables.set(table, { bus, until: now + A_TABLE });
  }

  async #counted<T>(uid: number, question: () => Promise<T>): Promise<T> {
    const open = this.#open.get(uid) ?? 0;
    if (open >= OPEN_MOST)
      throw new ControlError('NotAllowed', `polkit has not answered ${open} questions about you yet; answer those first`);
    this.#open.set(uid, open + 1);
    try {
      return await question();
    } finally {
      const left = this.#open.get(uid)! - 1;
      if (left === 0) this.#open.delete(uid);
      else this.#open.set(uid, left);
    }
  }
}

const POLKIT = {
  name: 'org.freedesktop.PolicyKit1',
  path: '/org/freedesktop/PolicyKit1/Authority',
  interface: 'org.freedesktop.PolicyKit1.Authority',
};

interface Question {
  /** A connection to the system bus. */
  readonly sender: string;
  readonly action: Action;
  readonly interactive: boolean;
  /** By which it is taken back. */
  readonly id: string;
}

/** `CheckAuthorization`. `challenge`: a password would do, and the caller did not let anybody be asked, or there is no agent that asks. */
async function askPolkit(
  bus: MethodCall['bus'],
  { sender, action, interactive, id }: Question,
): Promise<'yes' | 'no' | 'challenge' | BusError> {
  const subject = ['system-bus-name', [['name', ['s', sender]]]];
  try {
    const values = [subject, action, [], interactive ? ALLOW_USER_INTERACTION : 0, id];
    const to = { ...POLKIT, member: 'CheckAuthorization' };
    const [result] = await bus.call(to, { signature: '(sa{sv})sa{ss}us', values }, PATIENCE);
    const [isAuthorized, isChallenge] = Array.isArray(result) ? result : [];
    return isAuthorized === true ? 'yes' : isChallenge === true ? 'challenge' : 'no';
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    if (error.name === Standard.timeout) await takeBack(bus, id);
    return error;
  }
}

/** Otherwise the question stays on a screen, and open at the bus, for ever. */
async function takeBack(bus: MethodCall['bus'], id: string): Promise<void> {
  try {
    await bus.call({ ...POLKIT, member: 'CancelCheckAuthorization' }, { signature: 's', values: [id] }, FAREWELL);
  } catch (error) {
    if (!(error instanceof BusError)) throw error; // it was answered just now, or polkit is gone
  }
}
