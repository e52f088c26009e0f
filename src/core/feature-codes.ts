import type { CodedKey } from '../config/codes.ts';
import type { Log } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
import { StorageError } from '../runtime/storage.ts';
import { contactUri } from '../sip/dialog/dialog.ts';
import { line } from '../sip/message/print.ts';
import { escapeUser } from '../sip/message/uri.ts';
import { nobody } from '../sip/transaction/client.ts';
import type { TransactionLayer } from '../sip/transaction/layer.ts';
import type { ServerTransaction } from '../sip/transaction/user.ts';
import { type Flow, viaLine } from '../sip/transport/flow.ts';
import { utf8ToWire } from '../text/wire.ts';
import type { Binding } from './location/binding.ts';
import type { NamedStates } from './named-states.ts';
import type { RingingCall } from './proxy/order.ts';
import { codeRefusal } from './routing/code-refusal.ts';
import type { Plan, ServedAction } from './routing/decision.ts';
import { usersOf } from './routing/group-users.ts';
import type { Group } from './routing/groups.ts';
import type { Snapshot } from './routing/snapshot.ts';

/** Sets what users set for themselves: written down, and in use when the promise resolves. */
export interface UserSettings {
  /** `value`: empty restores the default. Resolves with a sentence why not; undefined: it is done. */
  set(user: string, key: string, value: string): Promise<string | undefined>;
}

export interface FeatureCodeParts {
  readonly random: Random;
  readonly log: Log;
  readonly transactions: TransactionLayer;
  readonly states: NamedStates;
  /** undefined: nobody keeps settings. */
  settings(): UserSettings | undefined;
  snapshot(): Snapshot;
  groups(): Iterable<Group>;
  /** The oldest first. */
  ringing(): Iterable<RingingCall>;
}

/** What a phone is told, without a full stop: in a 403 if it is refused, else in a 480, for there is no call. */
interface Told {
  readonly words: string;
  readonly refused?: true;
}

/** How long a phone that picked a call up may ring. */
const PICKED_UP = 30_000;
/** Characters of a reason that phones show. */
const LONGEST = 120;

const WORDS: Readonly<Record<CodedKey, string>> = {
  forward_all: 'All calls',
  forward_busy: 'Calls that find you busy',
  forward_noanswer: 'Calls that you do not answer',
  forward_unreachable: 'Calls while no phone can be reached',
  forward_offline: 'Calls while no phone is registered',
};

const refused = (words: string): Told => ({ words, refused: true });

/** Does what users dial feature codes for. The answer is a final response in words, and a MESSAGE to the phone that dialed. */
export class FeatureCodes {
  private readonly parts: FeatureCodeParts;

  constructor(parts: FeatureCodeParts) {
    this.parts = parts;
  }

  async serve(user: string, action: ServedAction, tx: ServerTransaction): Promise<void> {
    // Its request is not kept once it is answered.
    const phone = contactUri(tx.request);
    const why = codeRefusal(user, action, this.parts.snapshot());
    const told =
      why !== undefined
        ? refused(why)
        : action.do === 'pickup'
          ? this.pickUp(user, action.of, tx)
          : await this.done(user, action);
    if (told !== undefined) this.tell(user, told, tx, phone);
  }

  private tell(user: string, { words, refused }: Told, tx: ServerTransaction, phone: string | undefined): void {
    const said = words.replace(/[^\x20-\x7e]/g, '?').slice(0, LONGEST);
    if (refused === true) tx.respond(403, `Forbidden (${said})`);
    else tx.respond(480, said);
    if (phone !== undefined && tx.flow.open) this.message(user, `${words}.`, phone, tx.flow);
    this.parts.log.info(`${user} dialed a feature code: ${said}`);
  }

