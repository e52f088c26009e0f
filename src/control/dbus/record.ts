import type {
  BindingReport,
  CallReport,
  CountReport,
  DialogReport,
  DnsRecord,
  DnsReport,
  Explanation,
  MessageReport,
  PastCallReport,
  PhoneReport,
  ProviderReport,
  StateReport,
  StatusReport,
  TargetReport,
  TimerReport,
  TransactionReport,
  UserReport,
} from './reports.ts';

/** The D-Bus type of each field of a record, in the order in which they are sent. */
export type Fields<T> = { readonly [K in keyof T]: 's' | 'b' | 'u' | 'x' | 'd' | 'as' | 'a{su}' };

export const statusFields: Fields<StatusReport> = {
  version: 's',
  pid: 'u',
  since: 'x',
  domain: 's',
  config: 's',
  state: 's',
  listeners: 'as',
  users: 'u',
  phones: 'u',
  calls: 'u',
  auth: 'a{su}',
  traffic: 'a{su}',
  trafficToday: 'a{su}',
  trafficHour: 'a{su}',
  problems: 'as',
  buses: 'as',
};

export const userFields: Fields<UserReport> = {
  name: 's',
  extension: 's',
  display: 's',
  published: 'b',
  dnd: 'b',
  phones: 'u',
  password: 'b',
};

export const phoneFields: Fields<PhoneReport> = {
  id: 's',
  user: 's',
  contact: 's',
  transport: 's',
  agent: 's',
  source: 's',
  since: 'x',
  expires: 'x',
};

export const providerFields: Fields<ProviderReport> = {
  name: 's',
  preset: 's',
  registrar: 's',
  username: 's',
  state: 's',
  since: 'x',
  why: 's',
  advice: 's',
  server: 's',
  expires: 'x',
};

export const callFields: Fields<CallReport> = {
  id: 's',
  callId: 's',
  from: 's',
  to: 's',
  answeredBy: 's',
  state: 's',
  since: 'x',
  answered: 'x',
};

export const pastCallFields: Fields<PastCallReport> = {
  id: 's',
  callId: 's',
  from: 's',
  to: 's',
  answeredBy: 's',
  since: 'x',
  answered: 'x',
  ended: 'x',
  talked: 'x',
  status: 'u',
  reason: 's',
  trace: 'as',
};

export const bindingFields: Fields<BindingReport> = {
  aor: 's',
  contact: 's',
  q: 'd',
  since: 'x',
  expires: 'x',
  callId: 's',
  cseq: 'u',
  path: 'as',
  instance: 's',
  regId: 'u',
  flow: 's',
  agent: 's',
};

export const transactionFields: Fields<TransactionReport> = {
  kind: 's',
  method: 's',
  state: 's',
  branch: 's',
  hop: 's',
  age: 'u',
};

export const dialogFields: Fields<DialogReport> = {
  ...{ callId: 's', role: 's', state: 's', side: 's', name: 's', target: 's', localTag: 's', remoteTag: 's' },
};

export const timerFields: Fields<TimerReport> = { name: 's', due: 'x' };

export const dnsFields: Fields<DnsReport> = { kind: 's', what: 's', seconds: 'u' };

export const countFields: Fields<CountReport> = { name: 's', count: 'x' };

export const messageFields: Fields<MessageReport> = {
  time: 'x',
  direction: 's',
  transport: 's',
  local: 's',
  remote: 's',
  callId: 's',
  text: 's',
};

export const explanationFields: Fields<Omit<Explanation, 'targets'>> = {
  decision: 's',
  summary: 's',
  status: 'u',
  caller: 's',
  access: 'as',
  trace: 'as',
  dns: 'as',
  cost: 'as',
};

export const targetFields: Fields<TargetReport> = {
  when: 's',
  kind: 's',
  name: 's',
  agent: 's',
  ring: 'x',
  hops: 'as',
  why: 's',
  payer: 's',
  costs: 'as',
};

export const stateFields: Fields<StateReport> = { name: 's', on: 'b', by: 's' };

export const dnsRecordFields: Fields<DnsRecord> = { name: 's', type: 's', data: 's' };

/** A dictionary as it is sent: names with their variants. */
export type Dict = readonly (readonly [name: string, variant: readonly [signature: string, value: unknown]])[];

/** `callId` is the property `CallId`. */
export function propertyName(field: string): string {
  return field.charAt(0).toUpperCase() + field.slice(1);
}

/** A record as it is sent. */
export function toDict<T extends object>(record: T, fields: Fields<T>): Dict {
  return Object.entries<string>(fields).map(([field, type]) => {
    const value: unknown = Reflect.get(record, field);
    return [propertyName(field), [type, sent(value, type)]] as const;
  });
}

/** A record as it was received, `a{sv}` as an object. What the other side does not know has the empty value of its type. */
export function fromDict<T>(dict: unknown, fields: Fields<T>): T {
  const record: Record<string, unknown> = {};
  for (const [field, type] of Object.entries<string>(fields)) {
    const value = dict !== null && typeof dict === 'object' ? Reflect.get(dict, propertyName(field)) : undefined;
    record[field] = typeof value === 'bigint' ? Number(value) : (value ?? empty(type));
  }
  return record as T;
}

function empty(type: string): unknown {
  if (type === 's') return '';
  if (type === 'as') return [];
  if (type === 'a{su}') return {};
  return type === 'b' ? false : 0;
}

function sent(value: unknown, type: string): unknown {
  if (type === 'a{su}') return Object.entries(value as Record<string, number>).map(([name, count]) => [name, whole(count, 'u')]);
  if (type === 'as') return (value as readonly string[]).map(withoutNul);
  if (type === 's') return withoutNul(value as string);
  return typeof value === 'number' && type !== 'd' ? whole(value, type) : value;
}

/** No text of the bus holds a NUL, and what somebody sent us may. */
const withoutNul = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text);

/** 64-bit numbers are bigints on the bus; a 32-bit one that does not fit is sent as the largest. */
function whole(value: number, type: string): number | bigint {
  if (type === 'x') return BigInt(Math.round(value));
  return Math.min(0xffff_ffff, Math.max(0, Math.round(value)));
}
