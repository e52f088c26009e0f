import type { Entry } from '../../core/account/drop-in.ts';
import { type BusConnection, BusError, Standard } from '../../runtime/bus.ts';
import type { Millis } from '../../runtime/clock.ts';
import type { ToPublish } from '../dbus/dns-records.ts';
import type { Remarks } from '../dbus/drop-ins.ts';
import { ControlError, errorNames } from '../dbus/errors.ts';
import { call, type InterfaceShape, MOST_ROWS, manager, provider, signatureOf, state, user } from '../dbus/interfaces.ts';
import { NAME, pathOf, ROOT } from '../dbus/paths.ts';
import {
  bindingFields,
  callFields,
  countFields,
  dialogFields,
  dnsFields,
  dnsRecordFields,
  explanationFields,
  type Fields,
  fromDict,
  messageFields,
  pastCallFields,
  phoneFields,
  providerFields,
  stateFields,
  statusFields,
  targetFields,
  timerFields,
  transactionFields,
  userFields,
} from '../dbus/record.ts';
import type {
  BindingReport,
  CallReport,
  CheckReport,
  CountReport,
  DialogReport,
  DnsReport,
  ExplainQuery,
  Explanation,
  MessageReport,
  PastCallReport,
  PhoneReport,
  ProviderReport,
  ProviderTest,
  StateReport,
  StatusReport,
  TimerReport,
  TransactionReport,
  UserDetail,
  UserReport,
} from '../dbus/reports.ts';
import { type Control, Failure } from './control.ts';

/** A person may have to find a password for polkit, and a phone may be slow to say goodbye. */
const PATIENCE: Millis = 150_000;

type Method = keyof typeof manager.methods;

/** Starts what asks for a password on the terminal, where polkit found nobody who does; false where that cannot be. */
export type StartAgent = () => Promise<boolean>;

/** Asks a daemon over D-Bus. Errors of the daemon become the ControlErrors that they were there. */
export class BusControl implements Control {
  readonly unheard = '';
  interactive = true;
  readonly #bus: BusConnection;
  readonly #startAgent: StartAgent;

  constructor(bus: BusConnection, startAgent: StartAgent) {
    this.#bus = bus;
    this.#startAgent = startAgent;
  }

  async status(): Promise<StatusReport> {
    const to = { name: NAME, path: ROOT, interface: 'org.freedesktop.DBus.Properties', member: 'GetAll' };
    const [properties] = await this.#ask(() => this.#bus.call(to, { signature: 's', values: [manager.name] }, PATIENCE));
    return fromDict(properties, statusFields);
  }

  users(): Promise<readonly UserReport[]> {
    return this.#table('ListUsers', [], userFields);
  }

  async user(name: string): Promise<UserDetail> {
    const [settings, passwords] = await this.#call(user, 'Show', pathOf('user', name));
    return { name, settings: settings as Entry[], passwords: passwords as string[] };
  }

  async requireUser(name: string): Promise<void> {
    const path = pathOf('user', name);
    const to = { name: NAME, path, interface: 'org.freedesktop.DBus.Introspectable', member: 'Introspect' };
    const [document] = await this.#ask(() => this.#bus.call(to, { signature: '', values: [] }, PATIENCE));
    // Nothing stands there: any question says so, with who was meant.
    if (!(document as string).includes(`"${user.name}"`)) await this.user(name);
  }

  async addUser(name: string, settings: readonly Entry[]): Promise<Remarks> {
    const [remarks] = await this.#call(manager, 'AddUser', ROOT, name, settings);
    return remarks as string[];
  }

  async removeUser(name: string): Promise<Remarks> {
    const [remarks] = await this.#call(manager, 'RemoveUser', ROOT, name);
    return remarks as string[];
  }

  async setUser(name: string, key: string, value: string): Promise<Remarks> {
    const [remarks] = await this.#call(user, 'Set', pathOf('user', name), key, value);
    return remarks as string[];
  }

  async importUsers(csv: string, shared: readonly Entry[]): Promise<number> {
    const [count] = await this.#call(manager, 'ImportUsers', ROOT, csv, shared);
    return count as number;
  }

  async setPassword(name: string, password: string): Promise<void> {
    await this.#call(user, 'SetPassword', pathOf('user', name), password);
  }

  states(): Promise<readonly StateReport[]> {
    return this.#rows('ListStates', [], stateFields);
  }

  async setState(name: string, to: string): Promise<void> {
    await this.#call(state, 'Set', pathOf('state', name), to);
  }

  providers(): Promise<readonly ProviderReport[]> {
    return this.#rows('ListProviders', [], providerFields);
  }

  async addProvider(name: string, settings: readonly Entry[]): Promise<Remarks> {
    const [remarks] = await this.#call(manager, 'AddProvider', ROOT, name, settings);
    return remarks as string[];
  }

  async removeProvider(name: string): Promise<void> {
    await this.#call(provider, 'Remove', pathOf('provider', name));
  }

  async testProvider(name: string): Promise<ProviderTest> {
    const [up, steps, advice] = await this.#call(provider, 'Test', pathOf('provider', name));
    return { up: up as boolean, steps: steps as string[], advice: advice as string };
  }

