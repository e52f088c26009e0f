import type { Clock, Millis, Timed, Timer } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';
import type { ClientDigest } from '../../sip/auth/client.ts';
import type { Located } from '../../sip/locate/hop.ts';
import type { Response } from '../../sip/message/message.ts';
import { hopText } from '../../sip/message/uri.ts';
import type { ClientTransaction } from '../../sip/transaction/client.ts';
import type { TransactionLayer } from '../../sip/transaction/layer.ts';
import type { ClientTransactionUser } from '../../sip/transaction/user.ts';
import type { Flow, TransportError } from '../../sip/transport/flow.ts';
import type { TransportLayer } from '../../sip/transport/layer.ts';
import type { ProviderAccount } from './account.ts';
import { BackOff } from './back-off.ts';
import { Grant } from './granted.ts';
import { type Fault, Journal } from './journal.ts';
import type { Locating } from './locating.ts';
import { tokenContact } from './own-request.ts';
import { RegisterRequest } from './register-request.ts';
import { type Action, type Event, registration, type State } from './registration-table.ts';
import { Servers } from './servers.ts';
import { verdictOf, verdictOnChallenge } from './verdict.ts';

/** A server that says nothing for so long while there is another is left (RFC 3263 §4.3 without half a minute of silence). */
const SILENT: Millis = 5_000;
/** What is lost so soon after it was granted is not tried again at once. */
export const FLAP: Millis = 10_000;
/** SIGTERM ends within two seconds. */
const LEAVE: Millis = 1_000;
/** Without registration an OPTIONS tells up from down this often. */
const ASK_LEAST: Millis = 30_000;

export interface RegistrationParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly locating: Locating;
  /** Whether calls can be made and taken has changed, or why they cannot. */
  changed(): void;
}

/** Keeps one account registered: the doer of `registration-table.ts`. */
export class Registration implements ClientTransactionUser, Timed {
  state: State | 'end' = 'idle';
  flow: Flow | undefined = undefined;
  readonly grant = new Grant();
  readonly servers: Servers;
  readonly token: string;
  private readonly parts: RegistrationParts;
  private readonly account: ProviderAccount;
  private readonly request: RegisterRequest;
  /** Seconds to ask for. */
  private expires: number;
  private client: ClientTransaction | undefined = undefined;
  private timer: Timer | undefined = undefined;
  /** Why no socket of ours reaches the server. */
  private barred = '';
  private readonly notes = new Journal();
  private readonly backOff = new BackOff();
  private left: (() => void) | undefined = undefined;
  /** An action may lead to the next event at once: others hear of where that ended. */
  private running = false;

  constructor(parts: RegistrationParts, account: ProviderAccount, digest: ClientDigest, token: string) {
    this.parts = parts;
    this.servers = new Servers(parts.locating, account, parts.clock);
    this.account = account;
    this.request = new RegisterRequest(account, digest, parts.random);
    this.token = token;
    this.expires = account.expires;
  }

  /** What happened since the last attempt began, a sentence each. */
  get journal(): readonly string[] {
    return this.notes.lines;
  }

  /** Why it is not registered; undefined while nothing has failed since it was. */
  get fault(): Fault | undefined {
    return this.notes.fault;
  }

  /** Whether calls can be made and taken: the provider answered and has not failed since. */
  get up(): boolean {
    return (this.state === 'registered' || this.state === 'refreshing') && this.parts.clock.now() < this.grant.until;
  }

  run(event: Event): void {
    if (this.state === 'end') return;
    const cell = registration[this.state][event];
    if (cell === undefined) return;
    const before = `${this.state} ${this.up}`;
    const inner = this.running;
    this.running = true;
    this.state = cell[0];
    try {
      for (let i = 1; i < cell.length; i++) this.act(cell[i] as Action);
    } finally {
      this.running = inner; // a bug that comes out of an action is no reason to say nothing ever after
    }
    if (inner) return;
    if ((this.state as string) === 'end') this.left?.();
    if (before !== `${this.state} ${this.up}`) this.parts.changed();
  }

  /** Ends the binding at the provider; `done` is called once it did, or after a second at most. */
  stop(done: () => void): void {
    if (this.state === 'end') return done();
    this.left = done;
    this.run('stop');
  }

  timeout(timer: string): void {
    this.timer = undefined;
    if (timer === 'provider barred') return this.unanswered(this.barred);
    if (timer === 'provider silent') {
      this.drop();
      return this.unanswered('it does not answer');
    }
    if (this.state === 'registered') this.backOff.lasted();
    this.run('due');
  }

  /** The connection to the server has closed, it did not answer an OPTIONS or a call, or we reach it from another address. */
  lost(why: string): void {
    if (this.state !== 'registered') return; // whatever is under way hears of it itself
    this.notes.say(why, 'the provider is tried again');
    const flapping = this.parts.clock.now() - this.grant.at < FLAP;
    if (!flapping) this.backOff.lasted();
    this.run(flapping ? 'flapping' : 'lost');
  }