  private async done(user: string, action: Exclude<ServedAction, { do: 'pickup' }>): Promise<Told> {
    switch (action.do) {
      case 'forward': {
        const { key, to } = action;
        const words = to === undefined ? 'are not forwarded any more' : `are forwarded to ${to}`;
        return this.set(user, key, to ?? '', `${WORDS[key]} ${words}`);
      }
      case 'dnd': {
        const now = this.parts.snapshot().byName(user)?.dnd === true;
        const dnd = action.to === 'other' && !now;
        return this.set(user, 'dnd', dnd ? 'yes' : 'no', `Do not disturb is ${dnd ? 'on' : 'off'}`);
      }
      case 'state':
        return this.switched(action.name);
      default:
        return action satisfies never;
    }
  }

  private async set(user: string, key: string, value: string, words: string): Promise<Told> {
    const settings = this.parts.settings();
    if (settings === undefined) return refused('nothing can be set here');
    const why = await settings.set(user, key, value);
    return why === undefined ? { words } : refused(why);
  }

  private async switched(name: string): Promise<Told> {
    const { states, log } = this.parts;
    try {
      return { words: `The state ${name} is ${(await states.toggle(name)) ? 'on' : 'off'}` };
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      log.error(error.message);
      return { words: `The state ${name} is switched until the next start: it cannot be written down` };
    }
  }

  /** The call leaves whoever it rings at, and rings at the phone that dialed, which is told so at once; else why not. */
  private pickUp(user: string, of: string | undefined, tx: ServerTransaction): Told | undefined {
    const names = this.pickedFrom(user, of);
    for (const call of this.parts.ringing()) {
      if (!call.ringingAt.some((aor) => names.has(aor))) continue;
      const plan = this.phoneThat(user, tx);
      if (plan === undefined) return refused('this phone is not registered');
      tx.respond(480, 'Picked up: your phone rings');
      call.pickUp(plan);
      return undefined;
    }
    return { words: 'Nothing rings that could be picked up' };
  }

  private pickedFrom(user: string, of: string | undefined): ReadonlySet<string> {
    const { parts } = this;
    const snapshot = parts.snapshot();
    if (of !== undefined) {
      const account = snapshot.byName(of) ?? snapshot.byExtension(of);
      if (account !== undefined) return new Set([account.name]);
      const group = snapshot.group(of);
      return group === undefined ? new Set() : usersOf(group, snapshot);
    }
    const names = [...parts.groups()].map((group) => usersOf(group, snapshot)).filter((members) => members.has(user));
    return new Set(names.flatMap((members) => [...members]).filter((name) => name !== user));
  }

  /** The phone that dialed; where that cannot be told, every phone of its user. */
  private phoneThat(user: string, { flow }: ServerTransaction): Plan | undefined {
    const bindings = this.parts.snapshot().bindings(user);
    const { host, port } = flow.remote;
    const own = bindings.filter(({ flow: { remote } }) => remote.host === host && remote.port === port);
    const of = (own.length > 0 ? own : bindings).map((binding: Binding) => ({
      plan: { kind: 'target', target: { kind: 'binding', binding } } as const,
    }));
    return of.length === 0 ? undefined : { kind: 'all', of, ring: PICKED_UP };
  }

  /** By the way that its INVITE came: it is for that phone alone, and nobody waits for its answer. */
  private message(user: string, words: string, phone: string, flow: Flow): void {
    const { random, transactions } = this.parts;
    const home = this.parts.snapshot().domains.home.name;
    const body = utf8ToWire(words);
    const branch = transactions.branch();
    const text =
      `MESSAGE ${phone} SIP/2.0\r\n${viaLine(flow, branch)}Max-Forwards: 70\r\n` +
      line('From', `<sip:sipwitch@${home}>;tag=${random.hex(6)}`) +
      line('To', `<sip:${escapeUser(user)}@${home}>`) +
      line('Call-ID', random.hex(16)) +
      line('CSeq', '1 MESSAGE') +
      `Content-Type: text/plain;charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    transactions.send(branch, 'MESSAGE', text, flow, nobody);
  }
}
