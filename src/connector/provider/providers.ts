import type { Config } from '../../config/config.ts';
import { unprintableIn } from '../../config/ini-lines.ts';
import type { IncomingLeg, ProviderTrunks, SipTrunk, TrunkRefusal } from '../../core/connector.ts';
import type { ProviderCaller } from '../../core/routing/decision.ts';
import { houseUri } from '../../core/routing/domains.ts';
import type { TrunkState } from '../../core/routing/snapshot.ts';
import { FileError, type Files } from '../../runtime/files.ts';
import type { Log } from '../../runtime/log.ts';
import { keyedHex } from '../../sip/auth/hash.ts';
import type { Request } from '../../sip/message/message.ts';
import { hopText } from '../../sip/message/uri.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import { accountOf } from './account.ts';
import { calledIn, inboundOf, tokensIn } from './called.ts';
import type { House } from './locating.ts';
import type { Registration, RegistrationParts } from './registration.ts';
import { ProviderTrunk, type TestOutcome } from './trunk.ts';

/** Different reasons that are told while a provider is down: it may word each refusal anew. */
const MOST_SAID = 16;

export interface ProvidersParts extends Omit<RegistrationParts, 'changed'> {
  readonly log: Log;
  readonly files: Pick<Files, 'read'>;
  /** A secret that survives a restart. */
  readonly key: string;
  house(): House;
}

/** How a provider is, for people. Times in milliseconds since 1970. */
export interface ProviderStatus {
  readonly name: string;
  /** Empty where it is written out. */
  readonly preset: string;
  readonly registrar: string;
  readonly username: string;
  readonly state: 'up' | 'trying' | 'down';
  readonly since: number;
  /** Why it is not up, and what to do about it. */
  readonly why: string;
  readonly advice: string;
  /** The server in use, `udp:192.0.2.1:5060`; empty for none. */
  readonly server: string;
  /** When the registration ends; 0 for none. */
  readonly expires: number;
}

/** Every provider of the configuration (features, rows 42 and 43): added, changed and removed without a restart. */
export class Providers implements ProviderTrunks {
  private readonly parts: ProvidersParts;
  private readonly trunks = new Map<string, ProviderTrunk>();
  /** Why one cannot be used at all. */
  private readonly unusable = new Map<string, string>();
  private readonly listeners = new Set<(name: string) => void>();
  /** What the log has said of each since it went down, or came up: the same is not said twice. */
  private readonly said = new Map<string, { readonly up: boolean; readonly words: Set<string> }>();
  /** Those that it says call without our token. */
  private readonly tokenless = new Set<string>();
  /** The former accounts whose binding is being taken back, one of each name. */
  private readonly leaving = new Map<string, Registration>();
  private config: Config | undefined = undefined;
  private started = false;
  private ended = false;

  constructor(parts: ProvidersParts) {
    this.parts = parts;
  }

  /** Takes a configuration: what changed is registered anew, what is gone is taken back. */
  configure(config: Config): void {
    if (this.ended) return; // a reload that took its time: nothing is registered any more
    this.config = config;
    this.unusable.clear();
    const gone = new Map(this.trunks);
    for (const section of config.providers.values()) {
      const { name } = section;
      const password = this.passwordOf(section.password, section.passwordFile, name);
      const account = this.unusable.has(name) ? undefined : accountOf(section, password);
      if (account === undefined) continue;
      if (typeof account === 'string') {
        this.unusable.set(name, account);
        continue;
      }
      gone.delete(name);
      const before = this.trunks.get(name);
      if (before !== undefined && JSON.stringify(before.account) === JSON.stringify(account)) {
        before.section = section;
        continue;
      }
      const token = keyedHex(this.parts.key, `contact at ${name}\n${account.aor}`).slice(0, 20);
      const callToken = keyedHex(this.parts.key, `calls at ${name}\n${account.aor}`).slice(0, 20);
      const trunk = new ProviderTrunk({ ...this.parts, token, callToken, changed: (one) => this.changed(one) }, section, account);
      this.trunks.set(name, trunk);
      if (before !== undefined) this.leave(before);
      this.begin(name);
    }
    for (const [name, trunk] of gone) {
      this.trunks.delete(name);
      this.said.delete(name);
      this.leave(trunk);
    }
    for (const why of this.unusable.values()) this.parts.log.warning(why);
  }

