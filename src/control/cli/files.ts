import type { Config } from '../../config/config.ts';
import { type Loaded, load } from '../../config/load.ts';
import { errorsIn } from '../../config/problem.ts';
import { report } from '../../config/report.ts';
import type { Entry } from '../../core/account/drop-in.ts';
import type { Secrets } from '../../core/account/secrets.ts';
import { Accounts } from '../../core/account/users.ts';
import { NamedStates } from '../../core/named-states.ts';
import type { Snapshot } from '../../core/routing/snapshot.ts';
import type { InterfaceAddress } from '../../runtime/network.ts';
import { expandListen } from '../../sip/transport/listen.ts';
import { AccountFiles, type AccountParts } from '../dbus/accounts.ts';
import { checkReport, configText } from '../dbus/config-text.ts';
import { dnsRecords } from '../dbus/dns-domains.ts';
import type { ToPublish } from '../dbus/dns-records.ts';
import { othersTurn, type Remarks } from '../dbus/drop-ins.ts';
import { ControlError } from '../dbus/errors.ts';
import { explain } from '../dbus/explain.ts';
import { ProviderFiles } from '../dbus/provider-files.ts';
import type { CheckReport, ExplainQuery, Explanation, StateReport, UserDetail, UserReport } from '../dbus/reports.ts';
import { switchState } from '../dbus/switch-state.ts';
import { userDetail, userReport } from '../dbus/tell.ts';
import { type Control, Failure } from './control.ts';
import { deniedRemedy } from './folders.ts';
import type { Passed } from './reach.ts';
import { snapshotOfFiles, storedBindings, wantedOf } from './snapshot.ts';

export interface FileParts extends Omit<AccountParts, 'secrets'> {
  /** Opened when they are first needed, and nothing is written by that. */
  openSecrets(domain: string): Secrets;
  /** Keeps the realm of the passwords that are about to be written. */
  keepRealm(domain: string): Promise<unknown>;
  /** Who has the state directory, a daemon; undefined: nobody that can be seen. */
  daemon(): string | undefined;
  /** The addresses of this machine. */
  interfaces(): readonly InterfaceAddress[];
  readonly passed: Passed;
  /** Whether the folders were named on the command line. */
  readonly named: boolean;
  /** Whether the files are another's: only a daemon may be asked. */
  readonly askOnly: boolean;
}

const RELOAD = 'at its next reload';