  phones(name: string): Promise<readonly PhoneReport[]> {
    return this.#table('ListPhones', [name], phoneFields);
  }

  async removePhone(name: string, contact: string): Promise<void> {
    await this.#call(user, 'RemovePhone', pathOf('user', name), contact);
  }

  calls(name: string): Promise<readonly CallReport[]> {
    return this.#rows('ListCalls', [name], callFields);
  }

  async hangUp(id: string): Promise<string> {
    const [outcome] = await this.#call(call, 'HangUp', pathOf('call', id));
    return outcome as string;
  }

  history(since: number, most: number): Promise<readonly PastCallReport[]> {
    return this.#rows('History', [BigInt(since), Math.min(most, MOST_ROWS)], pastCallFields);
  }

  async explain({ target, from, method, source }: ExplainQuery): Promise<Explanation> {
    const [explanation, targets] = await this.#call(manager, 'Explain', ROOT, target, from, method, source);
    return { ...fromDict(explanation, explanationFields), targets: rows(targets, targetFields) };
  }

  async dnsRecords(domain: string): Promise<ToPublish> {
    const [records, warnings] = await this.#call(manager, 'DnsRecords', ROOT, domain);
    return { records: rows(records, dnsRecordFields), warnings: warnings as string[] };
  }

  async reload(): Promise<CheckReport> {
    const [errors, report] = await this.#call(manager, 'Reload', ROOT);
    return { errors: errors as number, report: report as string };
  }

  async check(): Promise<CheckReport> {
    const [errors, report] = await this.#call(manager, 'CheckConfiguration', ROOT);
    return { errors: errors as number, report: report as string };
  }

  async configText(): Promise<string> {
    const [text] = await this.#call(manager, 'ShowConfiguration', ROOT);
    return text as string;
  }

  bindings(): Promise<readonly BindingReport[]> {
    return this.#table('ListBindings', [], bindingFields);
  }

  transactions(): Promise<readonly TransactionReport[]> {
    return this.#table('ListTransactions', [], transactionFields);
  }

  dialogs(): Promise<readonly DialogReport[]> {
    return this.#table('ListDialogs', [], dialogFields);
  }

  timers(): Promise<readonly TimerReport[]> {
    return this.#table('ListTimers', [], timerFields);
  }

  dns(): Promise<readonly DnsReport[]> {
    return this.#table('ListDns', [], dnsFields);
  }

  counts(): Promise<readonly CountReport[]> {
    return this.#rows('Counts', [], countFields);
  }

  trace(callName: string): Promise<readonly MessageReport[]> {
    return this.#rows('Trace', [callName], messageFields);
  }

  close(): Promise<void> {
    return this.#bus.close();
  }

  /** A long table, part by part: the daemon serves calls in between. */
  async #table<T>(method: Method, args: readonly unknown[], fields: Fields<T>): Promise<readonly T[]> {
    const all: T[] = [];
    for (;;) {
      const more = await this.#rows(method, [...args, all.length, MOST_ROWS], fields);
      all.push(...more);
      if (more.length < MOST_ROWS) return all;
    }
  }

  async #rows<T>(method: Method, args: readonly unknown[], fields: Fields<T>): Promise<readonly T[]> {
    const [table] = await this.#call(manager, method, ROOT, ...args);
    return rows(table, fields);
  }

  async #call(shape: InterfaceShape, member: string, path: string, ...values: readonly unknown[]): Promise<readonly unknown[]> {
    const signature = signatureOf(shape.methods[member]!.in);
    const ask = () => {
      const to = { name: NAME, path, interface: shape.name, member, interactive: this.interactive };
      return this.#ask(() => this.#bus.call(to, { signature, values }, PATIENCE));
    };
    try {
      return await ask();
    } catch (error) {
      const isRequired = error instanceof ControlError && error.name === 'InteractiveAuthorizationRequired';
      if (!isRequired || !this.interactive || !(await this.#startAgent())) throw error;
      return ask();
    }
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof BusError) throw understood(error);
      throw error;
    }
  }
}

function rows<T>(dicts: unknown, fields: Fields<T>): readonly T[] {
  return (dicts as readonly unknown[]).map((dict) => fromDict(dict, fields));
}

/** Whoever was asked is not there, not there any more (a bus says NoReply of who left it with a question open), or silent. */
const GONE: ReadonlySet<string> = new Set([
  ...[Standard.disconnected, Standard.noReply, Standard.noServer, Standard.serviceUnknown, Standard.timeout],
]);

/** What an error of the bus means to whoever typed the command. */
function understood(error: BusError): ControlError | Failure {
  const own = errorNames.find((name) => error.name === `${NAME}.Error.${name}`);
  if (own !== undefined) return new ControlError(own, error.message);
  if (GONE.has(error.name)) return new Failure(69, `the daemon does not answer: ${error.message}`, 'its log may say why');
  if (error.name === Standard.unknownMethod || error.name === Standard.invalidArgs)
    return new Failure(1, `the daemon is of another version than this program (${error.message})`, 'restart it');
  return new Failure(1, error.message);
}