  /** Registers the account of this name, once what is bound of a former one is taken back: both bind the same Contact. */
  private begin(name: string): void {
    if (this.started && !this.leaving.has(name)) this.trunks.get(name)?.registration.run('start');
  }

  private leave({ account: { name }, registration }: ProviderTrunk): void {
    if (registration.state === 'idle') return registration.stop(() => {}); // it waits for a former one itself, or for the start
    this.leaving.set(name, registration);
    registration.stop(() => {
      this.leaving.delete(name);
      this.begin(name);
    });
  }

  private passwordOf(password: string | undefined, file: string | undefined, name: string): string | undefined {
    if (file === undefined) return password;
    const refuse = (why: string) => void this.unusable.set(name, `[provider ${name}] password_file: ${why}`);
    try {
      const line = this.parts.files.read(file)?.split(/\r?\n/)[0];
      if (line === undefined) return refuse(`there is no file ${file}`);
      const bad = unprintableIn(line);
      return bad === undefined ? line : refuse(`${file}: ${bad.message}`);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return refuse(`${file} cannot be read: ${error.message}`);
    }
  }

  private changed(trunk: ProviderTrunk): void {
    const { name } = trunk.account;
    const { state, registration } = trunk;
    const { hop } = registration.grant;
    const said = state.up ? `is up: ${hop === undefined ? '' : hopText(hop)}` : `is down: ${state.why}`;
    const before = this.said.get(name);
    // Of one that is up the last word is the server that it has now, whichever it had before.
    const goesOn = before?.up === state.up && (!state.up || before.words.has(said));
    const words = goesOn ? before.words : new Set<string>();
    const isSettled = state.up ? trunk.stays : registration.state === 'waiting';
    if (!this.ended && isSettled && !words.has(said) && words.size < MOST_SAID) {
      this.said.set(name, { up: state.up, words: words.add(said) });
      if (state.up) this.parts.log.notice(`provider ${name} ${said}`);
      else this.parts.log.warning(`provider ${name} ${said}`);
    }
    for (const listener of this.listeners) listener(name);
  }