/** Answers from the files, for what needs no daemon; anything else says how to get one. */
export class FileControl implements Control {
  readonly #parts: FileParts;
  #opened: Secrets | undefined = undefined;
  unheard = '';
  interactive = false; // nobody is asked for files
  readonly #noDaemon = async (): Promise<never> => {
    throw this.#unanswered();
  };

  constructor(parts: FileParts) {
    this.#parts = parts;
  }

  async users(): Promise<readonly UserReport[]> {
    const snapshot = this.#snapshot();
    const accounts = new Accounts(this.#config());
    const secrets = this.#secrets();
    return [...accounts.all()].map((account) => userReport(account, snapshot.bindings(account.name).length, secrets));
  }

  async user(name: string): Promise<UserDetail> {
    const config = this.#config();
    return userDetail(config, this.#secrets(), name);
  }

  async requireUser(name: string): Promise<void> {
    await this.user(name);
  }

  async addUser(name: string, settings: readonly Entry[]): Promise<Remarks> {
    return this.#past(RELOAD, async () => (await this.#accounts()).add(name, settings));
  }

  async removeUser(name: string): Promise<Remarks> {
    return this.#past(RELOAD, async () => (await this.#accounts()).remove(name));
  }

  async setUser(name: string, key: string, value: string): Promise<Remarks> {
    return this.#past(RELOAD, async () => (await this.#accounts()).set(name, key, value));
  }

  async importUsers(csv: string, shared: readonly Entry[]): Promise<number> {
    return this.#past(RELOAD, async () => (await this.#accounts()).importUsers(csv, shared));
  }

  async setPassword(name: string, password: string): Promise<void> {
    return this.#past('in a second', async () => (await this.#accounts()).setPassword(name, password));
  }

  async explain(query: ExplainQuery): Promise<Explanation> {
    return explain(query, this.#snapshot());
  }

  async dnsRecords(domain: string): Promise<ToPublish> {
    const config = this.#config();
    const interfaces = this.#parts.interfaces();
    const points = expandListen(wantedOf(config), interfaces);
    return dnsRecords(domain, { config, points, hostName: this.#parts.setting.hostName, interfaces });
  }

  async check(): Promise<CheckReport> {
    return checkReport(this.#load(), this.#parts.setting);
  }

  async configText(): Promise<string> {
    return configText(this.#config());
  }

  async addProvider(name: string, settings: readonly Entry[]): Promise<Remarks> {
    return this.#past(RELOAD, () => new ProviderFiles(this.#inTurn()).add(name, settings));
  }

  async removeProvider(name: string): Promise<void> {
    return this.#past(RELOAD, () => new ProviderFiles(this.#inTurn()).remove(name));
  }

  async states(): Promise<readonly StateReport[]> {
    return this.#states().list();
  }

  async setState(name: string, to: string): Promise<void> {
    await this.#past('when it starts again', () => {
      const daemon = this.#parts.daemon();
      if (daemon === undefined) return switchState(this.#states(), name, to);
      const mend = 'without "--bus none" it is asked itself; where it opened no bus, stop it first';
      throw new Failure(1, `${daemon} has the states of these files, and would write its own over this`, mend);
    });
  }

  providers = this.#noDaemon;
  testProvider = this.#noDaemon;
  status = this.#noDaemon;
  phones = this.#noDaemon;
  removePhone = this.#noDaemon;
  calls = this.#noDaemon;
  hangUp = this.#noDaemon;
  history = this.#noDaemon;
  reload = this.#noDaemon;
  bindings = this.#noDaemon;
  transactions = this.#noDaemon;
  dialogs = this.#noDaemon;
  timers = this.#noDaemon;
  dns = this.#noDaemon;
  counts = this.#noDaemon;
  trace = this.#noDaemon;

  async close(): Promise<void> {
    this.#opened?.close();
  }

  /** That no daemon answers, and what to do about it. */
  #unanswered(): Failure {
    const { setting, passed, named, askOnly } = this.#parts;
    const { other, silent, unsought } = passed;
    if (unsought) return new Failure(69, 'this takes a daemon, and none was asked', 'leave out "--bus none"');
    const holder = this.#parts.daemon();
    const again = setting.service ? '"systemctl restart sipwitch"' : 'end it, and start it again';
    const holds = `${holder} has the files of ${setting.state}`;
    if (silent !== undefined) {
      const advice = holder === undefined ? 'its log may say why' : `${holds}; if it hangs its log may say why: ${again}`;
      return new Failure(69, `no daemon answers: ${silent}`, advice);
    }
    const own = `"sipwitchd --config ${setting.config} --state ${setting.state}"`;
    if (other !== undefined) {
      const advice = `the one that does has others: ask it by "${other}", or start ${own}`;
      return new Failure(69, 'no daemon of these folders answers', advice);
    }
    if (holder !== undefined) {
      const advice = `with "--bus none" nobody can ask it, and "kill -HUP" has it read its files again; otherwise ${again}`;
      return new Failure(69, `no daemon answers: ${holds}, and no bus of it is found`, advice);
    }
    const service = '"systemctl start sipwitch" starts it, "journalctl -u sipwitch" says why it does not run';
    if (askOnly)
      return new Failure(69, 'the exchange of this machine does not answer', `${service}; "sipwitchd" starts one of your own`);
    const user = named ? `${own} starts it` : '"sipwitchd" starts it, "systemctl start sipwitch" where it is a service';
    const start = setting.service ? service : user;
    return new Failure(69, 'no daemon answers', `${start}, "--bus" says where it is`);
  }

  /** A change to the files, which no daemon is told of. `when`: when one that runs hears of it. */
  async #past<T>(when: string, change: () => Promise<T>): Promise<T> {
    const { passed, setting, askOnly } = this.#parts;
    if (askOnly) throw this.#unanswered();
    const { other } = passed;
    if ((await this.#parts.awaitTurn()) === undefined) throw othersTurn(setting.state);
    const answer = await change();
    this.unheard = other === undefined ? when : `${when}; the one that answers has other folders, ${other}`;
    return answer;
  }

  #secrets(): Secrets {
    this.#opened ??= this.#parts.openSecrets(this.#config().daemon.domain);
    return this.#opened;
  }

  async #accounts(): Promise<AccountFiles> {
    await this.#parts.keepRealm(this.#config().daemon.domain);
    return new AccountFiles({ ...this.#inTurn(), secrets: this.#secrets() });
  }

  /** For what is done when it is our turn, until this program ends. */
  #inTurn(): FileParts {
    return { ...this.#parts, awaitTurn: async () => () => {} };
  }

  /** As a daemon would have them that started now. */
  #states(): NamedStates {
    const { clock, storage } = this.#parts;
    const states = new NamedStates({ clock, storage, log: silent });
    states.configure(this.#config());
    states.read();
    return states;
  }

  #load(): Loaded {
    if (this.#parts.askOnly) throw this.#unanswered();
    return load(this.#parts.files, this.#parts.setting);
  }

  #snapshot(): Snapshot {
    const { setting, storage, clock, interfaces } = this.#parts;
    const now = clock.wall();
    const states = this.#states().active();
    const site = { hostName: setting.hostName, interfaces: interfaces() };
    return snapshotOfFiles(this.#config(), site, storedBindings(storage, now), now, states);
  }

  #config(): Config {
    const { config, problems } = this.#load();
    if (config !== undefined) return config;
    const advice = errorsIn(problems).every(({ denied }) => denied) ? `; ${deniedRemedy(this.#parts.setting.service)}` : '';
    throw new ControlError('InvalidConfiguration', `the configuration cannot be used${advice}:\n${report(problems)}`);
  }
}

/** Whoever runs the command sees what becomes of it. */
const silent = { error() {}, notice() {} };
