import type { Entry } from '../../core/account/drop-in.ts';
import type { ToPublish } from '../dbus/dns-records.ts';
import type { Remarks } from '../dbus/drop-ins.ts';
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

/** What sipwitchctl can ask for, of a daemon over a bus or of the files alone. Rejects with a ControlError or a Failure. */
export interface Control {
  /** Whether a person may be asked for a password for what follows. */
  interactive: boolean;
  status(): Promise<StatusReport>;
  users(): Promise<readonly UserReport[]>;
  user(name: string): Promise<UserDetail>;
  /** Rejects if there is no such user. It needs no right, so that nobody is asked for one. */
  requireUser(name: string): Promise<void>;
  addUser(name: string, settings: readonly Entry[]): Promise<Remarks>;
  removeUser(name: string): Promise<Remarks>;
  setUser(name: string, key: string, value: string): Promise<Remarks>;
  importUsers(csv: string, shared: readonly Entry[]): Promise<number>;
  setPassword(name: string, password: string): Promise<void>;
  states(): Promise<readonly StateReport[]>;
  /** `to`: on, off or auto. */
  setState(name: string, to: string): Promise<void>;
  providers(): Promise<readonly ProviderReport[]>;
  addProvider(name: string, settings: readonly Entry[]): Promise<Remarks>;
  removeProvider(name: string): Promise<void>;
  /** Registers anew, and waits until that went well or not. */
  testProvider(name: string): Promise<ProviderTest>;
  /** Of one user, or of all where `name` is empty. */
  phones(name: string): Promise<readonly PhoneReport[]>;
  removePhone(user: string, contact: string): Promise<void>;
  /** Of one user, or of all where `name` is empty. */
  calls(name: string): Promise<readonly CallReport[]>;
  /** Resolves with how that went, in a sentence. */
  hangUp(id: string): Promise<string>;
  history(since: number, most: number): Promise<readonly PastCallReport[]>;
  explain(query: ExplainQuery): Promise<Explanation>;
  /** The records to publish for one of our domains, or for all of them where `domain` is empty. */
  dnsRecords(domain: string): Promise<ToPublish>;
  reload(): Promise<CheckReport>;
  check(): Promise<CheckReport>;
  configText(): Promise<string>;
  bindings(): Promise<readonly BindingReport[]>;
  transactions(): Promise<readonly TransactionReport[]>;
  dialogs(): Promise<readonly DialogReport[]>;
  timers(): Promise<readonly TimerReport[]>;
  /** What is remembered of DNS. */
  dns(): Promise<readonly DnsReport[]>;
  counts(): Promise<readonly CountReport[]>;
  /** The last messages, of one call if `call` is not empty: a Call-ID, or the id of a call. */
  trace(call: string): Promise<readonly MessageReport[]>;
  /** When a daemon hears of what was changed past it, `at its next reload`; empty where one was asked, and where nothing was changed. */
  readonly unheard: string;
  close(): Promise<void>;
}

/** The program cannot do what it was asked; the exit code says of what kind the reason is. */
export class Failure extends Error {
  readonly code: ExitCode;
  readonly why: string;
  /** What to do next, where that is a part of its own; the message says both. */
  readonly advice: string;

  constructor(code: ExitCode, why: string, advice = '') {
    super(advice === '' ? why : `${why}; ${advice}`);
    this.code = code;
    this.why = why;
    this.advice = advice;
  }
}

/** 1 failure, 2 usage, 69 no daemon answers or an address is taken, 78 configuration. */
export type ExitCode = 1 | 2 | 69 | 78;