  response(response: Response, flow: Flow): void {
    if (response.status < 200) return;
    if (this.state !== 'leaving') this.disarm();
    this.client = undefined;
    const { account } = this;
    const { status } = response;
    // From nobody but a server that DNS gave is a challenge answered (security S9); without a password it says that the server is there.
    const challenges = (status === 401 || status === 407) && account.password !== '' && this.servers.has(flow.remote.host);
    const answer = challenges ? this.request.answer(response) : undefined;
    const asked = this.state === 'leaving' ? 0 : this.expires;
    const verdict = answer ? verdictOnChallenge(response, answer, account) : verdictOf(response, account, this, asked);
    this.notes.say(verdict.what, verdict.advice);
    switch (verdict.event) {
      case 'granted':
        this.note(response, verdict.seconds ?? 0);
        return this.run('granted');
      case 'brief':
        this.expires = verdict.seconds!;
        if (this.backOff.lengthens()) return this.run('brief');
        this.notes.say('it wants a longer interval each time', `set another expires in [provider ${account.name}]`);
        return this.run('refused');
      case 'failed':
        this.servers.failed(verdict.seconds);
        return this.serverFailed();
      case 'challenged':
      case 'refused':
        return this.run(verdict.event);
      default:
        verdict.event satisfies never;
    }
  }

  timedOut(): void {
    this.client = undefined;
    this.unanswered('it does not answer');
  }

  transportFailed(error: TransportError): void {
    this.client = undefined;
    if (this.state !== 'leaving') this.disarm();
    this.unanswered(error.why);
  }

  private unanswered(why: string): void {
    this.notes.say(why, `check registrar, proxy and transport in [provider ${this.account.name}], and the way to the internet`);
    this.servers.failed();
    this.serverFailed();
  }

  private serverFailed(): void {
    this.run(this.servers.more ? 'failed' : 'exhausted');
  }

  private note(response: Response, seconds: number): void {
    const now = this.parts.clock.now();
    const { account, grant } = this;
    this.servers.succeeded();
    this.notes.fault = undefined;
    this.backOff.granted();
    if (this.flow?.reliable === true) this.flow.trust(); // of datagrams anybody may write the address (security S14)
    if (!account.registers) return grant.answered(this.servers.current, now, 2 * ASK_LEAST + 64_000);
    grant.answered(this.servers.current, now, seconds * 1_000);
    grant.bound(response, this.contact);
    if (this.state !== 'leaving') this.notes.say(`registered for ${seconds} s`, '');
  }

  private act(action: Action): void {
    switch (action) {
      case 'locate':
        return this.locate();
      case 'locateAnew':
        this.backOff.lasted();
        this.servers.wake();
        return this.locate();
      case 'renew':
        return this.servers.renew(() => this.run('located'));
      case 'register':
        return this.register(this.expires);
      case 'answer':
        return this.send();
      case 'next':
        return this.servers.next();
      case 'granted':
        return this.rest();
      case 'backOff':
        return this.arm('provider retry', Math.max(this.backOff.failed(), this.servers.rest));
      case 'backOffLong':
        return this.arm('provider retry', this.backOff.refused());
      case 'drop':
        return this.drop();
      case 'deregister':
        if (!this.account.registers || this.grant.boundAt(this.parts.clock.now()) === '') return this.arm('provider leave', 0);
        this.arm('provider leave', LEAVE);
        return this.register(0);
      default:
        action satisfies never;
    }
  }

  private locate(): void {
    this.notes.begin();
    this.servers.locate(this.grant.contact === '' ? undefined : this.grant.hop, (located) => {
      if (this.state === 'locating') this.located(located);
    });
  }

  private located(located: Located): void {
    for (const record of located.records) this.notes.say(record, '');
    if (located.kind === 'hops') return this.run(this.servers.current === undefined ? 'nowhere' : 'located');
    const silent = located.status === 504;
    const advice = silent
      ? "check this host's network and its name servers"
      : `check registrar and proxy in [provider ${this.account.name}]`;
    this.notes.say(located.why, advice);
    this.run('nowhere');
  }

  /** A new request to the server that is up now. */
  private register(expires: number): void {
    this.request.begin(expires);
    this.send();
  }

  get contact(): string {
    return this.flow === undefined ? '' : tokenContact(this.flow, this.token);
  }

  private send(): void {
    const { request, parts } = this;
    const hop = (this.state === 'leaving' ? this.grant.hop : this.servers.current)!;
    const flow = parts.transport.flowTo(hop);
    if (!('send' in flow)) {
      this.barred = flow.why; // told later, for the sender is still in the middle of its own step
      return this.arm('provider barred', 0);
    }
    this.flow = flow;
    this.notes.say(`${request.method} to ${hopText(hop)}`, '');
    const branch = parts.transactions.branch();
    const text = request.print(flow, branch, this.contact, this.grant.boundAt(parts.clock.now()));
    this.client = parts.transactions.send(branch, request.method, text, flow, this);
    if (this.state !== 'leaving' && this.servers.more) this.arm('provider silent', SILENT);
  }

  /** Refreshes after two thirds of what was granted; without registration a server is asked every 30 to 60 s. */
  private rest(): void {
    const { clock, random } = this.parts;
    const left = this.grant.until - clock.now();
    const wait = this.account.registers ? Math.max((left * 2) / 3, 5_000) : ASK_LEAST + random.below(ASK_LEAST);
    this.arm('provider refresh', wait);
  }

  private drop(): void {
    this.client?.abandon();
    this.client = undefined;
    this.disarm();
  }

  private arm(name: string, wait: Millis): void {
    this.disarm();
    this.timer = this.parts.clock.start(name, wait, this);
  }

  private disarm(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}
