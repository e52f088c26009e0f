import { NAME } from './paths.ts';
import {
  callFields,
  type Fields,
  phoneFields,
  propertyName,
  providerFields,
  stateFields,
  statusFields,
  userFields,
} from './record.ts';

/** Names and D-Bus types, in the order of the wire. */
type Arguments = Readonly<Record<string, string>>;

export interface MethodShape {
  readonly in: Arguments;
  readonly out: Arguments;
}

export interface InterfaceShape {
  readonly name: string;
  readonly methods: Readonly<Record<string, MethodShape>>;
  readonly properties: Readonly<Record<string, string>>;
  /** Of those, what changes without a signal. */
  readonly silent: readonly string[];
}

/** Settings of an account, and what is said about them: pairs, for their order counts. */
const settings = 'a(ss)';
const table = 'aa{sv}';
/** Long tables are asked for in parts, so that no answer holds up the calls. */
const part: Arguments = { first: 'u', most: 'u' };

/** Characters of an import, at most. */
export const IMPORT_MOST = 1 << 24;

/** Rows of a table that are given at once, at most. */
export const MOST_ROWS = 500;

export const manager = {
  name: `${NAME}.Manager`,
  properties: propertiesOf(statusFields),
  silent: Object.keys(statusFields).map(propertyName),
  methods: {
    ListUsers: { in: part, out: { users: table } },
    ListPhones: { in: { user: 's', ...part }, out: { phones: table } },
    ListCalls: { in: { user: 's' }, out: { calls: table } },
    ListProviders: { in: {}, out: { providers: table } },
    ListStates: { in: {}, out: { states: table } },
    AddProvider: { in: { name: 's', settings }, out: { remarks: 'as' } },
    AddUser: { in: { name: 's', settings }, out: { remarks: 'as' } },
    /** As `Remove` of the user itself, and says what still names it. */
    RemoveUser: { in: { name: 's' }, out: { remarks: 'as' } },
    ImportUsers: { in: { csv: 's', settings }, out: { count: 'u' } },
    History: { in: { since: 'x', most: 'u' }, out: { calls: table } },
    Explain: {
      in: { target: 's', from: 's', method: 's', source: 's' },
      out: { explanation: 'a{sv}', targets: table },
    },
    DnsRecords: { in: { domain: 's' }, out: { records: table, warnings: 'as' } },
    CheckConfiguration: { in: {}, out: { errors: 'u', report: 's' } },
    ShowConfiguration: { in: {}, out: { text: 's' } },
    Reload: { in: {}, out: { errors: 'u', report: 's' } },
    ListBindings: { in: part, out: { bindings: table } },
    ListTransactions: { in: part, out: { transactions: table } },
    ListDialogs: { in: part, out: { dialogs: table } },
    ListTimers: { in: part, out: { timers: table } },
    ListDns: { in: part, out: { dns: table } },
    Counts: { in: {}, out: { counts: table } },
    Trace: { in: { call: 's' }, out: { messages: table } },
  },
} as const satisfies InterfaceShape;

export const user = {
  name: `${NAME}.User`,
  properties: propertiesOf(userFields),
  silent: ['Phones', 'Password'],
  methods: {
    Show: { in: {}, out: { settings, passwords: 'as' } },
    Set: { in: { key: 's', value: 's' }, out: { remarks: 'as' } },
    SetPassword: { in: { password: 's' }, out: {} },
    RemovePhone: { in: { contact: 's' }, out: {} },
    Remove: { in: {}, out: {} },
  },
} as const satisfies InterfaceShape;

export const phone = {
  name: `${NAME}.Phone`,
  properties: propertiesOf(phoneFields),
  silent: ['Expires'],
  methods: { Remove: { in: {}, out: {} } },
} as const satisfies InterfaceShape;

export const provider = {
  name: `${NAME}.Provider`,
  properties: propertiesOf(providerFields),
  silent: [],
  methods: {
    Test: { in: {}, out: { up: 'b', steps: 'as', advice: 's' } },
    Remove: { in: {}, out: {} },
  },
} as const satisfies InterfaceShape;

export const state = {
  name: `${NAME}.State`,
  properties: propertiesOf(stateFields),
  silent: [],
  methods: { Set: { in: { to: 's' }, out: {} } },
} as const satisfies InterfaceShape;

export const call = {
  name: `${NAME}.Call`,
  properties: propertiesOf(callFields),
  silent: [],
  methods: { HangUp: { in: {}, out: { outcome: 's' } } },
} as const satisfies InterfaceShape;

function propertiesOf<T>(fields: Fields<T>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries<string>(fields).map(([field, type]) => [propertyName(field), type]));
}

/** The D-Bus signature of arguments. */
export function signatureOf(args: Arguments): string {
  return Object.values(args).join('');
}