  /** Hears the name of a provider that came up, went down, or failed otherwise than before. Returns how to stop. */
  subscribe(listener: (name: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Registers everywhere. */
  start(): void {
    this.started = true;
    for (const { registration } of this.trunks.values()) registration.run('start');
  }

  /** Takes every registration back: within a second, whoever answers. */
  stop(): Promise<void> {
    this.ended = true;
    const all = [...[...this.trunks.values()].map(({ registration }) => registration), ...this.leaving.values()];
    return Promise.all(all.map((one) => new Promise<void>((done) => one.stop(done)))).then(() => {});
  }

  /** The addresses of this machine are others, or it `slept`. */
  networkChanged(slept: boolean): void {
    for (const trunk of this.trunks.values()) trunk.networkChanged(slept);
  }

  connectionClosed(connection: string): void {
    for (const { registration } of this.trunks.values())
      if (registration.flow?.connection === connection) registration.lost('the connection was closed');
  }

  trunk(name: string): SipTrunk | undefined {
    return this.trunks.get(name);
  }

  state(name: string): TrunkState {
    return this.trunks.get(name)?.state ?? { up: false, why: this.unusable.get(name) ?? 'there is no such provider' };
  }

  /** The provider that has a server at an address (an IP literal); of several accounts there the first. */
  at(host: string): string | undefined {
    for (const trunk of this.trunks.values()) if (trunk.has(host)) return trunk.account.name;
    return undefined;
  }

  /** The Request-URI in the house that its calls to a number lead to; undefined for a number that nobody has. */
  leads(name: string, called: string): string | undefined {
    const trunk = this.trunks.get(name);
    const { plan, domain } = this.parts.house();
    const to = trunk && inboundOf([called], trunk.section, trunk.account, plan);
    return to && houseUri(to, domain);
  }

  /**
   * The provider that a request is from: by the token of our Contact, else by the address of one of its servers; of several accounts there
   * the one that was called (house, "Who is calling" 3). A number in the Request-URI alone is no evidence. Who registers has been given a
   * token, but telephone companies put the number that was called in the place of our whole Contact: without it they are believed where
   * the sender's address cannot be invented, and else as far as nobody pays.
   */
  callerOf(request: Request, flow: Flow): ProviderCaller | undefined {
    if (this.trunks.size === 0 || request.method === 'REGISTER') return undefined;
    const tokens = tokensIn(request);
    const { remote } = flow;
    const here = this.parts.transport.isHere(remote.host);
    const there: ProviderTrunk[] = [];
    for (const trunk of this.trunks.values()) {
      if (tokens.includes(trunk.registration.token)) return { kind: 'provider', name: trunk.account.name };
      if (trunk.has(remote.host) && (!here || trunk.hasPort(remote))) there.push(trunk);
    }
    const called = there.find((trunk) => this.isCalled(request, trunk));
    const account = (called ?? there[0])?.account;
    const forgeable = !flow.reliable;
    return account && { kind: 'provider', name: account.name, byAddress: account.registers && forgeable, forgeable };
  }

  private isCalled(request: Request, { account, section }: ProviderTrunk): boolean {
    const called = calledIn(request);
    if (called.includes(account.username)) return true;
    return inboundOf(called, { numbers: section.numbers, inbound: undefined }, account, this.parts.house().plan) !== undefined;
  }

  /** A call of a provider into the house; undefined for a number that nobody has. */
  incoming(caller: ProviderCaller, request: Request): IncomingLeg | TrunkRefusal | undefined {
    const { name, byAddress } = caller;
    if (byAddress === true && !this.tokenless.has(name)) {
      this.tokenless.add(name);
      this.parts.log.notice(
        `provider ${name} calls by UDP without what our Contact says, as anybody could: phones ring, for few calls at a time, and forwards that cost money are left out; transport = tcp or tls proves its calls`,
      );
    }
    return this.trunks.get(name)?.incoming(caller, request);
  }

  /** Registers one anew and tells how that went; false if there is none. */
  test(name: string, done: (outcome: TestOutcome) => void): boolean {
    const why = this.unusable.get(name);
    if (why !== undefined) done({ up: false, steps: [why], advice: `mend [provider ${name}], then "sipwitchctl reload"` });
    else if (!this.trunks.has(name)) return false;
    else this.trunks.get(name)!.test(done);
    return true;
  }

  /** All, in the order of the configuration. */
  list(): readonly ProviderStatus[] {
    return [...(this.config?.providers.values() ?? [])].map(({ name, preset, registrar, username }) => {
      const trunk = this.trunks.get(name);
      const told = { name, preset: preset ?? '', registrar: registrar ?? '', username: username ?? '' };
      if (trunk === undefined)
        return { ...told, state: 'down', since: 0, why: this.unusable.get(name) ?? '', advice: '', server: '', expires: 0 };
      const { registration, since } = trunk;
      const { up, fault, grant } = registration;
      const { hop, until } = grant;
      const { clock } = this.parts;
      return {
        ...told,
        state: up ? 'up' : fault === undefined ? 'trying' : 'down',
        since: since(),
        why: up ? '' : (fault?.why ?? ''),
        advice: up ? '' : (fault?.advice ?? ''),
        server: up && hop !== undefined ? hopText(hop) : '',
        expires: up && trunk.account.registers ? clock.wall() + until - clock.now() : 0,
      };
    });
  }

  /** What is wrong now, a sentence each. */
  get problems(): readonly string[] {
    return this.list()
      .filter(({ state }) => state === 'down')
      .map(({ name, why, advice }) => `provider ${name} is down: ${why}${advice === '' ? '' : `; ${advice}`}`);
  }
}
